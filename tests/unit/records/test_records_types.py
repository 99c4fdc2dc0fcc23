"""Types of records by their bytes, and the records that others stand below."""

from __future__ import annotations

import json

import pytest

from shared.records.conditions import Condition, RecordType, type_of
from shared.records.open_records import OpenRecords


def is_(letter: bytes, offset: int = 0) -> Condition:
    return Condition("KIND", offset, frozenset({letter}), 0x40)


TYPES = (
    RecordType("BANK", (is_(b"B"),)),
    RecordType("BRANCH", (is_(b"R"),), "BANK"),
    RecordType("ACCOUNT", (is_(b"A"),), "BRANCH"),
    RecordType("TRAILER", (is_(b"T"),)),
)


@pytest.mark.parametrize(("record", "place"), [(b"B", 0), (b"R..", 1), (b"A", 2), (b"T", 3), (b"Z", None), (b"", None)])
def test_the_first_type_that_fits(record: bytes, place: int | None) -> None:
    assert type_of(TYPES, record) == place


def test_all_conditions_must_hold_and_none_takes_everything() -> None:
    both = RecordType("X", (is_(b"A"), Condition("SUB", 1, frozenset({b"1", b"2"}), 0x40)))
    rest = RecordType("REST")
    assert [type_of((both, rest), record) for record in (b"A1", b"A2", b"A3", b"B1", b"")] == [0, 0, 1, 1, 1]


def test_what_a_short_record_lacks_is_padding() -> None:
    condition = Condition("CODE", 1, frozenset({b"A@@"}), 0x40)
    assert condition.length == 3
    assert [condition.holds(record) for record in (b"xA", b"xA@@y", b"xA@y", b"x", b"")] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert Condition("CODE", 5, frozenset({b"@@"}), 0x40).holds(b"")


def opened(*records: bytes) -> list[bytes]:
    hierarchy = OpenRecords(TYPES)
    for offset, record in enumerate(records):
        hierarchy.add(offset, record)
    return [record for _, record in hierarchy.current()]


def test_the_last_of_each_type_is_open_until_one_above_comes() -> None:
    assert opened(b"B1", b"R1", b"A1", b"A2") == [b"B1", b"R1"], "nobody stands below an account"
    assert opened(b"B1", b"R1", b"R2") == [b"B1", b"R2"]
    assert opened(b"B1", b"R1", b"B2") == [b"B2"], "the branch was of another bank"
    assert opened(b"R1", b"T", b"Z") == [b"R1"], "neither a stranger nor a record of no type ends anything"
    assert opened(b"R1", b"B1", b"R2") == [b"B1", b"R2"]


def test_it_goes_on_from_records_that_were_open() -> None:
    before = OpenRecords(TYPES)
    for offset, record in ((0, b"B1"), (10, b"R1")):
        before.add(offset, record)
    after = OpenRecords(TYPES, before.current())
    after.add(20, b"R2")
    assert after.current() == [(0, b"B1"), (20, b"R2")]


def test_without_parents_there_is_nothing_to_follow() -> None:
    assert OpenRecords(TYPES).has_parents
    alone = OpenRecords(TYPES[3:])
    alone.add(0, b"T")
    assert not alone.has_parents
    assert alone.current() == []


def test_types_travel_as_json() -> None:
    assert tuple(RecordType.from_dict(json.loads(json.dumps(one.to_dict()))) for one in TYPES) == TYPES
