"""Use case: the archive → notes in any folder, by a manifest of the folder's own."""

from dataclasses import dataclass
from pathlib import Path

from polylogue.errors import UsageError
from polylogue.publish import Progress, look, publish
from polylogue.publish.notes import Report
from polylogue.publish.pages import ALWAYS
from polylogue.publish.target import Target
from polylogue.store.events import get_meta, set_meta
from polylogue.store.outside import (
    HIDDEN,
    forget_rendered,
    mark_changed,
    mark_rendered,
    open_outside,
)
from polylogue.store.pages import mark_all_pages
from polylogue.vault.root import MARKER


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which conversations are rendered: of a provider, active since (ms), also unchanged ones."""

    provider: str | None = None
    since: int | None = None
    force: bool = False


def render(archive: Path, target: Target, chosen: Chosen, *, progress: Progress) -> Report:
    """Render what changed since the last time into `target`; the archive is only read.

    What is missing there comes back; what was rendered before and is not chosen now stays. Raises
    UsageError when the folder is a vault, or shows another archive, VaultError when it cannot be
    written.
    """
    _check(target.root)
    with open_outside(target.root, archive) as outside:
        with outside.transaction() as connection:
            fresh = get_meta(connection, "rendered_by") != target.fingerprint
            if fresh or chosen.force:
                forget_rendered(connection)
                mark_all_pages(connection, ALWAYS)
                set_meta(connection, "rendered_by", target.fingerprint)
            mark_changed(connection, provider=chosen.provider, since=chosen.since)
        look(outside, target)
        report = publish(outside, target, progress=progress)
        with outside.transaction() as connection:
            mark_rendered(connection)
        return report


def _check(root: Path) -> None:
    """Refuse a vault, whose notes another manifest knows."""
    if (root / MARKER).exists() and not (root / HIDDEN).exists():
        raise UsageError(
            f"The folder {root} is a vault, which polylogued keeps current.",
            advice="Name another folder with --out, or run `polylogue ctl rerender`.",
            code="out-is-a-vault",
        )
