"""What is said: the content of messages → parts, and the titles that first words make."""

import re
from collections.abc import Iterator

from polylogue.model import Attachment, Context, Json, Part, Role, Text, Thinking
from polylogue.parsers.codex import images, injected
from polylogue.parsers.codex.reading import Reading, place_of
from polylogue.parsers.codex.state import key_of
from polylogue.parsers.narrow import keys, text, word

_TEXTS = {"input_text", "output_text", "text", "summary_text", "reasoning_text", "refusal"}
_IMAGES = {"input_image", "image", "output_image", "image_url"}
_IMAGE_TAG = re.compile(r"\s*</?image(?:\s[^<>]{0,500})?>\s*")
_PLAN, _PLAN_END = "<proposed_plan>", "</proposed_plan>"
_HEADING = re.compile(r"\s*\*\*([^*\n]{1,200})\*\*[ \t]*(?:\n|\Z)")
_TITLE = 80  # characters of a prompt that make a title
_TITLES: dict[str, str] = {"developer": "Developer message", "system": "System message"}


def parts(reading: Reading, content: Json, speaker: str) -> Iterator[Part]:
    """Yield the parts of a message's content: a text, or a list of typed objects."""
    for block in content if isinstance(content, list) else [content]:
        if isinstance(block, str):
            yield from _words(text(block), speaker)
            continue
        told = keys(block)
        kind = word(told.get("type"))
        if kind in _TEXTS or (not kind and isinstance(told.get("text"), str)):
            yield from _words(text(told.get("text") or told.get("refusal")), speaker)
        elif kind in _IMAGES:
            shown = images.attachment(reading, told.get("image_url") or told.get("file_id"))
            yield from (shown,) if shown else ()
        elif block is not None:
            yield reading.unknown("message.content", kind, block)


def _words(said: str, speaker: str) -> Iterator[Part]:
    if not said.strip() or _IMAGE_TAG.fullmatch(said):
        return
    if speaker == "user":
        yield from injected.split(said)
    elif speaker in _TITLES:
        block = next(injected.split(said), None)
        title = block.title if isinstance(block, Context) else _TITLES[speaker]
        yield Context(title=title, text=said)
    else:
        yield Text(text=said)


def tell(
    reading: Reading,
    payload: dict[str, Json],
    role: Role,
    told: list[Part],
    *,
    event: bool,
) -> None:
    """Add what a person or the assistant said, or fold it into its other copy."""
    words = "\n".join(part.text for part in told if isinstance(part, Text))
    seen = words or " ".join(part.ref for part in told if isinstance(part, Attachment))
    key, phase = key_of(seen), word(payload.get("phase"))
    place = reading.state.twin(role, key, event=event) if seen else None
    if place is not None and event:
        reading.fold("doubled")
    elif place is not None:
        reading.retell(place, role, told, phase=phase)
    else:
        if role == "user" and seen:
            _prompted(reading, words)
        message_id = reading.identity("message", payload)
        hidden = all(isinstance(part, Context) for part in told)
        message = reading.say(message_id, role, told, hidden=hidden, phase=phase)
        if seen:
            reading.state.expect_twin(role, key, place_of(message), event=event)
    if role == "assistant":
        _spoke(reading, words)


def _prompted(reading: Reading, words: str) -> None:
    """Note that a person speaks: a turn begins, and the first of them makes a title."""
    state = reading.state
    state.remember_turn()
    state.spoke = False
    state.title = state.title or title(words)


def _spoke(reading: Reading, words: str) -> None:
    """Note that the assistant has spoken; a plan inside its words comes as an event, too."""
    state = reading.state
    state.spoke = True
    start, end = words.find(_PLAN), words.find(_PLAN_END)
    if 0 <= start < end:
        key = key_of(words[start + len(_PLAN) : end])
        state.expect_twin("plan", key, reading.here(), event=False)


def thought(said: str) -> Thinking:
    """Return a summary of reasoning; many begin with a heading in bold."""
    heading = _HEADING.match(said)
    if heading is None:
        return Thinking(text=said)
    return Thinking(title=heading[1].strip(), text=said[heading.end() :].strip())


def title(words: str) -> str:
    """Return the first line of a text, cut to the length of a title."""
    line = next(filter(None, map(str.strip, words[:4000].splitlines())), "")
    return line if len(line) <= _TITLE else f"{line[: _TITLE - 1].rstrip()}…"
