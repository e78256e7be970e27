"""One rich file of each provider but ChatGPT, for the notes that people look at: file name → bytes.

Each has what a person wants to see of that provider: commands with their output, changes as diffs,
lists, sub-agents, sources, files, branches, projects.
"""

import json
from collections.abc import Mapping

import aistudio_prompts
import claude_ai_exports
import claude_code_sessions
import codex_sessions
import deepseek_exports
import gemini_cli_sessions
import gemini_takeout
import grok_exports

_LOG = "".join(f"tests/test_tea.py::test_cup[{number}] PASSED\n" for number in range(300))
_SESSION = "5b1c2d3e-0000-4000-8000-000000000001"


def _claude_code() -> dict[str, bytes]:
    made = claude_code_sessions
    chat = made.Session(_SESSION)
    chat.bare("custom-title", customTitle="Mend the tea timer")
    chat.prompt("The timer rings *too early*. Fix it. #tea")
    chat.answer(
        made.thinking("The constant is in seconds."),
        made.text("I will run the tests first."),
        made.call("c1", "Bash", command="make test", description="Run the tests"),
        usage=(5, 5, 40),
    )
    chat.result("c1", f"Exit code 1\n{_LOG}1 failed", is_error=True)
    todos = [
        {"content": "Find the constant", "status": "completed", "activeForm": "Finding"},
        {"content": "Mend it", "status": "in_progress", "activeForm": "Mending"},
        {"content": "Test", "status": "pending", "activeForm": "Testing"},
    ]
    chat.answer(made.call("c2", "TodoWrite", todos=todos))
    chat.result("c2", "Todos have been modified successfully.")
    path = f"{made.CWD}/src/timer.py"
    chat.answer(made.call("c3", "Edit", file_path=path, old_string="A = 3", new_string="A = 180"))
    hunk = {"oldStart": 1, "oldLines": 2, "newStart": 1, "newLines": 2}
    lines = [" # seconds", "-A = 3", "+A = 180"]
    chat.result(
        "c3", f"The file {path} has been updated.", structuredPatch=[hunk | {"lines": lines}]
    )
    prompt = "Look where `A` is used.\n\n- in *src*\n- in tests"
    chat.answer(made.call("c4", "Task", description="Look for uses", prompt=prompt))
    chat.result("c4", "Nowhere else.", agentId="a1", status="completed")
    chat.prompt("<command-name>/compact</command-name>")
    chat.system("compact_boundary", "Conversation compacted", compactMetadata={"trigger": "manual"})
    chat.prompt([made.text("See the screen."), made.image(b"\x89PNG\r\n\x1a\n picture")])
    chat.answer(made.text("It rings after `180` seconds now."))
    chat.prompt("[Request interrupted by user]")
    agent = made.Session(_SESSION, {"isSidechain": True, "agentId": "a1"})
    agent.prompt(prompt)
    agent.answer(made.call("g1", "Grep", pattern="A", path=f"{made.CWD}/src"))
    agent.result("g1", "src/timer.py:2:A = 180")
    agent.answer(made.text("Nowhere else."))
    folder = "projects/-home-me-tea"
    return {
        f"{folder}/{_SESSION}.jsonl": chat.data(),
        f"{folder}/{_SESSION}/subagents/agent-a1.jsonl": agent.data(),
    }


def _codex() -> dict[str, bytes]:
    made = codex_sessions
    child = made.uuid7(30, 2)
    patch = "*** Begin Patch\n*** Update File: src/timer.py\n@@\n-A = 3\n+A = 180\n*** End Patch"
    plan = [{"step": "Look", "status": "completed"}, {"step": "Mend", "status": "in_progress"}]
    header = "Chunk ID: 1f2e\nWall time: 0.1 seconds\nProcess exited with code 2\nOutput:\n"
    told = made.rollout(
        made.meta(),
        made.turn(),
        made.user("<environment_context>linux</environment_context>"),
        made.user("The timer rings too early"),
        made.item("reasoning", summary=[{"type": "summary_text", "text": "**Look** at it."}]),
        made.call("exec_command", {"cmd": "make test\nmake lint"}, "call_AbCdEfGhIj01"),
        made.output(f"{header}make: *** [test] Error 2", "call_AbCdEfGhIj01"),
        made.call("update_plan", {"plan": plan, "explanation": "Small steps"}, "call_AbCdEfGhIj02"),
        made.output("Plan updated", "call_AbCdEfGhIj02"),
        made.item("custom_tool_call", name="apply_patch", input=patch, call_id="call_AbCdEfGhIj03"),
        made.item("custom_tool_call_output", output="Success.", call_id="call_AbCdEfGhIj03"),
        made.item("web_search_call", action={"type": "search", "query": "tea time"}),
        made.call("spawn_agent", {"message": "Read *all* of it"}, "call_AbCdEfGhIj04"),
        made.output(json.dumps({"agent_id": child}), "call_AbCdEfGhIj04"),
        made.assistant("It rings after `180` seconds."),
        made.tokens(50, 30),
    )
    spawn = {"subagent": {"thread_spawn": {"parent_thread_id": made.SESSION, "depth": 1}}}
    agent = made.rollout(
        made.meta(child, source=spawn, timestamp=made.stamp(30)),
        made.turn(),
        made.user("Read *all* of it"),
        made.assistant("I did."),
    )
    return {
        f"sessions/2026/05/01/rollout-2026-05-01T00-00-00-{made.SESSION}.jsonl": told,
        f"sessions/2026/05/01/rollout-2026-05-01T00-00-30-{child}.jsonl": agent,
    }


def _claude_ai() -> dict[str, bytes]:
    made = claude_ai_exports
    paste = {
        "file_name": "soil.txt",
        "file_size": 9,
        "file_type": "txt",
        "extracted_content": "pH 5\n",
    }
    question = made.message("c1-1", "human", "Where does *tea* grow?", attachments=[paste])
    chat = made.conversation(
        "c1",
        "Tea in the garden",
        question,
        made.message(
            "c1-2",
            "assistant",
            made.thought("Camellia sinensis.", "Thinking of plants"),
            made.call("web_search", {"query": "tea soil"}, "t1"),
            made.answer(
                "web_search", made.page("Soil", "https://t.example", "Sour."), call_id="t1"
            ),
            made.said("In sour soil.", made.citation("https://t.example", 0, 13)),
            made.call("bash_tool", {"command": "ls beds", "description": "List the beds"}, "t2"),
            made.answer("bash_tool", "north\nsouth", call_id="t2"),
            made.artifact(
                "create", "a1", title="Plan", type="text/markdown", content="# Plan\n\n- dig"
            ),
        ),
        "Plant it too",
        made.message(
            "c1-4",
            "assistant",
            made.artifact("update", "a1", old_str="- dig", new_str="- dig\n- plant"),
            "Done.",
        ),
        project={"uuid": "p1", "name": "Garden"},
    )
    return {
        "conversations.json": made.dump([chat]),
        "projects.json": made.dump([made.project("p1", "Garden")]),
        "memories.json": made.dump([made.memory()]),
    }


def _aistudio() -> dict[str, bytes]:
    return {"Tea prompt": aistudio_prompts.dump(aistudio_prompts.rich())}


def _gemini_cli() -> dict[str, bytes]:
    made = gemini_cli_sessions
    told = made.lines(
        made.first_line("9d2f7c1e-0000-4000-8000-000000000009", directories=["/home/me/tea"]),
        made.said("m1", "Run the tests"),
        made.answered(
            "m2",
            "They fail.",
            thoughts=[{"subject": "Plan", "description": "Run them first."}],
            toolCalls=[
                made.tool("run_shell_command", {"command": "make test"}, "boom", status="error")
            ],
            tokens={
                "input": 100,
                "output": 20,
                "cached": 60,
                "thoughts": 5,
                "tool": 0,
                "total": 125,
            },
        ),
        made.told("info", "m3", "Request cancelled."),
    )
    return {"tmp/8f43/chats/session-2026-04-17T18-09-9d2f7c1e.jsonl": told}


def _gemini() -> dict[str, bytes]:
    made = gemini_takeout
    record = made.record("Which tea?", "<p>Green, <b>not</b> black.</p><ul><li>Sencha</li></ul>")
    return {"Takeout/My Activity/Gemini Apps/MyActivity.json": made.dump([record])}


def _grok() -> dict[str, bytes]:
    made = grok_exports
    page = {"url": "https://t.example", "title": "Tea", "preview": "All about it"}
    chat = made.chat(
        "c1",
        "Tea",
        made.response("r1", "human", "Which tea?"),
        made.response(
            "r2",
            "ASSISTANT",
            f"Green.{made.render('k')}",
            "r1",
            thinking_trace="Green or black.",
            web_search_results=[page],
            cited_web_search_results=[page],
            card_attachments_json=[made.card("k", url="https://t.example")],
        ),
        made.response("r3", "ASSISTANT", "Black.", "r1"),
    )
    return {
        "prod-grok-backend.json": made.export(
            chat, projects=[made.project("w1", "Work", "Be *brief*.")]
        )
    }


def _deepseek() -> dict[str, bytes]:
    made = deepseek_exports
    chat = made.chat(
        "c1",
        "Tea",
        made.node("1", "root", made.file("f1", "a.pdf", 3), made.request("Which tea?")),
        made.node("2", "1", made.think("Green or black.", 2.0), made.search("https://t.example")),
        made.node("3", "2", made.response("Green[citation:1].")),
    )
    return {
        "conversations.json": json.dumps([chat]).encode(),
        "user.json": json.dumps(made.USER).encode(),
    }


#: The files of an export or a folder, by provider.
RICH: Mapping[str, Mapping[str, bytes]] = {
    "aistudio": _aistudio(),
    "claude-ai": _claude_ai(),
    "claude-code": _claude_code(),
    "codex": _codex(),
    "deepseek": _deepseek(),
    "gemini": _gemini(),
    "gemini-cli": _gemini_cli(),
    "grok": _grok(),
}
