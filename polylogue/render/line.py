"""One line of text where Markdown or YAML expects one: headings, labels, links, properties."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote

_CONTROL = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\u200b]+")
_SPECIAL = re.compile(
    r"[\\`*\[\]<$]|={2,}|~{2,}|%(?=%)|(?<=[<%])%|\{(?=\{)|&(?=[#\w])"
    r"|(?<=:):|(?<!\w)#|(?<!\S)\^|(?<!\w)_+|_+(?!\w)"
)


@lru_cache(maxsize=1024)  # names of models and tools come in every message
def one_line(text: str) -> str:
    """Return `text` in one line, escaped so that Markdown shows every character of it as it is."""
    words = " ".join(_CONTROL.sub("", text).split())
    return _SPECIAL.sub(_escaped, words) if _SPECIAL.search(words) else words


def _escaped(found: re.Match[str]) -> str:
    return "".join("\\" + character for character in found[0])


# --- Links ----------------------------------------------------------------------------------------

_WEB = re.compile(r"https?://[^/]|mailto:", re.IGNORECASE)
_NOT_IN_WIKILINKS = re.compile(r"[\[\]|\\`$<>*~={}%^#\0-\x1f\x7f-\x9f\ufeff\u200b]+|:(?=:)")
_SAFE_IN_LINKS: Final = "!#$&'*+,/:;=?@%~-._"


def link(label: str, url: str) -> str:
    """Return a Markdown link to `url`; where `url` is not on the web, both as plain text."""
    if not _WEB.match(url):
        return one_line(f"{label} ({url})" if url and url != label else label)
    address = quote(url, safe=_SAFE_IN_LINKS).replace("::", ":%3A")  # no field of Dataview
    return f"[{one_line(label or url)}]({address})"


def wikilink(path: str, label: str = "") -> str:
    """Return a link to a note of the vault, under its own name when there is no label."""
    target = path.removesuffix(".md")
    shown = " ".join(_NOT_IN_WIKILINKS.sub(" ", label).split())
    return f"[[{target}|{shown or target.rpartition('/')[2]}]]"


# --- YAML -----------------------------------------------------------------------------------------

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./:?=&@+~-]*(?<!:)")
_NOT_TEXT: Final = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
_QUOTED = re.compile(r"[\"\\\0-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]|<(?=%)")


def yaml_string(text: str) -> str:
    """Return `text` as a YAML scalar in one line that every reader takes for this string.

    Plain where that is beyond doubt, else in double quotes. Templater, which reads properties too,
    finds no command in it. A surrogate becomes U+FFFD.
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    return f'"{_QUOTED.sub(_quoted, text)}"'


def _quoted(found: re.Match[str]) -> str:
    character = found[0]
    if character in '"\\':
        return "\\" + character
    if "\ud800" <= character <= "\udfff":
        return "\N{REPLACEMENT CHARACTER}"
    return f"\\u{ord(character):04x}"
