"""The rules of the plan: what the job states, checked against the fields, with bounds in the scale of their values."""

from __future__ import annotations

from decimal import Decimal

from shared.codec import DateForm, FieldSpec, Kind
from shared.errors import JobError
from shared.jobs.model import RuleSpec
from shared.scaled_decimals import TooManyPlaces, to_scaled
from shared.transform.plan import Rule, RuleKind


def compile_rule(rule: RuleSpec, spec: FieldSpec) -> Rule:
    """The rule for the kernels; JobError LRJ040 to LRJ045 when it does not fit the field."""
    if rule.required:
        return Rule(RuleKind.REQUIRED, spec.name)
    if rule.date is not None:
        return Rule(RuleKind.DATE, spec.name, date_form=date_form(rule.date, spec))
    if rule.range is not None:
        return _range(rule.range.min, rule.range.max, spec)
    if spec.kind is Kind.FLOAT:
        message = f"the floating-point numbers of {spec.name} cannot be compared with a list of values"
        remedy = "Remove the rule, or state a range for a decimal field."
        raise JobError("LRJ045", message, remedy=remedy, key=spec.name)
    values = rule.in_list or []
    if spec.is_number:
        return Rule(RuleKind.IN_LIST, spec.name, values=tuple(scaled(value, spec) for value in values))
    return Rule(RuleKind.IN_LIST, spec.name, values=tuple(str(value) for value in values))


def _range(low: Decimal | None, high: Decimal | None, spec: FieldSpec) -> Rule:
    if not spec.is_number:
        remedy = "Remove the rule, or use in_list."
        raise JobError("LRJ041", f"a range needs a number, but {spec.name} is text", remedy=remedy, key=spec.name)
    return Rule(
        RuleKind.RANGE,
        spec.name,
        minimum=None if low is None else scaled(low, spec),
        maximum=None if high is None else scaled(high, spec),
    )


def date_form(text: str, spec: FieldSpec) -> DateForm:
    """The form of a date; LRJ040 for an unknown form, LRJ044 for one that the field cannot have."""
    try:
        form = DateForm(text.upper())
    except ValueError as error:
        known = ", ".join(form.value for form in DateForm)
        raise JobError("LRJ040", f"{text!r} is not a form of a date", remedy=f"The forms are {known}.") from error
    if spec.is_number and (not form.value.isalpha() or spec.scale or spec.wide):
        known = ", ".join(form.value for form in DateForm if form.value.isalpha())
        number = f"{spec.name} is a number of {spec.digits} digits with scale {spec.scale}"
        remedy = f"Whole numbers of up to 18 digits can have the forms {known}."
        raise JobError("LRJ044", f"{number}, which cannot have the form {form}", remedy=remedy, key=spec.name)
    return form


def scaled(value: str | int | Decimal, spec: FieldSpec) -> int:
    """The exact scaled integer of a value in the definition.

    JobError LRJ042 for a value that is not a number, LRJ043 for one with more decimal places than the field.
    """
    try:
        return to_scaled(value, spec.scale)
    except TooManyPlaces as error:
        message = f"{value} has more decimal places than {spec.name}, which has {spec.scale}"
        raise JobError("LRJ043", message, remedy="Round the value.", key=spec.name) from error
    except ValueError as error:
        message = f"{value!r} is not a number, but {spec.name} is one"
        raise JobError("LRJ042", message, remedy="Write a number.", key=spec.name) from error
