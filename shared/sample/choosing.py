"""The filling of each field: the one in the job's ``sample`` section, or one derived from its picture and rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from shared.codec import DateForm
from shared.codec.columns import Bytes
from shared.errors import PermanentError
from shared.jobs.compile import CompiledJob
from shared.jobs.load import JobSource
from shared.jobs.model import Generator
from shared.sample.fillings import Counting, Filling, Letters, Numbers, Table, days, rows_of, rows_of_integers
from shared.transform.plan import Plan, PlanColumn, Rule, RuleKind
from shared.transform.transformer import Transformer

_DEFAULT_DIGITS: Final = 9
_MOST_PAIRS: Final = 1_000
_INT64: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Subject:
    """One field of the plan: its column, the rules for it, and whether it is the only key field."""

    column: PlanColumn
    rules: tuple[Rule, ...]
    only_key: bool

    def codes(self, rows: Bytes) -> dict[int, str]:
        """The reject codes of (n, length) bytes of this field, by row; valid rows have none."""
        spec = replace(self.column.spec, offset=0)
        plan = Plan.fixed(spec.length, [replace(self.column, spec=spec)], self.rules, staging_table="LRECL.SAMPLE")
        rejects = Transformer(plan).run(rows.tobytes(), 0, 0).rejects
        return {reject.record_no: reject.code for reject in rejects}

    @property
    def date_form(self) -> DateForm | None:
        """The form of the field's dates, from its type or from a rule."""
        forms = [rule.date_form for rule in self.rules if rule.date_form]
        return self.column.date_form or (forms[0] if forms else None)

    def bounds(self) -> tuple[int, int]:
        """The bounds of the field's rules; without rules those of nine digits, with some negative numbers."""
        spec = self.column.spec
        low = max((rule.minimum for rule in self.rules if rule.minimum is not None), default=None)
        high = min((rule.maximum for rule in self.rules if rule.maximum is not None), default=None)
        most = 10 ** min(spec.digits, _DEFAULT_DIGITS) - 1
        least = -most // 4 if spec.signed else 0
        if high is not None and high < least:
            least = high - most
        if low is not None and low > most:
            most = low + most
        return max(least, least if low is None else low), min(most, most if high is None else high)


def subjects(compiled: CompiledJob) -> list[Subject]:
    """The fields of the plan, in its order."""
    (plan,) = Plan.from_dict(compiled.plan).records
    return [
        Subject(
            column,
            tuple(rule for rule in plan.rules if rule.field == column.spec.name),
            [column.target.name] == compiled.tables[0].key,
        )
        for column in plan.columns
    ]


def filling_of(source: JobSource, subject: Subject, records: int) -> Filling:
    """The field's filling for so many records. Raises JobError LRJ060 when the rules would reject its values."""
    name = subject.column.spec.name
    generator = source.job.sample.get(name)
    try:
        filling = _default(subject) if generator is None else _asked_for(generator, subject)
        codes = subject.codes(filling.extremes(records))
    except (PermanentError, ValueError) as error:
        reason = error.message if isinstance(error, PermanentError) else str(error)
        raise source.error("LRJ060", f"there is no sample data for {name}: {reason}", ("sample", name)) from error
    if codes:
        message = f"the sample data of {name} would be rejected ({', '.join(sorted(set(codes.values())))})"
        remedy = "Choose a generator whose values the field's rules accept."
        raise source.error("LRJ060", message, ("sample", name), remedy=remedy)
    return filling


def _default(subject: Subject) -> Filling:
    spec = subject.column.spec
    listed = [value for rule in subject.rules if rule.kind is RuleKind.IN_LIST for value in rule.values]
    if listed:
        return Table(_accepted(subject, listed))
    if subject.date_form:
        return Table(days(subject.date_form, spec))
    if subject.only_key:
        return Counting(spec, 1)
    return _numbers(subject, *subject.bounds()) if spec.is_number else Letters(spec)


def _accepted(subject: Subject, listed: list[int | str]) -> Bytes:
    """The listed values that all rules accept."""
    spec = subject.column.spec
    integers = [value for value in listed if isinstance(value, int)]
    rows = rows_of_integers(integers, spec) if integers else rows_of([str(value) for value in listed], spec)
    refused = subject.codes(rows)
    good = [row for row in range(len(rows)) if row not in refused]
    if not good:
        raise ValueError("its rules reject all the listed values")
    return rows[good]


def _asked_for(generator: Generator, subject: Subject) -> Filling:
    spec = subject.column.spec
    match generator.kind:
        case "sequence":
            return Counting(spec, generator.start)
        case "choice":
            return Table(rows_of(generator.values, spec))
        case "constant":
            return Table(rows_of(generator.values[:1], spec))
        case "words":
            return Table(rows_of(_pairs(generator.values), spec))
        case "number":
            high = subject.bounds()[1] if generator.max is None else generator.max
            return _numbers(subject, generator.min, high)
        case "date":
            if subject.date_form is None:
                raise ValueError("it is not a date (type: date with format, or a date rule)")
            return Table(days(subject.date_form, spec))


def _numbers(subject: Subject, low: int, high: int) -> Numbers:
    if not subject.column.spec.is_number:
        raise ValueError("it is text, and the generator number is for numbers")
    if low > high:
        raise ValueError(f"there is no number from {low} to {high}")
    if max(abs(low), abs(high)) > _INT64:
        raise ValueError(f"{low} to {high} needs more than 64 bits")
    return Numbers(subject.column.spec, low, high)


def _pairs(words: list[str]) -> list[str]:
    """Pairs of different words, joined by a space; each word is equally often the first."""
    turns = range(1, min(len(words), max(_MOST_PAIRS // len(words), 2))) or [0]
    return [f"{word} {words[(place + turn) % len(words)]}" for turn in turns for place, word in enumerate(words)]
