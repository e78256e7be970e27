"""A chunk → a message and the files in it: one function for each kind of content, in one table."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from polylogue.model import (
    Json,
    Message,
    Notice,
    Part,
    Quote,
    Role,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from polylogue.parsers.aistudio import files, grounding
from polylogue.parsers.aistudio.content import Piece, pieces
from polylogue.parsers.aistudio.identity import chunk_id
from polylogue.parsers.findings import Findings
from polylogue.parsers.narrow import as_json, keys, text, word
from polylogue.parsers.text import clean, to_ms

_ROLES: Final[dict[str, Role]] = {
    "assistant": "assistant",
    "function": "tool",
    "model": "assistant",
    "system": "system",
    "tool": "tool",
    "user": "user",
}
_USUAL_ENDS = {"", "STOP", "FINISH_REASON_UNSPECIFIED"}
_RUNS = "code_execution"


def read(chunk: Json, before: Message | None, root: str, findings: Findings) -> Message | None:
    """Return `chunk` as the message behind `before` (first of all behind `root`); None when empty."""
    told = keys(chunk)
    held = pieces(told)
    parts = tuple(_parts(told, held, findings))
    if told is not chunk and chunk is not None and not isinstance(chunk, dict):
        parts = (findings.unknown("chunk", "", chunk),)
    if not parts:
        return None
    spoken = word(told.get("role")).lower()
    role = _ROLES.get(spoken, "tool")
    return Message(
        message_id=chunk_id(before.message_id if before else "", role, held),
        role=role,
        parts=parts,
        parent_id=before.message_id if before else root,
        author=spoken if spoken not in _ROLES else "",
        timestamp=to_ms(told.get("createTime")),
        metadata={"edited": True} if told.get("isEdited") is True else {},
    )


def _parts(chunk: dict[str, Json], held: list[Piece], findings: Findings) -> Iterator[Part]:
    """Yield the parts of a chunk: what was searched, what it holds, how it ended."""
    pages = chunk.get("grounding")
    yield from grounding.searches(pages)
    last = max((at for at, piece in enumerate(held) if _is_answer(piece)), default=None)
    for at, piece in enumerate(held):
        for part in _READERS.get(piece.key, _strange)(piece, chunk, findings):
            if at == last and isinstance(part, Text):
                yield Text(text=part.text, citations=grounding.citations(pages, part.text))
            else:
                yield part
    if last is None:
        yield from (Quote(text="", source=page) for page in grounding.sources(pages).values())
    if error := text(chunk.get("errorMessage")).strip():
        yield Notice(kind="error", text=error)
    if (end := word(chunk.get("finishReason"))) not in _USUAL_ENDS:
        yield Notice(kind="stopped", text=end)


def _is_answer(piece: Piece) -> bool:
    return piece.key == "text" and not piece.thought and bool(piece.value.strip())


# --- Kinds of content -----------------------------------------------------------------------------


def _text(piece: Piece, _chunk: dict[str, Json], _findings: Findings) -> Iterator[Part]:
    words = text(piece.value)
    if words.strip():
        yield Thinking(text=words) if piece.thought else Text(text=words)


def _in_drive(piece: Piece, chunk: dict[str, Json], findings: Findings) -> Iterator[Part]:
    yield files.in_drive(piece.value) or next(_strange(piece, chunk, findings))


def _by_address(piece: Piece, chunk: dict[str, Json], findings: Findings) -> Iterator[Part]:
    yield files.by_address(piece.value) or next(_strange(piece, chunk, findings))


def _inline(piece: Piece, chunk: dict[str, Json], findings: Findings) -> Iterator[Part]:
    value = piece.value
    name = value.get("name") or value.get("displayName")
    shown = findings.file(value.get("data"), value.get("mimeType"), name)
    yield shown or next(_strange(piece, chunk, findings))


def _youtube(piece: Piece, chunk: dict[str, Json], _findings: Findings) -> Iterator[Part]:
    return files.youtube(piece.value, chunk.get("videoMetadata"))


def _code(piece: Piece, _chunk: dict[str, Json], _findings: Findings) -> Iterator[Part]:
    language = word(piece.value.get("language")).lower()
    yield ToolCall(name=_RUNS, input=text(piece.value.get("code")), language=language or "text")


def _result(piece: Piece, _chunk: dict[str, Json], _findings: Findings) -> Iterator[Part]:
    outcome = word(piece.value.get("outcome"))
    failed = outcome not in {"", "OUTCOME_OK", "OUTCOME_UNSPECIFIED"}
    output = text(piece.value.get("output"))
    yield ToolResult(name=_RUNS, output=output or (outcome if failed else ""), is_error=failed)


def _call(piece: Piece, _chunk: dict[str, Json], _findings: Findings) -> Iterator[Part]:
    value = piece.value
    arguments = value.get("args")
    yield ToolCall(
        name=word(value.get("name")) or "function",
        input=as_json(arguments) if arguments else "",
        language="json",
        call_id=word(value.get("id")),
    )


def _response(piece: Piece, _chunk: dict[str, Json], _findings: Findings) -> Iterator[Part]:
    value = piece.value
    response = value.get("response")
    yield ToolResult(
        name=word(value.get("name")),
        output=response if isinstance(response, str) else as_json(response),
        language="json",
        call_id=word(value.get("id")),
    )


def _strange(piece: Piece, _chunk: dict[str, Json], findings: Findings) -> Iterator[Part]:
    yield findings.unknown("chunk", clean(piece.key), piece.value)


_Reader = Callable[[Piece, dict[str, Any], Findings], Iterator[Part]]

_READERS: Final[dict[str, _Reader]] = {
    "codeExecutionResult": _result,
    "driveAudio": _in_drive,
    "driveDocument": _in_drive,
    "driveImage": _in_drive,
    "driveVideo": _in_drive,
    "executableCode": _code,
    "fileData": _by_address,
    "functionCall": _call,
    "functionResponse": _response,
    "inlineAudio": _inline,
    "inlineData": _inline,
    "inlineFile": _inline,
    "inlineImage": _inline,
    "inlineVideo": _inline,
    "text": _text,
    "youtubeVideo": _youtube,
}
