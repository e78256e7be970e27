"""Reads a note as Obsidian does, as far as its structure goes, and complains like a reviewer."""

import re
from typing import Any

import yaml

_QUOTES = re.compile(r"(?:> ?)*")
_FENCE = re.compile(r"(?: |[-*+] |\d+[.)] )*(`{3,})([^`]*)")
_LINK = re.compile(r"(!?)\[\[([^\[\]\n]*)\]\]")
_CALLOUT = re.compile(r"\[!([a-z]+)\](-?) \S")


class Note:
    """A note taken apart: properties, headings, callouts, embeds, links and block ids, in order."""

    def __init__(self, text: str) -> None:
        _, front, self.body = re.split(r"(?:^|\n)---\n", text, maxsplit=2)
        self.properties: dict[str, Any] = yaml.safe_load(front)
        self.headings: list[str] = []
        self.callouts: list[str] = []
        self.embeds: list[str] = []
        self.links: list[str] = []
        self.blocks: list[str] = []
        self.footnotes: list[str] = []
        self.problems: list[str] = []
        fence = ""
        depth = 0
        before = "---"
        for line in self.body.split("\n"):
            quotes = _QUOTES.match(line)
            assert quotes
            deep, rest = quotes[0].count(">"), line[quotes.end() :]
            found = _FENCE.fullmatch(rest)
            if fence:
                if deep < depth:
                    self.problems.append(f"a callout ends in a fence: {line!r}")
                if found and not found[2] and len(found[1]) >= len(fence):
                    fence = ""
            elif found:
                fence, depth = found[1], deep
            else:
                self._prose(rest, deep)
            if not line and not before and not fence:
                self.problems.append("two blank lines")
            before = line
        if fence:
            self.problems.append("a fence is not closed")

    def _prose(self, line: str, deep: int) -> None:
        if line.startswith(("# ", "## ")):
            self.headings.append(line)
        if found := _CALLOUT.match(line):
            self.callouts.append(found[1])
            if not deep:
                self.problems.append(f"a callout is not quoted: {line!r}")
        if re.fullmatch(r"\^[a-z0-9-]+", line):
            self.blocks.append(line)
        if found := re.match(r"\[\^(\d+)\]: ", line):
            self.footnotes.append(found[1])
        code = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        for bang, target in _LINK.findall(code):
            (self.embeds if bang else self.links).append(target)
        if "[[" in _LINK.sub("", code):
            self.problems.append(f"half a link: {line!r}")
        if re.search(r"(?:^|\s)#[\w/-]*[^\W\d]", code):
            self.problems.append(f"a tag: {line!r}")
