"""Control files: what the sender says an input file holds, in a file of its own beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from shared.bounded_values import MOST_INTEGER
from shared.errors import JobError, RequestError
from shared.framing.files import inside
from shared.jobs.compile import CompiledJob
from shared.scaled_decimals import bounded_decimal, sum_decimals

_MOST_BYTES: Final = 64 * 1024
_REMEDY: Final = 'It must be JSON like {"records": 3, "totals": {"FIELD": "123.45"}}.'


@dataclass(frozen=True, slots=True)
class ControlFigures:
    """What the sender says the file holds; None and absent fields are not compared.

    ``from_files``: they are the sum of control files, one for each input file, and not given with the request.
    """

    records: int | None = None
    totals: dict[str, Decimal] = field(default_factory=dict)
    from_files: bool = field(default=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form: decimals as text."""
        totals = {name: str(value) for name, value in self.totals.items()}
        return {"records": self.records, "totals": totals, "from_files": self.from_files}

    @classmethod
    def from_json(cls, text: str) -> ControlFigures:
        """What ``to_dict`` became in the run's row. ValueError for totals that are out of bounds."""
        data = json.loads(text)
        totals = {name: bounded_decimal(value) for name, value in data["totals"].items()}
        return cls(data["records"], totals, data.get("from_files", False))


def side_files_figures(paths: Sequence[Path], compiled: CompiledJob) -> ControlFigures:
    """The figures of the control files beside ``paths``, summed: each file must have one, all with the same figures."""
    found = [side_file_figures(path, compiled) for path in paths]
    for path, one in zip(paths, found, strict=True):
        if one.totals.keys() != found[0].totals.keys() or (one.records is None) != (found[0].records is None):
            raise RequestError(
                "LRQ022",
                f"the control file of {path.name} has other figures than that of {paths[0].name}",
                status=422,
                remedy="Let each give the same figures, so that they can be summed.",
            )
    records = [one.records for one in found if one.records is not None]
    totals = {name: _exact_sum((one.totals[name] for one in found), name) for name in found[0].totals}
    given = compiled.job.control.side_file is not None
    return ControlFigures(sum(records) if records else None, totals, from_files=given)


def _exact_sum(figures: Iterable[Decimal], name: str) -> Decimal:
    """The sum without rounding. Raises RequestError LRQ022 when it would need too many digits."""
    try:
        return bounded_decimal(sum_decimals(figures))
    except (ArithmeticError, ValueError) as error:
        raise RequestError("LRQ022", f"the control totals of {name} cannot be summed", status=422) from error


def side_file_figures(path: Path, compiled: CompiledJob) -> ControlFigures:
    """The sender's figures from the job's control file beside ``path``; none when the job names no such file.

    LRQ021 when the file is missing, LRQ022 when it cannot be read.
    """
    pattern = compiled.job.control.side_file
    if pattern is None:
        return ControlFigures()
    side = inside(path.parent, pattern.replace("{name}", path.name)) if _beside(path, pattern) else None
    if side is None:
        raise RequestError(
            "LRQ021",
            f"the control file {pattern.replace('{name}', path.name)} is missing beside {path.name}",
            status=422,
            remedy="Transfer it too, or give the figures with the request.",
        )
    return parse_control(_content(side), side.name)


def _content(side: Path) -> bytes:
    """The control file's bytes; LRQ022 when it cannot be read or is larger than such a file can be."""
    try:
        with side.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _unreadable(side.name, reason, "Check who may read the file.") from error
    if len(content) > _MOST_BYTES:
        raise _unreadable(side.name, f"it has more than {_MOST_BYTES} bytes")
    return content


def _unreadable(file_name: str, reason: object, remedy: str = _REMEDY) -> RequestError:
    return RequestError("LRQ022", f"the control file {file_name} cannot be read: {reason}", status=422, remedy=remedy)


def parse_control(data: bytes, file_name: str) -> ControlFigures:
    """Figures from JSON: {"records": N, "totals": {"FIELD": "123.45"}}."""
    try:
        content = json.loads(data, parse_float=bounded_decimal)
        totals = {name: _figure(value) for name, value in content.get("totals", {}).items()}
        records = content.get("records")
        return ControlFigures(None if records is None else _count(records), totals)
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise _unreadable(file_name, error) from error


def _figure(value: object) -> Decimal:
    """A total as it was written: through binary floating point it would not stay what the sender wrote."""
    return bounded_decimal(str(value))


def _count(value: object) -> int:
    """A number of records; ``int`` alone would take 2.5 for 2 and true for 1."""
    count = int(str(value))
    if not 0 <= count <= MOST_INTEGER:
        raise ValueError(f"{count} is not a number of records")
    return count


def _beside(path: Path, pattern: str) -> bool:
    try:
        return (path.parent / pattern.replace("{name}", path.name)).is_file()
    except (OSError, ValueError) as error:
        raise JobError("LRJ055", f"control.side_file {pattern!r} is not a file name: {error}") from error
