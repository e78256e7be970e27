"""One rich example of each kind of file that a provider writes, for what all parsers must do.

A new provider adds its own here. `inner` is the path to the list or object that holds the input
records of a document; a session's are its lines.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import aistudio_prompts
import chatgpt_exports
import claude_ai_exports
import claude_code_sessions
import codex_sessions
import deepseek_exports
import gemini_cli_sessions
import gemini_takeout
import grok_exports

Object = dict[str, Any]


@dataclass(frozen=True)
class Example:
    """A document, with `lines` a session, with `page` a record of a page; `shape` is who reads it."""

    provider: str
    shape: str
    value: Any = None
    lines: tuple[Any, ...] = ()
    page: bytes = b""
    inner: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the name of the test with this example."""
        return f"{self.provider}-{self.shape}{'-page' if self.page else ''}"


def dump(value: object) -> bytes:
    """Return `value` as JSON, with whatever strict writers would refuse."""
    return json.dumps(value).encode()


def _chatgpt() -> Iterator[Example]:
    made = chatgpt_exports
    chat = made.conversation(
        "c1",
        "Tea",
        made.message("s", "system", ""),
        made.message("q", "user", made.image("file-" + "Ab3" * 8), "Which?", at=1),
        made.message("py", "assistant", content=made.code("1/0", "python"), recipient="python"),
        made.message("out", "tool", "boom", name="python"),
        made.message("w", "assistant", content={"content_type": "super_widget", "x": 1}),
        made.message("a", "assistant", "Green.", at=2),
    )
    made.branch(chat, "a", "Another answer", "Why?")
    yield Example("chatgpt", "conversation", chat, inner=("mapping",))
    yield Example("chatgpt", "conversation", made.slim(chat), inner=("mapping",))


def _claude_ai() -> Iterator[Example]:
    made = claude_ai_exports
    chat = made.conversation(
        "c1",
        "Tea",
        "Which tea?",
        made.message(
            "c1-2",
            "assistant",
            made.thought("Hm.", "Thinking"),
            made.call("web_search", {"query": "tea"}, "t1"),
            made.answer("t1", "web_search", made.page("Tea", "https://t.example", "All")),
            made.said("Green.", made.citation("https://t.example", 0, 5)),
            {"type": "hologram", "x": 1},
        ),
        "And cake?",
        made.message("c1-4", "assistant", made.artifact("create", "a1", content="x = 1")),
    )
    yield Example("claude-ai", "conversation", chat, inner=("chat_messages",))
    yield Example("claude-ai", "conversation", made.flat(chat), inner=("chat_messages",))
    yield Example("claude-ai", "project", made.project("p1", "Garden"), inner=("docs",))
    yield Example("claude-ai", "memory", made.memory(), inner=("project_memories",))
    contents = ({"contentBlocks": [{"type": "text", "text": text}]} for text in ("Draw", "Done"))
    design = made.design_chat("d1", "Poster", *contents)
    yield Example("claude-ai", "design-chat", design, inner=("messages",))


def _claude_code() -> Iterator[Example]:
    made = claude_code_sessions
    chat = made.Session("s1")
    chat.bare("ai-title", aiTitle="Tea")
    chat.prompt("Fix main.py")
    chat.answer(made.thinking("Hm."), made.text("I look."), made.call("t1", "Bash", command="ls"))
    chat.progress("bash_progress", of="t1")
    chat.result("t1", "main.py", stdout="main.py", stderr="")
    chat.prompt([made.text("See"), made.image(b"\x89PNG picture")])
    chat.system("compact_boundary", "Compacted", compactMetadata={"trigger": "auto"})
    chat.answer({"type": "hologram", "x": 1})
    chat.add("dream", content="x")
    yield Example("claude-code", "session", lines=tuple(chat.lines))


def _codex() -> Iterator[Example]:
    made = codex_sessions
    told = made.rollout(
        made.meta(),
        made.turn(),
        made.user("<environment_context>linux</environment_context>"),
        made.user("List the files"),
        made.shown("user_message", message="List the files"),
        made.item("reasoning", summary=[{"type": "summary_text", "text": "Plan"}]),
        made.call("shell", {"command": ["ls"]}),
        made.output("a b"),
        made.assistant("Two."),
        made.tokens(5, 3),
        made.item("hologram", x=1),
    )
    lines = tuple(json.loads(line) for line in told.splitlines())
    yield Example("codex", "rollout", lines=lines)


def _aistudio() -> Iterator[Example]:
    yield Example("aistudio", "prompt", aistudio_prompts.rich(), inner=("chunkedPrompt", "chunks"))


def _gemini_cli() -> Iterator[Example]:
    made = gemini_cli_sessions
    picture = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}
    messages = (
        made.said("m1", "List the files", picture),
        made.answered(
            "m2",
            "Two.",
            thoughts=[{"subject": "Plan", "description": "Look first."}],
            toolCalls=[made.tool("run", {"command": "ls"}, "a b", status="error")],
        ),
        made.told("info", "m3", "Saved."),
        made.said("m4", {"hologram": 1}, displayContent="Look"),
        made.answered("m5", ""),
    )
    whole = made.whole("s1", *messages, directories=["/home/me"])
    yield Example("gemini-cli", "session", whole, inner=("messages",))
    lines = (
        made.first_line("s1"),
        *messages[:3],
        made.answered("m2", "Two files, a and b."),
        made.rewind("m3"),
        made.said("m6", "Again"),
        made.change(summary="Files", lastUpdated="2026-04-18T00:00:00Z"),
        made.change(messages=[messages[0], made.answered("m7", "Ok.")]),
        made.said("m8", "Thanks"),
        {"$novelty": 1},
    )
    yield Example("gemini-cli", "session", lines=lines)


def _grok() -> Iterator[Example]:
    made = grok_exports
    tags = f'Green{made.render("k")}<xaiArtifact title="T">x</xaiArtifact>'
    page = {"url": "https://t.example", "title": "Tea", "preview": "All"}
    chat = made.chat(
        "c1",
        "Tea",
        made.response("r1", "human", "Which?", file_attachments=["f1"]),
        made.response(
            "r2",
            "ASSISTANT",
            tags,
            "r1",
            thinking_trace="Hm.",
            steps=[{"tagged_text": {"header": "Search"}}],
            web_search_results=[page],
            cited_web_search_results=[page],
            card_attachments_json=[made.card("k", url="https://t.example")],
        ),
        made.response("r3", "ASSISTANT", "", "r1", error="Overloaded"),
    )
    yield Example("grok", "conversation", chat, inner=("responses",))
    yield Example("grok", "project", made.project("w1", "Work", "Be brief."))


def _deepseek() -> Iterator[Example]:
    made = deepseek_exports
    chat = made.chat(
        "c1",
        "Tea",
        made.node("1", "root", made.file("f1", "a.pdf", 3), made.request("Which?")),
        made.node("2", "1", made.think("Hm.", 2.0), made.search("https://t.example")),
        made.node("3", "2", made.response("Green[citation:1]."), made.fragment("DREAM", "x")),
        made.node("4", "3", made.request("Why?"), made.response("So.")),
    )
    yield Example("deepseek", "conversation", chat, inner=("mapping",))
    roles = enumerate(("USER", "ASSISTANT"), start=1)
    told = (
        {"message_id": at, "parent_id": at - 1, "role": role, "content": "Tea"}
        for at, role in roles
    )
    api = made.answer("c2", *told)
    inner = ("data", "biz_data", "chat_messages")
    yield Example("deepseek", "api-answer", api, inner=inner)


def _gemini() -> Iterator[Example]:
    made = gemini_takeout
    record = made.record("Which tea?", "<p>Green.</p>", chats=(made.CHAT,))
    yield Example("gemini", "activity", record)
    cell = made.cell("Which tea?", "<p>Green.</p>", chats=(made.CHAT,))
    yield Example("gemini", "activity", page=cell.encode())


EXAMPLES: tuple[Example, ...] = (
    *_chatgpt(),
    *_claude_ai(),
    *_claude_code(),
    *_codex(),
    *_aistudio(),
    *_gemini_cli(),
    *_gemini(),
    *_grok(),
    *_deepseek(),
)
