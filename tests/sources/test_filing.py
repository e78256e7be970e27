"""Moving things out of the inbox: nothing is overwritten, nothing is lost."""

import errno
import os
import stat
from pathlib import Path

import pytest

from polylogue.errors import BusyError, UsageError
from polylogue.sources import filing
from polylogue.sources.filing import file_away, put_back, retry, set_apart, write_reason


def contents(folder: Path) -> dict[str, str]:
    """Return the files below `folder` with their texts; links as where they lead."""
    return {
        str(path.relative_to(folder)): str(path.readlink())
        if path.is_symlink()
        else path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def drop(folder: Path, name: str, text: str) -> Path:
    """Put a file into `folder`."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def no_links(_source: Path, _target: Path, *, follow_symlinks: bool) -> None:
    """Be a file system without hard links."""
    raise PermissionError(errno.EPERM, "Operation not permitted", follow_symlinks)


@pytest.fixture(params=["links", "no links", "another disk"])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test on each kind of disk."""
    if request.param == "no links":
        monkeypatch.setattr(os, "link", no_links)
    if request.param == "another disk":
        monkeypatch.setattr(filing, "_same_disk", lambda *_: False)
    return str(request.param)


@pytest.mark.usefixtures("disk")
def test_file_is_moved(tmp_path: Path) -> None:
    """A file goes into the folder, which is made private, under its own name."""
    path = drop(tmp_path, "x.zip", "1")
    os.utime(path, (5, 5))
    target = file_away(path, tmp_path / "Done")
    assert target == tmp_path / "Done" / "x.zip"
    assert contents(tmp_path) == {"Done/x.zip": "1"}
    assert target.stat().st_mtime == 5
    assert stat.S_IMODE((tmp_path / "Done").stat().st_mode) == 0o700


@pytest.mark.usefixtures("disk")
def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """When the name is taken, a number is put before the extension."""
    for text in "123":
        file_away(drop(tmp_path, "x.tar.gz", text), tmp_path / "Done")
    file_away(drop(tmp_path, ".x", "a"), tmp_path / "Done")
    file_away(drop(tmp_path, ".x", "b"), tmp_path / "Done")
    assert contents(tmp_path / "Done") == {
        ".x": "a",
        ".x (2)": "b",
        "x.tar (2).gz": "2",
        "x.tar (3).gz": "3",
        "x.tar.gz": "1",
    }


@pytest.mark.usefixtures("disk")
def test_folder_is_moved_whole(tmp_path: Path) -> None:
    """A folder goes with everything in it, beside one of the same name."""
    for text in "12":
        drop(tmp_path / "chats", "a/x.json", text)
        (tmp_path / "chats" / "link").symlink_to("/nowhere")
        file_away(tmp_path / "chats", tmp_path / "Done")
    assert contents(tmp_path) == {
        "Done/chats (2)/a/x.json": "2",
        "Done/chats (2)/link": "/nowhere",
        "Done/chats/a/x.json": "1",
        "Done/chats/link": "/nowhere",
    }


@pytest.mark.usefixtures("disk")
def test_link_is_moved_and_not_followed(tmp_path: Path) -> None:
    """Of a link the link itself is moved; where it leads nothing happens."""
    drop(tmp_path, "secret", "s")
    (tmp_path / "x.json").symlink_to("secret")
    file_away(tmp_path / "x.json", tmp_path / "Failed")
    assert contents(tmp_path) == {"Failed/x.json": "secret", "secret": "s"}


def test_pipe_is_moved(tmp_path: Path) -> None:
    """A pipe is moved without being opened."""
    os.mkfifo(tmp_path / "x.json")
    assert stat.S_ISFIFO(file_away(tmp_path / "x.json", tmp_path / "Failed").stat().st_mode)


def test_pipe_on_another_disk_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can be neither moved nor copied stays where it is, and that is said."""
    monkeypatch.setattr(filing, "_same_disk", lambda *_: False)
    (tmp_path / "x").mkdir()
    os.mkfifo(tmp_path / "x" / "pipe")
    for path in (tmp_path / "x" / "pipe", tmp_path / "x"):
        with pytest.raises(BusyError, match=f"^{path.name} cannot be used"):
            file_away(path, tmp_path / "Failed")
    assert stat.S_ISFIFO((tmp_path / "x" / "pipe").stat().st_mode)
    assert list((tmp_path / "Failed").iterdir()) == []


def test_crash_between_two_names_is_mended(tmp_path: Path) -> None:
    """A file that has both names already, after a crash, loses the old one."""
    path = drop(tmp_path, "x.zip", "1")
    (tmp_path / "Done").mkdir()
    os.link(path, tmp_path / "Done" / "x.zip")
    assert file_away(path, tmp_path / "Done") == tmp_path / "Done" / "x.zip"
    assert contents(tmp_path) == {"Done/x.zip": "1"}


def test_file_that_is_there_already_stays(tmp_path: Path) -> None:
    """To move a file into the folder that it is in does nothing."""
    path = drop(tmp_path, "x.zip", "1")
    assert file_away(path, tmp_path) == path
    assert contents(tmp_path) == {"x.zip": "1"}


def test_file_in_the_way_is_said(tmp_path: Path) -> None:
    """A file called Done is not replaced by a folder."""
    drop(tmp_path, "Done", "mine")
    path = drop(tmp_path, "x.zip", "1")
    with pytest.raises(BusyError, match="Done is in the way"):
        file_away(path, tmp_path / "Done")
    assert contents(tmp_path) == {"Done": "mine", "x.zip": "1"}


def test_missing_file_is_said(tmp_path: Path) -> None:
    """A file that vanished cannot be moved."""
    with pytest.raises(BusyError) as caught:
        file_away(tmp_path / "x", tmp_path / "Done")
    assert caught.value.code == "vanished"


@pytest.mark.parametrize("name", ["ü" * 120 + ".zip", "x" * 255], ids=["two bytes", "no extension"])
def test_long_names_find_room(name: str, tmp_path: Path) -> None:
    """Names as long as the disk allows are shortened where something must be added."""
    first, second = (
        file_away(drop(tmp_path, name, text), tmp_path / "Failed") for text in ("1", "2")
    )
    assert first.name == name
    note = write_reason(second, "It is broken.")
    assert [first.read_text(), second.read_text()] == ["1", "2"]
    assert note.name.endswith(".why.txt")


# --- Setting apart --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x.zip", "folder/a", "x" * 255], ids=["file", "folder", "long"])
def test_what_is_set_apart_comes_back(tmp_path: Path, name: str) -> None:
    """During the block a thing is elsewhere, under its name; what is left there goes back."""
    path = drop(tmp_path, name, "1").relative_to(tmp_path)
    top = tmp_path / path.parts[0]
    with set_apart(top) as thing:
        assert thing.name == top.name
        assert not top.exists()
    assert contents(tmp_path) == {name: "1"}
    assert [found.name for found in tmp_path.iterdir()] == [top.name]


def test_what_comes_back_overwrites_nothing(tmp_path: Path) -> None:
    """Somebody may have taken the name meanwhile."""
    with set_apart(drop(tmp_path, "x.zip", "1")):
        drop(tmp_path, "x.zip", "2")
    assert contents(tmp_path) == {"x (2).zip": "1", "x.zip": "2"}


def test_what_was_moved_on_does_not_come_back(tmp_path: Path) -> None:
    """The hidden folder goes with the block."""
    with set_apart(drop(tmp_path, "x.zip", "1")) as thing:
        file_away(thing, tmp_path / "Done")
    assert contents(tmp_path) == {"Done/x.zip": "1"}
    assert [found.name for found in tmp_path.iterdir()] == ["Done"]


def test_what_is_not_there_cannot_be_set_apart(tmp_path: Path) -> None:
    """A file that vanished leaves nothing behind."""
    with pytest.raises(BusyError) as caught, set_apart(tmp_path / "x"):
        pass
    assert caught.value.code == "vanished"
    assert list(tmp_path.iterdir()) == []


def test_what_a_crash_left_apart_is_put_back(tmp_path: Path) -> None:
    """Every hidden folder is emptied into the inbox and goes; a hidden file is not polylogue's."""
    drop(tmp_path, ".polylogue-1/x.zip", "1")
    drop(tmp_path, ".polylogue-2/chats/a.json", "2")
    drop(tmp_path, ".polylogue-inbox", "marker")
    drop(tmp_path, "x.zip", "new")
    put_back(tmp_path)
    assert contents(tmp_path) == {
        ".polylogue-inbox": "marker",
        "chats/a.json": "2",
        "x (2).zip": "1",
        "x.zip": "new",
    }


# --- Reasons and second tries ---------------------------------------------------------------------


def test_reason_stands_beside_the_file(tmp_path: Path) -> None:
    """The note says what is wrong, what to do, and the code."""
    path = drop(tmp_path, "x.zip", "1")
    note = write_reason(path, "It is broken.", advice="Download it again.", code="bad-zip")
    assert note == tmp_path / "x.zip.why.txt"
    assert note.read_text().split("\n\n")[:3] == [
        "It is broken.",
        "What to do: Download it again.",
        "Code: bad-zip",
    ]


def test_reason_overwrites_nothing(tmp_path: Path) -> None:
    """A person's file of the same name stays as it is."""
    path = drop(tmp_path, "x.zip", "1")
    drop(tmp_path, "x.zip.why.txt", "mine")
    note = write_reason(path, "It is broken.")
    assert note.name == "x.zip (2).why.txt"
    assert sorted(contents(tmp_path)) == ["x.zip", "x.zip (2).why.txt", "x.zip.why.txt"]
    assert contents(tmp_path)["x.zip.why.txt"] == "mine"


def test_retry_brings_the_file_back(tmp_path: Path) -> None:
    """A second try puts the file into the inbox again and takes polylogue's note away."""
    path = file_away(drop(tmp_path, "x.zip", "1"), tmp_path / "Failed")
    write_reason(path, "It is broken.")
    assert retry(tmp_path, "x.zip") == tmp_path / "x.zip"
    assert contents(tmp_path) == {"x.zip": "1"}


def test_retry_keeps_what_a_person_wrote(tmp_path: Path) -> None:
    """A note that is not polylogue's stays, and so does a new file in the inbox."""
    drop(tmp_path, "Failed/x.zip", "1")
    drop(tmp_path, "Failed/x.zip.why.txt", "mine")
    drop(tmp_path, "x.zip", "2")
    assert retry(tmp_path, "x.zip") == tmp_path / "x (2).zip"
    assert contents(tmp_path) == {"Failed/x.zip.why.txt": "mine", "x (2).zip": "1", "x.zip": "2"}


@pytest.mark.parametrize("name", ["nix", "", ".", "..", "../x", "a/b", "a\0b"])
def test_retry_takes_only_what_failed(name: str, tmp_path: Path) -> None:
    """A name that is not directly in Failed is refused."""
    drop(tmp_path, "Failed/a/b", "1")
    drop(tmp_path, "x", "2")
    before = contents(tmp_path)
    with pytest.raises(UsageError):
        retry(tmp_path, name)
    assert contents(tmp_path) == before
