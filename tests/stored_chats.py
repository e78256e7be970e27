"""Conversations as the archive gives them, invented, small, and with every kind of part."""

from polylogue.model import (
    Artifact,
    Attachment,
    Citation,
    Context,
    Feedback,
    Head,
    Message,
    Notice,
    Part,
    Quote,
    Role,
    Source,
    StoredAttachment,
    StoredConversation,
    StoredMessage,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)

NOON = 1_767_355_200_000  # 2026-01-02 12:00 UTC


def message(
    message_id: str,
    role: Role = "assistant",
    *parts: Part | str,
    parent: str | None = None,
    branch: int = 0,
    position: int = 0,
    seconds: float | None = None,
    model: str = "",
    author: str = "",
    hidden: bool = False,
    attachments: tuple[StoredAttachment, ...] = (),
    feedback: Feedback | None = None,
) -> StoredMessage:
    """Return a stored message; text stands for a Text part, `seconds` is the time after noon."""
    return StoredMessage(
        message=Message(
            message_id=message_id,
            role=role,
            parts=tuple(Text(text=part) if isinstance(part, str) else part for part in parts),
            parent_id=parent,
            model=model,
            author=author,
            hidden=hidden,
            timestamp=None if seconds is None else NOON + int(seconds * 1000),
        ),
        branch=branch,
        position=position,
        attachments=attachments,
        feedback=feedback,
    )


def conversation(
    *messages: StoredMessage, provider: str = "chatgpt", head: Head | None = None
) -> StoredConversation:
    """Return a stored conversation of these messages, in the order of the archive."""
    return StoredConversation(
        provider=provider,
        conversation_id="5e1f0a52-0001",
        head=head or Head(title="A chat", created_at=NOON),
        messages=tuple(sorted(messages, key=lambda m: (m.branch, m.position))),
    )


_TIDE = Source(title="Tide tables", url="https://tides.example/table?port=1", quote="high at 4")
_FILE = Source(title="harbour.pdf", ref="file-77")

_ANSWER = """\
# Result

High water is at **16:05**, as \\(h(t) = a\\cos(\\omega t)\\) says:

\\[
h = 4.2 < 5
\\]

1. Plot it:
   ```python
   # draw
   plot(h)
   ```
2. Look at `h[0]`, not at [[h]].

| port | high |
|---|---|
| `A` | 16:05<br>04:20 |

It costs $5 to $6. ![map](https://tides.example/map.png)
---
- [ ] book #boat
"""


def chatgpt() -> StoredConversation:
    """Return a conversation with branches, tools, citations, and files that are there or not."""
    png = StoredAttachment(
        status="stored", name="sea.png", path="_attachments/3f/sea-3f9a2c1d.png", object_id=1
    )
    csv = StoredAttachment(
        status="stored", name="tide [1].csv", path="_attachments/9b/tide-9b01e7aa.csv", object_id=2
    )
    lost = StoredAttachment(status="not_in_export", name="harbour.pdf")
    return conversation(
        message("sys", "system", Context(title="Custom instructions", text="Be brief. #calm")),
        message(
            "u1",
            "user",
            "When is high water? #todo",
            Attachment(ref="file-1", name="sea.png", mime_type="image/png"),
            Attachment(ref="file-2", name="tide [1].csv", mime_type="text/csv"),
            Attachment(
                ref="file-77",
                name="harbour.pdf",
                mime_type="application/pdf",
                size=12_345,
                extracted_text="Port `A`\n```\n",
            ),
            parent="sys",
            position=1,
            seconds=0,
            attachments=(png, csv, lost),
        ),
        message(
            "a1",
            "assistant",
            Thinking(title="Looking up tides", text="First the port.\n\nThen the day.", seconds=12),
            parent="u1",
            position=2,
            seconds=12,
            model="gpt-5",
        ),
        message(
            "a2",
            "assistant",
            ToolCall(name="python", input="print('```')", language="python", call_id="k1"),
            parent="a1",
            position=3,
            seconds=13,
            model="gpt-5",
        ),
        message(
            "t2",
            "tool",
            ToolResult(output="```\nTraceback", call_id="k1", is_error=True, exit_code=1),
            parent="a2",
            position=4,
            author="python",
            seconds=14,
        ),
        message(
            "a3",
            "assistant",
            Text(
                text=_ANSWER,
                citations=(
                    Citation(at=38, sources=(_TIDE,)),
                    Citation(at=_ANSWER.index("2. Look") - 1, sources=(_FILE, _TIDE)),
                    Citation(at=10_000, sources=(_TIDE,)),
                ),
            ),
            Artifact(artifact_id="c1", title="Plan", version=2, text="# Plan\n\n- sail"),
            Artifact(artifact_id="c2", title="plan.py", language="python", text="sail()\n"),
            Quote(text="High at 4.\n> [!tip] now", source=_TIDE),
            Unknown(kind="hologram", json='{"a": "```"}'),
            parent="t2",
            position=5,
            seconds=20,
            model="gpt-5",
            feedback=Feedback(message_id="a3", rating="thumbs_up", comment="thank *you*"),
        ),
        message("h4", "user", "internal note", parent="a3", position=6, seconds=21, hidden=True),
        message("u5", "user", "Thanks", parent="h4", position=7, seconds=30),
        message("a6", "assistant", "Bye.", parent="u5", position=8, seconds=31, model="gpt-5-mini"),
        message(
            "b1", "assistant", "At four.", parent="u1", branch=1, position=2, seconds=5, model="o3"
        ),
        message("b2", "user", "Really?", parent="b1", branch=1, position=3, seconds=6),
        message("b3", "assistant", "Yes.", parent="b2", branch=1, position=4, seconds=7),
        message("c1", "assistant", "No.", parent="b2", branch=2, position=4, seconds=8),
        message("d1", "assistant", "At five.", parent="u1", branch=3, position=2, seconds=9),
        message("e1", "user", "When is **low** water?", parent="sys", branch=4, position=1),
        head=Head(
            title='Tides: "C#" [draft] / plan? <% x %>',
            created_at=NOON,
            updated_at=NOON + 3_600_000,
            url="https://chatgpt.com/c/5e1f0a52-0001",
            project="Sea: 1",
            metadata={"starred": True, "archived": False},
        ),
    )


def claude_code() -> StoredConversation:
    """Return a session of a coding agent: many calls under one heading, notices, a result alone."""
    return conversation(
        message("1", "user", "Fix `main.py`\n\n    #not a tag", position=0, seconds=0),
        message(
            "2",
            "assistant",
            Thinking(text=""),
            "I will look.",
            ToolCall(name="Read", input='{"path": "main.py"}', language="json", call_id="r"),
            ToolCall(name="Bash", input="ls -l", language="bash", call_id="b"),
            parent="1",
            position=1,
            seconds=1,
            model="claude-opus-4",
        ),
        message(
            "3", "user", ToolResult(output="1\tx = [[1]]", call_id="r"), parent="2", position=2
        ),
        message("4", "user", ToolResult(output="", call_id="b"), parent="3", position=3),
        message("5", "tool", ToolResult(name="Grep", output="hit", call_id="gone"), position=4),
        message(
            "6",
            "assistant",
            ToolCall(name="Write", input="x", call_id="w"),
            Notice(kind="error", text="Interrupted\nby user"),
            parent="5",
            position=5,
            seconds=9,
            model="claude-opus-4",
        ),
        provider="claude-code",
        head=Head(title="no", project="/home/me/x", model="claude-opus-4"),
    )
