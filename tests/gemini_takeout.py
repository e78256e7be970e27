"""Records of Google's "My Activity" made by hand, as JSON and as a page.

The same arguments give the same activity in both forms:

    record("Which tea?", "<p>Green.</p>", at="2026-01-02T10:00:00.123Z")
    cell("Which tea?", "<p>Green.</p>", at="Jan 2, 2026, 10:00:00 AM UTC")
"""

import html
import io
import json
from typing import Any

from polylogue.model import Conversation, Document, Parsed
from polylogue.parsers.base import Page, Shape, detect, detect_page
from polylogue.parsers.containers.pieces import cut
from polylogue.parsers.gemini import PARSER
from polylogue.parsers.text import probe

Object = dict[str, Any]

FIXED = "\N{NO-BREAK SPACE}"
CHAT = "https://gemini.google.com/app/0123456789abcdef"
OTHER_CHAT = "https://gemini.google.com/app/fedcba9876543210"
FILE = "tea-1e9873211d1a6157"


def record(
    words: str,
    *answers: str,
    at: str = "2026-01-02T10:00:00.123Z",
    chats: tuple[str, ...] = (),
    verb: str = "Prompted ",
    product: str = "Gemini Apps",
    **fields: object,
) -> Object:
    """Return a record; `fields` replace any other."""
    usual: Object = {
        "header": product,
        "title": f"{verb}{words}",
        "time": at,
        "products": [product],
        "activityControls": [f"{product} Activity"],
    }
    if answers:
        usual["safeHtmlItem"] = [{"html": answer} for answer in answers]
    if chats:
        usual["details"] = [{"name": "Chat", "url": url} for url in chats]
    return usual | fields


def cell(
    words: str,
    answer: str = "",
    *,
    at: str = "Jan 2, 2026, 10:00:00\u202fAM UTC",
    chats: tuple[str, ...] = (),
    verb: str = "Prompted",
    product: str = "Gemini Apps",
    files: tuple[tuple[str, str], ...] = (),
) -> str:
    """Return a record of a page; `files` are (link, name)."""
    lines = [f"{verb}&nbsp;{html.escape(words)}".replace("\n", "<br>")]
    if files:
        lines.append(f"Attached {len(files)} file{'s' * (len(files) > 1)}.")
        lines += [f'-&nbsp;<a href="{link}">{name}</a>' for link, name in files]
    body = "<br>".join([*lines, at, answer])
    details = "".join(f'&emsp;<a href="{url}">{url}</a><br>' for url in chats)
    grid = "content-cell mdl-cell mdl-cell--6-col mdl-typography--body-1"
    return (
        '<div class="outer-cell mdl-cell mdl-cell--12-col mdl-shadow--2dp"><div class="mdl-grid">'
        '<div class="header-cell mdl-cell mdl-cell--12-col">'
        f'<p class="mdl-typography--title">{product}<br></p></div>'
        f'<div class="{grid}">{body}</div>'
        f'<div class="{grid} mdl-typography--text-right"></div>'
        '<div class="content-cell mdl-cell mdl-cell--12-col mdl-typography--caption">'
        f"<b>Products:</b><br>&emsp;{product}<br><b>Details:</b><br>{details}</div></div></div>"
    )


def page(*cells: str) -> bytes:
    """Return a whole page."""
    style = "<style>.outer-cell { color: red }</style>"
    body = "".join(cells)
    return f"<html><head>{style}</head><body><div>{body}</div></body></html>".encode()


def dump(value: object) -> bytes:
    """Return `value` as JSON."""
    return json.dumps(value).encode()


def found(value: Object | bytes) -> list[tuple[Shape | Page | None, bytes]]:
    """Return the documents in a record or a page, and what each is taken for."""
    if isinstance(value, bytes):
        documents = [p.data for p in cut(io.BytesIO(value).read).pieces if p.kind == "document"]
        claims = [detect_page(data, (PARSER,)) for data in documents]
        return [(c[1] if c else None, d) for c, d in zip(claims, documents, strict=True)]
    data = dump(value)
    claim = detect(probe(data), (PARSER,))
    return [(claim[1] if claim else None, data)]


def parsed(value: Object | bytes) -> list[Parsed]:
    """Return what is in a record or a page."""
    records: list[Parsed] = []
    for shape, data in found(value):
        if shape is not None and shape.parse is not None:
            records += shape.parse(Document(data=data, name="MyActivity"))
    return records


def read(value: Object | bytes) -> Conversation:
    """Return the one conversation in a record or a page."""
    (one,) = parsed(value)
    assert isinstance(one, Conversation)
    return one
