"""Columns, dropped rows, rejects and names."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.batch.columns import BatchColumn, constant, drop_rows
from shared.batch.rejects import Reject, decode_rejects, encode_rejects
from shared.batch.types import SqlType, TableName, TargetColumn, identifier
from shared.errors import JobError

TEXT = TargetColumn("NAME", SqlType.VARCHAR, 4)


@given(st.integers(0, 40), st.data(), st.sampled_from([(), (3,)]))
def test_dropped_rows_are_the_ones_named(count: int, data: st.DataObject, width: tuple[int, ...]) -> None:
    rows = sorted(data.draw(st.sets(st.integers(0, count - 1)))) if count else []
    array = np.arange(count * int(np.prod(width, dtype=int)), dtype=np.int64).reshape(count, *width)
    dropped = drop_rows(array, np.array(rows, np.intp))
    assert np.array_equal(dropped, np.delete(array, rows, axis=0))
    assert dropped.flags.c_contiguous
    assert dropped.dtype == array.dtype


def test_a_column_drops_its_indicators_too() -> None:
    values = np.frombuffer(b"ab  cd  ef  ", np.uint8).reshape(3, 4)
    column = BatchColumn(TEXT, values, np.array([2, -1, 1], np.int32)).without(np.array([1]))
    assert column.indicators is not None
    assert (column.values.tobytes(), column.indicators.tolist(), column.stride) == (b"ab  ef  ", [2, 1], 4)


def test_values_are_contiguous_and_have_the_drivers_width() -> None:
    column = BatchColumn(TargetColumn("N", SqlType.SMALLINT), np.arange(10, dtype=np.int64)[::2])
    assert (column.values.dtype, column.values.flags.c_contiguous, column.stride) == (np.int16, True, 2)
    text = BatchColumn(TEXT, np.frombuffer(b"abcdefgh", np.uint8).reshape(2, 4)[:, :2])
    assert (text.values.flags.c_contiguous, text.stride) == (True, 2)


def test_constants() -> None:
    column = constant(TEXT, "é1", 3)
    assert (column.values.tobytes(), column.stride) == ("é1".encode() * 3, 3)
    numbers = constant(TargetColumn("N", SqlType.BIGINT), 2**40, 2)
    assert (numbers.values.tolist(), numbers.stride) == ([2**40] * 2, 8)
    assert len(constant(TEXT, "x", 0).values) == 0


REJECTS = st.lists(
    st.builds(
        Reject,
        offset=st.integers(0, 2**50),
        record_no=st.integers(1),
        field=st.text(),
        field_offset=st.integers(0),
        code=st.just("LRD001"),
        message=st.text(),
        raw_hex=st.binary().map(bytes.hex),
        faults=st.integers(1, 9),
    )
)


@given(REJECTS)
def test_rejects_come_back(rejects: list[Reject]) -> None:
    data = encode_rejects(rejects)
    assert decode_rejects(data) == rejects
    assert data.count(b"\n") == len(rejects), "a line each, whatever the text"


@pytest.mark.parametrize("name", ["", "1A", "A B", "A;B", 'A"', "A-B", "_A", "Ä", "A" * 129, "A\n", "A.B"])
def test_invalid_names_are_refused(name: str) -> None:
    with pytest.raises(JobError) as caught:
        identifier(name)
    assert caught.value.code == "LRJ020"


@pytest.mark.parametrize(("text", "expected"), [("t", "LRECL.T"), ("s.t", "S.T"), ("S_1.T_2", "S_1.T_2")])
def test_tables(text: str, expected: str) -> None:
    assert str(TableName.parse(text, "lrecl")) == expected


@pytest.mark.parametrize("text", ["", ".", "a.", ".b.c", "a.b.c", "a b", "a.b;"])
def test_invalid_table_names_are_refused(text: str) -> None:
    with pytest.raises(JobError):
        TableName.parse(text, "LRECL")


def test_target_columns_come_back_from_their_dictionary() -> None:
    column = TargetColumn("AMOUNT", SqlType.DECIMAL, 13, 2, nullable=False)
    assert TargetColumn.from_dict(column.to_dict()) == column
    assert type(TargetColumn.from_dict(column.to_dict()).sql_type) is SqlType
