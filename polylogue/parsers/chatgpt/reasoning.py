"""Reasoning that the model showed → Thinking parts."""

from collections.abc import Iterator

from polylogue.model import Part, Thinking
from polylogue.parsers.chatgpt.citations import unmarked
from polylogue.parsers.chatgpt.reading import Reading
from polylogue.parsers.narrow import items, objects, seconds, text, word


def thoughts(reading: Reading) -> Iterator[Part]:
    """Yield each thought, its summary as the title."""
    for thought in objects(reading.content.get("thoughts")):
        body = text(thought.get("content")) or "".join(map(text, items(thought.get("chunks"))))
        title = word(thought.get("summary"))
        if title or body.strip():
            yield Thinking(title=title, text=unmarked(body))
    for line in items(reading.content.get("parts")):
        if text(line).strip():
            yield Thinking(text=unmarked(text(line)))


def recap(reading: Reading) -> Iterator[Part]:
    """Yield how long the model thought, once in a turn: nodes of one answer repeat it."""
    lines = [reading.content.get("content"), *items(reading.content.get("parts"))]
    title = " ".join(filter(None, map(word, lines)))
    said = (title, seconds(reading.metadata.finished_duration_sec))
    if said in reading.trail.recaps:
        reading.fold = "repeated recap"
    elif any(said):
        told = {duration for _title, duration in reading.trail.recaps}
        reading.remember_recap(said)
        yield Thinking(title=title, seconds=None if said[1] in told else said[1])
