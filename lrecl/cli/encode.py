"""``lrecl encode``: rows back to a file in the job's format, or none of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console

from lrecl.cli.options import DEFAULT_JOBS, SCHEMA, JobsRoot
from shared.errors import InputError
from shared.framing.writing import BLOCK_BYTES, writer_for
from shared.jobs.compile import compile_job
from shared.jobs.load import load_job

_SHOWN = 20

BlockBytes = Annotated[int, typer.Option(min=32, help="The longest block of VB and VBS files, in bytes.")]
Going = Annotated[bool, typer.Option("--keep-going", help="Leave out rows that cannot be written.")]


class _Faults:
    """Rows that cannot be written: the first of them are printed, all are counted."""

    def __init__(self, *, keep_going: bool) -> None:
        self.count = 0
        self.written = 0
        self._keep_going = keep_going
        self._errors = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)

    def good(self, records: Iterable[bytes | InputError]) -> Iterator[bytes]:
        """The records; ends at the first faults unless it shall go on."""
        for record in records:
            if isinstance(record, InputError):
                self.count += 1
                if self.count <= _SHOWN or self._keep_going:
                    self._errors.print(f"{record.code} {record.message}")
            elif self._keep_going or not self.count:
                self.written += 1
                yield record


def encode(
    job: Annotated[str, typer.Argument(help="Name of the job that describes the file.")],
    rows: Annotated[Path, typer.Argument(help="Rows as lrecl decode prints them, flat or nested: JSON lines.")],
    file: Annotated[Path, typer.Argument(help="The file to write; it is replaced only when all is well.")],
    keep_going: Going = False,
    block_bytes: BlockBytes = BLOCK_BYTES,
    jobs_root: JobsRoot = DEFAULT_JOBS,
) -> None:
    """Write ROWS as records in the format of JOB. Exit code 1, and no file, when a row cannot be written."""
    from shared.rows.encoding import JobEncoder

    source = load_job(jobs_root, job)
    encoder = JobEncoder(source, compile_job(source, SCHEMA))
    write = writer_for(encoder.framing, block_bytes=block_bytes)
    faults = _Faults(keep_going=keep_going)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with _opened(rows) as lines, part.open("wb") as out:
            for piece in write(chain(encoder.heading, faults.good(encoder.records(lines)))):
                out.write(piece)
        if faults.count and not keep_going:
            raise typer.Exit(1)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    print(f"{file}: {faults.written:,} records, {file.stat().st_size:,} bytes")
    raise typer.Exit(1 if faults.count else 0)


def _opened(path: Path) -> TextIO:
    try:
        return path.open(encoding="utf-8")
    except OSError as error:
        raise InputError("LRF011", f"{path} cannot be read: {error}", path=str(path)) from error
