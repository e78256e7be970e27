"""What happened besides talk: one line each, a title, or another way that the chat took."""

from typing import TypeAlias

from polylogue.model import Json, Notice, Part, Text
from polylogue.parsers.codex.reading import Reading, place_of
from polylogue.parsers.narrow import keys, objects, text, whole, word

_Payload: TypeAlias = dict[str, Json]


def _notice(reading: Reading, payload: _Payload, kind: str, said: str, *more: Part) -> None:
    """Add one line about something that happened, and what there is to say of it."""
    parts = (Notice(kind=kind, text=said), *more)
    message_id = reading.identity(word(payload.get("type")) or kind, payload)
    reading.say(message_id, "system", parts)


def error(reading: Reading, payload: _Payload) -> None:
    """Read an error or a warning."""
    kind = "warning" if "warning" in word(payload.get("type")) else "error"
    _notice(reading, payload, kind, word(payload.get("message")) or "An error without a message.")


def turn_aborted(reading: Reading, payload: _Payload) -> None:
    """Read that a turn was interrupted."""
    reason = word(payload.get("reason")) or "interrupted"
    _notice(reading, payload, "interrupted", f"The turn was ended: {reason}.")


def rolled_back(reading: Reading, payload: _Payload) -> None:
    """Go back: what comes next follows on what stood before the turns that were abandoned."""
    count = whole(payload.get("num_turns")) or 1
    turns = reading.state.turns
    if count <= len(turns):
        reading.state.last = turns[-count]
        del turns[-count:]
    what = "turn was" if count == 1 else f"{count} turns were"
    _notice(reading, payload, "rollback", f"The last {what} taken back.")


def compacted(reading: Reading, payload: _Payload, *more: Part, event: bool = True) -> None:
    """Read that the history was summed up, which an event and a line tell; `more` is the summary."""
    place = reading.state.twin("compaction", "", event=event)
    told = Notice(kind="compaction", text="The conversation so far was summed up to make room.")
    if place is None:
        message = reading.say(reading.identity("compaction", payload), "system", (told, *more))
        reading.state.expect_twin("compaction", "", place_of(message), event=event)
    elif more:
        reading.retell(place, "system", (told, *more))
    else:
        reading.fold("doubled")


def named(reading: Reading, payload: _Payload) -> None:
    """Take the name that the session was given."""
    name = word(payload.get("thread_name") or payload.get("name"))
    if name:
        reading.state.title = name
        reading.state.is_named = True
    reading.fold("name")


def goal(reading: Reading, payload: _Payload) -> None:
    """Read that there is another goal."""
    told = keys(payload.get("goal"))
    said = word(told.get("objective")) or "The goal was changed."
    _notice(reading, payload, "goal", " · ".join(filter(None, (said, word(told.get("status"))))))


def review_entered(reading: Reading, payload: _Payload) -> None:
    """Read that a review began."""
    hint = word(payload.get("user_facing_hint")) or word(payload.get("prompt"))
    _notice(reading, payload, "review", f"A review began: {hint}" if hint else "A review began.")


def review_exited(reading: Reading, payload: _Payload) -> None:
    """Read what a review found."""
    told = keys(payload.get("review_output"))
    findings = (_finding(finding) for finding in objects(told.get("findings")))
    said = "\n\n".join(filter(None, (text(told.get("overall_explanation")), *findings)))
    more = (Text(text=said),) if said.strip() else ()
    _notice(reading, payload, "review", "The review ended.", *more)


def _finding(finding: _Payload) -> str:
    place = keys(finding.get("code_location"))
    path = word(place.get("absolute_file_path"))
    start = whole(keys(place.get("line_range")).get("start"))
    where = f"`{path}:{start}`" if path and start is not None else f"`{path}`" if path else ""
    heading = " ".join(filter(None, (f"**{word(finding.get('title'))}**", where)))
    return f"{heading}\n\n{text(finding.get('body'))}".strip()


def undone(reading: Reading, payload: _Payload) -> None:
    """Read that a change was taken back."""
    _notice(reading, payload, "undo", word(payload.get("message")) or "The last change was undone.")
