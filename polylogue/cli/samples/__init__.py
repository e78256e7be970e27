"""Small exports and sessions of every provider, for the demonstration.

Everything in them is invented here, and made of constants: every run shows the same notes. There is
one module for each family; each gives the bytes of files as a person would find them.
"""

from pathlib import Path

from polylogue.cli.samples import chatgpt, claude_ai, claude_code, codex, google, others

__all__ = ["SESSIONS", "write_exports", "write_sessions"]

#: What a person drops, beside the two exports of ChatGPT.
_DROPPED = {
    "claude-ai.zip": claude_ai.export,
    "Herbs on the windowsill": google.aistudio,  # as in Drive: a title, no extension
    "takeout.zip": google.takeout,
    "gemini-cli-session.json": google.cli_session,
    "grok.zip": others.grok,
    "deepseek.zip": others.deepseek,
}

#: Folder of a coding agent → its session: where it lies, and its lines.
SESSIONS = {
    "claude-code": (claude_code.PLACE, claude_code.lines),
    "codex": (codex.PLACE, codex.lines),
}


def write_exports(folder: Path) -> list[Path]:
    """Write the exports into `folder` and return their paths, in the order in which to drop them."""
    paths = [*chatgpt.write_exports(folder)]
    for name, made in _DROPPED.items():
        paths.append(folder / name)
        paths[-1].write_bytes(made())
    return paths


def write_sessions(folder: Path, *, last: bool) -> None:
    """Append to the sessions below `folder` all lines but the last, or only the last one."""
    for agent, (place, made) in SESSIONS.items():
        path = folder / agent / place
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = made()
        with path.open("ab") as file:
            file.writelines(lines[-1:] if last else lines[:-1])
