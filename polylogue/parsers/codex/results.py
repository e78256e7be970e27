r"""What tools gave back: text, pictures, and an exit code where the program itself tells one.

An exit code is read from `metadata` or from the lines that Codex puts before the output, which
stand at its very beginning and nowhere else:

    Chunk ID: 1f2e\nWall time: 0.1 seconds\nProcess exited with code 0\nOutput:\n…
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from polylogue.model import Attachment, Json, Part, ToolResult
from polylogue.parsers.codex import images
from polylogue.parsers.codex.reading import Reading
from polylogue.parsers.narrow import as_json, from_json, items, keys, text, word

_BEFORE = re.compile(
    r"(?:(?:Chunk ID: \w{1,40}|Wall time:? [\d.]{1,20} seconds|Original token count: \d{1,20}"
    r"|Total output lines: \d{1,20}|Script completed|Process exited with code (?P<a>-?\d{1,10})"
    r"|Exit code: (?P<b>-?\d{1,10}))\n){1,8}\n?Output:(?:\n|\Z)"
)


@dataclass(slots=True)
class Result:
    """What a tool gave back, before it is known which call it answers."""

    output: str = ""
    exit_code: int | None = None
    failed: bool = False
    pictures: Sequence[Attachment] = ()

    def parts(self, name: str, call_id: str, exit_code: int | None = None) -> Iterator[Part]:
        """Yield the parts of the result of a call; `exit_code` is what is known besides."""
        code = self.exit_code if self.exit_code is not None else exit_code
        yield ToolResult(
            name=name,
            output=self.output,
            call_id=call_id,
            is_error=self.failed or code not in (None, 0),
            exit_code=code,
        )
        yield from self.pictures


def output(reading: Reading, told: Json) -> Result:
    """Return the `output` of an item: a text, the JSON of one, a list of blocks, an object."""
    if isinstance(told, str):
        return _text(reading, text(told))
    if isinstance(told, list):
        return blocks(reading, told)
    fields = keys(told)
    if not fields:
        return Result()
    inner = next((fields[key] for key in ("content", "body", "output") if fields.get(key)), None)
    if inner is None or isinstance(inner, dict):
        return Result(as_json(told))
    result = output(reading, inner)
    result.failed = result.failed or fields.get("success") is False
    return result


def blocks(reading: Reading, told: Sequence[Json]) -> Result:
    """Return a list of blocks, texts and pictures, as one result."""
    texts: list[str] = []
    pictures: list[Attachment] = []
    for block in told:
        shown = _picture(reading, keys(block))
        if shown:
            pictures.append(shown)
        elif isinstance(keys(block).get("text"), str) or isinstance(block, str):
            said, found = images.taken_out(reading, text(block) or text(keys(block).get("text")))
            texts.append(said)
            pictures += found
        elif block is not None:
            texts.append(as_json(block))
    joined = "".join(said if said.endswith("\n") else f"{said}\n" for said in texts)
    return Result(*_without_header(joined.removesuffix("\n")), pictures=pictures)


def exec_end(reading: Reading, payload: dict[str, Json]) -> Result:
    """Return what an event tells of a command that has ended."""
    streams = (text(payload.get("stdout")), text(payload.get("stderr")))
    said = text(payload.get("aggregated_output")) or "\n".join(filter(None, streams))
    shown, pictures = images.taken_out(reading, said or text(payload.get("formatted_output")))
    return Result(shown, _code(payload.get("exit_code")), pictures=pictures)


def patch_end(_reading: Reading, payload: dict[str, Json]) -> Result:
    """Return what an event tells of a patch that was applied, or not."""
    streams = (text(payload.get("stdout")), text(payload.get("stderr")))
    return Result("\n".join(filter(None, streams)), failed=payload.get("success") is False)


def mcp_end(reading: Reading, payload: dict[str, Json]) -> Result:
    """Return what an event tells of a call to an MCP server."""
    told = keys(payload.get("result"))
    if "Err" in told:
        error = told["Err"]
        return Result(text(error) or as_json(error), failed=True)
    answer = keys(told.get("Ok"))
    result = blocks(reading, items(answer.get("content")))
    result.failed = answer.get("isError") is True or answer.get("is_error") is True
    return result


def _text(reading: Reading, said: str) -> Result:
    told = keys(from_json(said)) if said.startswith("{") and '"metadata"' in said else {}
    about = keys(told.get("metadata"))
    if isinstance(told.get("output"), str) and about:
        shown, pictures = images.taken_out(reading, text(told["output"]))
        return Result(shown, _code(about.get("exit_code")), pictures=pictures)
    shown, pictures = images.taken_out(reading, said)
    return Result(*_without_header(shown), pictures=pictures)


def _without_header(said: str) -> tuple[str, int | None]:
    header = _BEFORE.match(said)
    if header is None:
        return said, None
    code = header["a"] or header["b"]
    return said[header.end() :], int(code) if code else None


def _picture(reading: Reading, block: dict[str, Json]) -> Attachment | None:
    if url := block.get("image_url"):
        return images.attachment(reading, url)
    if word(block.get("type")) == "image":
        mime_type = word(block.get("mimeType") or block.get("mime_type"))
        return images.from_base64(reading, block.get("data"), mime_type)
    return None


def _code(value: Json) -> int | None:
    return value if type(value) is int and abs(value) < 2**31 else None
