"""A person and polylogue work in one vault, in any order: nothing that the person wrote is lost.

Whatever begins with `person` was written by the person, wherever it is now; whatever begins with
`polylogue` can be made again. Around each operation of the vault all that is the person's is
compared. Only the note in hand may leave its place, and then it is found in `_edited`.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from polylogue.vault import Drift, Entry, Vault, Written

NOTES = st.sampled_from(["top.md", "a/1.md", "a/b", "a/b/1.md"])
PLACES = NOTES | st.sampled_from(["a", "_edited", "_edited/a/1.md"])
TIMES = st.sampled_from([1, 1_700_000_000_000, None])


def belongings(folder: Path) -> dict[str, bytes]:
    """Return the person's files and symlinks below `folder`."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for path in (Path(parent, name) for name in (*folders, *files)):
            if path.is_symlink():
                found[str(path.relative_to(folder))] = b"-> " + os.fsencode(path.readlink())
            elif path.is_file() and (data := path.read_bytes()).startswith(b"person"):
                found[str(path.relative_to(folder))] = data
    return found


def touch(file: Path) -> None:
    """Change the time of a file."""
    os.utime(file, (5, 5))


def restore(file: Path) -> None:
    """Put the same bytes back in a new file."""
    data = file.read_bytes()
    file.unlink()
    file.write_bytes(data)


def cut(file: Path) -> None:
    """Cut the power: a note of polylogue's is an empty file afterwards."""
    if file.read_bytes().startswith(b"polylogue"):
        os.truncate(file, 0)
        os.utime(file, (5, 5))


class VaultMachine(RuleBasedStateMachine):
    """The rules of both: first polylogue's, then the person's."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.root = self.home / "vault"
        self.outside = self.home / "outside"
        (self.outside / "b").mkdir(parents=True)
        self.manifest: dict[str, Entry] = {}
        self.past: list[Entry] = []
        self.disk: str | None = None
        self.serial = 0
        self.stack = ExitStack()
        self.reopen()

    def teardown(self) -> None:
        """Close the vault and remove it."""
        self.stack.close()
        shutil.rmtree(self.home)

    def new_text(self) -> bytes:
        """Return a text that the person never wrote before, as long as a note of polylogue's."""
        self.serial += 1
        return b"person    %06d" % self.serial

    def careful(self, path: str, operation: Callable[[], Written]) -> Written:
        """Do something to the note `path`, and see that nothing of the person's is lost."""
        before, outside = belongings(self.root), belongings(self.outside)
        result = operation()
        after = belongings(self.root)

        moved = before.keys() - after.keys()
        assert moved <= {path}
        if moved:
            after[path] = after.pop(result.saved)
        assert after == before
        assert belongings(self.outside) == outside
        return result

    # --- polylogue -------------------------------------------------------------------------------

    def reopen(self) -> None:
        """Restart."""
        self.stack.close()
        opened = Vault.open(self.root, marker_id="mine", disk=self.disk)
        self.vault = self.stack.enter_context(opened)
        self.disk = self.vault.disk

    @rule(path=NOTES, version=st.integers(0, 2), mtime_ms=TIMES)
    def write(self, path: str, version: int, mtime_ms: int | None) -> None:
        """Write a note: it is there with its bytes, or something of the person's blocks it."""
        data = b"polylogue %06d" % version
        previous = self.manifest.get(path)

        result = self.careful(
            path,
            lambda: self.vault.write(path, data, mtime_ms=mtime_ms, previous=previous),
        )

        if result.entry is None:
            assert result.outcome == "blocked"
            assert not previous or self.slow_look(previous) != "same"
            return
        assert self.is_reachable(path)
        assert (self.root / path).read_bytes() == data
        assert result.entry.sha256 == hashlib.sha256(data).digest()
        assert bool(result.saved) == (result.outcome == "edited")
        self.manifest[path] = result.entry
        self.past.append(result.entry)

    @rule()
    def check(self) -> None:
        """Check, and see that a slow look at each file says the same."""
        drifts = {drift.entry.path: drift for drift in self.vault.check(self.manifest.values())}

        for path, entry in self.manifest.items():
            drift = drifts.get(path)
            assert self.slow_look(entry) == (_lasting(drift) if drift else "same")
            if drift and drift.now:
                self.manifest[path] = drift.now

    @precondition(lambda self: self.past)
    @rule(data=st.data(), lost=st.booleans())
    def restore_database(self, data: st.DataObject, *, lost: bool) -> None:
        """Go back to an older row of the manifest, or to none, as after a crash before a commit."""
        entry = data.draw(st.sampled_from(self.past))
        self.manifest[entry.path] = entry
        if lost:
            del self.manifest[entry.path]

    @rule(before=st.sampled_from(["nothing", "nothing", "marker", "everything"]))
    def restart(self, before: str) -> None:
        """Restart, perhaps after the person deleted the marker or the vault."""
        if before == "everything":
            shutil.rmtree(self.root)
        if before == "marker":
            (self.root / ".polylogue").unlink()
        self.reopen()

    # --- The person ------------------------------------------------------------------------------

    @rule(path=PLACES, longer=st.booleans())
    def save(self, path: str, *, longer: bool) -> None:
        """Save a file, new or known, as Obsidian does."""
        with suppress(OSError):
            (self.root / path).write_bytes(self.new_text() + b"!" * longer)

    @rule(path=NOTES)
    def save_by_rename(self, path: str) -> None:
        """Save with an editor that replaces the file, even keeping its time.

        Not its size as well: the new file may get an old inode number, and then no stat can tell.
        """
        target = self.root / path
        with suppress(OSError):
            times = target.stat().st_atime_ns, target.stat().st_mtime_ns
            draft = self.home / "draft"
            draft.write_bytes(self.new_text() + b"!")
            os.utime(draft, ns=times)
            draft.replace(target)

    @rule(path=PLACES)
    def delete(self, path: str) -> None:
        """Delete a file or a folder."""
        target = self.root / path
        with suppress(OSError):
            if target.is_dir() and not target.is_symlink():
                shutil.rmtree(target)
            else:
                target.unlink()

    @rule(path=PLACES, other=PLACES, out=st.booleans())
    def move(self, path: str, other: str, *, out: bool) -> None:
        """Move something within the vault, or out of it."""
        with suppress(OSError):
            (self.root / path).rename((self.outside if out else self.root) / other)

    @rule(path=NOTES, change=st.sampled_from([touch, restore, cut]))
    def disturb(self, path: str, change: Callable[[Path], None]) -> None:
        """Do what tools and accidents do to a file."""
        target = self.root / path
        if target.is_file() and not target.is_symlink():
            change(target)

    @rule(path=PLACES, to=st.sampled_from(["folder", "outside", "outside/b", "gone", "vault/a"]))
    def obstruct(self, path: str, to: str) -> None:
        """Make a folder or a symlink."""
        with suppress(OSError):
            if to == "folder":
                (self.root / path).mkdir(parents=True)
            else:
                (self.root / path).symlink_to(self.home / to)

    @rule(path=PLACES)
    def keep_elsewhere(self, path: str) -> None:
        """Move a file or a folder out, and put a symlink in its place."""
        self.serial += 1
        elsewhere = self.outside / f"moved {self.serial}"
        with suppress(OSError):
            (self.root / path).rename(elsewhere)
            (self.root / path).symlink_to(elsewhere)

    # --- What both can see -----------------------------------------------------------------------

    @invariant()
    def no_draft_is_left(self) -> None:
        """No operation leaves a temporary file."""
        assert not list(self.home.rglob(".plg-*"))

    def is_reachable(self, path: str) -> bool:
        """Say whether there is a way to `path` on which nothing is a symlink."""
        here = self.root / path
        return here.exists() and here.resolve() == self.root.resolve() / path

    def slow_look(self, entry: Entry) -> str:
        """Say what a check should find, by following the path name by name."""
        here = self.root
        *folders, name = entry.path.split("/")
        for folder in folders:
            here /= folder
            if not os.path.lexists(here):
                return "missing"
            if here.is_symlink() or not here.is_dir():
                return "blocked"
        here /= name
        if not os.path.lexists(here):
            return "missing"
        if here.is_symlink() or not here.is_file():
            return "blocked"
        data = here.read_bytes()
        if hashlib.sha256(data).digest() == entry.sha256:
            return "same"
        return "edited" if data else "missing"


def _lasting(drift: Drift) -> str:
    return "same" if drift.kind == "touched" else drift.kind


VaultMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
TestVaultMachine = VaultMachine.TestCase
