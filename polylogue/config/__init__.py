"""The configuration: one TOML file, every key optional, read once and then a plain value.

In: the file named on the command line, else `$POLYLOGUE_CONFIG`, else `config.toml` in the user's
configuration folder, else nothing: the defaults work. Out: a frozen `Config` (`settings.py` says
what may be set), or the first mistake of the file in one sentence (`reader.py`).

Only this room and the two programs know of environment variables and of the home folder. The
standard folders come from platformdirs, which reads the process's own environment.
"""

import itertools
import os
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from polylogue.config.reader import ConfigFile
from polylogue.config.settings import (
    SECTIONS,
    Config,
    Daemon,
    Inbox,
    Limits,
    Origin,
    Paths,
    Properties,
    Section,
    Sessions,
    Value,
    Vault,
    absolute,
    describe,
    keys_of,
    socket_name,
)
from polylogue.errors import ConfigError

__all__ = [
    "ENV_CONFIG",
    "Config",
    "Daemon",
    "Inbox",
    "Limits",
    "Origin",
    "Paths",
    "Sessions",
    "Value",
    "Vault",
    "describe",
    "load",
]

ENV_CONFIG = "POLYLOGUE_CONFIG"
ENV_DB_FIRST = "POLYLOGUE_DB_FIRST"

#: One folder on macOS, which harms nobody.
_MAY_OVERLAP = ("paths.templates", "paths.data")

#: `sun_path` holds 104 bytes on macOS and 108 on Linux.
_MAX_SOCKET_BYTES = 100


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Return the configuration: from `path`, or where `environ` and the platform say it is.

    A file that was asked for must exist; the one in the user's configuration folder need not.
    Raises ConfigError.
    """
    if environ.get(ENV_DB_FIRST, "1").strip().lower() in {"0", "false", "no", "off"}:
        raise ConfigError(
            f"${ENV_DB_FIRST} asks for the old way of writing files first, which is gone: "
            "the database is the only source.",
            advice=f"Unset {ENV_DB_FIRST}.",
            code="db-first",
        )
    try:
        return _load(_find(path, environ))
    except RuntimeError as error:  # no home for "~", a link that leads to itself, endless nesting
        raise ConfigError(f"The configuration cannot be used: {error}.") from error


def _find(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    asked = path or (Path(environ[ENV_CONFIG]) if environ.get(ENV_CONFIG) else None)
    if asked is not None:
        return absolute(asked.expanduser())
    usual = platformdirs.user_config_path("polylogue", appauthor=False) / "config.toml"
    return usual if os.path.lexists(usual) else None


def _load(path: Path | None) -> Config:
    file = ConfigFile.open(path) if path else None
    given = dict(file.settings()) if file else {}
    sections: dict[str, Any] = {name: _section(name, given) for name in SECTIONS if "." not in name}
    paths: Paths = sections["paths"]
    places = [(f"paths.{key}", getattr(paths, key)) for key in keys_of(Paths)]
    _check_apart([*places, *sections["sessions"].places()], file)
    _check_names(sections["vault"].properties, file)
    return Config(**sections, runtime=_runtime(paths.data), file=path, given=frozenset(given))


def _section(name: str, given: Mapping[str, Any]) -> Section:
    """Return the table `name` with what is given of it and of the tables within it."""
    within = {
        inner.removeprefix(f"{name}."): _section(inner, given)
        for inner in SECTIONS
        if inner.startswith(f"{name}.")
    }
    keys = keys_of(SECTIONS[name])
    own = {key: given[f"{name}.{key}"] for key in keys if f"{name}.{key}" in given}
    return SECTIONS[name](**own, **within)


def _check_names(properties: Properties, file: ConfigFile | None) -> None:
    """Refuse two properties of one name: YAML knows no such thing."""
    names = msgspec.structs.asdict(properties)
    for (key, name), (other, taken) in itertools.permutations(names.items(), 2):
        if file and name and name == taken and key != name:
            what = f'[vault.properties] {key} must have a name of its own, but "{name}" is that of {other}'
            file.fail([("vault", "properties", key)], what)


def _check_apart(places: Sequence[tuple[str, Path]], file: ConfigFile | None) -> None:
    """Refuse folders inside one another: notes would be imported, or imports shown as notes."""
    for (inner, folder), (outer, around) in itertools.permutations(places, 2):
        if (inner, outer) == _MAY_OVERLAP or not _inside(folder, around):
            continue
        what = f"{_named(inner)} ({folder}) must not lie in {_named(outer)} ({around})"
        if file:
            file.fail([tuple(inner.split(".")), tuple(outer.split("."))], what)
        raise ConfigError(f"The default folders overlap: {what}.")


def _named(setting: str) -> str:
    """Return `section.key` as sentences name it: `[section] key`."""
    section, _, key = setting.rpartition(".")
    return f"[{section}] {key}"


def _inside(inner: Path, outer: Path) -> bool:
    """Tell whether `inner` is `outer` or below it, whatever links or spellings lead there."""
    start, end = inner.resolve(), outer.resolve()
    return any(step == end or _same(step, end) for step in (start, *start.parents))


def _same(one: Path, other: Path) -> bool:
    with suppress(OSError):
        return one.samefile(other)
    return False


def _runtime(data: Path) -> Path:
    """Return the folder for the socket: the user's runtime folder, or one in a temporary folder.

    Whoever binds there must check that the folder is the user's own and private.
    """
    own, name = f"polylogue-{os.getuid()}", socket_name(data)
    candidates = (_user_runtime(), Path(tempfile.gettempdir()) / own)
    fits = (c for c in candidates if c and len(os.fsencode(c / name)) <= _MAX_SOCKET_BYTES)
    return next(fits, Path("/tmp") / own)  # noqa: S108 - the last short name; see above


def _user_runtime() -> Path | None:
    # platformdirs warns when $XDG_RUNTIME_DIR is unset and raises when its own fallback is unsafe.
    with warnings.catch_warnings(), suppress(OSError):
        warnings.simplefilter("ignore")
        folder = platformdirs.user_runtime_path("polylogue", appauthor=False)
        return folder if folder.parent.is_dir() else None
    return None
