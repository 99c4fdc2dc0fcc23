"""Rows to files and back, over generated copybooks and record formats: nothing is lost on either way.

What is not the same by nature is not generated here: signs that COBOL does not write, bytes of fillers, spaces behind
text (the codec's own tests hold them), and readings that share storage.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.rows.jobs import TestJob

_FORMATS: dict[str, dict[str, Any]] = {
    "F": {"record_format": "F"},
    "FB": {"record_format": "FB", "records_per_block": 2},
    "V": {"record_format": "V"},
    "V kept": {"record_format": "V", "shifting": False, "rdw_byte_order": "little", "rdw_counts_itself": False},
    "VB": {"record_format": "VB"},
    "VBS": {"record_format": "VBS"},
    "HEADER": {
        "record_format": "HEADER",
        "header_length": 5,
        "marker": "01",
        "length_field": {"offset": 3, "length": 2, "kind": "binary_little"},
    },
    "COUNTED": {"record_format": "COUNTED"},
}


@dataclass
class Item:
    """An item of a generated copybook: its entry and its possible values."""

    name: str
    clauses: str
    values: st.SearchStrategy[Any] | None = None
    items: tuple[Item, ...] = ()
    most: int = 0
    counter: str = ""

    def lines(self, level: int) -> list[str]:
        """Its entries."""
        times = f" OCCURS {self.most} TIMES" if self.most else ""
        if self.counter:
            times = f" OCCURS 0 TO {self.most} TIMES DEPENDING ON {self.counter}"
        own = f"{'':11}{level:02} {self.name}{self.clauses}{times}."
        return [own, *(line for item in self.items for line in item.lines(level + 1))]

    def row(self, draw: st.DrawFn) -> Any:
        """A value for each of its occurrences."""
        if not self.most:
            return self._one(draw)
        return [self._one(draw) for _ in range(draw(st.integers(0, self.most)) if self.counter else self.most)]

    def _one(self, draw: st.DrawFn) -> Any:
        return draw(self.values) if self.values is not None else _row(draw, self.items)


def _row(draw: st.DrawFn, items: tuple[Item, ...]) -> dict[str, Any]:
    row = {item.name.replace("-", "_"): item.row(draw) for item in items if not item.name.startswith("N-")}
    counts = {item.counter: len(row[item.name.replace("-", "_")]) for item in items if item.counter}
    return {name.replace("-", "_"): count for name, count in counts.items()} | row


def _number(digits: int, scale: int, signed: bool) -> st.SearchStrategy[int | Decimal]:
    limit = 10**digits - 1
    integers = st.integers(-limit if signed else 0, limit)
    return integers.map(lambda number: Decimal(f"{number}E-{scale}")) if scale else integers


@st.composite
def _elementary(draw: st.DrawFn, name: str) -> Item:
    if draw(st.booleans()):
        size = draw(st.integers(1, 12))
        text = st.text("AZaz09 -é", max_size=size).map(lambda text: text.rstrip(" "))
        return Item(name, f" PIC X({size})", text)
    digits, signed = draw(st.integers(1, 31)), draw(st.booleans())
    scale = draw(st.integers(0, digits))
    usage = draw(st.sampled_from(["", " COMP-3", " COMP", " COMP-5"]))
    if usage in (" COMP", " COMP-5"):
        digits, scale = min(digits, 18), min(scale, 18, digits)
    places = ["", " SIGN LEADING", " SIGN TRAILING SEPARATE", " SIGN LEADING SEPARATE"]
    sign = draw(st.sampled_from(places)) if signed and not usage else ""
    whole = f"9({digits - scale})" if digits > scale else ""
    picture = f" PIC {'S' if signed else ''}{whole}{f'V9({scale})' if scale else ''}"
    return Item(name, f"{picture}{sign}{usage}", _number(digits, scale, signed))


@st.composite
def _items(draw: st.DrawFn, prefix: str, depth: int) -> tuple[Item, ...]:
    found: list[Item] = []
    for number in range(draw(st.integers(1, 3))):
        name = f"{prefix}{number}"
        kind = draw(st.sampled_from(["item", "item", "group", "table", "counted"] if depth else ["item"]))
        if kind == "counted":
            found.append(Item(f"N-{name}", draw(st.sampled_from([" PIC 9", " PIC S9(3) COMP-3", " PIC 9(4) COMP"]))))
            inner = draw(_items(f"{name}-", depth - 1))
            found.append(Item(name, "", None, inner, draw(st.integers(1, 3)), f"N-{name}"))
        elif kind == "item":
            found.append(draw(_elementary(name)))
        else:
            inner = draw(_items(f"{name}-", depth - 1))
            found.append(Item(name, "", None, inner, draw(st.integers(1, 3)) if kind == "table" else 0))
    return tuple(found)


@st.composite
def _files(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    items = (Item("K", " PIC X(2)", st.text("XY", min_size=1, max_size=2)), *draw(_items("I", 2)))
    copybook = "\n".join([f"{'':7}01 R.", *(line for item in items for line in item.lines(5))])
    return copybook, [_row(draw, items) for _ in range(draw(st.integers(0, 3)))]


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(file=_files())
@pytest.mark.parametrize("form", _FORMATS)
def test_rows_become_records_and_records_these_rows(form: str, file: tuple[str, list[dict[str, Any]]]) -> None:
    copybook, rows = file
    if form == "COUNTED" and "DEPENDING" not in copybook:
        return
    with TestJob(copybook, input=_FORMATS[form]) as job:
        data = job.encoded(rows)

        assert job.nested(data) == rows
        assert job.rejects == []
        assert job.encoded(job.nested(data)) == data
        assert job.encoded(job.flat(data)) == data
