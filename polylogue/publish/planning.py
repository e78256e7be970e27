"""What notes a dirty conversation needs: its parts, their paths, their text. Writes attachments only.

A path is chosen when a note is rendered for the first time, and never again. A note that names a
conversation which has no path yet does without the link, and waits for it.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count

from polylogue.model import StoredConversation
from polylogue.publish.attachments import Attachments
from polylogue.publish.files import as_written
from polylogue.render import names
from polylogue.render.note import Neighbours, Renderer
from polylogue.store import links, manifest
from polylogue.store.archive import Archive
from polylogue.store.dirty import Mark
from polylogue.store.links import Waiting
from polylogue.store.load import load
from polylogue.store.manifest import ViewFile
from polylogue.store.session_parts import NO_LINES, Lines, parts_of
from polylogue.vault import Vault

_LARGEST = 256 << 20  # bytes of a note that is read back to see whether it is the one intended


@dataclass(frozen=True, slots=True)
class Note:
    """A note about to be written; `file.intent` is the hash of `data`.

    `is_last` says that with it all is written that the mark stands for.
    """

    mark: Mark
    conversation_id: str
    file: ViewFile
    data: bytes
    mtime_ms: int | None
    is_last: bool

    def renamed(self) -> "Note":
        """Return the note under a name of its own; one that has been there before stays put."""
        if self.file.sha256 is not None:
            return self
        path = names.with_suffix(self.file.path, self.conversation_id)
        return replace(self, file=replace(self.file, path=path, path_key=names.path_key(path)))


class Planner:
    """Plans notes. What it gave out must be recorded before its paths are forgotten (`recorded`).

    `waiting` are the links that were not made, `linked` those to notes that were never written yet.
    """

    def __init__(self, archive: Archive, vault: Vault, renderer: Renderer, layout: str) -> None:
        self.waiting: list[Waiting] = []
        self.linked: list[Waiting] = []
        self.attachments = Attachments(archive, vault)
        self._connection = archive.connection
        self._vault = vault
        self._renderer = renderer
        self._layout = layout
        self._taken: set[str] = set()
        self._paths: dict[int, str] = {}

    def plan(self, mark: Mark) -> Iterator[Note]:
        """Yield the notes that a conversation needs: those of the parts that changed."""
        parts = parts_of(self._connection, mark.conversation)
        files = {file.part: file for file in manifest.notes_of(self._connection, mark.conversation)}
        parts += [NO_LINES] * (max(files, default=1) - len(parts))
        for part in range(_first(parts, files, mark.line), len(parts) + 1):
            lines = parts[part - 1]
            conversation = load(self._connection, mark.conversation, lines)
            self._choose_paths(conversation, mark.conversation, files, min(part + 1, len(parts)))
            neighbours = None if lines is None else _neighbours(files, part)
            path_of = partial(self._path_of, conversation.provider, mark.conversation, lines)
            shown = self.attachments.shown(conversation)
            data = self._renderer.note(shown, path_of, neighbours).encode()
            file = replace(self._sound(files[part]), intent=hashlib.sha256(data).digest())
            yield Note(
                mark,
                conversation.conversation_id,
                file,
                data,
                conversation.last_activity,
                part == len(parts),
            )

    def recorded(self) -> None:
        """Forget what was chosen and found for notes that the archive knows now."""
        self._taken.clear()
        self._paths.clear()
        self.waiting.clear()
        self.linked.clear()

    # --- Paths -----------------------------------------------------------------------------------

    def _choose_paths(
        self, conversation: StoredConversation, row_id: int, files: dict[int, ViewFile], last: int
    ) -> None:
        """Choose the paths of all parts up to `last` that have none."""
        for part in range(1, last + 1):
            if part in files:
                continue
            if part == 1:
                timezone = self._renderer.options.timezone
                wanted = names.note_path(conversation, self._layout, timezone)
            else:
                wanted = names.part_path(files[1].path, part)
            path = self._free(wanted, conversation.conversation_id)
            files[part] = ViewFile(names.path_key(path), path, row_id, None, part=part)
            self._taken.add(files[part].path_key)
            self._paths.setdefault(row_id, files[1].path)

    def _free(self, path: str, conversation_id: str) -> str:
        """Return `path`; with the conversation's id in it when another note has that path."""
        key = names.path_key(path)
        if key in self._taken or manifest.path_taken(self._connection, key):
            return names.with_suffix(path, conversation_id)
        return path

    def _sound(self, file: ViewFile) -> ViewFile:
        """Return the row of a note; put right when polylogue was killed while it was being written."""
        if file.intent is None:
            return file
        found = self._vault.read(file.path, limit=_LARGEST)
        if found is not None and found[1].sha256 == file.intent:
            return as_written(file, found[1])
        return file

    # --- Links -----------------------------------------------------------------------------------

    def _path_of(
        self, provider: str, source: int, lines: Lines | None, conversation_id: str
    ) -> str | None:
        """Return the path of the note of another conversation, and write down who waits for it."""
        waiting = Waiting(provider, conversation_id, source, lines.first if lines else 0)
        row_id = links.find(self._connection, provider, conversation_id)
        if row_id in self._paths:
            self.linked.append(waiting)
            return self._paths[row_id]
        files = [] if row_id is None else manifest.notes_of(self._connection, row_id)
        if not files:
            self.waiting.append(waiting)
            return None
        if files[0].sha256 is None:
            self.linked.append(waiting)
        return files[0].path


def _first(parts: list[Lines | None], files: dict[int, ViewFile], line: int) -> int:
    """Return the first part that must be rendered when a conversation changed from `line` on.

    That is the part which has the line, or the one before the first that was never written: it does
    not say yet that it goes on.
    """
    changed = sum(1 for lines in parts if lines is None or lines.first <= line)
    new = next(part for part in count(1) if part not in files or files[part].sha256 is None)
    return max(1, min(changed, new - 1))


def _neighbours(files: dict[int, ViewFile], part: int) -> Neighbours:
    before, after = files.get(part - 1), files.get(part + 1)
    return Neighbours(part, before.path if before else "", after.path if after else "")
