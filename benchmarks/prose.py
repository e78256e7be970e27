"""Invented chat text: a fixed vocabulary drawn as Zipf's law has it, in ordinary Markdown.

What a benchmark of text must get right is the statistics: a few words are most of the text and most
words are rare (that sets the cost of the search index), and lists, fences, tables and links are as
frequent as in answers of a chat model (that sets the cost of rendering). What the words are does
not matter, so they are made of syllables.

Drawing each word anew would make the generator the slowest part of a benchmark. So one long list is
drawn once, and a sentence is a slice of it at a random place with a random stride: as good as drawn
(65,536 places, 61 strides), and ten times faster.
"""

from collections.abc import Callable
from functools import cache
from itertools import accumulate
from random import Random

VOCABULARY = 12_000
DRAWN = 1 << 16
STRIDES = 61
LONGEST_SENTENCE = 20

_HEADS = ("b", "br", "c", "d", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "qu", "r", "s", "st", "t", "v", "w")  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u", "a", "e", "i", "ou")
_TAILS = ("", "", "", "l", "n", "r", "s", "t", "nd")
_FOREIGN = ("ä", "é", "ö", "ü", "ß", "ñ", "漢字", "данные", "\U0001f44d", "\U0001f680", "→", "—")
_LANGUAGES = ("python", "python", "bash", "json", "typescript", "sql", "")


def _word(random: Random, rank: int) -> str:
    """Make a word: frequent ones are short, one in fifty is not ASCII."""
    syllables = 1 + (rank > 60) + (rank > 1_500) + (random.random() < 0.25)
    parts = (random.choice(_HEADS) + random.choice(_VOWELS) for _ in range(syllables))
    ending = random.choice(_FOREIGN) if rank % 50 == 49 else random.choice(_TAILS)
    return "".join(parts) + ending


@cache
def _drawn_words() -> list[str]:
    """Return the fixed list that sentences are slices of: the same in every process."""
    random = Random("polylogue benchmarks: words")
    words = [_word(random, rank) for rank in range(VOCABULARY)]
    weights = accumulate(1 / (rank + 2.7) for rank in range(VOCABULARY))
    return random.choices(words, cum_weights=list(weights), k=DRAWN + LONGEST_SENTENCE * STRIDES)


def words(random: Random, count: int) -> list[str]:
    """Return `count` (at most `LONGEST_SENTENCE`) words."""
    start = random.randrange(DRAWN)
    stride = 1 + random.randrange(STRIDES)
    return _drawn_words()[start : start + count * stride : stride]


def title(random: Random) -> str:
    """Return a conversation's title: two to six words."""
    return " ".join(words(random, 2 + random.randrange(5))).title()


def sentence(random: Random) -> str:
    """Return one sentence; about every third holds a bit of inline Markdown."""
    chosen = words(random, 5 + random.randrange(LONGEST_SENTENCE - 5))
    chosen[0] = chosen[0].capitalize()
    place = 1 + random.randrange(len(chosen) - 1)
    decoration = random.random()
    if decoration < 0.12:
        chosen[place] = f"**{chosen[place]}**"
    elif decoration < 0.24:
        chosen[place] = f"`{chosen[place]}`"
    elif decoration < 0.28:
        chosen[place] = f"[{chosen[place]}](https://example.org/{chosen[0]}/{chosen[-1]})"
    elif decoration < 0.5:
        chosen[place] += ","
    return " ".join(chosen) + random.choice("....?!:")


def paragraph(random: Random) -> str:
    """Return two to four sentences."""
    return " ".join(sentence(random) for _ in range(2 + random.randrange(3)))


def code(random: Random) -> str:
    """Return three to eight lines that look like a program."""
    lines = []
    for number in range(3 + random.randrange(6)):
        name, called, argument = words(random, 3)
        lines.append(f"{'    ' * (number % 3)}{name} = {called}({argument!r}, {number})")
    return "\n".join(lines)


def output(random: Random, characters: int) -> str:
    """Return what a program prints: lines of words, so many characters or a line more."""
    lines: list[str] = []
    while characters > 0:
        lines.append(" ".join(words(random, 1 + random.randrange(14))))
        characters -= len(lines[-1]) + 1
    return "\n".join(lines)


def _fence(random: Random) -> str:
    return f"```{random.choice(_LANGUAGES)}\n{code(random)}\n```"


def _heading(random: Random) -> str:
    return f"## {title(random)}\n\n{paragraph(random)}"


def _bullets(random: Random) -> str:
    return "\n".join(f"- {sentence(random)}" for _ in range(3 + random.randrange(4)))


def _steps(random: Random) -> str:
    return "\n".join(f"{n}. **{title(random)}** {sentence(random)}" for n in range(1, 5))


def _table(random: Random) -> str:
    rows = ["| " + " | ".join(words(random, 4)) + " |" for _ in range(5)]
    return "\n".join([rows[0], "|---|---|---|---|", *rows[1:]])


def _quote(random: Random) -> str:
    return f"> {sentence(random)}"


# How often each kind of block stands in an answer.
_BLOCKS: dict[Callable[[Random], str], int] = {
    paragraph: 45,
    _bullets: 18,
    _heading: 14,
    _fence: 10,
    _steps: 7,
    _table: 3,
    _quote: 3,
}


def question(random: Random) -> str:
    """Return what a person types: a sentence or some, now and then with code pasted below."""
    asked = " ".join(sentence(random) for _ in range(1 + random.randrange(4)))
    return f"{asked}\n\n{_fence(random)}" if random.random() < 0.08 else asked


def answer(random: Random) -> str:
    """Return what a model writes: two to six blocks of Markdown."""
    count = 2 + random.randrange(5)
    kinds = random.choices(list(_BLOCKS), weights=list(_BLOCKS.values()), k=count)
    return "\n\n".join(block(random) for block in kinds)
