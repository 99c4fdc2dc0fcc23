"""The compiled job as the processor needs it: plain data, JSON in a message, without pydantic.

The job definition and the copybook have been checked when the plan was compiled; here is what remains to be done to
each record: decode these fields, turn them into these columns, hold them to these rules, sum these totals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.batch.types import TargetColumn
from shared.codec import DateForm, FieldSpec
from shared.records.conditions import RecordType
from shared.shaping import Shape
from shared.transform.delimited import RowForm


class RuleKind(StrEnum):
    """What a rule asks of a field."""

    REQUIRED = "required"
    RANGE = "range"
    IN_LIST = "in_list"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule over one field.

    ``minimum`` and ``maximum`` are scaled like the field's values; ``values`` holds scaled integers for numbers, text
    for text. None leaves that side open.
    """

    kind: RuleKind
    field: str
    minimum: int | None = None
    maximum: int | None = None
    values: tuple[int, ...] | tuple[str, ...] = ()
    date_form: DateForm | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "kind": self.kind.value,
            "field": self.field,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "values": list(self.values),
            "date_form": None if self.date_form is None else self.date_form.value,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Rule:
        """The rule that ``to_dict`` described."""
        form = data["date_form"]
        typed = {"kind": RuleKind(data["kind"]), "values": tuple(data["values"])}
        return cls(**{**data, **typed, "date_form": None if form is None else DateForm(form)})


@dataclass(frozen=True, slots=True)
class PlanColumn:
    """A field of the record and the column it becomes; ``date_form`` is set where it is a date.

    ``occurrence``: a pair for each of the shape's tables around the field, its index and the subscript from 1; where a
    record does not have that occurrence, or ends before it, the column is NULL. ``shows_raw``: the column does not hold
    the value but, in hex, the bytes of a value that did not decode, and else NULL; its ``spec`` has the kind RAW.
    """

    spec: FieldSpec
    target: TargetColumn
    date_form: DateForm | None = None
    occurrence: tuple[tuple[int, int], ...] = ()
    shows_raw: bool = False

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "spec": self.spec.to_dict(),
            "target": self.target.to_dict(),
            "date_form": None if self.date_form is None else self.date_form.value,
            "occurrence": [list(pair) for pair in self.occurrence],
            "shows_raw": self.shows_raw,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PlanColumn:
        """The column that ``to_dict`` described."""
        form = data["date_form"]
        return cls(
            FieldSpec.from_dict(data["spec"]),
            TargetColumn.from_dict(data["target"]),
            None if form is None else DateForm(form),
            tuple((table, subscript) for table, subscript in data["occurrence"]),
            data["shows_raw"],
        )


@dataclass(frozen=True, slots=True)
class Inherited:
    """A column of a child's rows that comes from the last record of the type ``ancestor`` before the child."""

    ancestor: str
    column: PlanColumn

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {"ancestor": self.ancestor, "column": self.column.to_dict()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Inherited:
        """What ``to_dict`` described."""
        return cls(data["ancestor"], PlanColumn.from_dict(data["column"]))


@dataclass(frozen=True, slots=True)
class SummedField:
    """A field whose values are summed; ``name`` is what the job calls the total (of several types: TYPE.FIELD)."""

    name: str
    field: str


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """Everything a processor does to the records of one type.

    ``shape`` says how long they are and which tables vary. ``staging_table`` is empty for a type whose records are
    read over: they are counted as skipped, but may be parents. ``inherited`` columns come before the record's own.
    """

    type: RecordType
    shape: Shape
    columns: tuple[PlanColumn, ...]
    rules: tuple[Rule, ...]
    totals: tuple[SummedField, ...]
    staging_table: str
    inherited: tuple[Inherited, ...] = ()

    @property
    def targets(self) -> tuple[TargetColumn, ...]:
        """The columns of the staging table that come from records, in the order of the rows."""
        return tuple(column.target for column in (*(one.column for one in self.inherited), *self.columns))

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "type": self.type.to_dict(),
            "shape": self.shape.to_dict(),
            "columns": [column.to_dict() for column in self.columns],
            "rules": [rule.to_dict() for rule in self.rules],
            "totals": [[total.name, total.field] for total in self.totals],
            "staging_table": self.staging_table,
            "inherited": [one.to_dict() for one in self.inherited],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RecordPlan:
        """The plan that ``to_dict`` described."""
        return cls(
            RecordType.from_dict(data["type"]),
            Shape.from_dict(data["shape"]),
            tuple(PlanColumn.from_dict(column) for column in data["columns"]),
            tuple(Rule.from_dict(rule) for rule in data["rules"]),
            tuple(SummedField(name, field) for name, field in data["totals"]),
            data["staging_table"],
            tuple(Inherited.from_dict(one) for one in data["inherited"]),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a processor does to the records of one job.

    ``record_length`` is that of every record of the input (LRECL), None when records vary. The first record type that
    fits takes a record; ``skip_unmatched`` says that a record of no type is read over instead of rejected. ``filler``
    is the byte that stands for what a short record lacks (the code page's space). ``rows``: the records are rows of
    values, which become records of the shape first.
    """

    record_length: int | None
    records: tuple[RecordPlan, ...]
    skip_unmatched: bool = False
    filler: int = 0x40
    rows: RowForm | None = None

    @classmethod
    def fixed(
        cls,
        length: int,
        columns: Sequence[PlanColumn],
        rules: Sequence[Rule] = (),
        totals: Sequence[str] = (),
        staging_table: str = "",
    ) -> Plan:
        """The plan for records of one type that all have ``length`` bytes; totals are named like their fields."""
        summed = tuple(SummedField(name, name) for name in totals)
        shape = Shape(length, length, shifting=False)
        return cls(length, (RecordPlan(RecordType(""), shape, tuple(columns), tuple(rules), summed, staging_table),))

    @property
    def types(self) -> tuple[RecordType, ...]:
        """The types of the records, in the order in which they are tried."""
        return tuple(record.type for record in self.records)

    @property
    def loaded(self) -> tuple[RecordPlan, ...]:
        """The types that have a table, in the order of a batch's tables."""
        return tuple(record for record in self.records if record.staging_table)

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form; what came later is left out while it says nothing, so that older plans look the same."""
        rows = {} if self.rows is None else {"rows": self.rows.to_dict()}
        return {
            "record_length": self.record_length,
            "records": [record.to_dict() for record in self.records],
            "skip_unmatched": self.skip_unmatched,
            "filler": self.filler,
            **rows,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Plan:
        """The plan that ``to_dict`` described."""
        records = tuple(RecordPlan.from_dict(record) for record in data["records"])
        rows = RowForm.from_dict(data["rows"]) if "rows" in data else None
        return cls(data["record_length"], records, data["skip_unmatched"], data["filler"], rows)
