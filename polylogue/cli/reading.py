"""`polylogue search` and `polylogue show`: find in the archive, and print what was found.

Needs no daemon and no notes: everything comes from the rows, over a connection that cannot write.
Text of conversations is made visible before it reaches a terminal, so that none can steer it.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click
import msgspec

from polylogue.cli.frame import json_option, pass_config, print_json
from polylogue.cli.words import count, day, minute, one_line, size, visible
from polylogue.config import Config
from polylogue.errors import UsageError
from polylogue.model import (
    Artifact,
    Attachment,
    Context,
    Notice,
    Part,
    Quote,
    StoredAttachment,
    StoredConversation,
    StoredMessage,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
    readable,
)

if TYPE_CHECKING:
    from polylogue.store.archive import Archive
    from polylogue.store.search import Hit

_SPEAKERS: Mapping[str, str] = {
    "user": "You",
    "assistant": "Assistant",
    "system": "System",
    "tool": "Tool",
}
_LABELS: Mapping[type, str] = {
    Thinking: "thinking",
    ToolCall: "call",
    ToolResult: "result",
    Artifact: "document",
    Quote: "quote",
    Context: "context",
    Notice: "notice",
    Unknown: "not understood",
}


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="WORDS…")
@click.option("--provider", metavar="P", help="Only in chats of one provider.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N")
@json_option
@pass_config
def search(
    config: Config, words: tuple[str, ...], provider: str | None, limit: int, as_json: bool
) -> None:
    """Find messages by their words. Titles of chats are not searched.

    Every word must occur, as a whole word; '"quoted words"' are a phrase. Chinese and Japanese are
    found only by a whole run of characters.
    """
    from polylogue.store.archive import open_readonly, translated  # noqa: PLC0415
    from polylogue.store.search import search as find_messages  # noqa: PLC0415

    with open_readonly(config.archive) as archive, translated(config.archive):
        hits = find_messages(archive.connection, " ".join(words), provider=provider, limit=limit)
    if as_json:
        print_json({"hits": [msgspec.to_builtins(hit) for hit in hits]})
    elif not hits:
        click.echo("Nothing was found.", err=True)
    else:
        for line in _hit_lines(hits):
            click.echo(line)


@click.command()
@click.argument("wanted", metavar="ID")
@json_option
@pass_config
def show(config: Config, wanted: str, as_json: bool) -> None:
    """Print one conversation. ID is its id, the beginning of it, or its slug."""
    from polylogue.store.archive import open_readonly, translated  # noqa: PLC0415

    with open_readonly(config.archive) as archive, translated(config.archive):
        conversation = _the_one(archive, wanted)
    if as_json:
        print_json({"conversation": conversation})
    else:
        click.echo("\n".join(_conversation_lines(conversation)))


# --- Search --------------------------------------------------------------------------------------


def _hit_lines(hits: "list[Hit]") -> Iterator[str]:
    """Yield a heading for each conversation, the one with the best hit first, and its hits."""
    chats: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        chats.setdefault((hit.provider, hit.conversation_id), []).append(hit)
    for (provider, conversation_id), found in chats.items():
        heading = click.style(one_line(found[0].title) or "Untitled", bold=True)
        yield f"{heading} · {one_line(provider)} · {one_line(conversation_id)}"
        for hit in found:
            when = f"{day(hit.timestamp)} " if hit.timestamp is not None else ""
            yield f"  {when}{_SPEAKERS.get(hit.role, 'Tool')}: {_snippet(hit.snippet)}"


def _snippet(text: str) -> str:
    from polylogue.store.search import MATCH_END, MATCH_START  # noqa: PLC0415

    before, *matches = text.split(MATCH_START)
    shown = [_squeezed(before)]
    for match in matches:
        inside, _, after = match.partition(MATCH_END)
        shown += [click.style(_squeezed(inside), fg="yellow", bold=True), _squeezed(after)]
    return "".join(shown).strip()


def _squeezed(text: str) -> str:
    """Return `text` on one line; a blank at either end stays."""
    return one_line(f"|{text}|")[1:-1]


# --- Show ----------------------------------------------------------------------------------------


def _the_one(archive: "Archive", wanted: str) -> StoredConversation:
    """Return the conversation that `wanted` names; a whole id goes before beginnings of ids."""
    from polylogue.store.load import find, load  # noqa: PLC0415

    rows = find(archive.connection, wanted)
    found = [load(archive.connection, row_id) for row_id in rows]
    exact = [one for one in found if one.conversation_id == wanted]
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0]
    if not found:
        raise UsageError(
            f"No conversation has an id that begins with {wanted}.",
            advice="Find it with `polylogue search WORDS`.",
            code="no-such-conversation",
        )
    ids = ", ".join(f"{one.conversation_id} ({one.provider})" for one in found[:5])
    raise UsageError(
        f"{wanted} may mean {count(len(found), 'conversation')}: {ids}{', …' * (len(found) > 5)}.",
        advice="Give more of the id.",
        code="ambiguous-id",
    )


def _conversation_lines(conversation: StoredConversation) -> Iterator[str]:
    head = conversation.head
    yield click.style(one_line(head.title) or "Untitled", bold=True)
    begin = minute(head.created_at) if head.created_at is not None else ""
    facts = (conversation.provider, begin, head.model, conversation.conversation_id, head.url)
    yield " · ".join(one_line(fact) for fact in facts if fact)
    for stored in conversation.messages:
        if not stored.message.hidden:
            yield from _message_lines(stored)


def _message_lines(stored: StoredMessage) -> Iterator[str]:
    message = stored.message
    blocks = list(_blocks(stored))
    if not blocks:
        return
    facts = (
        _SPEAKERS[message.role],
        one_line(message.author),
        minute(message.timestamp) if message.timestamp is not None else "",
        f"branch {stored.branch}" if stored.branch else "",
    )
    yield ""
    yield click.style(" · ".join(fact for fact in facts if fact), fg="cyan", bold=True)
    for block in blocks:
        yield visible(block)


def _blocks(stored: StoredMessage) -> Iterator[str]:
    attachments = iter(stored.attachments)
    for part in stored.message.parts:
        if isinstance(part, Attachment):
            yield _attachment(part, next(attachments, None))
        elif text := readable((part,)).strip() or _unread(part):
            label = _LABELS.get(type(part))
            yield f"[{label}] {text}" if label else text
        if isinstance(part, Text):
            yield from _sources(part)


def _unread(part: Part) -> str:
    return part.kind if isinstance(part, Unknown) else ""


def _attachment(part: Attachment, stored: StoredAttachment | None) -> str:
    """Return name, type, size and fate of a file in the chat."""
    status = stored.status if stored else "missing"
    facts = (
        (stored and stored.name) or part.name or part.ref,
        (stored and stored.mime_type) or part.mime_type,
        size(stored.size) if stored and stored.size is not None else "",
        "" if status == "stored" else status.replace("_", " "),
        part.caption,
    )
    return f"[file] {' · '.join(one_line(fact) for fact in facts if fact)}"


def _sources(text: Text) -> Iterator[str]:
    seen = {
        (one.title, one.url or one.ref): None for mark in text.citations for one in mark.sources
    }
    for title, place in seen:
        yield f"[source] {one_line(f'{title} {place}')}"
