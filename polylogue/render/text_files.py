"""Which parts of a message are files of text by themselves, and how these are called.

A document beside the chat (canvas, artifact) is one, in each of its versions; so is a long text of a
file whose bytes are not there, such as a pasted one.
"""

from typing import Final

import msgspec

from polylogue.model import Artifact, Attachment, Part
from polylogue.render.names import attachment_path

_LONG: Final = 4_000  # characters of a pasted text that is a file

#: How files in a language end, where not as the language is called. What Obsidian would read as a
#: note of the vault is plain text.
_ENDINGS: Final = {
    "bash": "sh",
    "c#": "cs",
    "c++": "cpp",
    "csharp": "cs",
    "golang": "go",
    "javascript": "js",
    "kotlin": "kt",
    "latex": "tex",
    "markdown": "txt",
    "md": "txt",
    "mermaid": "mmd",
    "perl": "pl",
    "plaintext": "txt",
    "powershell": "ps1",
    "python": "py",
    "react": "jsx",
    "ruby": "rb",
    "rust": "rs",
    "shell": "sh",
    "text": "txt",
    "typescript": "ts",
    "yml": "yaml",
}
_AS_CALLED: Final = frozenset(
    """
    c cpp cs css csv dart go h html java js json jsx kt lua mmd php pl ps1 py r rb rs sh sql svg swift
    tex toml ts tsx txt vue xml yaml
    """.split()  # noqa: SIM905 - a table of words
)


class TextFile(msgspec.Struct, frozen=True):
    """A text that is a file: `name` without its ending."""

    name: str
    ending: str
    text: str

    def path(self, sha256: str) -> str:
        """Return where the vault keeps it, given the hash of its bytes in hex."""
        return attachment_path(sha256, f"{self.name}.{self.ending}", "")


def text_file(part: Part) -> TextFile | None:
    """Return the file that a part is by itself, None for most."""
    if type(part) is Artifact and part.text.strip():
        version = f" v{part.version}" if part.version is not None else ""
        name, ending = _parted(part.title.strip(), part.language)
        return TextFile((name or "Untitled") + version, ending, part.text)
    if type(part) is Attachment and len(part.extracted_text) > _LONG:
        name = part.name or ("pasted" if part.mime_type.startswith("text/") else "text")
        return TextFile(name.removesuffix(".txt"), "txt", part.extracted_text)
    return None


def _parted(title: str, language: str) -> tuple[str, str]:
    """Return a name and its ending: that which the title has already, or else that of the language."""
    name, _, own = title.rpartition(".")
    if name and (known := _ending(own)):
        return name, known
    return title, _ending(language) or "txt"


def _ending(word: str) -> str:
    """Return how files end in the language that is called so, or whose files end so; '' for others."""
    word = word.strip().lower()
    return word if word in _AS_CALLED else _ENDINGS.get(word, "")
