"""Which records of "My Activity" are of Gemini? All of Google's products write such records.

Everything in them is translated but the name: where header or products say Gemini (before 2024:
Bard) it is one of ours. Any other is known as well: no chat, nothing to show.
"""

import re

from polylogue.parsers.base import Page, Probe, Shape
from polylogue.parsers.containers.html import RECORD
from polylogue.parsers.gemini import page, record
from polylogue.parsers.gemini.verbs import take_apart
from polylogue.parsers.narrow import from_json, text

_NAME = re.compile(r"Gemini|\bBard\b")
_RAW_NAME = re.compile(rb"Gemini|\bBard\b")


def _is_activity(probe: Probe) -> bool:
    return (
        "header" in probe
        and "time" in probe
        and ("products" in probe or "activityControls" in probe)
    )


def _is_gemini(probe: Probe) -> bool:
    if not _is_activity(probe):
        return False
    told = (bytes(probe[name]) for name in ("header", "products") if name in probe)
    return any(_RAW_NAME.search(raw) for raw in told)


def _is_no_chat(probe: Probe) -> bool:
    if not _is_gemini(probe) or "safeHtmlItem" in probe:
        return False
    title = from_json(bytes(probe.get("title", b"null")).decode("utf-8", "replace"))
    return take_apart(text(title)).kind == "other"


SHAPES = (
    Shape("activity-without-chat", _is_no_chat),
    Shape("activity", _is_gemini, record.parse),
    Shape("other-activity", _is_activity),
)


def _is_record(data: bytes) -> bool:
    return data.startswith(RECORD)


def _is_gemini_record(data: bytes) -> bool:
    if not _is_record(data) or not _RAW_NAME.search(data):
        return False
    told = page.cells(data.decode("utf-8", "replace"))
    return bool(_NAME.search(told.header) or _NAME.search(told.rest))


def _is_record_without_chat(data: bytes) -> bool:
    if not _is_gemini_record(data):
        return False
    told = page.cells(data.decode("utf-8", "replace"))
    return take_apart(page.title(told.body)).kind == "other" and "<p" not in told.body


PAGES = (
    Page("activity-without-chat", _is_record_without_chat),
    Page("activity", _is_gemini_record, page.parse),
    Page("other-activity", _is_record),
)
