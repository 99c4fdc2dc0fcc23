"""V, VB, VS, VBS and custom headers: lengths that lead from record to record up to the last byte are no coincidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final

from shared.framing.descriptor import ByteOrder, Descriptor
from shared.framing.detector.guesses import Attempt, Guess, Head, attempt
from shared.framing.header import HeaderFraming
from shared.framing.numbers import LengthField
from shared.framing.protocol import Framing
from shared.framing.spanned import SpannedFraming
from shared.framing.variable import VariableFraming

_ORDERS: Final[tuple[ByteOrder, ...]] = ("big", "little")
_WORDS: Final = tuple(Descriptor(order, counted) for order, counted in product(_ORDERS, (True, False)))
_LONGEST_HEADER: Final = 12
_LENGTHS: Final = (("binary", 2), ("binary_little", 2), ("binary", 4), ("display_ascii", 4), ("display", 4))


def by_descriptors(head: Head) -> Iterator[Guess]:
    """Guesses with RDWs, of the strictest kind that fits: VB, then VBS, V, VS.

    The order matters: blocks look like records and records like segments, but not the reverse.
    """
    for bdws in (_WORDS, (None,)):
        for kind in (VariableFraming, SpannedFraming):
            guesses = [*_fitting(head, (kind(rdw, bdw) for rdw, bdw in product(_WORDS, bdws)))]
            if guesses:
                yield from guesses
                return


def _fitting(head: Head, framings: Iterable[Framing]) -> Iterator[Guess]:
    for framing in framings:
        tried = attempt(framing, head)
        if tried.fits and tried.lengths:
            yield Guess(framing, _confidence(tried), _evidence(tried))


def _confidence(tried: Attempt) -> float:
    return 0.99 if len(tried.lengths) >= 3 else 0.9


def _evidence(tried: Attempt) -> tuple[str, ...]:
    options = tried.framing.to_dict()
    words = [
        f"{name.upper()} {options[f'{name}_byte_order']}-endian, "
        f"whose length {'includes' if options[f'{name}_counts_itself'] else 'excludes'} its own four bytes"
        for name in ("bdw", "rdw")
        if f"{name}_byte_order" in options
    ]
    return (*words, _extent(tried))


def _extent(tried: Attempt) -> str:
    shortest, longest = min(tried.lengths), max(tried.lengths)
    return f"{len(tried.lengths)} records of {shortest} to {longest} bytes follow each other without a gap"


def by_headers(head: Head) -> Iterator[Guess]:
    """Guesses with another kind of header. Records must differ in length: otherwise F is the simpler explanation."""
    for length in range(1, _LONGEST_HEADER + 1):
        for (kind, width), counted in product(_LENGTHS, (False, True)):
            for offset in range(length - width + 1):
                framing = HeaderFraming(length, LengthField(offset, width, kind), counted)
                tried = attempt(framing, head) if _starts_with_a_length(framing, head) else None
                if tried and tried.fits and len(tried.lengths) >= 3 and len(set(tried.lengths)) > 1:
                    yield _marked(framing, tried, head)


def _starts_with_a_length(framing: HeaderFraming, head: Head) -> bool:
    length = framing.length_field.number(head.data, 0)
    return length is not None and 0 < length < len(head.data)


def _marked(framing: HeaderFraming, tried: Attempt, head: Head) -> Guess:
    """The bytes before the length become the marker. Headers without it are allowed only if their records are zeros."""
    field = framing.length_field
    starts = Counter(head.data[at : at + field.offset] for at in tried.offsets)
    marker, marked = starts.most_common(1)[0]
    fillers = len(tried.offsets) - marked
    others = [at for at in range(len(tried.offsets)) if not _has(head, tried, at, marker)]
    if not all(_is_filler(framing, tried, head, at) for at in others):
        marker, fillers = b"", 0
    found = HeaderFraming(framing.header_length, field, framing.counts_header, marker=marker, skip_unmarked=fillers > 0)
    evidence = [
        f"headers of {framing.header_length} bytes hold a length: {field.length} bytes {field.kind} at {field.offset}",
        f"headers start with X'{marker.hex()}'" if marker else "headers have no first bytes in common",
        _extent(tried),
    ]
    if fillers:
        evidence.append(f"{fillers} records without these first bytes are all zeros")
    return Guess(found, 0.9 + 0.04 * len(marker) / _LONGEST_HEADER, tuple(evidence))


def _has(head: Head, tried: Attempt, number: int, marker: bytes) -> bool:
    return head.data.startswith(marker, tried.offsets[number])


def _is_filler(framing: HeaderFraming, tried: Attempt, head: Head, number: int) -> bool:
    begin = tried.offsets[number] + framing.header_length
    return not any(head.data[begin : begin + tried.lengths[number]])
