"""lrecl against GnuCOBOL: the same copybook, the same bytes, the same values."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import pytest

from tests.acceptance.oracle import compiler, pictures, structures
from tests.acceptance.oracle.answers import Answers, Oracle, Told
from tests.acceptance.oracle.family import Family, Item, Kind, layout_of
from tests.acceptance.oracle.reading import Records, encoded, records_of, values_of
from tests.acceptance.oracle.values import Value, in_range
from tests.support.requirements import need

FAMILIES = (*pictures.FAMILIES, *structures.FAMILIES)


class Trial:
    """A family before both: what COBOL told and wrote, and lrecl's view of the file."""

    def __init__(self, family: Family, folder: Path) -> None:
        self.family = family
        self.oracle = Oracle(family, folder)
        self.records: Records = records_of(family, self.oracle.data)

    @cached_property
    def again(self) -> Answers:
        """What COBOL makes of the file when lrecl writes it."""
        return self.oracle.read(encoded(self.family, self.records))


class Trials(dict[str, Trial]):
    """By the family's name; programs are compiled as they are asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._begun: set[str] = set()

    def __missing__(self, name: str) -> Trial:
        if name in self._begun:
            pytest.fail(f"{name} has no answers: its first test says why")
        self._begun.add(name)
        family = next(family for family in FAMILIES if family.name == name)
        self[name] = Trial(family, self._folder / name)
        return self[name]


@pytest.fixture(scope="session")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Trials:
    need(compiler.installed(), "GnuCOBOL 3")
    return Trials(tmp_path_factory.mktemp("oracle"))


every_family = pytest.mark.parametrize("name", [family.name for family in FAMILIES])


def items_of(families: Iterable[Family]) -> pytest.MarkDecorator:
    """One test for each item."""
    items = [(family, number, item) for family in families for number, item in enumerate(family.items)]
    names = [pytest.param(family.name, number, id=f"{family.name}: {item.title}") for family, number, item in items]
    return pytest.mark.parametrize(("name", "number"), names)


every_item = items_of(FAMILIES)


def same(item: Item, lrecl: Told, cobol: Told) -> bool:
    """Whether both mean the same; floating-point numbers to as many digits as DISPLAY shows of them."""
    if not isinstance(cobol, float):
        return lrecl == cobol
    digits = 7 if item.element.field.length == 4 else 15
    return isinstance(lrecl, float) and float(f"{lrecl:.{digits - 1}e}") == float(f"{cobol:.{digits - 1}e}")


def differences(item: Item, found: list[Told], told: list[Told]) -> list[tuple[int, Told, Told]]:
    """Rows, with both values, where they are not the same."""
    pairs = enumerate(zip(found, told, strict=True))
    return [(row, one, other) for row, (one, other) in pairs if not same(item, one, other)]


def test_there_are_enough_pictures():
    combinations = {(item.title, family.options) for family in pictures.FAMILIES for item in family.items}
    assert len(combinations) >= 200, Counter(family.name for family in pictures.FAMILIES for _ in family.items)


@every_family
def test_records_are_as_long_as_in_cobol(trials, name):
    trial = trials[name]
    assert layout_of(trial.family.copybook).length == trial.oracle.written.length
    assert len(trial.records.bytes) == trial.family.rows


@every_item
def test_items_lie_where_cobol_has_them(trials, name, number):
    trial = trials[name]
    element = trial.family.items[number].element
    assert (element.offset, element.field.length) == trial.oracle.written.places[number]


@every_item
def test_lrecl_reads_what_cobol_holds(trials, name, number):
    trial = trials[name]
    item = trial.family.items[number]
    read, told = values_of(item, trial.records), trial.oracle.written.values[number]
    if item.kind is Kind.EDITED:
        assert values_of(item, trial.records, as_text=True) == trial.oracle.written.texts[number]
    if item.numeric or item.kind not in (Kind.NUMBER, Kind.EDITED):
        assert not differences(item, read, told)


@every_item
def test_values_that_fit_arrive(trials, name, number):
    """So that no two wrongs agree: what was moved is what COBOL holds and what lrecl reads."""
    trial = trials[name]
    item = trial.family.items[number]
    read, told = values_of(item, trial.records), trial.oracle.written.values[number]
    for row in range(trial.family.rows) if item.values else ():
        value = item.value(row)
        if told[row] is not None and fits(item, value):
            assert read[row] == value
            assert told[row] == value or not item.numeric


def fits(item: Item, value: Value) -> bool:
    """Whether the item can hold the number as it is."""
    if not isinstance(value, Decimal):
        return False
    if item.kind is not Kind.FLOAT:
        return in_range(value, item.element.field)
    form = "f" if item.element.field.length == 4 else "d"
    (nearest,) = struct.unpack(form, struct.pack(form, value))
    return Decimal(nearest) == value


@items_of(family for family in FAMILIES if not family.variable and family is not pictures.ZONED_ASCII)
def test_cobol_reads_what_lrecl_writes(trials, name, number):
    trial = trials[name]
    item, told = trial.family.items[number], trial.oracle.written.values[number]
    assert not differences(item, trial.again.values[number], told)
    if item.kind is Kind.EDITED:
        assert exact(item, trial.again.texts[number]) == exact(item, trial.oracle.written.texts[number])


def exact(item: Item, texts: list[str]) -> list[str]:
    """Texts of the rows whose value fits: where it lost digits in front, GnuCOBOL shows zeros in their place."""
    return [text for row, text in enumerate(texts) if fits(item, item.value(row))]
