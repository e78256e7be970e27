"""Names are safe on every system, short, readable, and always the same."""

import datetime as dt
import re
import unicodedata
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polylogue.errors import ConfigError
from polylogue.model import Head, Message, StoredConversation, StoredMessage
from polylogue.render.names import (
    attachment_path,
    check_layout,
    file_stem,
    note_path,
    path_key,
    with_suffix,
)

LAYOUT = "{provider}/{year}/{month}"
NEW_YEAR = 1_767_225_600_000  # 2026-01-01 00:00 UTC
_TITLES = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(list('./\\:*?"<>|#^[]% -\u200d\u202e\u0301eСон漢👩😀\ufe0f\t\0')),
        max_size=200,
    ).map("".join),
)


def _conversation(
    title: str = "T", created: int | None = NEW_YEAR, project: str = ""
) -> StoredConversation:
    return StoredConversation(
        provider="chatgpt",
        conversation_id="c1",
        head=Head(title=title, created_at=created, project=project),
    )


def _is_safe(name: str) -> bool:
    return (
        bool(name)
        and len(name.encode()) <= 120
        and name == unicodedata.normalize("NFC", name)
        and not re.search(r'[/\\:*?"<>|#^\[\]%\0-\x1f\x7f]|\.\.|  ', name)
        and name[0] not in " .-"
        and name[-1] not in " ."
        and not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name)
        and not any(unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn"} for c in name)
    )


@given(_TITLES)
def test_every_title_gives_a_safe_name(title: str) -> None:
    """A name breaks no file system and no link, and is its own name."""
    name = file_stem(title)

    assert _is_safe(name)
    assert file_stem(name) == name


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Привет: C# [draft] / plan?", "Привет C draft plan"),
        ("", "Untitled"),
        (" ... ", "Untitled"),
        ("../../etc/passwd", "etc passwd"),
        ("-rf", "rf"),
        ("a...b", "a.b"),
        ("nul", "_nul"),
        ("CON.txt", "_CON.txt"),
        ("e\u0301", "é"),
        ("a\u202eb\u200bc", "abc"),
        ("👩\u200d👧 family", "👩\u200d👧 family"),
        ("x\u200dy\u200d", "xy"),
        ("漢" * 60, "漢" * 40),
    ],
)
def test_names_stay_readable(title: str, expected: str) -> None:
    """Only what must go is taken out of a title."""
    assert file_stem(title) == expected


def test_a_note_lies_in_the_month_in_which_it_began() -> None:
    """Provider, year and month are folders, the day and the title are the name, in local time."""
    berlin = zoneinfo.ZoneInfo("America/New_York")

    assert note_path(_conversation("Plan"), LAYOUT, dt.UTC) == "chatgpt/2026/01/2026-01-01 Plan.md"
    assert note_path(_conversation("Plan"), LAYOUT, berlin) == "chatgpt/2025/12/2025-12-31 Plan.md"


def test_without_its_own_date_a_conversation_has_that_of_its_first_message() -> None:
    """The first message counts when the head is silent; without any time the folder is `undated`."""
    message = StoredMessage(message=Message(message_id="m", role="user", timestamp=NEW_YEAR))
    dated = StoredConversation(
        provider="codex", conversation_id="c", head=Head(), messages=(message,)
    )

    assert note_path(dated, LAYOUT, dt.UTC) == "codex/2026/01/2026-01-01 Untitled.md"
    assert note_path(_conversation("A", None), LAYOUT, dt.UTC) == "chatgpt/undated/A.md"
    assert note_path(_conversation("A", 1_000), LAYOUT, dt.UTC) == "chatgpt/undated/A.md"
    assert note_path(_conversation("A", 10**18), LAYOUT, dt.UTC) == "chatgpt/undated/A.md"


@pytest.mark.parametrize("created", [0, 1_000, 1_767_225_600, -1], ids=str)
def test_a_time_before_1971_is_none(created: int) -> None:
    """A zero, or seconds taken for milliseconds, is no date: the first real one of a message is."""
    times = (created, NEW_YEAR)
    messages = tuple(
        StoredMessage(message=Message(message_id=str(n), role="user", timestamp=time))
        for n, time in enumerate(times)
    )
    dated = StoredConversation(
        provider="codex", conversation_id="c", head=Head(created_at=created), messages=messages
    )

    assert note_path(dated, LAYOUT, dt.UTC) == "codex/2026/01/2026-01-01 Untitled.md"


@given(_TITLES, _TITLES)
def test_no_note_leaves_its_folder(title: str, project: str) -> None:
    """Every part of a note's path is a safe name, whatever title and project say."""
    path = note_path(_conversation(title, project=project), "{project}/{day}", dt.UTC)

    assert path.count("/") == 2
    assert all(_is_safe(part) for part in path.removesuffix(".md").split("/"))


@given(_TITLES)
def test_a_suffix_keeps_names_short_and_apart(title: str) -> None:
    """Two conversations of one name get two names, each as short as any."""
    path = note_path(_conversation(title), LAYOUT, dt.UTC)
    one, other = with_suffix(path, "c1"), with_suffix(path, "c2")

    assert path_key(one) != path_key(other)
    assert one.rpartition("/")[0] == path.rpartition("/")[0]
    assert _is_safe(one.rpartition("/")[2].removesuffix(".md"))
    assert re.search(r" [0-9a-f]{8}\.md$", one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("A/B.md", "a/b.MD"), ("é.md", "e\u0301.md"), ("STRASSE", "straße"), ("É", "e\u0301")],
)
def test_paths_that_some_disk_confuses_have_one_key(one: str, other: str) -> None:
    """Case and composition make no difference."""
    assert path_key(one) == path_key(other)


@pytest.mark.parametrize("layout", ["", LAYOUT, "{provider}", "AI/{project}/{year}-{month}-{day}"])
def test_layouts_are_folders_of_known_fields(layout: str) -> None:
    """Fields and plain words are taken."""
    check_layout(layout)


@pytest.mark.parametrize(
    "layout",
    [
        "/x",
        "x/",
        "../x",
        "{provider}/..",
        "{title}",
        "{year:04}",
        "{year!r}",
        "{",
        "{}",
        "a:b",
        "{provider.x}",
        "_edited",
        ".x",
    ],
)
def test_other_layouts_are_refused(layout: str) -> None:
    """A layout with an unknown field or an unsafe folder is a mistake in the configuration."""
    with pytest.raises(ConfigError, match="layout"):
        check_layout(layout)


@pytest.mark.parametrize(
    ("name", "mime_type", "expected"),
    [
        ("plot.png", "image/png", "plot-3f9a2c1d.png"),
        ("file-abc.dat", "image/webp", "file-abc-3f9a2c1d.webp"),
        ("photo.jpg", "image/png", "photo-3f9a2c1d.png"),
        ("data.csv", "text/plain", "data-3f9a2c1d.csv"),
        ("README", "text/markdown", "README-3f9a2c1d.txt"),
        ("notes.md", "text/markdown", "notes-3f9a2c1d.txt"),
        ("evil.canvas", "", "evil-3f9a2c1d.txt"),
        ("a.b.tar", "", "a.b-3f9a2c1d.tar"),
        ("x.dat", "", "x-3f9a2c1d.bin"),
        ("", "image/jpeg; q=1", "image-3f9a2c1d.jpg"),
        ("", "", "file-3f9a2c1d.bin"),
        ("../../x.p ng", "", "x.p ng-3f9a2c1d.bin"),
    ],
)
def test_attachments_have_the_extension_that_shows_them(
    name: str, mime_type: str, expected: str
) -> None:
    """The media type decides, then the name; nothing that came with a chat becomes a note."""
    path = attachment_path("3f9a2c1d" + "0" * 56, name, mime_type)

    assert path == f"_attachments/3f/{expected}"


@given(_TITLES, st.text(max_size=20))
def test_every_attachment_has_a_safe_name(name: str, mime_type: str) -> None:
    """Whatever the provider called it, a file has a safe name in its folder."""
    path = attachment_path("a" * 64, name, mime_type)

    assert path.startswith("_attachments/aa/")
    assert _is_safe(path.removeprefix("_attachments/aa/"))
