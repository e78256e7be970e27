"""Grok: the export of an account, `prod-grok-backend.json`, one object with all chats in a list.

The containers cut it at its chats. The schema is nobody's promise.

chat ─► body, files
project
"""

from polylogue.parsers.base import Parser, Probe, Shape
from polylogue.parsers.grok import chat, project
from polylogue.parsers.grok.files import asset_ref


def _is_chat(probe: Probe) -> bool:
    return {"conversation", "responses"} <= probe.keys()


def _is_project(probe: Probe) -> bool:
    return {"workspace_id", "name"} <= probe.keys() and "custom_personality" in probe


def _is_media_post(probe: Probe) -> bool:
    return {"id", "media_type", "original_prompt"} <= probe.keys()


PARSER = Parser(
    provider="grok",
    version=1,
    shapes=(
        Shape("conversation", _is_chat, chat.parse),
        Shape("project", _is_project, project.parse),
        Shape("media-post", _is_media_post),
    ),
    asset_ref=asset_ref,
)
