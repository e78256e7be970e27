"""What stands in a user's turn → parts: what the person typed told apart from what was put in.

Claude Code writes commands, their output, reminders and notifications as the words of the user,
wrapped in tags or begun with fixed phrases. What begins like none of them is what the person typed.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from polylogue.model import Context, Notice, Part, Text, ToolResult

#: How the notification of a task begins.
TASK: Final = "<task-notification>"

_ESCAPES = re.compile(r"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_MOST_REMINDERS = 64
_INTERRUPTED = re.compile(r"\[Request interrupted by user[^\]\n]{0,100}\]")
_ATTRIBUTE = re.compile(r'\w+="([^"]{1,200})"')


def plain(output: str) -> str:
    """Return what a terminal printed without its colours and other escapes."""
    return _ESCAPES.sub("", output) if "\x1b" in output else output


def read(words: str) -> Iterator[Part]:
    """Yield the parts of a text in a user's turn."""
    rest = words.strip()
    for _ in range(_MOST_REMINDERS):
        reminder = _leading(rest)
        if reminder is None:
            break
        title, text, rest = reminder
        if text:
            yield Context(title=title, text=text)
    if not rest:
        return
    for beginning, reader in _BEGINNINGS:
        if rest.startswith(beginning):
            yield from reader(rest)
            return
    if found := _INTERRUPTED.match(rest):
        yield Notice(kind="interrupted", text=found[0].strip("[]"))
        rest = rest[found.end() :].strip()
    if rest:
        yield Text(text=rest)


def typed(words: str) -> bool:
    """Tell whether a person typed this text, which waits in the queue."""
    return any(isinstance(part, Text) for part in read(words))


#: Tags before what the person typed, and what is in them.
_REMINDERS: Final = {
    "system-reminder": "Reminder",
    "ide_opened_file": "Opened in the IDE",
    "ide_selection": "Selected in the IDE",
    "ide_diagnostics": "Diagnostics of the IDE",
}


def _leading(words: str) -> tuple[str, str, str] | None:
    """Return title and text of the reminder that `words` begin with, and what comes after it."""
    for tag, title in _REMINDERS.items():
        if words.startswith(f"<{tag}>"):
            inside, closed, rest = words[len(tag) + 2 :].partition(f"</{tag}>")
            return title, inside.strip(), rest.strip() if closed else ""
    return None


def _inside(words: str, tag: str) -> str:
    """Return what stands between the first `<tag>` and its end, "" when there is none."""
    _before, _opened, rest = words.partition(f"<{tag}>")
    return rest.partition(f"</{tag}>")[0].strip()


def _command(words: str) -> Iterator[Part]:
    name = _inside(words, "command-name") or _inside(words, "command-message")
    typed_words = f"/{name.removeprefix('/')} {_inside(words, 'command-args')}".strip()
    yield Text(text=typed_words) if name else Context(title="Command", text=words)
    if expanded := _inside(words, "command-contents"):
        yield Context(title=typed_words, text=expanded)


def _output(name: str, *tags: str) -> Callable[[str], Iterator[Part]]:
    def reader(words: str) -> Iterator[Part]:
        told = [plain(_inside(words, tag)) for tag in tags]
        if output := "\n".join(filter(None, told)):
            yield ToolResult(name=name, output=output)

    return reader


def _typed_shell(words: str) -> Iterator[Part]:
    if command := _inside(words, "bash-input"):
        yield Text(text=f"! {command}")


def _memory(words: str) -> Iterator[Part]:
    if kept := _inside(words, "user-memory-input"):
        yield Notice(kind="memory", text=kept)


def _task(words: str) -> Iterator[Part]:
    summary = _inside(words, "summary") or f"Task {_inside(words, 'status') or 'changed'}"
    yield Notice(kind="task", text=summary)
    if result := _inside(words, "result"):
        yield Context(title="Result", text=result)


def _peer(words: str) -> Iterator[Part]:
    """Read a message of another agent, who is named in the tag."""
    tag, _closed, rest = words.partition(">")
    named = _ATTRIBUTE.search(tag)
    title = tag.strip("<").split(" ", 1)[0].replace("-", " ").capitalize()
    text = rest.rpartition("</")[0].strip() or rest.strip() or words
    yield Context(title=f"{title} from {named[1]}" if named else title, text=text)


def _context(title: str) -> Callable[[str], Iterator[Part]]:
    def reader(words: str) -> Iterator[Part]:
        yield Context(title=title, text=words)

    return reader


_BEGINNINGS: Final[tuple[tuple[str | tuple[str, ...], Callable[[str], Iterator[Part]]], ...]] = (
    (("<command-name>", "<command-message>", "<command-args>"), _command),
    (
        ("<local-command-stdout>", "<local-command-stderr>"),
        _output("Command", "local-command-stdout", "local-command-stderr"),
    ),
    ("<bash-input>", _typed_shell),
    (("<bash-stdout>", "<bash-stderr>"), _output("Bash", "bash-stdout", "bash-stderr")),
    ("<user-memory-input>", _memory),
    (TASK, _task),
    (
        (
            "<teammate-message",
            "<cross-session-message",
            "<channel-message",
            "<subagent_notification",
        ),
        _peer,
    ),
    (("<local-command-caveat>", "Caveat: The messages below were generated"), _context("Caveat")),
    ("This session is being continued from a previous", _context("Summary of what was before")),
    ("Base directory for this skill:", _context("Skill")),
    (
        ("Stop hook feedback:", "PreToolUse:", "PostToolUse:", "<user-prompt-submit-hook>"),
        _context("Hook"),
    ),
    ("# AGENTS.md instructions for ", _context("Instructions")),
    (
        (
            "<environment_context>",
            "<permissions instructions>",
            "<new-diagnostics>",
            "<tick>",
            "<ultraplan>",
            "<remote-review",
            "<github-webhook-activity>",
        ),
        _context("Context"),
    ),
)
