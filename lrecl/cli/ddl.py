"""``lrecl ddl``: the tables that a job implies, for those who make them by hand."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from lrecl.cli.options import DEFAULT_JOBS, SCHEMA, JobsRoot
from shared.database.ddl import final_ddl, key_index_ddl, staging_ddl
from shared.jobs.compile import CompiledTable, compile_job
from shared.jobs.load import load_job


class Dialects(StrEnum):
    """Databases whose SQL is spoken."""

    DB2 = "db2"
    DERBY = "derby"


def ddl(
    job: Annotated[str, typer.Argument(help="Name of the job.")],
    dialect: Annotated[Dialects, typer.Option(help="Which SQL to speak.")] = Dialects.DB2,
    jobs_root: JobsRoot = DEFAULT_JOBS,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Print the DDL of JOB's staging and final tables."""
    tables = compile_job(load_job(jobs_root, job), SCHEMA).tables
    found = [_statements(table, dialect) for table in tables]
    if as_json:
        print(json.dumps(found))
        return
    for one in found:
        if one["record_type"]:
            print(f"-- {one['record_type']}")
        print(f"{one['staging']};\n\n{one['staging_index']};\n\n{one['final']};\n")


def _statements(table: CompiledTable, dialect: Dialects) -> dict[str, str]:
    return {
        "record_type": table.record_type,
        "staging": staging_ddl(table.staging, table.targets, dialect.value),
        "staging_index": key_index_ddl(table.staging, table.key),
        "final": final_ddl(table.final, table.targets, table.key, dialect.value),
    }
