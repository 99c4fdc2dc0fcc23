"""Lines and rows: line ends as they come, and the csv module's rules held against the csv module."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InputError
from shared.framing import cutting, protocol
from shared.framing.delimited import LONGEST_ROW, DelimitedFraming
from shared.framing.text import LineEnd, TextFraming
from tests.unit.framing.writers import cut, frame, payloads, refusal


@pytest.mark.parametrize(
    ("line_end", "text", "lines"),
    [
        (LineEnd.ANY, b"a\r\nb\nc", [b"a", b"b", b"c"]),
        (LineEnd.ANY, b"a\n\n\n", [b"a", b"", b""]),
        (LineEnd.LF, b"a\r\nb\n", [b"a\r", b"b"]),
        (LineEnd.CRLF, b"a\nb\r\nc\r\n", [b"a\nb", b"c"]),
        (LineEnd.NEL, b"\xc1\x15\xc2", [b"\xc1", b"\xc2"]),
        (LineEnd.EBCDIC_LF, b"\xc1\x25\xc2\x15\x25", [b"\xc1", b"\xc2\x15"]),
    ],
)
def test_lines(line_end: LineEnd, text: bytes, lines: list[bytes]) -> None:
    assert frame(TextFraming(line_end), text) == lines


def test_no_line_end_for_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (protocol, cutting):
        monkeypatch.setattr(module, "LARGEST_RECORD", 100)
    error = refusal(TextFraming(), b"ok\n" + b"x" * 200)
    assert (error.code, error.context["offset"]) == ("LRF029", 3)
    error = refusal(TextFraming(), b"ok\n" + b"x" * 200 + b"\n")
    assert (error.code, error.context["offset"]) == ("LRF029", 3)


def test_an_unknown_line_end() -> None:
    with pytest.raises(InputError) as caught:
        LineEnd.of("vt")
    assert caught.value.code == "LRF040"
    assert "crlf" in caught.value.message


_TEXT = st.text(alphabet='a,"\n\\ ', max_size=40)


@pytest.mark.parametrize("framing", [DelimitedFraming(), DelimitedFraming(escape="\\"), DelimitedFraming(quote="")])
@given(text=_TEXT)
def test_rows_and_values_are_those_of_the_csv_module(framing: DelimitedFraming, text: str) -> None:
    lines = text.splitlines(keepends=True)
    expected = [row for row in csv.reader(iter(lines), **framing.dialect()) if row]
    try:
        records = frame(framing, text.encode())
    except InputError as error:
        assert error.code == "LRF036"  # noqa: PT017  # the other outcome is the assertion below
        swallowed = [*csv.reader(iter([*lines, "\n"]), **framing.dialect())]
        assert len(swallowed) == len([*csv.reader(iter(lines), **framing.dialect())])
    else:
        values = [[value.decode() for value in framing.fields_of(record)] for record in records]
        assert values == expected


def test_a_quoted_line_end_is_data() -> None:
    framing = DelimitedFraming(";", "'")
    (first, second) = frame(framing, b"1;'two\r\nlines';3\r\n4;5;6\r\n")
    assert framing.fields_of(first) == [b"1", b"two\r\nlines", b"3"]
    assert second == b"4;5;6"


def test_blank_lines_hold_no_record_but_their_place_counts() -> None:
    (batch_,) = cut(DelimitedFraming(), b"\na,b\r\n\r\n\nc,d\n\n", 9)
    assert payloads([batch_]) == [b"a,b", b"c,d"]
    assert list(batch_.offsets) == [1, 9]


def test_a_quote_that_is_never_closed() -> None:
    error = refusal(DelimitedFraming(), b'a,b\nc,"d\n' + b"e,f\n" * 100_000)
    assert (error.code, error.context["offset"]) == ("LRF036", 4)


@pytest.mark.parametrize("quoted", [b"", b'"q"\n'])
def test_a_row_that_is_too_long(quoted: bytes) -> None:
    longest = b"x" * LONGEST_ROW
    assert frame(DelimitedFraming(), quoted + longest + b"\r\n")[-1] == longest
    assert refusal(DelimitedFraming(), quoted + longest + b"x\n").code == "LRF037"
    assert refusal(DelimitedFraming(), quoted + longest * 3).code == "LRF037"


@pytest.mark.parametrize(
    "options",
    [{"delimiter": ""}, {"delimiter": ",,"}, {"quote": ","}, {"escape": '"'}, {"quote": "“"}, {"delimiter": "\n"}],
)
def test_characters_that_cannot_be(options: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        DelimitedFraming(**options)
    assert caught.value.code == "LRF040"


def test_values_keep_line_ends_and_control_characters() -> None:
    record = b'a\rb,"c\x85\x1c""d",\x00'
    assert DelimitedFraming().fields_of(record) == [b"a\rb", b'c\x85\x1c"d', b"\x00"]
    assert next(csv.reader(io.StringIO('"c""d"'))) == ['c"d']
