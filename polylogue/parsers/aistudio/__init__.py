"""AI Studio: prompts as they lie in Google Drive, also when dropped by hand or out of a Takeout.

    shapes ─► prompt ─► chunks ─► content, files, grounding
                 └► identity

A prompt is one JSON object: settings, a system instruction, and chunks in their order. It knows
neither its id nor its title nor its times; whoever fetched it tells them (`Document`).
"""

from polylogue.parsers.aistudio.shapes import SHAPES
from polylogue.parsers.base import Parser

PARSER = Parser(provider="aistudio", version=1, shapes=SHAPES)
