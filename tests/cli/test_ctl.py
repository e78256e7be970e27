"""`polylogue ctl`: what is asked of the daemon, and how its answers are told."""

import json
from typing import Any

import pytest
from cli_place import Place
from control_server import Control, refusal

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("words", "request_", "answer", "said"),
    [
        pytest.param(
            ["scan"], "/v1/scan", {"scanned": True}, "Everything was looked at.", id="scan"
        ),
        pytest.param(
            ["pause"],
            "/v1/pause",
            {"paused": True},
            "Paused: nothing is taken in until `polylogue ctl resume`.",
            id="pause",
        ),
        pytest.param(["resume"], "/v1/resume", {"paused": False}, "It goes on.", id="resume"),
        pytest.param(
            ["stop"], "/v1/stop", {"stopping": True}, "polylogued is stopping.", id="stop"
        ),
        pytest.param(
            ["reload"],
            "/v1/reload",
            {"applied": [], "needs_restart": []},
            "Nothing in the configuration has changed.",
            id="reload-nothing",
        ),
        pytest.param(
            ["reload"],
            "/v1/reload",
            {"applied": ["inbox.settle_seconds"], "needs_restart": ["paths.vault", "paths.data"]},
            "Now holds: inbox.settle_seconds.\n"
            "Holds after a restart of polylogued: paths.vault, paths.data.",
            id="reload",
        ),
        pytest.param(
            ["inbox", "retry", "old.zip"],
            "/v1/inbox/retry",
            {"retried": "old.zip"},
            "old.zip is tried again.",
            id="retry",
        ),
    ],
)
def test_orders(
    place: Place, control: Control, words: list[str], request_: str, answer: Json, said: str
) -> None:
    """An order is one POST, and its effect one sentence."""
    control.answers[f"POST {request_}"] = [answer]
    result = place.run("ctl", *words)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{said}\n", "")
    assert [request for request, _ in control.asked] == [f"POST {request_}"]


def test_retry_names_the_file(place: Place, control: Control) -> None:
    """The name goes to the daemon as it was given."""
    control.answers["POST /v1/inbox/retry"] = [{"retried": "a b.zip"}]
    place.run("ctl", "inbox", "retry", "a b.zip")
    assert control.asked == [("POST /v1/inbox/retry", {"name": "a b.zip"})]


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        pytest.param(
            ["--all"], {"all": True, "provider": None, "since": None, "ids": []}, id="all"
        ),
        pytest.param(
            ["--provider", "codex", "--since", "1970-01-02"],
            {"all": False, "provider": "codex", "since": 86_400_000, "ids": []},
            id="since",
        ),
        pytest.param(
            ["a", "b"], {"all": False, "provider": None, "since": None, "ids": ["a", "b"]}, id="ids"
        ),
    ],
)
def test_rerender(place: Place, control: Control, words: list[str], sent: Json) -> None:
    """What is chosen goes to the daemon, a day as the milliseconds at which it begins here."""
    control.answers["POST /v1/rerender"] = [{"marked": 1204}]
    result = place.run("ctl", "rerender", *words)
    assert result.stdout == "1,204 notes will be written again.\n"
    assert control.asked == [("POST /v1/rerender", sent)]


@pytest.mark.parametrize(
    "words", [[], ["--since", "yesterday"], ["--since", "2026-02-30"], ["--since", "31.1.2026"]]
)
def test_rerender_refuses_nonsense(place: Place, control: Control, words: list[str]) -> None:
    """Nothing chosen, or a day that is none, is a mistake in usage: exit code 2, nothing sent."""
    result = place.run("ctl", "rerender", *words)
    assert result.exit_code == 2
    assert result.stderr
    assert control.asked == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["nix"], "No conversation has the id nix.", id="id"),
        pytest.param(["--provider", "nix"], "There is nothing of the provider nix.", id="provider"),
    ],
)
def test_rerender_of_nothing(
    place: Place, control: Control, words: list[str], message: str
) -> None:
    """When nothing fits, that is told as the daemon says it: exit code 2."""
    refused = refusal("no-such-conversation", message, "Find it with `polylogue search`.", 2)
    control.answers["POST /v1/rerender"] = [(400, refused)]
    result = place.run("ctl", "rerender", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"polylogue: {message} Find it with `polylogue search`.\n"


def quiet(*, quiet: bool, **numbers: int) -> Json:
    """Return an answer to /v1/wait."""
    return {"quiet": quiet, "waiting": 0, "dirty": 0, "failed": 0} | numbers


def test_wait_asks_until_it_is_quiet(place: Place, control: Control) -> None:
    """Without a timeout, `wait` asks again until nothing is left to do."""
    busy, done = quiet(quiet=False, waiting=1), quiet(quiet=True)
    control.answers["GET /v1/wait"] = [busy, busy, done]
    result = place.run("ctl", "wait")
    assert (result.exit_code, result.stdout) == (0, "")
    assert len(control.asked) == 3


def test_wait_gives_up(place: Place, control: Control) -> None:
    """After the timeout `wait` says what is left, and exits with 1."""
    control.answers["GET /v1/wait"] = [quiet(quiet=False, waiting=2, dirty=1)]
    result = place.run("ctl", "wait", "--timeout", "0")
    assert (result.exit_code, result.stdout) == (1, "Not done yet: 2 waiting, 1 note to go.\n")


def test_wait_tells_of_failures(place: Place, control: Control) -> None:
    """Files that failed are no reason to wait; they are mentioned."""
    control.answers["GET /v1/wait"] = [quiet(quiet=True, failed=1)]
    result = place.run("ctl", "wait")
    assert result.exit_code == 0
    assert "1 file could not be read (see `polylogue ctl inbox`)" in result.stdout


ITEMS = [
    {"name": "done.zip", "state": "imported", "size": 1300, "reason": "2 conversations."},
    {"name": "new.zip", "state": "settling", "reason": "still growing"},
    {"name": "old.zip", "state": "failed", "size": 142_000_000, "reason": "It is locked."},
    {"name": "half.zip", "state": "partial", "size": 7, "reason": "1 could not be read."},
    *({"name": f"{number}.zip", "state": "duplicate", "size": number} for number in range(11)),
]
OPEN = [
    "new.zip            settling   still growing",
    "old.zip    142 MB  failed     It is locked.",
    "half.zip      7 B  partial    1 could not be read.",
    "done.zip   1.3 kB  imported   2 conversations.",
]
RETRY = "To try one again → polylogue ctl inbox retry NAME"


@pytest.mark.parametrize(
    ("words", "duplicates", "last"),
    [
        pytest.param(
            [], 9, ["and 2 more that are done → polylogue ctl inbox --all", RETRY], id="lately"
        ),
        pytest.param(["--all"], 11, [RETRY], id="all"),
    ],
)
def test_inbox(
    place: Place, control: Control, words: list[str], duplicates: int, last: list[str]
) -> None:
    """What is not done comes first, then what is: the last ten, or all of it."""
    control.answers["GET /v1/inbox"] = [{"items": ITEMS}]
    lines = place.run("ctl", "inbox", *words).stdout.splitlines()
    done = [line.split()[0] for line in lines if "duplicate" in line]
    assert lines[:4] == OPEN
    assert done == [f"{number}.zip" for number in range(duplicates)]
    assert lines[4 + duplicates :] == last


@pytest.mark.parametrize(
    ("items", "more"),
    [
        pytest.param([], [], id="empty"),
        pytest.param(ITEMS[:1], ["done.zip   1.3 kB  imported   2 conversations."], id="done"),
    ],
)
def test_nothing_to_look_after(
    place: Place, control: Control, items: list[Json], more: list[str]
) -> None:
    """When nothing needs a look, that is said first."""
    control.answers["GET /v1/inbox"] = [{"items": items}]
    lines = place.run("ctl", "inbox").stdout.splitlines()
    assert lines == ["Nothing is waiting, and nothing failed.", *more]


def test_inbox_for_programs(place: Place, control: Control) -> None:
    """With --json the daemon's answer is printed as it is."""
    control.answers["GET /v1/inbox"] = [{"items": ITEMS}]
    answer = json.loads(place.run("ctl", "inbox", "--json").stdout)
    assert answer == {"schema": 1, "items": ITEMS}


def event(number: int, **fields: object) -> Json:
    """Return an event one second after another."""
    return {
        "id": number,
        "at": 86_400_000 + 1000 * number,
        "level": "info",
        "event": "inbox.imported",
        "fields": fields,
    }


def test_log(place: Place, control: Control) -> None:
    """An event is a line: when it was here, how bad it is, what happened, and its fields."""
    control.answers["GET /v1/log"] = [
        {"events": [event(1, name="my export.zip", size=3), event(2, code="x", said="", ok=True)]}
    ]
    assert place.run("ctl", "log").stdout.splitlines() == [
        '1970-01-02 00:00:01  info     inbox.imported  name="my export.zip"  size=3',
        "1970-01-02 00:00:02  info     inbox.imported  code=x  ok=true",
    ]


def test_log_follows(place: Place, control: Control) -> None:
    """-f asks for what comes after the last event, and is held back until there is something."""
    control.answers["GET /v1/log"] = [
        {"events": [event(7)]},
        {"events": []},
        {"events": [event(8)]},
        (503, refusal("stopping", "polylogued is stopping.")),
    ]
    result = place.run("ctl", "log", "-f")
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 2
    assert [(asked["after"], float(asked["wait"]) > 0) for _, asked in control.asked] == [
        ("0", False),
        ("7", True),
        ("7", True),
        ("8", True),
    ]


@pytest.mark.parametrize(
    ("code", "exit_code"), [("config-syntax", 78), ("no-such-item", 2), ("busy", 75), ("other", 1)]
)
def test_refusals_keep_their_words(
    place: Place, control: Control, code: str, exit_code: int
) -> None:
    """What the daemon refuses is told in its words, with the exit code of that kind of error."""
    body = refusal(code, "That cannot be.", "Do it otherwise.", exit_code)
    control.answers["POST /v1/reload"] = [(400, body)]
    result = place.run("ctl", "reload")
    assert result.exit_code == exit_code
    assert result.stderr == "polylogue: That cannot be. Do it otherwise.\n"


def test_wait_ends_when_nothing_goes_on_without_a_person(place: Place, control: Control) -> None:
    """What blocks is said at once, instead of asking again for ever."""
    control.answers["GET /v1/wait"] = [quiet(quiet=False, dirty=1) | {"blocked": ["vault-full"]}]
    result = place.run("ctl", "wait")

    assert result.exit_code == 1
    assert "vault-full" in result.stdout
