"""The job of a worker that renders what is dirty."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from polylogue.config.zones import zone
from polylogue.publish import Report, Target, publish
from polylogue.publish.overrides import read_overrides
from polylogue.render.options import Look
from polylogue.store.archive import Archive


def run(
    archive: Archive, request: Mapping[str, Any], progress: Callable[..., None]
) -> dict[str, Any]:
    """Publish to the vault that `root` and what else the configuration says of it describe.

    Returns the report.
    """
    target = Target(
        Path(request["root"]),
        request["layout"],
        zone(request["timezone"], os.environ),
        formats=tuple(request["formats"]),
        pages=request["index"],
        look=msgspec.convert(request["look"], Look),
        overrides=read_overrides(Path(request["templates"])),
    )
    return report_json(publish(archive, target, progress=progress))


def report_json(report: Report) -> dict[str, Any]:
    """Return a report as the daemon logs it."""
    return {
        "written": report.written,
        "unchanged": report.unchanged,
        "pages": report.pages,
        "blocked": len(report.blocked),
        "saved": len(report.saved),
        "broken": len(report.broken),
    }
