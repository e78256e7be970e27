"""A conversation of the wire → a Conversation.

Messages come parents first, and everything that was in the tree is in them: a message that was
folded (`messages`) gives its children to the nearest ancestor that is there, as do nodes without a
message. `parse` never raises: a conversation that cannot be read is a Problem.
"""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote

from polylogue.errors import BadInputError
from polylogue.model import (
    Conversation,
    Document,
    Fold,
    Head,
    Json,
    Message,
    Parsed,
    Problem,
    UnknownKind,
)
from polylogue.parsers.chatgpt import messages
from polylogue.parsers.chatgpt.budget import Budget
from polylogue.parsers.chatgpt.messages import Place, Surroundings
from polylogue.parsers.chatgpt.reading import Trail
from polylogue.parsers.chatgpt.references import Ledger
from polylogue.parsers.chatgpt.tree import walk
from polylogue.parsers.chatgpt.wire import WireConversation, WireNode, decode
from polylogue.parsers.narrow import keys, text, word
from polylogue.parsers.text import to_ms

_PROVIDER = "chatgpt"
_TOP = Trail()


def parse(document: Document) -> Iterator[Parsed]:
    """Yield the conversation in `document`, or a Problem that says why there is none."""
    try:
        wire = decode(document.data)
    except BadInputError as error:
        yield _problem("unreadable-conversation", error.message, document)
        return
    if wire is None:
        yield _problem("unreadable-conversation", "A conversation is no JSON object.", document)
    elif not _identity(wire):
        yield _problem("conversation-without-id", "A conversation has no id.", document)
    else:
        yield assemble(wire)[0]


def assemble(wire: WireConversation) -> tuple[Conversation, Counter[str]]:
    """Return `wire` as a Conversation, and how many messages were folded, by the fold's name."""
    around = Surroundings(Ledger(), Budget(), frozenset(filter(None, _gizmos(wire))))
    nodes = list(walk(wire.mapping or {}))
    canvases = _canvases(nodes)
    folds: Counter[str] = Counter()
    read: list[Message] = []
    trails: dict[str | None, Trail] = {None: _TOP}
    shown: dict[str | None, str | None] = {None: None}
    taken: set[str] = set()
    for key, node, parent in nodes:
        shown[key], trails[key] = shown[parent], trails[parent]
        if node is None or node.message is None:
            continue
        message_id = _message_id(node, key, taken)
        place = Place(message_id, shown[parent], trails[parent], canvases.get(key))
        message, trails[key] = messages.read(node.message, place, around)
        if isinstance(message, str):
            folds[message] += 1
        else:
            read.append(message)
            shown[key] = message_id
    conversation = Conversation(
        provider=_PROVIDER,
        conversation_id=_identity(wire),
        head=_head(wire, shown.get(_key(wire.current_node)) or ""),
        messages=tuple(read),
        unknowns=_unknowns(around.ledger),
        folds=tuple(Fold(kind=kind, count=count) for kind, count in sorted(folds.items())),
    )
    return conversation, folds


def _key(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _message_id(node: WireNode, key: str, taken: set[str]) -> str:
    """Return the message's id; its node's where it has none, or one that another message has."""
    own = text(node.message.id) if node.message is not None else ""
    message_id = own if own and own not in taken else text(key)
    while message_id in taken:
        message_id = f"{message_id}/{text(key)}"
    taken.add(message_id)
    return message_id


def _canvases(nodes: list[tuple[str, WireNode | None, str | None]]) -> dict[str, Json]:
    """Return by node the metadata that names a canvas: its own, else that of the first answer."""
    told: dict[str, Json] = {}
    answered: dict[str, Json] = {}
    for key, node, parent in nodes:
        message = node.message if node is not None else None
        canvas = message.metadata.canvas if message is not None and message.metadata else None
        if canvas and word(keys(canvas).get("textdoc_id")):
            told[key] = canvas
            if parent is not None:
                answered.setdefault(parent, canvas)
    return answered | told


def _unknowns(ledger: Ledger) -> tuple[UnknownKind, ...]:
    return tuple(
        UnknownKind(path=path, kind=kind, count=count)
        for (path, kind), count in sorted(ledger.items())
    )


# --- The head -------------------------------------------------------------------------------------


def _head(wire: WireConversation, current_id: str) -> Head:
    gizmos = _gizmos(wire)
    told: dict[str, Json] = {
        "custom_gpt": next((g for g in gizmos if g.startswith("g-") and not _is_project(g)), ""),
        "archived": wire.is_archived is True,
        "starred": wire.is_starred is True,
        "pinned": to_ms(wire.pinned_time) is not None,
        "voice": word(wire.voice),
        "origin": word(wire.conversation_origin),
    }
    return Head(
        title=word(wire.title),
        created_at=to_ms(wire.create_time),
        updated_at=to_ms(wire.update_time),
        account=_account(wire),
        project=next(filter(_is_project, gizmos), ""),
        model=word(wire.default_model_slug),
        url=f"https://chatgpt.com/c/{quote(_identity(wire), safe='')}",
        current_id=current_id,
        metadata={key: value for key, value in told.items() if value},
    )


def _identity(wire: WireConversation) -> str:
    return word(wire.conversation_id) or word(wire.id)


def _gizmos(wire: WireConversation) -> tuple[str, str]:
    return word(wire.gizmo_id), word(wire.conversation_template_id)


def _is_project(gizmo: str) -> bool:
    """Tell a project (a folder) from a custom GPT."""
    return gizmo.startswith("g-p-")


def _account(wire: WireConversation) -> str:
    owner = keys(wire.owner)
    told = (wire.owner, owner.get("user_id"), owner.get("id"), wire.workspace_id)
    return next(filter(None, map(word, told)), "")


def _problem(code: str, text: str, document: Document) -> Problem:
    return Problem(code=code, text=text, where=document.name)
