"""What a chunk holds, each thing once.

`text` and `parts` tell the same twice, the second as it was streamed in up to thousands of pieces.
Where both say the same words the parts are taken, which know the order of words, code and
pictures. Elsewhere `text` is right (it is what an edit changes), and the parts add what it lacks.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final, NamedTuple

from polylogue.model import Json
from polylogue.parsers.ids import content_id
from polylogue.parsers.narrow import items, json_type, text

#: What is content, in the order in which it is shown where parts do not tell another.
CONTENT: Final = (
    "driveDocument",
    "driveImage",
    "driveAudio",
    "driveVideo",
    "inlineFile",
    "inlineImage",
    "inlineAudio",
    "inlineVideo",
    "inlineData",
    "fileData",
    "youtubeVideo",
    "text",
    "functionCall",
    "executableCode",
    "codeExecutionResult",
    "functionResponse",
)

#: What a chunk or part says about itself, and is not content.
_ABOUT: Final = frozenset(
    {
        *("branchChildren", "branchParent", "createTime", "errorMessage", "finishReason"),
        *("grounding", "id", "isEdited", "isGeneratedUsingApiKey", "isThought", "parts", "role"),
        *("safetyRatings", "thinkingBudget", "thought", "thoughtSignature", "thoughtSignatures"),
        *("tokenCount", "videoMetadata"),
    }
)


class Piece(NamedTuple):
    """A thing in a chunk: its value under AI Studio's name for its kind. `thought` is for texts."""

    key: str
    value: Json
    thought: bool = False


def pieces(chunk: dict[str, Json]) -> list[Piece]:
    """Return what is in `chunk`, in reading order; texts that follow one another are one."""
    thought = chunk.get("isThought") is True
    own = [Piece(key, chunk[key], thought) for key in CONTENT if _is_there(key, chunk.get(key))]
    own += [_strange(key, value) for key, value in chunk.items() if _is_strange(key, value)]
    streamed = list(_joined(_streamed(chunk, thought=thought)))
    if not streamed:
        return own
    told = {_canonical(piece) for piece in own}
    said = _squeezed(text(chunk.get("text")))
    if not said or _squeezed(spoken(streamed)) == said:
        known = told & {_canonical(piece) for piece in streamed}
        rest = (one for one in own if one.key != "text" and _canonical(one) not in known)
        return [*rest, *streamed]
    edited = chunk.get("isEdited") is True
    added = (one for one in streamed if one.key != "text" and _canonical(one) not in told)
    words = (one for one in streamed if one.key == "text" and _squeezed(one.value) not in said)
    return [*(_beside(one) for one in words if one.thought or not edited), *own, *added]


def spoken(many: Iterable[Piece]) -> str:
    """Return the words of the answer among `many`; where all is thought, the thought."""
    texts = [piece for piece in many if piece.key == "text"]
    answer = [piece for piece in texts if not piece.thought] or texts
    return "".join(piece.value for piece in answer)


def _beside(piece: Piece) -> Piece:
    """Return a text of the parts that is not in `text`: a thought before it, or nobody knows what."""
    return piece if piece.thought else Piece("parts.text", piece.value)


def _canonical(piece: Piece) -> str:
    return content_id(piece.key, piece.value)


def _squeezed(words: str) -> str:
    return "".join(words.split())


def _streamed(chunk: dict[str, Json], *, thought: bool) -> Iterator[Piece]:
    for part in items(chunk.get("parts")):
        if not isinstance(part, dict):
            if part is not None:
                yield Piece(f"parts.{json_type(part)}", part)
            continue
        is_thought = thought or part.get("thought") is True
        for key in CONTENT:
            if _is_there(key, part.get(key)):
                yield Piece(key, part[key], is_thought)
        for key, value in part.items():
            if _is_strange(key, value):
                yield _strange(key, value)


def _joined(streamed: Iterator[Piece]) -> Iterator[Piece]:
    for (is_text, thought), run in groupby(streamed, lambda one: (one.key == "text", one.thought)):
        if is_text:
            yield Piece("text", "".join(piece.value for piece in run), thought)
        else:
            yield from run


def _is_there(key: str, value: Json) -> bool:
    if key == "text":
        return isinstance(value, str) and value != ""
    return isinstance(value, dict) and bool(value)


def _strange(key: str, value: Json) -> Piece:
    """Return what nobody knows under a name that no reader takes for its own."""
    return Piece(f"{key}.{json_type(value)}" if key in CONTENT else key, value)


def _is_strange(key: str, value: Json) -> bool:
    """Say whether nobody knows `key`, or its value is not what it should be."""
    if value in (None, "", False) or value in ([], {}) or key in _ABOUT:
        return False
    return key not in CONTENT or not _is_there(key, value)
