"""The tools that an agent calls in a generated session, and what they answer.

Each is a function that gives the input of a call, its output as the model is told, and what the program
is told beside: mostly the same once more, and for reading and editing a whole file.
"""

from collections.abc import Callable
from random import Random
from typing import Any, TypeAlias

from benchmarks import prose

Json: TypeAlias = dict[str, Any]
Call: TypeAlias = tuple[Json, str, Json]

RESULT, SPREAD, LONGEST = 6.6, 1.6, 120_000  # of the lengths of outputs: log-normal, cut


def _path(random: Random) -> str:
    return "/".join(["/home/someone/work", *prose.words(random, 3)]) + ".py"


def _long(random: Random) -> str:
    """Return what a tool puts out: mostly short, now and then very long."""
    return prose.output(random, min(LONGEST, int(random.lognormvariate(RESULT, SPREAD))))


def _bash(random: Random) -> Call:
    output = _long(random)
    given = {"command": " ".join(prose.words(random, 8)), "description": prose.title(random)}
    beside = {"stdout": output, "stderr": "", "interrupted": False, "isImage": False}
    return given, output, beside


def _read(random: Random) -> Call:
    path, content = _path(random), _long(random)
    lines = content.splitlines()
    numbered = "\n".join(f"{number:6}→{line}" for number, line in enumerate(lines, start=1))
    file = {"filePath": path, "content": content, "numLines": len(lines), "startLine": 1}
    beside = {"type": "text", "file": file | {"totalLines": len(lines)}}
    return {"file_path": path}, numbered, beside


def _edit(random: Random) -> Call:
    path, old, new, whole = _path(random), prose.code(random), prose.code(random), _long(random)
    before, after = old.splitlines(), new.splitlines()
    hunk = {
        "oldStart": 10,
        "oldLines": len(before),
        "newStart": 10,
        "newLines": len(after),
        "lines": [f"-{line}" for line in before] + [f"+{line}" for line in after],
    }
    given = {"file_path": path, "old_string": old, "new_string": new, "replace_all": False}
    beside = {
        "filePath": path,
        "oldString": old,
        "newString": new,
        "originalFile": whole,
        "structuredPatch": [hunk],
        "userModified": False,
        "replaceAll": False,
    }
    return given, f"The file {path} has been updated successfully.", beside


def _grep(random: Random) -> Call:
    found = [_path(random) for _ in range(random.randrange(1, 12))]
    given = {"pattern": prose.words(random, 1)[0], "output_mode": "files_with_matches"}
    beside = {"mode": "files_with_matches", "filenames": found, "numFiles": len(found)}
    return given, f"Found {len(found)} files\n" + "\n".join(found), beside


def _todo_write(random: Random) -> Call:
    states = ("completed", "in_progress", "pending", "pending")
    todos = [
        {"content": prose.title(random), "status": state, "activeForm": prose.title(random)}
        for state in states
    ]
    output = (
        "Todos have been modified successfully. Ensure that you continue to use the to-do list."
    )
    return {"todos": todos}, output, {"oldTodos": [], "newTodos": todos}


#: How often each tool is called.
TOOLS: dict[str, tuple[Callable[[Random], Call], int]] = {
    "Bash": (_bash, 42),
    "Read": (_read, 28),
    "Edit": (_edit, 17),
    "Grep": (_grep, 8),
    "TodoWrite": (_todo_write, 5),
}


def called(random: Random) -> tuple[str, Call]:
    """Return the name of a tool, and a call of it."""
    (name,) = random.choices(list(TOOLS), weights=[weight for _, weight in TOOLS.values()])
    tool, _ = TOOLS[name]
    return name, tool(random)
