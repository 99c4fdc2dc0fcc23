"""Rules as the job states them, checked against the fields and scaled like their values."""

from __future__ import annotations

from decimal import Decimal

from shared.codec import DateForm, FieldSpec, Kind
from shared.errors import JobError
from shared.jobs.model import RuleSpec
from shared.scaled_decimals import TooManyPlaces, to_scaled
from shared.transform.plan import Rule, RuleKind


def compile_rule(rule: RuleSpec, spec: FieldSpec) -> Rule:
    """The rule for the kernels; JobError LRJ040–LRJ044 where rule and field do not fit."""
    if rule.required:
        return Rule(RuleKind.REQUIRED, spec.name)
    if rule.date is not None:
        return Rule(RuleKind.DATE, spec.name, date_form=date_form(rule.date, spec))
    if rule.range is not None:
        if not spec.is_number:
            raise JobError("LRJ041", f"a range needs a number, and {spec.name} is text", key=spec.name)
        low, high = rule.range.min, rule.range.max
        return Rule(
            RuleKind.RANGE,
            spec.name,
            minimum=None if low is None else scaled(low, spec),
            maximum=None if high is None else scaled(high, spec),
        )
    if spec.kind is Kind.FLOAT:
        message = f"a list of values cannot be compared with {spec.name}, a floating-point number"
        raise JobError(
            "LRJ045", message, remedy="Leave the rule out, or compare ranges of a decimal field.", key=spec.name
        )
    values = rule.in_list or []
    if spec.is_number:
        return Rule(RuleKind.IN_LIST, spec.name, values=tuple(scaled(value, spec) for value in values))
    return Rule(RuleKind.IN_LIST, spec.name, values=tuple(str(value) for value in values))


def date_form(text: str, spec: FieldSpec) -> DateForm:
    """The form of a date; LRJ040 with the known ones, LRJ044 when the field cannot have it."""
    try:
        form = DateForm(text.upper())
    except ValueError as error:
        known = ", ".join(form.value for form in DateForm)
        raise JobError("LRJ040", f"{text!r} is no known form of a date", remedy=f"Known: {known}.") from error
    if spec.is_number and (not form.value.isalpha() or spec.scale or spec.wide):
        known = ", ".join(form.value for form in DateForm if form.value.isalpha())
        message = f"{spec.name} is a number of {spec.digits} digits with scale {spec.scale}, no date of the form {form}"
        raise JobError("LRJ044", message, remedy=f"Whole numbers of up to 18 digits can be {known}.", key=spec.name)
    return form


def scaled(value: str | int | Decimal, spec: FieldSpec) -> int:
    """The exact scaled integer of a value as people write it.

    JobError LRJ042 for what is no number, LRJ043 for one with more decimal places than the field.
    """
    try:
        return to_scaled(value, spec.scale)
    except TooManyPlaces as error:
        message = f"{value} has more decimal places than {spec.name} ({spec.scale})"
        raise JobError("LRJ043", message, key=spec.name) from error
    except ValueError as error:
        raise JobError("LRJ042", f"{value!r} is no number, but {spec.name} is one", key=spec.name) from error
