"""The tables of a job: names with their schema, and keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.batch.types import TableName, identifier
from shared.errors import JobError
from shared.jobs.compiled import CompiledTable
from shared.jobs.faults import Faults, did_you_mean
from shared.jobs.model import Target
from shared.jobs.records import RecordKind
from shared.jobs.source import JobSource, Key
from shared.transform.plan import Plan, PlanColumn


@dataclass(frozen=True, slots=True)
class TypeTables:
    """The tables of one record type with their schema; both empty for a type that is read over."""

    staging: str = ""
    final: str = ""


def table_names(source: JobSource, default_schema: str, faults: Faults) -> list[TypeTables]:
    """The tables of each record type, in their order; LRJ020 for what is no name, LRJ084 for a table used twice."""
    records = source.job.records
    specs: list[tuple[Key, Target | None]] = [(("records", name, "target"), records[name].target) for name in records]
    used: dict[str, str] = {}
    found = []
    for at, target in specs or [(("target",), source.job.target)]:
        names = {}
        for option in ("staging_table", "final_table") if target is not None else ():
            with faults.gathered():
                names[option] = _table(source, (*at, option), getattr(target, option), default_schema, used)
        found.append(TypeTables(names.get("staging_table", ""), names.get("final_table", "")))
    return found


def _table(source: JobSource, key: Key, text: str, default_schema: str, used: dict[str, str]) -> str:
    try:
        table = str(TableName.parse(text, default_schema))
    except JobError as error:
        raise source.coded(error, key) from error
    if table in used:
        message = f"{table} is already the table of {used[table]}"
        raise source.error("LRJ084", message, key, remedy="Give each type a staging and a final table of its own.")
    used[table] = ".".join(map(str, key))
    return table


def compiled_tables(kinds: list[RecordKind], plan: Plan, tables: list[TypeTables]) -> list[CompiledTable]:
    """The tables of the types that are loaded, in their order."""
    return [
        CompiledTable(
            record_type=kind.name,
            staging_table=names.staging,
            final_table=names.final,
            key=[identifier(name) for name in kind.spec.target.key],
            create_final=kind.spec.target.create_final,
            columns=[column.to_dict() for column in record.targets],
        )
        for kind, record, names in zip(kinds, plan.records, tables, strict=True)
        if kind.spec.target is not None
    ]


def check_key(source: JobSource, kind: RecordKind, columns: Iterable[PlanColumn], faults: Faults) -> None:
    """LRJ053 for a part of the key that is not among the columns of the type's table, LRJ020 for what is no name."""
    names = {column.target.name for column in columns}
    for number, name in enumerate(kind.spec.target.key if kind.spec.target else ()):
        key = (*kind.at, "target", "key", number)
        try:
            if identifier(name) in names:
                continue
            remedy = did_you_mean(name, names, f"The columns are {', '.join(sorted(names))}.")
            faults.add(source.error("LRJ053", f"there is no column {name.upper()} to be the key", key, remedy=remedy))
        except JobError as error:
            faults.add(source.coded(error, key))
