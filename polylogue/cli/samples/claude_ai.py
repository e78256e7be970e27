"""A Claude.ai export: a chat with thinking, a search and a document in two versions; a project.

Structure as in exports since 2025: `content` holds typed blocks, and beside the conversations there
are projects, users and what Claude remembers.
"""

from typing import Any, TypeAlias

from polylogue.cli.samples.pack import dump, zipped

_Json: TypeAlias = dict[str, Any]

_ACCOUNT = {"uuid": "account-demo"}
_PAGE = "https://example.org/boxwood"


def export() -> bytes:
    """Return the ZIP."""
    return zipped(
        {
            "conversations.json": dump([_hedge()]),
            "projects.json": dump([_project()]),
            "memories.json": dump([_memory()]),
            "users.json": dump([_ACCOUNT | {"full_name": "A Gardener", "email_address": ""}]),
        }
    )


def _hedge() -> _Json:
    claim = "Cut boxwood in late June"
    citation = {"type": "web_search_citation", "url": _PAGE}
    advice = _text(f"{claim}, on a dull day, so that the fresh leaves do not burn.")
    advice["citations"] = [
        {"uuid": "cite-1", "start_index": 0, "end_index": len(claim), "details": citation}
    ]
    page = {"type": "knowledge", "title": "Boxwood through the year", "url": _PAGE}
    plan = "# The hedge\n\n- June: cut\n- July: water\n"
    messages = [
        _message(1, "human", _text("When do I cut my boxwood hedge? Please make me a plan.")),
        _message(
            2,
            "assistant",
            {"type": "thinking", "thinking": "Late June is usual; better look it up."},
            _call("search", "web_search", query="boxwood when to cut"),
            {
                "type": "tool_result",
                "tool_use_id": "search",
                "name": "web_search",
                "content": [page],
            },
            advice,
            _artifact("create", type="text/markdown", title="The hedge", content=plan),
        ),
        _message(3, "human", _text("Once more in September would be good.")),
        _message(
            4,
            "assistant",
            _artifact(
                "update", old_str="- July: water\n", new_str="- July: water\n- September: trim\n"
            ),
            _text("Done; keep the second cut light."),
        ),
    ]
    return {
        "uuid": "hedge-demo",
        "name": "A plan for the hedge",
        "summary": "",
        "created_at": _moment(0),
        "updated_at": _moment(4),
        "account": _ACCOUNT,
        "chat_messages": messages,
    }


def _message(number: int, sender: str, *blocks: _Json) -> _Json:
    return {
        "uuid": f"hedge-demo-{number}",
        "text": "",
        "content": list(blocks),
        "sender": sender,
        "created_at": _moment(number),
        "updated_at": _moment(number),
        "attachments": [],
        "files": [],
    }


def _text(text: str) -> _Json:
    return {"type": "text", "text": text, "citations": []}


def _call(call_id: str, name: str, **arguments: object) -> _Json:
    return {"type": "tool_use", "id": call_id, "name": name, "input": arguments}


def _artifact(command: str, **fields: object) -> _Json:
    return _call(command, "artifacts", command=command, id="hedge-plan", **fields)


def _project() -> _Json:
    doc = {
        "uuid": "doc-1",
        "filename": "soil.md",
        "content": "Clay, a little sour.",
        "created_at": _moment(0),
    }
    return {
        "uuid": "project-demo",
        "name": "The garden",
        "description": "Everything that grows behind the house.",
        "is_private": True,
        "is_starter_project": False,
        "prompt_template": "Answer as an old gardener.",
        "created_at": _moment(0),
        "updated_at": _moment(0),
        "creator": _ACCOUNT | {"full_name": "A Gardener"},
        "docs": [doc],
    }


def _memory() -> _Json:
    said = "**Garden** Has a boxwood hedge and heavy soil."
    return {"conversations_memory": said, "account_uuid": _ACCOUNT["uuid"]}


def _moment(minutes: int) -> str:
    return f"2026-06-07T08:{minutes:02}:00.000000Z"
