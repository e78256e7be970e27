"""Code in notes: fences that nothing in them can close, and that no plugin executes.

A fenced block is data to CommonMark, but to Obsidian and its plugins its language is a command:
`dataviewjs`, `tasks`, `query`, `base`, `button`, `templater`, `mermaid` (fetches images), `plantuml`
(sends the code away)… New ones appear every week, so languages are allowed by name, and all others
become `text`. Templater alone looks inside code of any language: its `<%` is broken by an invisible
character, the only change that is ever made to code.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

#: An invisible character that ends a token for every reader.
BREAK: Final = "\N{ZERO WIDTH SPACE}"

#: Names after a fence that highlight and do nothing else.
LANGUAGES: Final = frozenset(
    """
    abap ada adoc apache apex apl applescript arduino arm asciidoc asm asp assembly astro awk
    bash basic bat batch bibtex c c# c++ cc cfg clj clojure cls cmake cmd cobol coffee coffeescript
    conf console cpp crystal cs csharp csharp8 cshtml csv css cuda cxx cypher cython d dart delphi
    diff django docker dockerfile dos elisp elixir elm emacs-lisp env erl erlang f# f90 fish fortran
    fs fsharp gcode gd gdscript gherkin git gitignore glsl gnuplot go golang gql gradle graphql
    groovy h haml handlebars haskell hcl hlsl hpp hs html http ini ini-file ipython java javascript
    jinja jinja2 jq js json json5 jsonc jsonl jsonnet jsp jsx julia kotlin kql ksh kt kts latex less
    lisp log lua m make makefile markdown markup matlab md metal mips mysql nasm nginx nim nix
    objc objective-c objectivec ocaml octave odin opencl pas pascal patch perl pgsql php php7
    pl plain plaintext plpgsql plsql postgres postgresql postscript powershell proto protobuf ps1
    pug puppet purescript py py3 pycon pyi python python2 python3 pytb qml r racket raku rb reg
    regex rego rest rkt robot rs rst ruby rust s sas sass scala scheme scm scss sed sh shell
    shell-session sml solidity sparql sql sqlite ssh-config stata stylus styl sv svelte swift
    systemd systemverilog tcl terminal terraform tex text tf toml traceback ts tsql tsv tsx twig txt
    typescript typst v vala vb vb.net vba vbnet verilog vhdl vim viml vimscript vue wasm wat wgsl
    xhtml xml xpath xquery xsl xslt yaml yml zig zsh
    """.split()  # noqa: SIM905 - a table of words
)

#: What a citation leaves in the text until its footnote is written there (see `footnotes`).
MARK: Final = "\x02"

#: Code in a line that Dataview, Meta Bind, Buttons or Dice Roller takes for a command.
COMMAND: Final = r"\s{0,99}(?:\$?=|(?:INPUT|VIEW|BUTTON)\[|button-|dice(?:-mod)?:)"

_WORD = re.compile(r"[A-Za-z0-9+#._-]+")
_TICKS = re.compile(r"`{3,}")


def language(info: str) -> str:
    """Return the language that the text after a fence names, `text` unless it is a harmless one."""
    found = _WORD.match(info.strip())
    name = found[0].lower() if found else ""
    return name if name in LANGUAGES else "text" if info.strip() else ""


def defused(code: str) -> str:
    """Return code in which Templater finds no command."""
    return code.replace("<%", f"<{BREAK}%") if "<%" in code else code


def fence(code: str, info: str = "text", *, prefix: str = "", later: str = "") -> str:
    """Return `code` as a fenced block whose fence is longer than any run of back-ticks in it.

    `info` is what the sender wrote after the fence; `prefix` stands before the first line, `later`
    before every other. Marks in the code come out behind it. The result ends without a newline.
    """
    marks = MARK * (info.count(MARK) + code.count(MARK))
    if marks:
        info, code = info.replace(MARK, ""), code.replace(MARK, "")
    ticks = _ticks(code)
    code = defused(code)
    if later:
        code = "\n".join(later + line if line else later.rstrip() for line in code.split("\n"))
    end = f"{later}{ticks}\n{later}{marks}" if marks else later + ticks
    body = f"{code}\n" if code else ""
    return f"{prefix}{ticks}{language(info)}\n{body}{end}"


def _ticks(code: str) -> str:
    longest = max(map(len, _TICKS.findall(code)), default=2) if "```" in code else 2
    return "`" * (longest + 1)


# --- Finding the fences of a text ----------------------------------------------------------------


class Block(NamedTuple):
    """A fenced block from `start` to `end` of a text, and `text`, on which all readers agree.

    `certain` says that every reader takes it for code, wherever the text stands; `code` is the body.
    """

    start: int
    end: int
    text: str
    code: str
    certain: bool


_MARKER = r"(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t]))"
_OPENER = re.compile(
    rf"\n([ \t]*(?:{_MARKER}[ \t]*)*)(`{{3,}}(?=[^`\n]*(?:\n|\Z))|~{{3,}})([^\n]*)"
)
_CLOSER = re.compile(rf"\n([ \t]*)(`{{3,}}|~{{3,}})([ \t{MARK}]*)(?=\n|\Z)")
_NOT_QUOTE = re.compile(r"[^\s>]")
_DEEPEST = 8  # quotes in quotes in which fences are looked for


def blocks(text: str) -> Iterator[Block]:
    """Find the fenced blocks of `text`, which begins with a newline; so does each of its lines.

    A block is found liberally, as its author meant it: in quotes, in lists at any indentation, its
    body less indented than its fence, unclosed. It is written again so that readers cannot
    differ: with a longer fence, every line at the place that the first one gives, and an end.
    """
    position = 0
    while opener := _OPENER.search(text, position):
        block = _block(text, opener)
        yield block
        position = block.end


def _block(text: str, opener: re.Match[str]) -> Block:
    prefix = opener[1].expandtabs(4)
    later = _NOT_QUOTE.sub(" ", prefix)  # what stands before the following lines
    depth = later.count(">")
    indent = len(later) - later.rfind(">") - 1 - (1 if depth else 0)
    read = _quoted(text, opener, indent, depth) if depth else _plain(text, opener, indent)
    body = re.sub(rf"\n {{0,{indent}}}", "\n", read.body) if indent > 0 else read.body
    return Block(
        start=opener.start(),
        end=read.end,
        text=fence(body[1:], opener[3] + read.marks, prefix=prefix, later=later),
        code=read.body,
        certain=not depth and len(prefix) <= 3 and prefix == later,
    )


class _Read(NamedTuple):
    """The body of a block, a newline before each of its lines, where it ends, and marks at its end."""

    body: str
    end: int
    marks: str


def _plain(text: str, opener: re.Match[str], indent: int) -> _Read:
    begin = end = opener.end()
    fence_mark = opener[2][:3]
    while (at := text.find(fence_mark, end)) >= 0:  # far faster than a search for _CLOSER
        line = _CLOSER.match(text, text.rfind("\n", begin, at))
        if line and _closes(line, opener[2], indent):
            return _Read(text[begin : line.start()], line.end(), line[3].count(MARK) * MARK)
        end = text.find("\n", at)
        if end < 0:
            break
    return _Read(text[begin:], len(text), "")


def _quoted(text: str, opener: re.Match[str], indent: int, depth: int) -> _Read:
    """Read on as long as lines are quoted as deeply as the first."""
    quoted = re.compile(rf"\n(?:[ \t]*>){{{min(depth, _DEEPEST)}}} ?([^\n]*)")
    body: list[str] = []
    position, marks = opener.end(), ""
    while quote := quoted.match(text, position):
        position = quote.end()
        line = "\n" + quote[1]
        closer = _CLOSER.fullmatch(line)
        if closer and _closes(closer, opener[2], indent):
            marks = closer[3].count(MARK) * MARK
            break
        body.append(line)
    return _Read("".join(body), position, marks)


def _closes(line: re.Match[str], opened: str, indent: int) -> bool:
    return (
        line[2][0] == opened[0]
        and len(line[2]) >= len(opened)
        and len(line[1].expandtabs(4)) <= indent + 3
    )
