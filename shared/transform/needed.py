"""Which columns of which types have to be decoded: those of tables, and those that tables of other types inherit."""

from __future__ import annotations

from dataclasses import replace

from shared.transform.plan import Plan, PlanColumn, RecordPlan


class Needed:
    """``columns`` are by the type's place: of a loaded type its own first, behind them what others inherit besides.

    A type that is nobody's ancestor and has no table is not there; one that must only have been there has no columns.
    """

    def __init__(self, plan: Plan) -> None:
        self._records = plan.records
        self._places = {record.type.name: place for place, record in enumerate(plan.records)}
        self.columns: dict[int, list[PlanColumn]] = {
            place: list(record.columns) for place, record in enumerate(plan.records) if record.staging_table
        }
        for record in plan.loaded:
            if record.type.parent is not None:
                self._of(record.type.parent)
            for one in record.inherited:
                self._add(one.ancestor, one.column)

    def places_inherited(self, record: RecordPlan) -> list[int]:
        """For each inherited column of the type its place among its ancestor's columns."""
        return [self._find(one.ancestor, one.column) for one in record.inherited]

    def _of(self, name: str) -> list[PlanColumn]:
        return self.columns.setdefault(self._places[name], [])

    def _add(self, name: str, column: PlanColumn) -> None:
        if any(_same(column, other) for other in self._of(name)):
            return
        self._of(name).append(column)
        for other in self._records[self._places[name]].columns:
            if column.shows_raw and not other.shows_raw and _same_bytes(column, other):
                self._add(name, other)

    def _find(self, name: str, column: PlanColumn) -> int:
        return next(place for place, other in enumerate(self._of(name)) if _same(column, other))


def _same_bytes(one: PlanColumn, other: PlanColumn) -> bool:
    return (one.spec.offset, one.spec.length) == (other.spec.offset, other.spec.length)


def _same(one: PlanColumn, other: PlanColumn) -> bool:
    """Whether both decode to the same, into whatever columns."""
    return replace(one, target=other.target) == other
