"""Grok exports made by hand.

export(chat("c1", "Tea", response("r1", "human", "Which tea?"), response("r2", "ASSISTANT", "Green.", "r1")))
"""

import json
from typing import Any

Object = dict[str, Any]


def response(
    response_id: str, sender: str, message: object, parent: str | None = None, **fields: object
) -> Object:
    """Return one response with the wrapper around it."""
    told: Object = {
        "response_id": response_id,
        "message": message,
        "sender": sender,
        "create_time": "2025-06-21T19:28:21.194663Z",
        "parent_response_id": parent,
        "manual": False,
        "partial": False,
        "shared": False,
        "query": None,
        "query_type": None,
        "web_search_results": [],
        "cited_web_search_results": [],
        "xpost_ids": [],
        "generated_image_urls": [],
        "image_attachments": [],
        "file_attachments": [],
        "card_attachments_json": [],
        "steps": [],
        "thinking_trace": None,
        "thinking_start_time": None,
        "thinking_end_time": None,
        "error": None,
        "webpage_urls": [],
        "metadata": {},
    }
    return {"response": told | fields, "share_link": None}


def chat(conversation_id: str, title: str, *responses: object, **fields: object) -> Object:
    """Return an element of the list of conversations."""
    told: Object = {
        "conversation_id": conversation_id,
        "user_id": "user-1",
        "create_time": "2025-06-21T19:28:21.177720Z",
        "modify_time": "2025-06-21T19:30:01.846938Z",
        "leaf_response_id": None,
        "title": title,
        "summary": "",
        "starred": None,
        "temporary": False,
        "system_prompt_name": "",
    }
    return {"conversation": told | fields, "responses": list(responses)}


def project(workspace_id: str, name: str, custom_personality: str) -> Object:
    """Return an element of the list of projects."""
    return {
        "workspace_id": workspace_id,
        "name": name,
        "custom_personality": custom_personality,
        "create_time": "2025-06-20T10:00:00.000000Z",
    }


def card(card_id: str, **fields: object) -> str:
    """Return an entry of `card_attachments_json`: JSON in JSON."""
    return json.dumps({"id": card_id} | fields)


def render(card_id: str, kind: str = "render_inline_citation") -> str:
    """Return the tag in a message that stands for a card."""
    return (
        f'<grok:render card_id="{card_id}" card_type="citation_card" type="{kind}">'
        '<argument name="citation_id">0</argument></grok:render>'
    )


def export(*chats: object, **lists: object) -> bytes:
    """Return `prod-grok-backend.json`."""
    return json.dumps({"conversations": list(chats)} | lists).encode()
