"""What a scan of a session folder finds, and what it leaves alone."""

import os
from pathlib import Path

import pytest

from polylogue.errors import BusyError
from polylogue.sources.files import MAX_DEPTH
from polylogue.sources.sessions import Root, look, may_be_session, scan, scan_folder


def put(path: Path, data: bytes = b"{}\n") -> Path:
    """Write a file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def found(root: Root) -> list[str]:
    """Return the names of what a scan finds."""
    return sorted(map(root.name_of, scan(root).files))


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("/p/s.jsonl", True),
        ("/p/rollout.jsonl.zst", True),
        ("/p/sessions-index.json", True),
        ("/p/s/tool-results/toolu_1.txt", True),
        ("/p/notes.txt", False),
        ("/p/MEMORY.md", False),
        ("/p/s.jsonl.tmp", False),
        ("/p/.s.jsonl", False),
        ("/p/._s.jsonl", False),
        ("/p/rollout.zst", False),
        ("/p/tool-results/x.py", False),
    ],
)
def test_names(path: str, may: bool) -> None:
    """Sessions, their indexes and results are told by their names; nothing else is looked at."""
    assert may_be_session(path) == may


def test_a_scan_finds_files_with_their_stamps(tmp_path: Path) -> None:
    """All levels are looked into; each file comes with its inode, size and times."""
    root = Root(tmp_path / "projects")
    file = put(root.path / "tea" / "s1" / "subagents" / "agent-1.jsonl", b"12345")
    put(root.path / "tea" / "s1.jsonl")
    put(root.path / "tea" / "memory" / "MEMORY.md")
    put(root.path / "home" / ".claude" / "projects" / "x.jsonl")

    assert found(root) == [
        "home/.claude/projects/x.jsonl",
        "tea/s1.jsonl",
        "tea/s1/subagents/agent-1.jsonl",
    ]
    stamp = scan(root).files[str(file)]
    assert (stamp.ino, stamp.size) == (file.stat().st_ino, 5)


@pytest.mark.parametrize("folder", [".git", "node_modules", "__MACOSX", ".stversions"])
def test_foreign_folders_are_passed_over(folder: str, tmp_path: Path) -> None:
    """What is large and never of an agent is neither scanned nor looked at when it changes."""
    root = Root(tmp_path)
    file = put(tmp_path / "x" / folder / "s.jsonl")

    assert found(root) == []
    assert look(root, str(file)) is None


def test_links_pipes_and_depths_are_left_alone(tmp_path: Path) -> None:
    """No link is followed, nothing is opened that is no file, and no tree is too deep."""
    root = Root(tmp_path / "projects")
    outside = put(tmp_path / "outside" / "s.jsonl")
    root.path.mkdir()
    (root.path / "linked").symlink_to(outside.parent)
    (root.path / "linked.jsonl").symlink_to(outside)
    os.mkfifo(root.path / "pipe.jsonl")
    put(root.path.joinpath(*"a" * (MAX_DEPTH + 1)) / "deep.jsonl")

    assert found(root) == []
    for path in ("linked/s.jsonl", "linked.jsonl", "pipe.jsonl"):
        assert look(root, str(root.path / path)) is None
    assert scan_folder(root, str(root.path / "linked" / "below")).files == {}


def test_a_look_at_a_path(tmp_path: Path) -> None:
    """A hinted path is a file to be taken, a folder to be scanned, or nothing."""
    root = Root(tmp_path)
    file = put(tmp_path / "tea" / "s.jsonl")
    note = put(tmp_path / "tea" / "note.md")
    status = look(root, str(file))

    assert status is not None
    assert status.st_ino == file.stat().st_ino
    assert look(root, str(file.parent)) is not None
    assert look(root, str(note)) is None
    assert look(root, str(tmp_path / "gone.jsonl")) is None
    assert look(root, "/elsewhere/s.jsonl") is None
    assert list(scan_folder(root, str(file.parent)).files) == [str(file)]
    assert scan_folder(root, str(tmp_path / "gone")).files == {}


def test_what_lies_beside_a_folder_belongs_to_it(tmp_path: Path) -> None:
    """Files and folders of the agent beside its sessions are found under their own names."""
    root = Root(tmp_path / "sessions", ("archived_sessions", "session_index.jsonl"))
    put(root.path / "2026" / "r1.jsonl")
    put(tmp_path / "archived_sessions" / "r2.jsonl")
    put(tmp_path / "session_index.jsonl")
    put(tmp_path / "other.jsonl")

    assert found(root) == ["2026/r1.jsonl", "archived_sessions/r2.jsonl", "session_index.jsonl"]
    assert root.place_of(str(tmp_path / "other.jsonl")) is None
    assert root.place_of(str(tmp_path / "sessions-old" / "x.jsonl")) is None


def test_a_folder_that_cannot_be_seen_has_lost_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies in a closed folder is not known; elsewhere, what is not found is not there."""
    root = Root(tmp_path)
    put(tmp_path / "closed" / "s.jsonl")
    put(tmp_path / "open" / "s.jsonl")
    scandir = os.scandir

    def closed(path: str) -> object:  # tests may run as root, for whom nothing is closed
        if str(path).endswith("closed"):
            raise PermissionError
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    seen = scan(root)

    assert found(root) == ["open/s.jsonl"]
    assert not seen.has_seen(str(tmp_path / "closed" / "deeper" / "s.jsonl"))
    assert seen.has_seen(str(tmp_path / "open" / "gone.jsonl"))
    assert seen.has_seen(str(tmp_path / "closed-too.jsonl"))


def test_a_missing_folder_is_no_empty_one(tmp_path: Path) -> None:
    """A root that is not there, or no folder, cannot be scanned."""
    for path in (tmp_path / "gone", put(tmp_path / "file")):
        with pytest.raises(BusyError):
            scan(Root(path))


def test_names_that_are_no_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are a name like any other."""
    root = Root(tmp_path)
    name = os.fsdecode(b"\xff.jsonl")
    put(tmp_path / name)

    assert found(root) == [name]
    assert look(root, str(tmp_path / name)) is not None
