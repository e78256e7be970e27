"""One message → its blocks, and whose voice it is.

Hidden messages and the system's have no voice, and are folded; what happened, told in one line, is
not. Where no one speaks, as in the note of a project, nothing is folded that is there to be read.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import structs

from polylogue.model import (
    Attachment,
    Context,
    Feedback,
    Json,
    Message,
    Part,
    Role,
    StoredConversation,
    StoredMessage,
    Text,
    ToolCall,
    ToolResult,
)
from polylogue.render.blocks import Block, PathOf, Place
from polylogue.render.dialect import Dialect
from polylogue.render.footnotes import Footnotes
from polylogue.render.options import NoteOptions
from polylogue.render.parts import blocks_of, merged

#: How the assistant of each provider is called.
SPEAKERS: Final[Mapping[str, str]] = {
    "aistudio": "Gemini",
    "chatgpt": "ChatGPT",
    "claude-ai": "Claude",
    "claude-code": "Claude Code",
    "codex": "Codex",
    "deepseek": "DeepSeek",
    "gemini": "Gemini",
    "gemini-cli": "Gemini",
    "grok": "Grok",
}

#: From whom a hidden message is, by its role.
_FROM: Final[Mapping[Role, str]] = {
    "assistant": "the assistant",
    "system": "the system",
    "tool": "a tool",
    "user": "the user",
}

_THUMBS: Final = {"up": "👍", "down": "👎"}


class Telling(msgspec.Struct, frozen=True):
    """How the messages of one conversation are told.

    `assistant` is its name, `person` that of the other side; `is_chat` says that there are speakers.
    Parts of the kinds `left_out` are not shown; nor is what the system says, when Context is among them.
    """

    assistant: str
    person: str
    is_chat: bool
    place: Place
    left_out: frozenset[type] = frozenset()

    @classmethod
    def of(
        cls,
        conversation: StoredConversation,
        options: NoteOptions,
        footnotes: Footnotes,
        path_of: PathOf,
    ) -> "Telling":
        """Return how the messages of `conversation` are told."""
        dialect = footnotes.dialect
        assistant = SPEAKERS.get(conversation.provider) or dialect.line(conversation.provider)
        folder = _folder(conversation.head.metadata.get("cwd"))
        place = Place(dialect, footnotes, path_of=path_of, folder=folder)
        is_agent = conversation.head.relation == "sub-agent"
        person = f"{assistant} (prompt)" if is_agent else "You"
        is_chat = conversation.head.kind == "chat"
        left_out = options.left_out if is_chat else frozenset()
        return cls(assistant, person, is_chat, place, left_out)

    def voice(self, message: Message) -> tuple[str, str]:
        """Return who speaks and with which model; nobody for what is hidden and for the system."""
        if message.hidden or message.role == "system" or not self.is_chat:
            return "", ""
        if message.role == "tool" or _only_results(message.parts):
            return self.assistant, ""
        line = self.place.dialect.line
        author = line(message.author) if message.author else ""
        if message.role == "user":
            return self.person if author in {"", self.assistant} else author, ""
        return author or self.assistant, line(message.model)

    def blocks(
        self,
        i: int,
        stored: StoredMessage,
        results: Mapping[tuple[int, int], Sequence[ToolResult]],
        taken: frozenset[tuple[int, int]],
    ) -> list[Block]:
        """Return the blocks of the `i`-th message of its chain; folded when it is not for reading."""
        message = stored.message
        files = iter(stored.attachments)
        blocks: list[Block] = []
        for j, part in enumerate(message.parts):
            texts = stored.texts
            place = structs.replace(self.place, file=texts.get(j, "")) if texts else self.place
            if type(part) is Text:
                pass  # most are
            elif type(part) in self.left_out:
                continue
            elif type(part) is ToolCall:
                place = structs.replace(place, results=results[i, j])
            elif type(part) is Attachment:
                place = structs.replace(place, stored=next(files, None))
            elif (i, j) in taken:
                continue
            elif not self.is_chat and type(part) is Context:
                part = Text(text=f"# {part.title}\n\n{part.text}")  # noqa: PLW2901 - the same words
            blocks.extend(blocks_of(part, place))
        if blocks and (message.hidden or message.role == "system") and self.is_chat:
            return self._folded(stored.message, gathered([], blocks))
        return blocks

    def _folded(self, message: Message, blocks: list[Block]) -> list[Block]:
        """Return what the provider does not show, or is the system's, as one folded callout.

        What happened, and the blocks that belong to it, stand as they are.
        """
        label = "System"
        if Context in self.left_out and (message.hidden or blocks[0].kind != "notice"):
            return []
        if message.hidden:
            label = f"Hidden by {self.assistant} · from {_FROM[message.role]}"
        elif blocks[0].kind == "notice":
            return blocks
        if len(blocks) == 1 and blocks[0].kind == "context":
            return [structs.replace(blocks[0], label=f"{label} · {blocks[0].label}")]
        return [Block("context", label, inside=tuple(blocks))]


def gathered(before: list[Block], blocks: Sequence[Block]) -> list[Block]:
    """Return `blocks`, which follow those `before`; thoughts that are a label only go into others."""
    rest: list[Block] = []
    for block in blocks:
        last = rest or before
        both = merged(last[-1], block) if last and block.kind == "thinking" else None
        if both:
            last[-1] = both
        else:
            rest.append(block)
    return rest


def rated(feedback: Feedback, dialect: Dialect) -> str:
    """Return a person's thumb on a message, and what was said with it."""
    said = feedback.rating.lower()
    thumb = next((sign for word, sign in _THUMBS.items() if word in said), dialect.line(said))
    return f"{thumb} {dialect.line(feedback.comment)}".strip()


def _folder(cwd: Json) -> str:
    """Return the folder in which a session worked, with its slash."""
    if not isinstance(cwd, str) or len(cwd) < 2:
        return ""
    return cwd.rstrip("/\\") + ("\\" if "\\" in cwd else "/")


def _only_results(parts: Sequence[Part]) -> bool:
    return (
        bool(parts)
        and type(parts[0]) is ToolResult
        and all(type(part) is ToolResult for part in parts)
    )
