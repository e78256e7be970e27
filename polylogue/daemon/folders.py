"""The folders that a first start makes: the inbox, and the one that the vault is to be in.

Each is made once. Later, a folder that is missing may be on a disk that is not connected; made anew, it
would lie below the empty mount point and be hidden once the disk is back. So it is waited for: the
scanner warns of a missing inbox, the vault of its own. So it is with what cannot be made, too.
"""

import json
from pathlib import Path

from polylogue.config import Config
from polylogue.sources.inbox import is_ours
from polylogue.store.archive import Archive
from polylogue.store.events import get_meta, set_meta

_MADE = "folders_made"  # in meta: the paths of these folders


def make_folders(archive: Archive, config: Config) -> None:
    """Make what no earlier start made or found, and mark an empty inbox as polylogue's."""
    inbox = config.paths.inbox
    known = set(json.loads(get_meta(archive.connection, _MADE) or "[]"))
    wanted = {str(inbox), str(config.paths.vault.parent)}
    made = {folder for folder in wanted - known if _make(Path(folder))}
    if made:
        with archive.transaction() as connection:
            set_meta(connection, _MADE, json.dumps(sorted(known | made)))
    if str(inbox) in made:
        is_ours(inbox)


def _make(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return True
