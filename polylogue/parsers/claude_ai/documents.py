"""Documents that grow beside the chat, replayed: artifacts, and files written by tools.

No export holds a document, only the calls that made it. `artifacts` creates, rewrites, or replaces
the first occurrence of `old_str`; `create_file` and `str_replace` do the same to files. They are
told apart by what they carry, not by their names, of which there are several.
"""

from typing import NamedTuple

from polylogue.model import Artifact, Json
from polylogue.parsers.claude_ai.reading import Documents, Reading, Written
from polylogue.parsers.narrow import text, word

_OPEN = 256  # documents that are kept open along a path

_LANGUAGES = {
    "application/vnd.ant.mermaid": "mermaid",
    "application/vnd.ant.react": "jsx",
    "image/svg+xml": "svg",
    "text/css": "css",
    "text/html": "html",
    "text/markdown": "markdown",
}
_EXTENSIONS = {
    "bash": "bash", "c": "c", "cpp": "cpp", "cs": "csharp", "css": "css", "go": "go",
    "h": "c", "html": "html", "java": "java", "js": "javascript", "json": "json",
    "jsx": "jsx", "md": "markdown", "mermaid": "mermaid", "mjs": "javascript", "php": "php",
    "py": "python", "rb": "ruby", "rs": "rust", "sh": "bash", "sql": "sql", "svg": "svg",
    "toml": "toml", "ts": "typescript", "tsx": "tsx", "xml": "xml", "yaml": "yaml",
    "yml": "yaml",
}  # fmt: skip


class Change(NamedTuple):
    """What a call does to a document: `content` is all of it, else `old` becomes `new`."""

    artifact_id: str
    title: str
    language: str
    content: str | None
    old: str
    new: str


def change(tool: str, told: dict[str, Json]) -> Change | None:
    """Return what the call of `tool` with the arguments `told` changes; None when nothing."""
    if tool == "artifacts":
        kind, language = word(told.get("type")), word(told.get("language"))
        name, content = word(told.get("id")), told.get("content")
        language = language_of(kind, language) if kind or language else ""
        title = word(told.get("title"))
    else:
        name, content = word(told.get("path")), told.get("file_text")
        title, language = name.rpartition("/")[2], extension_language(name)
    old, new = told.get("old_str"), told.get("new_str")
    if not name or told.get("command") == "view":
        return None
    if isinstance(content, str) and (content or not isinstance(old, str)):
        return Change(name, title, language, text(content), "", "")
    if isinstance(old, str) and old:
        return Change(name, title, language, None, text(old), text(new))
    return None


def language_of(kind: str, language: str) -> str:
    """Return the language for a fence of an artifact with this media type."""
    return _LANGUAGES.get(kind) or language or "text"


def extension_language(path: str) -> str:
    """Return the language for a fence of the file at `path`."""
    return _EXTENSIONS.get(path.rpartition(".")[2].lower(), "text")


def apply(reading: Reading, wanted: Change) -> Artifact | None:
    """Return the document after the change, and remember it; None when it cannot be known."""
    before = reading.documents.get(wanted.artifact_id)
    if wanted.content is not None:
        after = wanted.content
    elif before is None or (replaced := _replaced(reading, before.text, wanted)) is None:
        return None
    else:
        after = replaced
    document = Written(
        title=wanted.title or (before.title if before else ""),
        language=wanted.language or (before.language if before else "markdown"),
        text=after,
        version=before.version + 1 if before else 1,
    )
    reading.documents = _put(reading.documents, wanted.artifact_id, document)
    return Artifact(
        artifact_id=wanted.artifact_id,
        title=document.title,
        language=document.language,
        version=document.version,
        text=after,
    )


def _replaced(reading: Reading, before: str, wanted: Change) -> str | None:
    """Return `before` with the first `old` replaced; None when it is not there or costs too much."""
    cost = len(before) + len(wanted.new)
    if cost > reading.room:
        return None
    reading.room -= cost
    return before.replace(wanted.old, wanted.new, 1) if wanted.old in before else None


def _put(documents: Documents, artifact_id: str, document: Written) -> Documents:
    others = [item for item in documents.items() if item[0] != artifact_id]
    return dict([*others[1 - _OPEN :], (artifact_id, document)])


def diff(old: str, new: str) -> str:
    """Return the lines of `old` that go and those of `new` that come, with what they share."""
    before, after = old.split("\n"), new.split("\n")
    shortest = min(len(before), len(after))
    head = next((i for i in range(shortest) if before[i] != after[i]), shortest)
    rest = shortest - head
    tail = next((i for i in range(rest) if before[-1 - i] != after[-1 - i]), rest)
    return "\n".join(
        (
            *(f" {line}" for line in before[:head]),
            *(f"-{line}" for line in before[head : len(before) - tail]),
            *(f"+{line}" for line in after[head : len(after) - tail]),
            *(f" {line}" for line in before[len(before) - tail :]),
        )
    )
