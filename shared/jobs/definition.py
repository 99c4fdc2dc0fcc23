"""A document checked against the models of a job definition, with all mistakes in plain words.

A misspelt key hides mistakes below it, and a wrong value hides mistakes elsewhere. So mistakes that can be corrected
safely are corrected, and the checks go on. The job of a corrected document only serves to find further mistakes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Final, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.jobs.faults import Faults, did_you_mean, near_names
from shared.jobs.input_section import Section
from shared.jobs.model import Job, Policies
from shared.jobs.source import Document, Key

_CODE: Final = "LRJ007"
_PAGE: Final = "docs/jobs.md describes every key."
_SUBJECTS: Final = {"Decimal input": "the value", "Input": "the value", "List": "the list", "String": "the text"}
_WORDS: Final = {
    "a valid boolean": "true or false",
    "a valid dictionary": "a mapping",
    "a valid integer": "a whole number",
    "a valid list": "a list",
    "a valid number": "a number",
    "a valid string": "text",
    "match pattern": "match the pattern",
}
"""Words of pydantic's messages, and ours."""
_LONGEST_SHOWN: Final = 40
_ALIKE: Final = 0.7
"""The similarity (0 to 1, see difflib) from which on a key counts as another key misspelt."""
_OF_NO_CONSEQUENCE: Final = {"decoding": 2, "description": 1, "gate": 2, "rules": 1, "sample": 1, "tuning": 2}
"""Sections in which a wrong value has no effect elsewhere, with the length of the key that is removed for it."""
_OPTIONS_OF_NO_CONSEQUENCE: Final = frozenset({*Policies.model_fields, "pii"})
"""Options of fields of which the same is true."""


def check_definition(document: Document, faults: Faults) -> tuple[Job, Document] | None:
    """The job of a document, and the document. Everything that is wrong with it is added to ``faults`` (LRJ007).

    If all mistakes can be corrected, the result is that of the corrected document, else None.
    """
    check = _Check(document, faults)
    while True:
        try:
            job = Job.model_validate(check.document.data)
        except ValidationError as error:
            if not check.correct(error.errors(include_url=False)):
                return None
        else:
            for key, message in job.problems():
                faults.note(check.document.fault(_CODE, message, key, remedy=_PAGE))
            return job, check.document


class _Check:
    """Reports the mistakes in ``document``, and corrects those that it can."""

    def __init__(self, document: Document, faults: Faults) -> None:
        self.document, self._faults = document, faults
        self._suggested: set[Key] = set()

    def correct(self, details: Iterable[ErrorDetails]) -> bool:
        """Report and correct what the validation found; whether anything was corrected."""
        before = self.document
        by_key: defaultdict[Key, list[ErrorDetails]] = defaultdict(list)
        for detail in details:
            key = before.place(detail["loc"])
            by_key[(*key, detail["loc"][-1]) if detail["type"] == "missing" else key].append(detail)
        unknown = [key for key, found in by_key.items() if found[0]["type"] == "extra_forbidden"]
        for key in unknown:
            self._unknown(key)
        for key, found in by_key.items():
            is_inner = any(len(other) > len(key) and other[: len(key)] == key for other in by_key)
            if key not in unknown and key not in self._suggested and not is_inner:
                self._wrong(key, found)
        return self.document is not before

    def _unknown(self, key: Key) -> None:
        """Report an unknown key. It is replaced by a key that is similar, or removed."""
        name, section = str(key[-1]), key[:-1]
        known = [one for one in _keys_of(section) if self.document.place((*section, one)) == section]
        near = near_names(name, known)
        self._suggested.update((*section, one) for one in near)
        self._note(key, f"{name} is an unknown key", _remedy(name, section, known))
        like = get_close_matches(name, near, 1, _ALIKE)
        self.document = self.document.renamed(key, like[0]) if like else self.document.without(key)

    def _wrong(self, key: Key, details: list[ErrorDetails]) -> None:
        """Report a missing key or a wrong value. A value without effect elsewhere is removed."""
        if details[0]["type"] == "missing":
            self._note(key, f"{key[-1]} is missing", f"Add it. {_PAGE}")
            return
        messages = dict.fromkeys(map(_reason, details))
        self._note(key, " or ".join(messages), _choices(details[0]))
        place = _without_consequence(key)
        if place and self.document.place(place) == place:
            self.document = self.document.without(place)

    def _note(self, key: Key, message: str, remedy: str) -> None:
        self._faults.note(self.document.fault(_CODE, message, key, remedy=remedy))


def _reason(detail: ErrorDetails) -> str:
    """What is wrong with a value, in plain words."""
    if detail["type"] == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    text = re.sub(" or instance of .*", "", detail["msg"].partition(", unable to ")[0])
    for theirs, plain in _WORDS.items():
        text = text.replace(theirs, plain)
    for subject, ours in _SUBJECTS.items():
        text = text.replace(f"{subject} should", f"{'the name' if detail['loc'][-1] == '[key]' else ours} must")
    shown = repr(detail["input"])
    return text if len(shown) > _LONGEST_SHOWN else f"{text}, but it is {shown}"


def _choices(detail: ErrorDetails) -> str:
    """The remedy for a wrong value: a permitted value that is similar."""
    permitted = re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", "")))
    return did_you_mean(str(detail["input"]), permitted, _PAGE) if permitted else _PAGE


def _remedy(name: str, section: Key, known: list[str]) -> str:
    """The remedy for an unknown key: the section that it belongs to, or a similar key of this one."""
    homes = [] if section else [one for one in _keys_of(()) if name in _keys_of((one,))]
    if homes:
        return f"It belongs to the section {' or '.join(homes)}."
    return did_you_mean(name, known, f"The keys here are {', '.join(_keys_of(section))}.")


def _without_consequence(key: Key) -> Key | None:
    """The key to remove for a wrong value, so that nothing else becomes wrong; None if there is none."""
    within = key[2:] if key[:1] == ("records",) else key
    if within[:1] == ("fields",) and len(within) > 2 and within[2] in _OPTIONS_OF_NO_CONSEQUENCE:
        return key[: len(key) - len(within) + 3]
    parts = _OF_NO_CONSEQUENCE.get(str(within[0])) if within else None
    return None if parts is None or len(within) < parts else key[: len(key) - len(within) + parts]


def _keys_of(section: Key) -> list[str]:
    """The keys of a section; none if there is no such section."""
    annotation: Any = Job
    for part in section:
        annotation = _below(annotation, part)
    model = _model(annotation)
    return [] if model is None else list(model.model_fields)


def _below(annotation: Any, part: str | int) -> Any:
    """The annotation of the value at ``part`` of a value with this annotation."""
    model = _model(annotation)
    if model is not None and get_origin(annotation) not in (dict, list):
        return model.model_fields[str(part)].annotation if part in model.model_fields else None
    return get_args(annotation)[-1] if get_origin(annotation) in (dict, list) else None


def _model(annotation: Any) -> type[Section] | None:
    """The model of a section in an annotation, which may be one of a union."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    if get_origin(annotation) in (dict, list):
        return None
    return next(filter(None, map(_model, get_args(annotation))), None)
