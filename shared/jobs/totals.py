"""Control totals: the fields that are summed, under the names that the sender of the file knows."""

from __future__ import annotations

from collections.abc import Iterator

from shared.jobs.columns import unknown_field
from shared.jobs.compiled import CompiledTotal
from shared.jobs.document import Key
from shared.jobs.load import JobSource
from shared.jobs.records import RecordKind
from shared.transform.plan import Plan, PlanColumn, SummedField


def summed_fields(source: JobSource, kind: RecordKind, columns: list[PlanColumn]) -> Iterator[SummedField]:
    """The fields of one type that are summed; LRJ051 for unknown ones, LRJ052 for those that cannot be."""
    specs = {column.spec.name: column.spec for column in columns}
    for name, field, key in _named(source, kind):
        if field not in specs:
            raise unknown_field(source, key, field, specs)
        if not specs[field].is_number:
            raise source.error("LRJ052", f"{name} is no number and cannot be summed", key)
        if kind.spec.target is None:
            message = f"{name} cannot be summed: records of type {kind.name} are read over"
            raise source.error("LRJ052", message, key, remedy=f"Give {kind.name} a target, or drop the total.")
        yield SummedField(name, field)


def check_total_types(source: JobSource, kinds: list[RecordKind]) -> None:
    """LRJ083 for a total whose type the job does not have."""
    known = {kind.name for kind in kinds}
    for number, name in enumerate(source.job.control.totals):
        if source.job.records and name.partition(".")[0] not in known:
            remedy = f"Write TYPE.FIELD; the types are {', '.join(known)}."
            raise source.error(
                "LRJ083", f"{name} names no type of records", ("control", "totals", number), remedy=remedy
            )


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
