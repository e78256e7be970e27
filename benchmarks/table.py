"""Rows of figures, as a table for people or as JSON for programs."""

import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

HEADINGS = ("what", "measured", "aim", "", "how it came about")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `aim` is the most that is wanted (None: nothing is), `note` says what lies below."""

    what: str
    value: float
    unit: str
    aim: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Say whether the aim is met; None when there is none."""
        return None if self.aim is None else self.value <= self.aim


@dataclass(frozen=True, slots=True)
class Failure:
    """A scenario that gave no figures, and why."""

    scenario: str
    reason: str


def machine() -> dict[str, str]:
    """Return what one must know to compare the figures with others."""
    return {
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.release()}",
        "polylogue": version("polylogue"),
    }


def as_json(rows: Sequence[Row], failures: Sequence[Failure]) -> dict[str, Any]:
    """Return everything as one JSON value, figures unrounded."""
    return {
        "machine": machine(),
        "rows": [asdict(row) | {"met": row.met} for row in rows],
        "failures": [asdict(failure) for failure in failures],
    }


def as_text(rows: Sequence[Row], failures: Sequence[Failure]) -> str:
    """Return a Markdown table, wide enough to be read as it is."""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS))]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    lines += [f"\n{failure.scenario}: not measured: {failure.reason}" for failure in failures]
    known = ", ".join(f"{name} {value}" for name, value in machine().items())
    return "\n".join([known, "", *lines])


def _cells(row: Row) -> tuple[str, ...]:
    aim = "" if row.aim is None else f"≤ {_number(row.aim)} {row.unit}"
    verdict = {True: "met", False: "MISSED", None: ""}[row.met]
    return (row.what, f"{_number(row.value)} {row.unit}", aim, verdict, row.note)


def _number(value: float) -> str:
    """Write three significant digits and no exponent: nobody measures more."""
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
