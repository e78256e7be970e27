"""The pages by which notes are found: written last, those on which something changed.

    plan      choose paths for new pages, render                        (no transaction)
    intend    one transaction: these bytes are about to go to these paths
    write     the files
    record    one transaction: this is how they are now, and their marks go

As with notes, a kill in between repeats work. A page that a person edited stays so until what
polylogue would write there changes; then the edited copy goes to `_edited`.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from polylogue.publish.files import as_entry, as_written
from polylogue.publish.formats import HTML
from polylogue.publish.own_words import OwnWords
from polylogue.publish.target import Target
from polylogue.render import names
from polylogue.render.line import wikilink
from polylogue.render.pages import PageRenderer, Section
from polylogue.store import manifest, pages
from polylogue.store.archive import Archive
from polylogue.store.manifest import ViewFile
from polylogue.store.pages import PageEntry
from polylogue.vault import Vault

INDEX: Final = "index:"
DASHBOARD: Final = "dashboard:"
#: Pages that there are whatever is in the archive.
ALWAYS: Final = (INDEX, DASHBOARD)

_BATCH: Final = 50  # pages
_UNDATED: Final = "undated"
_ORDER: Final = {"month": 0, "project": 1, "provider": 2}  # those behind link to those before
_KINDS: Final = {"project": "Projects", "memory": "Memory"}


class Pages:
    """Writes the pages of one vault."""

    def __init__(self, archive: Archive, vault: Vault, target: Target) -> None:
        self._archive = archive
        self._connection = archive.connection
        self._vault = vault
        self._renderer = PageRenderer(target.options, target.overrides)
        self._options = target.options
        self._formats = target.formats
        self._wanted = target.pages
        self._own = OwnWords(archive, vault)

    def publish(self) -> int:
        """Write the pages that are marked; return how many changed. Raises VaultError.

        Afterwards none is marked, also of those that nobody wants: they are marked again by the
        change of the configuration that asks for them.
        """
        marked, unwanted = self._marked()
        if unwanted:
            with self._archive.transaction() as connection:
                for page in unwanted:
                    pages.clear_page(connection, page)
        marked.sort(key=lambda page: _ORDER.get(page.partition(":")[0], 3))
        self._give_paths(marked)
        batches = (marked[at : at + _BATCH] for at in range(0, len(marked), _BATCH))
        return sum(map(self._write, batches))

    def _marked(self) -> tuple[list[str], list[str]]:
        """Return the marked pages, those that are wanted and those that are not."""
        marked: tuple[list[str], list[str]] = ([], [])
        for page in pages.dirty_pages(self._connection):
            marked[not (self._wanted and page_format(page) in self._formats)].append(page)
        return marked

    # --- Writing ---------------------------------------------------------------------------------

    def _give_paths(self, marked: Iterable[str]) -> None:
        """Choose the paths of pages that have none, which stay as they are from then on."""
        new = [page for page in marked if manifest.page_file(self._connection, page) is None]
        if not new:
            return
        with self._archive.transaction() as connection:
            for page in new:
                path = self._free(_path(page), page)
                file = ViewFile(names.path_key(path), path, None, None, page=page)
                manifest.record(connection, [file])

    def _free(self, path: str, page: str) -> str:
        if manifest.path_taken(self._connection, names.path_key(path)):
            return names.with_suffix(path, page)
        return path

    def _write(self, marked: Sequence[str]) -> int:
        """Write pages; return how many changed. A file of somebody else in the place of one stays."""
        changed = [new for page in marked if (new := self._changed(page))]
        if changed:
            with self._archive.transaction() as connection:
                manifest.record(connection, [file for file, _data in changed])
        done = [file for new in changed if (file := self._put(*new))]
        with self._archive.transaction() as connection:
            manifest.record(connection, done)
            for page in marked:
                pages.clear_page(connection, page)
        return len(done)

    def _changed(self, page: str) -> tuple[ViewFile, bytes] | None:
        """Return the row and the bytes of a page that must be written, None if it is as it should be."""
        known = manifest.page_file(self._connection, page)
        if known is None:
            return None
        data = self._text(page).encode()
        wanted = hashlib.sha256(data).digest()
        file = self._own.read(known)
        if wanted == file.sha256 and file.intent is None and not self._is_missing(file):
            return None
        return replace(file, intent=wanted), data

    def _is_missing(self, file: ViewFile) -> bool:
        entry = as_entry(file)
        return entry is None or any(drift.kind == "missing" for drift in self._vault.check([entry]))

    def _put(self, file: ViewFile, data: bytes) -> ViewFile | None:
        written = self._vault.write(file.path, data, mtime_ms=None, previous=as_entry(file))
        return as_written(file, written.entry) if written.entry else None

    # --- What stands on them ---------------------------------------------------------------------

    def _text(self, page: str) -> str:
        kind, _, key = page.partition(":")
        texts: Mapping[str, Callable[[str], str]] = {
            "month": self._month,
            "project": self._project,
            "provider": self._provider,
            "index": self._index,
            "dashboard": lambda _key: self._renderer.dashboard(),
            "html": self._html,
        }
        return texts[kind](key)

    def _month(self, month: str) -> str:
        sections: dict[str, list[str]] = {}
        for entry in pages.of_month(self._connection, month):
            sections.setdefault(entry.provider, []).append(_line(entry))
        shown = [Section(provider, lines) for provider, lines in sections.items()]
        return self._renderer.index(month or _UNDATED, shown, self._link(INDEX))

    def _project(self, project: str) -> str:
        entries = pages.of_project(self._connection, project)
        about = [entry for entry in entries if entry.kind == "project"]
        chats = [_line(entry) for entry in entries if entry.kind != "project"]
        title = about[0].title if about else project
        shown = [Section("About", [_line(entry) for entry in about]), Section("Chats", chats)]
        return self._renderer.index(title, shown, self._link(INDEX))

    def _provider(self, provider: str) -> str:
        months = reversed(pages.months(self._connection, provider))
        shown = [Section("Months", [self._link(f"month:{month}") for month in months])]
        for kind, heading in _KINDS.items():
            entries = pages.of_kind(self._connection, kind, provider)
            shown.append(Section(heading, [_line(entry) for entry in entries]))
        return self._renderer.index(provider, shown, self._link(INDEX))

    def _index(self, _key: str) -> str:
        connection = self._connection
        providers, projects = pages.providers(connection), pages.projects(connection)
        months = reversed(pages.months(connection))
        shown = [
            Section("Providers", [self._link(f"provider:{name}") for name in providers]),
            Section("Projects", [self._link(f"project:{name}") for name in projects]),
            Section("Months", [self._link(f"month:{name}") for name in months]),
        ]
        return self._renderer.index("Index", shown)

    def _html(self, _key: str) -> str:
        from polylogue.render.html import HtmlRenderer, IndexEntry  # noqa: PLC0415 - see `formats`

        entries = (
            IndexEntry(
                title=one.title, path=one.path, provider=one.provider, date=one.day, text=one.text
            )
            for one in pages.excerpts(self._connection)
        )
        return HtmlRenderer(self._options).index(entries)

    def _link(self, page: str) -> str:
        file = manifest.page_file(self._connection, page)
        return wikilink(file.path if file else _path(page))


def page_format(page: str) -> str:
    """Return the format to whose files a page leads."""
    return HTML if page == pages.HTML_INDEX else manifest.MARKDOWN


def _path(page: str) -> str:
    """Return where a page stands, if no other does."""
    kind, _, key = page.partition(":")
    match kind:
        case "month":
            return f"_index/Months/{key or _UNDATED}.md"
        case "project" | "provider":
            return f"_index/{kind.capitalize()}s/{names.file_stem(key)}.md"
        case "dashboard":
            return "Chats.base"
        case "html":
            return "index.html"
        case _:
            return "_index/Index.md"


def _line(entry: PageEntry) -> str:
    """Return a line that leads to a conversation."""
    return wikilink(entry.path, f"{entry.day} {entry.title}".strip())
