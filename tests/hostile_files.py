"""Everything broken, hostile or odd that may be dropped into an inbox, and what must become of it.

A `Trap` builds one thing at a path. Whatever holds a chat that can be read holds conversations whose
ids begin with the trap's own name, so that traps can be dropped one after another.
"""

import io
import json
import os
import shutil
import socket
import struct
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import chatgpt_exports as exports


@dataclass(frozen=True, slots=True)
class Trap:
    """A thing to drop under `name`; the `state` it ends in, words of the reason, chats it adds."""

    label: str
    name: str
    build: Callable[[Path], object]
    state: str
    words: str = ""
    chats: int = 0


def _chat(key: str, **fields: object) -> exports.Object:
    return exports.conversation(key, f"Title of {key}", "Question?", "Answer.", **fields)


def _array(*chats: exports.Object) -> bytes:
    return exports.dump(list(chats))


def _zip(*members: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # duplicate names are the point of one trap
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def _file(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def _json_text(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text, "utf-8")


# --- ZIPs that lie --------------------------------------------------------------------------------

_CENTRAL = b"PK\x01\x02"


def _encrypted() -> bytes:
    """Return a ZIP whose member says that it is encrypted."""
    data = bytearray(_zip(("conversations.json", _array(_chat("encrypted")))))
    data[6] |= 1
    data[data.index(_CENTRAL) + 8] |= 1
    return bytes(data)


def _bomb(declared: int | None = None) -> bytes:
    """Return a ZIP of 150 MiB of zeros; `declared` is what it says of its size instead."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:  # noqa: SIM117 - one at a time
        with archive.open("conversations.json", "w") as member:
            for _ in range(150):
                member.write(bytes(1 << 20))
    data = bytearray(out.getvalue())
    if declared is not None:
        struct.pack_into("<I", data, 22, declared)
        struct.pack_into("<I", data, data.index(_CENTRAL) + 24, declared)
    return bytes(data)


def _overlapping() -> bytes:
    """Return a ZIP whose directory names one member twice: small here, large when unpacked."""
    data = _zip(("conversations.json", _array(_chat("overlapping"))))
    start, end = data.index(_CENTRAL), data.rindex(b"PK\x05\x06")
    entry, record = data[start:end], bytearray(data[end:])
    struct.pack_into("<HHI", record, 8, 2, 2, 2 * len(entry))
    return data[:start] + entry * 2 + bytes(record)


def _odd_member_names() -> bytes:
    """Return a ZIP with member names that are no UTF-8."""
    whole = _zip(("conversations.json", _array(_chat("odd-members"))), ("XXX.json", b"[]"))
    return whole.replace(b"XXX", b"\xff\xfe\xe9")


def _parts() -> bytes:
    parts = [_zip((f"conversations-00{n}.json", _array(_chat(f"parts-{n}")))) for n in (1, 2)]
    return _zip(("export-part1of2.zip", parts[0]), ("export-part2of2.zip", parts[1]))


def _nested(depth: int) -> bytes:
    data = _zip(("conversations.json", _array(_chat("nested"))))
    for level in range(depth):
        data = _zip((f"level{level}.zip", data))
    return data


_SLIP = (
    "../../../../escaped.json",
    "/tmp/polylogue-escaped.json",  # noqa: S108 - where it must not end
    "..\\..\\escaped.json",
    "C:\\escaped.json",
)

# --- Things that are no files ---------------------------------------------------------------------


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{os.open(path.parent, os.O_RDONLY)}/{path.name}")


def _folder(path: Path, member: str = "conversations.json", link: str = "") -> None:
    """Make a folder under another name first, so that it is dropped whole."""
    draft = path.with_name(".draft")
    draft.mkdir()
    key = path.name.encode("ascii", "replace").decode()
    (draft / member).write_bytes(_array(_chat(key)))
    if link:
        (draft / "link.json").symlink_to(link)
    draft.rename(path)


def _huge_zip_in_folder(path: Path) -> None:
    draft = path.with_name(".draft")
    draft.mkdir()
    (draft / "conversations.json").write_bytes(_array(_chat("folder-zip")))
    (draft / "attachment.zip").write_bytes(_bomb())
    shutil.move(draft, path)


def _undecodable(stem: bytes, ending: str) -> str:
    return os.fsdecode(stem + b"\xff") + ending


_DEEP = b"[" * 100_000 + b"]" * 100_000
_DEEP_CHAT = b'[{"title": "x", "mapping": ' + b'{"a": ' * 50_000 + b"1" + b"}" * 50_000 + b"}]"
_SURROGATE = json.dumps([exports.conversation("half", "\ud83d", "Half \ud83d a face?", "Yes.")])
_NAN = json.dumps([_chat("nan", create_time=float("nan"), update_time=float("inf"))])
_LARGE_NUMBER = json.dumps([_chat("large", create_time=10**400, update_time=-1e300)])
_LONG = exports.conversation("huge", "Huge", "x" * (6 << 20), "Answer.")

TRAPS = (
    # ZIPs
    Trap("password", "encrypted.zip", _file(_encrypted()), "failed", "encrypted"),
    Trap("bomb-declared", "bomb.zip", lambda p: p.write_bytes(_bomb()), "failed", "would unpack"),
    Trap("bomb-lying", "lie.zip", lambda p: p.write_bytes(_bomb(1000)), "failed", "1,000 bytes"),
    Trap("bomb-overlapping", "overlap.zip", _file(_overlapping()), "failed", "over one another"),
    Trap("parts-in-a-zip", "outer.zip", _file(_parts()), "imported", chats=2),
    Trap("zips-too-deep", "deep.zip", _file(_nested(3)), "failed", "Nothing in"),
    Trap(
        "re-zipped-on-a-mac",
        "mac.zip",
        _file(
            _zip(
                ("export/conversations.json", _array(_chat("mac"))),
                ("__MACOSX/export/._conversations.json", b"\0\5\x16\7[{}]"),
                ("export/.DS_Store", b"[1"),
            )
        ),
        "imported",
        chats=1,
    ),
    Trap(
        "two-members-of-one-name",
        "twins.zip",
        _file(_zip(*(("conversations.json", _array(_chat(f"twin-{n}"))) for n in (1, 2)))),
        "imported",
        chats=2,
    ),
    Trap("members-not-utf8", "members.zip", _file(_odd_member_names()), "imported", chats=1),
    Trap(
        "zip-slip",
        "slip.zip",
        _file(_zip(*((name, _array(_chat(f"slip-{n}"))) for n, name in enumerate(_SLIP)))),
        "imported",
        chats=len(_SLIP),
    ),
    # Names
    Trap(
        "name-not-utf8",
        _undecodable(b"bad", ".json"),
        _file(_array(_chat("undecodable"))),
        "imported",
        chats=1,
    ),
    Trap(
        "name-not-utf8-large",
        _undecodable(b"large", ".json"),
        lambda p: p.write_bytes(
            _array(_chat("undecodable-large"), _LONG | {"id": "", "conversation_id": "huge-too"})
        ),
        "imported",
        chats=2,
    ),
    Trap(
        "name-not-utf8-stranger", _undecodable(b"odd", ".txt"), _file(b"[{}"), "failed", "odd\\xff"
    ),
    Trap("name-not-utf8-empty-zip", _undecodable(b"zip", ".zip"), _file(_zip()), "failed", "."),
    Trap(
        "folder-and-member-not-utf8",
        _undecodable(b"folder", ""),
        lambda p: _folder(p, _undecodable(b"conversations", ".json")),
        "imported",
        chats=1,
    ),
    Trap(
        "name-of-two-lines", "two\nlines.json", _file(_array(_chat("lines"))), "imported", chats=1
    ),
    Trap("name-as-long-as-can-be", "n" * 250 + ".json", _file(b"[{}]"), "failed", "Nothing in it"),
    Trap(
        "name-that-is-markup", "<b>&[[x]].json", _file(_array(_chat("markup"))), "imported", chats=1
    ),
    # JSON
    Trap("deep", "deep.json", _file(_DEEP), "failed", "Nothing in it"),
    Trap("deep-chat", "deep-chat.json", _file(_DEEP_CHAT), "failed", "."),
    Trap("lone-surrogate", "surrogate.json", _json_text(_SURROGATE), "imported", chats=1),
    Trap("nan-and-infinity", "nan.json", _json_text(_NAN), "imported", chats=1),
    Trap("numbers-too-large", "large.json", _json_text(_LARGE_NUMBER), "imported", chats=1),
    Trap("bom", "bom.json", _file(b"\xef\xbb\xbf" + _array(_chat("bom"))), "imported", chats=1),
    Trap("huge-string", "huge.json", lambda p: p.write_bytes(_array(_LONG)), "imported", chats=1),
    Trap("empty-array", "array.json", _file(b"[]"), "failed", "Nothing in it"),
    Trap("utf-16", "utf16.json", lambda p: p.write_text("[{}]", "utf-16"), "failed", "UTF-16"),
    Trap(
        "an-id-that-is-a-path",
        "path.json",
        _file(_array(_chat("../../../../escaped"), _chat("/tmp/escaped"))),  # noqa: S108
        "imported",
        chats=2,
    ),
    Trap(
        "one-bad-among-good",
        "among.json",
        _file(b'[{"mapping": 7}, ' + _array(_chat("among")).removeprefix(b"[")),
        "partial",
        chats=1,
    ),
    # No files
    Trap("pipe", "pipe.json", os.mkfifo, "failed", "pipe"),
    Trap("socket", "socket.json", _socket, "failed", "socket"),
    Trap("link-to-a-folder", "linked", lambda p: p.symlink_to("/etc"), "failed", "link"),
    Trap("link-to-a-file", "l.json", lambda p: p.symlink_to("/etc/passwd"), "failed", "link"),
    Trap("link-to-nothing", "no.json", lambda p: p.symlink_to("nowhere"), "failed", "link"),
    Trap("link-to-itself", "me.json", lambda p: p.symlink_to(p), "failed", "link"),
    Trap("empty-folder", "hollow", lambda p: p.mkdir(), "failed", "empty folder"),
    Trap(
        "folder-with-a-link",
        "linking",
        lambda p: _folder(p, link="/etc/passwd"),
        "partial",
        "link.json",
        chats=1,
    ),
    Trap("folder-with-a-bomb", "bombing", _huge_zip_in_folder, "imported", chats=1),
)
