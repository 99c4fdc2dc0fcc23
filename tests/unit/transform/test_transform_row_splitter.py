"""Rows of delimited files: what csv.writer writes comes back; what does not belong is rejected with its place."""

from __future__ import annotations

import csv
import io
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InputError
from shared.framing.delimited import DelimitedFraming
from shared.shaping import Shape
from shared.transform.field_offsets import SplitRows
from shared.transform.plan import Cell, RowForm
from shared.transform.row_splitter import RowSplitter
from tests.unit.framing.writers import cut

DIALECTS = [
    DelimitedFraming(),
    DelimitedFraming(";", "'"),
    DelimitedFraming("\t", ""),
    DelimitedFraming("|", '"', "\\"),
    DelimitedFraming(",", "", "\\"),
]
CELLS = (Cell("A", 0, 8, 8), Cell("N", 8, 10, 10, number=True), Cell("B", 18, 24, 6), Cell("C", 42, 4, 4, loaded=False))
LENGTH = 46


def split(framing: DelimitedFraming, rows: list[bytes], cells: tuple[Cell, ...] = CELLS) -> SplitRows:
    lengths = np.array([len(row) for row in rows], np.int64)
    form = RowForm.from_dict(RowForm(framing.to_dict(), cells).to_dict())
    shape = Shape(LENGTH, LENGTH, shifting=False)
    return RowSplitter(form, shape, filler=0x20).run(b"".join(rows), np.cumsum(lengths) - lengths, lengths)


def shown(found: SplitRows, row: int) -> list[bytes]:
    return [found.records[row, cell.offset : cell.offset + cell.length].tobytes() for cell in CELLS]


def file_of(framing: DelimitedFraming, values: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, **framing.dialect()).writerows(values)
    return text.getvalue().encode("latin-1")


def simple(framing: DelimitedFraming) -> str:
    """Characters that the dialect can write within any value."""
    return "ab 1\xe9" + ('"\n\r' + framing.delimiter + framing.quote + framing.escape if framing.quote else "")


@pytest.mark.parametrize("framing", DIALECTS, ids=repr)
@given(data=st.data())
def test_what_csv_writes_comes_back(framing: DelimitedFraming, data: st.DataObject) -> None:
    alphabet = simple(framing)
    value = st.text(alphabet, max_size=4).map(lambda text: text.rstrip(" "))
    number = st.integers(-9999, 9999).map(str)
    rows = data.draw(st.lists(st.tuples(value, number, value, value).map(list), min_size=1, max_size=9))
    batches = list(cut(framing, file_of(framing, rows), 4))
    records = [
        batch.data[stop - length : stop]
        for batch in batches
        for stop, length in zip(accumulate(batch.lengths), batch.lengths, strict=True)
    ]
    found = split(framing, records)
    assert not found.bad.any()
    for row, values in enumerate(rows):
        a, n, b, c = (one.encode("latin-1") for one in values)
        assert shown(found, row) == [a.ljust(8), n.rjust(10), b.ljust(24), c.ljust(4)]
        assert framing.fields_of(framing.row_of([a, n, b, c])) == [a, n, b, c]


ROWS = [b"a,1,b,c", b'"a",1,"b,","c"', b"a,1,b", b"a,1,b,c,d", b'"a"",1,b,c', b"", b"a" * 9 + b",1,b,c", b'x,"y" ,b,c']


@given(st.lists(st.sampled_from(ROWS) | st.text('a,"1 ', max_size=9).map(str.encode), min_size=1, max_size=12))
def test_both_ways_agree_with_the_csv_module(rows: list[bytes]) -> None:
    framing = DelimitedFraming()
    found = split(framing, rows)
    for row, raw in enumerate(rows):
        values = framing.fields_of(raw)
        fits = len(values) == 4 and len(values[0]) <= 8 and len(values[1].strip(b" ")) <= 10 and len(values[2]) <= 6
        assert found.bad[row] == (not fits)
        assert not fits or shown(found, row)[0] == values[0].ljust(8)
        assert not fits or shown(found, row)[1].strip() == values[1].strip(b" ")
        if not fits:
            assert found.explain(row).code in ("LRV009", "LRV010")


def test_another_number_of_values() -> None:
    found = split(DelimitedFraming(), [b"a,1,b,c", b"a,1", b'"a,1,b,c"', b"a,1,b,c,d"])
    assert found.bad.tolist() == [False, True, True, True]
    assert found.explain(1) == ("LRV009", "the row has 2 values instead of 4", "", 0)
    assert [found.explain(row).message.split()[3] for row in (2, 3)] == ["1", "5"]


def test_a_value_that_is_too_long_is_shown_with_its_place() -> None:
    rows = [b'"a,b",' + b"1" * 11 + b",b,c", b'"a""",  7  ,' + b"x" * 7 + b",c", b"a,                  7,b,too long"]
    found = split(DelimitedFraming(), rows)
    assert found.bad.tolist() == [True, True, False]
    assert (found.explain(0).field, found.explain(0).offset) == ("N", 6)
    assert (found.explain(1).field, found.explain(1).offset) == ("B", 12)
    assert found.explain(1).code == "LRV010"
    assert "7 characters (X'78787878787878'), but at most 6 fit" in found.explain(1).message
    assert shown(found, 2)[1:] == [b"         7", b"b".ljust(24), b"too "]


def test_characters_of_utf_8_are_counted_and_not_their_bytes() -> None:
    rows = ["a,1,漢字漢字漢字,c".encode(), "a,1,漢字漢字漢字!,c".encode(), 'a,1,"äöüäöü",c'.encode()]
    found = split(DelimitedFraming(), rows)
    assert found.bad.tolist() == [False, True, False]
    assert shown(found, 0)[2].decode().rstrip() == "漢字漢字漢字"
    assert "7 characters" in found.explain(1).message


def test_the_place_of_each_value() -> None:
    rows = [b'"a,""x"" ",  1,"b' + b"\r\n" + b'b",c']
    found = split(DelimitedFraming(), rows)
    places = [found.faults.offset_of(0, cell.offset) for cell in CELLS]
    assert places == [0, 11, 15, 22]
    assert [rows[0][at : at + 2] for at in places] == [b'"a', b"  ", b'"b', b"c"]


def test_values_that_no_row_can_hold() -> None:
    with pytest.raises(InputError) as caught:
        DelimitedFraming(quote="").row_of([b"a,b", b"c"])
    assert caught.value.code == "LRF043"


HEADER = (("ID",), ("NAME", "FULL_NAME"), (), ("QUARTER_1", "Q_1"))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"id,name,whatever,Quarter(1)", None),
        (b"\xef\xbb\xbfID,Full-Name,,Q 1", None),
        (b'"Id"," full name ","x,y",q.1', None),
        (b"ID,NAME,X", "has 3 names, but a row has 4 values"),
        (b"ID,NAME,X,Q_1,Y", "has 5 names, but a row has 4 values"),
        (b"ID,X,NAME,Q_1", "calls value 2 X, but the copybook calls it NAME or FULL_NAME"),
    ],
)
def test_the_header_line_names_the_values(line: bytes, complaint: str | None) -> None:
    framing = DelimitedFraming.from_dict(DelimitedFraming(header=HEADER).to_dict())
    assert framing.header == HEADER
    if complaint is None:
        framing.check_header(line)
        return
    with pytest.raises(InputError) as caught:
        framing.check_header(line)
    assert caught.value.code == "LRF047"
    assert complaint in caught.value.message
