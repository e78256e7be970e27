"""What becomes of the original: moved away, left, or deleted; and what a kill in between leaves.

    read → written down how it ended → set apart, and compared with what was read → Done/ or Failed/
         → written down where it is

By the time a file has been read, its name may lead to another one. So it is set apart under a hidden
name first; if that is not what was read, it goes back and is found by the scanner like anything new.
After a kill, what was set apart goes back, and a row that still says `reading` is brought to its end:
the import tells how it ended, and the file is known again by its inode, size and time.
"""

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import msgspec

from polylogue.daemon.state import now_ms
from polylogue.errors import BusyError
from polylogue.sources.files import Stamp, any_stamp, is_same, stamp, stored_name, translated
from polylogue.sources.filing import file_away, set_apart, write_reason
from polylogue.sources.inbox import DONE, FAILED
from polylogue.store.archive import Archive
from polylogue.store.events import add_event
from polylogue.store.inbox import (
    FINAL,
    InboxItem,
    drop_items,
    import_status,
    inbox_items,
    put_item,
)

#: What an item is called whose import ended so.
STATES = {"ok": "imported", "partial": "partial"}

_NEED_A_PERSON = ("failed", "partial")
_STAMP: msgspec.json.Decoder[Stamp] = msgspec.json.Decoder(Stamp)
_INTERRUPTED = "It was read and moved away; polylogue was stopped before it could say more."


def encoded(seen: Stamp) -> str:
    """Return what a thing looked like, as the archive keeps it."""
    return msgspec.json.encode(seen).decode()


def decoded(item: InboxItem) -> Stamp:
    """Return what the thing looked like."""
    return _STAMP.decode(item.stamp)


def put_away(path: Path, item: InboxItem, after: str) -> InboxItem:
    """Move what was read out of the inbox, as `after` (after_import) says; return where it is now.

    What is at `path` but is not what was read stays. Raises BusyError when it cannot be moved.
    """
    if after == "leave":
        return item
    with set_apart(path) as thing:
        if not is_same(any_stamp(thing), decoded(item)):
            return replace(item, place=None)
        if after == "delete" and item.state not in _NEED_A_PERSON and thing.is_file():
            with translated(path):
                thing.unlink()
            return replace(item, place=None)
        moved = file_away(thing, path.parent / (FAILED if item.state == "failed" else DONE))
    if item.state in _NEED_A_PERSON:
        with suppress(BusyError):  # a full disk; `ctl inbox` says the same
            write_reason(moved, item.reason, advice=item.advice, code=item.code)
    return replace(item, place=f"{moved.parent.name}/{stored_name(moved.name)}")


def as_left(path: Path, item: InboxItem) -> InboxItem:
    """Return the item after it could not be moved: as it lies there now, or nowhere."""
    try:
        return replace(item, stamp=encoded(any_stamp(path)))
    except BusyError:
        return replace(item, place=None)


# --- After a kill, and after a person's hand ------------------------------------------------------


def settle_gone(archive: Archive, root: Path, present: Collection[str]) -> list[InboxItem]:
    """Bring to an end what is not among the stored names `present` any more; return what is left."""
    known = inbox_items(archive.connection)
    lying = {
        f"{folder}/{stored_name(n)}" for folder in (DONE, FAILED) for n in _names(root / folder)
    }
    lying.update(present)
    gone = [item for item in known if item.place not in lying and _matters(item)]
    if not gone:
        return known
    with archive.transaction() as connection:
        drop_items(connection, gone)
        for item in gone:
            left = _left(archive, item, root)
            if left is not None:
                put_item(connection, left)
            if item.state not in FINAL:
                event = f"inbox.{left.state if left else 'gone'}"
                said = {"code": item.code, "said": left.reason if left else ""}
                fields = {"name": item.name, "size": item.size, **said}
                add_event(connection, now_ms(), "info", event, fields)
    return inbox_items(archive.connection)


def _matters(item: InboxItem) -> bool:
    """Whether it makes a difference that the item's file is not at its place."""
    return item.in_inbox or item.state in _NEED_A_PERSON


def _left(archive: Archive, item: InboxItem, root: Path) -> InboxItem | None:
    """Return what is to be known of an item whose file is gone; None when it is not worth a row.

    What was being read has ended, or was taken back. What waited was taken back. What failed or lacks
    a part needs nobody any more.
    """
    if item.state == "reading":
        return _ended(archive, item, root)
    return replace(item, place=None) if item.state in ("imported", "duplicate") else None


def _ended(archive: Archive, item: InboxItem, root: Path) -> InboxItem | None:
    """Return how the reading of an item ended; None when it did not."""
    place = next(_places(root, decoded(item)), None)
    item = replace(item, place=place, changed_at=now_ms(), reason=item.reason or _INTERRUPTED)
    if item.import_id is not None:
        status = import_status(archive.connection, item.import_id)
        return replace(item, state=STATES.get(status, "failed"))
    return replace(item, state="failed") if place and place.startswith(FAILED) else None


def _places(root: Path, wanted: Stamp) -> Iterator[str]:
    """Yield where in `Done/` and `Failed/` lies what looked like `wanted`."""
    for folder in (DONE, FAILED):
        for name in _names(root / folder):
            path = root / folder / name
            with suppress(BusyError):
                if stamp(path).ino == wanted.ino and is_same(any_stamp(path), wanted):
                    yield f"{folder}/{stored_name(name)}"


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - plain names
    except OSError:
        return []
