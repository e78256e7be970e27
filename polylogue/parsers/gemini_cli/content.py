"""Content as Google's API has it → parts: a text, a part object, or a list of both."""

from collections.abc import Callable, Iterator

from polylogue.model import Attachment, Json, Part, Text, Thinking, ToolCall, ToolResult
from polylogue.parsers.findings import Findings
from polylogue.parsers.narrow import as_json, items, keys, text, word

_PATH = "content"


def read(content: Json, findings: Findings) -> Iterator[Part]:
    """Yield the parts of `content`. Neighbouring texts are one: files read into a prompt cut it."""
    run: list[str] = []
    for piece in _listed(content):
        if isinstance(piece, str) or (isinstance(piece, dict) and piece.keys() == {"text"}):
            run.append(plain(piece))
        else:
            yield from _joined(run)
            run.clear()
            yield from _piece(piece, findings)
    yield from _joined(run)


def plain(content: Json) -> str:
    """Return nothing but the text in `content`."""
    return "".join(text(piece) or text(keys(piece).get("text")) for piece in _listed(content))


def call(told: dict[str, Json], name: str = "") -> ToolCall:
    """Return a call `{name, args, id}`; a tool whose one argument is a command shows it alone."""
    args = told.get("args")
    command = text(keys(args).get("command"))
    return ToolCall(
        name=word(told.get("name")) or name,
        input=command or (as_json(args) if args else ""),
        language="bash" if command else "json",
        call_id=word(told.get("id")),
        title=word(keys(args).get("description")) or word(keys(args).get("file_path")),
    )


def _listed(content: Json) -> list[Json]:
    return content if isinstance(content, list) else [] if content is None else [content]


def _joined(run: list[str]) -> Iterator[Part]:
    said = "".join(run)
    if said.strip():
        yield Text(text=said)


def _piece(piece: Json, findings: Findings) -> Iterator[Part]:
    known = sorted(keys(piece).keys() & _READERS.keys())
    for key in known:
        yield from _READERS[key](keys(piece), findings)
    if not known:
        kind = text(min(keys(piece), default=""))
        yield findings.unknown(_PATH, kind, piece)


def _text(piece: dict[str, Json], findings: Findings) -> Iterator[Part]:
    said = text(piece["text"])
    if not isinstance(piece["text"], str):
        yield findings.unknown(_PATH, "text", piece)
    elif said.strip():
        yield Thinking(text=said) if piece.get("thought") is True else Text(text=said)


def _bytes(piece: dict[str, Json], findings: Findings) -> Iterator[Part]:
    told = keys(piece["inlineData"])
    shown = findings.file(told.get("data"), told.get("mimeType"), told.get("displayName"))
    yield shown or findings.unknown(_PATH, "inlineData", piece)


def _file(piece: dict[str, Json], _findings: Findings) -> Iterator[Part]:
    told = keys(piece["fileData"])
    yield Attachment(
        ref=word(told.get("fileUri")),
        name=word(told.get("displayName")),
        mime_type=word(told.get("mimeType")),
    )


def _call(piece: dict[str, Json], _findings: Findings) -> Iterator[Part]:
    yield call(keys(piece["functionCall"]))


def _answer(piece: dict[str, Json], findings: Findings) -> Iterator[Part]:
    answer = keys(piece["functionResponse"])
    response = answer.get("response")
    told = keys(response)
    failed = "error" in told and "output" not in told
    output = told["error"] if failed else told.get("output", response)
    yield ToolResult(
        name=word(answer.get("name")),
        output=text(output) if isinstance(output, str) else as_json(output),
        language="text" if isinstance(output, str) else "json",
        call_id=word(answer.get("id")),
        is_error=failed,
    )
    yield from read(items(answer.get("parts")), findings)


_READERS: dict[str, Callable[[dict[str, Json], Findings], Iterator[Part]]] = {
    "fileData": _file,
    "functionCall": _call,
    "functionResponse": _answer,
    "inlineData": _bytes,
    "text": _text,
}
