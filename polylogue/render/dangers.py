"""What an independent reader finds dangerous in a Markdown text.

`inert` escapes by its own idea of where code and prose are. This file does not share that idea: it
asks markdown-it what the text *is*, and names everything in it that could run, fetch, link, tag,
or change what stands around it. Obsidian's own syntax, which CommonMark reads as plain text, is
looked for in what the reader calls plain text, where an escaped character no longer shows itself.
"""

import re
from collections.abc import Iterator
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from polylogue.render.code import COMMAND, LANGUAGES
from polylogue.render.spans import TEX_COMMAND

_SENTINEL: Final = "the text has ended here"
_DEEPEST: Final = 60  # levels; markdown-it is silent about what lies deeper


class _Reader(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802, ARG002 - overridden
        """Take every scheme for a link, since another reader might."""
        return True


_READER = _Reader("commonmark", {"html": True, "maxNesting": _DEEPEST})
_READER.enable(["table", "strikethrough"]).disable("text_join")

_SAFE_LINK = re.compile(r"https?://|mailto:", re.IGNORECASE)
_SAFE_HTML = re.compile(r"<br ?/?>")

_COMMAND = re.compile(COMMAND)

_PLAIN: Final = {
    "a wikilink": re.compile(r"\[\["),
    "a comment": re.compile("%%"),
    "a template": re.compile(r"\{\{"),
    "mathematics that links or fetches": re.compile(rf"\$[^$]*?{TEX_COMMAND}"),
    "a field": re.compile("::"),
    "a footnote": re.compile(r"\[\^"),
    "a callout": re.compile(r"(?:^|\n)[ \t]*\[!\w"),
    "a tag": re.compile(r"(?:^|(?<=[\s(\[{\"'\ue003]))#(?=[\w/-]*[^\W\d]|[0-9]+[/-])"),
    "a block id": re.compile(r"(?:^|(?<=\s))\^[A-Za-z0-9-]+[ \t]*(?:\n|$)"),
}
_TASK = re.compile(r"\[.\](?:\s|$)")

_SHOWN_AS = {
    "text_special": "\ue000",
    "code_inline": "\ue001",
    "softbreak": "\n",
    "hardbreak": "\n",
    "em_open": "\ue003",
    "strong_open": "\ue003",
}


def dangers(text: str) -> list[str]:
    """Return what is dangerous in `text`, in words for a developer; empty when it is inert."""
    found = ["Templater would run it"] if "<%" in text else []
    env: dict[str, dict[str, object]] = {}
    tokens = _READER.parse(f"{text}\n\n{_SENTINEL}\n", env)
    if env.get("references"):
        found.append("it defines links for other messages")
    if not _ends(tokens):
        found.append("it does not end where it ends")
    for before, token in zip([None, *tokens], tokens, strict=False):
        found.extend(_in_block(token, before))
        for child in token.children or ():
            found.extend(_in_line(child))
    return found


def _ends(tokens: list[Token]) -> bool:
    """Say whether what follows the text is a paragraph of its own."""
    last = tokens[-3:]
    return (
        [token.type for token in last] == ["paragraph_open", "inline", "paragraph_close"]
        and last[0].level == 0
        and last[1].content == _SENTINEL
    )


def _in_block(token: Token, before: Token | None) -> Iterator[str]:
    if token.level >= _DEEPEST - 1:
        yield "nested too deeply to be read"
    match token.type:
        case "html_block":
            yield "a block of HTML"
        case "fence" if token.info and token.info not in LANGUAGES:
            yield "a block of code that may run"
        case "heading_open" if token.tag in {"h1", "h2"} or token.markup in {"-", "="}:
            yield "a heading of the note's own level"
        case "inline":
            plain = _plain(token)
            yield from (name for name, pattern in _PLAIN.items() if pattern.search(plain))
            if (
                before
                and before.type == "paragraph_open"
                and before.level
                and _TASK.match(token.content)
            ):
                yield "a task"
        case _:
            pass


def _plain(token: Token) -> str:
    """Return the line's plain text; what is no plain text stands as one character.

    A back-slash that escapes nothing comes as a special of two characters, and is plain text.
    """
    return "".join(
        child.content
        if child.type == "text" or (child.type == "text_special" and len(child.content) == 2)
        else _SHOWN_AS.get(child.type, "\ue002")
        for child in token.children or ()
    )


def _in_line(child: Token) -> Iterator[str]:
    match child.type:
        case "image":
            yield "an image"
        case "html_inline" if not _SAFE_HTML.fullmatch(child.content):
            yield "HTML"
        case "link_open" if not _SAFE_LINK.match(str(child.attrs.get("href", ""))):
            yield "a link that is not to the web"
        case "code_inline" if _COMMAND.match(child.content):
            yield "code in a line that may run"
        case _:
            pass
