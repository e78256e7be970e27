"""What the pages say by which notes are found, and which of them must be written again.

Each conversation with a note has an entry. When that changes, the pages that show it are marked in
the same transaction; an append to a chat changes no entry and so touches no page. A page is named
`kind:key`: `month:2026-01`, `project:Harbour`, `provider:chatgpt`, `index:`, `dashboard:`.

What it costs: to write a page of a month or a project costs what stands on it; the other two list
pages and not chats, and finding them out is one step in an index for each. None depends on how many
chats there are; except for `html:`, the one page that finds every HTML page. It is written again when
a chat is new, or its title or first words change.
"""

import sqlite3
from collections.abc import Iterable
from typing import Final, NamedTuple


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


class Excerpt(NamedTuple):
    """A conversation as the index of HTML pages finds it; `path` is that of its first page."""

    conversation: int
    provider: str
    day: str
    title: str
    path: str
    text: str


HTML_INDEX: Final = "html:"

_EXCERPT = "conversation_id, provider, day, title, path, text"
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


def put_excerpts(connection: sqlite3.Connection, excerpts: Iterable[Excerpt]) -> None:
    """Write down what the index of HTML pages finds, and mark it when something changed."""
    for new in excerpts:
        query = f"SELECT {_EXCERPT} FROM view_excerpts WHERE conversation_id = ?"
        row = connection.execute(query, (new.conversation,)).fetchone()
        if row and Excerpt(*row) == new:
            continue
        connection.execute(
            f"INSERT OR REPLACE INTO view_excerpts ({_EXCERPT}) VALUES (?, ?, ?, ?, ?, ?)", new
        )
        mark_pages(connection, [HTML_INDEX])


def excerpts(connection: sqlite3.Connection) -> list[Excerpt]:
    """Return everything that the index of HTML pages finds."""
    return [Excerpt(*row) for row in connection.execute(f"SELECT {_EXCERPT} FROM view_excerpts")]


def _pages_of(entry: PageEntry) -> list[str]:
    pages = ["index:", f"provider:{entry.provider}", f"month:{entry.month}"]
    if entry.project:
        pages.append(f"project:{entry.project}")
    return pages


def mark_all_pages(connection: sqlite3.Connection, always: Iterable[str]) -> None:
    """Mark all pages that there are, and those of `always`; texts are no pages of ours."""
    connection.execute(
        "INSERT OR IGNORE INTO dirty_pages"
        " SELECT page FROM view_files WHERE page IS NOT NULL AND page NOT GLOB 'text:*'"
    )
    mark_pages(connection, always)


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


def months(connection: sqlite3.Connection, provider: str = "") -> list[str]:
    """Return the months of which there are entries, of a provider if given ('': undated)."""
    which = "provider = ?1" if provider else "?1 = ''"
    return _steps(
        connection,
        f"SELECT substr(min(day), 1, 7) FROM view_entries WHERE {which}",
        f"SELECT substr(min(day), 1, 7) FROM view_entries WHERE {which}"
        " AND day > iif(at = '', '', at || '~')",
        provider,
    )


def providers(connection: sqlite3.Connection) -> list[str]:
    """Return the providers of which there are entries."""
    return _values(connection, "provider")


def projects(connection: sqlite3.Connection) -> list[str]:
    """Return the projects of which there are entries."""
    return _values(connection, "project")


def _values(connection: sqlite3.Connection, column: str) -> list[str]:
    first = f"SELECT min({column}) FROM view_entries WHERE {column} <> ''"
    return _steps(connection, first, f"{first} AND {column} > at", "")


def _steps(connection: sqlite3.Connection, first: str, following: str, value: str) -> list[str]:
    """Return the distinct values of an index: one step for each, however many rows have it."""
    rows = connection.execute(
        f"WITH RECURSIVE steps (at) AS ({first} UNION ALL"
        f" SELECT ({following}) FROM steps WHERE at IS NOT NULL)"
        " SELECT at FROM steps WHERE at IS NOT NULL",
        (value,) if "?1" in first else (),
    )
    return [at for (at,) in rows]


def _entries(
    connection: sqlite3.Connection, condition: str, values: tuple[str, ...]
) -> list[PageEntry]:
    query = f"SELECT {_COLUMNS} FROM view_entries WHERE {condition}"
    return [PageEntry(*row) for row in connection.execute(query, values)]
