"""Whatever an account told, and in whatever order, how often, and how much of it: the same rows.

For each provider a history (`histories`) is told to archives by the real ingest: exports and files
are imported, a file that grows is followed. What differs is which files said it, and how often a
followed file was read anew.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import crashing
import pytest
from archives import index_agrees, tier_2
from histories import HISTORIES, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vault_files import files

from polylogue.ingest import ingest
from polylogue.ingest.follow import Follower, Found
from polylogue.model import Arrival, readable
from polylogue.publish import publish
from polylogue.store.archive import Archive, open_archive
from polylogue.store.dirty import mark_all_dirty
from polylogue.store.messages import decode_parts
from polylogue.store.verify import verify

Rows = dict[str, list[tuple[Any, ...]]]

_FEW = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], max_examples=6
)
_MANY = settings(_FEW, derandomize=False, max_examples=200)
_PROVIDERS = sorted(HISTORIES)
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

    def view(self) -> dict[str, list[bytes]]:
        """Return the notes as they are when they are made anew: paths are not remembered.

        Of chats with one title and day, the first rendered has the plain name: all have it here.
        """
        target = crashing.target(self.root)
        publish(self.archive, target)
        with self.archive.transaction() as connection:
            connection.execute("DELETE FROM view_files")
            mark_all_dirty(connection)
        shutil.rmtree(target.root, ignore_errors=True)
        publish(self.archive, target)
        notes: dict[str, list[bytes]] = {}
        for path, data in sorted(files(target.root).items(), key=lambda item: item[1]):
            notes.setdefault(_NUMBER.sub("", path), []).append(data)
        return notes


@dataclass
class Account:
    """What a provider told of an account, and what came of parts of it when told in order."""

    told: dict[str, Path]
    known: dict[frozenset[str], tuple[Rows, dict[str, list[bytes]]]] = field(default_factory=dict)

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Open an empty archive."""
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            with open_archive(root / "archive.db") as archive:
                yield Place(root, archive, self.told)

    def in_order(self, names: frozenset[str]) -> tuple[Rows, dict[str, list[bytes]]]:
        """Return rows and notes after these tellings came one by one, oldest first."""
        if names not in self.known:
            with self.place() as place:
                for name in self.told:
                    if name in names:
                        place.tell(name)
                self.known[names] = (place.rows(), place.view())
        return self.known[names]


@pytest.fixture(scope="module", params=_PROVIDERS)
def account(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Return the account of a provider."""
    return Account(write(tmp_path_factory.mktemp("told"), HISTORIES[request.param]))


def _loses(before: set[tuple[str, str, str]], after: set[tuple[str, str, str]]) -> list[Any]:
    """Return what was said before and is not any more, neither as it was nor in a longer text."""
    return [
        (conversation, message, text)
        for conversation, message, text in before - after
        if not any(said[:2] == (conversation, message) and text in said[2] for said in after)
    ]


def _apart(one: Mapping[str, list[Any]], other: Mapping[str, list[Any]]) -> dict[str, tuple[list[Any], list[Any]]]:
    """Return what differs: by table or path, what only one of them has."""
    pairs = {key: (one.get(key, []), other.get(key, [])) for key in one.keys() | other.keys()}
    return {
        key: (
            [entry for entry in mine if entry not in theirs],
            [entry for entry in theirs if entry not in mine],
        )
        for key, (mine, theirs) in pairs.items()
        if mine != theirs
    }


def _check_order(account: Account, order: Sequence[str]) -> None:
    """Tell in this order; nothing may be lost on the way, and the end is that of the right order."""
    with account.place() as place:
        before: set[tuple[str, str, str]] = set()
        for name in order:
            place.tell(name)
            after = place.said()
            assert _loses(before, after) == [], name
            before = after
            assert place.reversed() == [], name

        rows, notes = account.in_order(frozenset(order))
        assert _apart(place.rows(), rows) == {}
        assert _apart(place.view(), notes) == {}
        assert index_agrees(place.archive.connection)
        assert verify(place.archive.connection, progress=lambda _done, _all: None) == []


def _draw(account: Account, data: st.DataObject) -> list[str]:
    """Draw some of the tellings, in any order, some of them several times."""
    names = st.sampled_from(list(account.told))
    return data.draw(st.lists(names, min_size=1, max_size=len(account.told) + 3))


@_FEW
@given(data=st.data())
def test_any_part_in_any_order_ends_in_the_same_rows_and_notes(
    account: Account, data: st.DataObject
) -> None:
    """Some tellings, in any order, some several times, come to what they come to in their order."""
    _check_order(account, _draw(account, data))


@pytest.mark.slow
@_MANY
@given(data=st.data())
def test_many_parts_in_any_order_end_in_the_same_rows_and_notes(
    account: Account, data: st.DataObject
) -> None:
    """The same, with many more examples."""
    _check_order(account, _draw(account, data))


def test_backwards(account: Account) -> None:
    """All of it, the newest first."""
    _check_order(account, list(account.told)[::-1])


def test_each_two(account: Account) -> None:
    """Each two tellings say the same, whichever comes first."""
    names = list(account.told)
    for at, later in enumerate(names):
        for earlier in names[:at]:
            _check_order(account, [later, earlier])


def test_again_changes_nothing(account: Account) -> None:
    """Everything once more changes no row at all."""
    with account.place() as place:
        for name in account.told:
            place.tell(name)
        before = list(place.archive.connection.iterdump())
        last = {path.name: name for name, path in account.told.items()}
        for name, path in account.told.items():
            if not path.name.startswith("live") or last[path.name] == name:
                place.tell(name)

        assert list(place.archive.connection.iterdump()) == before
