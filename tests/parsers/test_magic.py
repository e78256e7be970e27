"""What kind of file some bytes are."""

import io
import zipfile

import pytest

from polylogue.parsers.magic import sniff_type


def _zip(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("head", "mime_type", "extension"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png", ".png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg", ".jpg"),
        (b"GIF89a", "image/gif", ".gif"),
        (b"RIFF\x24\n\0\0WEBPVP8 ", "image/webp", ".webp"),
        (b"RIFF\x24\n\0\0WAVEfmt ", "audio/wav", ".wav"),
        (b"\0\0\0\x20ftypavif\0\0\0\0", "image/avif", ".avif"),
        (b"\0\0\0\x20ftypmif1\0\0\0\0mif1avif", "image/avif", ".avif"),
        (b"\0\0\0\x20ftypmif1\0\0\0\0mif1heic", "image/heic", ".heic"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic", ".heic"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0", "audio/mp4", ".m4a"),
        (b"\0\0\0\x18ftypqt  \0\0\0\0", "video/quicktime", ".mov"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "video/mp4", ".mp4"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "video/webm", ".webm"),
        (b"OggS\0\x02", "audio/ogg", ".ogg"),
        (b"fLaC\0\0\0\x22", "audio/flac", ".flac"),
        (b"ID3\x04", "audio/mpeg", ".mp3"),
        (b"\xff\xfb\x90\x64", "audio/mpeg", ".mp3"),
        (b"BM\x36\x10\0\0\0\0\0\0", "image/bmp", ".bmp"),
        (b"II*\0\x08\0\0\0", "image/tiff", ".tiff"),
        (b"MM\0*\0\0\0\x08", "image/tiff", ".tiff"),
        (b"%PDF-1.7\n", "application/pdf", ".pdf"),
        (b"\x1f\x8b\x08\0", "application/gzip", ".gz"),
        (b"<svg xmlns='x'>", "image/svg+xml", ".svg"),
        (b'<?xml version="1.0"?>\n<!-- made by -->\n<svg\n>', "image/svg+xml", ".svg"),
        (_zip("notes.txt"), "application/zip", ".zip"),
        (_zip(), "application/zip", ".zip"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_type_by_content(head: bytes, mime_type: str, extension: str) -> None:
    """A file is told by its first bytes."""
    assert sniff_type(head) == (mime_type, extension)


@pytest.mark.parametrize(
    ("folder", "extension"), [("word", ".docx"), ("xl", ".xlsx"), ("ppt", ".pptx")]
)
def test_office_files(folder: str, extension: str) -> None:
    """An Office file is a ZIP with a folder that gives it away."""
    found = sniff_type(_zip("[Content_Types].xml", f"{folder}/main.xml"))

    assert found is not None
    assert found[1] == extension


@pytest.mark.parametrize(
    "head", [b"", b"{}", b"plain text", b"<html><svg>", b"BMW is a make of car", b"\0" * 64]
)
def test_text_has_no_type(head: bytes) -> None:
    """Text, and what nobody knows, is not guessed."""
    assert sniff_type(head) is None
