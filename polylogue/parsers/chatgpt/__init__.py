"""ChatGPT: data exports of all generations since 2023, and single conversations as the API has them.

    shapes ─► conversation ─► tree, messages ─► content ─► speech, tools, canvas, reasoning,
           └► sidecars          (wire, reading)             context, elsewhere, assets, citations

`wire` fixes the skeleton of the format, `parsers/narrow` the types of its leaves, `reading` is a
message on its way. `citations` is made of `references`, `markers` and `sources`.
"""

from polylogue.parsers.base import Parser
from polylogue.parsers.chatgpt.assets import asset_ref
from polylogue.parsers.chatgpt.shapes import SHAPES

PARSER = Parser(provider="chatgpt", version=1, shapes=SHAPES, asset_ref=asset_ref)
