"""The Arrow form: batches come back from it, pyarrow can read it, and its memory stays valid."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.batch.arrow import from_ipc, to_ipc
from shared.batch.columns import NULL, BatchColumn, RowBatch
from shared.batch.types import SqlType, TargetColumn
from shared.errors import PoisonError

SMALL = TargetColumn("SMALL", SqlType.SMALLINT)
LONG = TargetColumn("LONG", SqlType.BIGINT)
MONEY = TargetColumn("MONEY", SqlType.DECIMAL, 5, 2)
NAME = TargetColumn("NAME", SqlType.VARCHAR, 6)
RATE = TargetColumn("RATE", SqlType.DOUBLE)
DAY = TargetColumn("DAY", SqlType.DATE, 10)
TARGETS = (SMALL, LONG, MONEY, NAME, DAY, RATE)

ROW = st.tuples(
    st.integers(-(2**15), 2**15 - 1),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.binary(min_size=7, max_size=7),
    st.none() | st.binary(max_size=6),
    st.none() | st.binary(min_size=10, max_size=10),
    st.floats(allow_nan=False),
)


def fixed(values: list[Any], stride: int) -> np.ndarray[Any, Any]:
    raw = b"".join((value or b"").ljust(stride) for value in values)
    return np.frombuffer(raw, np.uint8).reshape(-1, stride)


def lengths(values: list[Any]) -> np.ndarray[Any, Any]:
    return np.array([NULL if value is None else len(value) for value in values], np.int32)


def batch_of(rows: list[tuple[Any, ...]]) -> RowBatch:
    small, long, money, name, day, rate = ([row[place] for row in rows] for place in range(6))
    indicators = np.array([NULL if value is None else 8 for value in long], np.int32)
    return RowBatch(
        np.arange(len(rows), dtype=np.int64) * 7 + 2**40,
        [
            BatchColumn(SMALL, np.array(small, np.int64)),
            BatchColumn(LONG, np.array([value or 0 for value in long], np.int64), indicators),
            BatchColumn(MONEY, fixed(money, 7)),
            BatchColumn(NAME, fixed(name, 6), lengths(name)),
            BatchColumn(DAY, fixed(day, 10), lengths(day)),
            BatchColumn(RATE, np.array(rate, np.float64)),
        ],
    )


def same(one: RowBatch, other: RowBatch) -> None:
    assert np.array_equal(one.offsets, other.offsets)
    for left, right in zip(one.columns, other.columns, strict=True):
        assert left.target == right.target
        assert left.values.dtype == right.values.dtype
        assert np.array_equal(left.values, right.values)
        assert (left.indicators is None) == (right.indicators is None)
        if left.indicators is not None:
            assert np.array_equal(left.indicators, right.indicators)


@given(st.lists(ROW))
def test_a_batch_comes_back(rows: list[tuple[Any, ...]]) -> None:
    batch = batch_of(rows)
    same(from_ipc(to_ipc(batch), TARGETS), batch)


@given(st.lists(ROW))
def test_pyarrow_reads_it_as_plain_columns(rows: list[tuple[Any, ...]]) -> None:
    batch = batch_of(rows)
    table = pa.ipc.open_stream(to_ipc(batch)).read_all()
    table.validate(full=True)
    names = ["SMALL", "LONG", "LONG#", "MONEY", "NAME", "NAME#", "DAY", "DAY#", "RATE"]
    assert table.column_names == ["RECORD_OFFSET", *names]
    assert table.schema.field("SMALL").type == pa.int16()
    assert table.schema.field("MONEY").type == pa.binary(7)
    assert table["RECORD_OFFSET"].to_pylist() == batch.offsets.tolist()
    assert table["SMALL"].to_pylist() == [row[0] for row in rows]
    assert table["MONEY"].to_pylist() == [row[2] for row in rows]
    assert table.schema.field("RATE").type == pa.float64()
    assert table["RATE"].to_pylist() == [row[5] for row in rows]
    assert table["NAME#"].to_pylist() == lengths([row[3] for row in rows]).tolist()


def test_pyarrows_own_stream_is_read() -> None:
    table = pa.table({"RECORD_OFFSET": pa.array([1, 2], pa.int64()), "SMALL": pa.array([-1, 5], pa.int16())})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    found = from_ipc(sink.getvalue().to_pybytes(), [SMALL])
    assert (found.offsets.tolist(), found.columns[0].values.tolist()) == ([1, 2], [-1, 5])


def test_the_memory_lives_as_long_as_the_batch() -> None:
    rows = [(n, n, b"+123.45", b"name", b"2024-02-29", n / 7) for n in range(5_000)]
    data = bytearray(to_ipc(batch_of(rows)))
    found = from_ipc(memoryview(data), TARGETS)
    expected = batch_of(rows)
    data[:] = bytes(len(data))
    del data
    gc.collect()
    trash = [np.full(100_000, 0xAA, np.uint8) for _ in range(50)]  # would reuse memory that was freed too early
    same(found, expected)
    assert len(trash) == 50


def test_a_batch_without_rows_keeps_its_shapes() -> None:
    found = from_ipc(to_ipc(batch_of([])), TARGETS)
    assert len(found) == 0
    assert [column.values.shape for column in found.columns] == [(0,), (0,), (0, 7), (0, 6), (0, 10), (0,)]


@pytest.mark.parametrize("data", [b"", b"not arrow at all", bytes(100)])
def test_other_data_is_poison(data: bytes) -> None:
    with pytest.raises(PoisonError) as caught:
        from_ipc(data, TARGETS)
    assert caught.value.code == "LRP010"


def test_a_truncated_stream_is_poison() -> None:
    data = to_ipc(batch_of([(1, 2, b"+123.45", b"n", None, 0.5)] * 100))
    for cut in (len(data) // 4, len(data) // 2, len(data) * 3 // 4):
        with pytest.raises(PoisonError):
            from_ipc(data[:cut], TARGETS)


def test_two_batches_in_a_stream_are_poison() -> None:
    table = pa.table({"RECORD_OFFSET": pa.array([1, 2], pa.int64())})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=1)
    with pytest.raises(PoisonError) as caught:
        from_ipc(sink.getvalue().to_pybytes(), [])
    assert caught.value.code == "LRP010"


def test_a_missing_column_is_poison() -> None:
    with pytest.raises(PoisonError) as caught:
        from_ipc(to_ipc(batch_of([])), [*TARGETS, TargetColumn("OTHER", SqlType.INTEGER)])
    assert caught.value.code == "LRP011"
    assert "OTHER" in caught.value.message
