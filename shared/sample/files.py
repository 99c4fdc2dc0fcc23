"""The three files of a sample. They have temporary names until all are complete."""

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
    """One bad record. ``record_no`` is 1-based; ``offset`` is that of the record, in bytes."""

    record_no: int
    offset: int
    field: str
    kind: str
    code: str


def side_file(source: JobSource, out: Path) -> Path | None:
    """The path of the job's control file for ``out``. Raises JobError LRJ062 when it is in another folder."""
    if source.job.control.side_file is None:
        return None
    name = source.job.control.side_file.replace("{name}", out.name)
    if Path(name).name != name or name == out.name:
        key = ("control", "side_file")
        raise source.error("LRJ062", f"the control file must be in the folder of the input, and {name!r} is not", key)
    return out.with_name(name)


class SampleFiles:
    """Data, list of bad records, and control file. An error in the block removes all of them."""

    def __init__(self, out: Path, control: Path | None) -> None:
        self._control = control
        self._out = out
        self._bad_list = out.with_name(f"{out.name}.bad.jsonl")

    def __enter__(self) -> Self:
        self._records = _unfinished(self._out).open("wb")
        self._bad = _unfinished(self._bad_list).open("w", encoding="utf-8")
        return self

    def write(self, records: Bytes, bad: Sequence[BadRecord]) -> None:
        """Append records, and the list of the bad ones among them."""
        self._records.write(records.data)
        self._bad.writelines(json.dumps(asdict(record)) + "\n" for record in bad)

    def finish(self, figures: dict[str, Any]) -> None:
        """Write the control file and rename all files. The data file is last, so that the others exist before it."""
        self._close()
        if self._control:
            _unfinished(self._control).write_text(json.dumps(figures) + "\n", encoding="utf-8")
        for path in filter(None, (self._bad_list, self._control, self._out)):
            _unfinished(path).replace(path)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        for path in filter(None, (self._bad_list, self._control, self._out)):
            _unfinished(path).unlink(missing_ok=True)

    def _close(self) -> None:
        self._records.close()
        self._bad.close()


def _unfinished(path: Path) -> Path:
    return path.with_name(path.name + _UNFINISHED)
