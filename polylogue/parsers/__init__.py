"""Bytes of one document → records. Pure: no I/O, no clock, no memory between calls.

`PARSERS` is the registry: a provider costs one module, one line here and its fixtures. Which parser
takes a document is decided by the document's content (`detect`), never by a file's name.
"""

from polylogue.parsers import (
    aistudio,
    chatgpt,
    claude_ai,
    claude_code,
    codex,
    deepseek,
    gemini,
    gemini_cli,
    grok,
)
from polylogue.parsers.base import (
    Page,
    Parser,
    Probe,
    Session,
    Shape,
    detect,
    detect_page,
    detect_session,
)

__all__ = [
    "PARSERS",
    "Page",
    "Parser",
    "Probe",
    "Session",
    "Shape",
    "detect",
    "detect_page",
    "detect_session",
]

PARSERS: tuple[Parser, ...] = (
    chatgpt.PARSER,
    claude_ai.PARSER,
    gemini_cli.PARSER,
    gemini.PARSER,
    aistudio.PARSER,
    grok.PARSER,
    deepseek.PARSER,
    codex.PARSER,
    claude_code.PARSER,
)
