"""Where notes go and how they look."""

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from polylogue import __version__
from polylogue.render.note import NoteOptions, Overrides
from polylogue.render.options import Look
from polylogue.store.manifest import MARKDOWN


@dataclass(frozen=True, slots=True)
class Target:
    """A folder, and what is to be in it: notes in each of `formats`, pages by which to find them.

    `look` are the person's wishes, `overrides` the person's own templates. Without `branches` only
    the path taken is shown of each conversation.
    """

    root: Path
    layout: str
    timezone: dt.tzinfo
    formats: tuple[str, ...] = (MARKDOWN,)
    pages: bool = False
    look: Look = field(default_factory=Look)
    overrides: Overrides | None = None
    branches: bool = True

    @property
    def options(self) -> NoteOptions:
        """How notes look."""
        return NoteOptions(timezone=self.timezone, look=self.look)

    @property
    def fingerprint(self) -> str:
        """What notes depend on besides their conversations: all are rendered again when it changes."""
        templates = sorted(self.overrides.sources.items()) if self.overrides else []
        what = f"{sorted(self.formats)} {self.pages} {self.branches}"
        said = f"{__version__} {self.options} {what} {templates}"
        return hashlib.sha256(said.encode()).hexdigest()
