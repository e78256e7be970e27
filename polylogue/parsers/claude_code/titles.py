"""What a session is called: by the person, by the program, by its first words."""

from collections.abc import Sequence
from typing import Final

from polylogue.model import Part, Text
from polylogue.parsers.claude_code.group import Group
from polylogue.parsers.claude_code.state import SUMMARIES, Thread, remember
from polylogue.parsers.claude_code.wire import WireRecord
from polylogue.parsers.narrow import word

_LONGEST: Final = 80  # characters of a title that is made from the first words
_LONGEST_GIVEN: Final = 500
_NO_PROMPTS: Final = frozenset({"Warmup", "No prompt"})


def custom_title(group: Group, thread: Thread, record: WireRecord) -> None:
    """Read the title that the person chose."""
    _name(group, thread, "custom", record.custom_title)


def ai_title(group: Group, thread: Thread, record: WireRecord) -> None:
    """Read the title that the model gave."""
    _name(group, thread, "ai", record.ai_title)


def agent_name(group: Group, thread: Thread, record: WireRecord) -> None:
    """Read the name of the agent, which is what the session is for."""
    _name(group, thread, "agent", record.agent_name)


def summary(group: Group, thread: Thread, record: WireRecord) -> None:
    """Read a summary. It belongs to the session that has its leaf, which often is another file's."""
    leaf, words = word(record.leaf_uuid), word(record.summary)
    group.fold(thread, "summary")
    if not leaf or not words:
        return
    place = group.state.links.get(leaf)
    owner = group.state.threads.get(place[0]) if place is not None else None
    if owner is not None:
        owner.titles["summary"], owner.line = words[:_LONGEST_GIVEN], group.line
    else:
        remember(group.state.summaries, leaf, words[:_LONGEST_GIVEN], SUMMARIES)


def prompted(thread: Thread, parts: Sequence[Part]) -> None:
    """Take the first words that are no command for a title, until there is another."""
    if not thread.titles.get("prompt"):
        words = next((part.text for part in parts if isinstance(part, Text)), "")
        title = derived(words)
        if title:
            thread.titles["prompt"] = title


def derived(words: str) -> str:
    """Return a title made from a prompt; "" from what is no prompt, such as a bare command."""
    line = " ".join(words[: 8 * _LONGEST].split())
    if line in _NO_PROMPTS or (line.startswith("/") and " " not in line):
        return ""
    if len(line) <= _LONGEST:
        return line
    return line[:_LONGEST].rpartition(" ")[0].rstrip(" ,;:.-") + "…"


def _name(group: Group, thread: Thread, kind: str, title: object) -> None:
    group.fold(thread, "title")
    if words := word(title):
        thread.titles[kind] = words[:_LONGEST_GIVEN]
