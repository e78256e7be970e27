"""Archives into which what an account told is put by the real ingest, in any order.

Exports and files are imported; a file whose name begins with `live` is followed: a telling is what it
is like now.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import crashing
from archives import tier_2
from vault_files import files

from polylogue.ingest import ingest
from polylogue.ingest.follow import Follower, Found
from polylogue.model import Arrival, readable
from polylogue.publish import publish
from polylogue.store.archive import Archive, open_archive
from polylogue.store.dirty import mark_all_dirty
from polylogue.store.messages import decode_parts

Rows: TypeAlias = dict[str, list[tuple[Any, ...]]]
Notes: TypeAlias = dict[str, list[bytes]]

_NUMBER = re.compile(r" [0-9a-f]{8}(?=\.md$)")


@dataclass(frozen=True)
class Place:
    """An archive into which a history is told; its vault and the file that is followed are beside it."""

    root: Path
    archive: Archive
    told: dict[str, Path]

    def tell(self, name: str) -> None:
        """Import a telling; a live one is what the followed file is like now."""
        path = self.told[name]
        if not path.name.startswith("live"):
            arrival = Arrival(path=path, origin="import")
            ingest(self.archive, arrival, imported_at=1_750_000_000_000, max_size=1 << 40)
            return
        live = self.root / path.name
        data = path.read_bytes()
        known = live.read_bytes() if live.exists() else b""
        if data.startswith(known):
            with live.open("ab") as stream:
                stream.write(data[len(known) :])
        else:
            live.write_bytes(data)
        Follower(self.archive, max_size=1 << 40).follow(Found(live, live.name), now=5)

    def rows(self) -> Rows:
        """Return what tier 2 says, but for which files said it."""
        found = tier_2(self.archive.connection)
        del found["sources"], found["dirty"]
        if any(path.name.startswith("live") for path in self.told.values()):
            found["unknowns"] = sorted({entry[:3] for entry in found["unknowns"]})
        return found

    def said(self) -> set[tuple[str, str, str]]:
        """Return what is said in messages, by conversation, message and the text of each part."""
        return {
            (conversation, message, readable([part]))
            for conversation, message, content, content_json in self.archive.connection.execute(
                "SELECT c.conversation_id, m.message_id, content, content_json"
                " FROM messages m JOIN conversations c ON c.id = m.conversation_id"
            ).fetchall()
            for part in decode_parts(content, content_json)
        }

    def reversed(self) -> list[tuple[str, str]]:
        """Return the messages, by conversation and id, that stand before the one they answer."""
        return self.archive.connection.execute(
            "SELECT c.conversation_id, m.message_id FROM messages m"
            " JOIN conversations c ON c.id = m.conversation_id JOIN messages p"
            " ON p.conversation_id = m.conversation_id AND p.message_id = m.parent_id"
            " WHERE p.position >= m.position AND p.branch_id = m.branch_id"
        ).fetchall()

    def publish(self) -> None:
        """Render what is dirty."""
        publish(self.archive, crashing.target(self.root))

    def stale(self) -> int:
        """Return how many notes are not what they would be if they were rendered again."""
        self.publish()
        with self.archive.transaction() as connection:
            mark_all_dirty(connection)
        return publish(self.archive, crashing.target(self.root)).written

    def view(self) -> Notes:
        """Return the notes as they are when they are made anew: paths are not remembered.

        Of chats with one title and day, the first rendered has the plain name: all have it here.
        """
        self.publish()
        with self.archive.transaction() as connection:
            connection.execute("DELETE FROM view_files")
            mark_all_dirty(connection)
        vault = crashing.target(self.root).root
        shutil.rmtree(vault, ignore_errors=True)
        self.publish()
        notes: Notes = {}
        for path, data in sorted(files(vault).items(), key=lambda item: item[1]):
            notes.setdefault(_NUMBER.sub("", path), []).append(data)
        return notes


@dataclass(repr=False)
class Account:
    """What a provider told of an account, and what came of parts of it when told in order."""

    told: dict[str, Path]
    known: dict[frozenset[str], tuple[Rows, Notes]] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return the names of the tellings: what is known of them is too long."""
        return f"Account({list(self.told)})"

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Open an empty archive."""
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            with open_archive(root / "archive.db") as archive:
                yield Place(root, archive, self.told)

    def in_order(self, names: frozenset[str]) -> tuple[Rows, Notes]:
        """Return rows and notes after these tellings came one by one, oldest first."""
        if names not in self.known:
            with self.place() as place:
                for name in self.told:
                    if name in names:
                        place.tell(name)
                self.known[names] = (place.rows(), place.view())
        return self.known[names]
