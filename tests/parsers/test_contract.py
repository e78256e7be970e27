"""What every provider's parser must do, shown on its examples.

It claims its own files and nobody else's. It never raises on what it claims, however mutated or cut
off. It gives the same records on every run and under every order of keys; they can be stored. Each
input record leaves a trace: a message, a named fold, or an entry in the ledger. However the lines
of a session are grouped, they unite to the same.
"""

import contextlib
import copy
import itertools
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parser_examples import EXAMPLES, Example, dump

from polylogue.model import Blob, Carry, Conversation, Document, Message, Parsed, Problem
from polylogue.parsers import PARSERS, Parser, Session, Shape
from polylogue.parsers.text import probe
from polylogue.store.messages import winning_rows

DOCUMENTS = [example for example in EXAMPLES if example.value is not None]
SESSIONS = [example for example in EXAMPLES if example.lines]

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=str)
every_document = pytest.mark.parametrize("example", DOCUMENTS, ids=str)
every_page = pytest.mark.parametrize("example", [e for e in EXAMPLES if e.page], ids=str)
every_session = pytest.mark.parametrize("example", SESSIONS, ids=str)
hostile = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


# --- Reading an example ---------------------------------------------------------------------------


def parser_of(example: Example) -> Parser:
    """Return the parser of the example's provider."""
    return next(parser for parser in PARSERS if parser.provider == example.provider)


def shape_of(example: Example) -> Shape:
    """Return the shape that the example names."""
    shapes = parser_of(example).shapes
    return next(shape for shape in shapes if shape.name == example.shape)


def session_of(example: Example) -> Session:
    """Return the session that the example names."""
    sessions = parser_of(example).sessions
    return next(session for session in sessions if session.name == example.shape)


def read_document(example: Example, data: bytes) -> list[Parsed]:
    """Return the records of a document, none when its shape does not claim it."""
    shape = shape_of(example)
    if shape.parse is None or not shape.matches(probe(data)):
        return []
    return list(shape.parse(_document(data)))


def read_page(example: Example, data: bytes) -> list[Parsed]:
    """Return the records of a piece of a page, none when it is not claimed."""
    pages = parser_of(example).pages
    page = next(page for page in pages if page.name == example.shape)
    if page.parse is None or not page.matches(data):
        return []
    return list(page.parse(_document(data)))


def read_groups(example: Example, groups: Sequence[bytes]) -> list[Parsed]:
    """Return the records of a session that is read in these groups of lines."""
    session = session_of(example)
    assert session.parse is not None
    found: list[Parsed] = []
    line, state = 1, b""
    for group in groups:
        *records, carry = session.parse(_document(group, line=line, state=state))
        assert isinstance(carry, Carry), "the last record of a group is what it carries"
        assert not any(isinstance(record, Carry) for record in records)
        found += records
        line, state = line + group.count(b"\n"), carry.state
    return found


def read(example: Example, value: Any = None) -> list[Parsed]:  # noqa: ANN401
    """Return the records of an example, or of `value` (a document or a list of lines) in its stead."""
    if example.lines:
        lines = example.lines if value is None else value
        return read_groups(example, [b"".join(dump(line) + b"\n" for line in lines)])
    if example.page:
        return read_page(example, example.page)
    return read_document(example, dump(example.value if value is None else value))


def _document(data: bytes, **about: Any) -> Document:  # noqa: ANN401
    # Some files do not tell whose chat they are: the source does.
    told: Any = {"name": "a/b.json", "conversation_id": "known", "title": "T", "created_at": 1}
    return Document(data=data, **(told | about))


# --- Whose is it ----------------------------------------------------------------------------------


def test_every_provider_has_examples() -> None:
    """A provider without one is not held to anything here."""
    assert {example.provider for example in EXAMPLES} == {parser.provider for parser in PARSERS}


@every_example
def test_files_are_claimed_by_their_provider_alone(example: Example) -> None:
    """Whatever the order of the registry: no two parsers may want the same file."""
    if example.lines:
        probes = [probe(dump(line)) for line in example.lines]
        claims = [(p, s.name) for p in PARSERS for s in p.sessions if s.matches(probes)]
    elif example.page:
        claims = [(p, s.name) for p in PARSERS for s in p.pages if s.matches(example.page)]
    else:
        found = probe(dump(example.value))
        claims = [(p, s.name) for p in PARSERS for s in p.shapes if s.matches(found)]
        strangers = [p for p in PARSERS for s in p.sessions if s.matches([found])]
        assert {parser.provider for parser in strangers} <= {example.provider}

    assert {parser.provider for parser, _ in claims} == {example.provider}
    assert claims[0][1] == example.shape


# --- What comes out -------------------------------------------------------------------------------


@every_example
def test_an_example_says_something(example: Example) -> None:
    """It becomes a conversation with messages, and nothing in it is a problem."""
    records = read(example)

    chats = [record for record in records if isinstance(record, Conversation)]
    assert any(chat.messages for chat in chats)
    assert not [record for record in records if isinstance(record, Problem)]
    assert {chat.provider for chat in chats} == {example.provider}
    assert all(chat.conversation_id for chat in chats)


@every_example
def test_records_can_be_stored(example: Example) -> None:
    """They come back from JSON as they were."""
    _check(read(example))


@every_example
def test_the_same_on_every_run_and_under_every_order_of_keys(example: Example) -> None:
    """A parser has no memory, and the order of keys says nothing."""
    assert read(example) == read(example)
    for seed in range(5):
        order = random.Random(seed)  # noqa: S311 (an order, not a secret)
        value = _shuffled(list(example.lines) or example.value, order)
        assert read(example, value) == read(example)


def _shuffled(value: Any, order: random.Random) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, dict):
        pairs = list(value.items())
        order.shuffle(pairs)
        return {key: _shuffled(item, order) for key, item in pairs}
    return [_shuffled(item, order) for item in value] if isinstance(value, list) else value


@every_example
def test_each_input_record_leaves_a_trace(example: Example) -> None:
    """Without it there is a message, a fold or an entry in the ledger less."""
    whole = _traces(read(example))

    for fewer in _without_one(example):
        assert _traces(read(example, fewer)) != whole


def _without_one(example: Example) -> Iterator[Any]:
    """Yield the example as often as it has input records, each time without one of them."""
    if example.lines:
        for at in range(len(example.lines)):
            yield [*example.lines[:at], *example.lines[at + 1 :]]
        return
    inner = _inner(example, example.value)
    for key in list(inner) if isinstance(inner, dict) else range(len(inner)):
        value = copy.deepcopy(example.value)
        if _is_record(inner[key]):
            del _inner(example, value)[key]
            yield value


def _is_record(value: object) -> bool:
    """Tell whether it is more than a joint of the tree, which a node without a message is."""
    return not isinstance(value, dict) or value.get("message", value) is not None


def _inner(example: Example, value: Any) -> Any:  # noqa: ANN401
    if not example.inner:
        return []
    for key in example.inner:
        value = value[key]
    return value


def _traces(records: Sequence[Parsed]) -> Counter[object]:
    traces: Counter[object] = Counter()
    for record in records:
        if isinstance(record, Conversation):
            traces.update(map(msgspec.json.encode, record.messages))
            traces.update({fold.kind: fold.count for fold in record.folds})
            traces.update({(known.path, known.kind): known.count for known in record.unknowns})
            traces[msgspec.json.encode(record.head)] += 1
        elif not isinstance(record, Blob):
            traces[msgspec.json.encode(record)] += 1
    return traces


# --- Whatever the bytes are -----------------------------------------------------------------------

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\ud83d", "\0", "text", "user", "root", "1", "{", "2025-01-01T00:00:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


@pytest.mark.parametrize("example", [*DOCUMENTS, *SESSIONS], ids=str)
@hostile
@given(data=st.data())
def test_any_value_anywhere(example: Example, data: st.DataObject) -> None:
    """No type can be trusted, at any place."""
    value = copy.deepcopy(list(example.lines) or example.value)
    paths = st.sampled_from(list(_paths(value)))
    for path, other in data.draw(st.lists(st.tuples(paths, JSON), min_size=1, max_size=4)):
        _put(value, path, other)

    _check(read(example, value))


def _paths(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(value, dict):
        inner = iter(value.items())
    elif isinstance(value, list):
        inner = iter(enumerate(value))
    for key, item in inner:
        yield (*path, key)
        yield from _paths(item, (*path, key))


def _put(value: Any, path: tuple[Any, ...], other: object) -> None:  # noqa: ANN401
    """Put `other` at `path`, unless an earlier change took away what stood there."""
    with contextlib.suppress(LookupError, TypeError):
        for key in path[:-1]:
            value = value[key]
        value[path[-1]] = copy.deepcopy(other)


@every_document
@hostile
@given(data=st.data())
def test_torn_and_overwritten_documents(example: Example, data: st.DataObject) -> None:
    """What is claimed is read or is a problem; what is not claimed is nobody's."""
    source = dump(example.value)

    _check(read_document(example, _broken(source, data)))
    parse = shape_of(example).parse
    assert parse is not None
    _check(list(parse(_document(_broken(source, data)))))


@every_page
@hostile
@given(data=st.data())
def test_torn_and_overwritten_pages(example: Example, data: st.DataObject) -> None:
    """A page says something or it does not."""
    _check(read_page(example, _broken(example.page, data)))


@every_session
@hostile
@given(data=st.data())
def test_torn_and_overwritten_lines(example: Example, data: st.DataObject) -> None:
    """A line that cannot be read costs itself: what comes behind it is read."""
    source = b"".join(dump(line) + b"\n" for line in example.lines)

    _check(read_groups(example, [_broken(source, data), source]))


def _broken(source: bytes, data: st.DataObject) -> bytes:
    """Return `source` cut off, or with a few other bytes in it."""
    at = data.draw(st.integers(0, len(source)))
    junk = data.draw(st.binary(max_size=4) | st.sampled_from([b"\\ud83d", b"\0", b"]", b"}", b'"']))
    return source[:at] + (junk + source[at + len(junk) :] if data.draw(st.booleans()) else b"")


@every_document
@pytest.mark.parametrize("depth", [600, 100_000])
def test_nesting(example: Example, depth: int) -> None:
    """It is bounded by words, not by the stack."""
    bomb = b"[" * depth + b"]" * depth
    keys = list(example.value)

    for key in keys:
        value = dump(example.value | {key: "BOMB"}).replace(b'"BOMB"', bomb)
        _check(read_document(example, value))


def _check(records: Sequence[Parsed]) -> None:
    """Prove that records can be stored: valid text without NUL, ids, times, and the way back."""
    for record in records:
        if isinstance(record, Blob):
            assert record.ref
            continue
        stored = msgspec.json.encode(record)
        assert msgspec.json.decode(stored, type=type(record)) == record
        assert all("\0" not in said for said in _strings(json.loads(stored)))
        if isinstance(record, Conversation):
            assert record.conversation_id
            assert all(said.message_id for said in record.messages)


def _strings(value: object) -> Iterator[str]:
    """Yield the texts in records; metadata is kept as JSON, which escapes what a text may not hold."""
    stack = [value]
    while stack:
        at = stack.pop()
        if isinstance(at, str):
            yield at
        elif isinstance(at, dict):
            stack += [item for key, item in at.items() if key != "metadata"]
        elif isinstance(at, list):
            stack += at


# --- Sessions -------------------------------------------------------------------------------------


@every_session
@hostile
@given(data=st.data())
def test_any_grouping_of_lines_unites_to_the_same(example: Example, data: st.DataObject) -> None:
    """A file that grew by a few lines tells what the whole file tells."""
    lines = [dump(line) + b"\n" for line in example.lines]
    cuts = data.draw(st.sets(st.integers(1, len(lines) - 1)))
    edges = [0, *sorted(cuts), len(lines)]
    groups = [b"".join(lines[a:b]) for a, b in itertools.pairwise(edges)]

    assert _united(read_groups(example, groups)) == _united(read_groups(example, [b"".join(lines)]))


def _united(records: Sequence[Parsed]) -> dict[str, Any]:
    chats: dict[str, list[Message]] = {}
    ledger: Counter[object] = Counter()
    others = []
    for record in records:
        if isinstance(record, Conversation):
            chats.setdefault(record.conversation_id, []).extend(record.messages)
            ledger.update({(known.path, known.kind): known.count for known in record.unknowns})
        elif isinstance(record, Blob | Problem):
            others.append(msgspec.json.encode(record))
    told = {
        chat: {key: row.message for key, row in winning_rows(messages, {}).items()}
        for chat, messages in chats.items()
    }
    return {"messages": told, "ledger": ledger, "others": sorted(set(others))}
