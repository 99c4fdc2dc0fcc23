"""The plan: the part of a compiled job that the processor executes. It is plain data, sent as JSON, without pydantic.

The job definition and the copybook were checked when the plan was compiled. The plan says which fields of a record are
decoded into which columns, which rules they must follow, and which are summed.
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


class RuleKind(StrEnum):
    """The kinds of rules."""

    REQUIRED = "required"
    RANGE = "range"
    IN_LIST = "in_list"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule over one field.

    ``minimum`` and ``maximum`` have the scale of the field's values; None means no bound. ``values`` are scaled
    integers for numbers, and text for text.
    """

    kind: RuleKind
    field: str
    minimum: int | None = None
    maximum: int | None = None
    values: tuple[int, ...] | tuple[str, ...] = ()
    date_form: DateForm | None = None

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary."""
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
        """The reverse of ``to_dict``."""
        form = data["date_form"]
        typed = {"kind": RuleKind(data["kind"]), "values": tuple(data["values"])}
        return cls(**{**data, **typed, "date_form": None if form is None else DateForm(form)})


@dataclass(frozen=True, slots=True)
class PlanColumn:
    """A field of the record and the column that it becomes. ``date_form`` is set if the column is a date.

    ``occurrence`` has a pair for each of the shape's tables around the field: its index, and the subscript from 1. The
    column is NULL if the record does not have this occurrence, or ends before it. A column that ``shows_raw`` has, in
    hex, the bytes of a value that did not decode, and is NULL for other values; its ``spec`` has the kind RAW.
    """

    spec: FieldSpec
    target: TargetColumn
    date_form: DateForm | None = None
    occurrence: tuple[tuple[int, int], ...] = ()
    shows_raw: bool = False

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary."""
        return {
            "spec": self.spec.to_dict(),
            "target": self.target.to_dict(),
            "date_form": None if self.date_form is None else self.date_form.value,
            "occurrence": [list(pair) for pair in self.occurrence],
            "shows_raw": self.shows_raw,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PlanColumn:
        """The reverse of ``to_dict``."""
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
    """A column that rows take from the last record of the type ``ancestor`` before their own."""

    ancestor: str
    column: PlanColumn

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary."""
        return {"ancestor": self.ancestor, "column": self.column.to_dict()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Inherited:
        """The reverse of ``to_dict``."""
        return cls(data["ancestor"], PlanColumn.from_dict(data["column"]))


@dataclass(frozen=True, slots=True)
class SummedField:
    """A field whose values are summed. ``name`` is the name of the control total; with several types, TYPE.FIELD."""

    name: str
    field: str


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """The plan for the records of one type.

    ``shape`` has their length and the tables that vary. ``staging_table`` is empty for a type whose records are
    skipped; they may still be parents. ``inherited`` columns come before the record's own.
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
        """The columns of the staging table that come from records, in their order."""
        return tuple(column.target for column in (*(one.column for one in self.inherited), *self.columns))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary."""
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
        """The reverse of ``to_dict``."""
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
class Cell:
    """The place of one value of a delimited row in the matrix that the decoder takes.

    ``offset`` and ``length`` are in bytes; ``characters`` is the length of the longest text that fits. A number is at
    the right end, without the spaces around it. Faults in values that are not ``loaded`` are ignored: a text that is
    too long is cut, and a number left out.
    """

    name: str
    offset: int
    length: int
    characters: int
    number: bool = False
    loaded: bool = True

    def to_list(self) -> list[Any]:
        """A JSON-safe dictionary."""
        return [self.name, self.offset, self.length, self.characters, self.number, self.loaded]


@dataclass(frozen=True, slots=True)
class RowForm:
    """How delimited rows become records: ``framing`` is ``DelimitedFraming.to_dict()``, and each value has a cell."""

    framing: dict[str, Any]
    cells: tuple[Cell, ...]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary."""
        return {"framing": self.framing, "cells": [cell.to_list() for cell in self.cells]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RowForm:
        """What ``to_dict`` described."""
        return cls(data["framing"], tuple(Cell(*cell) for cell in data["cells"]))


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan for the records of one job.

    ``record_length`` is the length of all records as they are delivered, None if it varies. A record has the first type
    whose conditions hold; with ``skip_unmatched`` a record of no type is skipped instead of rejected. ``filler`` is the
    byte for what a short record lacks, the code page's space. With ``rows`` the records are delimited rows.
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
        """The plan for records of one type and of ``length`` bytes. Totals have the names of their fields."""
        summed = tuple(SummedField(name, name) for name in totals)
        shape = Shape(length, length, shifting=False)
        return cls(length, (RecordPlan(RecordType(""), shape, tuple(columns), tuple(rules), summed, staging_table),))

    @property
    def types(self) -> tuple[RecordType, ...]:
        """The record types, in the order in which they are tried."""
        return tuple(record.type for record in self.records)

    @property
    def loaded(self) -> tuple[RecordPlan, ...]:
        """The record types with a table, in the order of a batch's tables."""
        return tuple(record for record in self.records if record.staging_table)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary. Without rows it has no such key, as in plans of releases before them."""
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
        """The reverse of ``to_dict``."""
        records = tuple(RecordPlan.from_dict(record) for record in data["records"])
        rows = RowForm.from_dict(data["rows"]) if "rows" in data else None
        return cls(data["record_length"], records, data["skip_unmatched"], data["filler"], rows)
