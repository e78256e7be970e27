"""What one conversation may cost to read beyond its length.

Nearly all reading is linear. What is not (patterns that are matched, references that are looked for
in a text) is paid from a budget, so that no input can hold a lane for minutes. Steps are counted
and not seconds: the same bytes give the same records on any machine.
"""

_WORK = 200_000_000  # steps of matching: about a second
_TEXT = 32 * 2**20  # code points of text that is not in the input: versions of documents


class Budget:
    """What is left to spend in a conversation."""

    def __init__(self) -> None:
        self.work = _WORK
        self.text = _TEXT

    def spend(self, *, work: int = 0, text: int = 0) -> bool:
        """Take the cost from the budget if there is that much; tell whether there was."""
        if work > self.work or text > self.text:
            return False
        self.work -= work
        self.text -= text
        return True
