"""Telling whether a file is all there."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polylogue.sources.complete import unfinished


def a_zip(inner: bytes = b'[{"a": 1}]', comment: bytes = b"") -> bytes:
    """Return a ZIP with one stored member."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("conversations.json", inner)
        archive.comment = comment
    return buffer.getvalue()


COMPLETE = {
    "zip": ("x.zip", a_zip()),
    "zip under any name": ("x", a_zip()),
    "zip with comment": ("x.zip", a_zip(comment=b"c" * 65535)),
    "array": ("x.json", b'[{"a": 1}]'),
    "object": ("x.json", b'{"a": 1}\r\n \n'),
    "byte order mark": ("x.json", b"\xef\xbb\xbf \n[1]"),
    "lines": ("x.jsonl", b'{"a": 1}\n{"b": 2}\n'),
    "lines without the last end": ("x.jsonl", b'{"a": 1}\n{"b": 2}'),
    "lines in json": ("x.json", b'{"a": 1}\n{"b": 2}\n'),
    "text": ("x.md", b"# Hello"),
    "web page": ("x.json", b"<html>"),
}
UNFINISHED = {
    "nothing": ("x.zip", b"", "it is empty"),
    "half a zip": ("x.zip", a_zip()[:-30], "the end of the ZIP is missing"),
    "zip without its last byte": ("x.zip", a_zip()[:-1], "the end of the ZIP is missing"),
    "zip in a cut zip": ("x.zip", a_zip(a_zip())[:-40], "the end of the ZIP is missing"),
    "zeros behind": ("x.zip", a_zip() + bytes(100_000), "the end of the ZIP is missing"),
    "zeros before": ("x.zip", bytes(9) + a_zip(), "its beginning is empty"),
    "cut array": ("x.json", b'[{"a": 1},', "the end of the JSON is missing"),
    "array with zeros": ("x.json", b"[1]" + bytes(10), "the end of the JSON is missing"),
    "cut line": ("x.jsonl", b'{"a": 1}\n{"b": ', "the end of the JSON is missing"),
    "cut at a line end": ("x.json", b'{"a": 1,\n', "the end of the JSON is missing"),
}


@pytest.mark.parametrize(("name", "data"), COMPLETE.values(), ids=COMPLETE.keys())
def test_complete_file_lacks_nothing(name: str, data: bytes, tmp_path: Path) -> None:
    """A file that ends as its format ends is complete."""
    (tmp_path / name).write_bytes(data)
    assert unfinished(tmp_path / name) is None


@pytest.mark.parametrize(("name", "data", "missing"), UNFINISHED.values(), ids=UNFINISHED.keys())
def test_unfinished_file_is_told(name: str, data: bytes, missing: str, tmp_path: Path) -> None:
    """A file whose end is missing is said to be unfinished, and why."""
    (tmp_path / name).write_bytes(data)
    assert unfinished(tmp_path / name) == missing


@given(cut=st.integers(1, len(a_zip()) - 2))
def test_no_part_of_a_zip_is_complete(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Wherever a ZIP is cut, its end is missing."""
    file = tmp_path_factory.getbasetemp() / "cut.zip"
    file.write_bytes(a_zip()[:-cut])
    assert unfinished(file)


@settings(deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_get_an_answer(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever is in a file, it is judged without an error."""
    file = tmp_path_factory.getbasetemp() / "any.json"
    file.write_bytes(data)
    unfinished(file)


def test_what_cannot_be_opened_is_for_the_reader(tmp_path: Path) -> None:
    """A pipe does not block, and a missing file is no news here."""
    os.mkfifo(tmp_path / "pipe")
    assert unfinished(tmp_path / "pipe") is None
    assert unfinished(tmp_path / "missing") is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has leases")
def test_open_writer_is_noticed(tmp_path: Path) -> None:
    """As long as another program has the file open for writing, it is unfinished."""
    file = tmp_path / "x.json"
    file.write_bytes(b"[1]")
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; f = open(sys.argv[1], 'ab'); print(flush=True); input()",
            file,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert writer.stdout
    writer.stdout.readline()
    assert unfinished(file) == "another program is still writing it"
    writer.communicate(b"\n")
    assert unfinished(file) is None


LEASE_BROKEN = """
import fcntl, os, sys
from polylogue.sources import complete
real, path = fcntl.fcntl, sys.argv[1]
def slow(fd, command, argument):
    if command == fcntl.F_SETLEASE and argument == fcntl.F_UNLCK:
        try:
            os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except BlockingIOError:
            print("broken", end="")
    return real(fd, command, argument)
fcntl.fcntl = slow
complete.unfinished(complete.Path(path))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has leases")
def test_lease_may_be_broken(tmp_path: Path) -> None:
    """When somebody opens the file during the check, the signal of it ends nobody."""
    file = tmp_path / "x.json"
    file.write_bytes(b"[1]")
    done = subprocess.run(
        [sys.executable, "-c", LEASE_BROKEN, file], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "broken", "")
