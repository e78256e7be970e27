"""Rows → records: read a conversation back, to render or to print it."""

import sqlite3
from collections import defaultdict

import msgspec

from polylogue.model import (
    Feedback,
    Head,
    Message,
    StoredAttachment,
    StoredConversation,
    StoredMessage,
)
from polylogue.store.messages import decode_parts
from polylogue.store.session_parts import Lines

_decode = msgspec.json.decode


def load(
    connection: sqlite3.Connection, row_id: int, lines: Lines | None = None
) -> StoredConversation:
    """Return the conversation with this row id, messages ordered by branch and position.

    Only what stands in these `lines` of a long session, if given; the cost is in their number then.
    """
    which, where = _where(lines)
    provider, conversation_id, metadata_json, *said = connection.execute(
        "SELECT provider, conversation_id, metadata_json, kind, title, created_at, updated_at,"
        " account, project, model, url, current_id, parent_id, relation"
        " FROM conversations WHERE id = ?",
        (row_id,),
    ).fetchone()
    names = (
        "kind",
        "title",
        "created_at",
        "updated_at",
        "account",
        "project",
        "model",
        "url",
        "current_id",
        "parent_id",
        "relation",
    )
    head = Head(**dict(zip(names, said, strict=True)), metadata=_decode(metadata_json))
    attachments = _attachments(connection, row_id, which, where)
    feedback = _feedback(connection, provider, row_id, which, where)
    messages = [
        StoredMessage(
            message=Message(
                message_id=message_id,
                parent_id=parent_id,
                role=role,
                author=author,
                parts=decode_parts(content, content_json),
                model=model,
                timestamp=timestamp,
                hidden=bool(hidden),
                line=line,
                metadata=_decode(metadata_json) if metadata_json != "{}" else {},
            ),
            branch=branch,
            position=position,
            attachments=tuple(attachments[id_]) if id_ in attachments else (),
            feedback=feedback.get(message_id),
        )
        for (
            id_,
            message_id,
            parent_id,
            branch,
            position,
            line,
            role,
            author,
            content,
            content_json,
            model,
            timestamp,
            hidden,
            metadata_json,
        ) in connection.execute(
            "SELECT id, message_id, parent_id, branch_id, position, line, role, author, content,"
            " content_json, model, timestamp, hidden, metadata_json FROM messages m"
            f" WHERE conversation_id = ?{which}",
            (row_id, *where),
        )
    ]
    messages.sort(key=_place)  # SQLite would copy the texts to sort them
    return StoredConversation(
        provider=provider, conversation_id=conversation_id, head=head, messages=tuple(messages)
    )


def _where(lines: Lines | None) -> tuple[str, tuple[int, ...]]:
    """Return the condition for messages in these lines, and its values.

    Messages without a line stand in the first part, with the beginning of the file.
    """
    if lines is None:
        return "", ()
    if not lines.first:
        return " AND (m.line IS NULL OR m.line < ?)", (lines.end,)
    return " AND m.line >= ? AND m.line < ?", lines


def _place(stored: StoredMessage) -> tuple[int, int, str]:
    return (stored.branch, stored.position, stored.message.message_id)


def find(connection: sqlite3.Connection, wanted: str) -> list[int]:
    """Return row ids of conversations whose id begins with `wanted`, or whose slug is `wanted`.

    At most 20, one whose id is just that first.
    """
    text = wanted.encode("utf-8", "replace").decode()
    return [
        row_id
        for (row_id,) in connection.execute(
            "SELECT id FROM conversations WHERE shown"
            " AND (substr(conversation_id, 1, length(?1)) = ?1 OR (slug = ?1 AND ?1 <> ''))"
            " ORDER BY conversation_id <> ?1, id LIMIT 20",
            (text,),
        )
    ]


def _attachments(
    connection: sqlite3.Connection, row_id: int, which: str, where: tuple[int, ...]
) -> dict[int, list[StoredAttachment]]:
    found: dict[int, list[StoredAttachment]] = defaultdict(list)
    for message, status, name, mime_type, size, object_id, sha256 in connection.execute(
        "SELECT m.id, a.status, a.filename, a.mime_type, a.size_bytes, o.id, o.sha256"
        " FROM messages m JOIN attachments a ON a.message_id = m.id"
        " LEFT JOIN objects o ON o.id = a.object_id"
        f" WHERE m.conversation_id = ?{which} ORDER BY m.id, a.seq",
        (row_id, *where),
    ):
        found[message].append(
            StoredAttachment(
                status=status,
                name=name,
                mime_type=mime_type,
                size=size,
                object_id=object_id,
                sha256=sha256 or b"",
            )
        )
    return dict(found)


def _feedback(
    connection: sqlite3.Connection, provider: str, row_id: int, which: str, where: tuple[int, ...]
) -> dict[str, Feedback]:
    return {
        message_id: Feedback(
            message_id=message_id, rating=rating, comment=comment, created_at=created_at
        )
        for message_id, rating, comment, created_at in connection.execute(
            "SELECT f.message_id, f.rating, f.comment, f.created_at"
            " FROM messages m JOIN feedback f ON f.message_id = m.message_id"
            f" WHERE m.conversation_id = ?{which} AND f.provider = ?",
            (row_id, *where, provider),
        )
    }
