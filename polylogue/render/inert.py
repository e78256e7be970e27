"""Imported Markdown made inert: it shows what it showed, and does nothing.

A chat is hostile text: it can run (Dataview, Templater, Tasks, HTML), fetch (images), put tags, links
and tasks into the vault, define footnotes for other messages, or swallow what follows it.

1. Most text holds no character that could do any of that: one search, and it is returned as it is.
2. What is code or mathematics to every reader is taken out (`spans`). Fences are rewritten so that
   readers cannot differ about them.
3. All else is escaped by a table of patterns. To escape is safe whatever a reader takes the place
   for; only taking out is a claim, so the doubtful claims are known.
4. When a doubtful claim covers something dangerous, the result is verified by an independent reader
   (`dangers`). What it still objects to becomes a `text` fence, which is safe by construction.

Escapes are back-slashes where Markdown takes them away again, so that nothing invisible is left in
prose. Every step is linear in the length of the text, whatever the text.
"""

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from polylogue.render.code import BREAK, COMMAND, blocks, fence
from polylogue.render.spans import FOREIGN, IMAGE, without_images, without_links, without_spans

_LARGEST_VERIFIED: Final = 200_000  # characters; markdown-it reads about 1 MB/s

_RISKY = re.compile("[<\\[#`$%^~\\\\{\t\r\0\1\u2028\u2029]")
_UNDERLINE = re.compile(r"\n([ \t>]*)(-+|=+)(?=[ \t]*(?:\n|\Z))")

#: Line ends of other worlds, and the characters that stand for what is taken out.
_REPLACED = (
    ("\u2028", "\n"),
    ("\u2029", "\n\n"),
    ("\0", "\N{REPLACEMENT CHARACTER}"),
    ("\1", "\N{REPLACEMENT CHARACTER}"),
)


def inert(text: str, *, images: bool = False) -> str:
    """Return `text`, a whole block of imported Markdown, made inert; '' when it is blank.

    The result begins and ends with a visible character and stands between blank lines, also quoted
    line by line. `MARK` characters pass, moved out of code. With `images`, those on the web stay
    images, where nothing about them is doubtful: a reader will fetch them.
    """
    text = text.rstrip()
    if not (_RISKY.search(text) or "::" in text or _UNDERLINE.search(text) or text[:1] in " \n-"):
        return text
    result, doubtful = _with_images(text) if images and "![" in text else _escaped(text)
    return fence(text) if doubtful and not _verified(result) else result


def _verified(text: str) -> bool:
    """Return whether the independent reader finds nothing dangerous in `text`."""
    from polylogue.render.dangers import dangers  # noqa: PLC0415 - rarely needed, slow to import

    return len(text) <= _LARGEST_VERIFIED and not dangers(text)


def _with_images(text: str) -> tuple[str, bool]:
    """Do what `_escaped` does, but leave images where all of them are certainly shown."""
    images: list[str] = []
    result, doubtful = _escaped(text.replace(IMAGE, "\N{REPLACEMENT CHARACTER}"), images)
    if result.count(IMAGE) != len(images):  # one stood in what is never shown
        return _escaped(text)
    return _put_back(result, IMAGE, images), doubtful


def _escaped(text: str, images: list[str] | None = None) -> tuple[str, bool]:
    """Return the escaped text, and whether it rests on a doubtful claim about something dangerous.

    Images on the web are taken out into `images`, if there are any to be kept.
    """
    fenced: list[str] = []
    text, doubtful = _without_code("\n" + _mended(text).strip("\n"), fenced)
    text = "\n" + text.lstrip("\n ")
    spans: list[str] = []
    dollars = text.count("$")
    if "`" in text or "\\" in text or dollars:
        text = without_spans(text, spans)
    if images is not None:
        text = without_images(text, images)
    text = without_links(text, spans)
    doubtful = doubtful or bool(spans and _mispaired(text, spans))
    if "]" in text and "]:" in text:
        text = _resolved(text)
    for character, needle, pattern, escaped in _ESCAPES:
        if character in text and needle in text:
            text = pattern.sub(escaped, text)
    if "#" in text or "[" in text:
        text = _BEGINNING.sub(_begun, text)
    if dollars > 1:
        text = text.replace("$", "\\$")
    text = _UNDERLINE.sub(_ruled, text)
    stray = "`" in text
    text = _put_back(text, "\1", spans)
    if stray:  # code may begin at any back-tick
        text = _BEFORE_COMMAND.sub("`" + BREAK, text)
    return _put_back(text, "\0", fenced).strip("\n"), doubtful


def _mended(text: str) -> str:
    """Return `text` with one kind of line end, and without characters that are needed here."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    for character, replacement in _REPLACED:
        if character in text:
            text = text.replace(character, replacement)
    return text


def _put_back(text: str, place: str, taken: list[str]) -> str:
    """Return `text` with the pieces that were taken out of it in their places."""
    if not taken:
        return text
    pieces = zip(text.split(place), [*taken, ""], strict=True)
    return "".join(piece for pair in pieces for piece in pair)


# --- What is taken out: blocks of code --------------------------------------------------------------

#: What a reader might act upon, were the code that holds it not code to that reader.
_DANGEROUS = re.compile(
    r"<[A-Za-z/!?]|\[[\[^!]|!\[|\](?:\(|:)|::|%%|\{\{|\^[\w-]|\[.\]|(?<![^\s(\[{\"'])#"
    r"|\n[ >]*[-=]+[ \t]*(?:\n|\Z)"
)
_LIST = re.compile(r"\n[ >]{0,3}(?:[-*+]|[0-9]{1,9}[.)])(?:[ \t\n]|\Z)")
_LEADING_TAB = re.compile(r"\n *\t[ \t]*")


def _without_code(text: str, fenced: list[str]) -> tuple[str, bool]:
    r"""Take blocks of code out, "\0" for each; say whether one of them is doubtful and dangerous."""
    kept: list[str] = []
    position, doubtful = 0, False
    listed = _first_list(text)

    def keep(end: int) -> None:
        middle = min(max(position, listed), end)
        kept.append(_without_indented(text[position:middle], fenced) + text[middle:end])

    for block in blocks(text) if "```" in text or ("~" in text and "~~~" in text) else ():
        keep(block.start)
        fenced.append(block.text)
        position = block.end
        doubtful = doubtful or not (block.certain or not _DANGEROUS.search(block.code))
    keep(len(text))
    prose = "\n\0".join(kept)
    if "\t" in prose:  # quoting moves tabs, and so would make prose of code
        prose = _LEADING_TAB.sub(lambda found: found[0].expandtabs(4), prose)
    return prose, doubtful


def _first_list(text: str) -> int:
    """Return where the first list begins: after it, an indented line may be the list's prose."""
    found = _LIST.search(text) if _has_indented(text) else None
    return found.start() if found else len(text)


def _has_indented(text: str) -> bool:
    return "\n    " in text or ("\t" in text and "\n\t" in text)


def _without_indented(text: str, fenced: list[str]) -> str:
    """Take code out that only its indentation makes code, and keep it as fences."""
    if not _has_indented(text):
        return text
    kept: list[str] = []
    code: list[str] = []
    for line in [*text.split("\n"), "end"]:
        expanded = line.expandtabs(4) if "\t" in line else line
        if expanded.startswith("    ") and (code or not kept or not kept[-1].strip()):
            code.append(expanded[4:])
        elif code and not line.strip():
            code.append("")
        else:
            if code:
                kept.append(_fenced("\n".join(code), fenced))
                code.clear()
            kept.append(line)
    return "\n".join(kept[:-1])


def _fenced(code: str, fenced: list[str]) -> str:
    body = code.rstrip("\n ")
    if not body:
        return ""
    fenced.append(fence(body, ""))
    return "\0" + "\n" * (code[len(body) :].count("\n"))


def _mispaired(text: str, spans: list[str]) -> bool:
    """Say whether a reader might not take a span for one, and then find something dangerous.

    Stray back-ticks pair otherwise, a `|` ends a cell of a table, a `]:` defines a link.
    """
    stray = "`" in text
    return any((stray or "|" in span or "]:" in span) and _DANGEROUS.search(span) for span in spans)


# --- What is escaped ----------------------------------------------------------------------------------

_BEGINNING = re.compile(
    r"\n((?:[^\S\n]|>|[-*+][ \t]|[0-9]{1,9}[.)][ \t])*)"
    r"(?:(#{1,6})(?=\s|\Z)|\[(?=[^\n]\](?:\s|\Z)))"
)
_NO_TAG = r"\s\0-\2\u2000-\u206f\u2e00-\u2e7f'!\"#$%&()*+,.:;<=>?@^`{|}~\[\]\\"

#: HTML, but no `<https://…>`, and no `<br>` inside a line.
_TAG = (
    r"<(?<!\\<)(?=[A-Za-z/!?])(?!(?:https?://|mailto:)[^\s<>`\1]{1,2000}>)"
    r"(?:(?<![^\s>]<)(?<![\w|,;:\1] <)|(?!br ?/?>))"
)


def _parted(found: re.Match[str]) -> str:
    """Return colons that Dataview does not take for the middle of a field, in prose or an address."""
    return ":\\" if found[0] == ":" else found[0].replace("::", ":%3A")


_Replacement: TypeAlias = str | Callable[[re.Match[str]], str]

#: (what must be in the text, pattern, replacement), in this order. Before what must be in the text
#: stands its rarer character, which is looked for first: that takes a fifth of the time.
_ESCAPES: Final[tuple[tuple[str, str, re.Pattern[str], _Replacement], ...]] = tuple(
    ("[" if "[" in needle else needle[0], needle, re.compile(pattern), replacement)
    for needle, pattern, replacement in (
        ("<%", "<%", r"<\\%"),
        ("<", _TAG, r"\\<"),
        ("![", r"!{1,9}(?<!\\!)\[\]\(", "[image]("),
        ("![", r"!{1,9}(?<!\\!)(?=\[[^\[\]\n]{1,500}\]\()", ""),
        ("![", r"!(?<!\\!)(?=\[)", r"\\!"),
        ("[[", r"\[\[([^\[\]\n]{1,200})\]\](?=\(https?://)", r"[\\[\1\\]]"),
        ("[", r"\[(?<!\\\[)(?=[\[^]|!\w)|\[(?<=\[\[)", r"\\["),
        ("](", FOREIGN, r"]\\"),
        ("]:", r"\](?<!\\\])(?=:)", r"\\]"),
        ("::", r"(?i:https?://)[^\s<>()\[\]\0-\2]*|:(?=:)", _parted),
        ("#", rf"#(?<![^\s(\[{{\"'*_~>,;:|!.=-]#)(?=[0-9]*[^0-9{_NO_TAG}])", r"\\#"),
        ("%%", "%(?=%)", r"%\\"),
        ("{{", r"\{(?=\{)", r"{\\"),
        ("^", r"\^(?<![^\s>]\^)(?=[A-Za-z0-9-]+\\?[^\S\n]*(?:\n|\Z))", r"\\^"),
    )
)

_BEFORE_COMMAND = re.compile(rf"`(?=[\s>]{{0,99}}{COMMAND})")
_DEFINITION = re.compile(
    r"\n {0,3}\[(?!\^)([^\[\]\n]{1,200})\]:[ \t]{1,99}<?(https?://[^\s<>\1\2]+)>?"
)
_REFERENCE = re.compile(r"\[(?<!\\\[)([^\[\]\n]{1,500})\](?:\[([^\[\]\n\2]{0,200})\])?(?![\[(:])")


def _resolved(text: str) -> str:
    """Return `text` with its reference links written out: their labels are the whole note's."""
    links = {label.casefold(): url for label, url in _DEFINITION.findall(text)}
    if not links:
        return text

    def linked(found: re.Match[str]) -> str:
        url = links.get((found[2] or found[1]).casefold())
        return f"[{found[1]}](<{url}>)" if url else found[0]

    return _REFERENCE.sub(linked, text)


def _begun(found: re.Match[str]) -> str:
    """Return the beginning of a line: headings two levels lower, below the note's; no task boxes."""
    before, hashes = found.groups()
    return f"\n{before}{('##' + hashes)[:6]}" if hashes else f"\n{before}\\["


def _ruled(found: re.Match[str]) -> str:
    """Return a line of dashes or equals signs that neither heads the text nor makes a heading."""
    start = found.start()
    before = found.string[max(0, start - 99) : start].rstrip(" \t")
    if before.endswith("\n") or (not start and found[2] != "---"):
        return found[0]
    rule = "***" if found[2].startswith("---") else "\\" + found[2]
    return f"\n{found[1]}{rule}"
