"""Ids for what has none: chunks, and prompts of which nobody knows the id in Drive.

A chunk's id is the hash of what was said in it and of the id of the chunk before it, so it stands
for the whole path up to there. That is what keeps merging right:

- a prompt that has grown has its old ids, and new ones behind them;
- the same words said twice have two ids;
- after an edit, the old rest and the new rest are two branches from the place of the edit on; both
  are whole, and the newer version says which of them is shown. Were the id of the words alone, both
  versions would share the rows below the edit, and which of them these hang from would be chance.

What only describes a chunk (tokens, times, grounding, how a stream was split into parts) is not in
it: later versions add that. A prompt without an id is named after the path up to its first answer:
a greeting is the first chunk of many prompts, the answer to it is not.
"""

from collections.abc import Sequence

from polylogue.model import Message, Text
from polylogue.parsers.aistudio.content import CONTENT, Piece, spoken
from polylogue.parsers.ids import content_id
from polylogue.parsers.narrow import word


def chunk_id(before: str, role: str, pieces: Sequence[Piece]) -> str:
    """Return the id of a chunk of `role` with this content that follows the one called `before`."""
    words = " ".join(spoken(pieces).split())
    things = sorted(_thing(piece) for piece in pieces if piece.key in CONTENT)
    return content_id(before, role, words, *filter(None, things))


def prompt_id(messages: Sequence[Message], branch_of: str) -> str:
    """Return the id of a prompt that begins with `messages`, "" when there are none.

    A branch repeats the beginning of the prompt that it comes from, `branch_of`, and is another.
    """
    if not messages:
        return ""
    answers = (one for one in messages if one.role == "assistant" and _is_speech(one))
    named_after = next(answers, messages[-1])
    return content_id(named_after.message_id, branch_of)


def _is_speech(message: Message) -> bool:
    return any(isinstance(part, Text) for part in message.parts)


def _thing(piece: Piece) -> str:
    """Return what is the same in all versions: of a file in Drive nothing but its id."""
    if piece.key == "text":
        return ""
    return content_id(piece.key, word(piece.value.get("id")) or piece.value)
