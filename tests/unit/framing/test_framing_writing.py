"""What the writers write is what the formats read; and what a format cannot hold is refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InputError
from shared.framing.delimited import DelimitedFraming
from shared.framing.descriptor import Descriptor
from shared.framing.fixed import FixedFraming
from shared.framing.header import HeaderFraming
from shared.framing.length_field import LengthFieldFraming
from shared.framing.numbers import LengthField
from shared.framing.protocol import Framing
from shared.framing.record_bounds import BoundedFraming
from shared.framing.spanned import SpannedFraming
from shared.framing.text import LineEnd, TextFraming
from shared.framing.variable import VariableFraming
from shared.framing.writing import writer_for
from tests.unit.framing import writers
from tests.unit.framing.formats import EXAMPLES, Example


def written(framing: Framing, records: Sequence[bytes], **options: int) -> bytes:
    return b"".join(writer_for(framing, **options)(records))


def refusal(framing: Framing, records: Sequence[bytes]) -> InputError:
    with pytest.raises(InputError) as caught:
        written(framing, records)
    return caught.value


@given(data=st.data())
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_what_is_written_is_read_again(example: Example, data: st.DataObject) -> None:
    records = data.draw(example.records)
    if example.name == "V little":
        records = [record for record in records if record]

    assert writers.frame(example.framing, written(example.framing, records)) == records


@given(records=st.lists(st.binary(max_size=60), max_size=12), block=st.integers(16, 70))
@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize("order", ["big", "little"])
def test_blocks_are_as_long_as_allowed(records: list[bytes], block: int, order: str, extended: bool) -> None:
    bdw = Descriptor(order, largest=20 if extended else 32_760)
    framing = SpannedFraming(Descriptor(order), bdw)

    text = written(framing, records, block_bytes=block)

    assert writers.frame(framing, text) == records
    if not extended and order == "big":
        at = 0
        while at < len(text):
            size = int.from_bytes(text[at : at + 2], "big")
            assert size <= block
            assert at + size == len(text) or size > block - 5
            at += size


def test_a_record_longer_than_a_segment_goes_on_in_the_next() -> None:
    framing = SpannedFraming(Descriptor(largest=14), None)
    text = written(framing, [bytes(25)])
    assert [text[at + 2] for at in (0, 14, 28)] == [1, 3, 2]
    assert writers.frame(framing, text) == [bytes(25)]


def test_vb_of_one_large_record_takes_an_extended_descriptor() -> None:
    framing = VariableFraming(bdw=Descriptor())
    text = written(framing, [bytes(32_756)])
    assert text[:4].hex() == f"{0x80000000 | 32_764:08x}"
    assert writers.frame(framing, text) == [bytes(32_756)]


@pytest.mark.parametrize("kind", ["binary", "binary_little", "display", "display_ascii", "packed"])
def test_headers_hold_the_length_in_every_kind(kind: str) -> None:
    framing = HeaderFraming(6, LengthField(2, 4, kind), counts_header=True, adjustment=-1, marker=b"\x01")
    text = written(framing, [b"abc", b"de"])
    assert writers.frame(framing, text) == [b"abc", b"de"]


@pytest.mark.parametrize(
    ("framing", "records", "what"),
    [
        (FixedFraming(3), [b"abc", b"ab"], "record 2: it has 2 bytes instead of 3"),
        (VariableFraming(), [bytes(32_757)], "its length of 32761"),
        (VariableFraming(Descriptor(counts_itself=False)), [b""], "its length of 0"),
        (TextFraming(LineEnd.LF), [b"a\nb"], "X'0a'"),
        (TextFraming(), [b"a\r"], "ends with a part of it"),
        (DelimitedFraming(), [b"a\nb"], "outside of quotes"),
        (DelimitedFraming(), [b""], "the row has 0 bytes"),
        (LengthFieldFraming({"LEN": LengthField(0, 1)}), [b"\x03ab", b"\x03a"], "record 2: it has 2 bytes"),
        (LengthFieldFraming({"LEN": LengthField(0, 1, "display")}), [b"\x03ab"], "give no length"),
        (HeaderFraming(2, LengthField(0, 1)), [bytes(256)], "a length of 256"),
        (BoundedFraming(FixedFraming(3), minimum_record_length=4), [b"abc"], "records have 4 to None"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(framing: Framing, records: list[bytes], what: str) -> None:
    error = refusal(framing, records)
    assert error.code == "LRF043"
    assert what in error.message


def test_bytes_that_reading_cuts_off_cannot_be_written() -> None:
    assert refusal(BoundedFraming(FixedFraming(3), record_start_offset=1), []).code == "LRF044"


def test_a_quoted_line_end_is_part_of_the_row() -> None:
    assert written(DelimitedFraming(), [b'1,"a\nb"']) == b'1,"a\nb"\n'
