"""Commands that need neither broker nor database: layout, generate; see also ``decode``, ``encode``, ``inspect``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lrecl.cli.copybooks import read_copybook
from lrecl.cli.display import console
from lrecl.cli.layouts import layout_table
from lrecl.cli.options import DEFAULT_JOBS, SCHEMA, JobsRoot
from shared.copybook import lay_out
from shared.jobs.compile import compile_job
from shared.jobs.load import load_job


def layout(
    copybook: Annotated[Path, typer.Argument(help="A COBOL copybook.")],
    record: Annotated[str | None, typer.Option(help="Name of the 01 level, when there are several.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Print offsets, lengths and types of a copybook's fields."""
    laid_out = lay_out(read_copybook(copybook), record=record)
    if as_json:
        print(json.dumps(laid_out.to_dict()))
        return
    console().print(layout_table(laid_out))


def generate_sample(
    job: Annotated[str, typer.Argument(help="Name of the job to make sample data for.")],
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    records: Annotated[int, typer.Option("--records", "-n", min=0, help="Records to write.")] = 10_000,
    bad_ratio: Annotated[float, typer.Option(min=0, max=1, help="Share of records with one faulty field.")] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed writes the same file.")] = 1,
    jobs_root: JobsRoot = DEFAULT_JOBS,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Write a sample file for JOB, its control file, and the list of its bad records (FILE.bad.jsonl)."""
    from shared.sample import generate

    source = load_job(jobs_root, job)
    if source.job.records or not source.job.input.fixed:
        key = ("records",) if source.job.records else ("input", "record_format")
        raise source.error("LRJ063", "sample data is made of records of one type and one length only", key)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True, quiet=as_json), transient=True) as bar:
        task = bar.add_task(f"writing {file.name}", total=records)
        compiled = compile_job(source, SCHEMA)
        made = generate(
            source, compiled, records, bad_ratio, seed, file, progress=lambda done: bar.update(task, completed=done)
        )
    figures = {
        "path": str(made.path),
        "records": made.records,
        "bytes": made.bytes,
        "bad": made.bad,
        "kinds": made.kinds,
    }
    if as_json:
        print(json.dumps(figures))
        return
    kinds = ", ".join(f"{kind} {count}" for kind, count in made.kinds.items())
    print(f"{made.path}: {made.records:,} records, {made.bytes:,} bytes, {made.bad:,} bad ({kinds or 'none'})")
