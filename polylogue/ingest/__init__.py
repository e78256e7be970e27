"""Use case: an arrival → tier 1 → records → tier 2.

    open    the file, ZIP or folder, its hash        contents
    keep    members cut, stored and parsed           keep
    tell    what came of it                          tally

Idempotent: bytes that were imported before are a duplicate and change nothing; an import that was
interrupted is taken up again. Processes take turns (a lock in the data folder). Everything runs in the caller's thread on the caller's archive.
"""

import shutil

from polylogue.errors import BadInputError, BusyError
from polylogue.ingest.batches import Batches
from polylogue.ingest.contents import Contents, open_contents
from polylogue.ingest.keep import Keeper, may_hold_chats
from polylogue.ingest.members import Member, sha256_of
from polylogue.ingest.tally import Progress, Receipt, Status, Tally
from polylogue.model import Arrival
from polylogue.parsers import PARSERS
from polylogue.sources.files import open_regular, stored_name
from polylogue.store.archive import Archive
from polylogue.store.imports import (
    Import,
    NewImport,
    begin_import,
    find_import,
    finish_import,
    size_known,
)
from polylogue.store.ledger import add_strangers

__all__ = ["READS", "Progress", "Receipt", "Status", "duplicate_of", "ingest"]

#: What a person may bring, in one sentence.
READS = (
    "polylogue reads exports and session files of AI tools; `polylogue import --explain FILE` says"
    " what it takes this for."
)

_RESERVE = 64 << 20  # bytes that must stay free on the archive's disk


def ingest(
    archive: Archive,
    arrival: Arrival,
    *,
    imported_at: int,
    max_size: int,
    wait: bool = True,
    progress: Progress = lambda _done, _total, _conversations: None,
) -> Receipt:
    """Take one arrival into the archive; `imported_at` in ms, `max_size` in bytes unpacked.

    Raises BadInputError (IncompleteError when the end is missing) when nothing of it can be read,
    BusyError when it cannot be read now, changes while it is read, or another process ingests and
    `wait` is False. Whatever was read before an error is kept, and a later call goes on from there.
    """
    scratch = archive.path.parent
    with (
        open_contents(arrival, max_size=max_size, scratch=scratch) as contents,
        archive.alone("ingest", wait=wait),
    ):
        known = find_import(archive.connection, contents.sha256)
        if known is not None and not _reads_better_now(known):
            return _duplicate(known, contents.name)
        _check_worth(contents)
        _check_space(archive, contents)
        import_id = _begin(archive, arrival, contents, imported_at)
        tally = Tally(problems=list(contents.problems))
        total = sum(member.size for member in contents.members)
        with Batches(archive, import_id, tally) as batches:
            keeper = Keeper(batches, tally, progress, total, uri=arrival.uri)
            for member in sorted(contents.members, key=_reading_order):
                keeper.keep(member)
            batches.close()
        if not contents.unchanged():
            raise BusyError(
                f"{contents.name} changed while it was read.",
                advice="It is read again when it is quiet.",
                code="changed-while-reading",
            )
        return _finish(archive, import_id, contents, tally)


def duplicate_of(archive: Archive, arrival: Arrival) -> Receipt | None:
    """Return the receipt of an arrival whose bytes were imported before, None for anything else.

    Reads a file once, if any import has its size, and opens no container; a folder is never known
    without a full look.
    """
    if arrival.path.is_dir():
        return None
    file, found = open_regular(arrival.path)
    with file:
        if not size_known(archive.connection, found.size):
            return None
        known = find_import(archive.connection, sha256_of(file))
    if known is None or _reads_better_now(known):
        return None
    return _duplicate(known, stored_name(arrival.path.name))


def _reads_better_now(known: Import) -> bool:
    """Whether not all of an import could be read, and its parser has changed since."""
    versions = {parser.provider: parser.version for parser in PARSERS}
    return known.status == "partial" and known.parser_version != versions.get(known.provider or "")


def _duplicate(known: Import, name: str) -> Receipt:
    return Receipt(
        "duplicate", known.import_id, name, known.counts, error=known.error, earlier=known.status
    )


def _reading_order(member: Member) -> int:
    """Order attachments before conversations, so that most notes are rendered only once.

    Pages come last: they repeat conversations, which as such can be deltas.
    """
    return 2 if member.name.endswith(".html") else int(member.name.endswith((".json", ".jsonl")))


def _check_worth(contents: Contents) -> None:
    """Refuse what can hold no chat: it was dropped by mistake, and is not kept for good.

    JSON that no parser knows is kept: vendors change their formats.
    """
    members = sorted(contents.members, key=_reading_order, reverse=True)
    if any(map(may_hold_chats, members)):
        return
    problem = next((member.problem for member in members if member.problem), None)
    raise BadInputError(
        problem.text if problem else f"Nothing in {contents.name} is a chat that polylogue knows.",
        advice=f"{READS} Nothing of this was kept.",
        code=problem.code if problem else "unrecognized",
    )


def _check_space(archive: Archive, contents: Contents) -> None:
    free = shutil.disk_usage(archive.path.parent).free
    if free < contents.size + _RESERVE:
        raise BusyError(
            f"{contents.name} needs {contents.size >> 20:,} MiB, and the archive's disk has"
            f" {free >> 20:,} MiB free.",
            advice="Free some space; it is tried again.",
            code="disk-full",
        )


def _begin(archive: Archive, arrival: Arrival, contents: Contents, imported_at: int) -> int:
    with archive.transaction() as connection:
        return begin_import(
            connection,
            NewImport(
                sha256=contents.sha256,
                origin=arrival.origin,
                file_name=contents.name,
                source_uri=arrival.uri,
                size=contents.size,
                modified_at=contents.modified_at,
                imported_at=imported_at,
                container=contents.container,
            ),
        )


def _finish(archive: Archive, import_id: int, contents: Contents, tally: Tally) -> Receipt:
    outcome = tally.outcome()
    with archive.transaction() as connection:
        if outcome.provider:
            add_strangers(connection, outcome.provider, tally.strangers, import_id)
        finish_import(connection, import_id, outcome)
    return Receipt(
        outcome.status, import_id, contents.name, outcome.counts, outcome.problems, outcome.error
    )
