"""Claude.ai: data exports of all generations since 2024, and single conversations as the API has them.

    shapes ─► conversation ─► tree, messages ─► blocks ─► citations, markup,
           ├► design ───────────────────────────┴──────► tools ─► documents, results
           └► notes (projects, memories)

Conversations are decoded to plain values and narrowed where they are used. `reading` is what is
gathered on the way, `files` are attachments.
"""

from polylogue.parsers.base import Parser
from polylogue.parsers.claude_ai.reading import PROVIDER
from polylogue.parsers.claude_ai.shapes import SHAPES

PARSER = Parser(provider=PROVIDER, version=1, shapes=SHAPES)
