"""One example of each format for the properties that all formats share: a framing and how to write records for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from shared.framing.delimited import DelimitedFraming
from shared.framing.descriptor import Descriptor
from shared.framing.fixed import FixedFraming
from shared.framing.fixed_blocked import FixedBlockedFraming
from shared.framing.header import HeaderFraming
from shared.framing.length_field import LengthFieldFraming
from shared.framing.numbers import LengthField
from shared.framing.protocol import Framing
from shared.framing.spanned import SpannedFraming
from shared.framing.text import LineEnd, TextFraming
from shared.framing.variable import VariableFraming
from tests.unit.framing import writers


@dataclass(frozen=True)
class Example:
    """``write`` gives the file; ``headers`` are the offsets within it that hold no payload, where known."""

    name: str
    framing: Framing
    records: st.SearchStrategy[list[bytes]]
    write: Callable[[Sequence[bytes]], bytes]


def _each(write: Callable[[bytes], bytes]) -> Callable[[Sequence[bytes]], bytes]:
    return lambda records: b"".join(map(write, records))


def _some(least: int = 0, most: int = 12) -> st.SearchStrategy[list[bytes]]:
    return st.lists(st.binary(min_size=least, max_size=most), max_size=12)


def _lines(without: bytes, least: int = 0) -> st.SearchStrategy[list[bytes]]:
    kept = st.sampled_from([byte for byte in b"ab \x00\xff\x15\x25\r,\n" if byte not in without])
    return st.lists(st.lists(kept, min_size=least, max_size=6).map(bytes), max_size=12)


def _spanned(records: Sequence[bytes]) -> bytes:
    """Each record in segments of at most five bytes, each block of two segments; the third block ends in zeros."""
    parts = [part for one in records for part in writers.segments(one, [5] * (max(0, len(one) - 1) // 5))]
    groups = [b"".join(parts[at : at + 2]) for at in range(0, len(parts), 2)]
    return b"".join(
        writers.block(group + (b"\x80\0\0\0\0\0" if number % 3 == 2 else b"")) for number, group in enumerate(groups)
    )


def _own_length(record: bytes) -> bytes:
    return (len(record) + 2).to_bytes(2, "big") + record


_VALUES = st.lists(
    st.lists(st.text('ab,"\n\r ', max_size=4), min_size=1, max_size=3).filter(lambda row: row != [""]), max_size=10
)
_LITTLE = Descriptor("little", counts_itself=False)

EXAMPLES = [
    Example("F", FixedFraming(3), st.lists(st.binary(min_size=3, max_size=3), max_size=12), b"".join),
    Example("FB", FixedBlockedFraming(3, 6), st.lists(st.binary(min_size=3, max_size=3), max_size=12), b"".join),
    Example("V", VariableFraming(), _some(), _each(writers.rdw)),
    Example(
        "V little",
        VariableFraming(_LITTLE),
        _some(1),
        _each(lambda record: writers.rdw(record, "little", counted=False)),
    ),
    Example(
        "V adjusted",
        VariableFraming(Descriptor(adjustment=-2)),
        _some(),
        _each(lambda record: writers.rdw(record, adjustment=-2)),
    ),
    Example("VB", VariableFraming(bdw=Descriptor()), _some(), lambda records: writers.blocks(records, 3)),
    Example(
        "VB extended",
        VariableFraming(bdw=Descriptor(counts_itself=False)),
        _some(),
        lambda records: writers.blocks(records, 4, counted=False, extended=True),
    ),
    Example(
        "VS",
        SpannedFraming(bdw=None),
        _some(),
        _each(lambda record: b"".join(writers.segments(record, [2] * (len(record) // 4)))),
    ),
    Example("VBS", SpannedFraming(), _some(most=30), _spanned),
    Example("text", TextFraming(LineEnd.LF), _lines(b"\n"), _each(lambda line: line + b"\n")),
    Example("text CRLF", TextFraming(LineEnd.CRLF), _lines(b"\n"), _each(lambda line: line + b"\r\n")),
    Example("text any", TextFraming(), _lines(b"\r\n"), _each(lambda line: line + b"\r\n")),
    Example("text NEL", TextFraming(LineEnd.NEL), _lines(b"\x15"), _each(lambda line: line + b"\x15")),
    Example("text LF X'25'", TextFraming(LineEnd.EBCDIC_LF), _lines(b"\x25"), _each(lambda line: line + b"\x25")),
    Example("delimited", DelimitedFraming(), _VALUES.map(writers.rows), _each(lambda row: row + b"\r\n")),
    Example(
        "length field",
        LengthFieldFraming({"LEN": LengthField(0, 2)}),
        _some().map(lambda records: list(map(_own_length, records))),
        b"".join,
    ),
    Example(
        "length expression",
        LengthFieldFraming({"N": LengthField(0, 1, "binary")}, "(N - 1) * 2 + 1"),
        st.lists(st.integers(1, 6).map(lambda n: bytes([n]) + b"xy" * (n - 1)), max_size=12),
        b"".join,
    ),
    Example(
        "length map",
        LengthFieldFraming({"KIND": LengthField(0, 1, "display")}, lengths={b"C": 5, b"P": 2}, default_length=1),
        st.lists(st.sampled_from([b"Cabcd", b"Px", b"?"]), max_size=12),
        b"".join,
    ),
    Example(
        "header",
        HeaderFraming(5, LengthField(3, 2, "binary_little"), marker=b"\x01\x00"),
        _some(1),
        _each(lambda record: b"\x01\x00\x07" + len(record).to_bytes(2, "little") + record),
    ),
    Example(
        "D",
        HeaderFraming(4, LengthField(0, 4, "display_ascii"), counts_header=True),
        _some(),
        _each(lambda record: b"%04d" % (len(record) + 4) + record),
    ),
]
