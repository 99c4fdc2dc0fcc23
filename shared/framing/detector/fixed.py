"""F: the record length at which the bytes of each column are most alike; file header and trailer around the records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import accumulate, starmap
from math import lgamma, log, log2
from typing import Final

from shared.framing.detector.guesses import Guess, Head
from shared.framing.fixed import FixedFraming

_LONGEST: Final = 32_760
_SAMPLE_BYTES: Final = 96 * 1024  # the same for all lengths, so that their figures can be compared
_LAG_SAMPLE_BYTES: Final = 16 * 1024
_MOST_LAGS: Final = 4_096
_BEST_LAGS: Final = 12
_BEST_DIVISORS: Final = 12
_WEIGHT: Final = 2.0  # of the prior, in bytes: after how many bytes a column relies on its own frequencies
_ENOUGH_ROWS: Final = 8
_ENOUGH_BYTES: Final = 256
_SHOWN: Final = 8
_WORTH: Final = 0.03  # bits per byte that a record length must save to be considered
_ROWS: Final = 200
_STRANGE: Final = 1.5  # bits per byte by which a header must fit the columns worse than their own bytes


class Coder:
    """The size of a sample in bits when each column of records is coded by its own byte frequencies.

    This is the code length of a Dirichlet-multinomial model with the frequencies in the whole sample as its prior. A
    multiple of the true length leaves each column fewer rows to learn from, so that it saves less.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._prior = {byte: _WEIGHT * count / len(data) for byte, count in Counter(data).items()}
        self._known: dict[tuple[int, int], float] = {}
        self.usual = self._nats(Counter(data), len(data)) / (len(data) * log(2))

    def saved(self, length: int) -> float:
        """Bits per byte that coding by columns saves when records have ``length`` bytes."""
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
    """Guesses with a fixed length: the copybook's if it divides the file, and the lengths that save most bits."""
    coder = Coder(head.data[:_SAMPLE_BYTES])
    saved = {length: coder.saved(length) for length in _candidates(head, record_length)}
    ranked = sorted(saved, key=lambda length: saved[length] * (1.1 if _divides(head, length) else 1), reverse=True)
    if record_length in saved and _divides(head, record_length):
        agrees = saved[record_length] >= 0.8 * max(saved.values())
        why = f"the copybook's {record_length} bytes divide the file size without remainder"
        yield Guess(FixedFraming(record_length), 0.92 if agrees else 0.6, (why, _savings(saved, record_length)))
    believed = [length for length in ranked if saved[length] > _WORTH and 2 * length <= len(head.data)]
    for place, length in enumerate(believed[:_SHOWN]):
        if all(length % better for better in believed[:place]):
            yield _by_gain(head, length, saved)
    if head.is_whole and len(head.data) <= _LONGEST:
        why = "the file may be a single record; it is too short for a comparison of columns"
        yield Guess(FixedFraming(len(head.data)), 0.3, (why,))
    elif ranked and not believed:
        why = "the bytes of a column are not alike at any record length"
        yield Guess(FixedFraming(ranked[0]), 0.05, (why, _savings(saved, ranked[0])))


def _candidates(head: Head, record_length: int | None) -> set[int]:
    """Lengths to compare: those at whose distance most bytes are equal, and their divisors."""
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
    """The share of bytes that equal the byte ``lag`` further on. XOR of long integers compares all of them at once."""
    width = len(sample) - lag
    different = int.from_bytes(sample[lag:], "big") ^ int.from_bytes(sample[:width], "big")
    return different.to_bytes(width, "big").count(0) / width


def _divides(head: Head, length: int) -> bool:
    return head.size is not None and head.size % length == 0


def _savings(saved: dict[int, float], length: int) -> str:
    others = [other for other in saved if other % length and length % other]
    text = f"columns of records of {length} bytes save {saved[length]:.2f} bits per byte"
    if not others:
        return text
    rival = max(others, key=lambda other: saved[other])
    return f"{text}, of {rival} bytes {saved[rival]:.2f}"


def _by_gain(head: Head, length: int, saved: dict[int, float]) -> Guess:
    enough = min(1.0, (len(head.data) // length - 1) / _ENOUGH_ROWS, len(head.data) / _ENOUGH_BYTES)
    confidence = (0.5 + 0.35 * min(1.0, saved[length])) * enough
    if head.size is None or head.size % length == 0:
        divides = () if head.size is None else (f"{head.size} bytes are {head.size // length} records",)
        return Guess(FixedFraming(length), confidence, (_savings(saved, length), *divides))
    edges, why = edges_of(head, length, head.size % length)
    return Guess(FixedFraming(length), confidence * 0.8, (_savings(saved, length), why), edges)


def edges_of(head: Head, length: int, remainder: int) -> tuple[dict[str, int], str]:
    """How the ``remainder`` of a file with records of ``length`` bytes divides into header and trailer; and why."""
    columns = _Columns(head.data, length)
    front = [columns.cost(at, head.data[at]) for at in range(remainder)]
    last = len(head.data) - remainder
    back = [columns.cost(at, head.data[at]) if head.is_whole else 0.0 for at in range(last, len(head.data))]
    before = list(accumulate(front, initial=0.0))
    after = list(accumulate(reversed(back), initial=0.0))
    header = max(range(remainder + 1), key=lambda size: before[size] + after[remainder - size])
    strange = (before[header] + after[remainder - header]) / remainder
    if strange < _STRANGE:
        return {}, f"{remainder} bytes remain: the last record seems to be cut off"
    edges = {"header_bytes": header, "trailer_bytes": remainder - header}
    why = f"{remainder} bytes remain that fit no column: {header} at the start, {remainder - header} at the end"
    return {name: size for name, size in edges.items() if size}, why


class _Columns:
    """The byte frequencies of each column, counted from the file's first byte, without the first and last record."""

    def __init__(self, data: bytes, length: int) -> None:
        self._length = length
        inner = data[length:-length][: _ROWS * length]
        self._rows = max(1, len(inner) // length)
        self._counts = [Counter(inner[at::length]) for at in range(length)]
        self._usual = [self._mean(counts) for counts in self._counts]

    def cost(self, at: int, byte: int) -> float:
        """Bits by which ``byte`` at file position ``at`` costs more than the average byte of its column."""
        column = at % self._length
        return self._bits(self._counts[column][byte]) - self._usual[column]

    def _mean(self, counts: Counter[int]) -> float:
        return sum(count * self._bits(count - 1) for count in counts.values()) / max(1, counts.total())

    def _bits(self, count: int) -> float:
        return log2((self._rows + 2.56) / (count + 0.01))
