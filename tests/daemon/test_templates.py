"""A person's own templates and wishes: taken up when they are saved, and never half."""

from pathlib import Path
from typing import Any

import chatgpt_exports as exports
from running import Daemon, daemon

OWN = "{% macro message(shown) %}\n*mine*\n\n{% endmacro %}\n"
BROKEN = "{% macro message(shown) %}\n{{ nothing }}\n{% endmacro %}\n"


def _until_warned(running: Daemon, *, rounds: int = 200) -> dict[str, Any]:
    """Return the warning about templates, after waiting for it."""
    for _ in range(rounds):
        running.get("wait", timeout=5)
        for warning in running.get("status")["warnings"]:
            if warning["code"] == "notes-template":
                found: dict[str, Any] = warning
                return found
    raise AssertionError(running.get("status"))


def _until(running: Daemon, text: str, *, rounds: int = 200) -> None:
    """Wait until every note holds `text`."""
    for _ in range(rounds):
        running.quiet()
        if all(text in note for note in running.notes().values()):
            return
    raise AssertionError(running.notes())


def _drop(running: Daemon) -> dict[str, str]:
    chats = [exports.conversation(f"c{n}", f"Chat {n}", "Which?", "That.") for n in range(3)]
    exports.export_zip(running.inbox / "export.zip", chats)
    running.post("scan")
    running.quiet()
    assert len(running.notes()) == 3
    return running.notes()


def test_a_template_is_taken_up_when_it_is_saved(tmp_path: Path) -> None:
    """Saved: all notes are as it says. Wrong: they stay, and file and line are told. Gone: as before."""
    folder = tmp_path / "Templates"
    folder.mkdir()
    file = folder / "message.md.j2"
    with daemon(tmp_path) as running:
        usual = _drop(running)
        file.write_text(OWN)
        _until(running, "*mine*")
        own = running.notes()
        file.write_text(BROKEN)
        warning = _until_warned(running)

        assert f"{file}, line 2: 'nothing' is undefined." in warning["text"]
        assert running.notes() == own

        file.unlink()
        _until(running, "^m-")
        running.quiet()

        assert running.notes() == usual
        assert running.get("status")["warnings"] == []


def test_a_wish_is_taken_up_by_a_reload(tmp_path: Path) -> None:
    """Another name for a property is in all notes, and a wrong one changes nothing."""
    with daemon(tmp_path) as running:
        _drop(running)
        file = tmp_path / "config.toml"
        told = file.read_text()
        file.write_text(f'{told}\n[vault.properties]\ncreated = "begun"\n')
        assert running.post("reload")["applied"] == ["vault.properties.created"]
        _until(running, "\nbegun: 20")

        assert not any("\ncreated: " in note for note in running.notes().values())
