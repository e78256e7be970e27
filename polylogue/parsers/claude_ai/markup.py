"""Text of 2024, in which artifacts and thoughts stand as tags → parts.

    <antThinking>…</antThinking> <antArtifact identifier="…" type="…" title="…">…</antArtifact>

An artifact that is not closed goes to the end: the answer was cut off. A tag that is talked about, in
backticks, stays text.
"""

import html
import re
from collections.abc import Iterator

from polylogue.model import Part, Text, Thinking
from polylogue.parsers.claude_ai.documents import Change, apply, language_of
from polylogue.parsers.claude_ai.reading import Reading
from polylogue.parsers.narrow import text

_OPENING = re.compile(r"(?<!`)<(antThinking|antArtifact(?=\s[^<>]*\bidentifier=))(|\s[^<>]*)>")
_ATTRIBUTE = re.compile(r"""([\w-]+)=(?:"([^"]*)"|'([^']*)')""")


def is_marked(raw: str) -> bool:
    """Tell whether `raw` may hold such tags. Fast, since it is asked of every answer."""
    return "<ant" in raw


def unmarked(reading: Reading, raw: str) -> Iterator[Part]:
    """Yield what `raw` says, in its order."""
    done = 0
    last = {name: raw.rfind(f"</{name}>") for name in ("antThinking", "antArtifact")}
    for tag in _OPENING.finditer(raw):
        is_open = last[tag[1]] < tag.end()
        if tag.start() < done or (is_open and tag[1] == "antThinking"):
            continue
        yield from _prose(raw[done : tag.start()])
        closing = f"</{tag[1]}>"
        end = len(raw) if is_open else raw.find(closing, tag.end())
        body, done = raw[tag.end() : end], end + len(closing)
        if tag[1] == "antThinking":
            yield Thinking(text=text(body.strip()))
        else:
            yield from _artifact(reading, tag[2], body)
    yield from _prose(raw[done:])


def _prose(raw: str) -> Iterator[Part]:
    if raw.strip():
        yield Text(text=text(raw.strip()))


def _artifact(reading: Reading, attributes: str, body: str) -> Iterator[Part]:
    told = {name: html.unescape(a or b) for name, a, b in _ATTRIBUTE.findall(attributes)}
    wanted = Change(
        artifact_id=text(told.get("identifier")),
        title=text(told.get("title")),
        language=language_of(told.get("type", ""), text(told.get("language"))),
        content=text(body.strip("\n")),
        old="",
        new="",
    )
    document = apply(reading, wanted)
    if document is not None:
        yield document
