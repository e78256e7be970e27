"""Arrivals into the archive: what is kept when something is damaged, and what is not kept at all."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import chatgpt_exports as exports
import pytest

from polylogue.errors import BadInputError, BusyError
from polylogue.ingest import Receipt, ingest
from polylogue.model import Arrival
from polylogue.store.archive import Archive, open_archive
from polylogue.store.verify import verify

_FILE = "file-" + "Ab3" * 8


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Open an empty archive."""
    with open_archive(tmp_path / "data" / "archive.db") as opened:
        yield opened


def take(archive: Archive, path: Path, *, max_size: int = 1 << 40, wait: bool = True) -> Receipt:
    """Ingest a file or folder."""
    arrival = Arrival(path=path, origin="import")
    return ingest(archive, arrival, imported_at=1, max_size=max_size, wait=wait)


def chats(count: int, words: str = "Which tea?") -> list[exports.Object]:
    """Return that many conversations."""
    return [
        exports.conversation(f"c{n}", f"Tea {n}", f"{words} {n}", "Green.") for n in range(count)
    ]


def findings(archive: Archive) -> list[str]:
    """Return the codes of what `verify` finds."""
    return [f.code for f in verify(archive.connection, progress=lambda _done, _all: None)]


def damaged(path: Path, member: str, data: bytes, others: dict[str, bytes]) -> Path:
    """Write a ZIP in which the last byte of `member` is not what its checksum says."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {member: data, **others}.items():
            archive.writestr(name, content)
    content = path.read_bytes()
    place = content.index(data) + len(data) - 1
    path.write_bytes(content[:place] + b"?" + content[place + 1 :])
    return path


def test_a_damaged_member_leaves_an_archive_without_faults(
    archive: Archive, tmp_path: Path
) -> None:
    """What was read of a damaged member is kept as what it is, and a whole copy is taken later."""
    whole = exports.write_json(tmp_path / "conversations.json", chats(40, "word " * 50_000))
    bad = damaged(tmp_path / "bad.zip", "conversations.json", whole.read_bytes(), {})

    assert take(archive, bad).status == "partial"
    assert findings(archive) == []
    assert take(archive, whole).status == "ok"
    assert findings(archive) == []
    assert archive.connection.execute("SELECT count(*) FROM conversations").fetchone() == (40,)


def test_a_damaged_attachment_is_not_taken_for_the_file(archive: Archive, tmp_path: Path) -> None:
    """A picture whose bytes are wrong stays missing until a good copy comes."""
    picture = exports.image(_FILE)
    chat = exports.conversation("c1", "Sea", exports.message("c1-1", "user", picture, at=0))
    listed = exports.write_json(tmp_path / "c.json", [chat]).read_bytes()
    bad = damaged(
        tmp_path / "bad.zip", f"{_FILE}-sea.png", exports.png(), {"conversations.json": listed}
    )

    def states() -> list[str]:
        rows = archive.connection.execute("SELECT status FROM attachments").fetchall()
        return [status for (status,) in rows]

    take(archive, bad)
    assert states() == ["not_in_export"]
    take(
        archive,
        exports.export_zip(
            tmp_path / "good.zip", [chat], assets={_FILE: ("sea.png", exports.png())}
        ),
    )
    assert states() == ["stored"]


def test_a_damaged_earlier_version_does_not_cost_the_new_one(
    archive: Archive, tmp_path: Path
) -> None:
    """When the chunk that a delta would be against is damaged, the new bytes are kept whole."""
    take(archive, exports.write_json(tmp_path / "one.json", chats(3, "Which tea? " * 90)))
    with archive.transaction() as connection:
        connection.execute(
            "UPDATE chunks SET data = x'00' WHERE id = (SELECT chunk_id FROM object_chunks"
            " WHERE seq = 1)"
        )
    newer = chats(3, "Which tea? " * 90)
    for number, chat in enumerate(newer):
        exports.extend(chat, f"c{number}-2", "And cake?", "Plum.")
    receipt = take(archive, exports.write_json(tmp_path / "two.json", newer))

    assert (receipt.status, receipt.counts["changed"]) == ("ok", 3)


@pytest.mark.parametrize(
    "name", [pytest.param("letter.txt", id="text"), pytest.param("film.mov", id="binary")]
)
def test_what_can_hold_no_chat_is_not_kept(archive: Archive, tmp_path: Path, name: str) -> None:
    """Something dropped by mistake is refused, and its bytes do not enter the archive."""
    (tmp_path / name).write_bytes(b"Dear all" if name.endswith("txt") else b"\0\1\2" * 1000)

    with pytest.raises(BadInputError, match="Nothing in"):
        take(archive, tmp_path / name)
    assert archive.connection.execute("SELECT count(*) FROM chunks").fetchone() == (0,)


def test_json_that_nobody_knows_is_kept(archive: Archive, tmp_path: Path) -> None:
    """A format of tomorrow is kept for the parser of tomorrow."""
    receipt = take(archive, exports.write_json(tmp_path / "new.json", [{"recipe": "cake"}]))

    assert receipt.status == "unrecognized"
    assert archive.connection.execute("SELECT count(*) FROM raw_members").fetchone() == (1,)


def test_a_partial_import_stays_partial_when_it_comes_again(
    archive: Archive, tmp_path: Path
) -> None:
    """The same bytes again are a duplicate of what was partial, and say so."""
    file = tmp_path / "cut.json"
    file.write_bytes(exports.write_json(tmp_path / "c.json", chats(3)).read_bytes()[:-40])
    first, second = take(archive, file), take(archive, file)

    assert (first.status, second.status, second.earlier) == ("partial", "duplicate", "partial")
    assert "not all of it" in second.sentence


def test_limits_hold_for_what_is_unpacked(archive: Archive, tmp_path: Path) -> None:
    """A small ZIP of large files, and a folder, are measured by what they hold."""
    folder = tmp_path / "export"
    folder.mkdir()
    exports.write_json(folder / "conversations.json", chats(40, "word " * 500))
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archived:
        archived.write(folder / "conversations.json", "conversations.json")

    assert packed.stat().st_size < 50_000
    for path in (packed, folder):
        with pytest.raises(BadInputError):
            take(archive, path, max_size=50_000)


def test_parts_in_a_zip_are_opened_and_attachments_are_not(
    archive: Archive, tmp_path: Path
) -> None:
    """A ZIP of parts is taken apart; a ZIP that somebody sent in a chat stays what it is."""
    part = exports.export_zip(tmp_path / "part1of2.zip", chats(2)).read_bytes()
    sent = io.BytesIO()
    with zipfile.ZipFile(sent, "w") as inner:
        inner.writestr("photo.txt", "sea")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as outer:
        outer.writestr("part1of2.zip", part)
        outer.writestr("holiday.zip", sent.getvalue())
    receipt = take(archive, tmp_path / "outer.zip")
    names = {name for (name,) in archive.connection.execute("SELECT name FROM raw_members")}

    assert receipt.counts["conversations"] == 2
    assert {"part1of2.zip/conversations.json", "holiday.zip"} <= names


def test_pages_do_not_keep_conversations_from_being_deltas(
    archive: Archive, tmp_path: Path
) -> None:
    """chat.html repeats the conversations; they are stored first, against their earlier versions."""
    for number in (1, 2):
        told = [exports.conversation("c1", "Tea", *(["Which tea? " * 90, "Green."] * number))]
        listed = exports.write_json(tmp_path / "c.json", told).read_bytes()
        with zipfile.ZipFile(tmp_path / f"{number}.zip", "w") as archived:
            archived.writestr(
                "chat.html", b"<html><script>var jsonData = " + listed + b";</script>"
            )
            archived.writestr("conversations.json", listed)
        take(archive, tmp_path / f"{number}.zip")

    codecs = [codec for (codec,) in archive.connection.execute("SELECT codec FROM chunks")]
    assert codecs.count("delta") == 1


def test_a_folder_to_which_a_file_is_added_has_changed(archive: Archive, tmp_path: Path) -> None:
    """What appears in a folder while it is read is not passed over."""
    folder = tmp_path / "export"
    folder.mkdir()
    exports.write_json(folder / "conversations.json", chats(2))

    def add(_done: int, _total: int, _conversations: int) -> None:
        (folder / "late.json").write_text("[]")

    with pytest.raises(BusyError) as caught:
        ingest(
            archive,
            Arrival(path=folder, origin="import"),
            imported_at=1,
            max_size=1 << 40,
            progress=add,
        )
    assert caught.value.code == "changed-while-reading"


def test_one_ingest_at_a_time(archive: Archive, tmp_path: Path) -> None:
    """Who does not want to wait for another import is told so."""
    file = exports.write_json(tmp_path / "c.json", chats(1))
    with archive.alone("ingest"), pytest.raises(BusyError) as caught:
        take(archive, file, wait=False)

    assert caught.value.code == "busy-ingest"
