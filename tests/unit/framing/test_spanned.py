"""VS and VBS: segments in order, segments out of order, null segments, records larger than a window."""

from __future__ import annotations

import pytest

from shared.framing import window
from shared.framing.descriptor import Descriptor
from shared.framing.spanned import SpannedFraming
from tests.unit.framing.writers import block, cut, frame, payloads, rdw, refusal, segments

VBS = SpannedFraming()
VS = SpannedFraming(bdw=None)
FIRST, LAST, MIDDLE = 1, 2, 3


def _segment(text: bytes, control: int) -> bytes:
    return rdw(text, control=control)


def test_a_record_over_three_blocks() -> None:
    one, two, three = segments(b"abcdefgh", [3, 3])
    text = block(rdw(b"x") + one) + block(two) + block(three + rdw(b"y"))
    (batch,) = cut(VBS, text)
    assert payloads([batch]) == [b"x", b"abcdefgh", b"y"]
    assert list(batch.offsets) == [4, 9, 37]


def test_a_batch_may_end_within_a_block() -> None:
    one, two = segments(b"abcd", [2])
    text = block(rdw(b"x") + one) + block(two + rdw(b"y") + rdw(b"z"))
    first, second = cut(VBS, text, batch_records=2)
    assert (first.end, first.block_end) == (25, len(text))
    assert payloads([second]) == [b"y", b"z"]


def test_null_segments_end_the_block_but_not_the_record() -> None:
    one, two = segments(b"abcd", [2])
    null = b"\x80" + bytes(9)
    assert frame(VBS, block(one + null) + block(two + null) + block(b"\x80\0\0\0")) == [b"abcd"]


def test_a_null_segment_with_something_behind_it() -> None:
    error = refusal(VBS, block(rdw(b"x") + b"\x80\0\0\0\0\1"))
    assert (error.code, error.context["offset"]) == ("LRF023", 9)


@pytest.mark.parametrize(
    ("controls", "code", "at"),
    [
        ([MIDDLE], "LRF027", 0),
        ([LAST], "LRF027", 0),
        ([FIRST, FIRST], "LRF027", 1),
        ([FIRST, 0], "LRF027", 1),
        ([FIRST, MIDDLE, FIRST], "LRF027", 2),
        ([0, LAST], "LRF027", 1),
        ([FIRST], "LRF028", 0),
        ([0, FIRST, MIDDLE], "LRF028", 1),
    ],
)
def test_segments_out_of_order(controls: list[int], code: str, at: int) -> None:
    text = b"".join(_segment(b"ab", control) for control in controls)
    error = refusal(VS, text)
    assert (error.code, error.context["offset"]) == (code, at * 6)
    error = refusal(VBS, block(text))
    assert (error.code, error.context["offset"]) == (code, at * 6 + 4)


def test_a_segment_beyond_its_block() -> None:
    text = block(_segment(b"abc", FIRST))[:3] + b"\0" + _segment(b"abcdef", FIRST) + block(_segment(b"x", LAST))
    assert refusal(VBS, text).code == "LRF026"


def test_other_reserved_bits_must_be_zero() -> None:
    assert refusal(VS, bytes.fromhex("0006 0500 c1c2")).code == "LRF023"


def test_a_record_larger_than_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "CHUNK_BYTES", 64)
    record = bytes(range(256)) * 40
    parts = segments(record, [1000] * 10)
    assert frame(VBS, b"".join(map(block, parts))) == [record]
    assert frame(VBS, b"".join(map(block, parts)), batch_bytes=100) == [record]


def test_the_words_may_be_little_and_bare() -> None:
    framing = SpannedFraming(Descriptor("little", counts_itself=False), None)
    text = rdw(b"ab", "little", False, control=FIRST) + rdw(b"cd", "little", False, control=LAST)
    assert frame(framing, text) == [b"abcd"]
