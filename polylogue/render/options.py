"""How notes look, as far as a person may say without writing a template."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import msgspec

from polylogue.model import Context, Thinking, ToolCall, ToolResult
from polylogue.render.dates import minute
from polylogue.render.line import one_line

RemoteImages: TypeAlias = Literal["link", "embed"]

MINUTE: Final = "%Y-%m-%d %H:%M"


class Look(msgspec.Struct, frozen=True):
    """The wishes of the configuration; plain values, so that they go from process to process.

    `thinking`, `tools` and `system` are shown, folded, or left out. `properties` gives other names to
    properties, '' to those that are left out. `date_format` is that of headings, as of strftime.
    Images on the web are a `link`, or embedded, so that Obsidian fetches them when a note is opened.
    """

    thinking: bool = True
    tools: bool = True
    system: bool = True
    properties: Mapping[str, str] = {}
    date_format: str = MINUTE
    remote_images: RemoteImages = "link"


@dataclass(frozen=True, slots=True)
class NoteOptions:
    """How notes look: `timezone` is that of every time in them."""

    timezone: dt.tzinfo = dt.UTC
    look: Look = field(default_factory=Look)

    def time(self, time: dt.datetime | None) -> str:
        """Return a time as headings show it; '' when there is none."""
        if self.look.date_format == MINUTE or time is None:
            return minute(time)
        return one_line(time.strftime(self.look.date_format))

    @property
    def left_out(self) -> frozenset[type]:
        """The kinds of parts that are not shown."""
        kinds = (
            (self.look.thinking, (Thinking,)),
            (self.look.tools, (ToolCall, ToolResult)),
            (self.look.system, (Context,)),
        )
        return frozenset(kind for shown, some in kinds if not shown for kind in some)
