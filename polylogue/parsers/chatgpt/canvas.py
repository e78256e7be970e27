"""Canvas: documents that grow beside the chat, replayed.

The export holds no document, only the calls that made it: `create_textdoc` with the whole text,
`update_textdoc` with regular expressions and their replacements, of which `.*` means: rewrite all.
Each call becomes an Artifact with the whole text after it, along each path of the tree.

The patterns are hostile until shown otherwise: Python's `re` has no time limit and backtracks. So
before a pattern runs, an upper bound of its work is reckoned from what it can choose
(`work_bound`), and paid from the conversation's `Budget`. What is over budget, invalid, or matches
nothing is not replayed: the call then stays as it came.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import islice

from polylogue.model import Artifact, Json, Record
from polylogue.parsers.chatgpt.budget import Budget
from polylogue.parsers.narrow import from_json, items, keys, text, whole, word

_WORK_OF_A_MATCH = 100  # what is done with a match, and with a character of a template
_OPEN = 64  # documents that are kept open along a path
_REWRITE = {".*", "(?s).*", "(?s)^.*$", "^.*$", "[\\s\\S]*", "(.|\\n)*"}
_QUANTIFIED_GROUP = re.compile(r"\)[*+{]")
_BACKREFERENCE_OR_VERBOSE = re.compile(r"\\[1-9]|\(\?P=|\(\?\(|\(\?[a-zA-Z-]*x")
_LAZY = re.compile(r"([*+?}])[?+]")
_GROUP_IN_TEMPLATE = re.compile(r"\\[0-9g]")
_ESCAPED_OR_CLASS = re.compile(r"\\.|\[\^?+\]?+(?:\\.|[^\]\\])*\]", re.DOTALL)
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_CLASS = re.compile(r"\[\^?+\]?+([^\]]*)\]")
_SET_OPERATION = re.compile(r"\[|--|&&|~~|\|\|")  # Python warns: they may come to mean something
_LITERALS = re.compile(r"[^\\.^$*+?{}()\[\]|]*")


class Textdoc(Record, frozen=True):
    """A document as it stands at some message."""

    artifact_id: str
    title: str
    language: str
    text: str


class Canvases(Record, frozen=True):
    """The documents that exist at some message, and which of them was worked on last."""

    docs: Mapping[str, Textdoc] = {}
    latest: str = ""

    def put(self, doc: Textdoc) -> "Canvases":
        """Return these canvases with `doc` as the latest."""
        others = [item for item in self.docs.items() if item[0] != doc.artifact_id]
        docs = dict([*others[1 - _OPEN :], (doc.artifact_id, doc)])
        return Canvases(docs=docs, latest=doc.artifact_id)


def replay(
    tool: str, body: str, canvas: Json, canvases: Canvases, budget: Budget
) -> Textdoc | None:
    """Return the document after the call of `tool` with `body`; None when it cannot be known.

    `canvas` is the metadata that the call or its answer carries: it names the document.
    """
    call = keys(from_json(body))
    if tool == "canmore.create_textdoc":
        doc = _created(call, keys(canvas))
    else:
        doc = _updated(call, keys(canvas), canvases, budget)
    return doc if doc is not None and budget.spend(text=len(doc.text)) else None


def artifact(doc: Textdoc, canvas: Json) -> Artifact:
    """Return `doc` as the Artifact part of the message that brought it there."""
    return Artifact(
        artifact_id=doc.artifact_id,
        title=doc.title,
        language=doc.language,
        version=whole(keys(canvas).get("version")),
        text=doc.text,
    )


def _created(call: dict[str, Json], canvas: dict[str, Json]) -> Textdoc | None:
    if not isinstance(call.get("content"), str):
        return None
    name = word(call.get("name")) or word(canvas.get("title"))
    kind = word(call.get("type")) or word(canvas.get("textdoc_type"))
    return Textdoc(
        artifact_id=word(canvas.get("textdoc_id")) or name,
        title=word(canvas.get("title")) or name,
        language=kind.removeprefix("code/") if kind.startswith("code/") else "markdown",
        text=text(call["content"]),
    )


def _updated(
    call: dict[str, Json], canvas: dict[str, Json], canvases: Canvases, budget: Budget
) -> Textdoc | None:
    named = (word(canvas.get("textdoc_id")), word(call.get("textdoc_id")), word(call.get("name")))
    which = next((name for name in named if name in canvases.docs), canvases.latest)
    before = canvases.docs.get(which)
    updates = items(call.get("updates"))
    if before is None or not updates:
        return None
    after: str | None = before.text
    for update in updates:
        after = _apply(after, keys(update), budget) if after is not None else None
    if after is None:
        return None
    return Textdoc(
        artifact_id=before.artifact_id, title=before.title, language=before.language, text=after
    )


def _apply(before: str, update: dict[str, Json], budget: Budget) -> str | None:
    pattern, replacement = update.get("pattern"), update.get("replacement")
    if not isinstance(pattern, str) or not isinstance(replacement, str):
        return None
    if pattern in _REWRITE:
        return text(replacement)
    if not budget.spend(work=len(pattern) ** 2):
        return None
    work = work_bound(pattern, before)
    if work is None or not budget.spend(work=work):
        return None
    try:
        found = re.compile(pattern, re.DOTALL).finditer(before)
    except (re.error, RecursionError, OverflowError):
        return None
    limit = None if update.get("multiple") is True else 1
    return _replaced(before, islice(found, limit), text(replacement), budget)


def _replaced(
    before: str, found: Iterable[re.Match[str]], replacement: str, budget: Budget
) -> str | None:
    """Put `replacement` in the place of all `found`; None when there is none or it grows wild."""
    pieces: list[str] = []
    at = 0
    room = budget.text - len(before)
    growth = len(replacement) + len(_GROUP_IN_TEMPLATE.findall(replacement)) * len(before)
    work = _WORK_OF_A_MATCH * (1 + len(replacement) if "\\" in replacement else 1)
    for match in found:
        room -= growth
        if room < 0 or not budget.spend(work=work):
            return None
        pieces += (before[at : match.start()], _expanded(match, replacement))
        at = match.end()
    return "".join((*pieces, before[at:])) if pieces else None


def _expanded(match: re.Match[str], replacement: str) -> str:
    if "\\" not in replacement:
        return replacement
    try:
        return match.expand(replacement)
    except (re.error, IndexError):
        return replacement  # not written as a template: backslashes of code, say


def work_bound(pattern: str, subject: str) -> int | None:
    """Return a number of steps that matching `pattern` cannot exceed; None when none is known.

    A backtracking search starts at each place where the pattern's literal beginning occurs, and from
    there tries at most each combination of choices: a quantifier has as many as the subject is long,
    an alternative or an optional piece two. A repeated group multiplies choices without bound.
    """
    bare = _LAZY.sub(r"\1", _ESCAPED_OR_CLASS.sub("x", pattern))
    if _QUANTIFIED_GROUP.search(bare) or _BACKREFERENCE_OR_VERBOSE.search(pattern):
        return None
    if "[" in bare or any(map(_SET_OPERATION.search, _CLASS.findall(_ESCAPED.sub("x", pattern)))):
        return None
    quantifiers = sum(map(bare.count, "*+{"))
    options = sum(map(bare.count, "|?"))
    if quantifiers > 3 or options > 16:
        return None
    start = _literal_start(pattern)
    starts = subject.count(start) + 1 if start else len(subject) + 1
    choices: int = (len(subject) + 1) ** quantifiers * 2**options
    return starts * choices * (1 + len(pattern) // 8)


def _literal_start(pattern: str) -> str:
    """Return characters that each match must begin with."""
    if "|" in pattern or pattern.startswith("(?"):
        return ""
    found = _LITERALS.match(pattern)
    start = found[0] if found else ""
    return start[:-1] if pattern[len(start) :][:1] in {"*", "?", "{"} and start else start
