"""The compiled job as the processor needs it: plain data, JSON in a message, without pydantic.

The job definition and the copybook have been checked when the plan was compiled; here is what remains to be done to
each record: decode these fields, turn them into these columns, hold them to these rules, sum these totals.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.batch.types import TargetColumn
from shared.codec import DateForm, FieldSpec


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
    """A field of the record and the column it becomes; ``date_form`` is set where it is a date."""

    spec: FieldSpec
    target: TargetColumn
    date_form: DateForm | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "spec": self.spec.to_dict(),
            "target": self.target.to_dict(),
            "date_form": None if self.date_form is None else self.date_form.value,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PlanColumn:
        """The column that ``to_dict`` described."""
        form = data["date_form"]
        return cls(
            FieldSpec.from_dict(data["spec"]),
            TargetColumn.from_dict(data["target"]),
            None if form is None else DateForm(form),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a processor does to the records of one job. ``totals`` names fields whose values are summed."""

    record_length: int
    columns: tuple[PlanColumn, ...]
    rules: tuple[Rule, ...]
    totals: tuple[str, ...]
    staging_table: str

    @property
    def targets(self) -> tuple[TargetColumn, ...]:
        """The columns of the staging table that come from the record."""
        return tuple(column.target for column in self.columns)

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "record_length": self.record_length,
            "columns": [column.to_dict() for column in self.columns],
            "rules": [rule.to_dict() for rule in self.rules],
            "totals": list(self.totals),
            "staging_table": self.staging_table,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Plan:
        """The plan that ``to_dict`` described."""
        return cls(
            data["record_length"],
            tuple(PlanColumn.from_dict(column) for column in data["columns"]),
            tuple(Rule.from_dict(rule) for rule in data["rules"]),
            tuple(data["totals"]),
            data["staging_table"],
        )
