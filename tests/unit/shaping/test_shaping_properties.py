"""Generated layouts of nested tables and random records: the shaper agrees with the record-by-record oracle."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.shaping import Shape, ShapedBatch, Shaper
from tests.unit.shaping.oracle import DIGITS, FILLER, Bytes, Items, Many, read_record, shape_of_tree, write_record


def generated(dice: random.Random, depth: int, seen: list[str], names: list[str]) -> Items:
    """Items with counters directly before their tables, further before, or outside; some count two tables."""
    items: Items = []
    for _ in range(dice.randint(1, 4 if depth else 5)):
        kind = dice.random()
        if kind < 0.35 or depth > 2:
            items.append(Bytes(dice.randint(1, 9)))
        elif kind < 0.6:
            names.append(f"N{len(names)}")
            seen.append(names[-1])
            items.append(Bytes(DIGITS, names[-1]))
        else:
            items.append(table(dice, depth, seen, names))
    return items


def table(dice: random.Random, depth: int, seen: list[str], names: list[str]) -> Many:
    names.append(f"T{len(names)}")
    counter = dice.choice(seen) if seen and dice.random() < 0.8 else ""
    maximum = dice.randint(1, 4)
    minimum = dice.randint(0, maximum) if counter else maximum
    name = names[-1]
    # A counter in a table cannot count a table outside it.
    return Many(name, minimum, maximum, counter, generated(dice, depth + 1, list(seen), names))


def batch(items: Items, dice: random.Random, *, shifting: bool, wrong: float, cut: float) -> list[bytes]:
    records = []
    for _ in range(dice.randint(0, 12)):
        record = write_record(items, dice, shifting=shifting, wrong=wrong)
        if dice.random() < cut:
            record = record[: dice.randint(0, len(record))] if dice.random() < 0.7 else record + dice.randbytes(3)
        records.append(record)
    return records


def shaped(shape: Shape, records: list[bytes], header: int = 4) -> ShapedBatch:
    """The records after headers, as in a file with RDWs."""
    data = b"".join(b"\xee" * header + record for record in records)
    lengths = np.array([len(record) for record in records], np.int64)
    starts = np.cumsum(lengths + header) - lengths
    return Shaper(shape, filler=FILLER).run(data, starts, lengths)


@given(st.integers(0, 2**32), st.booleans(), st.sampled_from([0.0, 0.15]), st.sampled_from([0.0, 0.4]), st.booleans())
@settings(max_examples=300, deadline=None)
def test_every_byte_and_every_missing_element(seed, shifting, wrong, cut, strict):
    dice = random.Random(seed)
    items = generated(dice, 0, [], [])
    shape = shape_of_tree(items, shifting=shifting, strict=strict)
    records = batch(items, dice, shifting=shifting, wrong=wrong, cut=cut)
    found = shaped(shape, records)
    assert found.records.shape == (len(records), shape.length)
    assert found.records.dtype == np.uint8
    assert found.records.flags.c_contiguous
    for row, record in enumerate(records):
        agree(found, row, record, items)


def agree(found: ShapedBatch, row: int, record: bytes, items: Items) -> None:
    expected = read_record(items, found.shape, record)
    assert bool(found.bad[row]) == (expected.fault is not None)
    if expected.fault is None:
        assert found.used[row] == expected.used
    else:
        code, message, field, offset = found.explain(row)
        assert (code, message != "") == (expected.fault[0], True)
        assert offset - expected.fault[1] in ((0, 1) if code == "LRD040" else (0,))
        assert (field == "") == (code == "LRD042")
    for element in expected.elements:
        mask = found.missing(element.offset, element.width, element.occurrence)
        assert (mask is not None and bool(mask[row])) == (element.at is None), element
        matrix = found.records[row, element.offset : element.offset + element.width].tobytes()
        if element.at is not None:
            assert matrix == record[element.at : element.at + element.width], element
    if found.shape.shifting and expected.fault is None:
        assert found.records[row].tobytes() == rebuilt(found.shape.length, record, items, found.shape)


def rebuilt(length: int, record: bytes, items: Items, shape: Shape) -> bytes:
    """The complete row of the matrix: complete elements, the first part of a cut one, and filler."""
    out = bytearray([FILLER]) * length
    previous = 0
    for element in read_record(items, shape, record + bytes(length)).elements:
        if element.at is not None:
            assert element.at >= previous
            previous = element.at
            part = record[element.at : element.at + element.width]
            out[element.offset : element.offset + len(part)] = part
    return bytes(out)


@pytest.mark.parametrize("shifting", [True, False])
def test_the_generator_covers_all_cases(shifting):
    """The generator makes nested variable tables, faults of each kind, and truncated records."""
    seen: set[str] = set()
    for seed in range(60):
        dice = random.Random(seed)
        items = generated(dice, 0, [], [])
        shape = shape_of_tree(items, shifting=shifting, strict=True)
        if any(t.counter is not None and t.parent is not None for t in shape.tables):
            seen.add("nested")
        found = shaped(shape, batch(items, dice, shifting=shifting, wrong=0.15, cut=0.4))
        seen |= {found.explain(row).code for row in np.flatnonzero(found.bad)}
        seen |= {"truncated"} if found.reach is not None else set()
    assert seen == {"nested", "truncated", "LRD040", "LRD041", "LRD042"}
