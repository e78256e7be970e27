"""The floor of a cold import: `python -m benchmarks.floor EXPORT WORKDIR`.

One thread does only what no archive can leave out, each with the fastest library, everything in
memory: read, sha256, zstd, parse, rows, full-text index, commit, one plain Markdown file for each
conversation. No merging, no checks, no escaping, no daemon. What polylogue takes is given as a
multiple of this, because machines differ. Its own process, so that its memory and the time it
leaves behind in the allocator and the page cache are nobody else's.

A file is a ChatGPT export, a folder holds Claude Code sessions: `floor_chatgpt`, `floor_claude_code`.
"""

import argparse
import gc
import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, TypeAlias

from benchmarks import floor_chatgpt, floor_claude_code

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Row: TypeAlias = tuple[Any, ...]

SCHEMA = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
PRAGMA wal_autocheckpoint=0;
CREATE TABLE chunks(id INTEGER PRIMARY KEY, sha256 TEXT UNIQUE, size INTEGER, data BLOB) STRICT;
CREATE TABLE conversations(
  id INTEGER PRIMARY KEY, conversation_id TEXT UNIQUE, title TEXT, created_at INTEGER,
  updated_at INTEGER) STRICT;
CREATE TABLE messages(
  id INTEGER PRIMARY KEY, conversation_id INTEGER, message_id TEXT, parent_id TEXT,
  position INTEGER, role TEXT, content TEXT, content_json TEXT, model TEXT, timestamp INTEGER,
  metadata_json TEXT, UNIQUE(conversation_id, message_id)) STRICT;
CREATE VIRTUAL TABLE messages_fts USING fts5(content, content='messages', content_rowid='id');
"""


class Parts:
    """How many seconds each part took, in order."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count what happens inside to `name`."""
        started = perf_counter()
        yield
        self.seconds[name] = perf_counter() - started


def write_notes(folder: Path, conversations: list[Row], messages: list[Row]) -> None:
    """Write each conversation as one plain Markdown file."""
    folder.mkdir()
    notes = [[f"# {title}"] for _, _, title, *_ in conversations]
    for number, _, _, _, role, content, *_ in messages:
        notes[number].append(f"## {role}\n\n{content}")
    for number, note in enumerate(notes):
        (folder / f"{number}.md").write_text("\n\n".join(note), encoding="utf-8")


def run(export: Path, workdir: Path) -> dict[str, float]:
    """Do it all in `workdir`, which exists and is empty; return the seconds of each part."""
    form = floor_claude_code if export.is_dir() else floor_chatgpt
    parts = Parts()
    database = sqlite3.connect(workdir / "floor.db", isolation_level=None)
    database.executescript(SCHEMA)
    with parts.part("read"):
        files = form.read(export)
    with parts.part("sha256"):
        digests = [hashlib.sha256(data).hexdigest() for data in files]
    with parts.part("zstd"):
        packed = [zstd.compress(data, 3) for data in files]
    with parts.part("parse"):
        chats: list[Any] = form.parse(files)
    with parts.part("rows"):
        conversations = [form.conversation_row(number, chat) for number, chat in enumerate(chats)]
        messages = [
            row for number, chat in enumerate(chats) for row in form.message_rows(number, chat)
        ]
    with parts.part("insert"):
        database.execute("BEGIN IMMEDIATE")
        chunks = zip(digests, map(len, files), packed, strict=True)
        database.executemany("INSERT INTO chunks VALUES (NULL, ?, ?, ?)", chunks)
        database.executemany("INSERT INTO conversations VALUES (?, ?, ?, ?, ?)", conversations)
        database.executemany(
            "INSERT INTO messages VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", messages
        )
    with parts.part("fts"):
        database.execute(
            "INSERT INTO messages_fts(rowid, content) SELECT id, content FROM messages"
        )
    with parts.part("commit"):
        database.execute("COMMIT")
    with parts.part("notes"):
        write_notes(workdir / "notes", conversations, messages)
    database.close()
    return parts.seconds


def main() -> None:
    """Run the floor as the command line says and print seconds per part."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.floor", description=__doc__)
    parser.add_argument("export", type=Path)
    parser.add_argument("workdir", type=Path)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    gc.disable()  # nothing here is garbage, and looking for it doubles the time of the parse
    asked.workdir.mkdir(parents=True, exist_ok=True)
    seconds = run(asked.export, asked.workdir)
    seconds["total"] = sum(seconds.values())
    if asked.json:
        print(json.dumps(seconds))
    else:
        for part, spent in seconds.items():
            print(f"{part:8}{spent:8.3f} s")


if __name__ == "__main__":
    main()
