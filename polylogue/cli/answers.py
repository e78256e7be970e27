"""What the daemon answers (its control API), as far as people are shown it.

Fields that are not listed are skipped, so that a newer daemon may say more; words for states are
plain strings for the same reason. Times are milliseconds, sizes bytes.
"""

import msgspec


class Answer(msgspec.Struct, frozen=True):
    """A JSON object of the control API."""


class ArchiveState(Answer, frozen=True):
    """How much there is."""

    path: str
    conversations: int
    messages: int
    attachments: int
    bytes: int
    last_import_at: int | None = None


class Reading(Answer, frozen=True):
    """What is being read: `done` of `total` bytes."""

    name: str
    done: int
    total: int
    conversations: int
    since: int


class Last(Answer, frozen=True):
    """What was read last, and in one sentence what came of it."""

    name: str
    state: str
    sentence: str
    at: int


class InboxState(Answer, frozen=True):
    """The inbox and the files in it that are not done."""

    path: str
    watch: str
    waiting: int
    failed: int
    reading: Reading | None = None
    last: Last | None = None


class SessionFolder(Answer, frozen=True):
    """A folder of sessions; `only_here` conversations were in files that are gone."""

    name: str
    path: str
    watch: str
    files: int
    problems: int = 0
    only_here: int = 0
    last_activity: int | None = None


class Filling(Answer, frozen=True):
    """A large piece of work: so many files of all are read."""

    done: int
    total: int


class SessionsState(Answer, frozen=True):
    """The session folders and the files in them that are still to be read."""

    folders: tuple[SessionFolder, ...] = ()
    waiting: int = 0
    filling: Filling | None = None


class VaultState(Answer, frozen=True):
    """The notes; `dirty` of them are yet to be written."""

    path: str
    notes: int
    dirty: int
    state: str
    rendering: bool


class Warned(Answer, frozen=True):
    """Something that needs a person; `fix` is the command or the deed that mends it."""

    code: str
    text: str
    fix: str = ""
    since: int | None = None


class Status(Answer, frozen=True):
    """GET /v1/status."""

    version: str
    pid: int
    started_at: int
    now: int
    paused: bool
    archive: ArchiveState
    inbox: InboxState
    vault: VaultState
    sessions: SessionsState = SessionsState()
    unknowns: int = 0
    warnings: tuple[Warned, ...] = ()


class Quiet(Answer, frozen=True):
    """GET /v1/wait."""

    quiet: bool
    waiting: int
    dirty: int
    failed: int
    blocked: tuple[str, ...] = ()


class Marked(Answer, frozen=True):
    """POST /v1/rerender."""

    marked: int


class Reloaded(Answer, frozen=True):
    """POST /v1/reload: settings that hold now, and settings that hold after a restart."""

    applied: tuple[str, ...] = ()
    needs_restart: tuple[str, ...] = ()


class Item(Answer, frozen=True):
    """A dropped file or folder."""

    name: str
    state: str
    size: int | None = None
    seen_at: int | None = None
    changed_at: int | None = None
    code: str | None = None
    reason: str | None = None
    attempts: int = 0


class Items(Answer, frozen=True):
    """GET /v1/inbox."""

    items: tuple[Item, ...]


class Event(Answer, frozen=True):
    """Something that happened."""

    id: int
    at: int
    level: str
    event: str
    fields: dict[str, object]


class Events(Answer, frozen=True):
    """GET /v1/log."""

    events: tuple[Event, ...]


class Holder(Answer, frozen=True):
    """The lock in the data folder: who holds it, or held it last."""

    socket: str = ""


class Refusal(Answer, frozen=True):
    """The error in an answer with status 4xx or 5xx."""

    message: str
    advice: str = ""
    code: str = ""
    exit_code: int = 1


class Refused(Answer, frozen=True):
    """An answer with status 4xx or 5xx."""

    error: Refusal
