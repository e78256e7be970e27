"""DeepSeek: `conversations.json` of an export, and answers of its API.

The tree looks like ChatGPT's, but ids are small numbers, unique in their chat only, and a message is
a list of fragments, which tell the role: REQUEST and FILE are the person's, all else the model's. A
node with both is two messages. Answers are often stamped before their question; only parents give
the order. The export does not say which leaf was shown last: it is the newest.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from polylogue.errors import BadInputError
from polylogue.model import (
    Attachment,
    Citation,
    Conversation,
    Document,
    Head,
    Json,
    Message,
    Parsed,
    Part,
    Problem,
    Role,
    Source,
    Text,
    Thinking,
)
from polylogue.parsers.base import Parser, Probe, Shape
from polylogue.parsers.findings import Findings
from polylogue.parsers.ids import content_id
from polylogue.parsers.narrow import items, keys, objects, seconds, text, whole, word
from polylogue.parsers.text import decode_tolerant, to_ms
from polylogue.parsers.webpages import as_result, pages

_PROVIDER = "deepseek"
_ASKED = {"REQUEST", "FILE"}
_CITATION = re.compile(r"\[citation:(\d{1,4})\]")

#: A node: its key, its parent's key, its message.
_Node = tuple[str, str, dict[str, Json]]
#: A message in the making: its id, its role, its parts.
_Turn = tuple[str, Role, tuple[Part, ...]]


def parse(document: Document) -> Iterator[Parsed]:
    """Yield the chat in `document`, an element of `conversations.json`."""
    told = _object(document)
    mapping = keys(told.get("mapping"))
    nodes = [
        (_key(key), _key(keys(node).get("parent")), keys(keys(node).get("message")))
        for key, node in mapping.items()
    ]
    findings = Findings()
    if told.get("mapping") and not mapping:
        findings.unknown("mapping", "", told["mapping"])
    yield _conversation(told, nodes, findings, document)


def parse_answer(document: Document) -> Iterator[Parsed]:
    """Yield the chat in an answer of the API."""
    told = keys(keys(_object(document).get("data")).get("biz_data"))
    nodes = [
        (
            _key(message.get("message_id")) or content_id(message),
            _key(message.get("parent_id")),
            message,
        )
        for message in objects(told.get("chat_messages"))
    ]
    findings = Findings()
    for other in items(told.get("chat_messages")):
        if not isinstance(other, dict):
            findings.unknown("chat_messages", "", other)
    yield _conversation(keys(told.get("chat_session")), nodes, findings, document)


def _object(document: Document) -> dict[str, Json]:
    try:
        return keys(decode_tolerant(document.data))
    except BadInputError:
        return {}


def _key(value: Json) -> str:
    return str(value) if isinstance(value, int) else text(value)


def _conversation(
    told: dict[str, Json], nodes: Sequence[_Node], findings: Findings, document: Document
) -> Conversation | Problem:
    conversation_id = word(told.get("id"))
    if not conversation_id:
        what = "A conversation has no id, or is no JSON."
        return Problem(code="conversation-without-id", text=what, where=document.name)
    messages = tuple(_messages(nodes, findings))
    return Conversation(
        provider=_PROVIDER,
        conversation_id=conversation_id,
        head=Head(
            title=word(told.get("title")),
            created_at=to_ms(told.get("inserted_at")),
            updated_at=to_ms(told.get("updated_at")),
            model=next((said.model for said in reversed(messages) if said.model), ""),
            url=f"https://chat.deepseek.com/a/chat/s/{conversation_id}",
            current_id=_newest_leaf(messages),
        ),
        messages=messages,
        unknowns=findings.unknowns,
        folds=findings.folds,
    )


def _newest_leaf(messages: Sequence[Message]) -> str:
    answered = {message.parent_id for message in messages}
    leaves = [message for message in messages if message.message_id not in answered]
    newest = max(leaves, key=_age, default=None)
    return newest.message_id if newest is not None else ""


def _age(message: Message) -> tuple[int, int, str]:
    return (message.timestamp or 0, len(message.message_id), message.message_id)


# --- Nodes ----------------------------------------------------------------------------------------


def _messages(nodes: Sequence[_Node], findings: Findings) -> Iterator[Message]:
    """Yield the messages of `nodes`, up to two of each; what hangs from an empty node moves up."""
    nodes = sorted(nodes, key=lambda node: (len(node[0]), node[0]))  # keys are numbers
    read = {key: _turns(key, message, findings) for key, _, message in nodes}
    above = {key: parent for key, parent, _ in nodes}
    ends: dict[str, str | None] = {}
    for key, parent_key, message in nodes:
        parent = _end(parent_key, above, read, ends)
        for message_id, role, parts in read[key]:
            status = word(message.get("status"))
            yield Message(
                message_id=message_id,
                role=role,
                parts=parts,
                parent_id=parent,
                model=word(message.get("model")) if role == "assistant" else "",
                timestamp=to_ms(message.get("inserted_at")),
                metadata={"status": status} if status not in {"", "FINISHED"} else {},
            )
            parent = message_id


def _end(
    key: str,
    above: Mapping[str, str],
    read: Mapping[str, Sequence[_Turn]],
    ends: dict[str, str | None],
) -> str | None:
    """Return the last message in the node `key` or above it; `ends` remembers what was found."""
    walked: dict[str, None] = {}
    while key in read and key not in ends and key not in walked and not read[key]:
        walked[key] = None
        key = above[key]
    own = read.get(key)
    found = own[-1][0] if own else ends.get(key)
    ends.update(dict.fromkeys(walked, found))
    return found


def _turns(key: str, message: dict[str, Json], findings: Findings) -> list[_Turn]:
    """Return what the person and what the model said in a node, in this order."""
    asked: list[Part] = []
    answered: list[Part] = []
    cited: dict[int, Source] = {}
    for kind, told in _fragments(message):
        parts = _READERS.get(kind, _other)(told, cited, findings)
        (asked if kind in _ASKED else answered).extend(parts)
    (answered if answered and not asked else asked).extend(_files(message.get("files")))
    turns: list[_Turn] = [(key, "user", tuple(asked))] if asked else []
    if answered:
        turns.append((f"{key}/answer" if asked else key, "assistant", tuple(answered)))
    if not turns:
        findings.folded["empty" if message else "node"] += 1
    return turns


def _files(told: Json) -> Iterator[Part]:
    for file in objects(told):
        yield Attachment(
            ref=word(file.get("file_id")) or word(file.get("id")),
            name=word(file.get("file_name")) or word(file.get("name")),
            size=whole(file.get("file_size")),
        )


# --- Fragments ------------------------------------------------------------------------------------


def _fragments(message: dict[str, Json]) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield kind and fragment; older messages have fields in their stead."""
    if isinstance(message.get("fragments"), list):
        for fragment in message["fragments"]:
            told = keys(fragment)
            yield word(told.get("type")), told or {"fragment": fragment}
        return
    if items(message.get("search_results")):
        yield "SEARCH", {"results": message["search_results"]}
    thought = message.get("thinking_content") or message.get("reasoning_content")
    if thought:
        yield "THINK", {"content": thought, "elapsed_secs": message.get("thinking_elapsed_secs")}
    if message.get("content"):
        is_asked = word(message.get("role")).upper() == "USER"
        yield "REQUEST" if is_asked else "RESPONSE", {"content": message["content"]}


def _said(told: dict[str, Json], cited: dict[int, Source], findings: Findings) -> Iterator[Part]:
    if not isinstance(told.get("content"), str):
        yield from _strange(told, findings)
        return
    said = text(told["content"])
    pieces: list[str] = []
    citations: list[Citation] = []
    at = length = 0
    for marker in _CITATION.finditer(said):
        source = cited.get(int(marker[1]))
        if source is not None:
            pieces.append(said[at : marker.start()])
            length += len(pieces[-1])
            at = marker.end()
            citations.append(Citation(at=length, sources=(source,)))
    pieces.append(said[at:])
    if any(map(str.strip, pieces)):
        yield Text(text="".join(pieces), citations=tuple(citations))


def _strange(told: dict[str, Json], findings: Findings) -> Iterator[Part]:
    """Yield what stands where a text should; nothing may, and often does."""
    if told.get("content"):
        yield findings.unknown("fragment.content", "", told["content"])


def _thought(
    told: dict[str, Json], _cited: dict[int, Source], findings: Findings
) -> Iterator[Part]:
    spent = seconds(told.get("elapsed_secs"))
    if isinstance(told.get("content"), str):
        yield Thinking(text=text(told["content"]), seconds=spent)
    else:
        yield from _strange(told, findings)


def _search(told: dict[str, Json], cited: dict[int, Source], findings: Findings) -> Iterator[Part]:
    """Yield what was found, and remember it by the numbers under which it is cited."""
    found = items(told.get("results")) or [told.get("result")]
    for page in objects(found):
        number = whole(page.get("cite_index"))
        if number is not None:
            cited[number] = next(iter(pages([page])), Source())
    sources = pages(found)
    yield from as_result(sources, word(told.get("type")).lower() or "search")
    yield from _said(told, {}, findings)


def _file(told: dict[str, Json], _cited: dict[int, Source], _findings: Findings) -> Iterator[Part]:
    yield from _files([told])


def _other(told: dict[str, Json], _cited: dict[int, Source], findings: Findings) -> Iterator[Part]:
    yield findings.unknown("fragment.type", word(told.get("type")), told)


_READERS: dict[str, Callable[[dict[str, Json], dict[int, Source], Findings], Iterator[Part]]] = {
    "FILE": _file,
    "REQUEST": _said,
    "RESPONSE": _said,
    "SEARCH": _search,
    "THINK": _thought,
    "TOOL_OPEN": _search,
    "TOOL_SEARCH": _search,
}


# --- Which documents ------------------------------------------------------------------------------


def _is_chat(probe: Probe) -> bool:
    return {"mapping", "inserted_at"} <= probe.keys()


def _is_answer(probe: Probe) -> bool:
    data = bytes(probe.get("data", b""))
    return b'"biz_data"' in data and b'"chat_messages"' in data


def _is_user(probe: Probe) -> bool:
    return {"user_id", "email", "mobile"} <= probe.keys()


PARSER = Parser(
    provider=_PROVIDER,
    version=1,
    shapes=(
        Shape("conversation", _is_chat, parse),
        Shape("api-answer", _is_answer, parse_answer),
        Shape("user", _is_user),
    ),
)
