"""``lrecl encode``: rows back to a file in the job's format, or no file at all."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, Final

import typer

from lrecl.cli.errors import ExitCode
from lrecl.cli.files import INPUT_HELP, lines, replacement
from lrecl.cli.options import DEFAULT_JOBS, SCHEMA, Job, JobsRoot, flag
from lrecl.cli.tables import printable
from shared.errors import InputError

_SHOWN: Final = 20


def encode(
    job: Job,
    rows: Annotated[
        Path,
        typer.Argument(metavar="ROWS", help=f"JSON lines as `lrecl decode` prints them, flat or nested. {INPUT_HELP}"),
    ],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file to write; an existing one is replaced only on success.")
    ],
    keep_going: Annotated[bool, flag("--keep-going", "Leave out rows that cannot be written.")] = False,
    block_bytes: Annotated[
        int | None,
        typer.Option(metavar="N", min=32, help="The longest block of VB and VBS files, in bytes; by default 27,998."),
    ] = None,
    jobs_root: JobsRoot = DEFAULT_JOBS,
) -> None:
    """Write ROWS as records in the format of JOB. If a row cannot be written: exit code 1, and no file."""
    from shared.framing.writing import BLOCK_BYTES, writer_for
    from shared.jobs.compile import compile_job
    from shared.jobs.load import load_job
    from shared.rows.encoding import JobEncoder

    source = load_job(jobs_root, job)
    encoder = JobEncoder(source, compile_job(source, SCHEMA))
    write = writer_for(encoder.framing, block_bytes=block_bytes or BLOCK_BYTES)
    faults = _Faults(keep_going=keep_going)
    with replacement(file) as out:
        for piece in write(chain(encoder.heading, faults.good(encoder.records(lines(rows))))):
            out.write(piece)
        if faults.count and not keep_going:
            raise typer.Exit(ExitCode.REJECTS)
    print(f"{file}: {faults.records:,} records, {file.stat().st_size:,} bytes")
    raise typer.Exit(ExitCode.REJECTS if faults.count else ExitCode.DONE)


class _Faults:
    """Rows that cannot be written: the first of them are printed, all are counted."""

    def __init__(self, *, keep_going: bool) -> None:
        self.count = 0
        self.records = 0
        self._keep_going = keep_going

    def good(self, records: Iterable[bytes | InputError]) -> Iterator[bytes]:
        """The records; none after the first fault, unless faulty rows are left out."""
        for record in records:
            if isinstance(record, InputError):
                self.count += 1
                if self.count <= _SHOWN or self._keep_going:
                    print(printable(f"{record.code} {record.message}"), file=sys.stderr)
            elif self._keep_going or not self.count:
                self.records += 1
                yield record
