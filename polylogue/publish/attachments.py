"""The files that chats show → files of the vault, each written once however many chats show it."""

from msgspec import structs

from polylogue.errors import ArchiveError
from polylogue.model import StoredAttachment, StoredConversation
from polylogue.publish.files import as_entry, as_written
from polylogue.publish.texts import Texts
from polylogue.render import names
from polylogue.store import manifest
from polylogue.store.archive import Archive
from polylogue.store.manifest import ViewFile
from polylogue.store.objects import object_bytes
from polylogue.vault import Entry, Vault


class Attachments:
    """Writes attachments; `written` are those whose rows wait to be recorded, by object or page.

    `blocked` are paths at which a file of somebody else stands.
    """

    def __init__(self, archive: Archive, vault: Vault) -> None:
        self.written: dict[int | str, ViewFile] = {}
        self.blocked: list[str] = []
        self._connection = archive.connection
        self._vault = vault
        self._texts = Texts(archive, vault, self.written, self.blocked)

    def shown(self, row_id: int, conversation: StoredConversation) -> StoredConversation:
        """Return the conversation with the paths of its files, after writing those."""
        return self._texts.shown(row_id, self._with_bytes(conversation))

    def _with_bytes(self, conversation: StoredConversation) -> StoredConversation:
        if not any(message.attachments for message in conversation.messages):
            return conversation
        messages = tuple(
            structs.replace(message, attachments=tuple(map(self._shown, message.attachments)))
            for message in conversation.messages
        )
        return structs.replace(conversation, messages=messages)

    def _shown(self, attachment: StoredAttachment) -> StoredAttachment:
        """Return the attachment with its path in the vault, where it is written once."""
        if attachment.object_id is None:
            return attachment
        known = self.written.get(attachment.object_id) or manifest.object_file(
            self._connection, attachment.object_id
        )
        path = names.attachment_path(attachment.sha256.hex(), attachment.name, attachment.mime_type)
        file = known or ViewFile(names.path_key(path), path, None, attachment.object_id)
        try:
            written = self._vault.write_stream(
                Entry(path=file.path, sha256=attachment.sha256, size=attachment.size or 0),
                object_bytes(self._connection, attachment.object_id),
                mtime_ms=None,
                previous=as_entry(file),
            )
        except (
            ArchiveError
        ):  # `verify` says which bytes are damaged; the note is shown without them
            return structs.replace(attachment, status="missing")
        if written.entry is None:
            self.blocked.append(file.path)
            return attachment
        self.written[attachment.object_id] = as_written(file, written.entry)
        return structs.replace(attachment, path=file.path)
