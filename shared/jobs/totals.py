"""Control totals: the fields that are summed, under the names that the sender of the file knows."""

from __future__ import annotations

from collections.abc import Iterator

from shared.codec import FieldSpec
from shared.jobs.columns import TypeColumns, column_of
from shared.jobs.compiled import CompiledTotal
from shared.jobs.faults import Faults
from shared.jobs.records import RecordKind
from shared.jobs.source import JobSource, Key
from shared.transform.plan import Plan, SummedField


def summed_fields(source: JobSource, kind: RecordKind, columns: TypeColumns, faults: Faults) -> list[SummedField]:
    """The fields of one type that are summed; LRJ051 for unknown ones, LRJ052 for those that cannot be."""
    found = []
    for name, field, key in _named(source, kind):
        with faults.gathered():
            column = column_of(source, key, field, columns, kind)
            if column is not None:
                _check_summable(source, kind, key, column.spec, name)
                found.append(SummedField(name, field))
    return found


def _check_summable(source: JobSource, kind: RecordKind, key: Key, spec: FieldSpec, name: str) -> None:
    if not spec.is_number:
        raise source.error("LRJ052", f"{name} is not a number and cannot be summed", key, remedy="Drop the total.")
    if kind.spec.target is None:
        message = f"{name} cannot be summed: records of type {kind.name} are read over"
        raise source.error("LRJ052", message, key, remedy=f"Give {kind.name} a target, or drop the total.")


def check_total_types(source: JobSource, kinds: list[RecordKind], faults: Faults) -> None:
    """LRJ083 for a total whose type the job does not have."""
    known = {kind.name for kind in kinds}
    for number, name in enumerate(source.job.control.totals):
        if source.job.records and name.partition(".")[0] not in known:
            remedy = f"Write TYPE.FIELD; the types are {', '.join(known)}."
            key = ("control", "totals", number)
            faults.add(source.error("LRJ083", f"{name} names no type of records", key, remedy=remedy))


def _named(source: JobSource, kind: RecordKind) -> Iterator[tuple[str, str, Key]]:
    """The totals of this type: name, field, and where it stands."""
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
