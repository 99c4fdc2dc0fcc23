"""DSS framing: segments, continuations, chains, and what is refused."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deploy.derby.gateway import dss
from deploy.derby.gateway.dss import Dss, DssReader
from deploy.derby.gateway.errors import ProtocolError

FIRST, NEXT = dss.SEGMENT_LIMIT - 6, dss.SEGMENT_LIMIT - 2
EDGES = [4, FIRST - 1, FIRST, FIRST + 1, FIRST + NEXT, FIRST + NEXT + 1, FIRST + 2 * NEXT]

lengths = st.one_of(st.integers(4, 200), st.sampled_from(EDGES), st.integers(4, 70_000))
frames = st.builds(
    lambda kind, correlator, length, seed: Dss(kind, correlator, (seed * length)[:length]),
    st.integers(dss.REQUEST, dss.REQUEST_WITHOUT_REPLY),
    st.integers(0, 0xFFFF),
    lengths,
    st.binary(min_size=1, max_size=7),
)


def read_all(data: bytes) -> list[list[Dss]]:
    reader = DssReader(io.BytesIO(data))
    chains = []
    while chain := reader.read_chain():
        chains.append(chain)
    return chains


@given(st.lists(st.lists(frames, min_size=1, max_size=5), max_size=3))
@example([[Dss(dss.OBJECT, 1, b"x" * length)] for length in EDGES])
def test_chains_come_back_as_they_went_in(chains: list[list[Dss]]) -> None:
    assert read_all(b"".join(map(dss.encode_chain, chains))) == chains


@given(st.lists(frames, min_size=1, max_size=4))
def test_no_segment_is_longer_than_derby_reads(chain: list[Dss]) -> None:
    data = dss.encode_chain(chain)
    while data:
        size, more = int.from_bytes(data[:2], "big") & 0x7FFF, data[0] & 0x80
        assert 6 <= size <= dss.SEGMENT_LIMIT
        data = data[size:]
        while more:
            size, more = int.from_bytes(data[:2], "big") & 0x7FFF, data[0] & 0x80
            assert 2 < size <= dss.SEGMENT_LIMIT
            data = data[size:]


@given(st.lists(frames, min_size=1, max_size=3), st.data())
def test_a_stream_that_breaks_off_is_told_from_one_that_ends(chain: list[Dss], data: st.DataObject) -> None:
    whole = dss.encode_chain(chain)
    cut = data.draw(st.integers(1, len(whole) - 1))
    with pytest.raises(ProtocolError) as error:
        read_all(whole[:cut])
    assert error.value.code == "LRG003"


def test_flags_say_what_follows() -> None:
    chain = [Dss(dss.REQUEST, 1, b"aaaa"), Dss(dss.OBJECT, 1, b"bbbb"), Dss(dss.REQUEST, 2, b"cccc")]
    formats = [dss.encode_chain(chain)[position] for position in (3, 13, 23)]
    assert formats == [0x51, 0x43, 0x01]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("000ad1010001aaaaaaaa", "LRG001"),
        ("000ad0000001aaaaaaaa", "LRG001"),
        ("000ad0060001aaaaaaaa", "LRG001"),
        ("160301020001", "LRG001"),
        ("0000d0010001", "LRG002"),
        ("0009d0010001aaaaaa", "LRG002"),
        ("800ad0010001aaaaaaaa0001", "LRG002"),
        ("000ad0", "LRG003"),
        ("000ad0410001aaaaaaaa", "LRG003"),
        ("800ad0010001aaaaaaaa00", "LRG003"),
    ],
)
def test_malformed_frames(data: str, code: str) -> None:
    with pytest.raises(ProtocolError) as error:
        read_all(bytes.fromhex(data))
    assert error.value.code == code
    assert error.value.context["hex"] or code == "LRG003"


def test_an_endless_chain_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dss, "CHAIN_LIMIT", 100_000)
    for chain in ([Dss(dss.OBJECT, 1, b"x" * 200_000)], [Dss(dss.OBJECT, n, b"x" * 30_000) for n in range(5)]):
        with pytest.raises(ProtocolError) as error:
            read_all(dss.encode_chain(chain))
        assert error.value.code == "LRG004"
