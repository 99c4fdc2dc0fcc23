"""``lrecl decode``: a file's records as rows, or as nested objects, without broker and database."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from services.orchestrator.cli.options import DEFAULT_JOBS, SCHEMA, JobsRoot
from services.orchestrator.cli.rows import TYPE, Format, Tables, print_json
from shared.batch.rejects import Reject
from shared.errors import RequestError
from shared.jobs.compile import CompiledJob, compile_job
from shared.jobs.load import JobSource, load_job

if TYPE_CHECKING:
    from shared.rows.nested import Look

Bare = Annotated[bool, typer.Option("--fillers", help="With --nested: show items without a name, too.")]


class _Rejects:
    """Prints rejects as they come, and counts them."""

    def __init__(self) -> None:
        self.count = 0
        self._errors = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)

    def __call__(self, rejects: list[Reject]) -> None:
        self.count += len(rejects)
        for one in rejects:
            place = f"record {one.record_no} at byte {one.offset}, field {one.field} (+{one.field_offset})"
            self._errors.print(f"{one.code} {place}: {one.message}")


def decode(
    job: Annotated[str, typer.Argument(help="Name of the job that describes the file.")],
    file: Annotated[Path, typer.Argument(help="The file, anywhere on this machine.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many records.")] = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the rows.")] = Format.JSONL,
    type_name: Annotated[str | None, typer.Option("--type", help="Only records of this type.")] = None,
    nested: Annotated[bool, typer.Option("--nested", help="Objects by the copybook's groups and tables.")] = False,
    nulls: Annotated[bool, typer.Option("--nulls", help="With --nested: show items without a value as null.")] = False,
    hexed: Annotated[bool, typer.Option("--hex", help="With --nested: each item's bytes in NAME_debug.")] = False,
    fillers: Bare = False,
    jobs_root: JobsRoot = DEFAULT_JOBS,
) -> None:
    """Decode FILE's records to standard output; rejects go to standard error. Exit code 1 when there were any."""
    from shared.rows.nested import Look
    from shared.rows.tree import Naming

    source = load_job(jobs_root, job)
    compiled = compile_job(source, SCHEMA)
    rejects = _Rejects()
    if nested:
        if form is not Format.JSONL:
            raise RequestError("LRQ081", f"nested objects cannot be {form.value}", remedy="Leave --format out.")
        look = Look(Naming(value_fillers=fillers), nulls=nulls, show_hex=hexed)
        print_json(_objects(source, compiled, look, file, type_name, limit, rejects))
    else:
        _write_flat(compiled, file, form, type_name, limit, rejects)
    raise typer.Exit(1 if rejects.count else 0)


def _write_flat(
    compiled: CompiledJob, file: Path, form: Format, type_name: str | None, limit: int | None, rejects: _Rejects
) -> None:
    from shared.rows.input import input_batches
    from shared.rows.reader import flat_rows

    names = {table.record_type: [target.name for target in table.targets] for table in compiled.tables}
    tables = Tables(names, form, type_name)
    limited = None if type_name else limit
    rows = flat_rows(compiled, input_batches(compiled, file, limited), rejects)
    wanted = ((name, values) for name, values in rows if name in tables.names)
    tables.write(islice(wanted, limit))


def _objects(
    source: JobSource,
    compiled: CompiledJob,
    look: Look,
    file: Path,
    type_name: str | None,
    limit: int | None,
    rejects: _Rejects,
) -> Iterator[dict[str, Any]]:
    """Root objects with what belongs to them; records of one type alone when that is asked for."""
    from shared.rows.input import input_batches
    from shared.rows.reader import NestedReader

    reader = NestedReader(source, compiled, look)
    names = [one.name for one in reader.types]
    if type_name is not None and type_name not in names:
        known = ", ".join(names)
        raise RequestError("LRQ081", f"the job has no record type {type_name!r}", remedy=f"Its types are {known}.")
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
