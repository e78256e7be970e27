"""polylogued without patience, for tests: what takes it minutes takes this one moments.

    python hurried.py --config FILE

It is the daemon as it is, but for the pauses between attempts. And it has a bug: a file whose name
begins with `bug` makes the ingest fail with an exception that nobody foresaw, and a chat whose title
begins so makes the renderer fail.
"""

from pathlib import Path
from typing import Any

from polylogue.daemon import inbox, main, rendering, supervise
from polylogue.ingest import Receipt, ingest
from polylogue.model import Arrival, StoredConversation
from polylogue.render.note import Renderer
from polylogue.sources import inbox as waiting
from polylogue.store.archive import Archive

#: How Python is told to run this daemon, and seconds that it waits for the end of a file.
PROGRAM = (str(Path(__file__)),)
INCOMPLETE_SECONDS = 1.0


def _with_a_bug(archive: Archive, arrival: Arrival, *, imported_at: int, max_size: int) -> Receipt:
    if arrival.path.name.startswith("bug"):
        raise ZeroDivisionError
    return ingest(archive, arrival, imported_at=imported_at, max_size=max_size)


_render = Renderer.note


def _note_with_a_bug(renderer: Renderer, chat: StoredConversation, *links: Any) -> str:  # noqa: ANN401 - passed on
    if chat.head.title.startswith("bug"):
        raise ZeroDivisionError
    return _render(renderer, chat, *links)


if __name__ == "__main__":
    vars(inbox)["ingest"] = _with_a_bug
    Renderer.note = _note_with_a_bug  # type: ignore[method-assign,assignment]
    waiting.INCOMPLETE_SECONDS = INCOMPLETE_SECONDS
    waiting._FIRST_RETRY = 0.1
    inbox._FIRST_RETRY, inbox._LAST_RETRY = 0.1, 0.5
    rendering._RETRY = 0.2
    supervise._FIRST_PAUSE, supervise._LONGEST_PAUSE = 0.1, 0.5
    main.main()
