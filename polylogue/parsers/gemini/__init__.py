"""Gemini Apps (formerly Bard) in Google's "My Activity", out of a Takeout, as JSON or as a page.

    shapes ─► record ─► activity ─► records of the model
           └► page ──┘  (verbs, dates, files, markdown ─► markup)

Both kinds are read into an `Activity`, one prompt with its answer, and give the same ids.
"""

from polylogue.parsers.base import Parser
from polylogue.parsers.gemini.files import asset_ref
from polylogue.parsers.gemini.shapes import PAGES, SHAPES

PARSER = Parser(provider="gemini", version=1, shapes=SHAPES, pages=PAGES, asset_ref=asset_ref)
