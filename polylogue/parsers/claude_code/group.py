"""What one group of lines comes to: the messages of each conversation, and what came up besides."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from polylogue.errors import BadInputError
from polylogue.model import (
    About,
    Conversation,
    Document,
    Fold,
    Json,
    Message,
    Parsed,
)
from polylogue.parsers.claude_code.state import LINKS, State, Thread, load, remember
from polylogue.parsers.findings import Findings
from polylogue.parsers.lines import BadLines
from polylogue.parsers.text import decode_tolerant

_PROVIDER: Final = "claude-code"
_KINDS: Final = 64  # of folds that wait for the first message
_COPIED: Final = 1 << 40  # more lines than a file has


@dataclass(slots=True)
class Told:
    """What the group tells of one conversation. A line begins at most one message of it."""

    thread: Thread
    messages: dict[int, Message] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)


@dataclass(slots=True)
class Group:
    """A group of lines while it is read; `line` is the number of the line in hand, `raw` its bytes.

    `copied` says that the line was told first by the file of another session.
    """

    document: Document
    state: State
    bad: BadLines
    line: int = 0
    raw: bytes = b""
    copied: bool = False
    told: dict[str, Told] = field(default_factory=dict)
    abouts: dict[str, About] = field(default_factory=dict)

    def of(self, thread: Thread) -> Told:
        """Return what the group tells of this conversation."""
        told = self.told.get(thread.conversation_id)
        if told is None:
            told = self.told[thread.conversation_id] = Told(thread)
        told.thread = thread
        return told

    def put(self, thread: Thread, message: Message) -> None:
        """Give this message out; a version of it from before in this group is replaced."""
        if not thread.conversation_id:
            self.fold(thread, "nameless")
            return
        thread.told = True
        self.of(thread).messages[message.line or 0] = message

    @property
    def place(self) -> int:
        """Where a message that begins at the line in hand stands.

        Copies stand behind all lines of the session's own file, which has them too unless it is lost.
        """
        return self.line + _COPIED * self.copied

    def value(self) -> Json:
        """Return all of the line in hand, None when it is nested too deeply."""
        try:
            return decode_tolerant(self.raw)
        except BadInputError:
            return None

    def fold(self, thread: Thread, kind: str) -> None:
        """Count a record that is no message of its own."""
        self.of(thread).findings.folded[kind[:100]] += 1

    def link(self, thread: Thread, uuid: str, message_id: str | None) -> None:
        """Remember that the record `uuid` is this message, or stands right below it."""
        if uuid:
            place = (thread.conversation_id, message_id)
            remember(self.state.links, uuid, place, LINKS)
            if uuid in self.state.summaries:
                thread.titles["summary"] = self.state.summaries.pop(uuid)

    def parent(self, uuid: str) -> str | None:
        """Return the message that the record `uuid` is, or stands below; None at a root."""
        if uuid in self.state.links:
            return self.state.links[uuid][1]
        return uuid or None

    def records(self) -> Iterator[Parsed]:
        """Yield what the group came to, but for the Carry."""
        for told in self.told.values():
            yield from told.findings.blobs.values()
            yield from _conversation(told)
        yield from self.abouts.values()
        yield from self.bad.problems()


def start(document: Document) -> Group:
    """Return the group of `document` before its first line."""
    state = load(document.state)
    state.current = state.current or document.conversation_id
    return Group(document, state, BadLines(document.name))


def _conversation(told: Told) -> Iterator[Parsed]:
    """Yield the conversation; what says only how one is called is about one, and makes none."""
    thread, findings = told.thread, told.findings
    if not told.messages and not thread.told:
        _wait(thread, findings)
        if thread.conversation_id and thread.titles:
            yield About(conversation_id=thread.conversation_id, head=thread.head)
        return
    for fold in thread.folds:
        findings.folded[fold.kind] += fold.count
    for entry in thread.unknowns:
        findings.ledger[entry.path, entry.kind] += entry.count
    thread.folds, thread.unknowns = (), ()
    yield Conversation(
        provider=_PROVIDER,
        conversation_id=thread.conversation_id,
        head=thread.head,
        messages=tuple(told.messages.values()),
        unknowns=findings.unknowns,
        folds=findings.folds,
    )


def _wait(thread: Thread, findings: Findings) -> None:
    """Keep what was counted until there is a message to tell it with."""
    for fold in thread.folds:
        findings.folded[fold.kind] += fold.count
    for entry in thread.unknowns:
        findings.ledger[entry.path, entry.kind] += entry.count
    thread.folds = _few(findings.folds)
    thread.unknowns = findings.unknowns[:_KINDS]


def _few(folds: tuple[Fold, ...]) -> tuple[Fold, ...]:
    rest = sum(fold.count for fold in folds[_KINDS:])
    return (*folds[:_KINDS], Fold(kind="other", count=rest)) if rest else folds
