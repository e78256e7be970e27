"""Which of Claude's JSON documents is this? Told by its keys, never by a file's name.

Other providers' exports have a `conversations.json`, too, and `messages` is everybody's word: each
test asks for what only Claude writes.
"""

from polylogue.parsers.base import Probe, Shape
from polylogue.parsers.claude_ai import conversation, design, notes
from polylogue.parsers.probes import raw

_FOREIGN = ("conversation", "mapping", "responses", "sessionId", "chunkedPrompt")
_ABOUT_CHAT = ("account", "created_at", "name", "title", "updated_at", "uuid")


def _is_conversation(probe: Probe) -> bool:
    return (
        raw(probe, "chat_messages")[:1] == b"["
        and any(key in probe for key in _ABOUT_CHAT)
        and not any(key in probe for key in _FOREIGN)
    )


def _is_design_chat(probe: Probe) -> bool:
    messages = raw(probe, "messages")
    return (
        "uuid" in probe
        and messages[:1] == b"["
        and ("project" in probe or b'"contentBlocks"' in messages)
        and not any(key in probe for key in (*_FOREIGN, "chat_messages"))
    )


def _is_project(probe: Probe) -> bool:
    return {"uuid", "name"} <= probe.keys() and (
        "prompt_template" in probe or (raw(probe, "docs")[:1] == b"[" and "creator" in probe)
    )


def _is_memory(probe: Probe) -> bool:
    return "conversations_memory" in probe or (
        "account_uuid" in probe and ("memory_files" in probe or "project_memories" in probe)
    )


def _is_user(probe: Probe) -> bool:
    return {"uuid", "full_name", "email_address"} <= probe.keys()


def _is_manifest(probe: Probe) -> bool:
    files = raw(probe, "data_files")
    return files[:1] == b"[" and (b'"export_url"' in files or b'"category"' in files)


def _is_logins(probe: Probe) -> bool:
    return probe.keys() == {"login_events"}


def _is_published_artifact(probe: Probe) -> bool:
    """Tell a list of versions of a published page; their text lies in files of their own."""
    return raw(probe, "versions")[:1] == b"[" and "owner_account" in probe


SHAPES = (
    Shape("conversation", _is_conversation, conversation.parse),
    Shape("design-chat", _is_design_chat, design.parse),
    Shape("project", _is_project, notes.project),
    Shape("memory", _is_memory, notes.memory),
    Shape("user", _is_user),
    Shape("export-manifest", _is_manifest),
    Shape("login-history", _is_logins),
    Shape("published-artifact", _is_published_artifact),
)
