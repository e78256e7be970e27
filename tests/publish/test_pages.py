"""The pages by which notes are found: right, stable, and written only when they change."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from archives import tell
from obsidian_reader import Note
from records import conversation, message
from vault_files import files

from polylogue.publish import Report, Target, look, publish
from polylogue.publish.pages import Pages
from polylogue.render.note import Overrides
from polylogue.render.options import Look
from polylogue.store import pages
from polylogue.store.archive import Archive, open_archive
from polylogue.store.dirty import mark_all_dirty

_DAY = 86_400_000
_MAY = 1_746_100_800_000  # 2025-05-01 12:00 UTC
_JUNE = _MAY + 31 * _DAY


class Desk:
    """An archive that is told of chats, and its vault."""

    def __init__(self, folder: Path, archive: Archive) -> None:
        self.archive = archive
        self.target = Target(folder / "Vault", "{provider}", dt.UTC, pages=True)

    def tell(
        self,
        name: str,
        *texts: str,
        provider: str = "chatgpt",
        kind: str = "chat",
        project: str = "",
        at: int | None = _MAY,
    ) -> None:
        """Add a chat, or messages to it."""
        said = [message(f"{name}-{n}", text) for n, text in enumerate(texts or ["Hello"])]
        told = conversation(
            *said,
            conversation_id=name,
            provider=provider,
            title=name,
            created_at=at,
            project=project,
            kind=kind,
        )
        with self.archive.transaction() as connection:
            tell(connection, told)

    def publish(self) -> Report:
        """Render what is dirty."""
        return publish(self.archive, self.target)

    def page(self, path: str) -> str:
        """Return the body of a page."""
        return Note((self.target.root / path).read_text("utf-8")).body

    @property
    def files(self) -> dict[str, bytes]:
        """All files of the vault."""
        return files(self.target.root)

    @property
    def connection(self) -> sqlite3.Connection:
        """The archive's connection."""
        return self.archive.connection


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Return a vault with chats of two providers, two months and a project."""
    with open_archive(tmp_path / "data" / "archive.db") as archive:
        told = Desk(tmp_path, archive)
        told.tell("Tea")
        told.tell("Cake", at=_JUNE, project="Garden: 1")
        told.tell("Rain", provider="grok", at=_JUNE + _DAY)
        told.tell("Lost", at=None)
        told.tell("Garden: 1", provider="claude-ai", kind="project", at=_JUNE)
        told.tell("Memory", provider="claude-ai", kind="memory", at=_JUNE)
        told.publish()
        yield told


def test_a_month_lists_its_chats_by_provider(desk: Desk) -> None:
    """Each under its provider, the oldest first, with its title of today."""
    assert desk.page("_index/Months/2025-06.md") == (
        "*[[_index/Index|Index]]*\n\n## chatgpt\n\n"
        "- [[chatgpt/2025-06-01 Cake|2025-06-01 Cake]]\n\n## claude-ai\n\n"
        "- [[claude-ai/2025-06-01 Garden 1|2025-06-01 Garden: 1]]\n"
        "- [[claude-ai/2025-06-01 Memory|2025-06-01 Memory]]\n\n## grok\n\n"
        "- [[grok/2025-06-02 Rain|2025-06-02 Rain]]\n"
    )
    assert "[[chatgpt/Lost|Lost]]" in desk.page("_index/Months/undated.md")


def test_a_project_lists_what_is_said_of_it_and_its_chats(desk: Desk) -> None:
    """Its own note first, of whichever provider."""
    assert desk.page("_index/Projects/Garden 1.md") == (
        "*[[_index/Index|Index]]*\n\n## About\n\n"
        "- [[claude-ai/2025-06-01 Garden 1|2025-06-01 Garden: 1]]\n\n## Chats\n\n"
        "- [[chatgpt/2025-06-01 Cake|2025-06-01 Cake]]\n"
    )


def test_a_provider_lists_its_months_projects_and_memory(desk: Desk) -> None:
    """Pages and not chats, the newest first."""
    assert desk.page("_index/Providers/chatgpt.md") == (
        "*[[_index/Index|Index]]*\n\n## Months\n\n"
        "- [[_index/Months/2025-06|2025-06]]\n- [[_index/Months/2025-05|2025-05]]\n"
        "- [[_index/Months/undated|undated]]\n"
    )
    assert desk.page("_index/Providers/claude-ai.md").endswith(
        "## Projects\n\n- [[claude-ai/2025-06-01 Garden 1|2025-06-01 Garden: 1]]\n\n"
        "## Memory\n\n- [[claude-ai/2025-06-01 Memory|2025-06-01 Memory]]\n"
    )


def test_every_link_of_a_page_leads_to_a_file(desk: Desk) -> None:
    """And every note stands on a page."""
    there = desk.files
    linked: set[str] = set()
    for path, data in there.items():
        if path.startswith("_index/"):
            note = Note(data.decode())
            assert note.problems == []
            linked |= {link.partition("|")[0] + ".md" for link in note.links}

    assert linked == {path for path in there if path.endswith(".md")}


def test_an_append_touches_no_page(desk: Desk) -> None:
    """What changes no title, month or project is none of theirs."""
    desk.tell("Tea", "Hello", "More")
    report = desk.publish()

    assert (report.written, report.pages) == (1, 0)
    assert pages.dirty_pages(desk.connection) == []


def test_a_new_chat_touches_the_pages_on_which_it_stands(desk: Desk) -> None:
    """A further chat of a month changes that month's page alone."""
    desk.tell("Cup")
    report = desk.publish()

    assert (report.written, report.pages) == (1, 1)
    assert "Cup" in desk.page("_index/Months/2025-05.md")


def test_a_chat_that_changes_its_project_leaves_the_page_of_the_old_one(desk: Desk) -> None:
    """Both are written again; a page with nothing on it says so."""
    desk.tell("Cup", project="Old")
    desk.publish()
    with desk.archive.transaction() as connection:
        connection.execute("UPDATE conversations SET project = 'New' WHERE title = 'Cup'")
        mark_all_dirty(connection)
    desk.publish()

    assert "Nothing is here any more." in desk.page("_index/Projects/Old.md")
    assert "Cup" in desk.page("_index/Projects/New.md")
    assert "Projects/Old" not in desk.page("_index/Index.md")


def test_rendering_again_writes_nothing(desk: Desk) -> None:
    """All pages marked, and none differs."""
    before = desk.files
    with desk.archive.transaction() as connection:
        mark_all_dirty(connection)
        pages.mark_all_pages(connection, ["index:"])
    report = desk.publish()

    assert (report.written, report.pages) == (0, 0)
    assert desk.files == before


def test_a_deleted_page_comes_back(desk: Desk) -> None:
    """As notes do."""
    before = desk.files
    (desk.target.root / "Chats.base").unlink()
    (desk.target.root / "_index" / "Months" / "2025-05.md").unlink()
    survey = look(desk.archive, desk.target)
    desk.publish()

    assert survey.missing == 2
    assert desk.files == before


def test_an_edited_page_stays_until_it_must_change(desk: Desk) -> None:
    """Obsidian writes into a table when its columns are moved; the copy is never lost."""
    base, month = (desk.target.root / name for name in ("Chats.base", "_index/Months/2025-05.md"))
    for path in (base, month):
        path.write_text("mine")
    with desk.archive.transaction() as connection:
        pages.mark_all_pages(connection, [])
    desk.tell("Cup")
    desk.publish()

    assert base.read_text() == "mine"
    assert "Cup" in month.read_text()
    assert (desk.target.root / "_edited/_index/Months/2025-05.md").read_text() == "mine"


def test_a_kill_before_the_pages_are_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The marks stand in the transaction of the notes, so the next run writes them."""
    desk.tell("Cup")
    with monkeypatch.context() as patched:
        patched.setattr(Pages, "publish", lambda _pages: 0)
        desk.publish()
    assert pages.dirty_pages(desk.connection) != []
    desk.publish()

    assert "Cup" in desk.page("_index/Months/2025-05.md")


def test_projects_whose_names_are_one_file_name(desk: Desk) -> None:
    """The second has an id in its name; where each is does not change any more."""
    desk.tell("Cup", project="garden? 1")
    desk.publish()
    own = [path for path in desk.files if path.startswith("_index/Projects/")]

    assert len(own) == 2
    assert "Cake" in desk.page("_index/Projects/Garden 1.md")


def test_the_table_of_chats(desk: Desk) -> None:
    """Valid YAML with the five views, and the names that properties have here."""
    base = yaml.safe_load(desk.files["Chats.base"])

    assert [view["name"] for view in base["views"]] == [
        "All",
        "This month",
        "By project",
        "With attachments",
        "With branches",
    ]
    assert base["filters"]["and"][0] == 'file.hasProperty("conversation_id")'
    assert "note.updated" in base["views"][0]["order"]


def test_the_table_of_chats_with_other_names(desk: Desk) -> None:
    """A property that is called otherwise is called so here; one that is left out has no view."""
    other = Look(properties={"created": "begun at", "project": "", "branches": ""})
    desk.target = Target(desk.target.root, "{provider}", dt.UTC, pages=True, look=other)
    look(desk.archive, desk.target)
    desk.publish()
    base = yaml.safe_load(desk.files["Chats.base"])

    assert [view["name"] for view in base["views"]] == ["All", "This month", "With attachments"]
    assert "note.begun at" in base["views"][0]["order"]
    assert "note.project" not in base["properties"]


def test_without_pages_there_are_none(tmp_path: Path) -> None:
    """Who wants none has none, and no cost of them."""
    with open_archive(tmp_path / "archive.db") as archive:
        desk = Desk(tmp_path, archive)
        desk.target = Target(desk.target.root, "{provider}", dt.UTC)
        desk.tell("Tea")
        desk.publish()

        assert list(desk.files) == ["chatgpt/2025-05-01 Tea.md"]


def test_a_page_of_the_persons_own_template(desk: Desk) -> None:
    """Pages are overridden as notes are."""
    own = Overrides("mine", {"index.md.j2": "{{ title }}: {{ sections | length }}\n"})
    desk.target = Target(desk.target.root, "{provider}", dt.UTC, pages=True, overrides=own)
    look(desk.archive, desk.target)
    desk.publish()

    assert desk.files["_index/Months/2025-06.md"] == b"2025-06: 3\n"
