"""What Google gives: a prompt of AI Studio, Gemini's activity out of a Takeout, a Gemini CLI session."""

from typing import Any, TypeAlias

from polylogue.cli.samples.pack import dump, zipped

_Json: TypeAlias = dict[str, Any]


def aistudio() -> bytes:
    """Return a prompt as it lies in Drive: a thought, and an answer that searched."""
    grounding = {
        "webSearchQueries": ["basil light hours"],
        "groundingSources": [
            {"referenceNumber": 1, "title": "Basil indoors", "uri": "https://example.org/basil"}
        ],
    }
    chunks = [
        {
            "role": "user",
            "text": "Which herbs grow on a window to the north?",
            "createTime": "2026-06-09T16:00:00Z",
        },
        {"role": "model", "text": "Little light: mint, parsley, chives.", "isThought": True},
        {
            "role": "model",
            "text": "Mint, parsley and chives. **Basil** wants more sun.",
            "grounding": grounding,
            "finishReason": "STOP",
            "createTime": "2026-06-09T16:01:00Z",
        },
    ]
    return dump(
        {
            "runSettings": {"model": "models/gemini-3-pro", "temperature": 1.0},
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "chunkedPrompt": {"chunks": chunks, "pendingInputs": []},
        }
    )


def takeout() -> bytes:
    """Return a Takeout with two prompts of one chat."""
    records = [
        _activity("And in winter?", "<p>The same, an hour later.</p>", minute=12),
        _activity(
            "When does the bakery's oven cool down?",
            "<p>A stone oven holds its heat for <b>about ten hours</b>:</p>"
            "<ul><li>bread at once</li><li>cake after four</li></ul>",
            minute=10,
        ),
    ]
    return zipped({"Takeout/My Activity/Gemini Apps/MyActivity.json": dump(records)})


def cli_session() -> bytes:
    """Return a session of Gemini CLI: a thought, and a command with its output."""
    response = {"id": "ls-1", "name": "run_shell_command", "response": {"output": "a.wav\nb.wav"}}
    call = {
        "id": "ls-1",
        "name": "run_shell_command",
        "args": {"command": "ls *.wav"},
        "result": [{"functionResponse": response}],
        "status": "success",
        "timestamp": "2026-06-18T07:01:00.000Z",
        "displayName": "Shell",
    }
    thought = {"subject": "Counting", "description": "A listing is enough."}
    answer = {
        "content": "Two.",
        "model": "gemini-3-pro",
        "thoughts": [thought],
        "toolCalls": [call],
    }
    return dump(
        {
            "sessionId": "0f6f1a30-demo",
            "projectHash": "8f43",
            "startTime": "2026-06-18T07:00:00.000Z",
            "lastUpdated": "2026-06-18T07:01:00.000Z",
            "kind": "main",
            "directories": ["/home/ann/birdsong"],
            "summary": "Counting recordings of birds",
            "messages": [
                _message("user", 0) | {"content": [{"text": "How many recordings are here?"}]},
                _message("gemini", 1) | answer,
            ],
        }
    )


def _activity(words: str, answer: str, *, minute: int) -> _Json:
    return {
        "header": "Gemini Apps",
        "title": f"Prompted {words}",
        "time": f"2026-06-16T06:{minute}:00.000Z",
        "products": ["Gemini Apps"],
        "activityControls": ["Gemini Apps Activity"],
        "safeHtmlItem": [{"html": answer}],
        "details": [{"name": "Chat", "url": "https://gemini.google.com/app/0123456789abcdef"}],
    }


def _message(kind: str, minute: int) -> _Json:
    moment = f"2026-06-18T07:0{minute}:00.000Z"
    return {"id": f"birds-{minute}", "timestamp": moment, "type": kind}
