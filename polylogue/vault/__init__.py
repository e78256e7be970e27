"""The only room that writes to the output folder.

The vault belongs to a person, who edits, renames, deletes and adds files while polylogue writes.
Two rules follow, and every function here keeps them: a file that polylogue did not write is never
changed and never removed, and a note that a person edited is put aside before anything takes its
place. What polylogue wrote is told by the manifest, a list of `Entry` values that the caller keeps.

    root.py     is this the vault, and is it there at all: the marker file, the disk
    folders.py  descriptors of folders, reached without following a symlink
    entries.py  the records, and the one question: what lies at this path now?
    drafts.py   a hidden temporary file, filled and then given its name
    aside.py    where edited notes are kept
    survey.py   the light scan, and what a crash left behind
    faults.py   which errors stop the vault, and which block one file
    writer.py   `Vault`: write, check, read, sweep
"""

from polylogue.vault.entries import Drift, Entry, Reason, Written
from polylogue.vault.writer import Vault

__all__ = ["Drift", "Entry", "Reason", "Vault", "Written"]
