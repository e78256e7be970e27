"""What lies in the inbox, and when it is ready."""

import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polylogue.errors import BusyError
from polylogue.sources.files import FileStamp, stamp, tree_stamp
from polylogue.sources.inbox import MARKER, Item, Sighting, claim, decide, is_ours, look

SETTLE = 2.0


def drop(root: Path, *names: str) -> None:
    """Put files into the inbox."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


# --- look -----------------------------------------------------------------------------------------


def test_files_and_folders_are_seen(tmp_path: Path) -> None:
    """Each thing at the top is seen with its stamp, by name; what is in folders is part of them."""
    drop(tmp_path, "b.zip", "a/x.json", "a/y.json")
    assert look(tmp_path) == [
        Sighting(name="a", kind="folder", stamp=tree_stamp(tmp_path / "a")),
        Sighting(name="b.zip", kind="file", stamp=stamp(tmp_path / "b.zip")),
    ]


def test_own_folders_are_not_seen(tmp_path: Path) -> None:
    """What was filed away is not looked at again; a file called so is."""
    drop(tmp_path, "Done/x.zip", "Failed/y.zip", "done/z.zip")
    assert [sighting.name for sighting in look(tmp_path)] == ["done"]
    other = tmp_path / "other"
    drop(other, "Done")
    assert [sighting.name for sighting in look(other)] == ["Done"]


def test_strange_things_are_seen(tmp_path: Path) -> None:
    """Links and pipes are seen as what they are, and not followed."""
    (tmp_path / "link.json").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe.json")
    assert [(sighting.name, sighting.kind) for sighting in look(tmp_path)] == [
        ("link.json", "other"),
        ("pipe.json", "other"),
    ]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("x.zip.crdownload", "a download in progress"),
        ("X.ZIP.PART", "a download in progress"),
        ("x.zip.download/Info.plist", "a download in progress"),
        (".syncthing.x.zip.tmp", "a download in progress"),
        (".x.zip.icloud", "a file that is still in the cloud"),
        ("~$chat.json", "a temporary file of another program"),
        ("chat.json~", "a temporary file of another program"),
        (".~lock.x#", "a temporary file of another program"),
        (".hidden.json", "a hidden file"),
        (".DS_Store", "a file of the system"),
        ("._x.zip", "a file of the system"),
        ("__MACOSX/x", "a file of the system"),
    ],
    ids=lambda value: value,
)
def test_what_is_passed_over_says_why(name: str, why: str, tmp_path: Path) -> None:
    """Downloads, temporary, hidden and system files are seen, with the reason to leave them."""
    drop(tmp_path, name)
    assert [sighting.ignored for sighting in look(tmp_path)] == [why]


def test_place_kept_for_a_download_is_passed_over(tmp_path: Path) -> None:
    """The empty file that a browser puts beside its download is part of the download."""
    drop(tmp_path, "x.zip", "x.zip.part", "y.zip")
    assert [bool(sighting.ignored) for sighting in look(tmp_path)] == [True, True, False]


def test_names_that_are_no_text_are_seen(tmp_path: Path) -> None:
    """A name of other bytes than UTF-8 is seen as it is."""
    raw = os.fsencode(tmp_path) + b"/bad\xff.json"
    try:
        os.close(os.open(raw, os.O_CREAT | os.O_WRONLY))
    except OSError:
        pytest.skip("this file system refuses such names")
    assert [os.fsencode(sighting.name) for sighting in look(tmp_path)] == [b"bad\xff.json"]


@pytest.mark.parametrize("there", ["nothing", "a file"])
def test_missing_inbox_is_said(there: str, tmp_path: Path) -> None:
    """An inbox that is not there is not an empty inbox."""
    root = tmp_path / "Inbox"
    if there == "a file":
        root.touch()
    with pytest.raises(BusyError) as caught:
        look(root)
    assert caught.value.code == "inbox-missing"


def test_what_is_polylogues_own_is_not_seen(tmp_path: Path) -> None:
    """The marker and what is set apart for a moment are nobody's drop."""
    drop(tmp_path, MARKER, ".polylogue-abc/x.zip", ".polylogue")
    assert [sighting.name for sighting in look(tmp_path)] == [".polylogue"]


# --- Whose folder it is ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "ours"),
    [
        ([], True),
        ([".DS_Store"], True),
        (["letter.txt"], False),
        (["Done/x.zip"], False),
        (["letter.txt", MARKER], True),
    ],
    ids=["empty", "litter", "a person's", "a person's folder", "marked"],
)
def test_only_an_empty_or_marked_folder_may_be_tidied(
    tmp_path: Path, there: list[str], ours: bool
) -> None:
    """A folder in which a person keeps files is theirs until they mark it; an empty one is marked."""
    drop(tmp_path, *there)
    assert is_ours(tmp_path) == ours
    assert (tmp_path / MARKER).exists() == ours


def test_a_marked_folder_stays_ours(tmp_path: Path) -> None:
    """What is dropped later does not make the folder a person's."""
    claim(tmp_path)
    drop(tmp_path, "x.zip")
    assert is_ours(tmp_path)
    assert not is_ours(tmp_path / "missing")


# --- decide ---------------------------------------------------------------------------------------


def seen(version: int = 0, *, kind: str = "file", ignored: str = "") -> Sighting:
    """Return a sighting of the file's `version`."""
    mark = FileStamp(dev=1, ino=1, size=version, mtime_ns=version, ctime_ns=version)
    folder = kind == "folder"
    return Sighting(name="x", kind="folder" if folder else "file", stamp=mark, ignored=ignored)


def step(item: Item | None, sighting: Sighting, now: float, missing: str | None = None) -> Item:
    """Decide about a file that lacks what `missing` says."""
    return decide(item, sighting, now, settle_seconds=SETTLE, unfinished=lambda: missing)


def test_quiet_file_is_ready_when_it_has_settled() -> None:
    """Settling takes exactly `settle_seconds` from when the state was first seen."""
    first = step(None, seen(), 10)
    assert (first.state, first.next_look) == ("settling", 12)
    assert step(first, seen(), 11.9).state == "settling"
    assert step(first, seen(), 12).state == "ready"


def test_ready_file_that_changes_settles_again() -> None:
    """Any change sends a file back to the start."""
    ready = step(step(None, seen(), 0), seen(), 5)
    assert ready.state == "ready"
    assert step(ready, seen(1), 6) == step(None, seen(1), 6)


def test_unfinished_file_is_looked_at_ever_more_rarely() -> None:
    """A file whose end is missing is looked at after 5, 10, 20… seconds, for ten minutes."""
    item, now, pauses = step(None, seen(), 0), SETTLE, []
    while (item := step(item, seen(), now, "its end")).state == "waiting":
        assert item.reason == "its end"
        pauses.append(item.next_look - now)
        now = item.next_look
    assert pauses == [5, 10, 20, 40, 80, 160, 283]
    assert now == 600
    assert (item.state, item.incomplete, item.reason) == ("ready", True, "its end")


def test_file_that_gets_its_end_is_ready() -> None:
    """A waiting file that is complete at the next look is ready, and nothing is said of it."""
    waiting = step(step(None, seen(), 0), seen(), SETTLE, "its end")
    assert step(waiting, seen(), SETTLE + 1).state == "waiting"
    ready = step(waiting, seen(), waiting.next_look)
    assert (ready.state, ready.incomplete, ready.reason) == ("ready", False, "")


def test_change_of_a_waiting_file_gives_it_new_time() -> None:
    """A download that goes on is not given up."""
    item: Item | None = None
    for version in range(100):
        now = version * 500.0
        item = step(item, seen(version), now, "its end")
        item = step(item, seen(version), now + 499, "its end")
        assert item.state == "waiting"


def test_folder_is_not_asked_for_its_end() -> None:
    """A folder is ready when all in it is quiet."""
    item = step(None, seen(kind="folder"), 0, "its end")
    assert step(item, seen(kind="folder"), SETTLE, "its end").state == "ready"


def test_ignored_file_is_never_ready() -> None:
    """What is passed over stays so, with its reason, until that ends."""
    item = step(None, seen(ignored="a download in progress"), 0)
    assert (item.state, item.reason, item.next_look) == (
        "ignored",
        "a download in progress",
        math.inf,
    )
    assert step(item, seen(ignored="a download in progress"), 1000) == item
    assert step(item, seen(), 1000).state == "settling"
    ready = step(step(None, seen(), 0), seen(), 5)
    assert step(ready, seen(ignored="a download in progress"), 6).state == "ignored"


def test_other_clock_begins_anew() -> None:
    """After a restart of the machine, times from before mean nothing."""
    assert step(step(None, seen(), 1e6), seen(), 10) == step(None, seen(), 10)


Looks = st.lists(st.tuples(st.floats(0, 50), st.integers(0, 2)), min_size=1, max_size=20)


def run(looks: list[tuple[float, int]]) -> Item:
    """Look at a complete file again and again: (seconds since the look before, version)."""
    item, now = None, 0.0
    for pause, version in looks:
        now += pause
        item = step(item, seen(version), now)
    assert item
    return item


@given(st.lists(st.floats(0, 10_000), max_size=30))
def test_file_that_keeps_changing_is_never_ready(pauses: list[float]) -> None:
    """However long one looks, a file that is new at each look is not ready."""
    for end in range(1, len(pauses) + 1):
        changing = [(pause, version) for version, pause in enumerate(pauses[:end])]
        assert run(changing).state == "settling"


@given(Looks)
def test_ready_means_quiet_for_the_whole_time(looks: list[tuple[float, int]]) -> None:
    """A file is ready exactly if it was seen unchanged over at least `settle_seconds`."""
    last = looks[-1][1]
    times = [sum(pause for pause, _ in looks[: end + 1]) for end in range(len(looks))]
    start = len(looks) - 1
    while start and looks[start - 1][1] == last:
        start -= 1
    assert (run(looks).state == "ready") == (times[-1] >= times[start] + SETTLE)


@given(Looks, st.data())
def test_looking_more_often_changes_nothing(
    looks: list[tuple[float, int]], data: st.DataObject
) -> None:
    """One more look at the same state, at any time, leads to the same end."""
    at = data.draw(st.integers(0, len(looks) - 1))
    pause, version = looks[at]
    again = [*looks[:at], (pause, version), (0.0, version), *looks[at + 1 :]]
    assert run(again) == run(looks)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=30))
def test_files_do_not_touch_each_other(looks: list[tuple[str, int]]) -> None:
    """In whatever order several files are looked at, each gets what it gets alone."""
    together: dict[str, Item] = {}
    for now, (name, version) in enumerate(looks):
        together[name] = step(together.get(name), seen(version), float(now))
    for name, item in together.items():
        alone: Item | None = None
        for now, (other, version) in enumerate(looks):
            if other == name:
                alone = step(alone, seen(version), float(now))
        assert item == alone


@given(st.lists(st.one_of(st.none(), st.just("its end")), min_size=1, max_size=60))
def test_every_quiet_file_is_ready_in_the_end(answers: list[str | None]) -> None:
    """Whatever the file says of itself, ten quiet minutes make it ready."""
    item = step(None, seen(), 0)
    for answer in [*answers, *["its end"] * 10]:
        now = min(item.next_look, 1e6)
        item = step(item, seen(), now, answer)
        assert item.state == "ready" or item.next_look <= 600
    assert item.state == "ready"
