"""A chat → a Conversation.

Ids, senders and times come in several spellings, responses with or without a wrapper. Parents make
the tree; where no response names one, they follow one another.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from polylogue.errors import BadInputError
from polylogue.model import (
    Conversation,
    Document,
    Head,
    Json,
    Message,
    Notice,
    Parsed,
    Part,
    Problem,
    Source,
    Thinking,
)
from polylogue.parsers.findings import Findings
from polylogue.parsers.grok.body import body, read_cards, with_cited
from polylogue.parsers.grok.files import read_files
from polylogue.parsers.ids import content_id
from polylogue.parsers.narrow import items, keys, objects, text, word
from polylogue.parsers.text import decode_tolerant, to_ms
from polylogue.parsers.webpages import as_result, pages

_PROVIDER = "grok"


def parse(document: Document) -> Iterator[Parsed]:
    """Yield the chat in `document`, an element of the list of conversations."""
    try:
        element = keys(decode_tolerant(document.data))
    except BadInputError as error:
        yield Problem(code="unreadable-conversation", text=error.message, where=document.name)
        return
    told, findings = keys(element.get("conversation")), Findings()
    listed = element.get("responses")
    if listed is not None and not isinstance(listed, list):
        findings.unknown("responses", "", listed)
    responses = [_unwrapped(each) for each in items(listed)]
    messages = tuple(_messages(responses, findings))
    conversation_id = _id(told, "conversation_id") or next(
        (word(keys(each).get("conversation_id")) for each in responses), ""
    )
    first = messages[0].message_id if messages else ""
    created = to_ms(told.get("create_time"))
    if not conversation_id and not messages:
        what = "A conversation has neither an id nor messages."
        yield Problem(code="conversation-without-id", text=what, where=document.name)
        return
    yield Conversation(
        provider=_PROVIDER,
        conversation_id=conversation_id or content_id(created, first),
        head=_head(told, messages, conversation_id),
        messages=messages,
        unknowns=findings.unknowns,
        folds=findings.folds,
    )


def _unwrapped(entry: Json) -> Json:
    return keys(entry).get("response", entry)


def _id(told: dict[str, Json], name: str) -> str:
    return next(filter(None, (word(told.get(key)) for key in (name, "id", "_id"))), "")


def _head(told: dict[str, Json], messages: Sequence[Message], conversation_id: str) -> Head:
    flags = {key: True for key in ("starred", "temporary") if told.get(key) is True}
    prompt = word(told.get("system_prompt_name"))
    return Head(
        title=word(told.get("title")),
        created_at=to_ms(told.get("create_time")),
        updated_at=to_ms(told.get("modify_time")),
        account=word(told.get("user_id")),
        model=next((said.model for said in reversed(messages) if said.model), ""),
        url=f"https://grok.com/chat/{quote(conversation_id, safe='')}" if conversation_id else "",
        current_id=word(told.get("leaf_response_id")),
        metadata=flags | ({"system_prompt_name": prompt} if prompt else {}),
    )


# --- Responses ------------------------------------------------------------------------------------


def _messages(responses: Sequence[Json], findings: Findings) -> Iterator[Message]:
    is_tree = any(word(keys(each).get("parent_response_id")) for each in responses)
    models: dict[str, str] = {}  # the question says which model is to answer
    before: dict[str, str | None] = {}
    for each in responses:
        told = keys(each)
        time = to_ms(told.get("create_time"))
        message_id = _id(told, "response_id") or content_id(
            told.get("sender"), time, told.get("message", each)
        )
        parent = before.setdefault(message_id, next(reversed(before), None))
        parent = word(told.get("parent_response_id")) or None if is_tree else parent
        models[message_id] = model = _model(told) or models.get(parent or "", "")
        is_user = word(told.get("sender")).lower() in {"human", "user"}
        parts = tuple(_parts(each, findings))
        yield Message(
            message_id=message_id,
            role="user" if is_user else "assistant",
            parts=parts,
            parent_id=parent,
            model="" if is_user else model,
            timestamp=time,
            hidden=not parts,  # an answer that never came; others may stand below it
            metadata={"partial": True} if told.get("partial") is True else {},
        )


def _model(told: dict[str, Json]) -> str:
    details = keys(keys(told.get("metadata")).get("requestModelDetails"))
    return word(told.get("model")) or word(details.get("modelId"))


def _parts(value: Json, findings: Findings) -> Iterator[Part]:
    told = keys(value)
    yield from _thoughts(told)
    yield from as_result(pages(told.get("web_search_results")), "web_search")
    yield from as_result([_post(ref) for ref in items(told.get("xpost_ids"))], "x_search")
    visited = [Source(url=word(url)) for url in items(told.get("webpage_urls")) if word(url)]
    yield from as_result(visited, "web_pages")
    said = told.get("message", value if not told else None)
    cards = read_cards(told.get("card_attachments_json"))
    if isinstance(said, str):
        parts = list(body(said, cards))
        cited = pages(told.get("cited_web_search_results"))
        yield from with_cited(parts, cited)
    elif said is not None:
        yield findings.unknown("response.message", "", said)
    yield from read_files(told, cards)
    error = told.get("error")
    if error:
        yield Notice(
            kind="error", text=word(error) or word(keys(error).get("message")) or "Failed."
        )


def _thoughts(told: dict[str, Json]) -> Iterator[Part]:
    begun, ended = to_ms(told.get("thinking_start_time")), to_ms(told.get("thinking_end_time"))
    seconds = (ended - begun) / 1000 if begun and ended and ended > begun else None
    trace = text(told.get("thinking_trace"))
    if trace.strip() or seconds:
        yield Thinking(text=trace, seconds=seconds)
    for agent in objects(told.get("agent_thinking_traces")):
        if text(agent.get("thinking_trace")).strip():
            yield Thinking(title=word(agent.get("agent")), text=text(agent["thinking_trace"]))
    for step in objects(told.get("steps")):
        tagged = keys(step.get("tagged_text"))
        rest = [text(words) for tag, words in tagged.items() if tag != "header"]
        title, said = word(tagged.get("header")), "\n\n".join(filter(None, sorted(rest)))
        said = said or "\n\n".join(filter(None, map(text, items(step.get("text")))))
        if title or said:
            yield Thinking(title=title, text=said)
        yield from as_result(pages(step.get("web_search_results")), "web_search")


def _post(ref: Json) -> Source:
    return Source(title=f"X post {word(ref)}", url=f"https://x.com/i/status/{word(ref)}")
