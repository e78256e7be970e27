"""Reads a configuration file, setting by setting, and finds words for what is wrong in it.

The first mistake, in the file's own order, ends the reading with one sentence: file, line, key,
what is wrong, and the nearest right spelling. Lines are found by parsing ever longer beginnings of
the file (only after a mistake), so that every way of writing a key in TOML is covered.
"""

import difflib
import re
import tomllib
import typing
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from polylogue.config.settings import SECTIONS, absolute, keys_of
from polylogue.errors import ConfigError


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """The text of a configuration file. Its methods raise ConfigError."""

    path: Path
    text: str

    @classmethod
    def open(cls, path: Path) -> "ConfigFile":
        """Read the file at `path`, an absolute path."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ConfigError(
                f"The configuration {path} cannot be read: {error.strerror}."
            ) from error
        except ValueError as error:  # a NUL in the name
            raise ConfigError("The name of the configuration file is not a path.") from error
        try:
            return cls(path, data.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise ConfigError(f"{path}, line {line}: this is not UTF-8 text.") from error

    def settings(self) -> Iterator[tuple[str, Any]]:
        """Yield (`section.key`, value of the right type) in the file's order."""
        for name, table in self._tables().items():
            if name not in SECTIONS or "." in name:
                self.fail([(name,)], _unknown_section(name))
            yield from self._section(name, table)

    def fail(self, places: Sequence[tuple[str, ...]], what: str) -> NoReturn:
        """Raise the ConfigError saying `what` is wrong; its line is the first place that exists."""
        line = next((number for place in places if (number := _line(self.text, place))), 1)
        raise ConfigError(
            f"{self.path}, line {line}: {what}.", advice="config.example.toml shows every setting."
        )

    def _section(self, name: str, table: object) -> Iterator[tuple[str, Any]]:
        if not isinstance(table, dict):
            self.fail([_place(name)], f"{name} must be a table: [{name}] and its keys below it")
        for key, value in table.items():
            if f"{name}.{key}" in SECTIONS:
                yield from self._section(f"{name}.{key}", value)
            else:
                yield f"{name}.{key}", self._value(name, key, value)

    def _tables(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            reason, line, column = _syntax(str(error), self.text)
            raise ConfigError(
                f"{self.path}, line {line}, column {column}: {reason}.",
                advice="config.example.toml shows how settings are written.",
                code="config-syntax",
            ) from error

    def _value(self, name: str, key: str, value: object) -> object:
        kind = keys_of(SECTIONS[name]).get(key)
        place = (*_place(name), key)
        if kind is None and isinstance(value, dict) and "." not in name:
            self.fail([place], _unknown_section(f"{name}.{key}"))
        if kind is None:
            self.fail([place], _unknown_key(name, key))
        try:
            read: object = msgspec.convert(value, kind, dec_hook=self._folder)
            if key == "timezone":
                _check_timezone(str(read))
        except (msgspec.ValidationError, ValueError):
            must = typing.get_args(kind)[1].description
            near = _nearest_value(key, kind, value)
            self.fail([place], f"[{name}] {key} must be {must}, but is {_shown(value)}{near}")
        return read

    def _folder(self, _kind: type, value: object) -> Path:
        """Return the folder that `value` names, seen from the folder of this file."""
        if not isinstance(value, str) or not value.strip() or "\0" in value:
            raise ValueError
        try:
            return absolute(self.path.parent / Path(value).expanduser())
        except RuntimeError as error:  # "~somebody" who is nobody
            raise ValueError from error


def _place(name: str) -> tuple[str, ...]:
    """Return where a table stands: the keys that lead to it."""
    return tuple(name.split("."))


def _check_timezone(name: str) -> None:
    """Raise ValueError when `name` is neither "local" nor a time zone known here."""
    if name == "local":
        return
    try:
        zoneinfo.ZoneInfo(name)
    except (OSError, zoneinfo.ZoneInfoNotFoundError) as error:  # OSError: the name of a folder
        raise ValueError(name) from error


def _unknown_section(name: str) -> str:
    for title, section in SECTIONS.items():
        if name in keys_of(section):
            return f"{name} belongs below [{title}]"
    return f"[{name}] is not a section{_nearest(name, list(SECTIONS), '[{}]')}"


def _unknown_key(name: str, key: str) -> str:
    for title, section in SECTIONS.items():
        if key in keys_of(section):
            return f"[{name}] {key} belongs below [{title}]"
    return f"[{name}] {key} is not a setting{_nearest(key, list(keys_of(SECTIONS[name])))}"


def _nearest_value(key: str, kind: object, value: object) -> str:
    literal = [w for w in typing.get_args(typing.get_args(kind)[0]) if isinstance(w, str)]
    names = sorted(zoneinfo.available_timezones()) if key == "timezone" else literal
    return _nearest(str(value), names, '"{}"')


def _nearest(word: str, words: Sequence[str], form: str = "{}") -> str:
    spelled = {known.casefold(): known for known in words}
    near = difflib.get_close_matches(word.casefold(), spelled, n=1)
    return f"; the nearest is {form.format(spelled[near[0]])}" if near else ""


def _shown(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value)
    safe = "".join(char if char.isprintable() else "�" for char in text)
    return safe if len(safe) <= 60 else f"{safe[:59]}…"


def _syntax(message: str, text: str) -> tuple[str, int, int]:
    """Split what tomllib says into reason, line and column (both from 1)."""
    reason, _, place = message.rpartition(" (at ")
    numbers = [int(number) for number in re.findall(r"\d+", place)]
    if len(numbers) != 2:  # "(at end of document)"
        lines = text.rstrip("\n").split("\n")
        numbers = [len(lines), len(lines[-1]) + 1]
    return reason[:1].lower() + reason[1:], numbers[0], numbers[1]


def _line(text: str, keys: tuple[str, ...]) -> int:
    """Return the number of the line where the setting at `keys` begins, 0 when it is not there."""
    lines = text.split("\n")
    begin = 1
    for count in range(1, len(lines) + 1):
        try:
            table: Any = tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue  # in the middle of a value that spans lines
        for key in keys:
            table = table.get(key) if isinstance(table, dict) else None
        if table is not None:
            return begin
        begin = count + 1
    return 0
