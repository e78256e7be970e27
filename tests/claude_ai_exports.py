"""Claude.ai exports made by hand, for all tests: chats, projects, memories, and ZIPs of each generation.

    chat = conversation("c1", "Tea", "Which tea?", "Green.")
    chat["chat_messages"].append(message("c1-3", "assistant", call("bash_tool", {"command": "ls"})))
    export_zip(tmp_path / "data.zip", [chat], projects=[project("p1", "Garden")])

Texts alternate between human and assistant, and the n-th message of conversation `c1` has the id
`c1-n`. A prompt and its answer have the same time, as they do in real exports.
"""

import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

Object = dict[str, Any]
Generation = Literal["classic", "folders"]

START = datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC)
ROOT = "00000000-0000-4000-8000-000000000000"


def moment(seconds: float) -> str:
    """Return the time so many seconds after `START` as an export writes it."""
    return (START + timedelta(seconds=seconds)).isoformat(timespec="microseconds")[:-6] + "Z"


# --- Blocks ---------------------------------------------------------------------------------------


def said(text: str, *citations: Object) -> Object:
    """Return a block of text."""
    return _timed({"type": "text", "text": text, "citations": list(citations)})


def citation(url: str, start: int, end: int) -> Object:
    """Return a citation of the page at `url`."""
    details = {"type": "web_search_citation", "url": url}
    return {"uuid": f"cite-{end}", "start_index": start, "end_index": end, "details": details}


def thought(text: str, *summaries: str, **fields: object) -> Object:
    """Return a block of thinking."""
    told = [{"summary": summary} for summary in summaries]
    return _timed(
        {"type": "thinking", "thinking": text, "summaries": told, "cut_off": False} | fields
    )


def call(name: str, arguments: object, call_id: str | None = None, **fields: object) -> Object:
    """Return the call of a tool."""
    usual: Object = {"message": name, "integration_name": None, "context": None}
    made = {"type": "tool_use", "id": call_id, "name": name, "input": arguments}
    return _timed(made | usual | fields)


def answer(
    name: str,
    *content: object,
    call_id: str | None = None,
    is_error: bool = False,
    **fields: object,
) -> Object:
    """Return the result of a tool; texts become text items."""
    told = [{"type": "text", "text": item} if isinstance(item, str) else item for item in content]
    made = {"type": "tool_result", "tool_use_id": call_id, "name": name, "content": told}
    return _timed(made | {"is_error": is_error, "structured_content": None, "meta": None} | fields)


def page(title: str, url: str, text: str) -> Object:
    """Return a search result."""
    metadata = {"type": "webpage_metadata", "site_name": "Example", "site_domain": "e.example"}
    made = {"type": "knowledge", "title": title, "url": url, "metadata": metadata, "text": text}
    return made | {
        "is_missing": False,
        "is_citable": True,
        "prompt_context_metadata": {"age": "1d"},
    }


def artifact(command: str, artifact_id: str, **fields: object) -> Object:
    """Return a call that creates, updates or rewrites an artifact."""
    told = {"command": command, "id": artifact_id, "version_uuid": f"{artifact_id}-v"}
    return call("artifacts", told | fields)


def _timed(block: Object) -> Object:
    return {"start_timestamp": moment(1), "stop_timestamp": moment(3), "flags": None} | block


# --- Conversations --------------------------------------------------------------------------------


def message(message_id: str, sender: str, *blocks: str | Object, **fields: object) -> Object:
    """Return a message of the kind that has blocks; texts become blocks of text.

    `fields` replace or add others, such as `parent_message_uuid`.
    """
    content = [said(block) if isinstance(block, str) else block for block in blocks]
    usual: Object = {
        "uuid": message_id,
        "text": "\n\n".join(block["text"] for block in content if block.get("type") == "text"),
        "content": content,
        "sender": sender,
        "created_at": moment(0),
        "updated_at": moment(0),
        "attachments": [],
        "files": [],
    }
    return usual | fields


def conversation(conversation_id: str, name: str, *turns: str | Object, **fields: object) -> Object:
    """Return a conversation without parents: texts alternate, the first is human."""
    told: list[Object] = []
    for number, turn in enumerate(turns, start=1):
        sender = "assistant" if told and told[-1]["sender"] == "human" else "human"
        at = moment(60.0 * ((number + 1) // 2))
        key = f"{conversation_id}-{number}"
        made = message(key, sender, turn, created_at=at) if isinstance(turn, str) else turn
        told.append(made)
    usual: Object = {
        "uuid": conversation_id,
        "name": name,
        "summary": "",
        "created_at": moment(0),
        "updated_at": moment(60.0 * len(turns)),
        "account": {"uuid": "account-1"},
        "chat_messages": told,
    }
    return usual | fields


def flat(chat: Object) -> Object:
    """Return `chat` as the exports of 2024 tell it: texts only."""
    kept = ("uuid", "text", "sender", "created_at", "updated_at", "attachments", "files")
    told = [{key: one[key] for key in kept} for one in chat["chat_messages"]]
    return {key: chat[key] for key in chat if key != "summary"} | {"chat_messages": told}


def linked(chat: Object) -> Object:
    """Return `chat` with parents, where they are not given: each message below the one before."""
    parent = ROOT
    told = []
    for one in chat["chat_messages"]:
        told.append({"parent_message_uuid": parent} | one)
        parent = one["uuid"]
    return chat | {"chat_messages": told}


def blank(chat: Object) -> Object:
    """Return `chat` as it comes back when it was deleted: newer, and with all texts empty."""
    told = [
        one | {"text": "", "content": [said("")], "attachments": [], "files": []}
        for one in chat["chat_messages"]
    ]
    return chat | {"name": "", "updated_at": moment(9e6), "chat_messages": told}


# --- Side files -----------------------------------------------------------------------------------


def project(project_id: str, name: str, **fields: object) -> Object:
    """Return an element of `projects.json`."""
    usual: Object = {
        "uuid": project_id,
        "name": name,
        "description": "What grows where.",
        "is_private": True,
        "is_starter_project": False,
        "prompt_template": "Answer as a gardener.",
        "created_at": moment(0),
        "updated_at": moment(5),
        "creator": {"uuid": "account-1", "full_name": "A Person"},
        "docs": [
            {"uuid": "d1", "filename": "beds.md", "content": "# Beds", "created_at": moment(1)}
        ],
    }
    return usual | fields


def memory(**fields: object) -> Object:
    """Return the memory of an account."""
    usual: Object = {
        "conversations_memory": "**Work** Grows tea.",
        "project_memories": {"p2": "Second.", "p1": "First."},
        "account_uuid": "account-1",
    }
    return usual | fields


def user() -> Object:
    """Return an element of `users.json`."""
    told = {"uuid": "account-1", "full_name": "A Person", "email_address": "person@example.org"}
    return told | {"verified_phone_number": None}


def manifest() -> Object:
    """Return the manifest that names the archives of an export."""
    link = {"batch_index": 0, "export_url": "https://example.org/1", "category": "projects"}
    files = [link | {"part": 0, "filename": "projects-000.zip"}]
    return {"version": "1.0", "created_at": moment(0), "total_files": 1, "data_files": files}


def design_chat(chat_id: str, title: str, *contents: Object) -> Object:
    """Return a design chat; each of `contents` is what one message says, user and assistant."""
    roles = ("user", "assistant")
    told = [
        {
            "uuid": f"{chat_id}-{number + 1}",
            "role": roles[number % 2],
            "created_at": moment(number),
            "content": {"role": roles[number % 2], "timestamp": moment(number)} | content,
        }
        for number, content in enumerate(contents)
    ]
    project_of_it = {"uuid": "canvas-1", "name": "Poster"}
    return {"uuid": chat_id, "title": title, "project": project_of_it, "messages": told}


# --- Files ----------------------------------------------------------------------------------------


def dump(value: object) -> bytes:
    """Return `value` as an export writes it: on one line, half emoji escaped."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")


def members(
    conversations: Sequence[Object],
    *,
    projects: Sequence[Object] = (),
    generation: Generation = "classic",
) -> dict[str, bytes]:
    """Return the members of an export, name → bytes: arrays, or a file for each project."""
    made = {"conversations.json": dump(list(conversations)), "users.json": dump([user()])}
    if generation == "classic":
        return made | {"projects.json": dump(list(projects)), "memories.json": dump([memory()])}
    made |= {f"projects/{one['uuid']}.json": dump(one) for one in projects}
    return made | {"memories.json": dump(memory())}


def export_zip(
    path: Path,
    conversations: Iterable[Object],
    *,
    projects: Sequence[Object] = (),
    generation: Generation = "classic",
    extra_members: Mapping[str, bytes] | None = None,
) -> Path:
    """Write an export to `path` and return it; `extra_members` are name → bytes."""
    made = members(list(conversations), projects=projects, generation=generation)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (made | dict(extra_members or {})).items():
            info = zipfile.ZipInfo(name, (2025, 6, 15, 12, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return path
