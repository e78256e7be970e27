"""One account of each provider, as its exports and files told it at several times.

What happens to chats happens here: they grow, are renamed, edited, answered anew, emptied; exports
get slimmer or fuller, or tell no parents; side files come before or after. A telling is what arrives
at once: one file, or several in a ZIP. `agent_histories` has those of coding agents.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

import account
import aistudio_prompts
import chatgpt_exports
import claude_ai_exports
import deepseek_exports
import gemini_cli_sessions
import gemini_takeout
import grok_exports
from agent_histories import claude_code, codex

#: What arrives at once: file name → bytes.
Telling: TypeAlias = Mapping[str, bytes]
Object = claude_ai_exports.Object

_WHEN = 1_750_000_000  # s, when all files were changed last


def _chatgpt() -> Iterator[Telling]:
    made = chatgpt_exports
    picture = "file-" + "A" * 24
    seen = made.message("c1-9", "user", made.image(picture), "And this?", at=90)
    young = made.conversation("c1", "Tea", "Which tea?", "Green.", update_time=10.0)
    grown = made.conversation("c1", "Tea and cake", "Which tea?", "Green.", seen, "A cake.")
    made.branch(grown, "c1-2", "Black.", "Why?", "It is strong.")
    untitled = made.conversation("c2", None, "Look:", "I look.", update_time=None)
    titled = made.conversation("c2", "Looking", "Look:", "I look.", update_time=None)
    shell = made.conversation("c1", "Tea", update_time=9e9)
    thumb = {"id": "c1-2", "conversation_id": "c1", "rating": "thumbs_up", "content": "{}"}
    yield made.members([young, untitled]) | {"message_feedback.json": made.dump([thumb])}
    yield made.members([grown], generation="sharded")
    yield made.members([grown, titled], generation="slim")
    yield made.members([shell], generation="dat", assets={picture: ("cake.png", made.png())})


def _claude_ai() -> Iterator[Telling]:
    made = claude_ai_exports
    moment = made.moment
    told = ("Tea?", "Green.", "Why?", "It grows here.")
    young = made.conversation("c1", "Tea", *told[:2], updated_at=moment(10))
    grown = made.linked(made.conversation("c1", "Green tea", *told, updated_at=moment(500)))
    black = made.message("c1-9", "assistant", "Black.", parent_message_uuid="c1-1")
    why = made.message("c1-10", "human", "Black?", parent_message_uuid="c1-9")
    grown["chat_messages"][2:2] = [black | {"created_at": moment(61)}]
    grown["chat_messages"].append(why | {"created_at": moment(300)})
    told_otherwise = made.flat(grown)
    told_otherwise["chat_messages"][1:3] = told_otherwise["chat_messages"][2:0:-1]
    used = made.message(
        "c2-2", "assistant", made.call("web_search", {"query": "tea"}, "t1"), "Found.", files=[]
    )
    search = made.conversation("c2", "Search", "Find tea", used)
    project = made.project("p1", "Garden", prompt_template="A long instruction.")
    shorter = made.project("p1", "Tea garden", prompt_template="Short.", updated_at=moment(60))
    memory = made.memory(conversations_memory="Less.", updated_at=moment(60))
    yield made.members([made.flat(young), made.flat(search)], projects=[project])
    yield {"conversations.json": made.dump([grown, search])}
    yield {"conversations.json": made.dump([told_otherwise])}
    yield made.members([made.blank(grown)], projects=[shorter], generation="folders")
    yield {"memories.json": made.dump([memory]), "users.json": made.dump([made.user()])}


def _aistudio() -> Iterator[Telling]:
    made = aistudio_prompts
    asked, answered = made.user("Which tea?"), made.model("Green.")
    young = made.prompt(asked, answered, createTime="2026-02-01T12:00:00Z")
    pages = {"webSearchQueries": ["tea"]}
    grown = made.prompt(
        asked,
        answered | {"grounding": pages},
        made.user("Look.", inlineFile=made.inline()),
        made.model("A leaf."),
        updateTime="2026-02-02T12:00:00Z",
    )
    edited = made.prompt(
        asked,
        answered,
        made.user("Why?"),
        made.model("It grows here."),
        systemInstruction={"parts": [{"text": "Be brief."}]},
        updateTime="2026-02-03T12:00:00Z",
    )
    for at, prompt in enumerate((young, grown, edited)):
        yield {"Tea" if at < 2 else "Green tea": made.dump(prompt)}
    again = made.dump(grown | {"displayName": "Tea"})
    yield {"Takeout/Drive/Google AI Studio/Tea": again, "Takeout/Drive/x.txt": b"x"}


def _gemini() -> Iterator[Telling]:
    made = gemini_takeout
    folder = "Takeout/My Activity/Gemini Apps/"
    first = ("Which tea?", "<p>Green.</p>")
    second = ("And <b>cake</b>?", "<ul><li>Plum</li><li>Pear</li></ul>")
    old = [made.record(*first)]
    record = made.record(*first, chats=(made.CHAT,))
    more = made.record(*second, at="2026-01-02T10:00:00.900Z", chats=(made.CHAT,))
    other = made.record("Elsewhere", at="2026-01-03T10:00:00.000Z", chats=(made.OTHER_CHAT,))
    picture = {f"{folder}{made.FILE}.png": chatgpt_exports.png()}
    shown = made.record("See", at="2026-01-04T10:00:00.100Z", attachedFiles=[f"{made.FILE}.png"])
    cells = [
        made.cell(*second, chats=(made.CHAT,)),
        made.cell(*first, chats=(made.CHAT,)),
        made.cell("Elsewhere", at="Jan 3, 2026, 10:00:00 AM UTC", chats=(made.OTHER_CHAT,)),
    ]
    yield {f"{folder}MyActivity.json": made.dump(old)}
    yield {f"{folder}MyActivity.json": made.dump([shown, record])}
    yield {f"{folder}MyActivity.json": made.dump([other, more, record])} | picture
    yield {f"{folder}My Activity.html": made.page(*cells)} | picture
    yield {"MyActivity.html": made.page(made.cell(*first))}


def _gemini_cli() -> Iterator[Telling]:
    made = gemini_cli_sessions
    asked, answered = made.said("m1", "List the files"), made.answered("m2", "Two.")
    again = (made.said("m3", "Again", at=3), made.answered("m4", "Two, still.", at=4))
    picture = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}
    called = (
        asked | {"toolCalls": []},
        answered | {"toolCalls": [made.tool("run", {"command": "ls"}, "a b")]},
    )
    lines = (made.first_line("s1"), asked, answered, *called, *again)
    rewound = (
        made.rewind("m3"),
        made.said("m5", "Other files", picture, at=5),
        made.answered("m6", "None.", at=6),
        made.change(summary="Files", lastUpdated="2026-04-18T00:00:00Z"),
    )
    yield {"session-1.json": _dump(made.whole("s1", asked, answered))}
    yield {"session-1.json": _dump(made.whole("s1", *called, *again, summary="All files"))}
    yield {"live.jsonl": made.lines(*lines)}
    yield {"live.jsonl": made.lines(*lines, *rewound)}
    yield {"session-1.jsonl": made.lines(*lines, *rewound)}
    yield {"session-2.jsonl": made.lines(made.first_line("s1"), made.change(summary="Titled"))}


def _grok() -> Iterator[Telling]:
    made = grok_exports
    asked = made.response("r1", "human", "Which?", file_attachments=["f1"])
    answered = made.response("r2", "ASSISTANT", "Green.", "r1", thinking_trace="Hm.")
    again = made.response("r3", "ASSISTANT", "Black, rather.", "r1")
    young = made.chat("c1", "Tea", asked, answered)
    later = "2025-07-21T19:30:01.846938Z"
    grown = made.chat("c1", "Black tea", asked, answered, again, modify_time=later)
    slim = made.chat("c1", "", asked, made.response("r2", "ASSISTANT", "", "r1"))
    cake = made.chat("c2", "Cake", made.response("q1", "human", "Cake?"), modify_time=None)
    named = made.chat("c2", "Plum cake", made.response("q1", "human", "Cake?"), modify_time=None)
    project = made.project("w1", "Work", "Be brief.")
    yield {"prod-grok-backend.json": made.export(young, cake, projects=[project])}
    yield {"prod-grok-backend.json": made.export(grown), "f1/content": chatgpt_exports.png()}
    yield {"prod-grok-backend.json": made.export(slim, named)}


def _deepseek() -> Iterator[Telling]:
    made = deepseek_exports
    asked = made.node("1", "root", made.file("f1", "a.pdf", 3), made.request("Which?"))
    answered = made.node("2", "1", made.think("Hm.", 2.0), made.response("Green."))
    again = made.node("3", "1", made.response("Black."), at="11:00:00.000")
    why = made.node("4", "3", made.request("Why?"), made.response("So."), at="12:00:00.000")
    later = {"updated_at": "2025-04-01T10:05:00.000000+08:00"}
    young = made.chat("c1", "Tea", asked, answered)
    grown = made.chat("c1", "Black tea", asked, answered, again, why, **later)
    slim = made.chat("c1", "", asked, made.node("2", "1", made.response("Green.")))
    users = {"user.json": _dump(made.USER)}
    turns = ((1, "USER", "Which?"), (2, "ASSISTANT", "Green."), (5, "USER", "Why?"))
    told = (
        {"message_id": n, "parent_id": n // 2, "role": role, "content": said}
        for n, role, said in turns
    )
    yield {"conversations.json": _dump([young])} | users
    yield {"conversations.json": _dump([grown])} | users
    yield {"conversations.json": _dump([slim])} | users
    yield {"answer.json": _dump(made.answer("c1", *told))}


_dump = gemini_takeout.dump

#: By provider: what was told, oldest first. Tellings of `live` are the states of one followed file.
HISTORIES: Final[dict[str, Callable[[], Iterator[Telling]]]] = {
    "aistudio": _aistudio,
    "chatgpt": _chatgpt,
    "claude-ai": _claude_ai,
    "claude-code": claude_code,
    "codex": codex,
    "deepseek": _deepseek,
    "gemini": _gemini,
    "gemini-cli": _gemini_cli,
    "grok": _grok,
}


def write(folder: Path, history: Callable[[], Iterator[Telling]]) -> dict[str, Path]:
    """Write what was told into `folder`; return it by number and name, oldest first."""
    found: dict[str, Path] = {}
    for number, telling in enumerate(history(), start=1):
        name, data = next(iter(telling.items()))
        below = folder / str(number)
        below.mkdir(parents=True)
        if len(telling) == 1:
            path = below / name.rpartition("/")[2]
            path.write_bytes(data)
        else:
            path = account.write_zip(below / "export.zip", telling)
        os.utime(path, (_WHEN, _WHEN))
        found[f"{number} {path.name}"] = path
    return found
