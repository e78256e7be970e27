"""Cutting a byte stream: its pieces are the stream, and its documents are what JSON says."""

import io
import itertools
import json
from collections.abc import Callable, Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polylogue.model import Json
from polylogue.parsers.containers import window as window_module
from polylogue.parsers.containers.boundary import REFUSED, TRUNCATED, Lexer, is_whole, skip
from polylogue.parsers.containers.lines import GROUP
from polylogue.parsers.containers.pieces import Cut, Piece, cut

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
# Bytes that are made of what JSON is made of, so that chance gets far into every branch.
jsonish = st.lists(
    st.sampled_from(
        [
            *rb'[ ] { } , : " \ 1 null "a" {"a":1} {"a":"\ud83d"} NaN <html> jsonData=['.split(),
            *(b" ", b"\n", b"\0", b"\xff", b"\xef\xbb\xbf"),
        ]
    ),
    max_size=25,
).map(b"".join)


@pytest.fixture(params=[window_module.WINDOW, 41, 8], ids="window={}".format)
def any_window(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test with the real window and with windows that end in the middle of everything."""
    monkeypatch.setattr(window_module, "WINDOW", request.param)


def reader(data: bytes, portions: Iterator[int] | None = None) -> Callable[[int], bytes]:
    """Return a read function that gives as much as is asked for, or these portions at most."""
    file = io.BytesIO(data)
    if portions is None:
        return file.read
    return lambda size: file.read(min(size, next(portions)))


def cut_all(data: bytes, **limits: int) -> tuple[Cut, list[Piece]]:
    """Cut `data` and prove that the pieces are the stream."""
    found = cut(reader(data), **limits)
    pieces = list(found.pieces)
    assert b"".join(piece.data for piece in pieces) == data
    return found, pieces


def documents(pieces: list[Piece]) -> list[bytes]:
    """Return the bytes of the documents."""
    return [piece.data for piece in pieces if piece.kind == "document"]


def torn(pieces: list[Piece]) -> list[Piece]:
    """Return the torn pieces."""
    return [piece for piece in pieces if piece.kind == "torn"]


# --- For all bytes --------------------------------------------------------------------------------


@settings(max_examples=300)
@given(
    st.binary(max_size=60) | jsonish, st.lists(st.integers(1, 9), min_size=1), st.integers(1, 40)
)
def test_the_pieces_are_the_stream(data: bytes, portions: list[int], limit: int) -> None:
    """Any bytes, read in any portions and under any limit, come out as they went in."""
    whole = cut(reader(data), max_document=limit)
    expected = list(whole.pieces)
    in_portions = cut(reader(data, itertools.cycle(portions)), max_document=limit)

    assert b"".join(piece.data for piece in expected) == data
    assert (in_portions.kind, list(in_portions.pieces)) == (whole.kind, expected)


@settings(max_examples=300)
@given(jsonish, st.integers(1, 12), st.integers(1, 40))
def test_the_pieces_are_the_stream_in_any_window(data: bytes, size: int, limit: int) -> None:
    """Where the window happens to end loses and doubles nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window_module, "WINDOW", size)
        cut_all(data, max_document=limit)


@settings(max_examples=200)
@given(st.lists(json_values, max_size=6), st.sampled_from([None, 1]), st.integers(12, 40))
def test_elements_equal_json(values: list[Json], indent: int | None, size: int) -> None:
    """The documents of an array are its elements, also those that strict readers refuse (NaN)."""
    text = json.dumps(values, indent=indent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window_module, "WINDOW", size)
        _, pieces = cut_all(text.encode())

    assert json.dumps([json.loads(data) for data in documents(pieces)]) == json.dumps(values)
    assert not torn(pieces)


# --- Arrays ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("any_window")
def test_an_array_is_cut_at_its_elements() -> None:
    """Head, separators and tail are glue, each element a document that says which it is."""
    found, pieces = cut_all(b'\xef\xbb\xbf [ {"a": [1, "]"]} ,\n{"b": 2}] \n')

    assert found.kind == "array"
    assert [(piece.data, piece.where) for piece in pieces if piece.kind == "document"] == [
        (b'{"a": [1, "]"]}', "element 1"),
        (b'{"b": 2}', "element 2"),
    ]
    assert not torn(pieces)


@pytest.mark.usefixtures("any_window")
@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(rb'{"a": "\ud83d"}', id="lone surrogate"),
        pytest.param(rb'{"a": "\ud83d\u0041, ]"}', id="surrogate before another escape"),
        pytest.param(b'{"a": NaN}', id="NaN"),
        pytest.param(b"-Infinity", id="infinity"),
        pytest.param(b"[" * 1500 + b"]" * 1500, id="1,500 levels"),
        pytest.param(rb'{"a": "\q \\\" ]"}', id="bad escape"),
        pytest.param(b'{"a": "\x01\n"}', id="control characters"),
        pytest.param(b'{"a": "\xff\xfe"}', id="no UTF-8"),
        pytest.param(b"1" * 5000, id="5,000 digits"),
        pytest.param(b'{"a": 1} garbage', id="garbage behind a value"),
        pytest.param(b"{'a': 1}", id="single quotes"),
        pytest.param(b'{"a": 1,}', id="trailing comma"),
        pytest.param(b"01", id="leading zero"),
        pytest.param(b"-", id="half a number"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "middle", "last"])
def test_a_bad_element_costs_only_itself(bad: bytes, place: int) -> None:
    """What strict readers refuse is cut out whole, and the elements around it are untouched."""
    expected = [b'{"x": 1}', b'{"y": 2}']
    expected.insert(place, bad)
    _, pieces = cut_all(b'[{"first": 0},' + b", ".join(expected) + b"]")

    assert documents(pieces) == [b'{"first": 0}', *expected]
    assert not torn(pieces)


@pytest.mark.usefixtures("any_window")
def test_an_array_cut_off_anywhere() -> None:
    """Of an array that breaks off the whole elements are documents, and the end says so."""
    text = b'[{"a": 1}, {"b": ["}", 2]},\n{"c": {}}]'
    ends = [index + 1 for index, byte in enumerate(text) if byte == ord("}")]
    elements = [(ends[0], b'{"a": 1}'), (ends[2], b'{"b": ["}", 2]}'), (ends[4], b'{"c": {}}')]
    for size in range(2, len(text)):
        _, pieces = cut_all(text[:size])
        whole = [element for end, element in elements if end <= size]

        assert documents(pieces) == whole
        assert pieces[-1].kind == "torn"
        assert pieces[-1].where == (
            f"cut off after element {len(whole)}" if whole else "cut off in element 1"
        )


def test_something_after_the_end_of_an_array_is_torn() -> None:
    """White space may follow an array; anything else is reported."""
    _, pieces = cut_all(b'[{"a": 1}]\n [2]')

    assert [(piece.data, piece.where) for piece in torn(pieces)] == [
        (b"\n [2]", "after the end of the array")
    ]


@pytest.mark.usefixtures("any_window")
@pytest.mark.parametrize(
    "text", [b'"%s"' % (b"\\\\\\x" * 50), b'{"a": NaN, "b": [%s 1]}' % (b"1," * 50)]
)
def test_an_element_too_large_is_passed_on(text: bytes) -> None:
    """An element beyond the limit is torn, says so, and the next one is read as ever."""
    _, pieces = cut_all(b'[{"a": 1}, ' + text + b', {"b": 2}]', max_document=90)

    assert documents(pieces) == [b'{"a": 1}', b'{"b": 2}']
    assert b"".join(piece.data for piece in torn(pieces)) == text
    assert {piece.where for piece in torn(pieces)} == {"element 2 is larger than 90 bytes"}


def test_torn_pieces_are_small() -> None:
    """What cannot be used comes in portions of at most 8 MiB."""
    _, pieces = cut_all(b'[{"a": "' + b"x" * (20 << 20))

    assert len(torn(pieces)) == 3
    assert max(len(piece.data) for piece in pieces) == 8 << 20


def test_an_element_larger_than_the_window() -> None:
    """An element may be many times as long as what is read at a time."""
    element = b'{"a": "' + b"x" * (9 << 20) + b'"}'
    _, pieces = cut_all(b"[" + element + b"," + element + b"]")

    assert documents(pieces) == [element, element]


# --- Objects and lines ----------------------------------------------------------------------------


@pytest.mark.usefixtures("any_window")
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b'{"a": 1}', [b'{"a": 1}'], id="one line"),
        pytest.param(b'\xef\xbb\xbf\n{"a": 1}\n \n', [b'{"a": 1}'], id="white space around"),
        pytest.param(b'{\n"a": {\n}\n}\n', [b'{\n"a": {\n}\n}'], id="many lines"),
        pytest.param(b'{"a": "\\ud83d"}\n', [b'{"a": "\\ud83d"}'], id="lone surrogate"),
        pytest.param(b'{\n"a": NaN,\n"b": {}\n}\n', [b'{\n"a": NaN,\n"b": {}\n}'], id="NaN"),
    ],
)
def test_an_object_is_one_document(data: bytes, expected: list[bytes]) -> None:
    """A JSON object by itself is one document, whatever its layout."""
    found, pieces = cut_all(data)

    assert found.kind == "object"
    assert documents(pieces) == expected
    assert not torn(pieces)


@pytest.mark.usefixtures("any_window")
@pytest.mark.parametrize(
    ("data", "where"),
    [
        pytest.param(b'{"a": [1, 2', "cut off before its end", id="cut off"),
        pytest.param(b'{"a": "\\ud83d", "b', "cut off before its end", id="bad and cut off"),
        pytest.param(b'{"a": 1} x', "after the end of the document", id="garbage"),
        pytest.param(b'{"a":\n1}\n{"b":\n2}', "after the end of the document", id="two objects"),
        pytest.param(b'{"a": "%s"}' % (b"x" * 99), "larger than 90 bytes", id="too large"),
    ],
)
def test_a_broken_object_is_torn(data: bytes, where: str) -> None:
    """An object that does not end, or does not end the stream, is reported."""
    found, pieces = cut_all(data, max_document=90)

    assert found.kind == "object"
    assert {piece.where for piece in torn(pieces)} == {where}


@pytest.mark.usefixtures("any_window")
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'{"a": 1}\n{"b": 2}\n', id="two lines"),
        pytest.param(b'{"a": 1}\r\n\n{"b": 2}\n', id="CRLF and an empty line"),
        pytest.param(b'{"a": "\\ud83d"}\n{"b": NaN}\n', id="both bad"),
        pytest.param(b'{"a": "cut\n{"b": 2}\n', id="first line cut short in a string"),
        pytest.param(b'{"a": [1,\n{"b": 2}\n', id="first line cut short"),
        pytest.param(b'{"a": 1}\nno JSON\n', id="second line no JSON"),
    ],
)
def test_lines(data: bytes) -> None:
    """When another value follows on a later line the stream is lines, even with a broken one."""
    found, pieces = cut_all(data)

    assert found.kind == "lines"
    assert documents(pieces) == [data]
    assert pieces[-1].where == "line 1"


@pytest.mark.usefixtures("any_window")
@pytest.mark.parametrize(
    ("last", "is_torn"),
    [
        pytest.param(b"", False, id="line end"),
        pytest.param(b'{"c": 3}', False, id="whole, no line end"),
        pytest.param(b'{"c": NaN}', False, id="tolerably whole"),
        pytest.param(b" \0 "[:1], False, id="white space"),
        pytest.param(b'{"c": "', True, id="cut off"),
        pytest.param(b"{", True, id="brace"),
        pytest.param(b"\0\0\0", True, id="NUL after a crash"),
    ],
)
def test_an_unfinished_last_line_is_torn(last: bytes, is_torn: bool) -> None:
    """A last line without an end is torn unless it is a whole value."""
    _, pieces = cut_all(b'{"a": 1}\n{"b": 2}\n' + last)

    assert [(piece.data, piece.where) for piece in torn(pieces)] == (
        [(last, "line 3 is cut off")] if is_torn else []
    )


def test_lines_are_grouped() -> None:
    """Groups have 64 KiB or a little more, end at line ends, and know their first line."""
    line = b'{"text": "a\xe2\x80\xa8b\xc2\x85c"}\n'
    _, pieces = cut_all(line * 20_000)

    assert all(piece.data.endswith(b"\n") for piece in pieces)
    assert all(GROUP <= len(piece.data) < GROUP + len(line) for piece in pieces[:-1])
    assert pieces[1].where == f"line {1 + pieces[0].data.count(line)}"


def test_groups_of_a_file_that_grew_begin_as_before() -> None:
    """A session file that has grown begins with the groups that it had, all but the last."""
    line = b'{"n": 1, "text": "' + b"x" * 300 + b'"}\n'
    _, before = cut_all(line * 1_000)
    _, after = cut_all(line * 1_500)

    assert after[: len(before) - 1] == before[:-1]


def test_a_line_too_long_is_passed_on() -> None:
    """A line beyond the limit is torn, says so, and the lines around it are read as ever."""
    long = b'{"x": "%s"}\n' % (b"y" * 300_000)
    _, pieces = cut_all(b'{"a": 1}\n' + long + b'{"b": 2}\n', max_document=200_000)

    assert documents(pieces) == [b'{"a": 1}\n', b'{"b": 2}\n']
    assert b"".join(piece.data for piece in torn(pieces)) == long
    assert torn(pieces)[0].where == "line 2 is larger than 200,000 bytes"
    assert pieces[-1].where == "line 3"


# --- Everything else ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [b"jsonData", b"conversations"])
def test_a_page_is_cut_at_the_array_in_it(name: bytes) -> None:
    """The elements in chat.html are the same pieces as in conversations.json, but no documents."""
    page = b"<html><script>\nvar %s = [%s];\nvar assets = [1]</script></html>"
    elements = [b'{"a": "</script>"}', b'{"b": 2}']
    found, pieces = cut_all(page % (name, b", ".join(elements)))

    assert found.kind == "html"
    assert {piece.kind for piece in pieces} == {"glue"}
    assert [piece.data for piece in pieces if piece.where] == elements


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"\x89PNG\r\n\x1a\n", "binary"),
        (b"plain text", "binary"),
        (b"[1] See the appendix", "array"),
        (b"[section]\nkey=1", "binary"),
        (b"[link](https://x)", "binary"),
        (rb"{\rtf1 text}", "binary"),
        (b"{{ template }}", "binary"),
        (b"<svg xmlns='x'/>", "binary"),
        (b"<!DOCTYPE HTML><title>x</title>", "html"),
        (b"[", "array"),
        (b"{", "object"),
        (b"[]", "array"),
        (b"{}", "object"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_a_stream_is(data: bytes, kind: str) -> None:
    """The first bytes decide what a stream is; a lone bracket does not make JSON of a text."""
    found, _ = cut_all(data)

    assert found.kind == kind
    assert found.problem is None


def test_binary_comes_in_blocks() -> None:
    """What has no structure is cut every 4 MiB."""
    _, pieces = cut_all(b"\x7f" * (9 << 20))

    assert [len(piece.data) >> 20 for piece in pieces] == [4, 4, 1]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf16_is_reported(encoding: str) -> None:
    """JSON that was saved as UTF-16 is kept as it is, and the person is told what to do."""
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    found, pieces = cut_all(mark + '[{"a": 1}]'.encode(encoding))

    assert found.kind == "binary"
    assert found.problem is not None
    assert found.problem.code == "utf-16"
    assert {piece.kind for piece in pieces} == {"glue"}


def test_other_files_that_begin_like_utf16_are_no_problem() -> None:
    """Two bytes that look like a byte-order mark do not make text."""
    found, _ = cut_all(b"\xff\xfe\x00\x10\x20\x30")

    assert found.problem is None


# --- Where a value ends ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1}, 2', 8),
        (b'"x"   ]', 6),
        (b"12,", 2),
        (b"12", 2),
        (b"12  ", 4),
        (b'{"a"', TRUNCATED),
        (b'"x', TRUNCATED),
        (b"", TRUNCATED),
        (b"NaN,", REFUSED),
        (b"[" * 2000 + b"]" * 2000, REFUSED),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_skip(data: bytes, expected: int) -> None:
    """`skip` finds what follows a value, from any offset."""
    offset = 3
    found = skip(b"xyz" + data, offset)

    assert found == (expected + offset if expected >= 0 else expected)


def test_the_wording_that_skip_depends_on() -> None:
    """The error of msgspec says where a value ended, and that one was cut off, in these very words."""
    decoder = msgspec.json.Decoder(msgspec.Raw)
    with pytest.raises(msgspec.DecodeError) as trailing:
        decoder.decode(b'{"a": 1}, 2')
    with pytest.raises(msgspec.DecodeError) as truncated:
        decoder.decode(b'{"a": 1')

    assert str(trailing.value) == "JSON is malformed: trailing characters (byte 9)"
    assert str(truncated.value) == "Input data was truncated"


@given(json_values, st.lists(st.integers(1, 5), min_size=1))
def test_the_lexer_finds_the_end_in_any_portions(value: Json, portions: list[int]) -> None:
    """A value may be fed in any portions: escapes, strings and brackets carry over."""
    text = json.dumps([value, 'a\\"b\\', "\\"]).encode()
    data = text + b", rest"
    lexer = Lexer(b",]")
    size, end = 0, -1
    for portion in itertools.cycle(portions):
        end = lexer.feed(data[size : size + portion], 0)
        if end >= 0:
            break
        size += portion

    assert size + end == len(text)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1}', True),
        (b' {"a": NaN} ', True),
        (b"12", True),
        (b'{"a": 1', False),
        (b'{"a": "}', False),
        (b"{", False),
        (b"", False),
        (b"\0\0", False),
        (b"word", False),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_is_whole(data: bytes, expected: bool) -> None:
    """A line is whole when it is a value, or when at least all of its brackets close."""
    assert is_whole(data) is expected
