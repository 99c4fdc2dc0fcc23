"""The tables of a job: names with their schema, and keys."""

from __future__ import annotations

from shared.batch.types import TableName, TargetColumn, identifier
from shared.jobs.compiled import CompiledTable
from shared.jobs.document import Key
from shared.jobs.load import JobSource
from shared.jobs.model import Target
from shared.jobs.records import RecordKind
from shared.transform.plan import Plan


def staging_name(kind: RecordKind, default_schema: str) -> str:
    """The staging table with its schema; empty for a type that is read over."""
    target = kind.spec.target
    return "" if target is None else str(TableName.parse(target.staging_table, default_schema))


def compiled_tables(source: JobSource, kinds: list[RecordKind], plan: Plan, schema: str) -> list[CompiledTable]:
    """The tables of the types that are loaded, in their order; LRJ053 for keys, LRJ084 for a table with two uses."""
    tables: list[CompiledTable] = []
    used: dict[str, str] = {}
    for kind, record in zip(kinds, plan.records, strict=True):
        target = kind.spec.target
        if target is None:
            continue
        final = str(TableName.parse(target.final_table, schema))
        _note(source, used, record.staging_table, (*kind.at, "target", "staging_table"))
        _note(source, used, final, (*kind.at, "target", "final_table"))
        tables.append(
            CompiledTable(
                record_type=kind.name,
                staging_table=record.staging_table,
                final_table=final,
                key=key_of(source, target, (*kind.at, "target"), record.targets),
                create_final=target.create_final,
                columns=[column.to_dict() for column in record.targets],
            )
        )
    return tables


def _note(source: JobSource, used: dict[str, str], table: str, key: Key) -> None:
    name = ".".join(map(str, key))
    if table in used:
        message = f"{table} is already the table of {used[table]}"
        raise source.error("LRJ084", message, key, remedy="Give each type a staging and a final table of its own.")
    used[table] = name


def key_of(source: JobSource, target: Target, at: Key, columns: tuple[TargetColumn, ...]) -> list[str]:
    """The columns of the key; LRJ053 when there is none of that name."""
    names = {column.name for column in columns}
    key = [identifier(name) for name in target.key]
    for number, name in enumerate(key):
        if name not in names:
            message = f"there is no column {name} to be the key"
            remedy = f"Columns: {', '.join(sorted(names))}."
            raise source.error("LRJ053", message, (*at, "key", number), remedy=remedy)
    return key
