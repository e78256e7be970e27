"""Whatever an account told, and in whatever order, how often, and how much of it: the same rows.

For each provider a history (`histories`) is told to archives. What may differ is which files said
something, and how often a followed file was read anew.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from archives import index_agrees
from histories import HISTORIES, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telling import Account

from polylogue.store.verify import verify

_FEW = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], max_examples=6
)
_MANY = settings(_FEW, derandomize=False, max_examples=200)
_PROVIDERS = sorted(HISTORIES)


@pytest.fixture(scope="module", params=_PROVIDERS)
def account(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Return the account of a provider."""
    return Account(write(tmp_path_factory.mktemp("told"), HISTORIES[request.param]))


def _loses(before: set[tuple[str, str, str]], after: set[tuple[str, str, str]]) -> list[Any]:
    """Return what was said before and is not any more, neither as it was nor in a longer text."""
    return [
        (conversation, message, text)
        for conversation, message, text in before - after
        if not any(said[:2] == (conversation, message) and text in said[2] for said in after)
    ]


def _apart(
    one: Mapping[str, list[Any]], other: Mapping[str, list[Any]]
) -> dict[str, tuple[list[Any], list[Any]]]:
    """Return what differs: by table or path, what only one of them has."""
    pairs = {key: (one.get(key, []), other.get(key, [])) for key in one.keys() | other.keys()}
    return {
        key: (
            [entry for entry in mine if entry not in theirs],
            [entry for entry in theirs if entry not in mine],
        )
        for key, (mine, theirs) in pairs.items()
        if mine != theirs
    }


def _check_order(account: Account, order: Sequence[str], *, often: bool = False) -> None:
    """Tell in this order; nothing may be lost on the way, and the end is that of the right order.

    With `often` notes are rendered in between, and what did not change must not need it.
    """
    with account.place() as place:
        before: set[tuple[str, str, str]] = set()
        for name in order:
            place.tell(name)
            after = place.said()
            assert _loses(before, after) == [], name
            before = after
            assert place.reversed() == [], name
            if often:
                place.publish()

        assert not often or place.stale() == 0
        rows, notes = account.in_order(frozenset(order))
        assert _apart(place.rows(), rows) == {}
        assert _apart(place.view(), notes) == {}
        assert index_agrees(place.archive.connection)
        assert verify(place.archive.connection, progress=lambda _done, _all: None) == []


#: Which tellings, by number: a history that has fewer begins again.
_ORDERS = st.lists(st.integers(0, 9), min_size=1, max_size=12)


def _named(account: Account, order: Sequence[int]) -> list[str]:
    names = list(account.told)
    return [names[number % len(names)] for number in order]


@_FEW
@given(order=_ORDERS, often=st.booleans())
def test_any_part_in_any_order_ends_in_the_same_rows_and_notes(
    account: Account, order: list[int], *, often: bool
) -> None:
    """Some tellings, in any order, some several times, come to what they come to in their order."""
    _check_order(account, _named(account, order), often=often)


@pytest.mark.slow
@_MANY
@given(order=_ORDERS, often=st.booleans())
def test_many_parts_in_any_order_end_in_the_same_rows_and_notes(
    account: Account, order: list[int], *, often: bool
) -> None:
    """The same, with many more examples."""
    _check_order(account, _named(account, order), often=often)


def test_backwards(account: Account) -> None:
    """All of it, the newest first."""
    _check_order(account, list(account.told)[::-1], often=True)


def test_each_two(account: Account) -> None:
    """Each two tellings say the same, whichever comes first."""
    names = list(account.told)
    for at, later in enumerate(names):
        for earlier in names[:at]:
            _check_order(account, [later, earlier])


def test_again_changes_nothing(account: Account) -> None:
    """Everything once more changes no row at all."""
    with account.place() as place:
        for name in account.told:
            place.tell(name)
        before = list(place.archive.connection.iterdump())
        last = {path.name: name for name, path in account.told.items()}
        for name, path in account.told.items():
            if not path.name.startswith("live") or last[path.name] == name:
                place.tell(name)

        assert list(place.archive.connection.iterdump()) == before
