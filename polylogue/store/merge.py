"""Records → rows: unite what one document tells of a conversation with what is known already.

Every rule is a maximum or a union, so that any order, repetition or subset of the same imports ends
in the same rows:

- messages are united by the provider's id; of two versions of one message the richer stays, by
  (size of parts and metadata, hash), so a blank shell or a slim export never takes anything away;
  of two lines at which one message stands, the first;
- the conversation's own fields are folded from the heads of all its sources, oldest first by
  (updated_at, line, text): the newest version that says something wins, field by field (`heads`);
- branches and positions are a function of the united messages (`tree`); where a file's lines order
  them, only the messages at hand are looked at, so that an append costs what it adds;
- absence is never a deletion.

A conversation whose rows changed is marked dirty in the same transaction; not one that only side
files tell of.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from polylogue.model import About, Conversation, Message
from polylogue.store.dirty import mark_dirty
from polylogue.store.documents import SourceRef, said_before, tell
from polylogue.store.heads import folded, write_head
from polylogue.store.ledger import add_unknowns
from polylogue.store.messages import (
    Known,
    Row,
    first_lines,
    insert_messages,
    known_messages,
    replace_messages,
    winning_rows,
    write_attachments,
)
from polylogue.store.tree import Node, arrange

Change: TypeAlias = Literal["new", "changed", "same"]


def merge(
    connection: sqlite3.Connection,
    conversation: Conversation,
    source: SourceRef,
    import_id: int,
) -> Change:
    """Unite one parsed document, or a group of a session's lines, with the rows.

    Runs inside the caller's transaction. Returns whether the conversation is new, changed, or the
    same as before. Doing it again with the same document changes nothing.
    """
    row = _conversation_row(connection, conversation.provider, conversation.conversation_id)
    told = tell(connection, row.row_id, conversation.head, source, about=False)
    if not told.is_new and source.chunk_count is not None:
        return "same"
    add_unknowns(connection, conversation.provider, conversation.unknowns, import_id)
    head = conversation.head
    if told.head_changed and not row.is_new:
        head = folded(connection, row.row_id)
    current_id = head.current_id if told.head_changed else row.current_id
    known = _known(connection, row, conversation.messages, current_id)
    line = _merge_messages(connection, row, conversation, known, current_id, told.source_id)
    if told.head_changed and write_head(connection, row.row_id, head):
        line = 0
    if not row.shown:
        connection.execute("UPDATE conversations SET shown = 1 WHERE id = ?", (row.row_id,))
        line = 0
    if line is not None:
        mark_dirty(connection, [row.row_id], line=line)
    return "new" if not row.shown else "same" if line is None else "changed"


def merge_about(
    connection: sqlite3.Connection, provider: str, about: About, source: SourceRef
) -> None:
    """Unite what a side file says of a conversation, which may be none yet and then is not shown."""
    row = _conversation_row(connection, provider, about.conversation_id)
    if source.chunk_count is not None and said_before(connection, row.row_id, about.head):
        return
    told = tell(connection, row.row_id, about.head, source, about=True)
    if not told.head_changed:
        return
    head = folded(connection, row.row_id)
    empty = Conversation(provider=provider, conversation_id=about.conversation_id, head=head)
    known = _known(connection, row, (), head.current_id)
    line = _merge_messages(connection, row, empty, known, head.current_id, told.source_id)
    if (write_head(connection, row.row_id, head) or line is not None) and row.shown:
        mark_dirty(connection, [row.row_id])


@dataclass(frozen=True, slots=True)
class _Row:
    """A conversation's row before the merge; `is_new` when there was none."""

    row_id: int
    shown: bool
    current_id: str
    is_new: bool


def _conversation_row(connection: sqlite3.Connection, provider: str, conversation_id: str) -> _Row:
    row = connection.execute(
        "SELECT id, shown, current_id FROM conversations WHERE provider = ? AND conversation_id = ?",
        (provider, conversation_id),
    ).fetchone()
    if row:
        return _Row(row[0], bool(row[1]), row[2], is_new=False)
    row = connection.execute(
        "INSERT INTO conversations (provider, conversation_id, shown, kind, slug, title, account,"
        " project, model, url, current_id, parent_id, relation, metadata_json, hash)"
        " VALUES (?, ?, 0, '', '', '', '', '', '', '', '', '', '', '{}', x'') RETURNING id",
        (provider, conversation_id),
    ).fetchone()
    return _Row(row[0], shown=False, current_id="", is_new=True)


def _known(
    connection: sqlite3.Connection, row: _Row, messages: Sequence[Message], current_id: str
) -> dict[str, Known]:
    """Return the known messages that decide about these: all, or where lines order them, their own.

    Which message is the current one decides nothing about those with a line, nor do they as such
    about the others.
    """
    if row.is_new:
        return {}
    if all(message.line is not None for message in messages):
        wanted = {message.message_id for message in messages}
        if row.current_id != current_id:
            wanted |= {row.current_id, current_id}
        known = known_messages(connection, row.row_id, sorted(wanted)) if wanted else {}
        if all(item.node.line is not None for item in known.values()):
            return known
    return known_messages(connection, row.row_id)


def _nodes(
    known: Mapping[str, Known], rows: Mapping[str, Row], lines: Mapping[str, int]
) -> dict[str, Node]:
    """Return what decides the place of every message, after these rows were written."""
    nodes = {message_id: item.node for message_id, item in known.items()}
    nodes |= {i: Node(new.message.parent_id, new.message.timestamp) for i, new in rows.items()}
    return nodes | {i: nodes[i]._replace(line=line) for i, line in lines.items()}


def _merge_messages(
    connection: sqlite3.Connection,
    row: _Row,
    conversation: Conversation,
    known: Mapping[str, Known],
    current_id: str,
    source_id: int,
) -> int | None:
    """Write what is new; return the first line that changed, 0 for all of them, None for nothing."""
    rows = winning_rows(conversation.messages, known)
    lines = first_lines(conversation.messages, known)
    nodes = _nodes(known, rows, lines)
    places = arrange(nodes, current_id)
    moved = [
        (*places[message_id], nodes[message_id].line, item.row_id)
        for message_id, item in known.items()
        if (places[message_id], nodes[message_id].line) != (item.place, item.node.line)
    ]
    connection.executemany(
        "UPDATE messages SET branch_id = ?, position = ?, line = ? WHERE id = ?", moved
    )
    replace_messages(
        connection, [(known[i].row_id, new) for i, new in rows.items() if i in known], source_id
    )
    insert_messages(
        connection,
        row.row_id,
        [(new, places[i], nodes[i].line) for i, new in rows.items() if i not in known],
        source_id,
    )
    write_attachments(connection, row.row_id, conversation.provider, rows)
    if moved:
        return 0
    return min((lines.get(message_id, 0) for message_id in rows), default=None)
