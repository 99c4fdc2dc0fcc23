"""The tables of a job with their keys, and the control totals over their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shared.batch.types import STAGING_COLUMNS, SqlType, TableName, TargetColumn, identifier
from shared.codec import FieldSpec
from shared.errors import JobError
from shared.jobs.compiled import CompiledTable, CompiledTotal
from shared.jobs.faults import Faults, did_you_mean
from shared.jobs.model import Target
from shared.jobs.plan_columns import TypeColumns, column_of
from shared.jobs.record_types import RecordKind
from shared.jobs.source import JobSource, Key
from shared.transform.plan import Plan, PlanColumn, RecordPlan, SummedField

LEDGER_TOTALS: Final = 4_000
"""Characters of BATCH.CONTROL_TOTALS."""

_MOST_COLUMNS: Final = 1_012
_MOST_BYTES: Final = {SqlType.CHAR: 255, SqlType.VARCHAR: 32_672}
_SUM_DIGITS: Final = 7
"""A batch has at most 100,000 records: the sum of a field has so many digits more, or a sign."""
_COUNT_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class TypeTables:
    """The names of the tables of one record type, with their schema; empty for a type whose records are skipped."""

    staging: str = ""
    final: str = ""


def table_names(source: JobSource, default_schema: str, faults: Faults) -> list[TypeTables]:
    """The tables of each record type, in their order; LRJ020 for an invalid name, LRJ084 for a table used twice."""
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
    """The tables of the types that have one, in their order."""
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
    """LRJ053 for a part of the key that is not a column of the type's table, LRJ020 for an invalid name."""
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


def summed_fields(source: JobSource, kind: RecordKind, columns: TypeColumns, faults: Faults) -> list[SummedField]:
    """The fields of one type that are summed; LRJ051 for unknown fields, LRJ052 for fields that cannot be summed."""
    found = []
    for name, field, key in _totals(source, kind):
        with faults.gathered():
            column = column_of(source, key, field, columns, kind)
            if column is not None:
                _check_summable(source, kind, key, column.spec, name)
                found.append(SummedField(name, field))
    return found


def _check_summable(source: JobSource, kind: RecordKind, key: Key, spec: FieldSpec, name: str) -> None:
    if not spec.is_number:
        raise source.error("LRJ052", f"{name} is not a number and cannot be summed", key, remedy="Remove the total.")
    if kind.spec.target is None:
        message = f"{name} cannot be summed, because records of the type {kind.name} are skipped"
        raise source.error("LRJ052", message, key, remedy=f"Give {kind.name} a target, or remove the total.")


def check_limits(source: JobSource, kinds: list[RecordKind], plan: Plan, faults: Faults) -> None:
    """LRJ057 and LRJ058 for a table that no database can make, LRJ059 for totals that the ledger cannot hold."""
    for kind, record in zip(kinds, plan.records, strict=True):
        if kind.spec.target is not None:
            _check_columns(source, kind, record.targets, faults)
    length = sum(_ledger_length(total, record) for record in plan.loaded for total in record.totals)
    if length > LEDGER_TOTALS:
        message = f"the control totals may need {length:,} characters in the ledger, which holds {LEDGER_TOTALS:,}"
        remedy = "Leave out totals that the sender does not state."
        faults.add(source.error("LRJ059", message, ("control", "totals"), remedy=remedy))


def _check_columns(source: JobSource, kind: RecordKind, columns: Sequence[TargetColumn], faults: Faults) -> None:
    at = (*kind.at, "target")
    count = len(columns) + len(STAGING_COLUMNS) + 1  # SUPERSEDED is one of lrecl's own, too
    if count > _MOST_COLUMNS:
        message = f"the staging table would have {count:,} columns, and Db2 permits {_MOST_COLUMNS:,}"
        remedy = "Leave fields out (skip: true), or give occurrences a table of their own."
        faults.add(source.error("LRJ057", message, at, remedy=remedy))
    for column in columns:
        most = _MOST_BYTES.get(column.sql_type, column.length)
        if column.length > most:
            message = (
                f"the column {column.name} would be {column.length:,} long, and {column.sql_type} permits {most:,}"
            )
            remedy = "Leave the field out (skip: true), or state varchar for it."
            faults.add(source.error("LRJ058", message, at, remedy=remedy))


def _ledger_length(total: SummedField, record: RecordPlan) -> int:
    """Most characters of the total's text in the ledger: the sums have some digits more than the field."""
    digits = next(column.spec.value_digits for column in record.columns if column.spec.name == total.field)
    return len(f"{total.name}:00:::;") + 2 * (digits + _SUM_DIGITS) + _COUNT_DIGITS


def check_total_types(source: JobSource, kinds: list[RecordKind], faults: Faults) -> None:
    """LRJ083 for a total whose type the job does not have."""
    known = {kind.name for kind in kinds}
    for number, name in enumerate(source.job.control.totals):
        if source.job.records and name.partition(".")[0] not in known:
            remedy = f"Write TYPE.FIELD; the types are {', '.join(known)}."
            key = ("control", "totals", number)
            faults.add(source.error("LRJ083", f"{name} does not start with a record type", key, remedy=remedy))


def _totals(source: JobSource, kind: RecordKind) -> Iterator[tuple[str, str, Key]]:
    """The totals of this type: name, field, and key."""
    for number, name in enumerate(source.job.control.totals):
        of, _, field = name.partition(".") if kind.at else (kind.name, "", name)
        if of == kind.name:
            yield name, field, ("control", "totals", number)


def compiled_totals(source: JobSource, plan: Plan) -> list[CompiledTotal]:
    """The totals in the order of the definition."""
    found = {
        summed.name: CompiledTotal(
            name=summed.name, table=record.staging_table, column=column.target.name, scale=column.spec.scale
        )
        for record in plan.loaded
        for summed in record.totals
        for column in record.columns
        if column.spec.name == summed.field
    }
    return [found[name] for name in source.job.control.totals]
