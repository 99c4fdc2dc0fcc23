"""The three files of a sample: written under temporary names, renamed when all are complete."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from shared.codec.columns import Bytes
from shared.jobs.load import JobSource

_UNFINISHED: Final = ".part"


@dataclass(frozen=True, slots=True)
class BadRecord:
    """The truth about one bad record; ``record_no`` is 1-based, ``offset`` the record's in bytes."""

    record_no: int
    offset: int
    field: str
    kind: str
    code: str


def side_file(source: JobSource, out: Path) -> Path | None:
    """Where the job's control side file for ``out`` lies; LRJ062 when its name leads to another folder."""
    if source.job.control.side_file is None:
        return None
    name = source.job.control.side_file.replace("{name}", out.name)
    if Path(name).name != name or name == out.name:
        key = ("control", "side_file")
        raise source.error("LRJ062", f"the control file must lie beside the input, and {name!r} does not", key)
    return out.with_name(name)


class SampleFiles:
    """Data, truth and control file; leaving the block by an error leaves none of them behind."""

    def __init__(self, out: Path, control: Path | None) -> None:
        self._control = control
        self._out = out
        self._truth = out.with_name(f"{out.name}.bad.jsonl")

    def __enter__(self) -> Self:
        self._records = _unfinished(self._out).open("wb")
        self._bad = _unfinished(self._truth).open("w", encoding="utf-8")
        return self

    def write(self, records: Bytes, bad: Sequence[BadRecord]) -> None:
        """Append records and the truth about those that are bad."""
        self._records.write(records.data)
        self._bad.writelines(json.dumps(asdict(record)) + "\n" for record in bad)

    def finish(self, figures: dict[str, Any]) -> None:
        """Write the control file and give all files their names, the data last: who sees it finds the others."""
        self._close()
        if self._control:
            _unfinished(self._control).write_text(json.dumps(figures) + "\n", encoding="utf-8")
        for path in filter(None, (self._truth, self._control, self._out)):
            _unfinished(path).replace(path)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        for path in filter(None, (self._truth, self._control, self._out)):
            _unfinished(path).unlink(missing_ok=True)

    def _close(self) -> None:
        self._records.close()
        self._bad.close()


def _unfinished(path: Path) -> Path:
    return path.with_name(path.name + _UNFINISHED)
