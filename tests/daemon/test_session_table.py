"""The table of sessions: who comes first, who is tried again and when, and what a dead worker costs."""

import math
from pathlib import Path

from polylogue.daemon.follow_job import Outcome
from polylogue.daemon.session_table import Folder, Table, Wanted
from polylogue.sources.files import FileStamp
from polylogue.sources.sessions import Root

_KB, _MB = 1 << 10, 1 << 20
_LATER = Outcome("failed", code="no-permission", later=True)
_NEVER = Outcome("failed", code="too-large")
_DIED = Outcome("failed", code="worker-died")


def table() -> tuple[Table, Folder]:
    """Return a table of one folder."""
    folder = Folder("claude_code", Root(Path("/p")))
    return Table([folder]), folder


def stamp(size: int = 10, *, mtime: int = 1, ctime: int = 1, ino: int = 7) -> FileStamp:
    """Return the stamp of a file."""
    return FileStamp(dev=1, ino=ino, size=size, mtime_ns=mtime, ctime_ns=ctime)


def wanted(on: Table, folder: Folder, name: str, found: FileStamp, now: float = 0) -> Wanted | None:
    """Return what `changed` says of a file."""
    return on.changed(folder, f"/p/{name}", found, now)


def offer(on: Table, folder: Folder, name: str, found: FileStamp, *, live: bool) -> None:
    """Lay out a file that has changed."""
    file = wanted(on, folder, name, found)
    assert file is not None
    on.offer(file, live=live)


def test_only_what_has_changed_is_wanted() -> None:
    """A file is wanted when inode, size or mtime are others than when it was read; `growth` says how."""
    on, folder = table()
    folder.known["/p/a"] = (7, 10, 1)

    assert wanted(on, folder, "a", stamp()) is None
    assert wanted(on, folder, "a", stamp(ctime=9)) is None
    for changed, growth in (
        (stamp(15), 5),
        (stamp(10, mtime=2), 0),
        (stamp(15, ino=8), 15),
        (stamp(4), 4),
    ):
        file = wanted(on, folder, "a", changed)
        assert file is not None
        assert file.growth == growth


def test_small_and_live_comes_first_and_what_is_large_goes_to_the_child() -> None:
    """A live file is read here unless it grew by much; all others are for the child, newest first."""
    on, folder = table()
    offer(on, folder, "small", stamp(), live=True)
    offer(on, folder, "large", stamp(5 * _MB), live=True)
    offer(on, folder, "packed.zst", stamp(400 * _KB, mtime=3), live=True)
    offer(on, folder, "one of many", stamp(mtime=2), live=False)
    live = on.take_live()

    assert live is not None
    assert live.path == "/p/small"
    assert on.take_live() is None
    assert [file.path for file in on.take_bulk()] == ["/p/packed.zst", "/p/one of many", "/p/large"]
    assert on.waiting == 4


def test_what_is_live_overtakes() -> None:
    """A file that waits for the child and grows is read here at once."""
    on, folder = table()
    offer(on, folder, "a", stamp(), live=False)
    offer(on, folder, "a", stamp(12), live=True)
    live = on.take_live()

    assert live is not None
    assert live.stamp.size == 12
    assert on.take_bulk() == []


def test_a_file_is_never_in_two_hands() -> None:
    """What changes while it is read waits until that has ended."""
    on, folder = table()
    offer(on, folder, "a", stamp(), live=True)
    first = on.take_live()
    assert first is not None
    assert wanted(on, folder, "a", stamp()) is None
    offer(on, folder, "a", stamp(12), live=True)
    assert on.take_live() is None
    on.done(first, Outcome("new"), 0)
    second = on.take_live()

    assert second is not None
    assert second.stamp.size == 12
    assert on.live_filled.is_set()


def test_a_batch_is_bounded() -> None:
    """A child gets some files and some bytes at a time, but at least one file."""
    on, folder = table()
    for number in range(100):
        offer(on, folder, f"s{number}", stamp(_KB, mtime=number), live=False)
    offer(on, folder, "huge", stamp(900 * _MB, mtime=200), live=False)

    assert [file.path for file in on.take_bulk()] == ["/p/huge"]
    assert len(on.take_bulk()) == 64
    assert len(on.take_bulk()) == 36
    assert on.take_bulk() == []


def test_what_fails_is_tried_again_ever_rarer() -> None:
    """Each failure doubles the pause, up to ten minutes; meanwhile the file is left alone."""
    on, folder = table()
    now, pauses = 0.0, []
    for _ in range(12):
        file = wanted(on, folder, "a", stamp(), now)
        assert file is not None
        on.done(file, _LATER, now)
        pauses.append(on.troubles["/p/a"].not_before - now)
        assert wanted(on, folder, "a", stamp(), now + pauses[-1] - 0.1) is None
        assert list(on.due(now + pauses[-1] - 0.1)) == []
        now += pauses[-1]
        assert [due.path for due in on.due(now)] == ["/p/a"]

    assert pauses[:3] == [2, 4, 8]
    assert pauses[-1] == 600


def test_a_change_ends_the_waiting() -> None:
    """What changes, were it only its mode, is tried at once, also when it was refused for good."""
    on, folder = table()
    file = wanted(on, folder, "a", stamp())
    assert file is not None
    on.done(file, _NEVER, 0)

    assert on.troubles["/p/a"].not_before == math.inf
    assert wanted(on, folder, "a", stamp(), 1e9) is None
    again = wanted(on, folder, "a", stamp(ctime=2))
    assert again is not None
    on.done(again, Outcome("new"), 0)
    assert on.troubles == {}
    assert folder.known == {"/p/a": (7, 10, 1)}


def test_what_has_vanished_is_no_trouble() -> None:
    """A file that went away before it was read is forgotten."""
    on, folder = table()
    file = wanted(on, folder, "a", stamp())
    assert file is not None
    on.done(file, Outcome("failed", code="vanished", later=True), 0)

    assert (on.troubles, folder.known) == ({}, {})


def test_a_worker_that_dies_costs_one_file() -> None:
    """The files over which a worker died are read one by one; the one that kills twice is refused."""
    on, folder = table()
    for name in "abc":
        offer(on, folder, name, stamp(mtime=ord(name)), live=False)
    on.died(on.take_bulk(), _DIED, 0)
    read, killed = [], 0
    while batch := on.take_bulk():
        (file,) = batch
        if file.path == "/p/b":
            killed += 1
            on.died(batch, _DIED, 0)
        else:
            read.append(file.path)
            on.done(file, Outcome("new"), 0)

    assert read == ["/p/c", "/p/a"]
    assert killed == 2
    assert list(on.troubles) == ["/p/b"]
    assert on.troubles["/p/b"].not_before == math.inf
    assert on.waiting == 0


def test_what_is_gone_is_forgotten() -> None:
    """Nothing waits for a file that is not there."""
    on, folder = table()
    offer(on, folder, "a", stamp(), live=False)
    folder.known["/p/b"] = (1, 2, 3)
    on.forget(folder, ["/p/a", "/p/b"])

    assert (on.waiting, folder.known) == (0, {})
