"""Tool results that were too long for the session and are kept in a file beside it.

`…/<session>/tool-results/<id>.txt` → `<session>/<id>`. Ids are short, so the session belongs to
the name; a sub-agent's results lie in the folder of its parent.
"""

import re
from collections.abc import Iterator

from polylogue.model import Attachment

_FILE = re.compile(
    r"([^/\\\s:\"'<>|]{1,255})[/\\]tool-results[/\\]([^/\\\s\"'<>|]{1,250}?)\.(txt|json)\b"
)
_TYPES = {"txt": "text/plain", "json": "application/json"}
_SAVED = ("<persisted-output>", "saved to")


def asset_ref(member_name: str) -> str | None:
    """Return the id of the tool result that is kept as `member_name`, else None."""
    if "tool-results" not in member_name:
        return None
    found = _FILE.search(member_name)
    if found is None or found.end() != len(member_name) or found[2].startswith("hook-"):
        return None
    return f"{found[1]}/{found[2]}"


def saved(output: str) -> Iterator[Attachment]:
    """Yield the file that `output`, what a tool gave back, says that the rest is in."""
    if "tool-results" in output and any(sign in output for sign in _SAVED):
        for found in _FILE.finditer(output, 0, 4096):
            name = f"{found[2]}.{found[3]}"
            yield Attachment(ref=f"{found[1]}/{found[2]}", name=name, mime_type=_TYPES[found[3]])
            return
