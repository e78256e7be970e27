"""Places in the tree: every message has one, whatever its parents say."""

import sys
from collections.abc import Callable
from itertools import pairwise
from random import Random
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polylogue.store import tree
from polylogue.store.tree import Node, Places, arrange

_IDS = st.sampled_from(["", "a", "b", "c", "d", "e", "f", "g", "h"])
_FORESTS = st.dictionaries(
    _IDS,
    st.builds(Node, st.none() | _IDS | st.just("gone"), st.none() | st.integers(0, 3), st.none()),
)


def branches(places: Places) -> dict[int, list[str]]:
    """Return each branch's message ids from top to bottom."""
    found: dict[int, list[str]] = {}
    for message_id, (branch, _) in sorted(places.items(), key=lambda item: item[1]):
        found.setdefault(branch, []).append(message_id)
    return found


def nodes(**parents: str | None) -> dict[str, Node]:
    """Return nodes with these parents, each younger than the one before."""
    return {name: Node(parent, time) for time, (name, parent) in enumerate(parents.items())}


@given(_FORESTS, _IDS)
def test_every_node_has_a_place(forest: dict[str, Node], current_id: str) -> None:
    """Every node is placed, branches count up from 0, and no two nodes share a place."""
    places = arrange(forest, current_id)

    assert places.keys() == forest.keys()
    assert sorted(branches(places)) == list(range(len(branches(places))))
    assert len(set(places.values())) == len(forest)


@given(_FORESTS, _IDS)
def test_branches_are_paths(forest: dict[str, Node], current_id: str) -> None:
    """Within a branch each node answers the one above it; a branch starts at a root or at a fork."""
    places = arrange(forest, current_id)

    for path in branches(places).values():
        for above, below in pairwise(path):
            assert forest[below].parent_id == above
            assert places[below][1] == places[above][1] + 1
        start = path[0]
        parent = forest[start].parent_id
        if places[start][1]:
            assert parent is not None
            assert places[start][1] == places[parent][1] + 1
            assert places[start][0] != places[parent][0]


@given(_FORESTS, _IDS)
def test_branch_0_is_the_path_taken(forest: dict[str, Node], current_id: str) -> None:
    """Branch 0 leads from a root to a leaf, through the message that was shown last."""
    places = arrange(forest, current_id)

    if forest:
        path = branches(places)[0]
        assert places[path[0]] == (0, 0)
        assert [places[message_id][1] for message_id in path] == list(range(len(path)))
        assert current_id not in forest or current_id in path


@given(_FORESTS, _IDS)
def test_only_lost_parents_and_cycles_make_roots(forest: dict[str, Node], current_id: str) -> None:
    """A root has no known parent, or is the least id of a cycle; all else hangs below its parent."""
    places = arrange(forest, current_id)

    for message_id, (_, position) in places.items():
        parent_id = forest[message_id].parent_id
        orphan = parent_id is None or parent_id not in forest
        assert (position == 0) == (
            orphan or message_id == min(cycle(forest, message_id), default=None)
        )


def cycle(forest: dict[str, Node], message_id: str) -> list[str]:
    """Return the ids of the cycle that goes through `message_id`, nothing when none does."""
    walk = [message_id]
    while (parent := forest[walk[-1]].parent_id) in forest and parent is not None:
        if parent == message_id:
            return walk
        if parent in walk:
            break
        walk.append(parent)
    return []


@given(_FORESTS, _IDS, st.randoms(use_true_random=False))
def test_the_order_of_the_mapping_does_not_matter(
    forest: dict[str, Node], current_id: str, random: Random
) -> None:
    """Places are a function of the nodes, not of the order in which they came."""
    shuffled = list(forest.items())
    random.shuffle(shuffled)

    assert arrange(dict(shuffled), current_id) == arrange(forest, current_id)


def test_the_path_goes_on_to_the_newest_leaf() -> None:
    """Below the message that was shown last, the path taken follows the newest leaf."""
    forest = nodes(root=None, old="root", new="root", leaf="old", later="old", last="new")

    assert branches(arrange(forest, "old"))[0] == ["root", "old", "later"]
    assert branches(arrange(forest, ""))[0] == ["root", "new", "last"]


def test_other_branches_start_where_they_leave_and_follow_the_newest() -> None:
    """An abandoned fork is one branch down its newest children; its older forks are others."""
    forest = nodes(root=None, a="root", a1="a", a2="a", a3="a2", b="root")

    found = branches(arrange(forest, "b"))

    assert found == {0: ["root", "b"], 1: ["a", "a2", "a3"], 2: ["a1"]}


def test_an_appended_message_moves_no_other() -> None:
    """Positions are depths, so growth at the leaf leaves all other places alone."""
    forest = nodes(root=None, a="root", b="root", c="b")

    before = arrange(forest, "c")
    after = arrange(forest | {"d": Node("c", 9)}, "d")

    assert {name: after[name] for name in forest} == before


def test_a_node_below_a_cycle_stays_below_it() -> None:
    """A cycle is cut at its own least id, not at a node that merely hangs from it."""
    forest = nodes(c="b", b="c", a="c")

    assert arrange(forest, "")["b"][1] == 0
    assert arrange(forest, "")["a"][1] == 2


def test_an_empty_id_is_an_id_like_any_other() -> None:
    """A message whose id is the empty string is placed; it is not taken for the root of all."""
    assert arrange({"": Node("", 1), "a": Node("", 2)}, "a") == {"": (0, 0), "a": (0, 1)}


def steps(forest: dict[str, Node]) -> int:
    """Return how many lines of the tree module run to place `forest`."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Callable[..., Any] | None:
        nonlocal count
        count += event == "line"
        return trace if frame.f_code.co_filename == tree.__file__ else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        arrange(forest, "")
    finally:
        sys.settrace(before)
    return count


def _chain(size: int) -> dict[str, Node]:
    return {f"{i:06}": Node(f"{i - 1:06}", i) for i in range(size)}


def _fan(size: int) -> dict[str, Node]:
    return {f"{i:06}": Node("000000" if i else None, i) for i in range(size)}


def _cycles(size: int) -> dict[str, Node]:
    return {f"{i:06}": Node(f"{i ^ 1:06}", i) for i in range(size)}


_SHAPES = pytest.mark.parametrize(
    "shape",
    [
        pytest.param(_chain, id="chain"),
        pytest.param(_fan, id="fan"),
        pytest.param(_cycles, id="cycles"),
    ],
)


@_SHAPES
def test_the_work_is_linear(shape: Callable[[int], dict[str, Node]]) -> None:
    """Twice the messages are about twice the steps."""
    assert steps(shape(2000)) < 2.2 * steps(shape(1000))


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        pytest.param(_chain, 40_000, id="chain"),
        pytest.param(_fan, 20_000, id="fan"),
        pytest.param(_cycles, 20_000, id="cycles"),
    ],
)
def test_huge_conversations_are_placed(shape: Callable[[int], dict[str, Node]], size: int) -> None:
    """Conversations with tens of thousands of messages exceed no limit of depth or width."""
    assert len(arrange(shape(size), "")) == size
