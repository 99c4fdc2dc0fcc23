"""``lrecl decode``: a file's records as rows or as nested objects, without broker and database."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.table import Table

from lrecl.cli.display import console
from lrecl.cli.errors import ExitCode
from lrecl.cli.files import INPUT_HELP, seekable
from lrecl.cli.options import DEFAULT_JOBS, SCHEMA, Job, JobsRoot, flag
from lrecl.cli.tables import printable
from shared.errors import RequestError

if TYPE_CHECKING:
    from shared.batch.rejects import Reject
    from shared.jobs.compile import CompiledJob
    from shared.jobs.load import JobSource
    from shared.rows.nested import Look

TYPE: Final = "_type"
"""The key under which a row names its record type."""

_TABLE_ROWS: Final = 1000


class Format(StrEnum):
    """Forms of rows."""

    JSONL = "jsonl"
    CSV = "csv"
    TABLE = "table"


def decode(
    job: Job,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=f"A file in the job's format. {INPUT_HELP}")],
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Stop after N records.")] = None,
    form: Annotated[Format, typer.Option("--format", metavar="FORM", help="jsonl, csv or table.")] = Format.JSONL,
    type_name: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="Only records of this type.")] = None,
    nested: Annotated[bool, flag("--nested", "Objects with the copybook's groups and tables.")] = False,
    nulls: Annotated[bool, flag("--nulls", "With --nested: show items without a value as null.")] = False,
    hexed: Annotated[bool, flag("--hex", "With --nested: each item's bytes in NAME_debug.")] = False,
    fillers: Annotated[bool, flag("--fillers", "With --nested: show items without a name, too.")] = False,
    jobs_root: JobsRoot = DEFAULT_JOBS,
) -> None:
    """Decode FILE's records to standard output. Rejects go to standard error, and the exit code is then 1."""
    from shared.jobs.compile import compile_job
    from shared.jobs.load import load_job
    from shared.rows.nested import Look
    from shared.rows.tree import Naming

    source = load_job(jobs_root, job)
    compiled = compile_job(source, SCHEMA)
    rejects = _Rejects()
    if nested and form is not Format.JSONL:
        raise RequestError("LRQ081", f"Nested objects cannot be {form.value}.", remedy="Leave --format out.")
    with seekable(file) as path:
        if nested:
            look = Look(Naming(value_fillers=fillers), nulls=nulls, show_hex=hexed)
            _print_objects(_objects(source, compiled, look, path, type_name, limit, rejects))
        else:
            _print_rows(compiled, path, form, type_name, limit, rejects)
    raise typer.Exit(ExitCode.REJECTS if rejects.count else ExitCode.DONE)


class _Rejects:
    """Prints rejects on standard error as they come, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, rejects: list[Reject]) -> None:
        self.count += len(rejects)
        for one in rejects:
            place = f"record {one.record_no} at byte {one.offset}, field {one.field} (+{one.field_offset})"
            print(printable(f"{one.code} {place}: {one.message}"), file=sys.stderr)


def _print_rows(
    compiled: CompiledJob, file: Path, form: Format, type_name: str | None, limit: int | None, rejects: _Rejects
) -> None:
    from shared.rows.input import input_batches
    from shared.rows.reader import flat_rows

    names = _columns(compiled, form, type_name)
    limited = None if type_name else limit
    rows = flat_rows(compiled, input_batches(compiled, file, limited), rejects)
    chosen = islice(((name, values) for name, values in rows if name in names), limit)
    if form is Format.JSONL:
        _print_objects(_flat_objects(names, chosen))
        return
    ((_, columns),) = names.items()
    if form is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(values for _, values in chosen)
    else:
        _print_table(columns, (values for _, values in chosen))


def _columns(compiled: CompiledJob, form: Format, type_name: str | None) -> Mapping[str, Sequence[str]]:
    """Column names of the record types that are printed. LRQ081 for an unknown type, or where one has to be chosen."""
    names = {table.record_type: [target.name for target in table.targets] for table in compiled.tables}
    if type_name is not None:
        _check_type(type_name, names)
        return {type_name: names[type_name]}
    if len(names) > 1 and form is not Format.JSONL:
        raise RequestError(
            "LRQ081",
            f"Rows of several record types have no columns in common for {form.value}.",
            remedy=f"Choose one with --type: {', '.join(names)}.",
        )
    return names


def _check_type(name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise RequestError(
            "LRQ081", f"The job has no record type {name!r}.", remedy=f"Its types are {', '.join(known)}."
        )


def _flat_objects(
    names: Mapping[str, Sequence[str]], rows: Iterable[tuple[str, Sequence[Any]]]
) -> Iterator[dict[str, Any]]:
    several = len(names) > 1
    for name, values in rows:
        row = dict(zip(names[name], values, strict=True))
        yield {TYPE: name} | row if several else row


def _print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The first thousand rows: a table that fits its columns has to know them all."""
    table = Table(*columns, box=None, pad_edge=False)
    for row in islice(rows, _TABLE_ROWS):
        table.add_row(*("NULL" if value is None else str(value) for value in row))
    console().print(table)


def _print_objects(rows: Iterable[dict[str, Any]]) -> None:
    """A line each; numbers that readers of JSON would round are strings."""
    for row in rows:
        print(json.dumps(row, default=str, ensure_ascii=False))


def _objects(
    source: JobSource,
    compiled: CompiledJob,
    look: Look,
    file: Path,
    type_name: str | None,
    limit: int | None,
    rejects: _Rejects,
) -> Iterator[dict[str, Any]]:
    """Root records with the records below them; or the records of one type alone."""
    from shared.rows.input import input_batches
    from shared.rows.reader import NestedReader

    reader = NestedReader(source, compiled, look)
    names = [one.name for one in reader.types]
    if type_name is not None:
        _check_type(type_name, names)
    simple = type_name is None and not any(one.parent for one in reader.types)
    batches = input_batches(compiled, file, limit if simple else None)
    found = reader.objects(batches, rejects) if type_name is None else reader.records(batches, rejects)
    several = len({one.name for one in reader.types if one.parent is None}) > 1
    rows = (
        {TYPE: names[one.place]} | one.row if several and type_name is None else one.row
        for one in found
        if one.row is not None and type_name in (None, names[one.place])
    )
    return islice(rows, limit)
