"""Images and documents in a session → Attachment parts; their bytes are kept once."""

from collections.abc import Iterator

from polylogue.model import Attachment, Json, Part
from polylogue.parsers.findings import Findings
from polylogue.parsers.narrow import keys, text, word

#: The types of the blocks that hold a file.
KINDS = frozenset({"image", "document"})


def read(block: dict[str, Json], findings: Findings) -> Iterator[Part]:
    """Yield the file in an `image` or `document` block."""
    source = keys(block.get("source"))
    name, mime_type = word(block.get("title")), word(source.get("media_type"))
    shown = findings.file(source.get("data"), mime_type, name)
    if shown is not None:
        yield shown
    elif word(source.get("type")) == "text":
        words = text(source.get("data"))
        yield Attachment(name=name, mime_type=mime_type, extracted_text=words)
    elif address := word(source.get("url")) or word(source.get("file_id")):
        yield Attachment(ref=address, name=name or address, mime_type=mime_type)
    else:
        yield findings.unknown("content[].source", word(block.get("type")), block)
