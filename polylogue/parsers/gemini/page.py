"""A record of the page `MyActivity.html` → an Activity.

A record is made of cells: a header with the product's name; the words, the time and the answer; what
stood beside them; a caption with products and details. The second has no structure but line ends:

    Prompted&nbsp;the prompt<br>Attached 1 file.<br>- <a href="a.png">a.png</a><br>time<br><p>answer
"""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from polylogue.model import Document, Parsed, UnknownKind
from polylogue.parsers.gemini import dates
from polylogue.parsers.gemini.activity import Activity, addresses, records
from polylogue.parsers.gemini.files import attachments
from polylogue.parsers.gemini.markdown import to_markdown
from polylogue.parsers.gemini.markup import tokens
from polylogue.parsers.gemini.verbs import Said, take_apart_marked

_CELL = re.compile(r"<div\s[^<>]*?\bclass=\"((?:outer|header|content)-cell\b[^\"<>]*)\"[^<>]*>")
_LINE_END = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)
_BLOCK = re.compile(
    r"<(?:p|div|h[1-6]|ul|ol|pre|table|blockquote|hr|response-element)\b", re.IGNORECASE
)
_FILE_LINE = re.compile(r"\s*-(?:&nbsp;|[\s\u00a0])*<a\b")
_COUNT_LINE = re.compile(r"\s*Attached[\s\u00a0]+\d{1,4}[\s\u00a0]+files?\.\s*\Z")


class Cells(NamedTuple):
    """The HTML of the cells of a record."""

    header: str
    body: str
    rest: str


def cells(source: str) -> Cells:
    """Take a record apart; a cell that is not there is empty."""
    header = body = ""
    rest: list[str] = []
    found = list(_CELL.finditer(source))
    ends = [*(cell.start() for cell in found[1:]), len(source)]
    for cell, end in zip(found, ends, strict=False):
        classes, inside = cell[1], source[cell.end() : end]
        if "header-cell" in classes:
            header += inside
        elif "content-cell" in classes and not body and "caption" not in classes:
            body = inside
        elif "outer-cell" not in classes:
            rest.append(inside)
    return Cells(header, body, "\n".join(rest))


def parse(document: Document) -> Iterator[Parsed]:
    """Yield what the record in `document` adds to, or a Problem that says why there is nothing."""
    source = document.data.decode("utf-8", "replace")
    yield from records(_activity(cells(source)), document.name)


def title(body: str) -> str:
    """Return the first line of a record's body: the verb and the beginning of the prompt."""
    return _words(_LINE_END.split(body, maxsplit=1)[0])


def _activity(told: Cells) -> Activity:
    lines, at, answer = _lines(told.body)
    typed = [line for line in lines[:at] if not _is_about_files(line)]
    said = take_apart_marked("\n".join(map(_words, typed)))
    date = _words(lines[at]) if at < len(lines) else ""
    time = dates.to_ms(date)
    answer = to_markdown(answer)
    return Activity(
        said=Said(said.kind, said.words.strip(), said.known),
        time=time,
        told_time=date,
        answers=(answer,) if answer and said.kind != "canvas" else (),
        files=attachments(_links("\n".join((*lines[:at], told.rest)))),
        document=answer if said.kind == "canvas" else "",
        chats=addresses(html.unescape(told.rest)),
        unknowns=tuple(_unknowns(said, date, time)),
    )


def _lines(body: str) -> tuple[list[str], int, str]:
    """Return the lines before the answer, which of them is the time, and the answer.

    The time is the last date before anything that has a structure; where there is none, all that
    comes before the structure was typed.
    """
    block = _BLOCK.search(body)
    start = block.start() if block else len(body)
    lines = _LINE_END.split(body[:start])
    at = next((i for i in range(len(lines) - 1, 0, -1) if dates.is_date(_words(lines[i]))), None)
    if at is None:
        return lines, len(lines), body[start:]
    return lines, at, "<br>".join(lines[at + 1 :]) + body[start:]


def _words(line: str) -> str:
    """Return the text of a line: white space is one space, a no-break space stays."""
    words = "".join(token.text for token in tokens(line))
    return re.sub(r"[ \t\r\n]+", " ", words).strip(" ")


def _is_about_files(line: str) -> bool:
    return bool(_FILE_LINE.match(line) or _COUNT_LINE.match(html.unescape(line)))


def _links(source: str) -> Iterator[tuple[str, str]]:
    """Yield link and words of what is linked or shown."""
    link = ""
    for token in tokens(source):
        if link and not token.tag:
            yield link, token.text
            link = ""
        elif token.tag in {"a", "img", "audio", "source", "video"} and not token.is_end:
            found = token.attribute("href") or token.attribute("src")
            if token.tag == "a":
                link = unquote(found)
            else:
                yield unquote(found), ""


def _unknowns(said: Said, date: str, time: int | None) -> Iterator[UnknownKind]:
    if not said.known and said.words:
        yield UnknownKind(path="page.title", kind="unknown verb")
    if time is None:
        yield UnknownKind(path="page.time", kind="unknown zone" if date else "no time")
