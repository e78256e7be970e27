"""What an explanation tells: plain values, for people and for programs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from polylogue.model import Problem

#: What conversations are called by the kind of their head: one, many.
_WORDS = {
    "chat": ("conversation", "conversations"),
    "project": ("project", "projects"),
    "memory": ("memory", "memories"),
}


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """A value in an explanation."""


class Claimed(Value, frozen=True):
    """So many documents, or files of lines, are taken for this, by the keys at their top."""

    provider: str
    shape: str
    count: int
    keys: tuple[str, ...]


class Seen(Value, frozen=True):
    """At `path` of the format stood `count` times something of a `kind` that is not understood."""

    path: str
    kind: str
    count: int


class Explained(Value, frozen=True):
    """What is in one member.

    `kind` is what its bytes are: `array`, `object`, `lines`, `html`, `binary`, `empty`, or
    `attachment`, `litter`, `damaged`, of which the bytes are not read. `conversations` are numbers by
    kind, `facts` numbers of records that say something of other files, `folds` numbers of input
    records that are no messages. `strangers` are documents, or lines, that no parser knows.
    Of many problems only the first are told.
    """

    name: str
    kind: str
    size: int
    taken: tuple[Claimed, ...] = ()
    conversations: dict[str, int] = {}
    messages: int = 0
    facts: dict[str, int] = {}
    folds: dict[str, int] = {}
    unknowns: tuple[Seen, ...] = ()
    strangers: int = 0
    stranger_keys: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    problem_count: int = 0


class Explanation(Value, frozen=True):
    """What an arrival is taken for, by member; `silent` are the others, numbers by kind.

    A conversation that stands in several members is counted once.
    """

    name: str
    container: str
    size: int
    conversations: dict[str, int]
    members: tuple[Explained, ...]
    silent: dict[str, int]
    problems: tuple[Problem, ...] = ()

    @property
    def is_chat(self) -> bool:
        """Whether there is anything in it that becomes a note."""
        return bool(self.conversations)

    @property
    def sentence(self) -> str:
        """Say in one sentence what it is."""
        whole = united(self.name, self.members)
        providers = " and ".join(sorted({taken.provider for taken in whole.taken}))
        if self.is_chat:
            found = in_words(self.conversations)
            messages = f"{whole.messages:,} message{'s' * (whole.messages != 1)}"
            said = f"{self.name} is taken for {providers}: {found}, {messages}"
        elif providers:
            said = f"{self.name} belongs to {providers}, but there is no chat in it"
        else:
            said = f"Nothing in {self.name} is a chat that polylogue knows"
        return "; ".join([said, *_faults(whole, len(self.problems))]) + "."


def united(name: str, members: Sequence[Explained]) -> Explained:
    """Return what is in several members together, under a name for all of them."""
    return Explained(
        name=name,
        kind=members[0].kind if len({member.kind for member in members}) == 1 else "",
        size=sum(member.size for member in members),
        taken=_united_claims(members),
        conversations=_sum(member.conversations for member in members),
        messages=sum(member.messages for member in members),
        facts=_sum(member.facts for member in members),
        folds=_sum(member.folds for member in members),
        unknowns=_united_unknowns(members),
        strangers=sum(member.strangers for member in members),
        stranger_keys=next((one.stranger_keys for one in members if one.stranger_keys), ()),
        problems=tuple(problem for member in members for problem in member.problems),
        problem_count=sum(member.problem_count for member in members),
    )


def in_words(conversations: Mapping[str, int]) -> str:
    """Return numbers of conversations by kind as `3 conversations, 1 project`."""
    return ", ".join(
        f"{number:,} {_WORDS.get(kind, (kind, kind))[number != 1]}"
        for kind, number in sorted(conversations.items())
    )


def _united_claims(members: Iterable[Explained]) -> tuple[Claimed, ...]:
    united: dict[tuple[str, str], Claimed] = {}
    for member in members:
        for taken in member.taken:
            known = united.get((taken.provider, taken.shape))
            united[taken.provider, taken.shape] = (
                replace(known, count=known.count + taken.count) if known else taken
            )
    return tuple(united.values())


def _united_unknowns(members: Iterable[Explained]) -> tuple[Seen, ...]:
    numbers: Counter[tuple[str, str]] = Counter()
    for member in members:
        for seen in member.unknowns:
            numbers[seen.path, seen.kind] += seen.count
    return tuple(
        Seen(path=path, kind=kind, count=count) for (path, kind), count in numbers.most_common()
    )


def _sum(numbers: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in numbers:
        total.update(one)
    return dict(total.most_common())


def _faults(whole: Explained, problems: int) -> Iterator[str]:
    """Say how much is not understood, foreign, or cannot be read."""
    if unknown := len(whole.unknowns):
        kinds = (
            "1 kind of content in it is"
            if unknown == 1
            else f"{unknown:,} kinds of content in it are"
        )
        yield f"{kinds} not understood"
    if whole.strangers:
        records = "1 record is" if whole.strangers == 1 else f"{whole.strangers:,} records are"
        yield f"{records} of no kind that polylogue knows"
    if faults := whole.problem_count + problems:
        yield f"{faults:,} problem{'s' * (faults != 1)}"
