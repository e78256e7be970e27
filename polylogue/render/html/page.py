"""A conversation → its page."""

import html
from collections.abc import Iterable, Iterator
from functools import cache, partial
from typing import Any, Final

import jinja2
from markupsafe import Markup

from polylogue.model import Attachment, StoredConversation
from polylogue.render.blocks import PathOf, nowhere
from polylogue.render.dates import began, local
from polylogue.render.footnotes import Footnotes
from polylogue.render.html.dialect import dialect, line, link
from polylogue.render.html.index import IndexEntry, context_of
from polylogue.render.html.paths import address, medium, root_of
from polylogue.render.html.policy import policy, resource
from polylogue.render.messages import SPEAKERS, Telling
from polylogue.render.note import Neighbours, NoteOptions, Overrides
from polylogue.render.turns import turns_of

_SYNTAX: Final[dict[str, Any]] = {
    "undefined": jinja2.StrictUndefined,
    "autoescape": True,  # what is HTML already is marked as such in the templates
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
    "auto_reload": False,
}


class HtmlRenderer:
    """Renders pages. A person's own templates are for notes; there are none for pages."""

    def __init__(
        self, options: NoteOptions | None = None, _overrides: Overrides | None = None
    ) -> None:
        self.options = options or NoteOptions()

    def note(
        self,
        conversation: StoredConversation,
        path_of: PathOf = nowhere,
        neighbours: Neighbours | None = None,
        path: str = "",
    ) -> str:
        """Return the page of `conversation`, or of a part of it, that stands at `path` in the vault."""
        root = root_of(path or path_of(conversation.conversation_id) or "")
        written = dialect(root)
        footnotes = Footnotes(written)
        turns = turns_of(conversation, self.options, footnotes, path_of)
        context = {
            "title": _title(conversation, neighbours),
            "facts": list(_facts(conversation, self.options, path_of, written.page)),
            "person": Telling.of(conversation, self.options, footnotes, path_of).person,
            "turns": turns,
            "footnotes": footnotes.definitions,
            "before": written.page(neighbours.before, "")
            if neighbours and neighbours.before
            else "",
            "after": written.page(neighbours.after, "") if neighbours and neighbours.after else "",
            "file": partial(_file, root),
            "index": f"{root}index.html",
        }
        return _template("html/page.html.j2").render(context, **_around("page.css"))

    def index(self, entries: Iterable[IndexEntry]) -> str:
        """Return the page that lists `entries`, the newest first, and finds among them."""
        context = context_of(entries)
        around = _around("page.css", "index.css", script="index.js")
        return _template("html/index.html.j2").render(context, **around)


@cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(  # noqa: S701 - see _SYNTAX
        loader=jinja2.PackageLoader("polylogue.render"), **_SYNTAX
    )
    environment.filters["medium"] = medium
    return environment.get_template(name)


@cache
def _around(*styles: str, script: str = "") -> dict[str, Markup]:
    """Return the style and the script of a page, and the policy that allows them and nothing else."""
    style = "".join(map(resource, styles))
    own = resource(script) if script else ""
    return {
        "policy": Markup(html.escape(policy(style, own))),  # noqa: S704 - escaped
        "style": Markup(style),  # noqa: S704 - polylogue's own
        "script": Markup(own),  # noqa: S704 - polylogue's own
    }


def _file(root: str, path: str) -> str:
    """Return the address of an attachment."""
    return root + address(path)


def _title(conversation: StoredConversation, neighbours: Neighbours | None) -> Markup:
    title = line(conversation.head.title) or "Untitled"
    part = f" ({neighbours.part})" if neighbours and neighbours.part > 1 else ""
    return Markup(title + part)  # noqa: S704 - escaped by `line`


def _facts(
    conversation: StoredConversation,
    options: NoteOptions,
    path_of: PathOf,
    page: Any,  # noqa: ANN401
) -> Iterator[tuple[str, Markup]]:
    """Give what is known of the conversation, as HTML; nothing for what is not."""
    head = conversation.head
    messages = [stored.message for stored in conversation.messages]
    branches = len({stored.branch for stored in conversation.messages})
    models = ", ".join(dict.fromkeys(filter(None, (*(m.model for m in messages), head.model))))
    files = sum(type(part) is Attachment for message in messages for part in message.parts)
    parent = path_of(head.parent_id) if head.parent_id else None
    cwd = head.metadata.get("cwd")
    facts = (
        ("From", line(SPEAKERS.get(conversation.provider) or conversation.provider)),
        ("Began", line(options.time(local(began(conversation), options.timezone)))),
        ("Last", line(options.time(local(conversation.last_activity, options.timezone)))),
        ("Models", line(models)),
        ("Project", line(head.project)),
        ("Folder", line(cwd) if isinstance(cwd, str) else ""),
        ("Messages", str(len(messages) or "")),
        ("Branches", str(branches) if branches > 1 else ""),
        ("Attachments", str(files or "")),
        (head.relation.capitalize() or "Parent", page(parent, "") if parent else ""),
        ("Link", link(head.url, head.url) if head.url else ""),
    )
    yield from ((name, Markup(value)) for name, value in facts if value)  # noqa: S704 - written above
