"""Gemini's activity: what a record becomes, from JSON and from a page, and how it is named."""

import datetime as dt

import pytest
from gemini_takeout import (
    CHAT,
    FILE,
    FIXED,
    OTHER_CHAT,
    Object,
    cell,
    found,
    page,
    parsed,
    read,
    record,
)

from polylogue.model import Artifact, Attachment, Conversation, Problem, Text, UnknownKind
from polylogue.parsers.gemini import PARSER, dates
from polylogue.parsers.gemini.verbs import take_apart, take_apart_marked

TEN = 1_767_348_000_000  # 2 January 2026, 10:00 UTC


# --- Records --------------------------------------------------------------------------------------


def test_a_prompt_and_its_answer() -> None:
    """Two messages, at the time of the prompt, called by the first line."""
    told = read(record("Which tea?\nNow.", "<p>Green, <b>hot</b>.</p>"))
    asked, answer = told.messages

    assert (asked.role, asked.parts) == ("user", (Text(text="Which tea?\nNow."),))
    assert (answer.role, answer.parts) == ("assistant", (Text(text="Green, **hot**."),))
    assert answer.parent_id == asked.message_id
    assert asked.timestamp == answer.timestamp == told.head.created_at == TEN + 123
    assert told.head.title == "Which tea?"
    assert told.conversation_id.startswith("sha256:")
    assert told.unknowns == ()


def test_json_and_page_tell_the_same() -> None:
    """Whichever form was exported, names and words are the same."""
    words, answer = "Is 1 < 2 & so?\nTell.", "<p>Yes.</p><ul><li>a</li></ul>"
    files = ((f"{FILE}.png", "tea.png"),)
    subtitles = [{"name": "Attached 1 file."}, {"name": "-  tea.png", "url": f"{FILE}.png"}]
    one = read(record(words, answer, chats=(CHAT,), subtitles=subtitles, imageFile=f"{FILE}.png"))
    other = read(page(cell(words, answer, chats=(CHAT,), files=files)))

    assert one.conversation_id == other.conversation_id == "0123456789abcdef"
    assert [(m.message_id, m.parent_id, m.role, m.parts) for m in one.messages] == [
        (m.message_id, m.parent_id, m.role, m.parts) for m in other.messages
    ]
    assert one.messages[0].parts[0] == Attachment(ref=FILE, name="tea.png")
    assert other.messages[0].timestamp == TEN


def test_prompts_of_one_chat_stand_in_order() -> None:
    """Each record knows its own place in the chat, and the first gives the title."""
    first = read(record("First", "<p>a</p>", at="2026-01-02T10:00:00Z", chats=(CHAT,)))
    second = read(record("Second", "<p>b</p>", at="2026-01-02T10:00:01Z", chats=(CHAT,)))
    lines = [message.line for told in (first, second) for message in told.messages]

    assert first.conversation_id == second.conversation_id
    assert lines == sorted(set(lines), key=lambda line: line or 0)
    assert first.head.title_trust > second.head.title_trust
    assert first.head.url == CHAT


def test_one_record_about_two_chats() -> None:
    """Each chat has the answer of its place; the words belong to the first."""
    one, other = parsed(record("Words", "<p>a</p>", "<p>b</p>", chats=(CHAT, OTHER_CHAT)))
    assert isinstance(one, Conversation)
    assert isinstance(other, Conversation)

    assert [message.parts for message in one.messages] == [(Text(text="Words"),), (Text(text="a"),)]
    assert [message.parts for message in other.messages] == [(Text(text="b"),)]
    assert [one.conversation_id, other.conversation_id] == ["0123456789abcdef", "fedcba9876543210"]


def test_several_answers_are_one_message() -> None:
    """All items of an answer are shown."""
    told = read(record("x", "<p>a</p>", "<p>b</p>"))

    assert told.messages[1].parts == (Text(text="a"), Text(text="b"))


def test_a_prompt_without_an_answer() -> None:
    """What was never answered is kept."""
    assert [message.role for message in read(record("x")).messages] == ["user"]
    assert [message.role for message in read(page(cell("x"))).messages] == ["user"]


def test_a_canvas() -> None:
    """A document that was made is an artifact of the assistant."""
    verb = "Created Gemini Canvas titled "
    told = read(record("Tea plan", verb=verb, subtitles=[{"name": "<html>tea</html>"}]))
    (message,) = told.messages
    (artifact,) = message.parts

    assert message.role == "assistant"
    assert isinstance(artifact, Artifact)
    assert (artifact.title, artifact.language) == ("Tea plan", "html")
    assert artifact.text == "<html>tea</html>"


def test_times_and_words_tell_records_apart() -> None:
    """The same words at another time are another prompt, and so are other words."""
    told = [
        record("x"),
        record("x", at="2026-01-02T10:00:01Z"),
        record("y"),
        record("x", at="no time"),
    ]

    assert len({read(one).conversation_id for one in told}) == 4
    assert read(told[3]).messages[0].metadata == {"time": "no time"}


def test_what_is_not_understood() -> None:
    """Unknown fields and verbs are in the ledger; no word is lost."""
    told = read(record("x", verb="Fragte ", novelty={"a": 1}))

    assert told.messages[0].parts == (Text(text="Fragte x"),)
    assert told.unknowns == (
        UnknownKind(path="record", kind="novelty"),
        UnknownKind(path="record.title", kind="unknown verb"),
    )


def test_an_empty_record_is_reported() -> None:
    """A record that says nothing is a problem, not a chat."""
    (one,) = parsed(record("", verb=""))

    assert isinstance(one, Problem)
    assert one.code == "empty-activity"


# --- What is claimed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (record("x"), "activity"),
        (record("x", product="Gemini アプリ"), "activity"),
        (record("x", product="Bard"), "activity"),
        (record("x", verb="Gave feedback: "), "activity-without-chat"),
        (record("", verb="Used Gemini Apps"), "activity-without-chat"),
        (record("x", "<p>y</p>", verb="Used Gemini Apps"), "activity"),
        (record("Gemini", product="Search"), "other-activity"),
        (record("x", product="Lombardia"), "other-activity"),
        ({"header": "Gemini Apps", "title": "Prompted x"}, None),
    ],
    ids=lambda value: str(value)[:60],
)
def test_shapes(value: Object, shape: str | None) -> None:
    """Header and products decide, not words."""
    ((claim, _),) = found(value)

    assert (claim.name if claim else None) == shape


def test_records_of_a_page() -> None:
    """A page may hold the activity of all products."""
    told = page(
        cell("x", "<p>y</p>"),
        cell("Gemini", "<p>Gemini</p>", product="Search"),
        cell("Good", verb="Gave feedback:"),
        cell("z"),
    )

    assert [claim.name if claim else None for claim, _ in found(told)] == [
        "activity",
        "other-activity",
        "activity-without-chat",
        "activity",
    ]


@pytest.mark.parametrize(
    ("name", "ref"),
    [
        (f"Takeout/My Activity/Gemini Apps/{FILE}.png", FILE),
        (f"Takeout/Meine Aktivitäten/Gemini-Apps/{FILE}(1).jpeg", FILE),
        (f"Takeout/My Activity/Gemini Apps/{FILE}.json", None),
        ("Takeout/My Activity/Gemini Apps/MyActivity.json", None),
        (f"photos/{FILE}.png", None),
    ],
)
def test_files_beside_the_records(name: str, ref: str | None) -> None:
    """Only a name with Google's number is a file of a prompt."""
    assert PARSER.asset_ref(name) == ref


# --- Pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "words", "answer"),
    [
        ("Prompted&nbsp;a<br>b<br>Jan 2, 2026, 10:00:00 AM UTC<br><p>c</p>", "a\nb", "c"),
        ("Frage&nbsp;a<br>02.01.2026, 10:00:00 UTC<br><p>c</p>", "a", "c"),
        (
            "Prompted&nbsp;Jan 1, 2025, 9:00:00 AM UTC<br>x<br>Jan 2, 2026, 10:00:00 AM UTC<br><p>c",
            "Jan 1, 2025, 9:00:00 AM UTC\nx",
            "c",
        ),
        ("Prompted&nbsp;a<br>Jan 2, 2026, 10:00:00 AM UTC<br>plain", "a", "plain"),
        ("Prompted&nbsp;a<br><p>c</p>", "a", "c"),
    ],
)
def test_the_body_of_a_record(body: str, words: str, answer: str) -> None:
    """The last date before anything with a structure parts the words from the answer."""
    told = cell("WORDS").replace(
        "Prompted&nbsp;WORDS<br>Jan 2, 2026, 10:00:00\u202fAM UTC<br>", body
    )
    asked, answered = read(page(told)).messages

    assert asked.parts == (Text(text=words),)
    assert answered.parts == (Text(text=answer),)


def test_a_zone_that_nobody_knows() -> None:
    """A time without a known zone is no time; it is told as it was written."""
    told = read(page(cell("x", at="Jan 2, 2026, 10:00:00 AM XYZT")))

    assert told.messages[0].timestamp is None
    assert told.messages[0].metadata == {"time": "Jan 2, 2026, 10:00:00 AM XYZT"}
    assert told.unknowns == (UnknownKind(path="page.time", kind="unknown zone"),)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Jan 2, 2026, 10:00:00\u202fAM UTC", "2026-01-02T10:00:00Z"),
        ("Jan 2, 2026, 12:00:00 AM UTC", "2026-01-02T00:00:00Z"),
        ("Sept 18, 2025, 1:02:03 PM CDT", "2025-09-18T18:02:03Z"),
        ("18 Sept 2025, 12:01:52 BST", "2025-09-18T11:01:52Z"),
        ("1. 2. 2026 10:00:00 SEČ", "2026-02-01T09:00:00Z"),
        ("02.01.2026, 10:00:00 MEZ", "2026-01-02T09:00:00Z"),
        ("2 janv. 2026, 10:00:00 CET", "2026-01-02T09:00:00Z"),
        ("3 de dez. de 2025, 10:00:00 BRT", "2025-12-03T13:00:00Z"),
        ("2 ene 2026, 10:00:00 p. m. CET", "2026-01-02T21:00:00Z"),
        ("2 gru 2025, 10:00:00 CET", "2025-12-02T09:00:00Z"),
        ("2 янв. 2026 г., 10:00:00 MSK", "2026-01-02T07:00:00Z"),
        ("2026/01/02 10:00:00 JST", "2026-01-02T01:00:00Z"),
        ("2026年1月2日 10:00:00 CST", "2026-01-02T02:00:00Z"),
        ("2026. 1. 2. 오후 10:00:00 KST", "2026-01-02T13:00:00Z"),
        ("2026-01-02, 10:00:00 GMT+2", "2026-01-02T08:00:00Z"),
        ("2026-01-02, 10:00:00 GMT\u221205:30", "2026-01-02T15:30:00Z"),
        ("Jan 2, 2026, 10:00:00 AM XYZT", None),
        ("31.02.2026, 10:00:00 UTC", None),
        ("at 10:00:00 UTC", None),
        ("no date", None),
    ],
)
def test_dates(line: str, expected: str | None) -> None:
    """The dates of many languages, and none that is guessed."""
    moment = dt.datetime.fromisoformat(expected) if expected else None

    assert dates.to_ms(line) == (round(moment.timestamp() * 1000) if moment else None)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Prompted x", ("prompt", "x", True)),
        (f"Prompted{FIXED}x", ("prompt", "x", True)),
        ("Promptedx", ("prompt", "Promptedx", False)),
        ("Eingegebener Prompt: x", ("prompt", "x", True)),
        ("送信したメッセージ: x", ("prompt", "x", True)),
        ("Created Gemini Canvas titled x", ("canvas", "x", True)),
        ("Gave feedback: Good", ("other", ": Good", True)),
    ],
)
def test_verbs(title: str, expected: tuple[str, str, bool]) -> None:
    """Known verbs are taken away, and only as whole words."""
    assert tuple(take_apart(title)) == expected


def test_a_verb_is_marked_on_pages() -> None:
    """On a page the no-break space ends the verb, but not in the middle of a prompt."""
    long = "Comment faire pour que tout cela fonctionne encore une fois très bien"

    assert take_apart_marked(f"Requête{FIXED}: x").words == "x"
    assert take_apart_marked(f"{long}{FIXED}?").words == f"{long}{FIXED}?"
