"""What may be set, as types: each key with its default, its bounds, and the words for them.

The defaults of these structs are the defaults of polylogue; config.example.toml repeats them for
people, and a test holds the two together. A description completes "… must be".
"""

import hashlib
import os
from collections.abc import Mapping
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
import platformdirs
from msgspec import Meta

Origin: TypeAlias = Literal["default", "file"]
Value: TypeAlias = Path | tuple[Path | str, ...] | str | float

_FOLDER = Meta(description="a folder")
_YES_OR_NO = Meta(description="true or false")


class Section(msgspec.Struct, frozen=True):
    """One table of the file."""


class Paths(Section, frozen=True):
    """Where things are. All are absolute; none lies inside another."""

    data: Annotated[Path, _FOLDER] = msgspec.field(
        default_factory=lambda: platformdirs.user_data_path("polylogue", appauthor=False)
    )
    inbox: Annotated[Path, _FOLDER] = msgspec.field(
        default_factory=lambda: Path.home() / "Polylogue" / "Inbox"
    )
    vault: Annotated[Path, _FOLDER] = msgspec.field(
        default_factory=lambda: Path.home() / "Polylogue" / "Vault"
    )
    templates: Annotated[Path, _FOLDER] = msgspec.field(
        default_factory=lambda: (
            platformdirs.user_config_path("polylogue", appauthor=False) / "templates"
        )
    )


class Inbox(Section, frozen=True):
    """What is done with dropped files."""

    settle_seconds: Annotated[
        float, Meta(ge=0, le=3600, description="a number of seconds from 0 to 3600")
    ] = 2
    after_import: Annotated[
        Literal["move", "leave", "delete"], Meta(description='"move", "leave" or "delete"')
    ] = "move"


class ClaudeCode(Section, frozen=True):
    """The sessions of Claude Code."""

    enabled: Annotated[bool, _YES_OR_NO] = True
    path: Annotated[Path, _FOLDER] = msgspec.field(
        default_factory=lambda: Path.home() / ".claude" / "projects"
    )


class Codex(Section, frozen=True):
    """The sessions of Codex."""

    enabled: Annotated[bool, _YES_OR_NO] = True
    path: Annotated[Path, _FOLDER] = msgspec.field(
        default_factory=lambda: Path.home() / ".codex" / "sessions"
    )


class Sessions(Section, frozen=True):
    """Where coding agents write their sessions, which are followed while they grow."""

    folders: Annotated[tuple[Path, ...], Meta(description="a list of folders")] = ()
    claude_code: ClaudeCode = msgspec.field(default_factory=ClaudeCode)
    codex: Codex = msgspec.field(default_factory=Codex)

    def places(self) -> list[tuple[str, Path]]:
        """Return the folders that are followed, each with the name of its setting."""
        agents: dict[str, ClaudeCode | Codex] = {
            "sessions.claude_code.path": self.claude_code,
            "sessions.codex.path": self.codex,
        }
        return [
            *((key, agent.path) for key, agent in agents.items() if agent.enabled),
            *(("sessions.folders", folder) for folder in self.folders),
        ]


class Show(Section, frozen=True):
    """Which parts notes show, folded; what is not shown stays in the archive."""

    thinking: Annotated[bool, _YES_OR_NO] = True
    tools: Annotated[bool, _YES_OR_NO] = True
    system: Annotated[bool, _YES_OR_NO] = True


_Name: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^(?:[^\W\d](?:[\w -]{0,62}\w)?)?\Z",
        description='the name of a property, letters first, or "" to leave it out',
    ),
]


class Properties(Section, frozen=True):
    """How the properties of notes are called."""

    aliases: _Name = "aliases"
    kind: _Name = "kind"
    source: _Name = "source"
    conversation_id: _Name = "conversation_id"
    part: _Name = "part"
    url: _Name = "url"
    created: _Name = "created"
    updated: _Name = "updated"
    date: _Name = "date"
    models: _Name = "models"
    messages: _Name = "messages"
    branches: _Name = "branches"
    attachments: _Name = "attachments"
    project: _Name = "project"
    cwd: _Name = "cwd"
    git_branch: _Name = "git_branch"
    parent: _Name = "parent"
    relation: _Name = "relation"
    tokens_in: _Name = "tokens_in"
    tokens_out: _Name = "tokens_out"
    cost_usd: _Name = "cost_usd"
    archived: _Name = "archived"
    starred: _Name = "starred"
    tags: _Name = "tags"
    cssclasses: _Name = "cssclasses"

    def renamed(self) -> dict[str, str]:
        """Return those that are called otherwise than polylogue calls them."""
        named = msgspec.structs.asdict(self)
        return {name: given for name, given in named.items() if given != name}


#: What `strftime` understands the same everywhere, and what may stand between.
_DATE = r"^(?:%[aAbBdHIjmMpSuVwyYGZz]|[^%\x00-\x1f\x7f]){1,60}\Z"


class Vault(Section, frozen=True):
    """How the notes are laid out. `layout` is checked by the renderer, which knows its fields."""

    formats: Annotated[
        tuple[Literal["markdown", "html"], ...],
        Meta(min_length=1, description='a list of "markdown" and "html"'),
    ] = ("markdown",)
    index: Annotated[bool, _YES_OR_NO] = True
    layout: Annotated[str, Meta(description="a pattern of folders, as text")] = (
        "{provider}/{year}/{month}"
    )
    timezone: Annotated[
        str, Meta(description='"local" or the name of a time zone such as "Europe/Berlin"')
    ] = "local"
    date_format: Annotated[
        str,
        Meta(pattern=_DATE, description='a date pattern such as "%d.%m.%Y %H:%M", in one line'),
    ] = "%Y-%m-%d %H:%M"
    remote_images: Annotated[Literal["link", "embed"], Meta(description='"link" or "embed"')] = (
        "link"
    )
    show: Show = msgspec.field(default_factory=Show)
    properties: Properties = msgspec.field(default_factory=Properties)


class Daemon(Section, frozen=True):
    """How polylogued works."""

    scan_seconds: Annotated[
        float, Meta(ge=1, le=86400, description="a number of seconds from 1 to 86400")
    ] = 300
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description='"debug", "info", "warning" or "error"'),
    ] = "info"


class Limits(Section, frozen=True):
    """What is too much."""

    max_import_gib: Annotated[
        float, Meta(gt=0, le=1_000_000, description="a number of GiB above 0")
    ] = 20


#: The tables of the file. A table within another comes behind it, under both their names.
SECTIONS: Mapping[str, type[Section]] = {
    "paths": Paths,
    "inbox": Inbox,
    "sessions": Sessions,
    "sessions.claude_code": ClaudeCode,
    "sessions.codex": Codex,
    "vault": Vault,
    "vault.show": Show,
    "vault.properties": Properties,
    "daemon": Daemon,
    "limits": Limits,
}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that polylogue was told, and what follows from it.

    `runtime` is the folder of the control socket (not a setting), `file` what was read (None:
    nothing), `given` the keys that stood in it, as `section.key`.
    """

    paths: Paths
    inbox: Inbox = Inbox()
    sessions: Sessions = msgspec.field(default_factory=Sessions)
    vault: Vault = msgspec.field(default_factory=Vault)
    daemon: Daemon = Daemon()
    limits: Limits = Limits()
    runtime: Path
    file: Path | None = None
    given: frozenset[str] = frozenset()

    @property
    def archive(self) -> Path:
        """The SQLite file."""
        return self.paths.data / "archive.db"

    @property
    def socket(self) -> Path:
        """The control socket: one for each data folder, its name short enough for `sun_path`."""
        return self.runtime / socket_name(self.paths.data)

    def origin(self, key: str) -> Origin:
        """Say where the value of `key` (`section.key`) comes from."""
        return "file" if key in self.given else "default"


def describe(config: Config) -> list[tuple[str, Value, Origin]]:
    """Return every setting as (`section.key`, value, where it comes from), in the file's order."""
    return [
        (f"{name}.{key}", attrgetter(f"{name}.{key}")(config), config.origin(f"{name}.{key}"))
        for name, section in SECTIONS.items()
        for key in keys_of(section)
    ]


def keys_of(section: type[Section]) -> dict[str, Any]:
    """Return the keys of `section` with their annotated types, in order, without tables in it."""
    fields = msgspec.structs.fields(section)
    return {field.name: field.type for field in fields if field.type not in SECTIONS.values()}


def absolute(path: Path) -> Path:
    """Return `path` from the root, without dots; links stay as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links


def socket_name(data: Path) -> str:
    """Return the socket's file name for the data folder `data`: short, whatever its length."""
    return hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:12] + ".sock"
