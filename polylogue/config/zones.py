"""The time zone in which notes show times."""

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_LOCALTIME = Path("/etc/localtime")


def zone(name: str, environ: Mapping[str, str]) -> dt.tzinfo:
    """Return the zone with this IANA name; for "local" that of `$TZ` or of the machine, else UTC."""
    if name != "local":
        return zoneinfo.ZoneInfo(name)
    with suppress(zoneinfo.ZoneInfoNotFoundError, ValueError):
        if named := environ.get("TZ"):
            return zoneinfo.ZoneInfo(named.removeprefix(":"))
    with suppress(OSError, ValueError), _LOCALTIME.open("rb") as file:
        return zoneinfo.ZoneInfo.from_file(file, key="localtime")
    return dt.UTC
