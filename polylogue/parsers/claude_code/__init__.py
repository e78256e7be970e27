"""Claude Code: session logs as they lie in `~/.claude/projects`, and what stands beside them.

    shapes ─► reader ─► routing ─► users, assistant ─► injected, results, tools, diffs, files
           └► sidecars             events, queue, titles

A file is told line by line. `wire` is a line, `state` what must be known of the lines before,
`group` what one group of lines comes to. `routing` decides whose a line is, and a table by its type
has the function that reads it. `growth` puts the lines of one answer together.
"""

from polylogue.parsers.base import Parser
from polylogue.parsers.claude_code.persisted import asset_ref
from polylogue.parsers.claude_code.shapes import SESSIONS, SHAPES

PARSER = Parser(
    provider="claude-code", version=1, shapes=SHAPES, sessions=SESSIONS, asset_ref=asset_ref
)
