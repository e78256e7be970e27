"""Messages → turns under one heading each, with the branches that were not taken beside them.

A turn is what one voice says before another speaks: an assistant's messages and those of its tools.
Hidden messages and the system's have no voice; they stand folded in the turn where they came.

The tree comes as chains: branch 0 is the path taken, every other one begins where it forks. Branches
are shown after the turn that stands in their stead. They are not nested, since depth would grow
with every regenerated answer, but follow one another; one that forks off another names it.
"""

import hashlib
from collections.abc import Container, Iterator, Sequence
from itertools import groupby
from typing import Final

import msgspec

from polylogue.model import StoredConversation, StoredMessage, Text
from polylogue.render.blocks import Block, PathOf, nowhere
from polylogue.render.dates import local
from polylogue.render.footnotes import Footnotes
from polylogue.render.messages import Telling, gathered, rated
from polylogue.render.options import NoteOptions
from polylogue.render.tools import answers

_EXCERPT: Final = 60  # characters of the message that names a branch


class Shown(msgspec.Struct, frozen=True):
    """One message: its blocks, a line about its rating, and its block id (`m-…`)."""

    blocks: list[Block]
    rating: str
    anchor: str


class Branch(msgspec.Struct, frozen=True):
    """A branch that was not taken; `anchor` is the block id of its first message."""

    label: str
    anchor: str
    turns: list["Turn"]


class Turn(msgspec.Struct):
    """What one voice said: `speaker` is empty for what has no voice, `forks` are its message ids."""

    speaker: str = ""
    model: str = ""
    time: str = ""
    messages: list[Shown] = []
    branches: list[Branch] = []
    forks: list[str] = []


class _Fork(msgspec.Struct, frozen=True):
    """A chain that was not taken, and what is said of it."""

    label: str
    chain: Sequence[StoredMessage]


def turns_of(
    conversation: StoredConversation,
    options: NoteOptions,
    footnotes: Footnotes,
    path_of: PathOf = nowhere,
) -> list[Turn]:
    """Return the turns of the path taken, each with the branches that stand beside it.

    Where there is nothing to read, the last turn says so.
    """
    turns = _Tree(conversation, options, footnotes, path_of).turns()
    if not any(turn.messages or turn.branches for turn in turns):
        shell = Block("missing", _nothing(conversation, options))
        turns.append(Turn(messages=[Shown([shell], "", "")]))
    return turns


def _nothing(conversation: StoredConversation, options: NoteOptions) -> str:
    """Return why there is nothing to read."""
    if conversation.messages and options.left_out:
        return "What this chat holds is not shown, as the configuration says"
    what = "only empty messages" if conversation.messages else "no messages"
    return f"The export has {what} of this chat"


class _Tree:
    """The chains of one conversation, while they become turns."""

    def __init__(
        self,
        conversation: StoredConversation,
        options: NoteOptions,
        footnotes: Footnotes,
        path_of: PathOf,
    ) -> None:
        self._told = Telling.of(conversation, options, footnotes, path_of)
        self._dialect = footnotes.dialect
        self._options = options
        self._anchors: set[str] = set()
        chains = groupby(conversation.messages, key=lambda stored: stored.branch)
        self._chains = [list(chain) for _, chain in chains]
        self._forks: dict[str, list[Sequence[StoredMessage]]] = {}
        if len(self._chains) > 1:
            ids = {stored.message.message_id for stored in conversation.messages}
            for chain in self._chains[1:]:
                self._forks.setdefault(_parent(chain, ids), []).append(chain)

    def turns(self) -> list[Turn]:
        if not self._chains:
            return []
        turns = self._walk(self._chains[0], anchored=True) or [Turn()]
        if self._forks:
            for turn in turns:
                turn.branches = list(self._branches(turn.forks))
            turns[-1].branches.extend(self._branches(list(self._forks)))  # off one another only
        return turns

    # --- Branches --------------------------------------------------------------------------------

    def _branches(self, parents: Sequence[str]) -> Iterator[Branch]:
        """Give the branches off these messages, each followed by the branches off itself."""
        waiting = self._forks_at(parents, "")[::-1]
        while waiting:
            fork = waiting.pop()
            turns = self._walk(fork.chain, anchored=False)
            yield Branch(fork.label, self._anchor(fork.chain[0].message.message_id), turns)
            inner = [parent for turn in turns for parent in turn.forks]
            if inner:
                words = self._dialect.line(_excerpt(fork.chain))
                within = f", in the branch that begins “{words}”"
                waiting += self._forks_at(inner, within)[::-1]

    def _forks_at(self, parents: Sequence[str], within: str) -> list[_Fork]:
        forks: list[_Fork] = []
        for parent in parents:
            chains = self._forks.pop(parent, [])
            for number, chain in enumerate(chains, start=1):
                user = chain[0].message.role == "user"
                what = "Another version of the prompt" if user else "Another answer"
                count = f" ({number} of {len(chains)})" if len(chains) > 1 else ""
                label = f"{what}{count}, not taken{within}"
                if not self._told.is_chat:
                    label = f"An earlier version{count}"
                forks.append(_Fork(label, chain))
        return forks

    # --- Turns -----------------------------------------------------------------------------------

    def _walk(self, chain: Sequence[StoredMessage], *, anchored: bool) -> list[Turn]:
        """Return the turns of a chain, with the ids of messages off which others fork."""
        results, taken = answers(chain)
        turns: list[Turn] = []
        before = "" if chain is self._chains[0] else None
        told = self._told
        for i, stored in enumerate(chain):
            blocks = told.blocks(i, stored, results, taken)
            rating = rated(stored.feedback, self._dialect) if stored.feedback else ""
            turn = self._turn(turns, stored, shown=bool(blocks or rating))
            if len(blocks) > 1 or (blocks and blocks[0].kind == "thinking"):
                blocks = gathered(turn.messages[-1].blocks if turn.messages else [], blocks)
            if blocks or rating:
                anchor = self._anchor(stored.message.message_id) if anchored else ""
                turn.messages.append(Shown(blocks, rating, anchor))
            if before in self._forks:
                turn.forks.append(before)
            before = stored.message.message_id
        if before in self._forks:
            turns[-1].forks.append(before)
        return turns

    def _turn(self, turns: list[Turn], stored: StoredMessage, *, shown: bool) -> Turn:
        """Return the turn to which the message belongs, a new one where another voice speaks."""
        speaker, model = self._told.voice(stored.message)
        last = turns[-1] if turns else None
        if last and (not shown or not speaker or _goes_on(last, speaker, model)):
            last.model = last.model or (model if speaker else "")
            return last
        time = self._time(stored) if speaker else ""
        turns.append(Turn(speaker, model, time))
        return turns[-1]

    def _time(self, stored: StoredMessage) -> str:
        return self._options.time(local(stored.message.timestamp, self._options.timezone))

    def _anchor(self, message_id: str) -> str:
        """Return a block id that is the message's own in this note, whatever stands before it."""
        digest = hashlib.sha256(message_id.encode(errors="replace")).digest()
        anchor = f"m-{digest[:5].hex()}"
        while anchor in self._anchors:
            anchor += "-2"
        self._anchors.add(anchor)
        return anchor


def _parent(chain: Sequence[StoredMessage], ids: Container[str]) -> str:
    """Return the id of the message off which the chain forks, '' for another beginning."""
    first = chain[0]
    parent = first.message.parent_id
    return parent if parent and first.position and parent in ids else ""


def _goes_on(turn: Turn, speaker: str, model: str) -> bool:
    return turn.speaker == speaker and (not model or not turn.model or model == turn.model)


def _excerpt(chain: Sequence[StoredMessage]) -> str:
    """Return the first words of the first text in the chain, to name it by."""
    texts = (part.text for m in chain for part in m.message.parts if type(part) is Text)
    words = next((some for text in texts if (some := text[:999].split())), ["without text"])
    text = " ".join(words)
    return text if len(text) <= _EXCERPT else text[:_EXCERPT].rstrip() + "…"
