"""ZIP archives: honest ones read as `zipfile` reads them, hostile and damaged ones are refused."""

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polylogue.errors import BadInputError, BusyError, IncompleteError, PolylogueError
from polylogue.parsers.containers.zip import ZipLimits, ZipMember, looks_like_zip, open_zip

CHAT = b'[{"title": "a"}]'
NOW = (2025, 6, 15, 12, 30, 10)
NOON = int(datetime(*NOW, tzinfo=UTC).timestamp()) * 1000

#: Where fields stand in a local header and in an entry of the directory, and how wide they are.
FIELDS = {
    "flags": (6, 8, "<H"),
    "method": (8, 10, "<H"),
    "crc": (14, 16, "<L"),
    "compressed_size": (18, 20, "<L"),
    "size": (22, 24, "<L"),
}


def pack(
    *members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, mode: int = 0o644
) -> bytes:
    """Return an archive as `zipfile` packs it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, NOW)
            info.external_attr = mode << 16
            archive.writestr(info, data, method)
    return file.getvalue()


def local(data: bytes, index: int = 0) -> int:
    """Return where the header in front of a member lies."""
    return [match.start() for match in re.finditer(rb"PK\x03\x04", data)][index]


def central(data: bytes, index: int = 0) -> int:
    """Return where a member's entry of the directory lies."""
    return [match.start() for match in re.finditer(rb"PK\x01\x02", data)][index]


def end(data: bytes) -> int:
    """Return where the end record lies."""
    return data.rfind(b"PK\x05\x06")


def patch(data: bytes, offset: int, form: str, *values: int) -> bytes:
    """Overwrite numbers."""
    patched = bytearray(data)
    struct.pack_into(form, patched, offset, *values)
    return bytes(patched)


def forge(data: bytes, index: int = 0, **values: int) -> bytes:
    """Change what header and directory say of a member."""
    for field, value in values.items():
        in_local, in_central, width = FIELDS[field]
        data = patch(data, local(data, index) + in_local, width, value)
        data = patch(data, central(data, index) + in_central, width, value)
    return data


def members(data: bytes, limits: ZipLimits = ZipLimits()) -> tuple[ZipMember, ...]:  # noqa: B008 - frozen
    """Open an archive that is held in memory."""
    return open_zip(io.BytesIO(data), limits=limits, name="export.zip").members


def read(member: ZipMember) -> bytes:
    """Read a member to its end."""
    with member.open() as stream:
        return stream.read()


def refusal(data: bytes, limits: ZipLimits = ZipLimits()) -> BadInputError:  # noqa: B008 - frozen
    """Return the error that refuses an archive whole."""
    with pytest.raises(BadInputError) as caught:
        members(data, limits)
    assert caught.value.message.endswith(".")
    assert "export.zip" in caught.value.message
    assert caught.value.advice.endswith(".")
    return caught.value


# --- Honest archives ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflate"]
)
@pytest.mark.parametrize(
    "data",
    [b"", b"x", CHAT, os.urandom(700_000), b"\0" * 3_000_000, bytes(range(256)) * 5_000],
    ids=["empty", "one byte", "chat", "random", "zeros", "repeating"],
)
def test_members_read_as_they_were_packed(method: int, data: bytes) -> None:
    """Every method that is read gives the bytes that went in, in portions of any size."""
    (member,) = members(pack(("a.json", data), method=method))

    assert member.size == len(data)
    assert read(member) == data
    with member.open() as stream:
        assert b"".join(iter(lambda: stream.read(100_001), b"")) == data


def test_what_is_said_of_members() -> None:
    """Members come in the order of the directory, with time and size; folders are no members."""
    container = open_zip(io.BytesIO(pack(("b/", b""), ("b/2.json", CHAT), ("1.json", b""))))

    assert [(member.name, member.size, member.modified_at) for member in container.members] == [
        ("b/2.json", len(CHAT), NOON),
        ("1.json", 0, NOON),
    ]
    assert [row["name"] for row in container.directory] == ["b/", "b/2.json", "1.json"]
    assert container.directory[1]["crc"] == zlib.crc32(CHAT)
    assert set(container.directory[1]) == {
        "name", "size", "compressed_size", "crc", "modified_at", "attributes",
    }  # fmt: skip


def test_members_can_be_read_at_the_same_time() -> None:
    """Two open members of one archive do not disturb each other."""
    first, second = members(pack(("a", b"a" * 3_000_000), ("b", os.urandom(3_000_000))))
    with first.open() as one, second.open() as two:
        halves = [one.read(1_000_000), two.read(1_000_000), one.read(), two.read()]

    assert halves[0] + halves[2] == read(first)
    assert halves[1] + halves[3] == read(second)


@pytest.mark.parametrize(
    ("name", "litter"),
    [
        ("__MACOSX/._a.json", True),
        ("top/__MACOSX/a", True),
        ("top/._a.json", True),
        (".DS_Store", True),
        ("top\\Thumbs.db", True),
        ("top/DESKTOP.INI", True),
        ("@eaDir/a.json@SynoEAStream", True),
        (".stversions/a.json", True),
        ("a.DS_Store", False),
        ("conversations.json", False),
        ("._x/a.json", False),
    ],
)
def test_litter_is_named(name: str, litter: bool) -> None:
    """What operating systems leave behind is a member, and is marked."""
    (member,) = members(pack((name, b"x")))

    assert member.litter is litter


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/cron.d/x", "..\\..\\x", "C:\\x", "ünï – 😀.json", "a" * 5000, ""],
    ids=lambda name: name[:10],
)
def test_names_are_labels(name: str) -> None:
    """A name can say what it likes: it is never used as a path."""
    (member,) = members(pack((name, CHAT)))

    assert member.name == name
    assert read(member) == CHAT


def test_members_of_the_same_name_are_all_there() -> None:
    """Two members of the same name are two members, each with its own bytes."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = pack(("a.json", b"1"), ("a.json", b"2"))

    assert [read(member) for member in members(data)] == [b"1", b"2"]


@pytest.mark.parametrize(
    ("raw", "flags", "expected"),
    [
        pytest.param(b"\xff\x80.js", 0x800, "\u00a0Ç.js", id="flagged, but not UTF-8"),
        pytest.param(b"\x81\x82.js", 0, "üé.js", id="cp437"),
        pytest.param("ü1.j".encode(), 0, "ü1.j", id="UTF-8 without the flag"),
    ],
)
def test_any_name_can_be_read(raw: bytes, flags: int, expected: str) -> None:
    """A name that is not UTF-8 is read as cp437; it never loses the archive."""
    data = forge(pack(("12345", CHAT)), flags=flags)
    (member,) = members(data.replace(b"12345", raw))

    assert member.name == expected
    assert read(member) == CHAT


def with_extra(number: int, payload: bytes, name: str = "a.json") -> bytes:
    """Return an archive whose member has an extra field."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        info = zipfile.ZipInfo(name, NOW)
        info.extra = struct.pack("<HH", number, len(payload)) + payload
        archive.writestr(info, CHAT)
    return file.getvalue()


def test_exact_times_are_preferred() -> None:
    """Where the archive also gives the Unix time, that is the time: it has a zone."""
    (member,) = members(with_extra(0x5455, b"\x01" + struct.pack("<l", 1_750_000_001)))

    assert member.modified_at == 1_750_000_001_000


def test_a_unicode_name_beside_the_name() -> None:
    """The Unicode name in an extra field counts when it belongs to the name."""
    check = struct.pack("<BL", 1, zlib.crc32(b"a.json"))

    assert members(with_extra(0x7075, check + "ä.json".encode()))[0].name == "ä.json"
    assert members(with_extra(0x7075, b"\x01\0\0\0\0" + b"evil"))[0].name == "a.json"


@pytest.mark.parametrize("date", [0, 0x21, 0xFFFF, 13 << 5 | 1], ids=hex)
def test_impossible_dates_are_no_dates(date: int) -> None:
    """A date that nobody set, or that does not exist, is None."""
    data = pack(("a.json", CHAT))
    (member,) = members(patch(data, central(data) + 14, "<H", date))

    assert member.modified_at is None


@pytest.mark.parametrize("count", [0, 70_000], ids=["empty", "70,000 members (ZIP64)"])
def test_any_number_of_members(count: int) -> None:
    """An empty archive is one, and one of more members than 16 bits count is read by ZIP64."""
    data = pack(*((f"{number}", b"") for number in range(count)), method=zipfile.ZIP_STORED)

    assert len(members(data)) == count


def test_zip64_of_one_member() -> None:
    """Sizes in the ZIP64 field are used wherever the plain field is full."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w") as archive,
        archive.open(zipfile.ZipInfo("a.json", NOW), "w", force_zip64=True) as stream,
    ):
        stream.write(CHAT)
    data = file.getvalue()
    start = central(data)
    (size,) = struct.unpack_from("<L", data, start + 20)
    field = struct.pack("<HHQQ", 1, 16, len(CHAT), size)
    data = patch(data, start + 20, "<LL", 0xFFFFFFFF, 0xFFFFFFFF)
    data = patch(data, start + 30, "<H", len(field))
    data = data[: start + 52] + field + data[start + 52 :]
    data = patch(data, end(data) + 12, "<L", end(data) - start)
    (member,) = members(data)

    assert member.size == len(CHAT)
    assert read(member) == CHAT


def test_an_archive_beyond_4_gib(tmp_path: os.PathLike[str]) -> None:
    """Offsets beyond 32 bits are found; the file is sparse, so that it costs nothing."""
    small = pack(("a.json", CHAT))
    path = os.path.join(tmp_path, "large.zip")  # noqa: PTH118 - a sparse file needs only a name
    with open(path, "w+b") as file:  # noqa: PTH123
        file.seek(5 << 30)
        file.write(b"\0" * 8)
        with zipfile.ZipFile(file, "a", allowZip64=True) as archive:
            archive.writestr("b.json", small)
        (member,) = open_zip(file).members

        assert read(member) == small


@pytest.mark.parametrize(
    ("before", "behind"),
    [(b"", b"trailing garbage" * 50), (b"#!/bin/sh\n", b""), (b"MZ" * 500, b"\0" * 500)],
    ids=["behind", "in front", "both"],
)
def test_garbage_around_an_archive(before: bytes, behind: bytes) -> None:
    """Bytes in front of an archive or behind it do not hide it."""
    (member,) = members(before + pack(("a.json", CHAT)) + behind)

    assert read(member) == CHAT


# --- Archives that are refused whole --------------------------------------------------------------


def test_a_download_that_broke_off() -> None:
    """An archive without its end may still be arriving, wherever it was cut."""
    data = pack(("a.json", CHAT), ("b.json", CHAT))
    for size in range(4, len(data) - 1, 7):
        error = refusal(data[:size])

        assert isinstance(error, IncompleteError)
        assert error.code == "zip-incomplete"


def test_a_download_that_broke_off_behind_an_inner_archive() -> None:
    """The end of an archive inside is not taken for the end of the one around it."""
    inner = pack(("a.json", CHAT))
    outer = pack(("part1.zip", inner), ("b", b"x" * 999), method=zipfile.ZIP_STORED)
    cut_off = outer[: outer.find(inner) + len(inner) + 5]

    assert isinstance(refusal(cut_off), IncompleteError)


PLAIN = pack(("a", CHAT), ("b", CHAT))
STORED = pack(("a", b"x" * 500), ("b", b"y" * 500), method=zipfile.ZIP_STORED)
LOCATOR = struct.pack("<4sLQL", b"PK\x06\x07", 0, 2**63, 1)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "not-a-zip", id="empty file"),
        pytest.param(b"%PDF-1.7" * 50, "not-a-zip", id="no archive"),
        pytest.param(forge(forge(PLAIN, 0, flags=1), 1, flags=1), "encrypted", id="encrypted"),
        pytest.param(
            patch(STORED, central(STORED, 1) + 42, "<L", 0),
            "zip-overlap",
            id="two entries for one member (CVE-2024-0450)",
        ),
        pytest.param(
            forge(STORED, 0, compressed_size=800), "zip-overlap", id="a member inside another"
        ),
        pytest.param(
            forge(PLAIN, 1, compressed_size=9999), "zip-overlap", id="a member beyond the end"
        ),
        pytest.param(patch(PLAIN, end(PLAIN) + 8, "<HH", 3, 3), "zip-damaged", id="count"),
        pytest.param(patch(PLAIN, central(PLAIN, 1), "<H", 0), "zip-damaged", id="no entry"),
        pytest.param(
            patch(PLAIN, central(PLAIN, 1) + 28, "<H", 9999), "zip-damaged", id="endless name"
        ),
        pytest.param(
            patch(PLAIN, end(PLAIN) + 16, "<L", 9999), "zip-damaged", id="directory behind its end"
        ),
        pytest.param(
            patch(PLAIN, end(PLAIN) + 12, "<L", 9999), "zip-damaged", id="directory in front"
        ),
        pytest.param(
            patch(PLAIN, end(PLAIN) + 16, "<L", 0xFFFFFFFF), "zip-damaged", id="ZIP64 without end"
        ),
        pytest.param(
            patch(PLAIN, end(PLAIN) + 16, "<L", 0xFFFFFFFF).replace(
                b"PK\x05\x06", LOCATOR + b"PK\x05\x06"
            ),
            "zip-damaged",
            id="ZIP64 end elsewhere (CVE-2025-8291)",
        ),
        pytest.param(patch(PLAIN, end(PLAIN) + 4, "<H", 2), "zip-divided", id="divided"),
    ],
)
def test_refused_whole(data: bytes, code: str) -> None:
    """An archive in which nothing can be trusted is refused in one sentence, with advice."""
    assert refusal(data).code == code


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        pytest.param(ZipLimits(max_members=1), "zip-directory-too-large", id="members"),
        pytest.param(ZipLimits(max_directory=90), "zip-directory-too-large", id="directory"),
        pytest.param(ZipLimits(max_total=1500), "zip-bomb", id="total"),
    ],
)
def test_limits(limits: ZipLimits, code: str) -> None:
    """What an archive declares is held against the limits before anything is unpacked."""
    assert refusal(pack(("a", b"x" * 1000), ("b", b"x" * 1000)), limits).code == code


def test_a_bomb_by_declaration() -> None:
    """An archive that says that it unpacks to more than 20 GiB is refused by its directory."""
    data = pack(*((f"{number}", b"x") for number in range(6)))
    for number in range(6):
        data = forge(data, number, size=0xFFFFFFFE)

    assert refusal(data).code == "zip-bomb"


# --- Members that cannot be read ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "code", "said"),
    [
        pytest.param({"flags": 1}, "encrypted", "password", id="encrypted"),
        pytest.param({"flags": 0x41}, "encrypted", "password", id="strongly encrypted"),
        pytest.param({"flags": 1, "method": 99}, "encrypted", "password", id="AES"),
        pytest.param({"method": 99}, "zip-method", "method", id="AES without the flag"),
        pytest.param({"method": 12}, "zip-method", "unpack", id="bzip2"),
        pytest.param({"method": 14}, "zip-method", "unpack", id="LZMA"),
        pytest.param({"method": 4711}, "zip-method", "4711", id="unknown method"),
        pytest.param({"size": 200 << 20}, "zip-bomb", "209,715,200 bytes", id="bomb"),
    ],
)
def test_a_bad_member_says_why(values: dict[str, int], code: str, said: str) -> None:
    """A member that cannot be read carries the reason, and the others are read as ever."""
    bad, good = members(forge(pack(("bad", CHAT), ("good", CHAT)), **values))

    assert bad.problem is not None
    assert bad.problem.code == code
    assert said in bad.problem.text
    assert read(good) == CHAT
    with pytest.raises(BadInputError) as caught:
        read(bad)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        pytest.param(stat.S_IFLNK | 0o777, "zip-link", id="symbolic link"),
        pytest.param(stat.S_IFCHR, "zip-special", id="device"),
        pytest.param(stat.S_IFIFO, "zip-special", id="pipe"),
    ],
)
def test_what_is_no_file(mode: int, code: str) -> None:
    """A link or a device in an archive is not read."""
    (member,) = members(pack(("a.json", b"/etc/passwd"), mode=mode))

    assert member.problem is not None
    assert member.problem.code == code


def test_a_name_with_nul() -> None:
    """A name that would end early elsewhere is shown as it is, and the member is not read."""
    (member,) = members(pack(("a.json_.exe", CHAT)).replace(b"json_", b"json\0"))

    assert member.name == "a.json␀.exe"
    assert member.problem is not None
    assert member.problem.code == "zip-name"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=str)
@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param({"crc": 1}, "check sum", id="wrong CRC"),
        pytest.param({"size": 400}, "holds more than", id="more than declared"),
        pytest.param({"size": 600}, "holds less than", id="less than declared"),
        pytest.param({"size": 0}, "holds more than", id="declared empty"),
    ],
)
def test_a_member_that_lies(method: int, values: dict[str, int], said: str) -> None:
    """A member whose bytes are not what was declared is found out while it is read."""
    bad, good = members(
        forge(pack(("bad.json", os.urandom(500)), ("good", CHAT), method=method), **values)
    )
    with pytest.raises(BadInputError, match=said) as caught:
        read(bad)

    assert caught.value.code == "zip-member-damaged"
    assert "bad.json" in caught.value.message
    assert read(good) == CHAT


def test_nothing_is_unpacked_beyond_what_is_declared() -> None:
    """A bomb that declares ten bytes gives no more than the reader asked for, then an error."""
    (member,) = members(forge(pack(("bad", b"\0" * 50_000_000)), size=10))
    with member.open() as stream, pytest.raises(BadInputError, match="more than"):
        stream.read(1)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda data: data.replace(b"PK\x03\x04", b"PK\0\0", 1), id="no local header"),
        pytest.param(lambda data: data[:26] + b"\xff\xff" + data[28:], id="runs into the next"),
        pytest.param(lambda data: data[:40] + b"\xff" * 20 + data[60:], id="data overwritten"),
    ],
)
def test_a_damaged_member(spoil: Callable[[bytes], bytes]) -> None:
    """Damage inside a member costs this member and no other."""
    bad, good = members(spoil(pack(("bad", os.urandom(300)), ("good", CHAT))))
    with pytest.raises(BadInputError) as caught:
        read(bad)

    assert caught.value.code == "zip-member-damaged"
    assert read(good) == CHAT


def test_a_disk_that_fails_is_not_the_archives_fault() -> None:
    """When the file cannot be read the error says to try again, not that the input is bad."""

    class FailingFile(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002 - the disk is gone
            raise OSError(5, "Input/output error")

    with pytest.raises(BusyError, match="Input/output error"):
        open_zip(FailingFile(pack(("a", CHAT))))


@settings(max_examples=300)
@given(st.data())
def test_any_damage_is_survived(data: st.DataObject) -> None:
    """Whatever is overwritten or cut off, there are members, problems, or an error of polylogue's."""
    packed = bytearray(pack(("a.json", CHAT * 9), ("b/", b""), ("ü.bin", bytes(range(99)))))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(packed) - 1))
        packed[start : start + 2] = data.draw(st.binary(max_size=3))
    try:
        found = members(bytes(packed))
    except PolylogueError:
        return
    for member in found:
        try:
            read(member)
        except PolylogueError:
            continue


def test_looks_like_zip() -> None:
    """An archive is told by its first bytes, also an empty or a divided one."""
    assert looks_like_zip(pack(("a", b""))[:4])
    assert looks_like_zip(pack())
    assert not looks_like_zip(b"PK")
    assert not looks_like_zip(b"")
