"""Types and parents of whole batches: the same as found record by record."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.records.conditions import Condition, RecordType, type_of
from shared.records.open_records import OpenRecords
from shared.transform.batch_records import BatchRecords, frame_parts
from shared.transform.parents import ParentFinder
from shared.transform.type_matching import NO_TYPE, TypeMatcher

SEEDS = st.integers(0, 2**32)
LETTERS = b"ABCDEFG"


def framed(records: list[bytes]) -> BatchRecords:
    lengths = np.array([len(record) for record in records], np.uint32)
    offsets = np.cumsum(lengths, dtype=np.uint64)
    return frame_parts(b"".join(records), None, 1, (offsets, lengths), 0)


def family(dice: random.Random) -> list[RecordType]:
    """Types told apart by a letter; each but the first may have one of those before it above it."""
    types: list[RecordType] = []
    for letter in LETTERS[: dice.randint(1, 7)]:
        parent = dice.choice(types).name if types and dice.random() < 0.8 else None
        types.append(RecordType(chr(letter), (Condition("KIND", 0, frozenset({bytes([letter])}), 0x40),), parent))
    return types


@given(SEEDS, st.integers(0, 60))
@settings(max_examples=200, deadline=None)
def test_the_last_open_record_of_each_type(seed: int, count: int) -> None:
    dice = random.Random(seed)
    types = family(dice)
    records = [bytes([dice.choice(LETTERS)]) for _ in range(count)]
    places = TypeMatcher(types).match(framed(records))
    finder, follower = ParentFinder(types), OpenRecords(types)
    above = {one.parent for one in types if one.parent is not None}
    found = {name: finder.last_open(name, places) for name in above}
    for number, record in enumerate(records):
        follower.add(number, record)
        expected = {chr(parent[0]): at for at, parent in follower.current()}
        assert {name: int(last[number]) for name, last in found.items() if last[number] >= 0} == expected


def conditions(dice: random.Random) -> tuple[Condition, ...]:
    made = []
    for _ in range(dice.choice([0, 1, 1, 1, 2])):
        length = dice.choice([1, 2, 7, 8, 9, 17])
        values = frozenset(bytes(dice.choices(b"\x40\xc1", k=length)) for _ in range(dice.randint(1, 4)))
        made.append(Condition("F", dice.randint(0, 5), values, dice.choice(b"\x40\x20")))
    return tuple(made)


@given(SEEDS)
@settings(max_examples=200, deadline=None)
def test_types_of_records_as_one_by_one(seed: int) -> None:
    dice = random.Random(seed)
    types = [RecordType(str(number), conditions(dice)) for number in range(dice.randint(1, 5))]
    records = [bytes(dice.choices(b"\x40\xc1", (3, 1), k=dice.randint(0, 20))) for _ in range(dice.randint(0, 30))]
    expected = [NO_TYPE if (place := type_of(types, record)) is None else place for record in records]
    assert TypeMatcher(types).match(framed(records)).tolist() == expected


def test_many_stored_forms_of_a_number() -> None:
    forms = frozenset(bytes([0x12, digit << 4 | sign]) for sign in (0xA, 0xC, 0xE, 0xF) for digit in range(3, 10))
    types = [RecordType("N", (Condition("N", 1, forms, 0x40),))]
    records = [b"\x00\x12\x3a", b"\x00\x12\x3d", b"\x00\x12\x3f", b"\x00\x12", b""]
    assert TypeMatcher(types).match(framed(records)).tolist() == [0, NO_TYPE, 0, NO_TYPE, NO_TYPE]


def test_a_record_of_no_type_shows_what_stands_where_types_look() -> None:
    kinds = [Condition("KIND", 0, frozenset({kind}), 0x40) for kind in (b"\xc1", b"\xc2")]
    sub = Condition("SUB", 3, frozenset({b"\xf1\xf2"}), 0x40)
    types = [RecordType("A", (kinds[0],)), RecordType("B", (kinds[1], sub))]
    fault = TypeMatcher(types).explain(b"\xe9\x00\x00\xf9\x00")
    assert (fault.code, fault.field, fault.offset) == ("LRV005", "KIND", 0)
    assert fault.message == "record of no known type: KIND is X'E9' ('Z'); SUB is X'F900' ('9.')"
    assert "the record ends before SUB" in TypeMatcher(types).explain(b"\xe9").message
    ascii_types = [RecordType("A", (Condition("KIND", 0, frozenset({b"A"}), 0x20),))]
    assert "KIND is X'5A' ('Z')" in TypeMatcher(ascii_types).explain(b"Z").message
