"""The input of a tool → a ToolCall that a person wants to read: one function for each tool.

A function returns None for an input that has not the shape it knows: it is then shown as JSON, as
are the inputs of all other tools.
"""

import json
from collections.abc import Callable
from typing import TypeAlias

import msgspec

from polylogue.model import Json, ToolCall
from polylogue.parsers.claude_code.diffs import added, changes
from polylogue.parsers.narrow import items, keys, objects, text, whole, word
from polylogue.parsers.text import clean

_Input: TypeAlias = dict[str, Json]

#: The types of the blocks that call a tool.
CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})

#: Tools that start a sub-agent.
AGENTS = frozenset({"Task", "Agent"})


def call(block: dict[str, Json]) -> ToolCall:
    """Return the call in a `tool_use` block."""
    name, given = word(block.get("name")), block.get("input")
    known = _TOOLS[name](given) if name in _TOOLS and isinstance(given, dict) else None
    shown = known or _anything(given)
    return msgspec.structs.replace(shown, name=name, call_id=word(block.get("id")))


def indented(value: Json) -> str:
    """Return `value` as JSON that is easy to read, keys sorted."""
    try:
        return clean(json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2))
    except RecursionError:
        return '"nested too deep to be shown"'


def _anything(given: Json) -> ToolCall:
    return _call(indented(given), "json") if given else _call()


def _bash(given: _Input) -> ToolCall | None:
    command = text(given.get("command"))
    return _call(command, "bash", word(given.get("description"))) if command else None


def _edit(given: _Input) -> ToolCall | None:
    path, edits = _path(given), list(objects(given.get("edits"))) or [given]
    pairs = [(edit.get("old_string"), edit.get("new_string")) for edit in edits]
    told = [(text(old), text(new)) for old, new in pairs if isinstance(new, str)]
    return _call(changes(told), "diff", path) if path and told else None


def _write(given: _Input) -> ToolCall | None:
    path, content = _path(given), given.get("content", given.get("new_source"))
    return _call(added(text(content)), "diff", path) if path and isinstance(content, str) else None


def _read(given: _Input) -> ToolCall | None:
    path, pages = _path(given), word(given.get("pages"))
    start, count = whole(given.get("offset")), whole(given.get("limit"))
    first = start or 1
    lines = f"lines {first}-{first + count - 1}" if count else f"from line {first}" if start else ""
    told = lines or (pages and f"pages {pages}")
    return _call(title=f"{path} ({told})" if told else path) if path else None


def _search(given: _Input) -> ToolCall | None:
    pattern = text(given.get("pattern"))
    where = [word(given.get(key)) for key in ("path", "glob", "type")]
    return _call(title=" in ".join([pattern, *filter(None, where)])) if pattern else None


def _agent(given: _Input) -> ToolCall | None:
    prompt = text(given.get("prompt"))
    title = word(given.get("description")) or word(given.get("subagent_type"))
    return _call(prompt, "markdown", title) if prompt else None


def _fetch(given: _Input) -> ToolCall | None:
    url = word(given.get("url"))
    return _call(text(given.get("prompt")), "markdown", url) if url else None


def _plan(given: _Input) -> ToolCall | None:
    plan = text(given.get("plan"))
    return _call(plan, "markdown") if plan else None


_MARKS = {"completed": "✅", "in_progress": "▶"}


def _todos(given: _Input) -> ToolCall | None:
    todos = list(objects(given.get("todos")))
    lines = [f"- {_MARKS.get(word(t.get('status')), '⬜')} {word(t.get('content'))}" for t in todos]
    return _call("\n".join(lines), "markdown") if lines else None


def _questions(given: _Input) -> ToolCall | None:
    asked = [
        "\n".join([f"**{word(question.get('question'))}**", "", *map(_option, options)])
        for question in objects(given.get("questions"))
        for options in [items(question.get("options"))]
    ]
    return _call("\n\n".join(asked), "markdown") if asked else None


def _option(option: Json) -> str:
    label, described = word(keys(option).get("label")), word(keys(option).get("description"))
    return f"- {label}: {described}" if described and described != label else f"- {label}"


def _titled(*names: str) -> Callable[[_Input], ToolCall | None]:
    """Make the reader of a tool whose whole input is one of these fields, and few others."""

    def read(given: _Input) -> ToolCall | None:
        told = [word(given.get(name)) for name in names]
        return _call(title=" ".join(filter(None, told))) if any(told) else None

    return read


def _call(shown: str = "", language: str = "text", title: str = "") -> ToolCall:
    return ToolCall(name="", input=shown, language=language, title=title)


def _path(given: _Input) -> str:
    return word(given.get("file_path")) or word(given.get("notebook_path"))


_TOOLS: dict[str, Callable[[_Input], ToolCall | None]] = {
    "Agent": _agent,
    "AskUserQuestion": _questions,
    "Bash": _bash,
    "BashOutput": _titled("bash_id"),
    "Edit": _edit,
    "ExitPlanMode": _plan,
    "Glob": _search,
    "Grep": _search,
    "KillShell": _titled("shell_id"),
    "LS": _titled("path"),
    "MultiEdit": _edit,
    "NotebookEdit": _write,
    "Read": _read,
    "Skill": _titled("skill", "args"),
    "Task": _agent,
    "TaskOutput": _titled("task_id"),
    "TaskStop": _titled("task_id"),
    "TodoWrite": _todos,
    "ToolSearch": _titled("query"),
    "WebFetch": _fetch,
    "WebSearch": _titled("query"),
    "Write": _write,
}
