"""Prompts that were typed while the model worked, and notifications of tasks that ended meanwhile.

The same prompt may be told by the queue only, by an attachment only, or by both, and a notification
by a turn of the user, too: each is shown once. A prompt that leaves the queue for a turn of its own
is told by that turn, and a command by its own records.
"""

from polylogue.model import Json, Part
from polylogue.parsers.claude_code import files, injected
from polylogue.parsers.claude_code.group import Group
from polylogue.parsers.claude_code.state import QUEUED, Thread, last, shown_before
from polylogue.parsers.claude_code.users import fold_as, say
from polylogue.parsers.claude_code.wire import WireRecord
from polylogue.parsers.findings import Findings
from polylogue.parsers.ids import content_id
from polylogue.parsers.narrow import items, keys, text, word

_LONGEST = 100_000  # characters of a prompt that waits


def queue_operation(group: Group, thread: Thread, record: WireRecord) -> None:
    """Read a `queue-operation`. `remove` steers a prompt into the turn that is running."""
    state, words = group.state, text(record.content).strip()
    operation = word(record.operation)
    if operation == "enqueue" and words and not injected.typed(words):
        _show(group, thread, record, words)
        return
    if operation == "enqueue" and words:
        state.queued = last([*state.queued, words[:_LONGEST]], QUEUED)
    elif operation == "popAll":
        state.queued = []
    elif operation in {"dequeue", "remove"}:
        prompt = words or next(iter(state.queued), "")
        if prompt[:_LONGEST] in state.queued:
            state.queued.remove(prompt[:_LONGEST])
        if operation == "remove" and prompt and not prompt.startswith("/"):
            _show(group, thread, record, prompt)
            return
    fold_as(group, thread, record, "queue-operation")


def _show(group: Group, thread: Thread, record: WireRecord, words: str) -> None:
    """Show what the queue tells. It stands below what was said last, and has no id of its own."""
    if shown_before(group.state, words, "queue"):
        fold_as(group, thread, record, "repeated prompt")
        return
    record.uuid = word(record.uuid) or content_id(record.timestamp, words)
    record.parent_uuid = word(record.parent_uuid) or thread.current_id
    say(group, thread, record, list(injected.read(words)))


def queued_command(group: Group, thread: Thread, record: WireRecord) -> None:
    """Read the attachment that tells of a prompt that had to wait."""
    prompt = keys(record.attachment).get("prompt")
    blocks = [{"type": "text", "text": prompt}] if isinstance(prompt, str) else items(prompt)
    words = "\n".join(text(keys(block).get("text")) for block in blocks).strip()
    if words and shown_before(group.state, words, "attachment"):
        fold_as(group, thread, record, "repeated prompt")
        return
    findings = group.of(thread).findings
    say(group, thread, record, [part for block in blocks for part in _parts(block, findings)])


def _parts(block: Json, findings: Findings) -> list[Part]:
    told = keys(block)
    kind = word(told.get("type"))
    if kind in files.KINDS:
        return list(files.read(told, findings))
    if kind == "text":
        return list(injected.read(text(told.get("text"))))
    return [findings.unknown("attachment.prompt[]", kind, block)]
