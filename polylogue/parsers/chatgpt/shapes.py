"""Which of ChatGPT's JSON documents is this? Told by its keys, never by a file's name.

`conversations.json` is also the name of other providers' exports, and `mapping` a word that
DeepSeek uses too: what belongs to others is refused first. A conversation may lack nearly
everything: slim exports have shells without `mapping`, dumps of the API have only one of the
two ids.
"""

import re

from polylogue.parsers.base import Probe, Shape
from polylogue.parsers.chatgpt import conversation, sidecars
from polylogue.parsers.chatgpt.assets import asset_ref
from polylogue.parsers.probes import raw

_IDS = ("conversation_id", "id")
_FOREIGN = ("chat_messages", "chunkedPrompt", "inserted_at", "messages", "responses", "turns")
_SHELL_SIGNS = (
    "conversation_id",
    "current_node",
    "default_model_slug",
    "mapping",
    "moderation_results",
    "update_time",
)
_FRAGMENTS = re.compile(rb'"fragments"\s*:')


def _is_conversation(probe: Probe) -> bool:
    if any(key in probe for key in _FOREIGN):
        return False
    mapping = raw(probe, "mapping")
    return _is_tree(probe, mapping) if mapping.startswith(b"{") else _is_shell(probe, mapping)


def _is_tree(probe: Probe, mapping: bytes) -> bool:
    """Any JSON may have a `mapping`: this one needs a conversation around it and nodes in it."""
    named = any(key in probe for key in (*_IDS, "current_node"))
    if not named and not ("title" in probe and "create_time" in probe):
        return False
    if b'"fragments"' in mapping and _FRAGMENTS.search(mapping):
        return b'"author"' in mapping
    return b'"message"' in mapping or b'"parent"' in mapping or not mapping.strip(b"{} \t\r\n")


def _is_shell(probe: Probe, mapping: bytes) -> bool:
    return (
        mapping in {b"", b"null"}
        and any(key in probe for key in _IDS)
        and "create_time" in probe
        and ("title" in probe or "current_node" in probe)
        and "rating" not in probe
        and any(key in probe for key in _SHELL_SIGNS)
    )


def _is_feedback(probe: Probe) -> bool:
    return "rating" in probe and "id" in probe and {"conversation_id", "user_id"} <= probe.keys()


def _is_library_file(probe: Probe) -> bool:
    return {"file_id", "file_name"} <= probe.keys()


def _is_asset_names(probe: Probe) -> bool:
    return bool(probe) and all(
        asset_ref(key) is not None and bytes(value).startswith(b'"') for key, value in probe.items()
    )


def _is_conversation_list(probe: Probe) -> bool:
    return {"items", "total", "limit", "offset"} <= probe.keys() and raw(probe, "items")[:1] == b"["


def _is_shared_conversation(probe: Probe) -> bool:
    return {"id", "conversation_id", "is_anonymous"} <= probe.keys() and "mapping" not in probe


def _is_user(probe: Probe) -> bool:
    return {"id", "email"} <= probe.keys() and any(
        key in probe for key in ("chatgpt_plus_user", "birth_year", "phone_number")
    )


def _is_user_settings(probe: Probe) -> bool:
    return "user_id" in probe and raw(probe, "settings")[:1] == b"{"


def _is_manifest(probe: Probe) -> bool:
    return {"manifest_file", "logical_files"} <= probe.keys()


def _is_model_comparison(probe: Probe) -> bool:
    return {"input", "output", "user_id"} <= probe.keys() and any(
        key in probe for key in ("conversation_id", "evaluation_name", "metadata")
    )


def _is_group_chats(probe: Probe) -> bool:
    return probe.keys() == {"chats"} and raw(probe, "chats")[:1] == b"["


def _is_codex_task(probe: Probe) -> bool:
    return "turns" in probe and raw(probe, "id").startswith(b'"task_e_')


SHAPES = (
    Shape("conversation", _is_conversation, conversation.parse),
    Shape("feedback", _is_feedback, sidecars.feedback),
    Shape("library-file", _is_library_file, sidecars.library_file),
    Shape("asset-names", _is_asset_names, sidecars.asset_names),
    Shape("conversation-list", _is_conversation_list, sidecars.conversation_list),
    Shape("shared-conversation", _is_shared_conversation),
    Shape("user", _is_user),
    Shape("user-settings", _is_user_settings),
    Shape("export-manifest", _is_manifest),
    Shape("model-comparison", _is_model_comparison),
    Shape("group-chats", _is_group_chats),
    Shape("codex-task", _is_codex_task),
)
