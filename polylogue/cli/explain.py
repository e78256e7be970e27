"""An explanation → lines for a person: for each file what it is taken for, and what is in it.

    export.zip: a ZIP, 1.2 MB
      conversations.json  a list of JSON values, 4.1 MB
        taken for   chatgpt conversation, 31 times, by the keys title, create_time, mapping
        holds       31 conversations, 402 messages
        folded      empty (93), hidden (12)
        unknown     super_widget in message.content (2)
        problem     conversations.json is cut off or broken: element 32.
      and 14 attachments, 1 page without chats of its own
    export.zip is taken for chatgpt: 31 conversations, 402 messages; 1 problem.

Pure: an `Explanation` in, lines out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from polylogue.cli.words import count, distinct, one_line, size, with_place
from polylogue.ingest.explanation import Claimed, Explained, Explanation, Seen, in_words, united
from polylogue.model import Problem

_MEMBERS = 20  # that are told of one by one; the rest is summed up
_LISTED = 10  # entries of one row

_CONTAINERS: Mapping[str, str] = {
    "zip": "a ZIP",
    "folder": "a folder",
    "zstd": "a file packed by zstd",
}
_KINDS: Mapping[str, str] = {
    "array": "a list of JSON values",
    "object": "a JSON object",
    "lines": "JSON lines",
    "html": "a page",
    "binary": "no JSON",
    "empty": "empty",
    "damaged": "damaged",
    "": "files of several kinds",
}
#: What members are called of which there is nothing to tell: a noun, and what follows it.
_SILENT: Mapping[str, tuple[str, str]] = {
    "array": ("list", " without chats"),
    "object": ("object", " without chats"),
    "lines": ("file", " of lines without chats"),
    "html": ("page", " without chats of its own"),
    "binary": ("file", " that is no JSON"),
    "empty": ("empty file", ""),
    "attachment": ("attachment", ""),
    "litter": ("file", " of the operating system"),
}
_FACTS: Mapping[str, tuple[str, str]] = {
    "About": ("fact", " about chats in other files"),
    "AssetName": ("name", " of attachments"),
    "Blob": ("embedded file", ""),
    "Feedback": ("rating", ""),
}


def explanation_lines(told: Explanation) -> Iterator[str]:
    """Yield what is to be told of a file or folder; its last line says what it is."""
    container = _CONTAINERS.get(told.container)
    if container:
        yield one_line(f"{told.name}: {container}, {size(told.size)}")
    for member in _few(told.members):
        yield from _member(member)
    silent = [_number(number, kind, _SILENT) for kind, number in told.silent.items()]
    if silent:
        yield f"  {'and ' * bool(told.members)}{', '.join(silent)}"
    yield from (
        _row("problem", problem) for problem in _problems(told.problems, len(told.problems))
    )
    yield one_line(told.sentence)


def explanation_fields(told: Explanation) -> dict[str, object]:
    """Return what is to be told of a file or folder to a program."""
    fields: dict[str, object] = msgspec.to_builtins(told)
    return {"is_chat": told.is_chat, "sentence": told.sentence, **fields}


def _few(members: Sequence[Explained]) -> Iterator[Explained]:
    """Yield the first members, and what is in all others as if it were one."""
    if len(members) <= _MEMBERS:
        yield from members
        return
    yield from members[: _MEMBERS - 1]
    rest = members[_MEMBERS - 1 :]
    yield united(f"{len(rest):,} more", rest)


def _member(found: Explained) -> Iterator[str]:
    yield "  " + one_line(f"{found.name}: {_KINDS.get(found.kind, found.kind)}, {size(found.size)}")
    rows: tuple[tuple[str, Iterable[str]], ...] = (
        ("taken for", map(_taken, found.taken)),
        ("no chat", _strangers(found)),
        ("holds", _holds(found)),
        ("folded", _folds(found.folds)),
        ("unknown", _first(list(map(_unknown, found.unknowns)), len(found.unknowns))),
        ("problem", _problems(found.problems, found.problem_count)),
    )
    for label, entries in rows:
        yield from (_row(label, entry) for entry in entries)


def _row(label: str, text: str) -> str:
    return f"    {label:<10}  {one_line(text)}"


def _taken(taken: Claimed) -> str:
    times = f", {taken.count:,} times" if taken.count > 1 else ""
    keys = f", by the keys {', '.join(taken.keys)}" if taken.keys else ""
    return f"{taken.provider} {taken.shape}{times}{keys}"


def _strangers(found: Explained) -> Iterator[str]:
    if found.strangers:
        keys = f"; the first has the keys {', '.join(found.stranger_keys)}"
        yield f"{count(found.strangers, 'record')} that no parser knows{keys * bool(found.stranger_keys)}"


def _holds(found: Explained) -> Iterator[str]:
    facts = [_number(number, kind, _FACTS) for kind, number in found.facts.items()]
    chats = [in_words(found.conversations), count(found.messages, "message")]
    if found.conversations or facts:
        yield ", ".join([*(chats if found.conversations else ()), *facts])
    elif found.taken:
        yield "nothing to show"


def _folds(folds: Mapping[str, int]) -> Iterator[str]:
    if folds:
        told = [f"{kind} ({number:,})" for kind, number in folds.items()]
        yield ", ".join(_first(told, len(told)))


def _unknown(seen: Seen) -> str:
    return f"{seen.kind} in {seen.path} ({seen.count:,})"


def _problems(problems: Sequence[Problem], number: int) -> Iterator[str]:
    told = list(distinct(with_place(problem.text, problem.where) for problem in problems))
    return _first(told, number - len(problems) + len(told))


def _first(entries: Sequence[str], number: int) -> Iterator[str]:
    """Yield the first of so many entries, and how many more there are."""
    yield from entries[:_LISTED]
    if number > _LISTED:
        yield f"and {number - _LISTED:,} more"


def _number(number: int, kind: str, words: Mapping[str, tuple[str, str]]) -> str:
    noun, rest = words.get(kind, (kind, ""))
    return count(number, noun) + rest
