"""What a page may do: show itself, and files of the vault beside it. Nothing else."""

import base64
import hashlib
from functools import cache
from importlib.resources import files


def policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy of a page with one style and perhaps one script of its own."""
    return "; ".join(
        (
            "default-src 'none'",
            "img-src 'self' data:",
            "media-src 'self' data:",
            f"style-src {_hash(style)}",
            f"script-src {_hash(script)}" if script else "script-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def resource(name: str) -> str:
    """Return a style or script of polylogue's own, as it stands in a page."""
    folder = files("polylogue.render") / "templates" / "html"
    return (folder / name).read_text(encoding="utf-8")
