"""What tools gave back → parts.

Texts are put together to one output. Search results and other pages become a list of links with
what was read of each below it; files and pictures become attachments behind the result. The shell
answers in JSON of its own, of which the exit code is told apart.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from polylogue.model import Json, Part, Source, ToolResult
from polylogue.parsers.claude_ai import files
from polylogue.parsers.claude_ai.citations import link_list
from polylogue.parsers.claude_ai.reading import Reading
from polylogue.parsers.narrow import as_json, from_json, json_type, keys, objects, text, word

_PATH = "chat_messages.content.tool_result.content"


@dataclass(slots=True)
class _Answer:
    """What is found in a result: texts, pages with their texts, and other parts."""

    reading: Reading
    texts: list[str] = field(default_factory=list)
    pages: list[Source] = field(default_factory=list)
    others: list[Part] = field(default_factory=list)

    def output(self) -> tuple[str, str]:
        """Return the whole as text, and its language."""
        said = "\n".join(self.texts)
        if not self.pages:
            return said, "json" if _is_json(said) else "text"
        read = [
            f"**{page.title or page.url}**\n\n{page.quote}" for page in self.pages if page.quote
        ]
        return "\n\n".join(filter(None, (link_list(self.pages), said, *read))), "markdown"


def result(
    reading: Reading, block: dict[str, Json], call_id: str, *, quiet: bool
) -> Iterator[Part]:
    """Yield the result in `block`; `quiet` when its call is shown as the document that it made."""
    answer = _Answer(reading)
    content = block.get("content")
    for entry in content if isinstance(content, list) else [content]:
        _gather(answer, entry)
    output, language = answer.output()
    if not output and not answer.others:
        output, language = _spare(block)
    failed = block.get("is_error") is True
    if quiet and not failed:
        reading.folded["result-of-a-change"] += 1
    else:
        yield _tool_result(block, output, language, call_id)
    yield from answer.others


def _tool_result(block: dict[str, Json], output: str, language: str, call_id: str) -> ToolResult:
    exit_code: int | None = None
    ran = keys(from_json(output)) if output.startswith('{"') and '"returncode"' in output else {}
    if type(ran.get("returncode")) is int and abs(ran["returncode"]) < 2**63:
        exit_code = ran["returncode"]
        output = "\n".join(filter(None, (text(ran.get("stdout")), text(ran.get("stderr")))))
        language = "text"
    return ToolResult(
        name=word(block.get("name")),
        output=output,
        language=language,
        call_id=call_id,
        is_error=block.get("is_error") is True,
        exit_code=exit_code,
    )


def _gather(answer: _Answer, entry: Json) -> None:
    if isinstance(entry, dict):
        kind = word(entry.get("type"))
        gather = _ENTRIES.get(kind) or (_page if _is_page(entry) else None)
        if gather is not None:
            gather(answer, entry)
        else:
            answer.others.append(answer.reading.unknown(f"{_PATH}.type", kind or "?", entry))
    elif isinstance(entry, str):
        answer.texts.append(text(entry))
    elif entry is not None:
        answer.others.append(answer.reading.unknown(_PATH, json_type(entry), entry))


def _text(answer: _Answer, entry: dict[str, Json]) -> None:
    if said := text(entry.get("text")):
        answer.texts.append(said)


def _is_page(entry: dict[str, Json]) -> bool:
    return bool(word(entry.get("title")) and (word(entry.get("url")) or word(entry.get("uri"))))


def _page(answer: _Answer, entry: dict[str, Json]) -> None:
    extras = keys(entry.get("extras"))
    url = word(entry.get("url")) or word(entry.get("uri")) or word(extras.get("uri"))
    title = word(entry.get("title")) or word(extras.get("title"))
    site = word(keys(entry.get("metadata")).get("site_name"))
    if site and site not in title:
        title = f"{title} · {site}" if title else site
    answer.pages.append(Source(title=title, url=url, quote=text(entry.get("text")).strip()))


def _gallery(answer: _Answer, entry: dict[str, Json]) -> None:
    for image in objects(entry.get("images")):
        _page(answer, image)


def _rich_link(answer: _Answer, entry: dict[str, Json]) -> None:
    _page(answer, keys(entry.get("link")) or entry)


def _picture(answer: _Answer, entry: dict[str, Json]) -> None:
    answer.others.extend(files.picture(answer.reading, entry))


def _resource(answer: _Answer, entry: dict[str, Json]) -> None:
    answer.others.append(files.resource(entry))


def _tool_name(answer: _Answer, entry: dict[str, Json]) -> None:
    answer.texts.append(word(entry.get("tool_name")))


_ENTRIES: dict[str, Callable[[_Answer, dict[str, Json]], None]] = {
    "image": _picture,
    "image_gallery": _gallery,
    "knowledge": _page,
    "local_resource": _resource,
    "rich_link": _rich_link,
    "text": _text,
    "tool_reference": _tool_name,
}


def _spare(block: dict[str, Json]) -> tuple[str, str]:
    """Return what a result without content says elsewhere: made for machines, or for the screen."""
    if structured := block.get("structured_content"):
        return as_json(structured), "json"
    shown = keys(block.get("display_content"))
    said = next(filter(None, (text(shown.get(key)) for key in ("text", "code", "json_block"))), "")
    if said:
        return said, word(shown.get("language")) or ("json" if _is_json(said) else "text")
    rest = {key: value for key, value in shown.items() if key != "type" and value}
    return (as_json(rest), "json") if rest else (text(block.get("message")), "text")


def _is_json(said: str) -> bool:
    return said[:1] in {"{", "["} and isinstance(from_json(said), dict | list)
