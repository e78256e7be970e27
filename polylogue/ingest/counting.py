"""Counts what is found in one member while it is read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from polylogue.ingest.explanation import Claimed, Explained, Seen
from polylogue.ingest.members import Member
from polylogue.model import (
    About,
    AssetName,
    Blob,
    Carry,
    Conversation,
    Feedback,
    HeadKind,
    Parsed,
    Problem,
)
from polylogue.parsers.containers.pieces import Piece
from polylogue.parsers.text import probe

_MOST_PROBLEMS = 100  # of one member that are told, not only counted
_MOST_KEYS = 12


@dataclass(slots=True)
class Count:
    """What is found in one member, while it is read."""

    member: Member
    kind: str = ""
    taken: dict[tuple[str, str], Claimed] = field(default_factory=dict)
    ids: dict[tuple[str, str], HeadKind] = field(default_factory=dict)
    messages: int = 0
    facts: Counter[str] = field(default_factory=Counter)
    folds: Counter[str] = field(default_factory=Counter)
    unknowns: Counter[tuple[str, str]] = field(default_factory=Counter)
    strange: int = 0
    strange_keys: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to tell of the member but what kind it is of."""
        return not (self.taken or self.strange or self.problems)

    def take(self, provider: str, shape: str, objects: Iterable[bytes]) -> None:
        """Count a document or session under who reads it; what it looks like is told of the first."""
        known = self.taken.get((provider, shape))
        keys = known.keys if known else _keys_of(objects)
        count = known.count + 1 if known else 1
        self.taken[provider, shape] = Claimed(
            provider=provider, shape=shape, count=count, keys=keys
        )

    def record(self, provider: str, record: Parsed) -> None:
        """Count what a parser told."""
        match record:
            case Conversation(conversation_id=name, head=head):
                self.ids[provider, name] = head.kind
                for fold in record.folds:
                    self.folds[fold.kind] += fold.count
                for unknown in record.unknowns:
                    self.unknowns[unknown.path, unknown.kind] += unknown.count
            case Problem():
                self.problem(record)
            case About() | AssetName() | Blob() | Feedback():
                self.facts[type(record).__name__] += 1
            case Carry():
                pass

    def strangers(self, objects: Sequence[bytes]) -> None:
        """Count documents, or lines, that nobody knows; what they look like is told of the first."""
        if objects and not self.strange:
            self.strange_keys = _keys_of(objects[:1])
        self.strange += len(objects)

    def torn(self, piece: Piece) -> None:
        """Tell once of where the stream is broken; any other piece says nothing."""
        where = f"{self.member.name}: {piece.where}"
        if piece.kind == "torn" and not (self.problems and self.problems[-1].where == where):
            text = f"{self.member.name} is cut off or broken: {piece.where}."
            self.problem(Problem(code="torn", text=text, where=where))

    def problem(self, problem: Problem) -> None:
        """Count a problem, and keep it while there are few."""
        self.problem_count += 1
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(problem)

    def explained(self) -> Explained:
        """Return what has been found."""
        return Explained(
            name=self.member.name,
            kind=self.kind,
            size=self.member.size,
            taken=tuple(self.taken.values()),
            conversations=dict(Counter(self.ids.values())),
            messages=self.messages,
            facts=dict(self.facts),
            folds=dict(self.folds.most_common()),
            unknowns=tuple(
                Seen(path=path, kind=kind, count=count)
                for (path, kind), count in self.unknowns.most_common()
            ),
            strangers=self.strange,
            stranger_keys=self.strange_keys,
            problems=tuple(self.problems),
            problem_count=self.problem_count,
        )


def _keys_of(objects: Iterable[bytes]) -> tuple[str, ...]:
    """Return the keys at the top of JSON objects, in their order, the first of many."""
    keys = dict.fromkeys(key for data in objects for key in probe(data))
    return tuple(keys)[:_MOST_KEYS]
