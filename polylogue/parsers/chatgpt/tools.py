"""Calls of tools and what they gave back → parts."""

import re
from collections.abc import Callable, Iterator

from polylogue.model import Attachment, Json, Notice, Part, ToolCall, ToolResult
from polylogue.parsers.chatgpt.assets import pointer_ref
from polylogue.parsers.chatgpt.canvas import artifact, replay
from polylogue.parsers.chatgpt.citations import unmarked
from polylogue.parsers.chatgpt.reading import Reading
from polylogue.parsers.narrow import from_json, items, keys, objects, text, word

_IMAGE_TOOLS = ("dalle", "t2uay3k", "image_gen")
_IMAGE_ARGUMENTS = {
    "n",
    "referenced_image_ids",
    "size",
    "is_style_transfer",
    "transparent_background",
}
_IMAGE_KEYS = {*_IMAGE_ARGUMENTS, "prompt"}
_FAILED = {"finished_partial_completion", "failed"}
_PICTURE = "image/vnd.openai.fileservice.png"


# --- Calls ----------------------------------------------------------------------------------------


def call(reading: Reading, body: str, language: str = "") -> Iterator[Part]:
    """Yield what the message, whose recipient is a tool and whose text is `body`, comes to."""
    reading.remember(call=reading.message_id, prompt="")
    if body.strip():
        yield from _CALLS.get(reading.recipient, _call)(reading, body, language)


def plumbing(body: str) -> str:
    """Name the machinery that an assistant's text speaks to when it is JSON for it, else "".

    The client does not show such bodies although they are addressed to all. A person's
    text is never asked: what somebody pastes is theirs.
    """
    if not body.startswith("{") or not body.rstrip().endswith("}"):
        return ""
    told = keys(from_json(body)).keys()
    if told and told <= _IMAGE_KEYS and told & _IMAGE_ARGUMENTS:
        return "image"
    if "system1_search_query" in told or told == {"queries"}:
        return "search"
    return "mainline" if told == {"skipped_mainline"} else ""


def internal(reading: Reading, name: str, body: str) -> Iterator[Part]:
    """Yield `body`, which is plumbing, as a call that is not shown."""
    reading.hidden = True
    reading.remember(call=reading.message_id)
    yield from _call(reading, body, "json", name)


def _call(reading: Reading, body: str, language: str, name: str = "") -> Iterator[Part]:
    arguments = keys(from_json(body)) if body.lstrip().startswith("{") else {}
    reading.remember(prompt=_prompt(arguments) if _draws(reading.recipient, arguments) else "")
    yield ToolCall(
        name=name or reading.recipient,
        input=unmarked(body),
        language=language or ("json" if arguments else "text"),
        call_id=reading.message_id,
    )


def _prompt(arguments: dict[str, Json]) -> str:
    prompts = (*items(arguments.get("prompts")), arguments.get("prompt"))
    return next(filter(None, map(text, prompts)), "")


def _draws(recipient: str, arguments: dict[str, Json]) -> bool:
    """Tell whether a picture is asked for; deep research has a `prompt` too."""
    if recipient.startswith(_IMAGE_TOOLS):
        return True
    return "prompt" in arguments and bool(_IMAGE_ARGUMENTS & arguments.keys())


def _remembered(_reading: Reading, body: str, _language: str) -> Iterator[Part]:
    yield Notice(kind="memory", text=unmarked(body).strip())


def _canvas(reading: Reading, body: str, language: str) -> Iterator[Part]:
    trail = reading.trail
    doc = replay(reading.recipient, body, reading.canvas, trail.canvases, reading.budget)
    if doc is None:
        yield from _call(reading, body, language)
        yield Notice(kind="canvas", text="This change of the canvas could not be replayed.")
    else:
        reading.remember(canvases=trail.canvases.put(doc))
        yield artifact(doc, reading.canvas)


_CALLS: dict[str, Callable[[Reading, str, str], Iterator[Part]]] = {
    "bio": _remembered,
    "canmore.create_textdoc": _canvas,
    "canmore.update_textdoc": _canvas,
}


# --- Results --------------------------------------------------------------------------------------


def result(reading: Reading, output: str, *, failed: bool = False) -> Iterator[Part]:
    """Yield the text `output` of a tool."""
    if output.strip():
        reading.hidden = reading.hidden or output.startswith("Model caption:")
        yield ToolResult(
            name=reading.author,
            output=unmarked(output),
            call_id=reading.trail.call,
            is_error=failed or (reading.role == "tool" and reading.status in _FAILED),
        )


def execution(reading: Reading) -> Iterator[Part]:
    """Yield an `execution_output` with what only the kernel's own report says: the exception."""
    report = keys(reading.metadata.aggregate_result)
    raised = _exception(report.get("in_kernel_exception"))
    printed = text(reading.content.get("text")) or text(report.get("final_expression_output"))
    shown = [printed] if raised in printed else [printed, raised]
    yield from result(reading, "\n".join(filter(None, shown)), failed=bool(raised))


def pictures(reading: Reading) -> Iterator[Part]:
    """Yield the images in `aggregate_result`, which the code interpreter drew."""
    report = keys(reading.metadata.aggregate_result)
    told = [
        *(pointer_ref(message.get("image_url")) for message in objects(report.get("messages"))),
        *(
            pointer_ref(keys(keys(message.get("content")).get("data")).get(_PICTURE))
            for message in objects(report.get("jupyter_messages"))
        ),
    ]
    yield from (Attachment(ref=ref) for ref in dict.fromkeys(told) if ref)


def _exception(raised: Json) -> str:
    """Return the traceback without colours, else name and arguments; "" when nothing was raised."""
    traceback = items(keys(raised).get("traceback"))
    if traceback:
        return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(map(text, traceback))).strip()
    told = (word(keys(raised).get("name")), *map(text, items(keys(raised).get("args"))))
    return ": ".join(filter(None, told))
