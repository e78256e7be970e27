"""A prompt → a Conversation, and the files that stood in it.

Chunks become messages in their order, each the child of the one before (`identity` says how they
are named). Three things have names that never change, since they are edited in place and every
chunk would be told anew otherwise: the system instruction, which is the parent of the first chunk
whether there is one or not; the draft, which was typed and not sent; and the prompt itself.
"""

from collections.abc import Iterator

from polylogue.errors import BadInputError
from polylogue.model import (
    TITLE_DERIVED,
    TITLE_GIVEN,
    Context,
    Conversation,
    Document,
    Head,
    Json,
    Message,
    Parsed,
    Problem,
    Text,
)
from polylogue.parsers.aistudio import chunks
from polylogue.parsers.aistudio.identity import prompt_id
from polylogue.parsers.findings import Findings
from polylogue.parsers.narrow import items, keys, objects, text, word
from polylogue.parsers.text import clean, decode_tolerant, to_ms

_PROVIDER = "aistudio"
_SYSTEM = "system-instruction"
_DRAFT = "draft"

_KNOWN = frozenset(
    {
        *("applets", "chunkedPrompt", "chunks", "citations", "createTime", "displayName", "id"),
        *("name", "pendingInputs", "runSettings", "systemInstruction", "title", "updateTime"),
    }
)


def parse(document: Document) -> Iterator[Parsed]:
    """Yield the prompt in `document` and the files in it, or a Problem that says why there is none."""
    try:
        value = decode_tolerant(document.data)
    except BadInputError as error:
        yield _problem("unreadable-prompt", error.message, document)
        return
    if not isinstance(value, dict):
        yield _problem("unreadable-prompt", "A prompt is no JSON object.", document)
        return
    yield from _records(value, document)


def _records(prompt: dict[str, Json], document: Document) -> Iterator[Parsed]:
    findings = Findings()
    said = list(_chunks(prompt, findings))
    branch_of = _branch_of(prompt)
    identity = _identity(prompt, document) or prompt_id(said, branch_of)
    around = [*_system(prompt), *said, *_draft(prompt, said)]
    _count_strange(prompt, findings)
    if not identity:
        if around:
            reason = "A prompt was never sent, and nothing says which one it is."
            yield _problem("prompt-without-id", reason, document)
        return
    yield Conversation(
        provider=_PROVIDER,
        conversation_id=identity,
        head=_head(prompt, document, identity, said),
        messages=tuple(around),
        unknowns=findings.unknowns,
        folds=findings.folds,
    )
    yield from findings.blobs.values()


def _chunks(prompt: dict[str, Json], findings: Findings) -> Iterator[Message]:
    told = _list_of_chunks(prompt)
    if told and not isinstance(told, list):
        findings.unknown("chunks", "", told)
    last = None
    for chunk in items(told):
        message = chunks.read(chunk, last, _SYSTEM, findings)
        if message is None:
            findings.folded["empty"] += 1
        else:
            yield message
            last = message


def _list_of_chunks(prompt: dict[str, Json]) -> Json:
    return keys(prompt.get("chunkedPrompt")).get("chunks") or prompt.get("chunks")


def _system(prompt: dict[str, Json]) -> Iterator[Message]:
    words = _words(prompt.get("systemInstruction"))
    if words.strip():
        told = Context(title="System instruction", text=words)
        yield Message(message_id=_SYSTEM, role="system", parts=(told,), hidden=True)


def _draft(prompt: dict[str, Json], said: list[Message]) -> Iterator[Message]:
    nested = keys(prompt.get("chunkedPrompt")).get("pendingInputs")
    typed = [_words(one) for one in objects(nested or prompt.get("pendingInputs"))]
    words = "\n\n".join(one for one in typed if one.strip())
    if words:
        yield Message(
            message_id=_DRAFT,
            role="user",
            parts=(Text(text=words),),
            parent_id=said[-1].message_id if said else _SYSTEM,
            hidden=True,
        )


def _words(value: Json) -> str:
    """Return the text of `{text}` or `{parts: [{text}]}`, or of a plain string."""
    if isinstance(value, str):
        return text(value)
    told = keys(value)
    parts = "".join(text(part.get("text")) for part in objects(told.get("parts")))
    return text(told.get("text")) or parts


def _count_strange(prompt: dict[str, Json], findings: Findings) -> None:
    for key, value in prompt.items():
        if key not in _KNOWN and value not in (None, "", [], {}):
            findings.ledger["prompt", clean(key)] += 1


# --- The head -------------------------------------------------------------------------------------


def _identity(prompt: dict[str, Json], document: Document) -> str:
    """Return the id in Drive; real files do not tell it."""
    told = document.conversation_id or word(prompt.get("id"))
    return told.removeprefix("prompts/")


def _branch_of(prompt: dict[str, Json]) -> str:
    told = objects(_list_of_chunks(prompt))
    parents = (keys(chunk.get("branchParent")).get("promptId") for chunk in told)
    return next(filter(None, map(word, parents)), "").removeprefix("prompts/")


def _head(prompt: dict[str, Json], document: Document, identity: str, said: list[Message]) -> Head:
    title, trust = _title(prompt, document)
    times = [one.timestamp for one in said if one.timestamp is not None]
    created = document.created_at or to_ms(prompt.get("createTime"))
    updated = document.modified_at or to_ms(prompt.get("updateTime"))
    branch_of = _branch_of(prompt)
    url = "" if ":" in identity else f"https://aistudio.google.com/prompts/{identity}"
    return Head(
        title=title,
        title_trust=trust,
        parent_id=branch_of,
        relation="fork" if branch_of else "",
        created_at=min(times, default=None) if created is None else created,
        updated_at=max(times, default=None) if updated is None else updated,
        model=word(keys(prompt.get("runSettings")).get("model")).removeprefix("models/"),
        url=url,
        current_id=said[-1].message_id if said else "",
        metadata=_metadata(prompt),
    )


def _title(prompt: dict[str, Json], document: Document) -> tuple[str, int]:
    """Return the title and how far it is to be trusted: AI Studio's files are named by it."""
    told = (document.title, *(word(prompt.get(key)) for key in ("title", "displayName")))
    title = next(filter(None, told), "")
    if title:
        return title, TITLE_GIVEN
    name = document.name.replace("\\", "/").rpartition("/")[2]
    stem = name.removesuffix(".json").strip()
    return stem, TITLE_GIVEN if stem == name.strip() else TITLE_DERIVED


def _metadata(prompt: dict[str, Json]) -> dict[str, Json]:
    """Return the run settings that say something, and what the answers were found to repeat."""
    settings = {
        key: value
        for key, value in keys(prompt.get("runSettings")).items()
        if key not in {"model", "safetySettings"} and value not in (None, "", False, [], {})
    }
    cited = [url for one in objects(prompt.get("citations")) if (url := word(one.get("uri")))]
    told: dict[str, Json] = {"run_settings": settings, "citations": cited}
    return {key: value for key, value in told.items() if value}


def _problem(code: str, text: str, document: Document) -> Problem:
    return Problem(code=code, text=text, where=document.name)
