"""``lrecl ddl`` and ``lrecl generate``: the tables that a job implies, and sample files for it."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lrecl.cli.files import writing
from lrecl.cli.options import DEFAULT_JOBS, SCHEMA, AsJson, Job, JobsRoot

if TYPE_CHECKING:
    from shared.jobs.compile import CompiledTable
    from shared.jobs.load import JobSource
    from shared.sample import Sample
    from shared.transform.plan import Plan


class Dialect(StrEnum):
    """Databases whose SQL can be printed."""

    DB2 = "db2"
    DERBY = "derby"


def ddl(
    job: Job,
    dialect: Annotated[Dialect, typer.Option(metavar="NAME", help="db2 or derby.")] = Dialect.DB2,
    jobs_root: JobsRoot = DEFAULT_JOBS,
    as_json: AsJson = False,
) -> None:
    """Print the DDL of JOB's staging and final tables."""
    from shared.jobs.compile import compile_job
    from shared.jobs.load import load_job
    from shared.transform.plan import Plan

    compiled = compile_job(load_job(jobs_root, job), SCHEMA)
    found = [_statements(Plan.from_dict(compiled.plan), one, dialect) for one in compiled.tables]
    if as_json:
        print(json.dumps(found))
        return
    for one in found:
        if one["record_type"]:
            print(f"-- {one['record_type']}")
        print(f"{one['staging']};\n\n{one['staging_index']};\n\n{one['final']};\n")


def _statements(plan: Plan, table: CompiledTable, dialect: Dialect) -> dict[str, str]:
    from shared.database.ddl import final_ddl, key_index_ddl, staging_ddl
    from shared.jobs.column_values import in_utf16

    targets = in_utf16(plan, table.record_type, table.targets) if dialect.value == "derby" else table.targets
    return {
        "record_type": table.record_type,
        "staging": staging_ddl(table.staging, targets, dialect.value),
        "staging_index": key_index_ddl(table.staging, table.key),
        "final": final_ddl(table.final, targets, table.key, dialect.value),
    }


def generate(
    job: Job,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")],
    records: Annotated[int, typer.Option("--records", "-n", metavar="N", min=0, help="Records to write.")] = 10_000,
    bad_ratio: Annotated[
        float, typer.Option(metavar="RATIO", min=0, max=1, help="Share of records with one faulty field.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="The same seed writes the same file.")] = 1,
    jobs_root: JobsRoot = DEFAULT_JOBS,
    as_json: AsJson = False,
) -> None:
    """Write a sample file for JOB, its control file, and the list of its bad records (FILE.bad.jsonl)."""
    from shared.jobs.load import load_job

    source = load_job(jobs_root, job)
    if source.job.records or not source.job.input.fixed:
        key = ("records",) if source.job.records else ("input", "record_format")
        raise source.error("LRJ063", "sample data is made of records of one type and one length only", key)
    with writing(file):
        sample = _generated(source, file, records, bad_ratio, seed, quiet=as_json)
    if as_json:
        print(json.dumps(asdict(sample) | {"path": str(sample.path)}))
        return
    kinds = ", ".join(f"{kind} {count}" for kind, count in sample.kinds.items())
    print(f"{file}: {sample.records:,} records, {sample.bytes:,} bytes, {sample.bad:,} bad ({kinds or 'none'})")


def _generated(source: JobSource, file: Path, records: int, bad_ratio: float, seed: int, *, quiet: bool) -> Sample:
    """Write the file, with a bar on standard error where that is a terminal."""
    from shared.jobs.compile import compile_job
    from shared.sample import generate as write_sample

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    screen = Console(stderr=True)
    is_off = quiet or not screen.is_terminal
    with Progress(*columns, console=screen, transient=True, disable=is_off) as bar:
        task = bar.add_task(f"writing {file.name}", total=records)
        compiled = compile_job(source, SCHEMA)
        return write_sample(
            source, compiled, records, bad_ratio, seed, file, progress=lambda done: bar.update(task, completed=done)
        )
