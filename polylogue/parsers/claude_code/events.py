"""What happens beside the talk: system records, attachments, progress.

What is bookkeeping is folded under its name; what the model was given is kept, and not shown.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from polylogue.model import Context, Json
from polylogue.parsers.claude_code import growth, injected
from polylogue.parsers.claude_code.group import Group
from polylogue.parsers.claude_code.queue import queued_command
from polylogue.parsers.claude_code.state import Thread
from polylogue.parsers.claude_code.users import fold_as, notice, say
from polylogue.parsers.claude_code.wire import WireRecord
from polylogue.parsers.narrow import keys, text, whole, word

_Handler: TypeAlias = Callable[[Group, Thread, WireRecord], None]


def fold(group: Group, thread: Thread, record: WireRecord) -> None:
    """Count a record of bookkeeping, and let what stands below it move up."""
    fold_as(group, thread, record, word(record.type))


def unknown(group: Group, thread: Thread, record: WireRecord, path: str, kind: str) -> None:
    """Enter what nobody knows in the ledger; show it when it looks as if something was said."""
    part = group.of(thread).findings.unknown(path, kind, group.value())
    looks_like_content = any((record.content, record.message, record.attachment))
    if looks_like_content:
        say(group, thread, record, [part])
    else:
        group.link(thread, word(record.uuid), group.parent(word(record.parent_uuid)))


# --- System ---------------------------------------------------------------------------------------


def system(group: Group, thread: Thread, record: WireRecord) -> None:
    """Read a `system` record."""
    subtype = word(record.subtype)
    if subtype in _SYSTEM:
        _SYSTEM[subtype](group, thread, record)
    elif subtype in _QUIET:
        fold_as(group, thread, record, f"system:{subtype}")
    elif not subtype and isinstance(record.content, str):
        _informational(group, thread, record)
    else:
        unknown(group, thread, record, "system", subtype)


def _compacted(group: Group, thread: Thread, record: WireRecord) -> None:
    """Tell of a compaction. It cuts the chain of parents, and names apart what was before it."""
    record.parent_uuid = record.logical_parent_uuid or record.parent_uuid
    about = keys(record.compact_metadata)
    tokens = whole(about.get("preTokens", about.get("pre_tokens")))
    told = [word(about.get("trigger")), f"{tokens:,} tokens" if tokens else ""]
    why = ", ".join(filter(None, told))
    words = word(record.content) or "Conversation compacted"
    notice(group, thread, record, "compaction", f"{words} ({why})" if why else words)


def _local_command(group: Group, thread: Thread, record: WireRecord) -> None:
    say(group, thread, record, list(injected.read(text(record.content))))


def _informational(group: Group, thread: Thread, record: WireRecord) -> None:
    notice(group, thread, record, word(record.subtype) or "system", text(record.content))


def _api_error(group: Group, thread: Thread, record: WireRecord) -> None:
    """Of the error only its number is shown: its headers hold secrets."""
    status = whole(keys(record.error).get("status"))
    attempt, most = whole(record.retry_attempt), whole(record.max_retries)
    told = f"API error {status}" if status else "API error"
    retry = f"; retry {attempt} of {most}" if attempt and most else ""
    notice(group, thread, record, "error", told + retry)


_SYSTEM: Final[dict[str, _Handler]] = {
    "api_error": _api_error,
    "away_summary": _informational,
    "compact_boundary": _compacted,
    "informational": _informational,
    "local_command": _local_command,
    "scheduled_task_fire": _informational,
}
_QUIET: Final = frozenset(
    {"bridge_status", "init", "microcompact_boundary", "status", "stop_hook_summary"}
    | {"hook_response", "turn_duration"}
)


# --- Attachments ----------------------------------------------------------------------------------


def attachment(group: Group, thread: Thread, record: WireRecord) -> None:
    """Read an `attachment` record."""
    told = keys(record.attachment)
    kind = word(told.get("type"))
    if kind == "queued_command":
        queued_command(group, thread, record)
    elif kind in _GIVEN:
        say(group, thread, record, [_given(_GIVEN[kind], told)])
    elif kind.startswith(_BOOKKEEPING):
        fold_as(group, thread, record, f"attachment:{kind}")
    else:
        unknown(group, thread, record, "attachment", kind)


def _given(title: str, told: dict[str, Json]) -> Context:
    """Return the file or note that was given to the model, as far as it is text."""
    named = word(told.get("filename")) or word(told.get("planFilePath")) or word(told.get("path"))
    content = told.get("content", told.get("planContent", told.get("snippet")))
    inner = keys(content).get("file", content)
    words = text(inner) or text(keys(inner).get("content")) or text(told.get("snippet"))
    return Context(title=f"{title}: {named}" if named else title, text=words)


_GIVEN: Final = {
    "compact_file_reference": "File",
    "directory": "Folder",
    "edited_text_file": "Edited file",
    "file": "File",
    "invoked_skills": "Skills",
    "nested_memory": "Memory",
    "pdf_reference": "File",
    "plan_file_reference": "Plan",
}
_BOOKKEEPING: Final = (
    "agent_listing",
    "agent_mention",
    "already_read_file",
    "async_hook",
    "auto_mode",
    "budget",
    "command_permissions",
    "compaction_reminder",
    "context_efficiency",
    "critical_system_reminder",
    "date_change",
    "deferred_tools",
    "diagnostics",
    "dynamic_skill",
    "goal_status",
    "hook_",
    "mcp_",
    "output_style",
    "output_token",
    "plan_mode",
    "selected_lines",
    "opened_file",
    "skill_",
    "task_",
    "teammate_",
    "todo_",
    "token_usage",
    "ultra",
    "verify_plan",
)


# --- Progress -------------------------------------------------------------------------------------


def progress(group: Group, thread: Thread, record: WireRecord) -> None:
    """Read a `progress` record; a sub-agent that works says which call started it."""
    data = record.data
    agent = word(data.agent_id) if data is not None else ""
    if agent:
        growth.name_agent(group, thread, word(record.parent_tool_use_id), agent)
    fold_as(
        group, thread, record, f"progress:{word(data.type)}" if data is not None else "progress"
    )
