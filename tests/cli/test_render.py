"""`polylogue render`: into any folder, by a manifest of its own."""

import json
from pathlib import Path

import pytest
from cli_place import Place
from vault_files import files

from polylogue.cli.samples.chatgpt import write_exports
from polylogue.store.outside import HIDDEN


@pytest.fixture
def exports(tmp_path: Path) -> tuple[str, str]:
    """Write two exports of one account; the second repeats most of the first."""
    may, june = write_exports(tmp_path)
    return str(may), str(june)


def _visible(out: Path) -> dict[str, bytes]:
    return {path: data for path, data in files(out).items() if not path.startswith(HIDDEN)}


def _notes(out: Path) -> dict[str, bytes]:
    return {
        path: data
        for path, data in _visible(out).items()
        if path.endswith(".md") and not path.startswith("_index/")
    }


def _told(place: Place, *words: str) -> dict[str, object]:
    result = place.run("render", "--json", *words)
    told: dict[str, object] = json.loads(result.stdout)
    return told


def test_what_is_not_yet_in_is_imported_and_rendered(
    place: Place, exports: tuple[str, str], tmp_path: Path
) -> None:
    """A file is all that it takes; the vault is left alone."""
    out = tmp_path / "Out"
    result = place.run("render", exports[0], "--out", str(out))

    assert result.exit_code == 0
    assert "chatgpt-may.zip: 3 conversations (3 new)" in result.stdout
    assert "Out: 3 notes written, 0 unchanged" in result.stdout
    assert len(_notes(out)) == 3
    assert not (tmp_path / "vault").exists()


def test_only_what_changed_is_rendered(
    place: Place, exports: tuple[str, str], tmp_path: Path
) -> None:
    """The second time nothing is, the next export costs what is new in it, --force everything."""
    out = str(tmp_path / "Out")
    first = _told(place, exports[0], "--out", out)
    again = _told(place, exports[0], "--out", out)
    more = _told(place, exports[1], "--out", out)
    forced = _told(place, "--force", "--out", out)

    assert (first["written"], first["unchanged"]) == (3, 0)
    assert (again["written"], again["unchanged"]) == (0, 0)
    assert (more["written"], more["unchanged"]) == (2, 0)
    assert (forced["written"], forced["unchanged"]) == (0, 4)


def test_folders_know_nothing_of_one_another(
    place: Place, exports: tuple[str, str], tmp_path: Path
) -> None:
    """Each has a manifest; both have the same bytes."""
    one, other = tmp_path / "One", tmp_path / "Other"
    _told(place, *exports, "--out", str(one))
    _told(place, "--out", str(other))

    assert _visible(one) == _visible(other)


def test_the_archive_is_only_read(place: Place, exports: tuple[str, str], tmp_path: Path) -> None:
    """Rendering without an INPUT leaves every byte of it."""
    place.run("import", exports[0])
    archive = place.config.archive
    before = archive.read_bytes()
    _told(place, "--out", str(tmp_path / "Out"))

    assert archive.read_bytes() == before


def test_files_of_others_are_left_alone(
    place: Place, exports: tuple[str, str], tmp_path: Path
) -> None:
    """A folder may have anything in it; a note whose name is taken stands beside."""
    model, out = tmp_path / "Model", tmp_path / "Out"
    _told(place, exports[0], "--out", str(model))
    taken = out / next(iter(_notes(model)))
    taken.parent.mkdir(parents=True)
    taken.write_text("mine")
    _told(place, "--out", str(out))

    assert taken.read_text() == "mine"
    assert len(_notes(out)) == 4


def test_a_choice_of_chats(place: Place, exports: tuple[str, str], tmp_path: Path) -> None:
    """--provider and --since choose; what was rendered before stays."""
    out = str(tmp_path / "Out")
    none = _told(place, *exports, "--provider", "grok", "--out", out)
    late = _told(place, "--since", "2199-01-01", "--out", out)
    all_of_them = _told(place, "--provider", "chatgpt", "--out", out)
    nothing = _told(place, "--provider", "grok", "--out", out)

    assert (none["written"], late["written"], all_of_them["written"]) == (0, 0, 4)
    assert (nothing["written"], len(_notes(tmp_path / "Out"))) == (0, 4)


def test_only_the_path_taken(place: Place, exports: tuple[str, str], tmp_path: Path) -> None:
    """Without branches there is no callout of one."""
    out = tmp_path / "Out"
    _told(place, *exports, "--out", str(out))
    with_branches = [path for path, data in _notes(out).items() if b"[!branch]" in data]
    told = _told(place, "--branch", "taken", "--out", str(out))

    assert with_branches
    assert told["written"] == len(with_branches)
    assert not any(b"[!branch]" in data for data in _notes(out).values())


def test_what_is_deleted_comes_back(place: Place, exports: tuple[str, str], tmp_path: Path) -> None:
    """Also when nothing changed in the archive."""
    out = tmp_path / "Out"
    _told(place, exports[0], "--out", str(out))
    before = _visible(out)
    for path in before:
        (out / path).unlink()
    _told(place, "--out", str(out))

    assert _visible(out) == before


def test_words_of_a_person(place: Place, exports: tuple[str, str], tmp_path: Path) -> None:
    """What is written in such a folder stays in it, and comes back there."""
    out = tmp_path / "Out"
    _told(place, exports[0], "--out", str(out))
    path = out / next(iter(_notes(out)))
    path.write_bytes(path.read_bytes() + b"mine")
    _told(place, "--force", "--out", str(out))
    path.unlink()
    _told(place, "--out", str(out))

    assert path.read_bytes().endswith(b"\nmine")
    assert not (out / "_edited").exists()


def test_a_template(place: Place, exports: tuple[str, str], tmp_path: Path) -> None:
    """--template-dir has them rendered anew."""
    out, templates = tmp_path / "Out", tmp_path / "mine"
    templates.mkdir()
    (templates / "conversation.md.j2").write_text("All the same\n")
    _told(place, exports[0], "--out", str(out))
    told = _told(place, "--template-dir", str(templates), "--out", str(out))

    assert told["written"] == 3
    assert all(data.startswith(b"All the same\n") for data in _notes(out).values())


def test_a_vault_is_refused(place: Place, tmp_path: Path) -> None:
    """What polylogued keeps current has another manifest."""
    place.run("import", str(write_exports(tmp_path)[0]))
    old = tmp_path / "Old"
    old.mkdir()
    (old / ".polylogue").write_text('{"id": "x"}')
    configured = place.run("render", "--out", str(place.config.paths.vault))
    marked = place.run("render", "--out", str(old))

    assert (configured.exit_code, marked.exit_code) == (2, 2)
    assert "vault" in configured.stderr
    assert "ctl rerender" in marked.stderr


def test_a_folder_of_another_archive_is_refused(
    place: Place, exports: tuple[str, str], tmp_path: Path
) -> None:
    """Its manifest counts in the other's numbers."""
    out = str(tmp_path / "Out")
    _told(place, exports[0], "--out", out)
    for file in place.config.paths.data.iterdir():
        file.unlink()
    result = place.run("render", exports[0], "--out", out)

    assert result.exit_code == 2
    assert "another archive" in result.stderr


def test_without_an_archive(place: Place, tmp_path: Path) -> None:
    """There is nothing to render, and it says how to begin."""
    result = place.run("render", "--out", str(tmp_path / "Out"))

    assert result.exit_code == 65
    assert "polylogue import" in result.stderr
    assert not (tmp_path / "Out").exists()


def test_a_folder_that_cannot_be_made(
    place: Place, exports: tuple[str, str], tmp_path: Path
) -> None:
    """A file in the way is one sentence."""
    (tmp_path / "file").touch()
    result = place.run("render", exports[0], "--out", str(tmp_path / "file" / "Out"))

    assert result.exit_code == 73
    assert "--out" in result.stderr
