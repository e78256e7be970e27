"""One activity → the conversations that it belongs to.

Newer exports name the chat. Then each activity adds to it, and since each is a document of its own
and knows none of the others, its messages stand where their time puts them (`line`). Older exports
name none: each prompt is a conversation of its own, called by its time and its words.

An activity has no id. It is known by its second, which JSON and pages both tell, and its words
without the verb, so that an export in another language or form says the same again.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from polylogue.model import (
    Artifact,
    Attachment,
    Conversation,
    Head,
    Message,
    Parsed,
    Part,
    Problem,
    Role,
    Text,
    UnknownKind,
)
from polylogue.parsers.gemini.verbs import Said
from polylogue.parsers.ids import content_id
from polylogue.parsers.narrow import word
from polylogue.parsers.text import clean

_PROVIDER = "gemini"
_CHAT = re.compile(
    r"https?://(?:gemini|bard)\.google\.com/(?:u/\d{1,3}/)?(?:app|chat|gem/[^/?#\s]+)/([\w-]{6,64})"
)
_LONGEST_TITLE = 80  # characters
_NEVER = 4_102_444_800_000  # ms, the end of 2099


class Activity(NamedTuple):
    """A prompt and its answers. `told_time` is the time as it was written; `files` went with it.

    `chats` are the addresses of the chats; of several, each has the answer of its place.
    `unknowns` are places of the format that nobody understands.
    """

    said: Said
    time: int | None
    told_time: str = ""
    answers: tuple[str, ...] = ()
    files: tuple[Attachment, ...] = ()
    document: str = ""
    chats: tuple[str, ...] = ()
    unknowns: tuple[UnknownKind, ...] = ()


def addresses(told: str) -> tuple[str, ...]:
    """Return the addresses of chats in `told`, each once."""
    return tuple(dict.fromkeys(found[0] for found in _CHAT.finditer(told)))


def records(activity: Activity, where: str) -> Iterator[Parsed]:
    """Yield the conversations to which `activity` adds, mostly one."""
    known = {_CHAT.sub(r"\1", url): url for url in activity.chats if _CHAT.fullmatch(url)}
    key = _key(activity)
    yielded = False
    for place, chat in enumerate(known or (key,)):
        shares = activity
        if len(known) > 1:
            shares = _share(activity, place, len(known))
        messages = tuple(_messages(shares, key))
        if messages:
            yielded = True
            yield Conversation(
                provider=_PROVIDER,
                conversation_id=chat,
                head=_head(activity, known.get(chat, "")),
                messages=messages,
                unknowns=activity.unknowns if place == 0 else (),
            )
    if not yielded:
        reason = "An activity has neither words nor an answer."
        yield Problem(code="empty-activity", text=reason, where=where)


def _share(activity: Activity, place: int, count: int) -> Activity:
    """Return what of an activity with several chats is the share of one: the first has the words."""
    own = activity.answers[place : None if place == count - 1 else place + 1]
    if place == 0:
        return activity._replace(answers=own)
    return activity._replace(said=Said("prompt", ""), answers=own, files=(), document="")


def _key(activity: Activity) -> str:
    stamp = activity.time // 1000 if activity.time is not None else activity.told_time
    words = " ".join(activity.said.words.split())
    return content_id(stamp, activity.said.kind, words, "" if stamp else activity.answers)


def _messages(activity: Activity, key: str) -> Iterator[Message]:
    asked = None
    parts: tuple[Part, ...] = activity.files
    words = clean(activity.said.words)
    if words and activity.said.kind != "canvas":
        parts += (Text(text=words),)
    if parts:
        asked = f"{key}:user"
        yield _message(asked, "user", parts, None, activity)
    answer: list[Part] = [Text(text=text) for text in activity.answers if text]
    if activity.said.kind == "canvas":
        answer.insert(0, _canvas(activity, key))
    if answer:
        yield _message(f"{key}:assistant", "assistant", answer, asked, activity)


def _message(
    message_id: str, role: Role, parts: Sequence[Part], parent: str | None, activity: Activity
) -> Message:
    time = activity.time
    return Message(
        message_id=message_id,
        role=role,
        parts=tuple(parts),
        parent_id=parent,
        timestamp=time,
        line=_line(time, role) if time is not None and activity.chats else None,
        metadata={"time": clean(activity.told_time)} if time is None and activity.told_time else {},
    )


def _line(time: int, role: Role) -> int:
    """Return where a message stands. A time in whole seconds, as pages have it, is the end of its own.

    So where JSON tells the time exactly, that is the first place, and the one that stays.
    """
    exact = time if time % 1000 else time + 999
    return 2 * exact + (role == "assistant")


def _canvas(activity: Activity, key: str) -> Artifact:
    text = clean(activity.document)
    language = "html" if text.lstrip()[:5].lower() in {"<!doc", "<html"} else "markdown"
    return Artifact(artifact_id=key, title=word(activity.said.words), language=language, text=text)


def _head(activity: Activity, url: str) -> Head:
    """Return the head. A chat is called by its first prompt: the earlier, the more it is trusted."""
    lines = activity.said.words.strip().splitlines()
    title = clean(lines[0].strip()) if lines else ""
    return Head(
        title=title if len(title) <= _LONGEST_TITLE else f"{title[:_LONGEST_TITLE].rstrip()}…",
        title_trust=-1 - (_NEVER if activity.time is None else activity.time) // 1000,
        created_at=activity.time,
        updated_at=activity.time,
        url=url,
    )
