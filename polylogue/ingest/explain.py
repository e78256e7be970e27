"""Use case: an arrival → what an import would take it for, and what it would find in it.

    open     the file, ZIP or folder                     contents
    read     each member as an import reads it           claims, sessions
    count    what it comes to; nothing of it is kept     counting, explanation

No archive is needed and nothing is written. Memory is bounded as in an import: of what was read only
numbers stay, the ids of the conversations, and those of the messages of the session in hand.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from polylogue.errors import BadInputError
from polylogue.ingest.claims import (
    Readable,
    as_session,
    asset_owner,
    detected,
    documents,
    read_document,
    strange_lines,
)
from polylogue.ingest.contents import open_contents
from polylogue.ingest.counting import Count
from polylogue.ingest.explanation import Explained, Explanation
from polylogue.ingest.members import Member, unreadable
from polylogue.ingest.sessions import Reader
from polylogue.ingest.tally import Progress
from polylogue.model import Arrival, Conversation, HeadKind, Problem
from polylogue.parsers.base import FIRST_LINES
from polylogue.parsers.containers.pieces import Cut, Piece, cut


def explain(
    arrival: Arrival,
    *,
    max_size: int,
    progress: Progress = lambda _done, _total, _conversations: None,
) -> Explanation:
    """Tell what is in an arrival of up to `max_size` bytes unpacked.

    Raises BadInputError (IncompleteError when the end is missing) when nothing of it can be read,
    BusyError when it cannot be read now.
    """
    scratch = Path(tempfile.gettempdir())
    told: list[Explained] = []
    silent: Counter[str] = Counter()
    ids: dict[tuple[str, str], HeadKind] = {}
    done = 0
    with open_contents(arrival, max_size=max_size, scratch=scratch) as contents:
        total = sum(member.size for member in contents.members)

        def advance(size: int) -> None:
            nonlocal done
            done += size
            progress(done, total, len(ids))

        for member in contents.members:
            count = _explained(member, advance)
            ids |= count.ids
            if count.is_silent:
                silent[count.kind] += 1
            else:
                told.append(count.explained())
        return Explanation(
            name=contents.name,
            container=(contents.container or {}).get("kind", "file"),
            size=contents.size,
            conversations=dict(Counter(ids.values())),
            members=tuple(told),
            silent=dict(silent),
            problems=contents.problems,
        )


def _explained(member: Member, advance: Callable[[int], None]) -> Count:
    """Read a member, if it is one that an import would read for chats."""
    count = Count(member)
    if member.problem is not None:
        count.kind = "damaged"
        count.problem(member.problem)
    elif member.litter:
        count.kind = "litter"
    elif asset_owner(member) is not None:
        count.kind = "attachment"
    else:
        _read(count, advance)
        return count
    advance(member.size)
    return count


def _read(count: Count, advance: Callable[[int], None]) -> None:
    member = count.member
    try:
        with member.open() as stream:
            readable = Readable(stream, advance)
            found = cut(readable.read)
            count.kind = found.kind
            if found.problem is not None:
                count.problem(found.problem)
            _read_cut(count, found)
        broken = readable.broken
    except BadInputError as error:
        broken = error
    except OSError as error:
        raise unreadable(member.name, error) from error
    if broken is not None:
        count.problem(Problem(code=broken.code, text=str(broken), where=member.name))


def _read_cut(count: Count, found: Cut) -> None:
    session, pieces = as_session(found)
    if session is not None:
        _read_session(count, Reader(*session, count.member.name), pieces)
        return
    for piece in documents(found, pieces):
        if piece.kind == "document":
            _read_document(count, piece)
        else:
            count.strangers(strange_lines(found, piece))
            count.torn(piece)


def _read_session(count: Count, reader: Reader, pieces: Iterator[Piece]) -> None:
    reader.modified_at = count.member.modified_at
    messages: set[tuple[str, str]] = set()
    for piece in pieces:
        if piece.kind != "document":
            reader.pass_over(piece.data)
            count.torn(piece)
            continue
        if not count.taken:
            first = piece.data.split(b"\n", FIRST_LINES)[:FIRST_LINES]
            count.take(reader.parser.provider, reader.session.name, first)
        for record in reader.read(piece.data):
            count.record(reader.parser.provider, record)
            if isinstance(record, Conversation):
                said = record.messages
                messages.update((record.conversation_id, message.message_id) for message in said)
    count.messages = len(messages)


def _read_document(count: Count, piece: Piece) -> None:
    claimed = detected(piece.data)
    if claimed is None:
        count.strangers([piece.data])
        return
    parser, shape = claimed
    count.take(parser.provider, shape.name, [piece.data])
    for record in read_document(claimed, count.member, piece):
        count.record(parser.provider, record)
        if isinstance(record, Conversation):
            count.messages += len({message.message_id for message in record.messages})
