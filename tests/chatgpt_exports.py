"""ChatGPT exports made by hand, for all tests: conversations, branches, and ZIPs of each generation.

    chat = conversation("c1", "Tea", "Which tea?", "Green.", "And cake?", "No.")
    branch(chat, "c1-4", "Yes, with plums.")                  # the answer, regenerated
    export_zip(tmp_path / "export.zip", [chat], generation="sharded")

Texts alternate between user and assistant, and the n-th message of conversation `c1` has the id
`c1-n`. Times are made from a fixed day, so that the same calls give the same bytes.
"""

import copy
import json
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

Object = dict[str, Any]
Generation = Literal["classic", "sharded", "dat", "slim"]

#: The moment at which every conversation of these exports begins, in seconds.
START = 1_750_000_000.0
ROOT = "client-created-root"
SHARD = 100


def png(red: int = 200, green: int = 30, blue: int = 30) -> bytes:
    """Return a picture of one pixel."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(bytes((0, red, green, blue)))
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", pixel), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


# --- Messages -------------------------------------------------------------------------------------


def message(
    message_id: str,
    role: str,
    *parts: str | Object | None,
    content: Object | None = None,
    metadata: Object | None = None,
    name: str | None = None,
    at: float | None = None,
    **fields: object,
) -> Object:
    """Return a message of the classic kind; `parts` are texts and part objects, or give `content`.

    `name` is the author's, `at` seconds after `START`; `fields` replace any other field.
    """
    kind = "text" if all(isinstance(part, str) for part in parts) else "multimodal_text"
    usual: Object = {
        "id": message_id,
        "author": {"role": role, "name": name, "metadata": {}},
        "create_time": None if at is None else START + at,
        "update_time": None,
        "content": content or {"content_type": kind, "parts": list(parts)},
        "status": "finished_successfully",
        "end_turn": True if role == "assistant" else None,
        "weight": 1.0,
        "metadata": metadata or {},
        "recipient": "all",
        "channel": None,
    }
    return usual | fields


def code(text: str, language: str = "unknown") -> Object:
    """Return the content of a message that is code."""
    return {
        "content_type": "code",
        "language": language,
        "response_format_name": None,
        "text": text,
    }


def image(
    ref: str, *, size: int = 69, width: int = 1, height: int = 1, **metadata: object
) -> Object:
    """Return an image pointer; `ref` is the file id, `metadata` the part's own."""
    scheme = "sediment" if ref.startswith("file_") else "file-service"
    return {
        "content_type": "image_asset_pointer",
        "asset_pointer": f"{scheme}://{ref}",
        "size_bytes": size,
        "width": width,
        "height": height,
        "fovea": None,
        "metadata": metadata or None,
    }


# --- Conversations --------------------------------------------------------------------------------


def conversation(
    conversation_id: str, title: str | None, *turns: str | Object, **fields: object
) -> Object:
    """Return a conversation of the classic kind: one path of `turns`, texts or messages.

    `fields` replace fields of the conversation.
    """
    made: Object = {
        "title": title,
        "create_time": START,
        "update_time": START + 60.0 * len(turns),
        "mapping": {ROOT: {"id": ROOT, "message": None, "parent": None, "children": []}},
        "moderation_results": [],
        "current_node": ROOT,
        "plugin_ids": None,
        "conversation_id": conversation_id,
        "conversation_template_id": None,
        "gizmo_id": None,
        "is_archived": False,
        "is_starred": None,
        "safe_urls": [],
        "default_model_slug": "gpt-4o",
        "voice": None,
        "id": conversation_id,
    }
    return extend(made, ROOT, *turns) | fields


def extend(chat: Object, parent: str, *turns: str | Object, role: str | None = None) -> Object:
    """Put `turns` below the node `parent` of `chat`, and make the last of them the current one.

    Texts alternate; the first is of `role`, else of whoever speaks after `parent`.
    """
    mapping = chat["mapping"]
    above = mapping[parent]["message"]
    speaker = role or ("assistant" if above and above["author"]["role"] == "user" else "user")
    for turn in turns:
        said = _say(chat, speaker, turn) if isinstance(turn, str) else turn
        key = said["id"]
        mapping[key] = {"id": key, "message": said, "parent": parent, "children": []}
        mapping[parent]["children"].append(key)
        parent = key
        speaker = "assistant" if said["author"]["role"] == "user" else "user"
    chat["current_node"] = parent
    return chat


def _say(chat: Object, speaker: str, text: str) -> Object:
    number = len(chat["mapping"])
    model = {"model_slug": chat["default_model_slug"]} if speaker == "assistant" else {}
    key = f"{chat['conversation_id']}-{number}"
    return message(key, speaker, text, metadata=model, at=60.0 * number)


def branch(chat: Object, beside: str, *turns: str | Object) -> Object:
    """Put `turns` beside the message `beside`: it was regenerated, or edited if it is a prompt."""
    node = chat["mapping"][beside]
    return extend(chat, node["parent"], *turns, role=node["message"]["author"]["role"])


def slim(chat: Object) -> Object:
    """Return `chat` as exports of the slim generation tell it: fewer nodes, fewer fields."""
    made = copy.deepcopy(chat)
    kept = {
        key: node
        for key, node in made["mapping"].items()
        if node["message"] is None
        or (
            node["message"]["author"]["role"] in {"user", "assistant"}
            and node["message"]["recipient"] == "all"
        )
    }
    made["mapping"] = {key: _slim_node(made["mapping"], kept, key) for key in kept}
    if made["current_node"] not in kept:
        made["current_node"] = _kept_above(made["mapping"], kept, made["current_node"])
    return made


def _slim_node(mapping: Object, kept: Object, key: str) -> Object:
    told = kept[key]["message"]
    fields = ("author", "content", "create_time", "id", "metadata")
    thin = {field: told[field] for field in fields} if told else None
    if thin is not None and not thin["metadata"]:
        del thin["metadata"]
    return {"id": key, "message": thin, "parent": _kept_above(mapping, kept, key)}


def _kept_above(mapping: Object, kept: Object, key: str) -> str | None:
    parent: str | None = mapping[key]["parent"]
    while parent is not None and parent not in kept:
        parent = mapping[parent]["parent"]
    return parent


# --- Files ----------------------------------------------------------------------------------------


def dump(value: object) -> bytes:
    """Return `value` as an export writes it: on one line, not ASCII only, half emoji escaped."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")


def write_json(path: Path, value: object) -> Path:
    """Write `value` as JSON to `path` and return it."""
    path.write_bytes(dump(value))
    return path


def members(
    conversations: Sequence[Object],
    *,
    generation: Generation = "classic",
    assets: Mapping[str, tuple[str, bytes]] | None = None,
) -> dict[str, bytes]:
    """Return the members of an export, name → bytes; `assets` are file id → (name, bytes)."""
    assets = assets or {}
    told = list(map(slim, conversations)) if generation == "slim" else list(conversations)
    html = b"<html><body><script>\nvar jsonData = " + dump(told) + b";\n</script></body></html>\n"
    made = {"chat.html": html, "user.json": dump(_USER)}
    if generation == "classic":
        made["conversations.json"] = dump(told)
        made |= {name: dump([]) for name in ("message_feedback.json", "model_comparisons.json")}
        made["shared_conversations.json"] = dump(list(map(_shared, told[:1])))
    else:
        made |= _shards(told)
        made["user_settings.json"] = dump({"user_id": _USER["id"], "settings": {}})
    if generation in {"dat", "slim"}:
        made |= {f"{ref}.dat": data for ref, (_name, data) in assets.items()}
        names = {f"{ref}.dat": name for ref, (name, _data) in assets.items()}
        made["conversation_asset_file_names.json"] = dump(names)
    else:
        made |= {f"{ref}-{name}": data for ref, (name, data) in assets.items()}
    return made


def export_zip(
    path: Path,
    conversations: Iterable[Object],
    *,
    generation: Generation = "classic",
    assets: Mapping[str, tuple[str, bytes]] | None = None,
    extra_members: Mapping[str, bytes] | None = None,
) -> Path:
    """Write an export to `path` and return it; `extra_members` are name → bytes."""
    made = members(list(conversations), generation=generation, assets=assets)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (made | dict(extra_members or {})).items():
            info = zipfile.ZipInfo(name, (2025, 6, 15, 12, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return path


_USER: Object = {
    "id": "user-OnlyMadeUp",
    "email": "person@example.org",
    "chatgpt_plus_user": False,
    "birth_year": 1970,
}


def _shared(chat: Object) -> Object:
    shared_id = f"share-{chat['id']}"
    return {
        "id": shared_id,
        "conversation_id": chat["id"],
        "title": chat["title"],
        "is_anonymous": True,
    }


def _shards(conversations: Sequence[Object]) -> dict[str, bytes]:
    starts = range(0, max(1, len(conversations)), SHARD)
    shards = {
        f"conversations-{number:03}.json": dump(conversations[start : start + SHARD])
        for number, start in enumerate(starts)
    }
    files = {"conversations.json": {"files": list(shards), "sharded": True}}
    manifest = {"version": 1, "manifest_file": "export_manifest.json", "logical_files": files}
    return shards | {"export_manifest.json": dump(manifest)}
