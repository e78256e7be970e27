"""Conversations as HTML pages that stand alone: no request to anywhere, no script, no server.

    renderer = HtmlRenderer(NoteOptions(...))
    renderer.note(conversation, path_of, neighbours, path)   the page of a conversation, as text
    renderer.index(entries)                                  index.html, by which pages are found

`note` has the shape of `Renderer.note`; a page must besides know its own `path` in the vault, since its
links are relative. `path_of` and `neighbours` may give paths of notes (`.md`) or of pages (`.html`):
links lead to pages. The same conversation, path and options give the same text, always.

What stands on a page is decided where it is for notes (`turns`, `messages`, `parts`); how it is written,
in `dialect`: `prose` for Markdown, `code` for code. Everything imported is inert before it reaches a
template, and the Content-Security-Policy of the page (`policy`) holds what should still slip through.
"""

from polylogue.render.html.index import IndexEntry, excerpt
from polylogue.render.html.page import HtmlRenderer

__all__ = ["HtmlRenderer", "IndexEntry", "excerpt"]
