"""Records left out or trimmed, headers and trailers, compressed input."""

from __future__ import annotations

import bz2
import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import InputError
from shared.framing.compressed import Compression, compression_of, decompressed, uncompressed_size
from shared.framing.descriptor import Descriptor
from shared.framing.fixed import FixedFraming
from shared.framing.record_bounds import BoundedFraming
from shared.framing.registry import framing_from_dict
from shared.framing.spanned import SpannedFraming
from shared.framing.survey import Edges, survey
from shared.framing.variable import VariableFraming
from tests.unit.framing.writers import block, blocks, cut, frame, payloads, rdw, refusal, segments

V = VariableFraming()
VB = VariableFraming(bdw=Descriptor())


def test_records_are_left_out_by_their_length_and_counted() -> None:
    framing = BoundedFraming(V, minimum_record_length=2, maximum_record_length=3)
    batches = cut(framing, b"".join(map(rdw, [b"a", b"bb", b"cccc", b"ddd", b"e", b"ff"])), batch_records=2)
    assert payloads(batches) == [b"bb", b"ddd", b"ff"]
    assert [(one.first_record_no, one.records, one.skipped) for one in batches] == [(1, 1, 1), (2, 1, 1), (3, 1, 1)]
    assert [list(one.offsets) for one in batches] == [[5], [19], [31]]


def test_bytes_are_cut_off_both_edges() -> None:
    framing = BoundedFraming(FixedFraming(5), record_start_offset=1, record_end_offset=2)
    (batch,) = cut(framing, b"abcdeABCDE")
    assert (payloads([batch]), list(batch.offsets)) == ([b"bc", b"BC"], [0, 5])
    assert refusal(BoundedFraming(V, record_start_offset=2), rdw(b"abc") + rdw(b"a")).code == "LRF034"


def test_the_bounds_travel() -> None:
    framing = BoundedFraming(V, 2, 9, 1, 1)
    assert framing_from_dict(framing.to_dict()) == framing


@settings(max_examples=60, deadline=None)
@given(
    records=st.lists(st.binary(max_size=9), max_size=30),
    edges=st.builds(Edges, *[st.integers(0, 3)] * 4),
    kind=st.sampled_from(["V", "VB", "VBS"]),
)
def test_the_data_are_the_records_between_header_and_trailer(records: list[bytes], edges: Edges, kind: str) -> None:
    framing, body = {
        "V": (V, b"".join(map(rdw, records))),
        "VB": (VB, blocks(records, 4)),
        "VBS": (
            SpannedFraming(),
            b"".join(block(part) for one in records for part in segments(one, [3] * (len(one) // 4))),
        ),
    }[kind]
    text = b"h" * edges.header_bytes + body + b"t" * edges.trailer_bytes
    around = edges.header_records + edges.trailer_records
    if len(records) < around:
        with pytest.raises(InputError) as caught:
            survey(framing, io.BytesIO(text), len(text), edges)
        assert caught.value.code == "LRF042"
        return
    found = survey(framing, io.BytesIO(text), len(text), edges)
    inner = records[edges.header_records : len(records) - edges.trailer_records]
    assert list(found.header) == records[: edges.header_records]
    assert list(found.trailer) == records[len(records) - edges.trailer_records :]
    assert found.records == len(inner)
    first = found.first
    batches = framing.cut(io.BytesIO(text), first.offset, found.end, 3, first.record_no, block_end=first.block_end)
    assert payloads(list(batches)) == inner


def test_left_out_records_are_counted_apart() -> None:
    framing = BoundedFraming(V, minimum_record_length=2)
    text = b"".join(map(rdw, [b"h", b"aa", b"b", b"cc", b"d", b"t"]))
    found = survey(framing, io.BytesIO(text), len(text), Edges(header_records=1, trailer_records=1))
    assert (found.records, found.skipped) == (2, 2)


def test_fixed_files_are_not_read_for_it() -> None:
    text = b"##" + b"HHH" + b"aaabbbccc" + b"TTT" + b"#"
    found = survey(FixedFraming(3), io.BytesIO(text), len(text), Edges(2, 1, 1, 1))
    assert (found.header, found.trailer, found.records) == ((b"HHH",), (b"TTT",), 3)
    assert (found.first.offset, found.end) == (5, 14)
    huge = survey(FixedFraming(100), io.BytesIO(), 10**12, Edges())
    assert (huge.records, huge.end) == (10**10, 10**12)


@pytest.mark.parametrize(
    ("size", "edges", "code"),
    [(10, Edges(), "LRF001"), (5, Edges(3, 3), "LRF041"), (9, Edges(0, 0, 2, 2), "LRF042"), (9, Edges(1, 1), "LRF001")],
)
def test_fixed_files_that_do_not_fit_their_edges(size: int, edges: Edges, code: str) -> None:
    with pytest.raises(InputError) as caught:
        survey(FixedFraming(3), io.BytesIO(bytes(size)), size, edges, path="in/a.dat")
    assert caught.value.code == code
    assert "in/a.dat" in caught.value.message


def test_negative_edges() -> None:
    with pytest.raises(InputError) as caught:
        Edges(trailer_records=-1)
    assert caught.value.code == "LRF040"


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gzip"), (bz2.compress, "bzip2")])
class TestCompressed:
    """gzip and bzip2 alike."""

    text = b"".join(rdw(b"%06d" % number) for number in range(5_000))

    def test_it_reads_like_the_plain_file(self, pack, name) -> None:
        packed = pack(self.text)
        assert compression_of(packed) == name
        stream = decompressed(io.BytesIO(packed), name)
        assert uncompressed_size(stream) == len(self.text)
        plain = cut(V, self.text, batch_records=700)
        assert list(V.cut(stream, 0, len(self.text), 700, 1)) == plain
        resumed = V.cut(stream, plain[2].offset, len(self.text), 700, plain[2].first_record_no)
        assert list(resumed) == plain[2:]

    def test_members_follow_one_another(self, pack, name) -> None:
        stream = decompressed(io.BytesIO(pack(b"one") + pack(b"two")), name)
        assert stream.read() == b"onetwo"

    def test_damage_is_named(self, pack, name) -> None:
        packed = pack(self.text)
        for damaged in (packed[: len(packed) // 2], packed[:40] + bytes(40) + packed[80:], packed[:5]):
            with pytest.raises(InputError) as caught:
                uncompressed_size(decompressed(io.BytesIO(damaged), name))
            assert caught.value.code == "LRF038"
        with pytest.raises(InputError) as caught:
            decompressed(io.BytesIO(packed[:60]), name).seek(40_000)
        assert caught.value.code == "LRF038"

    def test_closing_closes_the_file(self, pack, name) -> None:
        file = io.BytesIO(pack(b"x"))
        decompressed(file, name).close()
        assert file.closed


@pytest.mark.parametrize("name", ["gzip", "bzip2"])
def test_a_disk_that_fails_is_no_damage(name: Compression) -> None:
    class Failing(io.BytesIO):
        """Answers every read as a broken disk does."""

        def read(self, _size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        decompressed(Failing(), name).read()


def test_plain_files_are_not_compressed() -> None:
    assert compression_of(b"\xf1\xf2") is None
    assert frame(V, b"") == []
