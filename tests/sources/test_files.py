"""Opening and walking files that others put there."""

import errno
import os
import socket
import stat
from pathlib import Path

import pytest

from polylogue.errors import BadInputError, BusyError
from polylogue.sources import files
from polylogue.sources.files import (
    any_stamp,
    is_same,
    open_regular,
    shown,
    stamp,
    translated,
    tree_stamp,
    walk_folder,
)


def make_socket(path: Path) -> None:
    """Leave a socket at `path`."""
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(path))


def test_regular_file_is_opened(tmp_path: Path) -> None:
    """A regular file is opened, with the stamp that it had then."""
    file = tmp_path / "x.json"
    file.write_bytes(b"[1]")
    stream, seen = open_regular(file)
    with stream:
        assert stream.read() == b"[1]"
        assert not os.get_inheritable(stream.fileno())
    assert seen == stamp(file)
    assert seen.size == 3


def test_stamp_tells_a_change(tmp_path: Path) -> None:
    """Another content, and another file of the same name, have other stamps."""
    file = tmp_path / "x"
    file.write_text("1")
    first = stamp(file)
    file.write_text("12")
    second = stamp(file)
    (tmp_path / "y").write_text("12")
    (tmp_path / "y").replace(file)
    assert len({first, second, stamp(file)}) == 3


STRANGE = {
    "symlink": lambda path: path.symlink_to("/etc/hostname"),
    "folder": lambda path: path.mkdir(),
    "pipe": os.mkfifo,
    "socket": make_socket,
}


@pytest.mark.parametrize("code", STRANGE)
def test_what_is_no_file_is_refused(code: str, tmp_path: Path) -> None:
    """Links, folders, pipes and sockets are refused at once, each in its own words."""
    path = tmp_path / "x.json"
    STRANGE[code](path)
    with pytest.raises(BadInputError, match=r"^x\.json is a \w+.*\.") as caught:
        open_regular(path)
    assert caught.value.code == code


def test_device_is_refused() -> None:
    """A device is refused before it is opened."""
    with pytest.raises(BadInputError, match="zero is a device"):
        open_regular(Path("/dev/zero"))


def test_link_in_the_last_moment_is_refused(tmp_path: Path) -> None:
    """What the system says of a link that came between two looks is the same refusal."""
    with pytest.raises(BadInputError) as caught, translated(tmp_path / "x"):
        raise OSError(errno.ELOOP, "Too many levels of symbolic links")
    assert caught.value.code == "symlink"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.EACCES, "no-permission"),
        (errno.EPERM, "no-permission"),
        (errno.EIO, "io-error"),
        (errno.ESTALE, "unreadable"),
        (errno.ENOENT, "vanished"),
    ],
    ids=errno.errorcode.get,
)
def test_trouble_of_the_system_may_pass(number: int, code: str) -> None:
    """What the disk or the rights refuse is for trying again, in a sentence."""
    with pytest.raises(BusyError, match=r"^x\.zip .*\.$") as caught, translated(Path("/in/x.zip")):
        raise OSError(number, os.strerror(number))
    assert caught.value.code == code
    assert caught.value.advice or code == "vanished"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file_is_busy(tmp_path: Path) -> None:
    """A file without the right to read it is not lost: it can be tried again."""
    file = tmp_path / "x"
    file.touch(mode=0)
    with pytest.raises(BusyError) as caught:
        open_regular(file)
    assert caught.value.code == "no-permission"


def test_missing_file_is_busy(tmp_path: Path) -> None:
    """A file that vanished is said to be gone."""
    with pytest.raises(BusyError, match="x is not there any more") as caught:
        open_regular(tmp_path / "x")
    assert caught.value.code == "vanished"


@pytest.mark.parametrize(
    ("name", "text"),
    [("a b.zip", "a b.zip"), ("a\nb\x1b[2J", "a�b�[2J"), ("bad\udcff", "bad�")],
    ids=["plain", "control", "bytes"],
)
def test_names_are_shown_on_one_line(name: str, text: str) -> None:
    """A name in a sentence is valid text without control characters."""
    assert shown(name) == text


# --- Folders --------------------------------------------------------------------------------------


def test_folder_is_walked_in_order(tmp_path: Path) -> None:
    """The files of a folder come sorted by their relative names, with their stamps."""
    for name in ("b/2.json", "a.json", "b/1.json", "b/c/x.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    found = walk_folder(tmp_path)
    assert [member.name for member in found.members] == [
        "a.json",
        "b/1.json",
        "b/2.json",
        "b/c/x.png",
    ]
    assert all(member.stamp == stamp(tmp_path / member.name) for member in found.members)
    assert found.problems == ()


def test_litter_is_marked(tmp_path: Path) -> None:
    """What systems leave by themselves is told from data, also within their folders."""
    names = ["__MACOSX/x.json", ".DS_Store", "._chat.json", "a/Thumbs.db", "a/chat.json"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [member.name for member in walk_folder(tmp_path).members if not member.litter] == [
        "a/chat.json"
    ]


@pytest.mark.parametrize("code", [code for code in STRANGE if code != "folder"])
def test_strange_things_in_a_folder_are_reported(code: str, tmp_path: Path) -> None:
    """A link, pipe or socket in a folder is left out and named; the rest is taken."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "good.json").touch()
    STRANGE[code](tmp_path / "a" / "strange")
    found = walk_folder(tmp_path)
    assert [member.name for member in found.members] == ["a/good.json"]
    assert [(problem.code, problem.where) for problem in found.problems] == [(code, "a/strange")]


def test_link_to_a_folder_is_not_walked(tmp_path: Path) -> None:
    """A link to a folder, even to its own parent, leads nowhere."""
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert [problem.code for problem in walk_folder(tmp_path).problems] == ["symlink"]


def test_depth_is_limited(tmp_path: Path) -> None:
    """Files down to the eighth folder are taken; what lies deeper is reported."""
    deepest = tmp_path.joinpath(*"12345678")
    (deepest / "9").mkdir(parents=True)
    (deepest / "in.json").touch()
    (deepest / "9" / "out.json").touch()
    found = walk_folder(tmp_path)
    assert [member.name for member in found.members] == ["1/2/3/4/5/6/7/8/in.json"]
    assert [(problem.code, problem.where) for problem in found.problems] == [
        ("too-deep", "1/2/3/4/5/6/7/8/9")
    ]


def test_number_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with more than the limit is refused as a whole, and still has a stamp."""
    monkeypatch.setattr(files, "MAX_ENTRIES", 5)
    for number in range(5):
        (tmp_path / str(number)).touch()
    assert len(walk_folder(tmp_path).members) == 5
    (tmp_path / "6").touch()
    with pytest.raises(BadInputError, match="more than 5 files") as caught:
        walk_folder(tmp_path)
    assert caught.value.code == "too-many-files"
    assert tree_stamp(tmp_path).count == 7


def test_missing_folder_is_busy(tmp_path: Path) -> None:
    """A folder that vanished is said to be gone."""
    for see in (walk_folder, tree_stamp):
        with pytest.raises(BusyError) as caught:
            see(tmp_path / "x")
        assert caught.value.code == "vanished"


def test_tree_stamp_tells_a_change_anywhere(tmp_path: Path) -> None:
    """A folder's stamp changes with a new, a removed, a grown and a replaced file in it."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    file = tmp_path / "a" / "b" / "x"
    stamps = [tree_stamp(tmp_path)]
    for act in (
        file.touch,
        lambda: file.write_text("1"),
        lambda: os.utime(file, ns=(0, 0)),
        file.unlink,
    ):
        act()
        stamps.append(tree_stamp(tmp_path))
    assert len(set(stamps)) == len(stamps)
    assert tree_stamp(tmp_path) == stamps[-1]


def test_names_that_are_no_text_are_walked(tmp_path: Path) -> None:
    """A name of other bytes than UTF-8 is taken as it is."""
    raw = os.fsencode(tmp_path) + b"/bad\xff.json"
    try:
        os.close(os.open(raw, os.O_CREAT | os.O_WRONLY))
    except OSError:
        pytest.skip("this file system refuses such names")
    (member,) = walk_folder(tmp_path).members
    assert os.fsencode(member.name) == b"bad\xff.json"
    assert stat.S_ISREG(os.lstat(member.path).st_mode)


# --- Stamps and names -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x.json", "folder/x.json"], ids=["file", "folder"])
def test_a_rename_leaves_a_thing_the_same(tmp_path: Path, name: str) -> None:
    """A thing is known again under another name, and is another when it changed."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("1")
    top = tmp_path / Path(name).parts[0]
    before = any_stamp(top)
    (tmp_path / "below").mkdir()
    moved = top.rename(tmp_path / "below" / "y")
    after = any_stamp(moved)
    (moved / "x.json" if moved.is_dir() else moved).write_text("12")
    assert is_same(before, after)
    assert not is_same(before, any_stamp(moved))


def test_a_file_and_a_folder_are_not_the_same(tmp_path: Path) -> None:
    """Two things are two things."""
    assert not is_same(any_stamp(tmp_path), any_stamp(Path(__file__)))


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_what_is_no_file_is_refused_with_advice(tmp_path: Path, kind: str) -> None:
    """A person is told what to do instead."""
    path = tmp_path / "x"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        make_socket(path)
    with pytest.raises(BadInputError) as caught:
        open_regular(path)
    assert (caught.value.code, bool(caught.value.advice)) == (kind, True)
