"""All parsers against data that others published (not part of this project; skipped without it).

Each file is taken as an import takes it: cut, claimed by its content, read. It imports or is
reported; a table says what came of it.
"""

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from polylogue.ingest.sessions import Reader, claim
from polylogue.model import Carry, Conversation, Document, Parsed, Problem
from polylogue.parsers import PARSERS, Shape, detect, detect_page
from polylogue.parsers.base import Page
from polylogue.parsers.containers.piece import Piece
from polylogue.parsers.containers.pieces import cut
from polylogue.parsers.text import probe

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
FILES = sorted(path for path in SAMPLES.glob("*/**/*") if path.is_file() and path.parent != SAMPLES)

#: What the folder is called → whose chats are in it.
_PROVIDERS = {"gemini-takeout": "gemini"}

#: Files that hold no chat, and the problems that are told of them.
_NO_CHATS: dict[str, set[str]] = {
    "chats2md__conversation-list.json": {"conversation-list"},
    "deja-vu__codex-history.jsonl": set(),  # it gives titles to sessions that may come
    "openwebui-importer__aistudio-schema.json": {"unrecognized"},
    "openwebui-importer__grok-schema.json": {"unrecognized"},
}

pytestmark = pytest.mark.skipif(not FILES, reason="the folder of samples is not here")


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist())
    else:
        yield path.name, path.read_bytes()


@cache
def _read(path: Path) -> tuple[tuple[str, Parsed], ...]:
    """Return (provider, record) of all that is in a file; what is unknown is a Problem of nobody."""
    return tuple(found for name, data in _members(path) for found in _records(name, data))


def _records(name: str, data: bytes) -> Iterator[tuple[str, Parsed]]:
    found = cut(io.BytesIO(data).read)
    pieces = list(found.pieces)
    documents = [piece for piece in pieces if piece.kind == "document"]
    known = found.kind != "lines" and any(_claim(piece) for piece in documents)
    session = claim(piece.data for piece in documents) if not known else None
    if session is not None and found.kind in {"lines", "object"}:
        reader = Reader(*session, name)
        for piece in documents:
            told = reader.read(piece.data)
            yield from ((reader.parser.provider, record) for record in told)
    else:
        for piece in documents:
            yield from _document(name, piece)
    for piece in pieces:
        if piece.kind == "torn":
            yield "", Problem(code="torn", text=piece.where)


def _claim(piece: Piece) -> tuple[str, Shape | Page] | None:
    found = detect(probe(piece.data), PARSERS) or detect_page(piece.data, PARSERS)
    return (found[0].provider, found[1]) if found else None


def _document(name: str, piece: Piece) -> Iterator[tuple[str, Parsed]]:
    claimed = _claim(piece)
    if claimed is None:
        yield "", Problem(code="unrecognized", text="Nobody knows it.", where=name)
    elif claimed[1].parse is not None:
        about = Document(data=piece.data, name=name, conversation_id=name, title=name)
        yield from ((claimed[0], record) for record in claimed[1].parse(about))


def _provider(path: Path) -> str:
    folder = path.relative_to(SAMPLES).parts[0]
    return _PROVIDERS.get(folder, folder)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_imports_or_is_reported(path: Path) -> None:
    """Under its own provider, and never without a word."""
    told = _read(path)

    assert {provider for provider, _ in told} <= {_provider(path), ""}
    spoken = [record for _, record in told if not isinstance(record, Carry)]
    assert spoken or not path.read_bytes().strip()
    assert not [one for one in spoken if isinstance(one, Problem) and one.code == "parser-bug"]


@pytest.mark.parametrize("name", _NO_CHATS)
def test_what_is_no_chat_is_told_apart(name: str) -> None:
    """Lists without messages and schemas make no conversation."""
    (path,) = [path for path in FILES if path.name == name]

    told = [record for _, record in _read(path)]

    assert not [record for record in told if isinstance(record, Conversation)]
    assert {record.code for record in told if isinstance(record, Problem)} == _NO_CHATS[name]


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Every provider's samples hold chats with messages; the table is shown without `-s`, too."""
    rows: dict[str, Counter[str]] = {}
    for path in FILES:
        row = rows.setdefault(_provider(path), Counter())
        row["files"] += 1
        row.update(_counted([record for _, record in _read(path)]))
    columns = ("files", "no chat", "conversations", "messages", "unknowns", "problems")
    with capsys.disabled():
        print("\n" + f"{'provider':<12}" + "".join(f"{column:>15}" for column in columns))
        for provider, row in rows.items():
            print(f"{provider:<12}" + "".join(f"{row[column]:>15,}" for column in columns))

    assert all(row["conversations"] and row["messages"] for row in rows.values())


def _counted(records: list[Parsed]) -> Counter[str]:
    chats = [record for record in records if isinstance(record, Conversation)]
    ids = {(chat.conversation_id, said.message_id) for chat in chats for said in chat.messages}
    return Counter(
        {
            "conversations": len({chat.conversation_id for chat in chats}),
            "messages": len(ids),
            "unknowns": sum(known.count for chat in chats for known in chat.unknowns),
            "problems": sum(isinstance(record, Problem) for record in records),
            "no chat": int(not ids),
        }
    )
