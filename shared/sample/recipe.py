"""What is decided before the first record is made: fillings, ways to make bad records, control fields."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared.codec import FieldSpec, code_page
from shared.codec.columns import Bytes
from shared.errors import JobError
from shared.jobs.compile import CompiledJob
from shared.jobs.load import JobSource
from shared.sample.choosing import Subject, filling_of, subjects
from shared.sample.fillings import Filling, rows_of_integers
from shared.sample.spoiling import BadKind, Spoil, spoils_of


@dataclass(frozen=True, slots=True)
class Recipe:
    """How records are made.

    blank: (record length,) spaces. fillings: the filling of each field. totals: the bytes of zero in each control total
    field. spoils: for each kind of bad record the ways to make one.
    """

    blank: Bytes
    fillings: list[tuple[FieldSpec, Filling]]
    totals: list[tuple[FieldSpec, Bytes]]
    spoils: list[list[Spoil]]

    def records(self, rng: np.random.Generator, first: int, count: int) -> Bytes:
        """(count, record length) bytes of valid records."""
        out = np.tile(self.blank, (count, 1))
        for spec, filling in self.fillings:
            out[:, spec.offset : spec.end] = filling.fill(rng, first, count)
        return out

    def spoil(self, turn: int) -> Spoil:
        """How to make bad record number ``turn`` (0-based): the kinds take turns, and so do the fields of a kind."""
        rounds, kind = divmod(turn, len(self.spoils))
        return self.spoils[kind][rounds % len(self.spoils[kind])]

    def clear_totals(self, records: Bytes, rows: list[int]) -> None:
        """Set the control total fields of these rows to zero."""
        for spec, zero in self.totals:
            records[rows, spec.offset : spec.end] = zero


def make_recipe(source: JobSource, compiled: CompiledJob, records: int, *, with_bad: bool) -> Recipe:
    """The recipe for a file of ``records`` records, with or without bad ones.

    Raises JobError LRJ060 for a field that cannot be filled, and LRJ061 when no field can be made bad or when a rule
    rejects the zero that bad records have in a control total field.
    """
    everything = subjects(compiled)
    page = code_page(everything[0].column.spec.code_page)
    blank = np.full(compiled.plan["record_length"], page.space, np.uint8)
    filled, shared = _apart(everything)
    fillings = [(subject.column.spec, filling_of(source, subject, records)) for subject in filled]
    if not with_bad:
        return Recipe(blank, fillings, [], [])
    return Recipe(blank, fillings, _zeros(source, everything, shared), _spoils(source, compiled, everything, shared))


def _apart(everything: list[Subject]) -> tuple[list[Subject], set[str]]:
    """The fields to fill, and the names of fields that share bytes; only the first of these is filled."""
    filled: list[Subject] = []
    shared: set[str] = set()
    for subject in everything:
        spec = subject.column.spec
        others = [o.column.spec for o in filled if o.column.spec.offset < spec.end and spec.offset < o.column.spec.end]
        if others:
            shared.update((spec.name, *(other.name for other in others)))
        else:
            filled.append(subject)
    return filled, shared


def _zeros(source: JobSource, everything: list[Subject], shared: set[str]) -> list[tuple[FieldSpec, Bytes]]:
    totals = []
    for subject in everything:
        spec = subject.column.spec
        if spec.name in source.job.control.totals:
            zero = rows_of_integers([0], spec)
            if spec.name in shared or subject.codes(zero):
                reason = (
                    "shares its bytes with another field" if spec.name in shared else "must not be zero by its rules"
                )
                raise _nothing_bad(source, f"the control total field {spec.name} {reason}")
            totals.append((spec, zero[0]))
    return totals


def _spoils(source: JobSource, compiled: CompiledJob, everything: list[Subject], shared: set[str]) -> list[list[Spoil]]:
    spared = {name for name, generator in source.job.sample.items() if not generator.spoil}
    spared |= shared | set(source.job.control.totals)
    free = [
        s for s in everything if s.column.spec.name not in spared and s.column.target.name not in compiled.tables[0].key
    ]
    found = [spoil for subject in free for spoil in spoils_of(subject)]
    by_kind = [[spoil for spoil in found if spoil.kind is kind] for kind in BadKind]
    if not found:
        raise _nothing_bad(source, "every field is a key or a control total, shares its bytes, or has spoil: false")
    return [spoils for spoils in by_kind if spoils]


def _nothing_bad(source: JobSource, reason: str) -> JobError:
    return source.error("LRJ061", f"no bad records can be made: {reason}", ("sample",), remedy="Use a bad ratio of 0.")
