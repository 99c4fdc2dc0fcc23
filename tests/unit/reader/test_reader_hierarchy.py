"""Hierarchical files: each batch brings along the records that its own may belong to."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.framing.fixed import FixedFraming
from shared.framing.protocol import Framing
from shared.framing.variable import VariableFraming
from shared.messaging.messages import FILE_STRIDE
from shared.records.conditions import Condition, RecordType
from tests.unit.framing.writers import rdw
from tests.unit.reader.commands import assert_seamless, command, in_pieces, placed, read


def _type(mark: bytes, parent: str | None = None) -> RecordType:
    return RecordType(mark.decode(), (Condition("MARK", 0, frozenset({mark}), 0x20),), parent)


TYPES = (_type(b"C"), _type(b"O", "C"), _type(b"L", "O"))


def records_of(marks: str, length: int | None) -> list[bytes]:
    made = [f"{mark}{number}".encode() for number, mark in enumerate(marks)]
    return made if length is None else [record.ljust(length) for record in made]


@settings(max_examples=60, deadline=None)
@given(marks=st.text("COLX", min_size=1, max_size=30), batch=st.integers(1, 5), file_no=st.sampled_from([0, 2]))
@pytest.mark.parametrize("fixed", [False, True])
def test_open_records_are_the_last_of_each_parent(
    tmp_path_factory: pytest.TempPathFactory, fixed: bool, marks: str, batch: int, file_no: int
) -> None:
    root = tmp_path_factory.mktemp("in")
    path = root / "a.dat"
    records = records_of(marks, 8 if fixed else None)
    framing: Framing = FixedFraming(8) if fixed else VariableFraming()
    path.write_bytes(b"".join(records if fixed else map(rdw, records)))
    task = command(path, framing, TYPES, batch_records=batch, file_no=file_no)
    whole, _ = read(task, root)
    assert in_pieces(task, root)[0] == whole
    assert_seamless(whole, file_no * FILE_STRIDE, file_no * FILE_STRIDE + task.end)
    before: list[bytes] = []
    for message, parts in whole:
        k = message.open_records
        if k:
            found = placed(message, parts)
            assert [record for _, record in found[:k]] == expected_open(before)
            assert all(at < message.offset for at, _ in found[:k])
            own = [record for _, record in found[k:]]
        else:
            assert expected_open(before) == []
            own = records[len(before) : len(before) + message.records]
        assert message.records == len(own)
        before += own
    assert before == records


def expected_open(before: list[bytes]) -> list[bytes]:
    """By the definition, in the simplest way: the last customer, and its last order."""
    marks = [record[:1] for record in before]
    customer = max((place for place, mark in enumerate(marks) if mark == b"C"), default=None)
    order = max((place for place, mark in enumerate(marks) if mark == b"O"), default=None)
    if order is not None and customer is not None and order < customer:
        order = None
    return [before[place] for place in sorted(one for one in (customer, order) if one is not None)]


def test_jobs_without_parents_carry_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(b"C1O2L3C4")
    flat = tuple(_type(mark) for mark in (b"C", b"O", b"L"))
    sent, done = read(command(path, FixedFraming(2), flat), tmp_path)
    assert [(m.open_records, set(parts)) for m, parts in sent] == [(0, {"records"})] * 2
    assert done.open_records == ()
