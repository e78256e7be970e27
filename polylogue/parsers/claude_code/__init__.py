"""Claude Code: session logs as they lie in `~/.claude/projects`, and what stands beside them.

    shapes ─► reader ─► routing ─► speech, events, titles ─► blocks ─► tools, diffs, results
           └► sidecars  (wire)     (group, state)            injected

A file is told line by line. `wire` is a line, `state` what must be known of the lines before,
`group` what one group of lines comes to. Whose conversation a line belongs to is decided in `routing`; then
a table by the line's type has the function that reads it.
"""

from polylogue.parsers.base import Parser
from polylogue.parsers.claude_code.persisted import asset_ref
from polylogue.parsers.claude_code.shapes import SESSIONS, SHAPES

PARSER = Parser(
    provider="claude-code", version=1, shapes=SHAPES, sessions=SESSIONS, asset_ref=asset_ref
)
