"""Tool calls as a person reads them: a command as one would type it, a patch, a plan, a query.

One table from the tool's name to a function of its arguments. What is not in it is shown as JSON.
"""

import json
import shlex
from collections.abc import Callable
from typing import TypeAlias

from polylogue.model import Json, ToolCall
from polylogue.parsers.codex import patches
from polylogue.parsers.narrow import as_json, from_json, items, keys, objects, text, word

_Arguments: TypeAlias = dict[str, Json]

_SHELLS = {"bash", "sh", "zsh", "dash", "powershell", "powershell.exe", "pwsh", "cmd", "cmd.exe"}
_SIGNS = {"completed": "✅", "in_progress": "▶"}


def call(name: str, arguments: Json) -> ToolCall:
    """Return the call of the tool `name`; `arguments` are an object, or text, maybe of JSON."""
    raw = text(arguments) if isinstance(arguments, str | dict | None) else as_json(arguments)
    told = keys(from_json(raw)) if raw.lstrip().startswith("{") else keys(arguments)
    maker = _CALLS.get(name.rpartition(".")[2])
    made = maker(told, raw) if maker is not None else None
    if made is None:
        made = _as_json(told) if told else ToolCall(name="", input=raw)
    return ToolCall(name=name, input=made.input, language=made.language, title=made.title)


def web_search(payload: _Arguments) -> ToolCall:
    """Return a search of the web, or a page that was opened."""
    action = keys(payload.get("action")) or payload
    queries = list(filter(None, map(word, items(action.get("queries")))))
    query = "\n".join(queries) or word(action.get("query")) or word(payload.get("query"))
    url, pattern = word(action.get("url")), word(action.get("pattern"))
    asked = query or " ".join(filter(None, (pattern and f"“{pattern}” in", url)))
    return ToolCall(name="web_search", input=asked, title=word(action.get("type")))


def command(told: Json) -> str:
    """Return a command, a text or a list of words, as a person would type it."""
    if not isinstance(told, list):
        return text(told)
    words = list(map(text, told))
    shell = words[0].replace("\\", "/").rpartition("/")[2].lower() if words else ""
    if len(words) == 3 and shell in _SHELLS and words[1].startswith(("-", "/")):
        return words[2]
    return shlex.join(words)


# --- The table ------------------------------------------------------------------------------------


def _shell(told: _Arguments, _raw: str) -> ToolCall | None:
    asked = told.get("cmd") or told.get("command")
    words = items(asked)
    if len(words) == 2 and words[0] in {"apply_patch", "applypatch"}:
        return _patched(text(words[1]))
    title = word(told.get("justification")) or word(
        told.get("workdir") or told.get("working_directory")
    )
    line = command(asked)
    return ToolCall(name="", input=line, language="bash", title=title) if line else None


def _patch(told: _Arguments, raw: str) -> ToolCall | None:
    patch = text(told.get("patch") or told.get("input")) if told else raw
    return _patched(patch) if patch else None


def _patched(patch: str) -> ToolCall:
    return ToolCall(name="", input=patch, language="diff", title=patches.title(patch))


def _plan(told: _Arguments, _raw: str) -> ToolCall | None:
    steps = [
        f"- {_SIGNS.get(word(step.get('status')), '⬜')} {word(step.get('step'))}"
        for step in objects(told.get("plan"))
    ]
    why = word(told.get("explanation"))
    shown = "\n\n".join(filter(None, (why, "\n".join(steps))))
    return ToolCall(name="", input=shown, language="markdown") if steps else None


def _typed(told: _Arguments, _raw: str) -> ToolCall | None:
    session = told.get("session_id")
    title = f"session {session}" if isinstance(session, int | str) else ""
    return ToolCall(name="", input=text(told.get("chars")), title=title)


def _program(told: _Arguments, raw: str) -> ToolCall | None:
    source = text(told.get("source") or told.get("code") or told.get("input")) if told else raw
    if not source:
        return _shell(told, raw)
    return ToolCall(name="", input=source, language="javascript")


def _picture(told: _Arguments, _raw: str) -> ToolCall | None:
    path = word(told.get("path"))
    return ToolCall(name="", title=path) if path else None


def _agent(told: _Arguments, _raw: str) -> ToolCall | None:
    task = text(told.get("message") or told.get("prompt"))
    title = word(told.get("task_name")) or word(told.get("agent_type"))
    return ToolCall(name="", input=task, language="markdown", title=title) if task else None


def _web(told: _Arguments, _raw: str) -> ToolCall | None:
    made = web_search(told)
    return made if made.input else None


def _as_json(told: _Arguments) -> ToolCall:
    try:
        shown = text(json.dumps(told, ensure_ascii=False, indent=2))
    except RecursionError:
        shown = as_json(told)
    return ToolCall(name="", input=shown, language="json")


_CALLS: dict[str, Callable[[_Arguments, str], ToolCall | None]] = {
    "apply_patch": _patch,
    "exec": _program,
    "exec_command": _shell,
    "local_shell": _shell,
    "send_input": _agent,
    "shell": _shell,
    "shell_command": _shell,
    "spawn_agent": _agent,
    "unified_exec": _shell,
    "update_plan": _plan,
    "view_image": _picture,
    "web_search": _web,
    "write_stdin": _typed,
}
