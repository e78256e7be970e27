"""A ChatGPT export of any size, the same bytes for the same seed: `python -m benchmarks.generate`.

Each conversation depends on the seed and its own number only, so an export is a stream: memory does
not grow with its size, and next month's export can change one conversation in a hundred without
knowing the others. About 22 messages and 31 KB of JSON per conversation, newest first, written as
ChatGPT writes it: one array on one line, ASCII, a blank after each comma and colon.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from benchmarks.chats import Chat, Json

MONTH_END = 1_764_547_200.0  # 2025-12-01, UTC: when the first export is made
YEARS = 3 * 365 * 86_400.0  # the conversations of the first export are spread over so many seconds
HOUR = 3_600.0
LONGEST = 120  # turns


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account: how many conversations it holds at first, and the seed of its text."""

    conversations: int
    seed: int

    @property
    def changes(self) -> int:
        """How many conversations are extended in the month after, and as many are new: 1 %."""
        return max(1, self.conversations // 100)

    def month(self) -> Iterator[Json]:
        """Yield the conversations of the first export, newest first."""
        for number in range(self.conversations):
            yield self._chat(number).export()

    def next_month(self) -> Iterator[Json]:
        """Yield those of the export a month later: new ones, extended ones, then the others."""
        extended = self.extended()
        for number in range(self.conversations, self.conversations + self.changes):
            yield self._chat(number).export()
        for number in extended:
            yield self._extended_chat(number)
        for number in sorted(set(range(self.conversations)).difference(extended)):
            yield self._chat(number).export()

    def extended(self) -> list[int]:
        """Return the numbers of the conversations that go on in the month after."""
        return self._random("extended").sample(range(self.conversations), self.changes)

    def _random(self, purpose: str) -> Random:
        return Random(f"{self.seed}/{purpose}")

    def _start(self, number: int) -> float:
        """Return when a conversation began: the first `conversations` before the month's end."""
        if number < self.conversations:
            return MONTH_END - YEARS * (number + 1) / self.conversations
        return MONTH_END + HOUR * (number - self.conversations + 1)

    def _chat(self, number: int) -> Chat:
        random = self._random(f"chat {number}")
        chat = Chat(random, self._start(number))
        for _ in range(min(LONGEST, 1 + int(random.lognormvariate(1.71, 0.8)))):
            chat.turn(random)
        return chat

    def _extended_chat(self, number: int) -> Json:
        chat = self._chat(number)
        random = self._random(f"chat {number} goes on")
        for later in range(1 + random.randrange(3)):
            chat.turn(random, MONTH_END + HOUR * (number + later))
        return chat.export()


def write_array(out: IO[bytes], chats: Iterator[Json], *, shuffle_keys: bool = False) -> None:
    """Write `chats` as one JSON array, one conversation in memory at a time.

    With `shuffle_keys` every object's keys come in another order (the alphabet's; for `mapping`,
    whose keys are random, that is any order), as re-exports do after a vendor changed its writer.
    """
    separator = b"["
    for chat in chats:
        out.write(separator)
        out.write(json.dumps(chat, sort_keys=shuffle_keys).encode("ascii"))
        separator = b", "
    out.write(b"]" if separator == b", " else b"[]")


def write_json(path: Path, chats: Iterator[Json], *, shuffle_keys: bool = False) -> None:
    """Write `chats` to `path` as a bare `conversations.json`."""
    with path.open("wb") as out:
        write_array(out, chats, shuffle_keys=shuffle_keys)


def write_zip(
    path: Path, account: Account, chats: Iterator[Json], *, shuffle_keys: bool = False
) -> None:
    """Write an export of `account` to `path` as the ZIP that ChatGPT sends, with its side files."""
    with ZipFile(path, "w") as archive:
        with archive.open(_member("conversations.json"), "w", force_zip64=True) as out:
            write_array(out, chats, shuffle_keys=shuffle_keys)
        for name, content in _side_files(account).items():
            archive.writestr(_member(name), json.dumps(content))


def _member(name: str) -> ZipInfo:
    """Return a deflated member without the time of day, which would make each ZIP differ."""
    member = ZipInfo(name, date_time=(2025, 12, 1, 0, 0, 0))
    member.compress_type = ZIP_DEFLATED
    return member


def _side_files(account: Account) -> dict[str, object]:
    user = f"user-{account.seed:024d}"
    newest = next(account.month())
    thumb = {
        "id": newest["current_node"],
        "conversation_id": newest["id"],
        "user_id": user,
        "rating": "thumbs_up",
        "create_time": "2025-11-30T12:00:00.000000Z",
        "content": "{}",
    }
    person = {"id": user, "email": "someone@example.org", "chatgpt_plus_user": True}
    return {"user.json": person, "message_feedback.json": [thumb]}


def main() -> None:
    """Write one export as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--conversations", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--next-month", action="store_true", help="the same account, a month later")
    parser.add_argument("--shuffle-keys", action="store_true", help="other key order everywhere")
    parser.add_argument("--json", action="store_true", help="bare conversations.json, not a ZIP")
    asked = parser.parse_args()
    account = Account(asked.conversations, asked.seed)
    chats = account.next_month() if asked.next_month else account.month()
    if asked.json:
        write_json(asked.out, chats, shuffle_keys=asked.shuffle_keys)
    else:
        write_zip(asked.out, account, chats, shuffle_keys=asked.shuffle_keys)


if __name__ == "__main__":
    main()
