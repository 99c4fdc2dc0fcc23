"""V and VB: the words as DFSMS writes them, as transfers leave them, and as damage leaves them."""

from __future__ import annotations

import io

import pytest

from shared.errors import InputError
from shared.framing.descriptor import Descriptor
from shared.framing.variable import VariableFraming
from tests.unit.framing.writers import block, cut, frame, payloads, rdw, refusal, word

V = VariableFraming()
V_BARE = VariableFraming(Descriptor(counts_itself=False))
V_LITTLE = VariableFraming(Descriptor("little", counts_itself=False))
VB = VariableFraming(bdw=Descriptor())


@pytest.mark.parametrize(
    ("framing", "text"),
    [
        (V, "0006 0000 c1c2 0005 0000 c3"),
        (V_BARE, "0002 0000 c1c2 0001 0000 c3"),
        (V_LITTLE, "0000 0200 c1c2 0000 0100 c3"),
        (VariableFraming(Descriptor("little")), "0000 0600 c1c2 0000 0500 c3"),
        (VariableFraming(Descriptor(adjustment=-1)), "0007 0000 c1c2 0006 0000 c3"),
        (VB, "000f 0000 0006 0000 c1c2 0005 0000 c3"),
        (VB, "000a 0000 0006 0000 c1c2 0009 0000 0005 0000 c3"),
        (VB, "8000 000f 0006 0000 c1c2 0005 0000 c3"),
        (
            VariableFraming(Descriptor("little"), Descriptor("little", counts_itself=False)),
            "0000 0b00 0000 0600 c1c2 0000 0500 c3",
        ),
        (
            VariableFraming(Descriptor(counts_itself=False), Descriptor("little", adjustment=3)),
            "0000 0c00 0002 0000 c1c2 0001 0000 c3",
        ),
    ],
)
def test_words_as_they_come(framing: VariableFraming, text: str) -> None:
    assert frame(framing, bytes.fromhex(text)) == [b"\xc1\xc2", b"\xc3"]


@pytest.mark.parametrize(
    ("framing", "bad", "code", "says"),
    [
        (V, "0000 0000", "LRF020", "RDW of 0"),
        (V, "0003 0000", "LRF020", "RDW of 3"),
        (V, "ffff 0000", "LRF021", "RDW of 65535"),
        (V, "7ffa 0000 c1c2", "LRF021", "RDW of 32762"),
        (V, "7ff8 0000 c1c2", "LRF022", "32760 bytes"),
        (V, "0009 0000 c1c2", "LRF022", "9 bytes"),
        (V, "0006 00", "LRF022", "ends after 3"),
        (V, "0006 0100 c1c2", "LRF023", "0100"),
        (V, "0000 0600 c1c2", "LRF023", "0600"),
        (V, "4040 4040 4040", "LRF023", "4040"),
        (V_BARE, "0000 0000", "LRF020", "RDW of 0"),
        (V_BARE, "0003 0000 c1c2", "LRF022", "7 bytes"),
        (V_BARE, "ffff 0000", "LRF021", "65535"),
        (V_LITTLE, "0000 ffff", "LRF021", "65535"),
        (V_LITTLE, "0002 0000 c1c2", "LRF023", "0002"),
    ],
)
def test_a_word_that_is_wrong(framing: VariableFraming, bad: str, code: str, says: str) -> None:
    good = rdw(b"good", framing.rdw.byte_order, framing.rdw.counts_itself)
    error = refusal(framing, good + bytes.fromhex(bad))
    assert error.code == code
    assert says in error.message
    assert error.context["offset"] == len(good)
    assert error.message.startswith(f"byte {len(good)}:")
    assert f"{good[-8:].hex()}|{bytes.fromhex(bad).hex()}" == error.context["hex"]
    assert error.remedy


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        ("0000 0000", "LRF024", 0),
        ("0003 0000", "LRF024", 0),
        ("0004 0000", "LRF024", 0),
        ("000a 0001 0006 0000 c1c2", "LRF024", 0),
        ("ffff 0000 0006 0000 c1c2", "LRF025", 10),  # an extended BDW of 2 GiB
        ("8000 0004", "LRF024", 0),
        ("000a 0000 0007 0000 c1c2", "LRF026", 4),
        ("000e 0000 0006 0000 c1c2", "LRF025", 10),
        ("000b 0000 0006 0000 c1c2 00", "LRF022", 10),
        ("000a 0000 0006 0000 c1c2 0006 0000", "LRF024", 10),
        ("000a 0000 0000 0000 c1c2", "LRF020", 4),
        ("000a 00", "LRF022", 0),
    ],
)
def test_a_block_that_is_wrong(text: str, code: str, offset: int) -> None:
    error = refusal(VB, bytes.fromhex(text))
    assert (error.code, error.context["offset"]) == (code, offset)


def test_the_largest_record_can_be_raised() -> None:
    record = bytes(60_000)
    text = word(60_004) + record
    assert refusal(V, text).code == "LRF021"
    assert frame(VariableFraming(Descriptor(largest=65_535)), text) == [record]


def test_garbage_between_records_is_found_where_it_begins() -> None:
    text = rdw(b"one") + rdw(b"two") + b"\xde\xad\xbe\xef" + rdw(b"three")
    error = refusal(V, text)
    assert (error.code, error.context["offset"]) == ("LRF023", 14)
    assert "|deadbeef" in str(error.context["hex"])


def test_a_record_without_data_is_one_when_the_word_counts_itself() -> None:
    assert frame(V, rdw(b"") + rdw(b"x")) == [b"", b"x"]


def test_offsets_and_ends_of_blocks() -> None:
    text = block(rdw(b"a") + rdw(b"bb") + rdw(b"c")) + block(rdw(b"dd"))
    first, second = cut(VB, text, batch_records=2)
    assert (list(first.offsets), list(second.offsets)) == ([4, 9], [15, 24])
    assert (first.end, first.block_end, second.end, second.block_end) == (15, 20, 30, 0)


def test_large_files_need_a_window_only() -> None:
    record = rdw(bytes(996))

    class Endless(io.RawIOBase):
        """Serves the record again and again, and notes how much is asked for at once."""

        largest = 0
        place = 0

        def seek(self, offset: int, _whence: int = 0) -> int:
            self.place = offset
            return offset

        def read(self, size: int = -1) -> bytes:
            self.largest = max(self.largest, size)
            begin = self.place % 1000
            self.place += size
            return (record * (size // 1000 + 2))[begin : begin + size]

    file = Endless()
    count = sum(batch.records for batch in V.cut(file, 0, 50_000_000, 5_000, 1, 1 << 20))
    assert count == 50_000
    assert file.largest <= 1 << 20


def test_a_record_longer_than_the_batch_comes_alone() -> None:
    texts = [b"a", b"b" * 50, b"c"]
    batches = cut(V, b"".join(map(rdw, texts)), batch_records=9, batch_bytes=20)
    assert [payloads([batch]) for batch in batches] == [[text] for text in texts]


@pytest.mark.parametrize("options", [{"byte_order": "middle"}, {"largest": 4}, {"largest": 1 << 31}])
def test_options_that_cannot_be(options: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        Descriptor(**options)
    assert caught.value.code == "LRF040"
