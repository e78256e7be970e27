"""Dropped things whose file is no longer in the inbox although nobody wrote down how they ended.

Either a kill came between moving a file away and writing that down, or a person took back what was
waiting. The first is told by the file being where it was moved to; the second needs no telling.
"""

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from polylogue.daemon.state import now_ms
from polylogue.sources.inbox import DONE, FAILED
from polylogue.store.archive import Archive
from polylogue.store.events import add_event
from polylogue.store.inbox import FINAL, InboxItem, drop_items, inbox_items, put_item

_SAID = {
    "imported": "It was read and moved to Done; polylogue was stopped before it could say more.",
    "failed": "It could not be read; the note beside it says why.",
}


def settle_gone(archive: Archive, root: Path, present: Collection[str]) -> None:
    """Bring to an end what was being read or waited, and is not among the stored names `present`."""
    gone = [
        item
        for item in inbox_items(archive.connection)
        if item.state not in FINAL and item.name not in present
    ]
    if not gone:
        return
    ended = [_ended(item, root) for item in gone]
    with archive.transaction() as connection:
        drop_items(connection, (item.name for item in gone))
        for item in ended:
            if item.state in FINAL:
                put_item(connection, item)
            event = f"inbox.{item.state if item.state in FINAL else 'gone'}"
            fields = {"name": item.name, "size": item.size, "code": item.code, "said": item.reason}
            add_event(connection, item.changed_at, "info", event, fields)


def _ended(item: InboxItem, root: Path) -> InboxItem:
    """Return the item in the state that the place of its file tells; as it is when there is none."""
    if item.state == "reading":
        for folder, state in ((DONE, "imported"), (FAILED, "failed")):
            if os.path.lexists(root / folder / item.name):
                return replace(item, state=state, reason=_SAID[state], changed_at=now_ms())
    return replace(item, changed_at=now_ms())
