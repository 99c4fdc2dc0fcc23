"""F: the record length at which the bytes of one column resemble each other most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import starmap
from math import lgamma, log
from typing import Final

from shared.framing.detector.attempts import Head
from shared.framing.detector.edges import edges_of
from shared.framing.detector.findings import Guess
from shared.framing.fixed import FixedFraming

_LONGEST: Final = 32_760
_SAMPLE_BYTES: Final = 96 * 1024  # one for all lengths, or their figures could not be compared
_LAG_SAMPLE_BYTES: Final = 16 * 1024
_MOST_LAGS: Final = 4_096
_BEST_LAGS: Final = 12
_BEST_DIVISORS: Final = 12
_WEIGHT: Final = 2.0  # of the prior, in bytes: how soon a column trusts its own frequencies
_ENOUGH_ROWS: Final = 8
_ENOUGH_BYTES: Final = 256
_SHOWN: Final = 8
_WORTH: Final = 0.03  # bits a byte that a record length must save to be believed


class Coder:
    """What the bytes of a sample cost when each column of records is coded by its own frequencies.

    The code length of a Dirichlet-multinomial model whose prior are the frequencies in the whole sample: a column pays
    for every byte that surprises it, so that multiples of the true length, which have fewer rows to learn from, lose.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._prior = {byte: _WEIGHT * count / len(data) for byte, count in Counter(data).items()}
        self._known: dict[tuple[int, int], float] = {}
        self.usual = self._nats(Counter(data), len(data)) / (len(data) * log(2))

    def saved(self, length: int) -> float:
        """Bits a byte that columns of records of ``length`` bytes save."""
        rows = len(self._data) // length
        columns = (self._data[at : rows * length : length] for at in range(length))
        nats = sum(self._nats(Counter(column), rows) for column in columns)
        return self.usual - nats / (rows * length * log(2))

    def _nats(self, counts: Counter[int], total: int) -> float:
        return lgamma(total + _WEIGHT) - lgamma(_WEIGHT) - sum(starmap(self._gain, counts.items()))

    def _gain(self, byte: int, count: int) -> float:
        key = (byte, count)
        if key not in self._known:
            self._known[key] = lgamma(count + self._prior[byte]) - lgamma(self._prior[byte])
        return self._known[key]


def by_columns(head: Head, record_length: int | None) -> Iterator[Guess]:
    """Readings with a fixed length: the copybook's when it divides the file, and those the columns speak for."""
    coder = Coder(head.data[:_SAMPLE_BYTES])
    saved = {length: coder.saved(length) for length in _candidates(head, record_length)}
    ranked = sorted(saved, key=lambda length: saved[length] * (1.1 if _divides(head, length) else 1), reverse=True)
    if record_length in saved and _divides(head, record_length):
        agrees = saved[record_length] >= 0.8 * max(saved.values())
        why = f"the copybook's {record_length} bytes divide the file without remainder"
        yield Guess(FixedFraming(record_length), 0.92 if agrees else 0.6, (why, _speaking(saved, record_length)))
    believed = [length for length in ranked if saved[length] > _WORTH and 2 * length <= len(head.data)]
    for place, length in enumerate(believed[:_SHOWN]):
        if all(length % better for better in believed[:place]):
            yield _by_gain(head, length, saved)
    if head.is_whole and len(head.data) <= _LONGEST:
        why = "the file may be a single record; it is too short to tell by its columns"
        yield Guess(FixedFraming(len(head.data)), 0.3, (why,))
    elif ranked and not believed:
        why = "no record length makes the bytes of a column alike"
        yield Guess(FixedFraming(ranked[0]), 0.05, (why, _speaking(saved, ranked[0])))


def _candidates(head: Head, record_length: int | None) -> set[int]:
    """Lengths worth coding: those at whose distance most bytes are equal, and what divides them."""
    sample = head.data[:_SAMPLE_BYTES]
    longest = min(_LONGEST, len(sample) // 2)
    divisors = [length for length in range(2, longest + 1) if head.size is not None and head.size % length == 0]
    best = sorted(divisors, key=lambda length: _equal(sample, length), reverse=True)[:_BEST_DIVISORS]
    found = {length for length in divisors if any(better % length == 0 for better in best)}
    found.update(_lags(head.data[:_LAG_SAMPLE_BYTES], longest))
    if record_length is not None and record_length <= len(sample):
        found.add(record_length)
    return found


def _lags(sample: bytes, longest: int) -> list[int]:
    lags = range(2, min(_MOST_LAGS, longest, len(sample) // 2) + 1)
    return sorted(lags, key=lambda lag: _equal(sample, lag), reverse=True)[:_BEST_LAGS]


def _equal(sample: bytes, lag: int) -> float:
    """The share of bytes equal to the one ``lag`` further on; XOR of long integers compares them all at once."""
    width = len(sample) - lag
    different = int.from_bytes(sample[lag:], "big") ^ int.from_bytes(sample[:width], "big")
    return different.to_bytes(width, "big").count(0) / width


def _divides(head: Head, length: int) -> bool:
    return head.size is not None and head.size % length == 0


def _speaking(saved: dict[int, float], length: int) -> str:
    others = [other for other in saved if other % length and length % other]
    text = f"columns of records of {length} bytes save {saved[length]:.2f} bits a byte"
    if not others:
        return text
    rival = max(others, key=lambda other: saved[other])
    return f"{text}, of {rival} bytes {saved[rival]:.2f}"


def _by_gain(head: Head, length: int, saved: dict[int, float]) -> Guess:
    enough = min(1.0, (len(head.data) // length - 1) / _ENOUGH_ROWS, len(head.data) / _ENOUGH_BYTES)
    confidence = (0.5 + 0.35 * min(1.0, saved[length])) * enough
    if head.size is None or head.size % length == 0:
        divides = () if head.size is None else (f"{head.size} bytes are {head.size // length} records",)
        return Guess(FixedFraming(length), confidence, (_speaking(saved, length), *divides))
    edges, why = edges_of(head, length, head.size % length)
    return Guess(FixedFraming(length), confidence * 0.8, (_speaking(saved, length), why), edges)
