"""HTML of an answer → Markdown that says the same.

The answers were Markdown before Google made HTML of them, so little is needed: paragraphs,
headings, lists, quotes, code, tables, links, emphasis. Words are not escaped: what looks like
Markdown in them was typed as such. A text goes to the `Sheet` as it comes; what a tag asks for
(a line end, an indent, a mark) is written with the next word, so that nothing empty is written.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from polylogue.parsers.gemini.markup import Token, tokens
from polylogue.parsers.text import clean

_WHITE = re.compile(r"[ \t\r\n\f]+")
_TICKS = re.compile("`+")
_LANGUAGE = re.compile(r"(?:language|lang)-([\w+#.-]{1,40})")
_DEEPEST = 16  # levels that are indented; hostile pages nest thousands


@dataclass(slots=True)
class Sheet:
    """The Markdown so far, and what waits for the next word."""

    out: list[str] = field(default_factory=list)
    breaks: int = 0
    indents: list[str] = field(default_factory=list)
    bullet: str = ""
    marks: list[str] = field(default_factory=list)
    space: bool = False
    lists: list[int | None] = field(default_factory=list)
    links: list[tuple[int, str]] = field(default_factory=list)
    raw: list[str] | None = None
    fence: str = ""
    cells: int = 0
    in_table: bool = False
    is_header: bool = False

    def line(self, breaks: int) -> None:
        """Ask for so many line ends before the next word: 2 make a paragraph."""
        self.breaks = max(self.breaks, breaks)
        self.space = False

    def write(self, words: str) -> None:
        """Write `words`, after all that was asked for."""
        if self.breaks and self.in_table and self.cells:
            self.breaks, self.space = 0, True
        if self.breaks or not self.out:
            prefix = "".join(self.indents[:_DEEPEST])
            if self.out:
                empty = f"\n{prefix.rstrip()}" * (self.breaks - 1)
                self.out.append(f"{empty}\n{prefix}")
            else:
                self.out.append(prefix)
            self.breaks, self.space = 0, False
        if self.bullet:
            self.out[-1] = self._with_bullet(self.out[-1])
        if self.space:
            self.out.append(" ")
        self.out += self.marks
        self.out.append(words)
        self.space, self.marks = False, []

    def _with_bullet(self, prefix: str) -> str:
        bullet, self.bullet = self.bullet, ""
        whole = prefix.endswith(" " * len(bullet))
        return prefix[: -len(bullet)] + bullet if whole else prefix

    def text(self, words: str) -> None:
        """Write a text: white space is one space, and none at the beginning of a line."""
        if self.raw is not None:
            self.raw.append(words)
            return
        core = _WHITE.sub(" ", words)
        if core[:1] == " ":
            self.space = self.space or bool(self.out and not self.breaks)
        bare = core.strip(" ")
        if bare:
            self.write(bare.replace("|", "\\|") if self.in_table else bare)
            self.space = core[-1] == " "


def to_markdown(source: str) -> str:
    """Return the HTML `source` as Markdown."""
    sheet = Sheet()
    for token in tokens(source):
        if not token.tag:
            sheet.text(token.text)
        elif sheet.raw is not None and token.tag not in {"pre", "code"}:
            sheet.raw += ["\n"] if token.tag == "br" else []
        elif action := _ACTIONS.get(token.tag):
            action(sheet, token)
    if sheet.raw is not None:
        _end_of_code(sheet)
    return clean("".join(sheet.out)).strip()


# --- What tags do ---------------------------------------------------------------------------------


def _paragraph(sheet: Sheet, _token: Token) -> None:
    sheet.line(1 if sheet.bullet else 2)


def _block(sheet: Sheet, _token: Token) -> None:
    sheet.line(1)


def _heading(sheet: Sheet, token: Token) -> None:
    sheet.line(2)
    sheet.marks = [] if token.is_end else ["#" * int(token.tag[1]) + " "]


def _break(sheet: Sheet, _token: Token) -> None:
    if sheet.out:
        sheet.line(min(sheet.breaks + 1, 2))


def _rule(sheet: Sheet, _token: Token) -> None:
    sheet.line(2)
    sheet.write("---")
    sheet.line(2)


def _emphasis(mark: str) -> "_Action":
    def action(sheet: Sheet, token: Token) -> None:
        if not token.is_end:
            sheet.marks.append(mark)
        elif sheet.marks and sheet.marks[-1] == mark:
            sheet.marks.pop()
        elif sheet.out:
            sheet.out.append(mark)

    return action


def _list(sheet: Sheet, token: Token) -> None:
    sheet.line(1 if sheet.lists else 2)
    if not token.is_end:
        sheet.lists.append(1 if token.tag == "ol" else None)
    elif sheet.lists:
        sheet.lists.pop()
        sheet.line(1 if sheet.lists else 2)


def _item(sheet: Sheet, token: Token) -> None:
    sheet.line(1)
    if token.is_end:
        if sheet.indents and sheet.indents[-1].isspace():
            sheet.indents.pop()
        sheet.bullet = ""
        return
    number = sheet.lists[-1] if sheet.lists else None
    sheet.bullet = "- " if number is None else f"{number}. "
    if number is not None:
        sheet.lists[-1] = number + 1
    sheet.indents.append(" " * len(sheet.bullet))


def _quote(sheet: Sheet, token: Token) -> None:
    sheet.line(2)
    if not token.is_end:
        sheet.indents.append("> ")
    elif sheet.indents and sheet.indents[-1] == "> ":
        sheet.indents.pop()


def _link(sheet: Sheet, token: Token) -> None:
    if not token.is_end:
        sheet.links.append((len(sheet.out), token.attribute("href")))
        sheet.marks.append("[")
        return
    if not sheet.links:
        return
    _, address = sheet.links.pop()
    if sheet.marks and sheet.marks[-1] == "[":
        sheet.marks.pop()
    else:
        sheet.out.append(f"]({address.replace(' ', '%20').replace(')', '%29')})")


def _image(sheet: Sheet, token: Token) -> None:
    alt = token.attribute("alt")
    if alt:
        sheet.text(f"[{alt}]")


def _code(sheet: Sheet, token: Token) -> None:
    """Begin or end code; in a `pre` it only says the language."""
    language = _LANGUAGE.search(token.attribute("class"))
    if sheet.raw is not None and sheet.fence:
        sheet.fence = language[1] if language and sheet.fence == " " else sheet.fence
    elif not token.is_end:
        sheet.raw = sheet.raw if sheet.raw is not None else []
    elif sheet.raw is not None:
        _end_of_code(sheet)


def _pre(sheet: Sheet, token: Token) -> None:
    if token.is_end:
        _end_of_code(sheet)
        return
    if sheet.raw is not None:
        _end_of_code(sheet)
    language = _LANGUAGE.search(token.attribute("class"))
    sheet.fence, sheet.raw = language[1] if language else " ", []


def _end_of_code(sheet: Sheet) -> None:
    source, fence = "".join(sheet.raw or ()), sheet.fence
    sheet.raw, sheet.fence = None, ""
    ticks = max((len(run) for run in _TICKS.findall(source)), default=0)
    if fence:
        lines = source.strip("\n").split("\n")
        bar = "`" * max(3, ticks + 1)
        sheet.line(2)
        for line in (f"{bar}{fence.strip()}", *lines, bar):
            sheet.write(line)
            sheet.line(1)
        sheet.line(2)
    elif source:
        bar = "`" * (ticks + 1 if ticks else 1)
        pad = " " if source[0] == "`" or source[-1] == "`" else ""
        sheet.write(f"{bar}{pad}{source}{pad}{bar}")


def _table(sheet: Sheet, token: Token) -> None:
    sheet.line(2)
    sheet.in_table, sheet.is_header, sheet.cells = not token.is_end, not token.is_end, 0


def _row(sheet: Sheet, _token: Token) -> None:
    if not sheet.in_table:
        return
    columns, sheet.cells = sheet.cells, 0
    if columns:
        sheet.out.append(" |")
        sheet.breaks, sheet.space = 1, False
        if sheet.is_header:
            sheet.write("|" + " --- |" * columns)
        sheet.is_header = False
        sheet.line(1)


def _cell(sheet: Sheet, token: Token) -> None:
    if sheet.in_table and not token.is_end:
        sheet.space = bool(sheet.cells)
        sheet.write("|")
        sheet.cells += 1
        sheet.space = True


_Action = Callable[[Sheet, Token], None]

_ACTIONS: Final[dict[str, _Action]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _heading),
    **dict.fromkeys(("p", "dl", "figure", "section"), _paragraph),
    **dict.fromkeys(("div", "dt", "dd", "caption", "details", "summary"), _block),
    **dict.fromkeys(("b", "strong"), _emphasis("**")),
    **dict.fromkeys(("i", "em"), _emphasis("*")),
    **dict.fromkeys(("s", "del", "strike"), _emphasis("~~")),
    **dict.fromkeys(("ul", "ol"), _list),
    **dict.fromkeys(("td", "th"), _cell),
    "a": _link,
    "blockquote": _quote,
    "br": _break,
    "code": _code,
    "hr": _rule,
    "img": _image,
    "li": _item,
    "pre": _pre,
    "table": _table,
    "tr": _row,
}
