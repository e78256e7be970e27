"""AI Studio prompts made by hand, as they lie in Drive.

told = prompt(user("Which tea?"), thought("Green or black."), model("Green."))
conversation, blobs = read(told, conversation_id="drive-id")
"""

import base64
import hashlib
import json
from typing import Any

from polylogue.model import Blob, Conversation, Document
from polylogue.parsers.aistudio import PARSER
from polylogue.parsers.base import detect
from polylogue.parsers.text import probe

Object = dict[str, Any]

PIXEL = b"\x89PNG\r\n\x1a\n-not-really-"
PIXEL_REF = f"sha256:{hashlib.sha256(PIXEL).hexdigest()}"


def user(text: str = "", **fields: object) -> Object:
    """Return what a person typed."""
    return ({"text": text} if text else {}) | {"role": "user", "tokenCount": 3} | fields


def model(text: str = "", **fields: object) -> Object:
    """Return an answer."""
    return ({"text": text} if text else {}) | {"role": "model", "finishReason": "STOP"} | fields


def thought(text: str, **fields: object) -> Object:
    """Return a thought, which is a chunk of its own, with the pieces in which it was streamed."""
    parts = [{"text": piece, "thought": True} for piece in text.partition(" ") if piece]
    return model(text, isThought=True, thinkingBudget=-1, parts=parts) | fields


def inline(data: bytes = PIXEL, mime_type: str = "image/png") -> Object:
    """Return a file that stands in the prompt."""
    return {"mimeType": mime_type, "data": base64.b64encode(data).decode()}


def prompt(*chunks: object, **fields: object) -> Object:
    """Return a prompt; `fields` replace any field of the top level."""
    settings = {"model": "models/gemini-3-pro", "temperature": 1.0, "googleSearch": {}}
    usual: Object = {
        "runSettings": settings | {"safetySettings": [{"category": "X"}]},
        "systemInstruction": {},
        "chunkedPrompt": {"chunks": list(chunks), "pendingInputs": [{"text": "", "role": "user"}]},
    }
    return usual | fields


def rich() -> Object:
    """Return a prompt in which most of the format occurs."""
    pages = {
        "webSearchQueries": ["tea", "green tea"],
        "groundingSources": [
            {"referenceNumber": 1, "title": "Tea", "uri": "https://t.example"},
            {"referenceNumber": 2, "title": "Cake", "uri": "https://c.example"},
        ],
        "corroborationSegments": [{"index": 3, "uri": "https://t.example", "footnoteNumber": 1}],
    }
    streamed = [
        {"text": "Run "},
        {"text": "this:"},
        {"executableCode": {"language": "PYTHON", "code": "1/0"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_FAILED", "output": "boom"}},
        {"text": "Done."},
    ]
    return prompt(
        user(driveImage={"id": "drive-1"}),
        user("Look.", inlineFile=inline(), createTime="2026-02-01T12:00:00.123456789Z"),
        user(youtubeVideo={"id": "film"}, videoMetadata={"startOffset": "10s", "endOffset": "20s"}),
        thought("I will look."),
        model("Run this:Done.", parts=streamed),
        model("Tea is hot.", grounding=pages, createTime="2026-02-01T12:01:00Z"),
        user(branchParent={"promptId": "prompts/elsewhere", "displayName": "Old"}),
        model("", errorMessage="It broke.", finishReason="SAFETY"),
        model(functionCall={"name": "look", "args": {"b": 1, "a": 2}, "id": "c1"}),
        user(functionResponse={"name": "look", "response": {"ok": True}, "id": "c1"}),
        model("Better.", isEdited=True, novelty={"b": 1, "a": [2]}),
        systemInstruction={"parts": [{"text": "Be brief."}]},
        citations=[{"uri": "https://copied.example"}],
    )


def dump(value: object) -> bytes:
    """Return `value` as JSON."""
    return json.dumps(value).encode()


def read(value: object, **about: Any) -> tuple[Conversation, list[Blob]]:  # noqa: ANN401
    """Return the conversation and the files in a prompt; `about` are fields of the Document."""
    data = dump(value)
    found = detect(probe(data), (PARSER,))
    assert found is not None
    assert found[1].parse is not None
    first, *rest = found[1].parse(Document(data=data, **about))
    assert isinstance(first, Conversation)
    return first, [record for record in rest if isinstance(record, Blob)]
