"""Which documents are ChatGPT's, what side files say, and which file a member is."""

import json

import pytest
from chatgpt_exports import Generation, Object, conversation, image, members, message, png, slim
from chatgpt_records import records, shape_of

from polylogue.model import AssetName, Conversation, Feedback, Problem
from polylogue.parsers.chatgpt import PARSER

CHAT = conversation("c1", "Tea", "Which tea?", "Green.")
FILE = "file-" + "Ab3" * 8
SEDIMENT = "file_" + "0123456789abcdef" * 2


def _without(chat: Object, *keys: str) -> Object:
    return {key: value for key, value in chat.items() if key not in keys}


@pytest.mark.parametrize(
    "chat",
    [
        pytest.param(CHAT, id="classic"),
        pytest.param(slim(CHAT), id="slim"),
        pytest.param(_without(CHAT, "conversation_id"), id="only id"),
        pytest.param(_without(CHAT, "id"), id="only conversation_id"),
        pytest.param(_without(CHAT, "mapping"), id="shell without mapping"),
        pytest.param(CHAT | {"mapping": None, "current_node": None}, id="shell with null"),
        pytest.param(CHAT | {"mapping": {}}, id="empty mapping"),
        pytest.param(
            conversation("c1", "JSON", 'What is "fragments": [] here?', '"fragments"'),
            id="talk about fragments",
        ),
        pytest.param(
            {"id": "c1", "title": "T", "mapping": {"n": {"parent": None, "message": None}}},
            id="hardly anything",
        ),
    ],
)
def test_conversations_are_claimed(chat: Object) -> None:
    """A conversation is known by its content, whatever its generation leaves out."""
    assert shape_of(chat) == "conversation"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"uuid": "u", "name": "n", "chat_messages": []}, id="claude.ai"),
        pytest.param(
            CHAT | {"inserted_at": "2025-01-01T00:00:00+08:00"}, id="deepseek by its time"
        ),
        pytest.param(
            {
                "id": "d",
                "title": "T",
                "mapping": {
                    "root": {"id": "root", "parent": None, "message": None},
                    "1": {"parent": "root", "message": {"fragments": [{"type": "REQUEST"}]}},
                },
            },
            id="deepseek by its fragments",
        ),
        pytest.param({"conversation": {"conversation_id": "g"}, "responses": []}, id="grok"),
        pytest.param({"chunkedPrompt": {"chunks": []}}, id="ai studio"),
        pytest.param({"header": "Gemini Apps", "title": "t", "time": "t"}, id="takeout"),
        pytest.param({"mapping": {"properties": {}}, "title": "index"}, id="any mapping"),
        pytest.param({"id": 1, "title": "T", "create_time": 1}, id="any record"),
        pytest.param({"sessionId": "s", "projectHash": "h", "messages": []}, id="gemini cli"),
        pytest.param([CHAT], id="an array is not one conversation"),
        pytest.param({}, id="nothing"),
    ],
)
def test_foreign_documents_are_left_alone(value: object) -> None:
    """What belongs to another provider, or to nobody, is not claimed."""
    assert shape_of(value) is None


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (
            {"id": "s1", "conversation_id": "c1", "title": "Tea", "is_anonymous": True},
            "shared-conversation",
        ),
        ({"id": "user-x", "email": "a@example.org", "chatgpt_plus_user": True}, "user"),
        ({"user_id": "user-x", "settings": {"theme": "dark"}}, "user-settings"),
        (
            {"version": 1, "manifest_file": "export_manifest.json", "logical_files": {}},
            "export-manifest",
        ),
        (
            {"id": "m", "user_id": "u", "conversation_id": "c", "input": {}, "output": {}},
            "model-comparison",
        ),
        ({"chats": []}, "group-chats"),
        ({"id": "task_e_00ff", "turns": []}, "codex-task"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_known_documents_without_messages(value: object, shape: str) -> None:
    """Indexes and account data are known by name, and there is nothing in them to show."""
    assert shape_of(value) == shape
    assert records(value) == []


def test_list_of_conversations_is_reported() -> None:
    """A list response has no messages: it is a problem to tell, not an import."""
    value = {"items": [{"id": "c1", "mapping": None}], "total": 1, "limit": 28, "offset": 0}

    (problem,) = records(value)

    assert isinstance(problem, Problem)
    assert (problem.code, problem.where) == ("conversation-list", "a.json")
    assert "1 conversations" in problem.text


@pytest.mark.parametrize(
    ("content", "comment"),
    [
        ('{"text": "Well said", "tags": ["nice"]}', "Well said"),
        ("{}", ""),
        ("plain words", "plain words"),
        (None, ""),
        ({"text": "no JSON in JSON"}, "no JSON in JSON"),
    ],
)
def test_feedback(content: object, comment: str) -> None:
    """A thumb keeps its message, its direction, its time and the words in its JSON."""
    value = {
        "id": "m1",
        "conversation_id": "c1",
        "user_id": "u",
        "rating": "thumbs_up",
        "create_time": "2025-06-15T12:00:00Z",
        "content": content,
    }

    assert records(value) == [
        Feedback(message_id="m1", rating="thumbs_up", comment=comment, created_at=1749988800000)
    ]


def test_feedback_without_message_is_a_problem() -> None:
    """A thumb on nothing is reported."""
    (problem,) = records(
        {"id": None, "conversation_id": "c", "user_id": "u", "rating": "thumbs_up"}
    )

    assert isinstance(problem, Problem)
    assert problem.code == "unreadable-side-file"


def test_library_file_names_an_asset() -> None:
    """An entry of library_files.json gives name and type to a file id."""
    value = {"file_id": SEDIMENT, "file_name": "plan.pdf", "mime_type": "application/pdf"}

    assert records(value) == [AssetName(ref=SEDIMENT, name="plan.pdf", mime_type="application/pdf")]


def test_asset_names() -> None:
    """conversation_asset_file_names.json names each `.dat` by the base name of the original."""
    value = {f"{FILE}.dat": "dalle-generations/a.webp", f"{SEDIMENT}.dat": "Plan (1).pdf"}

    assert records(value) == [
        AssetName(ref=FILE, name="a.webp"),
        AssetName(ref=SEDIMENT, name="Plan (1).pdf"),
    ]


def test_asset_name_that_is_blank_is_reported() -> None:
    """A pair that names nothing does not pass in silence."""
    assert [type(record) for record in records({f"{FILE}.dat": " ", f"{SEDIMENT}.dat": "a"})] == [
        AssetName,
        Problem,
    ]


@pytest.mark.parametrize(
    ("member", "ref"),
    [
        (f"{FILE}-holiday photo.png", FILE),
        (f"{FILE}.png", FILE),
        (f"{FILE}.dat", FILE),
        (FILE, FILE),
        (f"{FILE}-sanitized.jpg", FILE),
        (f"dalle-generations/{FILE}-0b7e.webp", FILE),
        (f"export/user-abc/{SEDIMENT}-0b7e.png", SEDIMENT),
        (f"{SEDIMENT}.dat", SEDIMENT),
        (f"6b0f/audio/{SEDIMENT}-0b7e.wav", SEDIMENT),
        (f"export\\assets\\{FILE}_1.png", FILE),
        ("file-" + "A" * 22 + "-x.png", "file-" + "A" * 22),
        ("file-" + "A" * 26 + ".png", "file-" + "A" * 26),
        ("file-" + "A" * 27 + ".png", None),
        ("file-" + "A" * 21 + ".png", None),
        (f"{SEDIMENT}ff.dat", None),
        ("file_" + "g" * 32 + ".dat", None),
        (f"__MACOSX/._{FILE}.png", None),
        ("conversations.json", None),
        ("file-service.txt", None),
        (f"x{FILE}.png", None),
    ],
)
def test_asset_ref(member: str, ref: str | None) -> None:
    """A member's base name begins with a whole file id, or there is none."""
    assert PARSER.asset_ref(member) == ref


@pytest.mark.parametrize("generation", ["classic", "sharded", "dat", "slim"])
def test_exports_of_every_generation(generation: Generation) -> None:
    """Each JSON document of an export is known, each chat is read, each asset is found by its id."""
    chats = [conversation(f"c{n}", "Tea", "Which?", _picture_turn(), "Green.") for n in range(150)]
    assets = {FILE: ("fox.png", png()), SEDIMENT: ("fox.png", png())}

    made = members(chats, generation=generation, assets=assets)

    documents = [
        document
        for name, data in made.items()
        if name.endswith(".json")
        for document in _documents(json.loads(data))
    ]
    assert None not in map(shape_of, documents)
    read = [record for document in documents for record in records(document)]
    told = {chat.conversation_id: chat for chat in read if isinstance(chat, Conversation)}
    assert len(told) == 150
    assert all(len(chat.messages) == 3 for chat in told.values())
    assert {PARSER.asset_ref(name) for name in made} == {None, FILE, SEDIMENT}


def _picture_turn() -> Object:
    """Return a prompt with a picture."""
    return message("q", "user", image(FILE), "What is this?")


def _documents(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def test_the_parser() -> None:
    """The engine finds the provider's name, a version and a name for each shape."""
    names = [shape.name for shape in PARSER.shapes]

    assert PARSER.provider == "chatgpt"
    assert PARSER.version >= 1
    assert len(set(names)) == len(names)
