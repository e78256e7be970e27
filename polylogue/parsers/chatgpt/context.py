"""What the machine put in front of the model → Context parts."""

from collections.abc import Iterator

from polylogue.model import Context, Part
from polylogue.parsers.chatgpt.reading import Reading
from polylogue.parsers.narrow import as_json, items, keys, objects, text, word

_MEMORY = {
    "model_set_context": "Memory",
    "repository": "Repository",
    "repo_summary": "Repository summary",
    "structured_context": "Structured context",
}
_APP_NAMES = ("app_name", "title")


def custom_instructions(reading: Reading) -> Iterator[Part]:
    """Yield what the person told about themselves, without the boilerplate around it.

    Today it is a message of its own kind, before that it was a system message with plain text.
    """
    reading.hidden = True
    data = keys(reading.metadata.user_context_message_data)
    told = [text(data.get(key)) for key in ("about_user_message", "about_model_message")]
    if not any(map(str.strip, told)):
        told = [text(reading.content.get(key)) for key in ("user_profile", "user_instructions")]
    if not any(map(str.strip, told)):
        told = ["", "\n".join(map(text, items(reading.content.get("parts"))))]
    for title, body in zip(("About the user", "Custom instructions"), told, strict=True):
        if body.strip():
            yield Context(title=title, text=body)


def memory(reading: Reading) -> Iterator[Part]:
    """Yield what the model had been told to remember."""
    reading.hidden = True
    for key, title in _MEMORY.items():
        value = reading.content.get(key)
        shown = text(value) if isinstance(value, str) else as_json(value) if value else ""
        if shown.strip():
            yield Context(title=title, text=shown)


def computer_start(reading: Reading) -> Iterator[Part]:
    """Yield what an agent's computer was started with, if anything is told."""
    reading.hidden = True
    told = {key: value for key, value in reading.content.items() if key != "content_type"}
    if told:
        yield Context(title="Computer", text=as_json(told))


def paired_app(reading: Reading) -> Iterator[Part]:
    """Yield what a paired desktop app showed to the model."""
    for workspace in objects(reading.content.get("workspaces")):
        title = " — ".join(filter(None, (word(workspace.get(key)) for key in _APP_NAMES)))
        rest = {key: value for key, value in workspace.items() if key not in _APP_NAMES and value}
        yield Context(title=title or "App", text=as_json(rest) if rest else "")
    for part in items(reading.content.get("context_parts")):
        shown = part if isinstance(part, str) else keys(part).get("text")
        yield Context(title="App", text=text(shown) if isinstance(shown, str) else as_json(part))
