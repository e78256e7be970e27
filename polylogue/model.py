"""The records that flow through polylogue, from parsers to rows to notes.

A parser turns the bytes of one document into records: a `Conversation`, what a side file says about
one (`AssetName`, `Feedback`), or a `Problem`. The store keeps records as rows and gives a
`Conversation` back to be rendered. Records are plain values: no I/O, no clock.

Rules that every record keeps:

- times are integer milliseconds since the epoch, UTC;
- ids are the provider's own strings, never validated, never invented from a file name or a position;
- text is valid Unicode without NUL (`parsers.text.clean` mends what is not; the bytes stay in tier 1);
- a message's parts are in reading order, and everything that was in the message is in some part:
  what is not understood is an `Unknown` part and an entry of `Conversation.unknowns`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

Json: TypeAlias = Any
Role: TypeAlias = Literal["user", "assistant", "system", "tool"]


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A plain, immutable value."""


# --- Parts: what a message is made of ------------------------------------------------------------


class Source(Record, frozen=True):
    """One thing that a citation points at: a web page (`url`) or a file (`ref`, a provider's id)."""

    title: str = ""
    url: str = ""
    ref: str = ""
    quote: str = ""


class Citation(Record, frozen=True):
    """Sources for the text that ends at `at`, an offset in code points into `Text.text`."""

    at: int
    sources: tuple[Source, ...]


class Text(Record, frozen=True, tag="text", tag_field="type"):
    """Markdown as the person or the model wrote it, without the provider's private markers."""

    text: str
    citations: tuple[Citation, ...] = ()


class Thinking(Record, frozen=True, tag="thinking", tag_field="type"):
    """Reasoning that the model showed; `seconds` is how long it thought, when known."""

    text: str = ""
    title: str = ""
    seconds: float | None = None


class ToolCall(Record, frozen=True, tag="tool_call", tag_field="type"):
    """The model calls a tool. `input` is text as a person reads it; `language` says how.

    `title` says in a few words what is done (a path, a command's description). `language` is that of
    a fence (`bash`, `diff`, `json`…), or `markdown` for what is prose or a list. A call that started
    another conversation of the same provider, such as a sub-agent's, names it in `conversation_id`.
    """

    name: str
    input: str = ""
    language: str = "text"
    call_id: str = ""
    title: str = ""
    conversation_id: str = ""


class ToolResult(Record, frozen=True, tag="tool_result", tag_field="type"):
    """What a tool gave back. `call_id` names the call, when known."""

    name: str = ""
    output: str = ""
    language: str = "text"
    call_id: str = ""
    is_error: bool = False
    exit_code: int | None = None


class Attachment(Record, frozen=True, tag="attachment", tag_field="type"):
    """A file in the chat: an image, audio, a document. `ref` is the provider's id of the file.

    `caption` is what stands for it in words (an image prompt, a transcript belongs in a Text part);
    `extracted_text` is the text that the provider read out of it; `size` is in bytes.
    """

    ref: str = ""
    name: str = ""
    mime_type: str = ""
    size: int | None = None
    width: int | None = None
    height: int | None = None
    caption: str = ""
    extracted_text: str = ""


class Artifact(Record, frozen=True, tag="artifact", tag_field="type"):
    """A version of a document that grew beside the chat (canvas, artifact), whole after this step."""

    artifact_id: str
    title: str = ""
    language: str = "markdown"
    version: int | None = None
    text: str = ""


class Quote(Record, frozen=True, tag="quote", tag_field="type"):
    """A passage from elsewhere that entered the chat: a web page, a retrieved file, a search hit."""

    text: str
    source: Source


class Context(Record, frozen=True, tag="context", tag_field="type"):
    """What the machine put in front of the model: custom instructions, memory, environment."""

    title: str
    text: str


class Notice(Record, frozen=True, tag="notice", tag_field="type"):
    """Something that happened, in one line: an error, an interruption, a compaction.

    `kind` is a short word such as `error` or `memory`; it becomes the callout's label.
    """

    kind: str
    text: str


class Unknown(Record, frozen=True, tag="unknown", tag_field="type"):
    """What no parser understands, under the provider's own name, with its JSON as it came."""

    kind: str
    json: str


Part: TypeAlias = (
    Text
    | Thinking
    | ToolCall
    | ToolResult
    | Attachment
    | Artifact
    | Quote
    | Context
    | Notice
    | Unknown
)


# --- Conversations -------------------------------------------------------------------------------


class Message(Record, frozen=True):
    """One message. `parent_id` is the `message_id` it answers, None at a root.

    `author` is who spoke beyond the role (the tool's name, a custom GPT); `hidden` says that the
    provider does not show it. `metadata` holds what a reader may want beyond the parts, under the
    provider's own names, and nothing that vendors shuffle from export to export.

    `line` is the number, from 1, of the line or element of the file where the message began, for
    chats that are told in order and shown in that order; None where the tree of parents decides.
    """

    message_id: str
    role: Role
    parts: tuple[Part, ...] = ()
    parent_id: str | None = None
    author: str = ""
    model: str = ""
    timestamp: int | None = None
    hidden: bool = False
    line: int | None = None
    metadata: dict[str, Json] = {}


class UnknownKind(Record, frozen=True):
    """An entry of the ledger: at `path` of the format stood `count` times something of `kind`."""

    path: str
    kind: str
    count: int = 1


class Fold(Record, frozen=True):
    """So many input records of this kind were understood and are no message of their own.

    Part of another message, repeated, or bookkeeping. Counted for `import --explain` and in tests.
    """

    kind: str
    count: int = 1


#: How far a title is to be trusted: made from the first words, from the provider, by the person.
TITLE_DERIVED, TITLE_GIVEN, TITLE_CHOSEN = -1, 0, 1

HeadKind: TypeAlias = Literal["chat", "project", "memory"]
Relation: TypeAlias = Literal["", "sub-agent", "fork", "continuation"]


class Head(Record, frozen=True):
    """What one version of a conversation says about itself. Empty means: this version is silent.

    `current_id` is the `message_id` of the leaf that was shown last; `project` the provider's id or
    name of the folder; `metadata` as in Message (for example `custom_gpt`, `archived`, `starred`).
    Of two titles the one with the higher `title_trust` stays. A conversation that came out of
    another one of the same provider names it in `parent_id`, and says in `relation` how. What is no
    chat but stands as a note of its own has another `kind`; its messages have no speakers.
    `line` is how far down in a file of lines this was said: what comes further down is newer, also
    where it has no time, as titles often have none.
    """

    kind: HeadKind = "chat"
    title: str = ""
    title_trust: int = TITLE_GIVEN
    parent_id: str = ""
    relation: Relation = ""
    created_at: int | None = None
    updated_at: int | None = None
    account: str = ""
    project: str = ""
    model: str = ""
    url: str = ""
    current_id: str = ""
    line: int = 0
    metadata: dict[str, Json] = {}


class Conversation(Record, frozen=True):
    """One conversation as one document tells it."""

    provider: str
    conversation_id: str
    head: Head
    messages: tuple[Message, ...] = ()
    unknowns: tuple[UnknownKind, ...] = ()
    folds: tuple[Fold, ...] = ()


class About(Record, frozen=True):
    """What a side file says of a conversation that other files tell, such as its title.

    It is kept until that conversation comes, and makes none by itself.
    """

    conversation_id: str
    head: Head


class Blob(Record, frozen=True):
    """The bytes of a file that stood inside a document, as an image in base64 does.

    `ref` is the provider's id of the file where it has one, else `sha256:` and the hash of `data`;
    an `Attachment` with this ref shows it.
    """

    ref: str
    data: bytes
    name: str = ""
    mime_type: str = ""


class AssetName(Record, frozen=True):
    """A side file gives a name to a provider's file id."""

    ref: str
    name: str = ""
    mime_type: str = ""


class Feedback(Record, frozen=True):
    """A person's thumb on a message."""

    message_id: str
    rating: str
    comment: str = ""
    created_at: int | None = None


class Problem(Record, frozen=True):
    """Something in a document that could not be read, in one sentence for a person.

    `code` is stable and kebab-case; `where` says which part of the document, without its text.
    """

    code: str
    text: str
    where: str = ""


class Carry(Record, frozen=True):
    """What the reader of a session must know to go on with the lines that come next: opaque bytes.

    The last record of each group of lines.
    """

    state: bytes


Parsed: TypeAlias = Conversation | About | Blob | AssetName | Feedback | Problem | Carry


# --- Documents: what a parser is given -----------------------------------------------------------


class Document(Record, frozen=True):
    """The bytes of one conversation, session or side file, and what is known of them besides.

    `name` is the member's name (a hint at most), `modified_at` its time, `uri` where it came from.
    A source that knows the conversation's id, title or times, which some files do not tell, gives
    them. For a session, `data` is a group of whole lines, the first of which has the number `line`,
    and `state` is the `Carry` of the group before, empty at the beginning of the file.
    """

    data: bytes
    name: str = ""
    modified_at: int | None = None
    uri: str = ""
    conversation_id: str = ""
    title: str = ""
    created_at: int | None = None
    line: int = 1
    state: bytes = b""


class Arrival(Record, frozen=True):
    """Something settled that a source found: a file or a folder on this machine.

    `origin` is the source's name (`inbox`, `import`, `session`, `drive`), `uri` where it came from.
    `name` is what the archive calls a file whose own name does not say enough.
    """

    path: Path
    origin: str
    uri: str = ""
    name: str = ""


def readable(parts: Sequence[Part]) -> str:
    """Return the text that a person reads and searches in `parts`, blocks parted by blank lines."""
    return "\n\n".join(text for part in parts for text in _texts(part) if text)


def _texts(part: Part) -> Iterator[str]:
    match part:
        case Text(text=text):
            yield text
        case Thinking(title=title, text=text) | Context(title=title, text=text):
            yield title
            yield text
        case Artifact(title=title, text=text):
            yield title
            yield text
        case ToolCall(input=text) | ToolResult(output=text) | Notice(text=text):
            yield text
        case Attachment(name=name, caption=caption, extracted_text=text):
            yield name
            yield caption
            yield text
        case Quote(text=text, source=source):
            yield source.title
            yield text
        case Unknown():
            return


# --- Read back from the rows, to be rendered ------------------------------------------------------

AttachmentStatus: TypeAlias = Literal[
    "stored", "not_in_export", "forbidden", "missing", "too_large"
]


class StoredAttachment(Record, frozen=True):
    """What became of one `Attachment` part: its bytes are in tier 1 (`stored`), or why not.

    `object_id` is the archive's id of the bytes and `sha256` their hash; `path` is where the vault
    shows them, relative, set by the caller of the renderer.
    """

    status: AttachmentStatus
    name: str = ""
    mime_type: str = ""
    size: int | None = None
    object_id: int | None = None
    sha256: bytes = b""
    path: str = ""


class StoredMessage(Record, frozen=True):
    """A message with its place. `branch` 0 is the path taken; `position` is the depth in the tree.

    `attachments` runs parallel to the `Attachment` parts of the message, in their order. `texts` says
    which parts, by their number, the vault has as files of text, and where; set by the caller of the
    renderer.
    """

    message: Message
    branch: int = 0
    position: int = 0
    attachments: tuple[StoredAttachment, ...] = ()
    feedback: Feedback | None = None
    texts: dict[int, str] = {}


class StoredConversation(Record, frozen=True):
    """A conversation as the archive knows it: all versions united, ordered by (branch, position).

    The first message of a branch other than 0 has as `parent_id` the message where it forks.
    """

    provider: str
    conversation_id: str
    head: Head
    messages: tuple[StoredMessage, ...] = ()

    @property
    def last_activity(self) -> int | None:
        """The time of the last message; what the head says when no message has a time."""
        times = [m.message.timestamp for m in self.messages if m.message.timestamp is not None]
        return max(times) if times else self.head.updated_at or self.head.created_at
