"""The job of a worker that takes one arrival into the archive."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from polylogue.ingest import Receipt, ingest
from polylogue.model import Arrival
from polylogue.store.archive import Archive

_SHOWN = 20  # problems that are told; all of them are in the archive


def run(
    archive: Archive, request: Mapping[str, Any], progress: Callable[..., None]
) -> dict[str, Any]:
    """Ingest what `path`, `origin`, `uri`, `imported_at` and `max_size` say; return the receipt."""
    receipt = ingest(
        archive,
        Arrival(path=Path(request["path"]), origin=request["origin"], uri=request["uri"]),
        imported_at=request["imported_at"],
        max_size=request["max_size"],
        wait=False,
        progress=progress,
    )
    return receipt_json(receipt)


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as the daemon keeps it."""
    return {
        "status": receipt.status,
        "earlier": receipt.earlier,
        "import_id": receipt.import_id,
        "counts": receipt.counts,
        "sentence": receipt.sentence,
        "problems": [problem.code for problem in receipt.problems[:_SHOWN]],
    }
