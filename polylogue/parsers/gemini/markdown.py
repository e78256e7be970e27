"""HTML of an answer → Markdown that says the same.

The answers were Markdown before Google made HTML of them, so little is needed: paragraphs,
headings, lists, quotes, code, tables, links, emphasis. Words are not escaped: what looks like
Markdown in them was typed as such. Texts are written to a `Sheet` as they come; a tag asks it for
something by one function, in one table. A tag in the wrong place asks for nothing that matters.
"""

import re
from collections.abc import Callable
from typing import Final

from polylogue.parsers.gemini.markup import Token, tokens
from polylogue.parsers.gemini.sheet import Sheet
from polylogue.parsers.text import clean

_LANGUAGE = re.compile(r"(?:language|lang)-([\w+#.-]{1,40})")


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
        sheet.end_code()
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
        sheet.end_code()


def _pre(sheet: Sheet, token: Token) -> None:
    if token.is_end:
        sheet.end_code()
        return
    if sheet.raw is not None:
        sheet.end_code()
    language = _LANGUAGE.search(token.attribute("class"))
    sheet.fence, sheet.raw = language[1] if language else " ", []


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
