"""The content of a message → parts: one entry for each content type.

A content type that has no entry becomes an Unknown part, and an entry of the ledger.
"""

from collections.abc import Iterator

from polylogue.model import Part
from polylogue.parsers.chatgpt import context, elsewhere, reasoning, speech, tools
from polylogue.parsers.chatgpt.reading import Reader, Reading
from polylogue.parsers.narrow import word

_TYPE_PATH = "message.content.content_type"


def read(reading: Reading) -> Iterator[Part]:
    """Return the parts of the message's content in their order; where no type stands it is text."""
    kind = word(reading.content.get("content_type")) or "text"
    reader = _CONTENT.get(kind)
    if reader is not None:
        return reader(reading)
    if kind in speech.PARTS:
        return speech.PARTS[kind](reading, reading.content)
    return iter((reading.unknown(_TYPE_PATH, kind, reading.content),))


_CONTENT: dict[str, Reader] = {
    "app_pairing_content": context.paired_app,
    "citable_code_output": elsewhere.connector,
    "code": speech.code,
    "computer_initialize_state": context.computer_start,
    "computer_output": elsewhere.screen,
    "execution_output": tools.execution,
    "model_editable_context": context.memory,
    "multimodal_text": speech.mixed,
    "reasoning_recap": reasoning.recap,
    "sonic_webpage": elsewhere.quote,
    "system_error": elsewhere.error,
    "tether_browsing_display": elsewhere.browsing,
    "tether_quote": elsewhere.quote,
    "text": speech.mixed,
    "thoughts": reasoning.thoughts,
    "user_editable_context": context.custom_instructions,
}
