"""Where the bad records stand, and what the control fields add up to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.codec import Decoder
from shared.codec.columns import Bytes
from shared.jobs.compile import CompiledJob
from shared.jobs.load import JobSource
from shared.scaled_decimals import to_text
from shared.transform.plan import Plan
from shared.transform.totals import exact_sum


@dataclass(frozen=True, slots=True)
class Spread:
    """``bad`` records at even distances among ``records``: each in the middle of its share of the file."""

    records: int
    bad: int

    def between(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Number (0-based) and place of the bad records among the records [start, end)."""
        for turn in range(self._before(start), self._before(end)):
            yield turn, (2 * turn + 1) * self.records // (2 * self.bad)

    def _before(self, place: int) -> int:
        """How many bad records stand before ``place``."""
        count = -((self.records - 2 * self.bad * place) // (2 * self.records))
        return min(max(count, 0), self.bad)


class Totals:
    """Control totals of the records as they are in the file: decoded again, and summed exactly."""

    def __init__(self, source: JobSource, compiled: CompiledJob) -> None:
        plan = Plan.from_dict(compiled.plan)
        (record,) = plan.records
        names = source.job.control.totals
        self._specs = [column.spec for column in record.columns if column.spec.name in names]
        self._decoder = Decoder(self._specs, plan.record_length or record.shape.length)
        self._sums = dict.fromkeys(names, 0)

    def add(self, records: Bytes) -> None:
        """Count the control fields of these records in; a null counts as zero."""
        for spec, column in zip(self._specs, self._decoder.decode(records), strict=True):
            self._sums[spec.name] += exact_sum(column.values)

    def as_decimals(self) -> dict[str, str]:
        """The sums by field, as exact decimals."""
        scales = {spec.name: spec.scale for spec in self._specs}
        return {name: to_text(value, scales[name]) for name, value in self._sums.items()}
