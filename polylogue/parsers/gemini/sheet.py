"""Markdown while it is written, word by word.

What is asked for (a line end, an indent, a bullet, a mark) is written with the next word, so that
nothing empty is ever written.
"""

import re
from dataclasses import dataclass, field
from typing import Final

_WHITE = re.compile(r"[ \t\r\n\f]+")
_TICKS = re.compile("`+")
_DEEPEST: Final = 16  # levels that are indented; hostile pages nest thousands


@dataclass(slots=True)
class Sheet:
    """The Markdown so far, and what waits for the next word.

    `raw` gathers code, within a line or, where `fence` is its language (or a blank), in a block.
    """

    out: list[str] = field(default_factory=list)
    breaks: int = 0
    indents: list[str] = field(default_factory=list)
    bullet: str = ""
    marks: list[str] = field(default_factory=list)
    space: bool = False
    lists: list[int | None] = field(default_factory=list)
    links: list[tuple[int, str]] = field(default_factory=list)
    raw: list[str] | None = None
    fence: str = ""
    cells: int = 0
    in_table: bool = False
    is_header: bool = False

    def line(self, breaks: int) -> None:
        """Ask for so many line ends before the next word: 2 make a paragraph."""
        self.breaks = max(self.breaks, breaks)
        self.space = False

    def write(self, words: str) -> None:
        """Write `words`, after all that was asked for."""
        if self.breaks and self.in_table and self.cells:
            self.breaks, self.space = 0, True
        if self.breaks or not self.out:
            prefix = "".join(self.indents[:_DEEPEST])
            if self.out:
                empty = f"\n{prefix.rstrip()}" * (self.breaks - 1)
                self.out.append(f"{empty}\n{prefix}")
            else:
                self.out.append(prefix)
            self.breaks, self.space = 0, False
        if self.bullet:
            self.out[-1] = self._with_bullet(self.out[-1])
        if self.space:
            self.out.append(" ")
        self.out += self.marks
        self.out.append(words)
        self.space, self.marks = False, []

    def _with_bullet(self, prefix: str) -> str:
        bullet, self.bullet = self.bullet, ""
        whole = prefix.endswith(" " * len(bullet))
        return prefix[: -len(bullet)] + bullet if whole else prefix

    def text(self, words: str) -> None:
        """Write a text: white space is one space, and none at the beginning of a line."""
        if self.raw is not None:
            self.raw.append(words)
            return
        core = _WHITE.sub(" ", words)
        if core[:1] == " ":
            self.space = self.space or bool(self.out and not self.breaks)
        bare = core.strip(" ")
        if bare:
            self.write(bare.replace("|", "\\|") if self.in_table else bare)
            self.space = core[-1] == " "

    def end_code(self) -> None:
        """Write the code that was gathered: a fence, or within the line; ticks in it part nothing."""
        source, fence = "".join(self.raw or ()), self.fence
        self.raw, self.fence = None, ""
        ticks = max((len(run) for run in _TICKS.findall(source)), default=0)
        if fence:
            bar = "`" * max(3, ticks + 1)
            self.line(2)
            for line in (f"{bar}{fence.strip()}", *source.strip("\n").split("\n"), bar):
                self.write(line)
                self.line(1)
            self.line(2)
        elif source:
            bar = "`" * (ticks + 1)
            pad = " " if source[0] == "`" or source[-1] == "`" else ""
            self.write(f"{bar}{pad}{source}{pad}{bar}")
