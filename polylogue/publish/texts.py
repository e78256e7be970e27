"""Documents that grew in a chat, and long texts of files without bytes → files of the vault.

Each is there once: its path tells its bytes. It belongs to the first conversation that shows it,
whose note brings it back when it is missing.
"""

import hashlib

from msgspec import structs

from polylogue.model import Artifact, Attachment, StoredConversation, StoredMessage
from polylogue.publish.files import as_entry, as_written
from polylogue.render.names import path_key
from polylogue.render.text_files import TextFile, text_file
from polylogue.store import manifest
from polylogue.store.archive import Archive
from polylogue.store.manifest import ViewFile, text_page
from polylogue.vault import Entry, Vault

_KINDS = frozenset({Artifact, Attachment})


class Texts:
    """Writes texts. Those whose rows wait to be recorded go into `written`, by their page.

    `blocked` takes the paths at which a file of somebody else stands.
    """

    def __init__(
        self, archive: Archive, vault: Vault, written: dict[int | str, ViewFile], blocked: list[str]
    ) -> None:
        self._rows = written
        self._blocked = blocked
        self._connection = archive.connection
        self._vault = vault

    def shown(self, row_id: int, conversation: StoredConversation) -> StoredConversation:
        """Return the conversation with the paths of its texts, after writing those."""
        told = conversation.messages
        if not any(type(part) in _KINDS for stored in told for part in stored.message.parts):
            return conversation
        messages = tuple(self._with_texts(row_id, stored) for stored in told)
        return structs.replace(conversation, messages=messages)

    def _with_texts(self, row_id: int, stored: StoredMessage) -> StoredMessage:
        files = iter(stored.attachments)
        texts: dict[int, str] = {}
        for j, part in enumerate(stored.message.parts):
            bytes_of = next(files, None) if type(part) is Attachment else None
            text = text_file(part) if bytes_of is None or not bytes_of.path else None
            if text and (path := self._written(row_id, text)):
                texts[j] = path
        return structs.replace(stored, texts=texts) if texts else stored

    def _written(self, row_id: int, text: TextFile) -> str:
        """Return the path of a text, after writing it; '' where it cannot stand."""
        data = text.text.encode()
        sha256 = hashlib.sha256(data).digest()
        path = text.path(sha256.hex())
        page = text_page(row_id, path)
        known = self._rows.get(page) or manifest.text_at(self._connection, path_key(path))
        file = known or ViewFile(path_key(path), path, None, None, page=page)
        written = self._vault.write_stream(
            Entry(path=file.path, sha256=sha256, size=len(data)),
            [data],
            mtime_ms=None,
            previous=as_entry(file),
        )
        if written.entry is None:
            self._blocked.append(file.path)
            return ""
        self._rows[file.page or page] = as_written(file, written.entry)
        return file.path
