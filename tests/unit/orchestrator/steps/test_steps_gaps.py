"""What the ledger lacks: whatever subset of batches is there, reading the gaps yields exactly the others."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.steps.load.gaps import end_of, gaps, start_of
from services.orchestrator.steps.load.rereading import can_begin_anywhere
from services.orchestrator.store.ledger import BatchPlace
from services.orchestrator.store.splits import SplitRow
from shared.framing.descriptor import Descriptor
from shared.framing.fixed import FixedFraming
from shared.framing.protocol import Batch, Framing
from shared.framing.variable import VariableFraming
from shared.messaging.messages import BATCHES_PER_SPLIT, FILE_STRIDE
from tests.support.definitions import JOBS, compiled
from tests.support.run_rows import batch_place, split_row

FILE_NO, SPLIT_NO = 2, 7
BASE = FILE_NO * FILE_STRIDE


def vb_file(lengths: list[int], per_block: int) -> bytes:
    """Records of the given payload lengths behind RDWs, ``per_block`` in a block behind its BDW."""
    records = [(length + 4).to_bytes(2, "big") + b"\0\0" + bytes([length % 256]) * length for length in lengths]
    blocks = [b"".join(records[start : start + per_block]) for start in range(0, len(records), per_block)]
    return b"".join((len(block) + 4).to_bytes(2, "big") + b"\0\0" + block for block in blocks)


def cut(framing: Framing, data: bytes, offset: int, end: int, first: int, size: int, block_end: int) -> list[Batch]:
    return list(framing.cut(io.BytesIO(data), offset, end, size, first, 100_000, block_end))


def split_to(end: int, before: int = 0) -> SplitRow:
    return split_row(split_no=SPLIT_NO, file_no=FILE_NO, end_offset=end, records_before=before)


def row(number: int, batch: Batch) -> BatchPlace:
    return batch_place(
        batch_no=SPLIT_NO * BATCHES_PER_SPLIT + number, split_no=SPLIT_NO, start_offset=BASE + batch.offset,
        bytes=batch.end - batch.offset, records_read=batch.records, first_record_no=batch.first_record_no,
        block_end=BASE + batch.block_end if batch.block_end else 0,
    )  # fmt: skip


def check(framing: Framing, data: bytes, size: int, kept: set[int]) -> None:
    whole = cut(framing, data, 0, len(data), 1, size, 0)
    split = split_to(len(data))
    there = [row(number, batch) for number, batch in enumerate(whole) if number in kept]
    found: dict[int, Batch] = {}
    for gap in gaps(split, there):
        begin = gap.begin
        again = cut(framing, data, begin.offset, gap.end, begin.records_before + 1, size, begin.block_end)
        found |= {begin.batches + place: batch for place, batch in enumerate(again)}
        assert begin.records_read == sum(batch.records for batch in whole[: begin.batches])
    missing = {number: batch for number, batch in enumerate(whole) if number not in kept}
    assert found.keys() == missing.keys()
    for number, batch in missing.items():
        other = found[number]
        assert (other.data, other.offsets, other.lengths) == (batch.data, batch.offsets, batch.lengths)
        assert (other.offset, other.end, other.first_record_no) == (batch.offset, batch.end, batch.first_record_no)


@given(st.integers(0, 40), st.integers(1, 7), st.sets(st.integers(0, 40)))
def test_fixed_records(records: int, size: int, kept: set[int]) -> None:
    check(FixedFraming(5), bytes(range(250)) * 2 if records > 90 else bytes(5 * records), size, kept)


@given(
    st.lists(st.integers(0, 30), max_size=40), st.integers(1, 9), st.integers(1, 7), st.sets(st.integers(0, 40))
)  # fmt: skip
def test_blocked_records_of_variable_length(lengths: list[int], per_block: int, size: int, kept: set[int]) -> None:
    check(VariableFraming(bdw=Descriptor()), vb_file(lengths, per_block), size, kept)


def test_nothing_is_there_and_everything_is_there() -> None:
    split = split_to(100, before=50)
    (gap,) = gaps(split, [])
    assert (gap.begin, gap.end) == (start_of(split), 100)
    assert (gap.begin.records_before, gap.begin.records_read) == (50, 0)
    batch = row(0, cut(FixedFraming(5), bytes(100), 0, 100, 51, 20, 0)[0])
    assert list(gaps(split, [batch])) == []
    place = end_of(split, batch)
    assert (place.offset, place.batches, place.records_read) == (100, 1, 20)


def test_an_empty_split_lacks_nothing() -> None:
    assert list(gaps(split_to(0), [])) == []


def test_where_reading_can_begin() -> None:
    job = compiled(JOBS, "transactions")[1]
    assert can_begin_anywhere(job)
    assert not can_begin_anywhere(job.model_copy(update={"framing": job.framing | {"minimum_record_length": 3}}))
    assert not can_begin_anywhere(job.model_copy(update={"framing": job.framing | {"skip_unmarked": True}}))
    record = job.plan["records"][0]
    child = record | {"type": record["type"] | {"parent": "OTHER"}}
    assert not can_begin_anywhere(job.model_copy(update={"plan": job.plan | {"records": [record, child]}}))
