"""A date as Google writes it on a page, in the language of the account → ms since the epoch.

    Jan 2, 2026, 10:00:00 AM CET     1. 1. 2026 10:00:00 SEČ     2026年1月2日 10:00:00 JST

One time of day, one year, a month as a number or by its name, and a zone. A zone that is not known
is no time at all: to take it for UTC would be wrong by hours, and nobody would see it.
"""

# ruff: noqa: RUF001 (months are named in other alphabets)

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_CLOCK = re.compile(r"(?<!\d)(\d{1,2})[:.](\d{2})[:.](\d{2})(?!\d)")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+")
_OFFSET = re.compile(r"(?:GMT|UTC)\s*([+\-\u2212])(\d{1,2})(?::?(\d{2}))?\s*\Z")
_LONGEST = 80  # characters

_AFTERNOON = re.compile(r"\b(?:p\.?\s?m|nachm|odp)\b|오후|午後|下午", re.IGNORECASE)
_MORNING = re.compile(r"\b(?:a\.?\s?m|vorm|dop)\b|오전|午前|上午", re.IGNORECASE)

#: How the names of months begin; the longer beginning is found first.
_MONTHS: Final = {
    beginning: number
    for number, names in enumerate(
        (
            "jan ene janv gen sty led янв січ oca tam",
            "feb fév fev fevr févr lut úno únor фев лют şub hel",
            "mar mär mrt mars märz maa bře бер март мар maalis",
            "apr abr avr kwi dub апр кві nis huh",
            "may mai maj mei mag kvě май мая тра touko",
            "jun juin giu cze črv červen июн чер haz kes kesä",
            "jul juil lug lip čvc červenec июл лип tem hei heinä",
            "aug ago août aoû sie srp авг сер ağu elo",
            "sep sept set wrz zář сен сент вер eyl syys",
            "oct okt oct out ott paź říj окт жов eki loka",
            "nov lis list noy ноя лис kas marras",
            "dec dez déc dic dis gru pro des дек гру ara joulu",
        ),
        start=1,
    )
    for beginning in names.split()
}
_LONGEST_MONTH = max(map(len, _MONTHS))

#: Minutes east of UTC. Where one abbreviation stands for several zones, the one with the most people
#: who write it (CST is told apart by the script).
_ZONES: Final = {
    name: minutes
    for minutes, names in {
        -600: "HST",
        -540: "AKST HDT",
        -480: "PST AKDT",
        -420: "MST PDT",
        -360: "CST MDT",
        -300: "EST CDT COT PET",
        -240: "EDT AST CLT VET BOT",
        -180: "BRT ART ADT CLST UYT",
        0: "UTC GMT Z WET",
        60: "CET MEZ SEČ BST WEST WAT",
        120: "CEST MESZ SELČ EET SAST CAT",
        180: "EEST MSK TRT EAT",
        240: "GST SAMT",
        300: "PKT UZT YEKT",
        330: "IST",
        345: "NPT",
        360: "BDT OMST",
        420: "ICT WIB KRAT",
        480: "HKT SGT MYT PHT WITA AWST IRKT",
        540: "JST KST WIT YAKT",
        570: "ACST",
        600: "AEST VLAT",
        630: "ACDT",
        660: "AEDT",
        720: "NZST",
        780: "NZDT",
    }.items()
    for name in names.split()
}
_CHINA = 480


def to_ms(line: str) -> int | None:
    """Return the moment that `line` tells and nothing else; None when it tells none, or no zone."""
    moment, zone = _wall_clock(line), _zone(line)
    if moment is None or zone is None:
        return None
    return round((moment.replace(tzinfo=UTC) - timedelta(minutes=zone)).timestamp() * 1000)


def is_date(line: str) -> bool:
    """Say whether `line` is a date with a time, of whatever zone."""
    return _wall_clock(line) is not None


def _wall_clock(line: str) -> datetime | None:
    clock = _CLOCK.search(line) if len(line) <= _LONGEST else None
    if clock is None:
        return None
    day = _day(line[: clock.start()])
    if day is None:
        return None
    hour, minute, second = map(int, clock.groups())
    if hour < 12 and _AFTERNOON.search(line):
        hour += 12
    elif hour == 12 and _MORNING.search(line):
        hour = 0
    try:
        return datetime(*day, hour, minute, second)  # noqa: DTZ001 (the zone is told apart)
    except ValueError:
        return None


def _day(line: str) -> tuple[int, int, int] | None:
    """Return year, month and day: the order is told by the year and by a month's name."""
    numbers = [int(digits) for digits in _NUMBER.findall(line) if len(digits) <= 4]
    months = [month for word in _WORD.findall(line) if (month := _month(word)) is not None]
    years = [number for number in numbers if number > 1900]
    rest = [number for number in numbers if number <= 31]
    if len(years) != 1 or len(numbers) != len(rest) + 1:
        return None
    if len(rest) == 1 and months:
        return years[0], months[0], rest[0]
    if len(rest) != 2:
        return None
    first, second = rest
    is_month_first = numbers[0] == years[0] or second > 12
    return (years[0], first, second) if is_month_first else (years[0], second, first)


def _month(word: str) -> int | None:
    name = word.casefold()
    beginnings = (name[:length] for length in range(min(len(name), _LONGEST_MONTH), 1, -1))
    return next((_MONTHS[one] for one in beginnings if one in _MONTHS), None)


def _zone(line: str) -> int | None:
    offset = _OFFSET.search(line)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return minutes if offset[1] == "+" else -minutes
    words = _WORD.findall(line)
    name = words[-1] if words else ""
    if name == "CST" and "年" in line:
        return _CHINA
    return _ZONES.get(name)
