"""What Codex puts into the user's messages besides the user's words, told apart from them.

It is known by how it begins: a tag or a heading that nobody types. A block ends with its closing
tag; what follows is looked at again, since the prompt may stand behind it.
"""

import re
from collections.abc import Iterator

from polylogue.model import Context, Text

_TAGS = (
    "apps_instructions|codex_internal_context|collaboration_mode|environment_context|goal_context|"
    "INSTRUCTIONS|memories|model_switch|multi_agent_mode|permissions instructions|personality_spec|"
    "plugins_instructions|recommended[ _]plugins|skill|skills_instructions|subagent_notification|"
    "token_budget|turn_aborted|user_action|user_instructions|user_shell_command"
)
_TAG = re.compile(rf"\s*<(?P<name>{_TAGS})(?:\s[^<>]{{0,200}})?>")
_AGENTS = re.compile(r"\s*# AGENTS\.md instructions\b")
_IDE = re.compile(r"\s*# Context from my IDE setup:")
_REQUEST = re.compile(r"\s*## My request for Codex:\s*")
_SUMMARY = re.compile(
    r"\s*Another language model started to solve this problem and produced a summary"
)
_IDE_END = "## My request for Codex:"
_AGENTS_END = "</INSTRUCTIONS>"


def split(text: str) -> Iterator[Context | Text]:
    """Yield the blocks that were put before the person's words in `text`, and then those words."""
    position = 0
    while block := _block(text, position):
        title, end = block
        if title:
            yield Context(title=title, text=text[position:end].strip())
        position = end
    rest = text[position:].strip() if position else text
    if rest.strip():
        yield Text(text=rest)


def _block(text: str, position: int) -> tuple[str, int] | None:
    """Return title and end of the block that begins at `position`, None where none does."""
    if tag := _TAG.match(text, position):
        name = tag["name"]
        return _title(name), _after(text, f"</{name}>", tag.end())
    if heading := _AGENTS.match(text, position):
        return "AGENTS.md", _after(text, _AGENTS_END, heading.end())
    if heading := _IDE.match(text, position):
        end = text.find(_IDE_END, heading.end())
        return "IDE context", end if end >= 0 else len(text)
    if heading := _REQUEST.match(text, position):
        return "", heading.end()
    if _SUMMARY.match(text, position):
        return "Summary of what came before", len(text)
    return None


def _after(text: str, closing: str, start: int) -> int:
    """Return where a block ends: after its closing tag, else with the text."""
    found = text.find(closing, start)
    return found + len(closing) if found >= 0 else len(text)


def _title(name: str) -> str:
    words = name.replace("_", " ").lower()
    return words[:1].upper() + words[1:]
