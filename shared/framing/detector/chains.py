"""V, VB, VBS and custom headers: a chain of lengths that fits to the last byte cannot be chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final

from shared.framing.descriptor import ByteOrder, Descriptor
from shared.framing.detector.attempts import Attempt, Head, attempt
from shared.framing.detector.findings import Guess
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
    """Readings with RDWs, of the most demanding kind that fits: VB, then VBS, V, VS.

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
        f"{'its four bytes counted' if options[f'{name}_counts_itself'] else 'its four bytes not counted'}"
        for name in ("bdw", "rdw")
        if f"{name}_byte_order" in options
    ]
    return (*words, _extent(tried))


def _extent(tried: Attempt) -> str:
    shortest, longest = min(tried.lengths), max(tried.lengths)
    return f"{len(tried.lengths)} records follow one another without a gap, {shortest} to {longest} bytes long"


def by_headers(head: Head) -> Iterator[Guess]:
    """Readings with a header of another kind; only where records differ in length: else F explains them."""
    for length in range(1, _LONGEST_HEADER + 1):
        for (kind, width), counted in product(_LENGTHS, (False, True)):
            for offset in range(length - width + 1):
                framing = HeaderFraming(length, LengthField(offset, width, kind), counted)
                tried = attempt(framing, head) if _begins_well(framing, head) else None
                if tried and tried.fits and len(tried.lengths) >= 3 and len(set(tried.lengths)) > 1:
                    yield _marked(framing, tried, head)


def _begins_well(framing: HeaderFraming, head: Head) -> bool:
    length = framing.length_field.number(head.data, 0)
    return length is not None and 0 < length < len(head.data)


def _marked(framing: HeaderFraming, tried: Attempt, head: Head) -> Guess:
    """What stands before the length becomes the marker; headers without it may only be those of empty fillers."""
    field = framing.length_field
    starts = Counter(head.data[at : at + field.offset] for at in tried.offsets)
    marker, marked = starts.most_common(1)[0]
    fillers = len(tried.offsets) - marked
    others = [at for at in range(len(tried.offsets)) if not _has(head, tried, at, marker)]
    if not all(_is_filler(framing, tried, head, at) for at in others):
        marker, fillers = b"", 0
    found = HeaderFraming(framing.header_length, field, framing.counts_header, marker=marker, skip_unmarked=fillers > 0)
    evidence = [
        f"a header of {framing.header_length} bytes, its length at {field.offset} in {field.length} bytes {field.kind}",
        f"headers begin with X'{marker.hex()}'" if marker else "the headers share no first bytes",
        _extent(tried),
    ]
    if fillers:
        evidence.append(f"{fillers} records without these first bytes hold nothing but zeros")
    return Guess(found, 0.9 + 0.04 * len(marker) / _LONGEST_HEADER, tuple(evidence))


def _has(head: Head, tried: Attempt, number: int, marker: bytes) -> bool:
    return head.data.startswith(marker, tried.offsets[number])


def _is_filler(framing: HeaderFraming, tried: Attempt, head: Head, number: int) -> bool:
    begin = tried.offsets[number] + framing.header_length
    return not any(head.data[begin : begin + tried.lengths[number]])
