"""Two small ChatGPT exports, for the demonstration: this month's, and next month's.

Everything in them is invented here: a walk through what chats are made of (an edited prompt, an
answer generated anew, code that was run, a picture, citations, reasoning). Next month's export
repeats three chats, continues one of them and adds a new one, as real exports do.

Structure as in exports since 2023: `conversations.json` is an array of conversations; in each,
`mapping` holds the nodes of a tree, and `current_node` the leaf that was shown last.
"""

import struct
import uuid
import zlib
from pathlib import Path
from typing import Any, TypeAlias

from polylogue.cli.samples.pack import dump, zipped

_Json: TypeAlias = dict[str, Any]

_MAY = 1_777_626_000.0  # 1 May 2026, 09:00 UTC
_DAY = 86_400.0
_PICTURE_ID = "file-Hk2mPq7Rt5Vx9Yb3Nd6Fg1"


class _Chat:
    """A conversation that grows at its tip. Ids follow from the title, so they never change."""

    def __init__(self, title: str, *, day: int, model: str = "gpt-5") -> None:
        self._title = title
        self._model = model
        self._started = self._clock = _MAY + day * _DAY
        self._space = uuid.uuid5(uuid.NAMESPACE_URL, title)
        self._nodes: _Json = {}
        self.tip: str | None = None
        self.tip = self._add(None)

    def user(self, text: str, **metadata: Any) -> str:  # noqa: ANN401 - JSON
        """Say something as the person; return the node before, from where one may fork."""
        before = self.tip
        self.add("user", {"content_type": "text", "parts": [text]}, metadata)
        return before or ""

    def assistant(self, text: str, **metadata: Any) -> None:  # noqa: ANN401 - JSON
        """Answer."""
        self.add("assistant", {"content_type": "text", "parts": [text]}, metadata)

    def add(self, role: str, content: _Json, metadata: _Json | None = None, **more: object) -> None:
        """Hang a message below the tip and make it the tip."""
        self._clock += 40.0
        author = {"role": role, "name": more.pop("name", None), "metadata": {}}
        by_model = {"model_slug": self._model} if role == "assistant" else {}
        message = {
            "author": author,
            "create_time": self._clock,
            "content": content,
            "status": "finished_successfully",
            "end_turn": None,
            "weight": 1.0,
            "metadata": {**by_model, **(metadata or {})},
            "recipient": "all",
            "channel": None,
        }
        self.tip = self._add(message | more)

    def export(self) -> _Json:
        """Return the conversation as an element of `conversations.json`."""
        return {
            "id": str(self._space),
            "conversation_id": str(self._space),
            "title": self._title,
            "create_time": self._started,
            "update_time": self._clock,
            "mapping": self._nodes,
            "current_node": self.tip,
            "default_model_slug": self._model,
            "is_archived": False,
        }

    def _add(self, message: _Json | None) -> str:
        node = str(uuid.uuid5(self._space, str(len(self._nodes))))
        self._nodes[node] = {
            "id": node,
            "message": message and {"id": node, **message},
            "parent": self.tip,
            "children": [],
        }
        if self.tip is not None:
            self._nodes[self.tip]["children"].append(node)
        return node


def write_exports(folder: Path) -> tuple[Path, Path]:
    """Write the two exports into `folder` and return their paths, the earlier first."""
    bread, moon = _bread(), _moon()
    paths = folder / "chatgpt-may.zip", folder / "chatgpt-june.zip"
    paths[0].write_bytes(_export([bread, moon, _lighthouse()]))
    bread.user("It rose well. And for two loaves at once?")
    bread.assistant(
        "Double everything but the time; the oven needs **ten minutes more** to heat up."
    )
    paths[1].write_bytes(_export([bread, moon, _lighthouse(), _train()]))
    return paths


def _export(chats: list[_Chat]) -> bytes:
    return zipped(
        {
            "conversations.json": dump([chat.export() for chat in chats]),
            "user.json": dump(
                {"id": "user-demo", "email": "demo@example.org", "chatgpt_plus_user": False}
            ),
            f"{_PICTURE_ID}-lighthouse.png": _picture(),
        }
    )


# --- The chats -----------------------------------------------------------------------------------


def _bread() -> _Chat:
    """Show an edited prompt, and an answer that was generated anew: three branches."""
    chat = _Chat("Bread without kneading", day=2)
    before = chat.user("How do I bake bread?")
    chat.assistant("There are many ways. Do you have a mixer, a pot with a lid, or neither?")
    chat.tip = before
    chat.user("How do I bake bread without kneading? I have a heavy pot with a lid.")
    question = chat.tip
    chat.assistant("Use a no-knead dough and let time do the work.")
    chat.tip = question
    chat.assistant(
        "Time does the work:\n\n"
        "| when | what |\n|---|---|\n"
        "| evening | stir 500 g flour, 380 g water, 10 g salt, 1 g yeast |\n"
        "| morning | fold once, let it rest for an hour |\n"
        "| then | 30 minutes in the hot pot with its lid, 15 without |\n\n"
        "1. The dough is *meant* to be sticky.\n"
        "2. It is done when it sounds hollow."
    )
    return chat


def _moon() -> _Chat:
    """Show reasoning, code that was run, and its output."""
    chat = _Chat("How much lighter on the Moon? 🌙", day=5, model="gpt-5-thinking")
    chat.user("What would I weigh on the Moon, if a scale on Earth shows 70 kg? Check with code.")
    thought = "Scales measure force; the ratio of the two accelerations is what matters."
    chat.add(
        "assistant",
        {
            "content_type": "thoughts",
            "thoughts": [{"summary": "Comparing gravity", "content": thought}],
        },
    )
    chat.add("assistant", {"content_type": "reasoning_recap", "content": "Thought for 4 seconds"})
    code = "earth, moon = 9.81, 1.62  # m/s²\nprint(round(70 * moon / earth, 1))"
    call = {"content_type": "code", "language": "python", "text": code}
    chat.add("assistant", call, recipient="python")
    chat.add("tool", {"content_type": "execution_output", "text": "11.6"}, name="python")
    chat.assistant(
        "The scale would show **11.6 kg**: $70 \\cdot \\frac{1.62}{9.81}$. Your mass stays 70 kg.\n\n"
        "```python\nfor body, g in {'Moon': 1.62, 'Mars': 3.72}.items():\n"
        "    print(body, round(70 * g / 9.81, 1))\n```"
    )
    return chat


def _lighthouse() -> _Chat:
    """Show a picture in a question, and an answer that cites what it found."""
    chat = _Chat("A lighthouse at dusk", day=9)
    picture = _picture()
    pointer = {
        "content_type": "image_asset_pointer",
        "asset_pointer": f"file-service://{_PICTURE_ID}",
        "size_bytes": len(picture),
        "width": 96,
        "height": 64,
    }
    listed = {
        "id": _PICTURE_ID,
        "name": "lighthouse.png",
        "mime_type": "image/png",
        "size": len(picture),
    }
    chat.add(
        "user",
        {
            "content_type": "multimodal_text",
            "parts": [pointer, "I painted this. How far could such a light be seen?"],
        },
        {"attachments": [listed]},
    )
    said = "A lamp 40 m above the sea is seen from about 25 km away"
    marker = "\ue200cite\ue202turn0search0\ue201"
    page = {
        "title": "How far is the horizon?",
        "url": "https://example.org/horizon?utm_source=chatgpt.com",
        "attribution": "example.org",
    }
    reference = {
        "matched_text": marker,
        "start_idx": len(said),
        "end_idx": len(said) + len(marker),
        "type": "grouped_webpages",
        "items": [page],
    }
    chat.assistant(
        f"{said}{marker}: the distance in kilometres is roughly 3.57 times the square root of the"
        " height in metres, and your eye adds a few more.",
        content_references=[reference],
    )
    return chat


def _train() -> _Chat:
    """Show text that could do harm in a vault, and must not: tags, links, a template, HTML."""
    chat = _Chat("Notes on the night train", day=33)
    chat.user("Tidy this up: #todo call [[Anna]] re: <b>seats</b>, {{date}}, train at 21:04")
    chat.assistant(
        "- [ ] Call Anna about the seats\n- [ ] Train at 21:04\n\n"
        "I left out the template `{{date}}`; say which day you mean."
    )
    return chat


def _picture() -> bytes:
    """Return a PNG, 96 by 64 dots: an evening sky over the sea, a tower with a light."""
    rows = b"".join(
        b"\0" + b"".join(bytes(_colour(x, y)) for x in range(96)) for y in range(64)
    )  # each row begins with its filter: none
    header = struct.pack(">IIBBBBB", 96, 64, 8, 2, 0, 0, 0)  # 8 bits a channel, RGB
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _colour(x: int, y: int) -> tuple[int, int, int]:
    if 62 <= x <= 70 and 16 <= y <= 47:
        return (250, 240, 200) if y < 21 else (200, 60, 50) if y // 6 % 2 else (235, 235, 235)
    if y >= 44:
        return (20, 50, 90 - y)
    return (60 + 3 * y, 60 + 2 * y, 110)
