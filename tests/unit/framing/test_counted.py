"""Records as long as their counters say."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InputError
from shared.framing.counted import CountedFraming, Counter, Table
from shared.framing.numbers import LengthField
from shared.framing.registry import framing_from_dict

DIGIT = LengthField(0, 1, "display_ascii")
NESTED = CountedFraming(
    9,
    (Table(1, 4, 0, 2, 0, None), Table(2, 1, 0, 3, 1, 0)),
    (Counter("N", DIGIT), Counter("M", LengthField(1, 1, "display_ascii"))),
)
"""01 REC. 02 N PIC 9. 02 G OCCURS 0 TO 2 DEPENDING ON N. 03 M PIC 9. 03 H PIC X OCCURS 0 TO 3 DEPENDING ON M."""

BEHIND = CountedFraming(
    8, (Table(1, 2, 0, 3, 0, None),), (Counter("K", LengthField(0, 1), {b"A": 0, b"B": 3}),)
)  # fmt: skip
"""01 REC. 02 K PIC X. 02 T PIC XX OCCURS 0 TO 3 DEPENDING ON K. 02 Z PIC X."""


def cut(framing: CountedFraming, data: bytes, records: int = 100, batch_bytes: int = 1 << 20) -> list[bytes]:
    found = []
    for batch in framing.cut(io.BytesIO(data), 0, len(data), records, 1, batch_bytes):
        rest = batch.data
        for offset, length in zip(batch.offsets, batch.lengths, strict=True):
            assert data[offset : offset + length] == rest[:length]
            found.append(rest[:length])
            rest = rest[length:]
    return found


def test_nested_tables_without_anything_between_the_records() -> None:
    records = [b"0", b"10", b"12AB", b"21A2BC", b"21A1B"]
    assert cut(NESTED, b"".join(records)) == records


def test_texts_that_count_and_what_lies_behind_the_table() -> None:
    assert cut(BEHIND, b"AzBaabbccz") == [b"Az", b"Baabbccz"]


group = st.integers(0, 3).map(lambda count: b"%d" % count + b"xyz"[:count])


@given(
    st.lists(st.lists(group, max_size=2).map(lambda groups: b"%d" % len(groups) + b"".join(groups))), st.integers(1, 5)
)
def test_any_records_come_back_in_any_batches(records: list[bytes], size: int) -> None:
    assert cut(NESTED, b"".join(records), size, 7) == records


@pytest.mark.parametrize("framing", [NESTED, BEHIND])
def test_it_travels_as_a_dictionary(framing: CountedFraming) -> None:
    assert framing_from_dict(framing.to_dict()) == framing


@pytest.mark.parametrize(
    ("framing", "data", "code", "offset"),
    [
        (NESTED, b"10x", "LRF031", 2),
        (NESTED, b"014", "LRF032", 1),
        (NESTED, b"03", "LRF032", 1),
        (NESTED, b"012A", "LRF022", 1),
        (NESTED, b"02", "LRF022", 1),
        (BEHIND, b"AzC", "LRF031", 2),
    ],
)
def test_counters_that_cannot_be(framing: CountedFraming, data: bytes, code: str, offset: int) -> None:
    with pytest.raises(InputError) as caught:
        cut(framing, data)
    assert (caught.value.code, caught.value.context["offset"]) == (code, offset)


def test_a_layout_that_does_not_vary() -> None:
    with pytest.raises(InputError, match="LRF040"):
        CountedFraming(4, (Table(1, 1, 3, 3, None, None),), ())


def test_a_layout_that_is_incomplete() -> None:
    data: dict[str, Any] = NESTED.to_dict()
    del data["counters"]
    with pytest.raises(InputError, match="LRF040"):
        framing_from_dict(data)


@pytest.mark.parametrize(
    ("raw", "number"), [(b"\xf1\xc2", 12), (b"\xf1\xf2", 12), (b"\xf1\xd2", None), (b"\xf1\xca", None), (b"", None)]
)
def test_zoned_numbers(raw: bytes, number: int | None) -> None:
    assert LengthField(0, 2, "zoned").number(raw, 0) == number
