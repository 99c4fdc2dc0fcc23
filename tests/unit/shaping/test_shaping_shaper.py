"""The shaper's results by example: views, lengths, faults and their explanations."""

from __future__ import annotations

import numpy as np
import pytest

from shared.codec import Column, Decoder, FieldSpec, Kind, Sign, Trim, encode
from shared.errors import InputError
from shared.shaping import CounterField, Shape, ShapedBatch, Shaper, Table

PACKED = FieldSpec("CNT", Kind.PACKED, 3, 2, 3, sign=Sign.TRAILING)
SHAPE = Shape(15, 6, True, (Table(5, 3, 1, 3, 0, None, "ITEMS"),), (CounterField(PACKED),))
"""Three bytes, a packed counter, one to three items of three bytes, one byte."""

FIXED = Shape(6, 6, True)


def run(shape: Shape, *records: bytes, header: int = 0) -> ShapedBatch:
    data = b"".join(b"\xee" * header + record for record in records)
    lengths = np.array([len(record) for record in records], np.int64)
    return Shaper(shape).run(data, np.cumsum(lengths + header) - lengths, lengths)


def record(count: bytes, items: bytes, tail: bytes = b"Z") -> bytes:
    return b"KEY" + count + items + tail


def rows(found: ShapedBatch) -> list[bytes]:
    return [row.tobytes() for row in found.records]


def test_records_of_full_length_are_not_copied():
    data = b"abcdefghijklmnopqr"
    starts, lengths = np.array([6, 12], np.int64), np.array([6, 6], np.int64)
    found = Shaper(FIXED).run(memoryview(data), starts, lengths)
    assert np.shares_memory(found.records, np.frombuffer(data, np.uint8))
    assert rows(found) == [b"ghijkl", b"mnopqr"]
    assert found.records.flags.c_contiguous
    assert (found.reach, found.bad.any(), found.used.tolist()) == (None, False, [6, 6])
    assert found.missing(0, 6) is None


def test_tables_that_do_not_move_need_no_copy_either():
    shape = Shape(5, 5, False, (Table(2, 1, 0, 3, 0, None),), (CounterField(FieldSpec("N", Kind.DISPLAY, 0, 2, 2)),))
    data = "01abc03abc".encode("cp037")
    found = Shaper(shape).run(data, np.array([0, 5]), np.array([5, 5]))
    assert np.shares_memory(found.records, np.frombuffer(data, np.uint8))
    assert found.counts[0].tolist() == [[1], [3]]
    assert found.missing(3, 1, ((0, 2),)).tolist() == [True, False]


def test_records_with_something_between_them_are_copied():
    assert rows(run(FIXED, b"abcdef", b"ghijkl", header=4)) == [b"abcdef", b"ghijkl"]


def test_short_and_long_records_of_a_fixed_layout():
    found = run(FIXED, b"abcdef", b"abc", b"", b"abcdefgh", header=4)
    assert rows(found) == [b"abcdef", b"abc@@@", b"@@@@@@", b"abcdef"]
    assert found.reach.tolist() == [6, 3, 0, 6]
    assert found.missing(2, 1).tolist() == [False, False, True, False]
    assert found.missing(2, 2).tolist() == [False, True, True, False]
    assert found.missing(0, 0) is None
    assert not found.bad.any()


def test_the_filler_can_be_chosen():
    found = Shaper(FIXED, filler=0).run(b"ab", np.array([0]), np.array([2]))
    assert rows(found) == [b"ab\0\0\0\0"]


@pytest.mark.parametrize("shape", [SHAPE, FIXED])
def test_no_records(shape):
    found = run(shape)
    assert found.records.shape == (0, shape.length)
    assert [counts.shape for counts in found.counts] == [(0, 1)] * len(shape.tables)
    assert found.missing(0, 1) is None


def test_records_that_are_all_empty():
    found = run(SHAPE, b"", b"")
    assert rows(found) == [b"@" * 15] * 2
    assert found.missing(0, 1).all()
    assert not found.bad.any()


def test_a_table_between_other_items():
    found = run(SHAPE, record(b"\x00\x1c", b"aaa"), record(b"\x00\x3c", b"aaabbbccc"), header=4)
    assert rows(found) == [b"KEY\x00\x1caaa@@@@@@Z", b"KEY\x00\x3caaabbbcccZ"]
    assert found.counts[0].tolist() == [[1], [3]]
    assert found.used.tolist() == [9, 15]
    assert found.missing(5, 3, ((0, 1),)) is None
    assert found.missing(8, 3, ((0, 2),)).tolist() == [True, False]
    assert found.missing(14, 1) is None


def test_the_matrix_decodes():
    tail = FieldSpec("TAIL", Kind.TEXT, 14, 1)
    found = run(SHAPE, record(b"\x00\x1c", b"aaa", b"\xe9"), record(b"\x00\x2c", b"aaabbb", b"\xe8"))
    count, text = Decoder([PACKED, tail], SHAPE.length).decode(found.records)
    assert (count.values.tolist(), text.values[:, 0].tobytes()) == ([1, 2], b"ZY")


def test_elements_that_a_truncated_record_lacks():
    found = run(SHAPE, record(b"\x00\x3c", b"aaabbbccc"), b"KEY\x00\x3caaab", b"KEY")
    assert rows(found)[1:] == [b"KEY\x00\x3caaab@@@@@@", b"KEY" + b"@" * 12]
    assert found.missing(5, 3, ((0, 1),)).tolist() == [False, False, True]
    assert found.missing(8, 3, ((0, 2),)).tolist() == [False, True, True]
    assert found.missing(14, 1).tolist() == [False, True, True]
    assert not found.bad.any()


def test_masks_are_read_only():
    mask = run(SHAPE, record(b"\x00\x1c", b"aaa")).missing(8, 3, ((0, 2),))
    with pytest.raises(ValueError, match="read-only"):
        mask[0] = False


@pytest.mark.parametrize(
    ("raw", "code", "reason", "offset"),
    [
        (record(b"\x0a\x1c", b"aaa"), "LRD040", "nibble A of X'0A1C' is not a digit", 3),
        (record(b"\x00\x11", b"aaa"), "LRD040", "nibble 1 of X'0011' is not an allowed sign", 4),
        (b"KEY\x00", "LRD040", "the record ends after 1 of its 2 bytes", 3),
        (record(b"\x00\x4c", b"aaa"), "LRD041", "X'004C' is 4, but the table has 1 to 3 occurrences", 3),
        (record(b"\x00\x0c", b""), "LRD041", "X'000C' is 0, but the table has 1 to 3 occurrences", 3),
        (record(b"\x00\x1d", b""), "LRD041", "X'001D' is -1, but the table has 1 to 3 occurrences", 3),
    ],
)  # fmt: skip
def test_faulty_counters(raw, code, reason, offset):
    good = record(b"\x00\x1c", b"aaa")
    found = run(SHAPE, good, raw, good, header=4)
    assert found.bad.tolist() == [False, True, False]
    assert found.explain(1) == (code, f"counter CNT of table ITEMS: {reason}", "CNT", offset)
    assert found.missing(5, 3, ((0, 1),)).tolist() == [False, True, False]
    assert found.missing(14, 1).tolist() == [False, True, False]
    assert found.missing(0, 3) is None
    assert rows(found)[1][:3] == b"KEY"


def test_a_fault_does_not_affect_items_at_fixed_places():
    shape = Shape(15, 15, False, SHAPE.tables, SHAPE.counters)
    found = run(shape, record(b"\x0a\x1c", b"aaabbbccc"))
    assert found.bad.all()
    assert found.missing(5, 3, ((0, 1),)).all()
    assert found.missing(14, 1) is None


def test_the_first_of_two_faults_is_explained():
    numbers = tuple(CounterField(FieldSpec(f"N{place}", Kind.DISPLAY, place, 1, 1)) for place in range(2))
    tables = (Table(2, 1, 0, 2, 0, None, "A"), Table(4, 1, 0, 2, 1, None, "B"))
    for shifting in (True, False):
        found = run(Shape(6, 2, shifting, tables, numbers), b"\xf9\xf8aabb", b"\xf1\xf8aabb")
        assert found.explain(0).message == "counter N0 of table A: X'F9' is 9, but the table has 0 to 2 occurrences"
        assert found.explain(1).message == "counter N1 of table B: X'F8' is 8, but the table has 0 to 2 occurrences"


def test_an_unused_counter_is_ignored():
    """Counters in occurrences that do not exist are ignored."""
    outer = CounterField(FieldSpec("N", Kind.DISPLAY, 0, 1, 1))
    inner = CounterField(FieldSpec("M", Kind.DISPLAY, 1, 1, 1))
    shape = Shape(8, 2, True, (Table(2, 3, 0, 2, 0, None, "A"), Table(3, 1, 0, 2, 1, 0, "B")), (outer, inner))
    found = run(shape, b"\xf0\x00", b"\xf1\x00a")
    assert found.bad.tolist() == [False, True]
    assert found.explain(1)[0::2] == ("LRD040", "M")


def test_surplus_bytes():
    raw = record(b"\x00\x1c", b"aaa") + b"more"
    assert not run(SHAPE, raw).bad.any()
    strict = Shape(15, 6, True, SHAPE.tables, SHAPE.counters, strict_length=True)
    found = run(strict, raw[:9], raw)
    assert found.bad.tolist() == [False, True]
    assert found.explain(1) == ("LRD042", "the record has 13 bytes, 4 more than its layout", "", 9)
    assert found.missing(14, 1) is None


def test_surplus_bytes_of_a_fixed_layout():
    found = run(Shape(6, 6, False, strict_length=True), b"abcdef", b"abcdefg")
    assert found.explain(1) == ("LRD042", "the record has 7 bytes, 1 more than its layout", "", 6)
    assert rows(found) == [b"abcdef"] * 2


def test_a_valid_record_has_no_fault():
    with pytest.raises(InputError) as error:
        run(SHAPE, record(b"\x00\x1c", b"aaa")).explain(0)
    assert error.value.code == "LRD910"


@pytest.mark.parametrize(
    ("starts", "lengths", "says"),
    [
        ([0, 7], [6, 6], r"record 1 \(offset 7, 6 bytes\) is not within the 12 bytes of data"),
        ([-1], [6], r"record 0 \(offset -1"),
        ([0], [-1], r"record 0 \(offset 0, -1 bytes\)"),
        ([0, 6], [6], "2.* starts and .*1.* lengths"),
    ],
)
def test_records_that_are_not_within_their_data(starts, lengths, says):
    with pytest.raises(InputError, match=says) as error:
        Shaper(FIXED).run(b"abcdefghijkl", np.array(starts, np.int64), np.array(lengths, np.int64))
    assert error.value.code == "LRD941"


def test_binary_and_little_endian_counters():
    for little in (False, True):
        spec = FieldSpec("N", Kind.BINARY, 0, 2, 4, sign=Sign.TRAILING, little_endian=little)
        shape = Shape(302, 2, True, (Table(2, 1, 0, 300, 0, None, "T"),), (CounterField(spec),))
        counts = encode(Column(np.array([258, 0, 300])), spec)
        found = run(shape, *(count.tobytes() + b"x" * size for count, size in zip(counts, (258, 0, 300), strict=True)))
        assert found.counts[0][:, 0].tolist() == [258, 0, 300]
        assert (found.records[:, 2:] == ord("x")).sum(axis=1).tolist() == [258, 0, 300]


def test_texts_with_a_common_beginning():
    spec = FieldSpec("KIND", Kind.TEXT, 0, 2, trim=Trim.BOTH)
    counts = {"ABCDEF": 4, "A": 1, "AB": 2, "Ä": 3}
    shape = Shape(5, 2, True, (Table(2, 1, 0, 3, 0, None, "T"),), (CounterField(spec, counts),))
    found = run(shape, *(text.encode("cp037") for text in ("A x", " Ax", "ABxx", "Ä xxx", "BA")))
    assert found.counts[0][:, 0].tolist() == [1, 1, 2, 3, 0]
    assert found.explain(4).message == "counter KIND of table T: X'C2C1' is not one of ABCDEF, A, AB, Ä"


def test_a_table_of_a_thousand_walks_only_as_far_as_the_batch_needs():
    inner = CounterField(FieldSpec("M", Kind.DISPLAY, 4, 1, 1))
    outer = CounterField(FieldSpec("N", Kind.DISPLAY, 0, 4, 4))
    shape = Shape(4 + 1000 * 3, 4, True, (Table(4, 3, 0, 1000, 0, None), Table(5, 1, 0, 2, 1, 0)), (outer, inner))
    found = run(shape, "00021a2bc".encode("cp037"), "0000".encode("cp037"))
    assert found.counts[0].tolist() == [[2], [0]]
    assert found.counts[1].shape == (2, 1000)
    assert found.records[0, :10].tobytes() == "00021a 2bc".encode("cp037")
    assert found.missing(3001, 3, ((0, 1000),)).all()
