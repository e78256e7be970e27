"""The title of an activity is what a person did, and then in the same line what they typed.

The verb is in the language of the account, and Google does not say which languages there are. The
table knows those that were seen; with any other the verb stays before the prompt, so that no word
is lost, and the ledger tells.
"""

import re
from typing import Final, Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal["prompt", "canvas", "other"]

_PROMPTS: Final = (
    *("Prompted with:", "Prompted", "Submitted query", "Live Prompt", "Branched", "Said"),
    *("Asked Gemini:", "Asked Bard:", "Asked", "Added chat from link:"),
    *("Eingegebener Prompt:", "Pokyn", "送信したメッセージ:"),
)
_CANVASES: Final = ("Created Gemini Canvas titled",)
#: What holds no words of a chat.
_OTHERS: Final = (
    *("Gave feedback", "Cleared previous feedback", "Answered survey question"),
    *("Selected preferred draft", "Used an Assistant feature", "Used Gemini", "Used Bard"),
)

_KINDS: Final[tuple[tuple[Kind, tuple[str, ...]], ...]] = (
    ("other", _OTHERS),
    ("canvas", _CANVASES),
    ("prompt", _PROMPTS),
)
_FIXED_SPACE = "\N{NO-BREAK SPACE}"
_LONGEST_VERB = 60  # characters
_ATTACHED = re.compile(r"(?:\A|\s)Attached \d{1,4} files?\.\s*\Z")


class Said(NamedTuple):
    """A title taken apart; `known` says whether its verb was."""

    kind: Kind
    words: str
    known: bool = True


def take_apart(title: str) -> Said:
    """Return what kind of thing was done, and the words that follow the verb."""
    plain = title.replace(_FIXED_SPACE, " ").lstrip()
    for kind, verbs in _KINDS:
        for verb in verbs:
            if plain.startswith(verb) and (kind == "other" or _ends(plain, verb)):
                return Said(kind, title.lstrip()[len(verb) :].strip())
    return Said("prompt", title.strip(), known=False)


def take_apart_marked(title: str) -> Said:
    """Do the same where the first no-break space stands behind the verb, as it does on pages."""
    said = take_apart(title)
    verb, mark, words = title.lstrip().partition(_FIXED_SPACE)
    if said.known or not mark or len(verb) > _LONGEST_VERB:
        return said
    return Said("prompt", words.removeprefix(":").strip())


def without_count(words: str) -> str:
    """Return a prompt without the count of its files, which Google writes behind it."""
    return _ATTACHED.sub("", words).rstrip()


def _ends(title: str, verb: str) -> bool:
    return len(title) == len(verb) or title[len(verb)].isspace() or verb.endswith(":")
