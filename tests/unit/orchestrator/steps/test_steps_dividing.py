"""Dividing files: parts that cover all data once, begin at records, and are known before the file is read."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.orchestrator.steps.load.dividing import Divider, Part
from shared.errors import InputError
from shared.framing.descriptor import Descriptor
from shared.framing.fixed import FixedFraming
from shared.framing.fixed_blocked import FixedBlockedFraming
from shared.framing.protocol import Framing
from shared.framing.record_bounds import BoundedFraming
from shared.framing.spanned import SpannedFraming
from shared.framing.survey import Mark
from shared.framing.text import TextFraming
from shared.framing.variable import VariableFraming
from shared.jobs.compile import CompiledJob
from shared.messaging.publisher import Cancelled
from shared.records.conditions import Condition, RecordType
from tests.support.definitions import JOBS, compiled
from tests.unit.framing.writers import blocks, payloads, rdw

JOB = compiled(JOBS, "transactions")[1]
V = VariableFraming()
VB = VariableFraming(bdw=Descriptor())
TYPES = (
    RecordType("CUSTOMER", (Condition("MARK", 0, frozenset({b"C"}), 0x20),)),
    RecordType("ORDER", (Condition("MARK", 0, frozenset({b"O"}), 0x20),), "CUSTOMER"),
    RecordType("REST", (), "ORDER"),
)
WRITE: dict[str, tuple[Framing, Any]] = {
    "V": (V, lambda records: b"".join(map(rdw, records))),
    "VB": (VB, lambda records: blocks(records, 3)),
    "VBS": (SpannedFraming(), lambda records: blocks(records, 2)),
    "TEXT": (TextFraming(), lambda records: b"".join(record.hex().encode() + b"\n" for record in records)),
    "short ones left out": (BoundedFraming(V, minimum_record_length=4), lambda records: b"".join(map(rdw, records))),
}


def job(framing: Framing, types: tuple[RecordType, ...] = (RecordType("ALL"),), **edges: int) -> CompiledJob:
    shape = JOB.plan["records"][0]["shape"]
    plan = {"record_length": None, "records": [{"type": one.to_dict(), "shape": shape} for one in types]}
    return JOB.model_copy(update={"framing": framing.to_dict(), "edges": edges, "plan": plan})


def divide(compiled_: CompiledJob, data: bytes, wanted: int) -> list[Part]:
    return list(Divider(compiled_, lambda: None).parts(io.BytesIO(data), len(data), "in.dat", wanted))


def read(framing: Framing, data: bytes, parts: list[Part]) -> list[bytes]:
    """The records of all parts, whose numbers must go on from part to part."""
    records: list[bytes] = []
    for part in parts:
        assert part.begin.record_no == len(records) + 1
        found = framing.cut(
            io.BytesIO(data), part.begin.offset, part.end, 2, part.begin.record_no, block_end=part.begin.block_end
        )
        records += payloads(list(found))
    return records


@pytest.mark.parametrize(
    ("framing", "data", "edges", "expected"),
    [
        (FixedFraming(10), bytes(100), {}, [(0, 40), (40, 70), (70, 100)]),
        (FixedFraming(10), bytes(20), {}, [(0, 10), (10, 20)]),
        (FixedFraming(10), b"", {}, []),
        (FixedFraming(10), bytes(107), {"header_bytes": 4, "trailer_bytes": 3}, [(4, 44), (44, 74), (74, 104)]),
        (FixedFraming(10), bytes(100), {"header_records": 1, "trailer_records": 2}, [(10, 40), (40, 60), (60, 80)]),
        (FixedBlockedFraming(10, block_length=50), bytes(130), {}, [(0, 50), (50, 100), (100, 130)]),
        (FixedBlockedFraming(10, records_per_block=2), bytes(130), {}, [(0, 60), (60, 100), (100, 130)]),
        (FixedBlockedFraming(10), bytes(90), {}, [(0, 30), (30, 60), (60, 90)]),
    ],
    ids=str,
)
def test_records_of_one_length_are_divided_by_arithmetic(
    framing: Framing, data: bytes, edges: dict[str, int], expected: list[tuple[int, int]]
) -> None:
    parts = divide(job(framing, **edges), data, 3)
    assert [(part.begin.offset, part.end) for part in parts] == expected
    assert len(read(framing, data, parts)) == sum(end - start for start, end in expected) // 10


@settings(max_examples=60, deadline=None)
@given(
    records=st.lists(st.binary(max_size=12), max_size=40),
    wanted=st.integers(1, 6),
    header=st.integers(0, 2),
    trailer=st.integers(0, 3),
)
@pytest.mark.parametrize("form", WRITE)
def test_other_records_are_divided_where_they_begin(
    form: str, records: list[bytes], wanted: int, header: int, trailer: int
) -> None:
    framing, write = WRITE[form]
    data = write(records)
    edges = {"header_records": header, "trailer_records": trailer}
    if len(records) < header + trailer:
        with pytest.raises(InputError) as caught:
            divide(job(framing, **edges), data, wanted)
        assert caught.value.code == "LRF042"
        return
    parts = divide(job(framing, **edges), data, wanted)
    kept = records[header : len(records) - trailer]
    if form == "TEXT":
        kept = [record.hex().encode() for record in kept]
    elif isinstance(framing, BoundedFraming):
        kept = [record for record in kept if framing.keeps(len(record))]
    assert read(framing, data, parts) == kept
    assert len(parts) <= wanted
    edge = [part.begin.offset for part in parts]
    assert edge[1:] == [part.end for part in parts[:-1]], "no byte between two parts"
    assert divide(job(framing, **edges), data, wanted) == parts, "again: the same"


@settings(max_examples=60, deadline=None)
@given(marks=st.text("COX", min_size=1, max_size=40), wanted=st.integers(2, 5), fixed=st.booleans())
def test_parts_of_hierarchical_files_know_what_their_records_belong_to(marks: str, wanted: int, fixed: bool) -> None:
    records = [f"{mark}{number:03}".encode() for number, mark in enumerate(marks)]
    framing: Framing = FixedFraming(4) if fixed else V
    data = b"".join(records if fixed else map(rdw, records))
    parts = divide(job(framing, TYPES), data, wanted)
    assert read(framing, data, parts) == records
    for part in parts:
        before = records[: part.begin.record_no - 1]
        customer = max((at for at, one in enumerate(before) if one[:1] == b"C"), default=None)
        order = max((at for at, one in enumerate(before) if one[:1] == b"O"), default=None)
        if order is not None and customer is not None and order < customer:
            order = None
        places = sorted(at for at in (customer, order) if at is not None)
        assert [record for _, record in part.open_records] == [before[at] for at in places]
        assert [at for at, _ in part.open_records] == [at * (4 if fixed else 8) for at in places]


def test_parts_of_equal_size_come_before_the_file_is_read_through() -> None:
    data = b"".join(rdw(bytes(996)) for _ in range(8_000))
    file = io.BytesIO(data)
    parts = Divider(job(V, trailer_records=1), lambda: None).parts(file, len(data), "in.dat", 4)
    first = next(parts)
    assert file.tell() < len(data) // 2, "its readers need not wait"
    sizes = [part.end - part.begin.offset for part in (first, *parts)]
    assert len(sizes) == 4
    assert max(sizes) - min(sizes) < 2_500_000
    assert sum(sizes) == len(data) - 1_000


def test_one_part_needs_no_pass() -> None:
    data = b"".join(rdw(bytes(96)) for _ in range(100_000))
    file = io.BytesIO(data)
    (part,) = Divider(job(V, header_records=1), lambda: None).parts(file, len(data), "in.dat", 1)
    assert (part.begin, part.end) == (Mark(100, 1), len(data))
    assert file.tell() <= 2_000_000


def test_a_pass_is_given_up_when_the_orchestrator_stops() -> None:
    def stop() -> None:
        raise Cancelled

    data = b"".join(rdw(bytes(96)) for _ in range(10))
    with pytest.raises(Cancelled):
        list(Divider(job(V), stop).parts(io.BytesIO(data), len(data), "in.dat", 2))
