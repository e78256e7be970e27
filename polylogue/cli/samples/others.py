"""The exports of Grok and DeepSeek, one chat each."""

import json
from typing import Any, TypeAlias

from polylogue.cli.samples.pack import dump, zipped

_Json: TypeAlias = dict[str, Any]


def grok() -> bytes:
    """Return Grok's ZIP: a question, and an answer with its reasoning and a source."""
    card = {"id": "c1", "url": "https://example.org/comets", "title": "Comets this year"}
    tag = (
        '<grok:render card_id="c1" card_type="citation_card" type="render_inline_citation">'
        '<argument name="citation_id">0</argument></grok:render>'
    )
    told = {
        "conversation_id": "comet-demo",
        "create_time": "2026-06-20T21:00:00.000000Z",
        "modify_time": "2026-06-20T21:01:00.000000Z",
        "title": "A comet before breakfast",
    }
    answer = _response(2, "ASSISTANT", f"In the east, an hour before sunrise{tag}.") | {
        "parent_response_id": "comet-1",
        "thinking_trace": "Low in the east; binoculars help.",
        "card_attachments_json": [json.dumps(card)],
    }
    responses = [_response(1, "human", "Where do I look for the comet?"), answer]
    chat = {"conversation": told, "responses": [{"response": one} for one in responses]}
    name = "ttl/30d/export_data/demo/prod-grok-backend.json"
    return zipped({name: dump({"conversations": [chat], "projects": [], "tasks": []})})


def deepseek() -> bytes:
    """Return DeepSeek's ZIP: a question, and an answer with its thoughts and a formula."""
    chat = {
        "id": "rope-demo",
        "title": "A rope around the world",
        "inserted_at": "2026-06-22T17:00:00.000000+08:00",
        "updated_at": "2026-06-22T17:01:00.000000+08:00",
        "mapping": {
            "root": {"id": "root", "parent": None, "children": ["1"], "message": None},
            "1": _node(
                "1", "root", ["2"], ("REQUEST", "A rope a metre too long: how high is the gap?")
            ),
            "2": _node(
                "2",
                "1",
                [],
                ("THINK", "The radius cancels."),
                ("RESPONSE", "About 16 cm, whatever the radius: $\\frac{1}{2\\pi}$ of a metre."),
            ),
        },
    }
    return zipped(
        {
            "conversations.json": dump([chat]),
            "user.json": dump({"user_id": "demo", "email": "", "mobile": None}),
        }
    )


def _response(number: int, sender: str, message: str) -> _Json:
    return {
        "response_id": f"comet-{number}",
        "message": message,
        "sender": sender,
        "create_time": f"2026-06-20T21:0{number - 1}:00.000000Z",
        "parent_response_id": None,
    }


def _node(key: str, parent: str, children: list[str], *fragments: tuple[str, str]) -> _Json:
    message = {
        "files": [],
        "model": "deepseek-reasoner",
        "inserted_at": f"2026-06-22T17:0{key}:00.000000+08:00",
        "fragments": [{"type": kind, "content": content} for kind, content in fragments],
    }
    return {"id": key, "parent": parent, "children": children, "message": message}
