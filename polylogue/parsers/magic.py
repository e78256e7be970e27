"""What kind of file some bytes are, told by how they begin.

Exports lie about their attachments: `.png` files hold WebP, newer ChatGPT exports name everything
`.dat`. One table, first match wins; text has no magic and is not in it.
"""

import re
from typing import Final


def _starts(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


_OOXML = "application/vnd.openxmlformats-officedocument"

#: How a file begins, its MIME type, its extension. An Office file is a ZIP whose members' names say
#: which; an ISO media file (MP4 and kin) names its brand in the box `ftyp`.
_TYPES: Final = (
    (_starts(rb"\x89PNG\r\n\x1a\n"), "image/png", ".png"),
    (_starts(rb"\xff\xd8\xff"), "image/jpeg", ".jpg"),
    (_starts(rb"GIF8[79]a"), "image/gif", ".gif"),
    (_starts(rb"RIFF....WEBP"), "image/webp", ".webp"),
    (_starts(rb"RIFF....WAVE"), "audio/wav", ".wav"),
    (_starts(rb"....ftyp(?:avif|avis)"), "image/avif", ".avif"),
    (_starts(rb"....ftyp(?:mif1|msf1).{4}(?:.{4}){0,8}avif"), "image/avif", ".avif"),
    (_starts(rb"....ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)"), "image/heic", ".heic"),
    (_starts(rb"....ftypM4[AB] "), "audio/mp4", ".m4a"),
    (_starts(rb"....ftypqt  "), "video/quicktime", ".mov"),
    (_starts(rb"....ftyp"), "video/mp4", ".mp4"),
    (_starts(rb"\x1aE\xdf\xa3.{0,64}webm"), "video/webm", ".webm"),
    (_starts(rb"OggS"), "audio/ogg", ".ogg"),
    (_starts(rb"fLaC"), "audio/flac", ".flac"),
    (_starts(rb"ID3|\xff[\xf2\xf3\xfa\xfb]"), "audio/mpeg", ".mp3"),
    (_starts(rb"BM.{4}\0\0\0\0"), "image/bmp", ".bmp"),
    (_starts(rb"II\*\0|MM\0\*"), "image/tiff", ".tiff"),
    (_starts(rb"%PDF-"), "application/pdf", ".pdf"),
    (_starts(rb"PK\x03\x04.*word/"), f"{_OOXML}.wordprocessingml.document", ".docx"),
    (_starts(rb"PK\x03\x04.*xl/"), f"{_OOXML}.spreadsheetml.sheet", ".xlsx"),
    (_starts(rb"PK\x03\x04.*ppt/"), f"{_OOXML}.presentationml.presentation", ".pptx"),
    (_starts(rb"PK\x03\x04|PK\x05\x06"), "application/zip", ".zip"),
    (_starts(rb"\x1f\x8b\x08"), "application/gzip", ".gz"),
    (
        _starts(
            rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<!DOCTYPE svg[^>]*>\s*)*<svg[\s>]"
        ),
        "image/svg+xml",
        ".svg",
    ),
)


def sniff_type(head: bytes) -> tuple[str, str] | None:
    """Return (MIME type, extension with its dot) of the file that begins with `head`, else None.

    A few hundred bytes suffice for most; some 4 KiB let an Office file be told from a plain ZIP.
    """
    for pattern, mime_type, extension in _TYPES:
        if pattern.match(head):
            return mime_type, extension
    return None
