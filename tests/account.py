"""One ChatGPT account as its exports tell it: five generations, each with something of its own.

What one lacks another has: bytes of an attachment, its name, a thumb, a continued chat, a branch,
a title. Used where the order, repetition or choice of imports must not matter.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import chatgpt_exports as exports

PICTURE, SOUND = "file-" + "A" * 24, "file_" + "0b" * 16
_MADE = {PICTURE: ("sea.png", exports.png()), SOUND: ("hum.wav", b"RIFF\0\0\0\0WAVEfmt " * 40)}


def write_exports(folder: Path) -> dict[str, Path]:
    """Write the account's exports into `folder` and return them by name, oldest first."""
    thumb = {"id": "c2-2", "conversation_id": "c2", "rating": "thumbs_up", "content": "{}"}
    library = {"file_id": SOUND, "file_name": "a hum.wav", "mime_type": "audio/wav"}
    early, late = _early(), _late()
    picture, sound = ({ref: _MADE[ref]} for ref in (PICTURE, SOUND))
    return {
        "classic": exports.export_zip(
            folder / "classic.zip",
            early,
            assets=picture,
            extra_members={"message_feedback.json": exports.dump([thumb])},
        ),
        "sharded": exports.export_zip(
            folder / "sharded.zip",
            late,
            generation="sharded",
            extra_members={"library_files.json": exports.dump([library])},
        ),
        "dat": exports.export_zip(folder / "dat.zip", late[:1], generation="dat", assets=sound),
        "slim": exports.export_zip(folder / "slim.zip", early, generation="slim"),
        "array": exports.write_json(folder / "conversations.json", [*early[:1], *late[-1:]]),
    }


def _early() -> list[exports.Object]:
    tea = exports.conversation("c1", "Tea", "Which tea?", "Green.")
    seen = exports.message("c2-9", "user", exports.image(PICTURE), "What is this?", at=300.0)
    sea = exports.conversation("c2", "Sea", "Look:", "I look.", seen, "It is red.")
    exports.branch(sea, "c2-2", "I would rather not.")
    return [tea, sea, exports.conversation("c3", None, "No title?", "None.")]


def _late() -> list[exports.Object]:
    tea = exports.conversation(
        "c1", "Tea and cake", "Which tea?", "Green.", "And cake?", "Plum.", update_time=None
    )
    heard = exports.message("c4-9", "user", exports.image(SOUND), "And this?", at=400.0)
    hum = exports.conversation("c4", "Hum", "Listen:", "I listen.", heard, "It hums.")
    shell = exports.conversation("c3", "Found its title")
    return [tea, hum, shell]


def write_zip(path: Path, members: Mapping[str, bytes] | list[tuple[str, bytes]]) -> Path:
    """Write a ZIP with these members, as an export has them, and return its path."""
    pairs = members.items() if isinstance(members, Mapping) else members
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in pairs:
            info = zipfile.ZipInfo(name, (2025, 6, 15, 12, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return path
