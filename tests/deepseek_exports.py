"""DeepSeek exports made by hand.

chat("c1", "Tea", node("1", "root", request("Which?")), node("2", "1", think("Hm."), response("Green.")))
"""

from typing import Any

Object = dict[str, Any]


def fragment(kind: str, content: object = None, **fields: object) -> Object:
    """Return a fragment of a message."""
    return {"type": kind, "content": content} | fields


def request(content: str) -> Object:
    """Return what a person asked."""
    return fragment("REQUEST", content)


def think(content: str, elapsed_secs: float | None = None) -> Object:
    """Return what the model thought."""
    return fragment("THINK", content, elapsed_secs=elapsed_secs)


def response(content: str) -> Object:
    """Return what the model answered."""
    return fragment("RESPONSE", content)


def search(*urls: str, kind: str = "SEARCH") -> Object:
    """Return what a search found; the first page is cited as 1."""
    pages = [
        {"url": url, "title": f"Page {number}", "snippet": "…", "cite_index": number}
        for number, url in enumerate(urls, start=1)
    ]
    return fragment(kind, results=pages)


def file(file_id: str, name: str, size: int) -> Object:
    """Return a file that the person uploaded."""
    return fragment("FILE", file_id=file_id, file_name=name, file_size=size)


def node(
    key: str, parent: str, *fragments: object, at: str = "10:00:00.000", **fields: object
) -> Object:
    """Return a node of the tree; `at` is a time of day in Beijing."""
    message = {
        "files": [],
        "model": "deepseek-chat",
        "inserted_at": f"2025-03-01T{at}000+08:00",
        "fragments": list(fragments),
    }
    return {"id": key, "parent": parent, "children": [], "message": message | fields}


def chat(conversation_id: str, title: str, *nodes: Object, **fields: object) -> Object:
    """Return an element of `conversations.json`."""
    root: Object = {"id": "root", "parent": None, "children": [], "message": None}
    for made in nodes:
        if made["parent"] == "root":
            root["children"].append(made["id"])
    told: Object = {
        "id": conversation_id,
        "title": title,
        "inserted_at": "2025-03-01T10:00:00.000000+08:00",
        "updated_at": "2025-03-01T10:05:00.000000+08:00",
        "mapping": {"root": root} | {made["id"]: made for made in nodes},
    }
    return told | fields


def answer(conversation_id: str, *messages: Object) -> Object:
    """Return an answer of the API."""
    session = {"id": conversation_id, "title": "Tea", "inserted_at": 1740794400.0}
    return {
        "code": 0,
        "msg": "",
        "data": {
            "biz_code": 0,
            "biz_data": {"chat_session": session, "chat_messages": list(messages)},
        },
    }


USER: Object = {"user_id": "u1", "email": "person@example.org", "mobile": None}
