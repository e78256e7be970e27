"""What notes a dirty conversation needs: parts, formats, paths, text. Writes attachments only.

A path is chosen when a note is rendered for the first time, and never again. A note that names a
conversation which has no path yet does without the link, and waits for it.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count

from msgspec import structs

from polylogue.model import StoredConversation
from polylogue.publish.attachments import Attachments
from polylogue.publish.formats import FORMATS, HTML, Format
from polylogue.publish.own_words import OwnWords, with_words
from polylogue.publish.target import Target
from polylogue.render import names
from polylogue.render.dates import began, local
from polylogue.render.note import Neighbours
from polylogue.store import links, manifest
from polylogue.store.archive import Archive
from polylogue.store.dirty import Mark
from polylogue.store.links import Waiting
from polylogue.store.load import load
from polylogue.store.manifest import MARKDOWN, ViewFile
from polylogue.store.pages import Excerpt, PageEntry
from polylogue.store.session_parts import NO_LINES, Lines, parts_of
from polylogue.store.words import NoteKey
from polylogue.vault import Vault


@dataclass(frozen=True, slots=True)
class Note:
    """A note about to be written; `file.intent` is the hash of `data`.

    `is_last` says that with it all is written that the mark stands for; `entry` is what pages say
    of the conversation, if they shall, `found` what the index of HTML pages finds it by.
    """

    mark: Mark
    conversation_id: str
    file: ViewFile
    data: bytes
    mtime_ms: int | None
    is_last: bool
    entry: PageEntry | None = None
    found: Excerpt | None = None

    def renamed(self) -> "Note":
        """Return the note under a name of its own; one that has been there before stays put."""
        if self.file.sha256 is not None:
            return self
        path = FORMATS[self.file.format].with_suffix(self.file.path, self.conversation_id)
        file = replace(self.file, path=path, path_key=names.path_key(path))
        return replace(
            self,
            file=file,
            entry=self.entry and self.entry._replace(path=path),
            found=self.found and self.found._replace(path=path),
        )


class Planner:
    """Plans notes. What it gave out must be recorded before its paths are forgotten (`recorded`).

    `waiting` are the links that were not made, `linked` those to notes that were never written yet.
    """

    def __init__(self, archive: Archive, vault: Vault, target: Target) -> None:
        self.waiting: list[Waiting] = []
        self.linked: list[Waiting] = []
        self.attachments = Attachments(archive, vault)
        self.words = OwnWords(archive, vault)
        self._connection = archive.connection
        self._target = target
        self._renderers = {
            name: FORMATS[name].renderer(target.options, target.overrides)
            for name in target.formats
        }
        self._taken: set[str] = set()
        self._paths: dict[tuple[int, str], str] = {}

    def plan(self, mark: Mark) -> Iterator[Note]:
        """Yield the notes that a conversation needs: those of the parts that changed."""
        parts = parts_of(self._connection, mark.conversation)
        all_files = {name: self._files(mark.conversation, name) for name in self._renderers}
        parts += [NO_LINES] * (max(map(_known_parts, all_files.values())) - len(parts))
        first = {name: _first(parts, files, mark.line) for name, files in all_files.items()}
        for part in range(min(first.values()), len(parts) + 1):
            lines = parts[part - 1]
            conversation = self._shown(load(self._connection, mark.conversation, lines))
            shown = self.attachments.shown(mark.conversation, conversation)
            wanted = [name for name, number in first.items() if number <= part]
            for name in wanted:
                files = all_files[name]
                self._choose_paths(
                    name, conversation, mark.conversation, files, min(part + 1, len(parts))
                )
                neighbours = None if lines is None else _neighbours(files, part)
                path_of = partial(
                    self._path_of, name, conversation.provider, mark.conversation, lines
                )
                text = self._renderers[name].note(shown, path_of, neighbours, files[part].path)
                is_last = part == len(parts) and name == wanted[-1]
                yield self._note(mark, conversation, files[part], text, is_last=is_last)

    def _shown(self, conversation: StoredConversation) -> StoredConversation:
        """Return what is to be shown of a conversation."""
        if self._target.branches:
            return conversation
        taken = tuple(stored for stored in conversation.messages if stored.branch == 0)
        return structs.replace(conversation, messages=taken)

    def _files(self, row_id: int, name: str) -> dict[int, ViewFile]:
        return {file.part: file for file in manifest.notes_of(self._connection, row_id, name)}

    def _note(
        self,
        mark: Mark,
        conversation: StoredConversation,
        file: ViewFile,
        text: str,
        *,
        is_last: bool,
    ) -> Note:
        """Return a note with the person's words, which are read before it is written again."""
        file = self.words.read(file)
        data = text.encode()
        if FORMATS[file.format].has_words:
            key = NoteKey(conversation.provider, conversation.conversation_id, file.part)
            data = with_words(data, self.words.below(key))
        return Note(
            mark,
            conversation.conversation_id,
            replace(file, intent=hashlib.sha256(data).digest()),
            data,
            conversation.last_activity,
            is_last,
            self._entry(conversation, file),
            self._found(conversation, file),
        )

    def _found(self, conversation: StoredConversation, file: ViewFile) -> Excerpt | None:
        """Return by what the index of HTML pages finds a conversation, when this is its first page."""
        if not self._target.pages or (file.format, file.part) != (HTML, 1):
            return None
        from polylogue.render.html import excerpt  # noqa: PLC0415 - see `formats`

        return Excerpt(
            file.conversation or 0,
            conversation.provider,
            self._day(conversation),
            " ".join(conversation.head.title.split()),
            file.path,
            excerpt(conversation),
        )

    def _day(self, conversation: StoredConversation) -> str:
        began_at = local(began(conversation), self._target.timezone)
        return str(began_at.date()) if began_at else ""

    def _entry(self, conversation: StoredConversation, file: ViewFile) -> PageEntry | None:
        """Return what pages say of a conversation, when this is the note to which they link."""
        if not self._target.pages or (file.format, file.part) != (MARKDOWN, 1):
            return None
        head = conversation.head
        return PageEntry(
            file.conversation or 0,
            conversation.provider,
            head.kind,
            head.project or (head.title if head.kind == "project" else ""),
            self._day(conversation),
            " ".join(head.title.split()),
            file.path,
        )

    def recorded(self) -> None:
        """Forget what was chosen and found for notes that the archive knows now."""
        self._taken.clear()
        self._paths.clear()
        self.waiting.clear()
        self.linked.clear()

    # --- Paths -----------------------------------------------------------------------------------

    def _choose_paths(
        self,
        name: str,
        conversation: StoredConversation,
        row_id: int,
        files: dict[int, ViewFile],
        last: int,
    ) -> None:
        """Choose the paths of all parts up to `last` that have none, in one format."""
        for part in range(1, last + 1):
            if part in files:
                continue
            path = self._free(
                FORMATS[name],
                self._wanted(FORMATS[name], conversation, files, part),
                conversation.conversation_id,
            )
            files[part] = ViewFile(names.path_key(path), path, row_id, None, part=part, format=name)
            self._taken.add(files[part].path_key)
            self._paths.setdefault((row_id, name), files[1].path)

    def _wanted(
        self,
        format_: Format,
        conversation: StoredConversation,
        files: dict[int, ViewFile],
        part: int,
    ) -> str:
        if part > 1:
            return format_.part_path(files[1].path, part)
        target = self._target
        return format_.path(names.note_path(conversation, target.layout, target.timezone))

    def _free(self, format_: Format, path: str, conversation_id: str) -> str:
        """Return `path`; with the conversation's id in it when another note has that path."""
        key = names.path_key(path)
        if key in self._taken or manifest.path_taken(self._connection, key):
            return format_.with_suffix(path, conversation_id)
        return path

    # --- Links -----------------------------------------------------------------------------------

    def _path_of(
        self, name: str, provider: str, source: int, lines: Lines | None, conversation_id: str
    ) -> str | None:
        """Return the path of the note of another conversation, and write down who waits for it."""
        waiting = Waiting(provider, conversation_id, source, lines.first if lines else 0)
        row_id = links.find(self._connection, provider, conversation_id)
        if row_id is not None and (row_id, name) in self._paths:
            self.linked.append(waiting)
            return self._paths[row_id, name]
        files = [] if row_id is None else manifest.notes_of(self._connection, row_id, name)
        if not files:
            self.waiting.append(waiting)
            return None
        if files[0].sha256 is None:
            self.linked.append(waiting)
        return files[0].path


def _known_parts(files: dict[int, ViewFile]) -> int:
    return max(files, default=1)


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
