"""Values → bytes, the same at every call: JSON, JSON lines and ZIPs."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping

_DAY = (2026, 6, 1, 12, 0, 0)


def dump(value: object) -> bytes:
    """Return a value as JSON."""
    return json.dumps(value, ensure_ascii=False).encode()


def json_lines(values: Iterable[object]) -> list[bytes]:
    """Return each value as a line."""
    return [dump(value) + b"\n" for value in values]


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return a ZIP with these members, name → bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return packed.getvalue()
