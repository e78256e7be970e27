"""What the pages say by which notes are found, and which of them must be written again.

Each conversation with a note has an entry. When that changes, the pages that show it are marked in
the same transaction; an append to a chat changes no entry and so touches no page. A page is named
`kind:key`: `month:2026-01`, `project:Harbour`, `provider:chatgpt`, `index:`.
"""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple


class PageEntry(NamedTuple):
    """A conversation as pages show it; `path` is that of its first note, `day` may be ''."""

    conversation: int
    provider: str
    kind: str
    project: str
    day: str
    title: str
    path: str

    @property
    def month(self) -> str:
        """The month in which it began, `2026-01`, or ''."""
        return self.day[:7]


_COLUMNS = "conversation_id, provider, kind, project, day, title, path"


def put_entries(connection: sqlite3.Connection, entries: Iterable[PageEntry]) -> None:
    """Write down entries, and mark the pages on which something changed."""
    for entry in entries:
        query = f"SELECT {_COLUMNS} FROM view_entries WHERE conversation_id = ?"
        row = connection.execute(query, (entry.conversation,)).fetchone()
        before = PageEntry(*row) if row else None
        if before == entry:
            continue
        connection.execute(
            f"INSERT OR REPLACE INTO view_entries ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", entry
        )
        mark_pages(connection, {page for one in (before, entry) if one for page in _pages_of(one)})


def _pages_of(entry: PageEntry) -> list[str]:
    pages = ["index:", f"provider:{entry.provider}", f"month:{entry.month}"]
    if entry.project:
        pages.append(f"project:{entry.project}")
    return pages


def mark_pages(connection: sqlite3.Connection, pages: Iterable[str]) -> None:
    """Mark pages that must be written again."""
    connection.executemany(
        "INSERT OR IGNORE INTO dirty_pages (page) VALUES (?)", [(page,) for page in pages]
    )


def clear_page(connection: sqlite3.Connection, page: str) -> None:
    """Take away the mark of a page that is written, or is no more."""
    connection.execute("DELETE FROM dirty_pages WHERE page = ?", (page,))


def dirty_pages(connection: sqlite3.Connection) -> list[str]:
    """Return the pages that must be written again."""
    return [page for (page,) in connection.execute("SELECT page FROM dirty_pages ORDER BY page")]


def of_month(connection: sqlite3.Connection, month: str) -> list[PageEntry]:
    """Return the entries of a month, by provider, day and path."""
    return _entries(
        connection,
        "day >= ? AND day < ? ORDER BY provider, day, path",
        (month, f"{month}~") if month else ("", "0"),
    )


def of_project(connection: sqlite3.Connection, project: str) -> list[PageEntry]:
    """Return the entries of a project, by day and path."""
    return _entries(connection, "project = ? AND project <> '' ORDER BY day, path", (project,))


def of_kind(connection: sqlite3.Connection, kind: str, provider: str) -> list[PageEntry]:
    """Return the entries of a provider that are no chats, but `project` or `memory`."""
    return _entries(
        connection,
        "kind = ? AND kind <> 'chat' AND provider = ? ORDER BY path",
        (kind, provider),
    )


def months(connection: sqlite3.Connection, provider: str) -> list[str]:
    """Return the months in which a provider has entries, oldest first ('': undated).

    One step in an index for each month, however many chats there are.
    """
    rows = connection.execute(
        "WITH RECURSIVE m (month) AS ("
        " SELECT min(substr(day, 1, 7)) FROM view_entries WHERE provider = ?1 UNION ALL"
        " SELECT (SELECT substr(day, 1, 7) FROM view_entries WHERE provider = ?1"
        "  AND day > m.month || '~' ORDER BY day LIMIT 1) FROM m WHERE month IS NOT NULL)"
        " SELECT month FROM m WHERE month IS NOT NULL",
        (provider,),
    )
    return [month for (month,) in rows]


def _entries(
    connection: sqlite3.Connection, condition: str, values: tuple[str, ...]
) -> list[PageEntry]:
    query = f"SELECT {_COLUMNS} FROM view_entries WHERE {condition}"
    return [PageEntry(*row) for row in connection.execute(query, values)]
