"""One ChatGPT conversation as an export holds it, of any seed, grown turn by turn.

The structure follows the exports of 2023 to 2026 with full nodes (`mapping` of id, parent, children and
message): a root without message, a hidden system message, then turns. A turn is a prompt and an
answer; between them may stand reasoning (`thoughts`, `reasoning_recap`) or a call of the Python tool
and its output, and one answer in ten was generated anew, which leaves a branch.

A conversation can go on growing later: `Chat.turn` adds to what is there, as next month does.
"""

from random import Random
from typing import Any, TypeAlias

from benchmarks import prose

Json: TypeAlias = dict[str, Any]

MODELS = ("gpt-4o", "gpt-4o", "o3", "gpt-5", "gpt-5-thinking")

THINKS = 0.13
RUNS_CODE = 0.12
REGENERATED = 0.10


def identifier(random: Random) -> str:
    """Return a random UUID of version 4, as ChatGPT names things."""
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _text(text: str) -> Json:
    return {"content_type": "text", "parts": [text]}


class Chat:
    """A conversation that grows. `random` decides everything; `clock` is in seconds, UTC."""

    def __init__(self, random: Random, clock: float) -> None:
        self._random = random
        self._clock = self._started = clock
        self._id = identifier(random)
        self._title = prose.title(random)
        self._model = random.choice(MODELS)
        self._tip = "client-created-root"
        self._nodes: dict[str, Json] = {
            self._tip: {"id": self._tip, "message": None, "parent": None, "children": []}
        }
        hidden = {"is_visually_hidden_from_conversation": True}
        self._add("system", _text(""), hidden, create_time=None, weight=0.0)

    def turn(self, random: Random, clock: float | None = None) -> None:
        """Add a prompt and what follows it, at `clock` or soon after the turn before."""
        self._random = random
        self._clock = self._clock + random.uniform(20, 400) if clock is None else clock
        exchange = {"request_id": identifier(random), "turn_exchange_id": identifier(random)}
        self._add("user", _text(prose.question(random)), {**exchange, "timestamp_": "absolute"})
        prompt = self._tip
        if random.random() < THINKS:
            self._think(exchange)
        if random.random() < RUNS_CODE:
            self._run_code(exchange)
        self._answer(exchange)
        if random.random() < REGENERATED:
            self._tip = prompt
            self._answer({**exchange, "message_type": "variant"})

    def export(self) -> Json:
        """Return the conversation as an element of `conversations.json`."""
        return {
            "title": self._title,
            "create_time": round(self._started, 6),
            "update_time": round(self._clock, 6),
            "mapping": self._nodes,
            "moderation_results": [],
            "current_node": self._tip,
            "plugin_ids": None,
            "conversation_id": self._id,
            "conversation_template_id": None,
            "gizmo_id": None,
            "gizmo_type": None,
            "is_archived": False,
            "is_starred": None,
            "safe_urls": [],
            "blocked_urls": [],
            "default_model_slug": self._model,
            "conversation_origin": None,
            "voice": None,
            "async_status": None,
            "disabled_tool_ids": [],
            "is_do_not_remember": False,
            "memory_scope": "global_enabled",
            "id": self._id,
        }

    def _add(self, role: str, content: Json, metadata: Json, **fields: object) -> None:
        """Hang a message below the tip and make it the tip; `fields` replace what is usual."""
        node = identifier(self._random)
        self._clock += self._random.uniform(0.5, 15)
        message = {
            "id": node,
            "author": {"role": role, "name": fields.pop("name", None), "metadata": {}},
            "create_time": round(self._clock, 6),
            "update_time": None,
            "content": content,
            "status": "finished_successfully",
            "end_turn": None,
            "weight": 1.0,
            "metadata": metadata,
            "recipient": "all",
            "channel": None,
        }
        self._nodes[self._tip]["children"].append(node)
        self._nodes[node] = {
            "id": node,
            "message": message | fields,
            "parent": self._tip,
            "children": [],
        }
        self._tip = node

    def _said_by_model(self, exchange: Json) -> Json:
        """Return the metadata that ChatGPT puts on each message of a model."""
        return {
            "citations": [],
            "content_references": [],
            "message_type": "next",
            "model_slug": self._model,
            "default_model_slug": self._model,
            "parent_id": self._tip,
            "model_switcher_deny": [],
        } | exchange

    def _answer(self, exchange: Json) -> None:
        finish = {"finish_details": {"type": "stop", "stop_tokens": [200002]}, "is_complete": True}
        metadata = finish | self._said_by_model(exchange)
        content = _text(prose.answer(self._random))
        self._add("assistant", content, metadata, end_turn=True, channel="final")

    def _think(self, exchange: Json) -> None:
        random, seconds = self._random, self._random.randrange(2, 90)
        thoughts = [
            {"summary": prose.title(random), "content": prose.paragraph(random), "finished": True}
            for _ in range(1 + random.randrange(3))
        ]
        timing = {"finished_duration_sec": seconds, "reasoning_status": "reasoning_ended"}
        self._add(
            "assistant",
            {"content_type": "thoughts", "thoughts": thoughts, "source_analysis_msg_id": self._tip},
            {"reasoning_status": "is_reasoning"} | self._said_by_model(exchange),
        )
        self._add(
            "assistant",
            {"content_type": "reasoning_recap", "content": f"Thought for {seconds}s"},
            timing | self._said_by_model(exchange),
        )

    def _run_code(self, exchange: Json) -> None:
        program, output = prose.code(self._random), prose.code(self._random)
        self._add(
            "assistant",
            {"content_type": "code", "language": "python", "text": program},
            self._said_by_model(exchange),
            recipient="python",
        )
        result = {"status": "success", "run_id": identifier(self._random), "code": program}
        self._add(
            "tool",
            {"content_type": "execution_output", "text": output},
            {"aggregate_result": result} | self._said_by_model(exchange),
            name="python",
        )
