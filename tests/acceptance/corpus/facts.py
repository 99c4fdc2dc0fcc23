"""Expectations that are not rows: errors by their meaning, files by what is known of them, lines of text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shared.copybook import elementary
from shared.errors import LreclError
from shared.rows.nested import Row
from tests.acceptance.corpus.cases import Case
from tests.acceptance.corpus.definition import Prepared, prepare, prepared
from tests.acceptance.corpus.rows import decoded

_MEANINGS = {
    "cannot be used together": {"LRJ085", "LRF040"},
    "NOT DIVISIBLE": {"LRF001"},
}
"""Parts of the source's messages, and the codes that mean the same."""


def says_the_same(error: LreclError, expected: str) -> None:
    """``error`` says what the source's tool says; where that is only that there is one, any coded error does."""
    codes = next((codes for words, codes in _MEANINGS.items() if words in expected), None)
    assert error.remedy
    assert codes is not None or expected == "error expected", f"{error}, but expected: {expected}"
    assert codes is None or error.code in codes, f"{error}, but expected: {expected}"


def lines_are_equal(case: Case, ready: Prepared, rows: list[Row]) -> None:
    """``pipe delimited``: all elements of the layout, numbers with leading zeros, tables filled up with nothing."""
    assert case.given["expected_form"].startswith("pipe delimited")
    expected = (case.root / case.given["expected"]).read_text("latin-1").splitlines()
    assert ["|".join(_cells(ready, row)) for row in rows] == expected


def _cells(ready: Prepared, row: Row) -> list[str]:
    cells = []
    for element in elementary(ready.layout):
        item: Any = row
        subscripts = list(element.subscripts)
        fields = {field.path: field for field in ready.layout.fields}
        for depth in range(2, len(element.field.path) + 1):
            field = fields[element.field.path[:depth]]
            item = item.get(field.name.replace("-", "_"), {}) if isinstance(item, dict) else {}
            if isinstance(item, list):
                number = subscripts.pop(0) - 1
                item = item[number] if number < len(item) else {}
        text = "" if isinstance(item, dict) else str(item)
        cells.append(text.zfill(element.field.digits) if text and element.field.digits else text)
    return cells


def hold(case: Case, folder: Path) -> None:
    """The known facts: how many records of each type there are, all of them decode, and amounts equal their oracle."""
    base = prepared(case, folder / "plain")
    discriminator, values = case.given["discriminator"].split(" byte 0: ")
    groups = [item.name for item in base.layout.fields if item.redefines and item.is_group and len(item.path) == 2]
    groups = [name for name in groups if base.layout.find(name).redefines == base.layout.find(groups[-1]).redefines]
    assert len(groups) == len(values.split(","))
    records = {
        value: {"when": {discriminator: [value]}, "redefines": [group]}
        for value, group in zip(values.split(","), groups, strict=True)
    }
    ready = prepare(base.settings, case.copybooks, folder / "types", {"records": records})
    found = decoded(ready, case.paths)
    assert found.rejects == []
    rows = found.rows
    counts = {value: sum(row[discriminator.replace("-", "_")] == value for row in rows) for value in records}
    assert counts == case.given["counts"]
    assert len(rows) == sum(counts.values())
    for row in rows:
        value = row[discriminator.replace("-", "_")]
        shown = {group.replace("-", "_") for group in groups} & set(row)
        assert shown == {records[value]["redefines"][0].replace("-", "_")}
    if "DALYTRAN" in case.given.get("oracle", ""):
        _amounts_equal(case, rows, folder)


def _amounts_equal(case: Case, rows: list[Row], folder: Path) -> None:
    """The same transactions in DISPLAY form, by their numbers."""
    twin = case.given | {
        "data": case.given["data"].replace("EXPORT.DATA", "DALYTRAN"),
        "copybook": "/".join([*case.given["copybook"].split("/")[:-1], "CVTRA06Y.cpy"]),
        "record_length": 350,
    }
    display = decoded(prepared(Case(case.root, twin), folder / "display"), Case(case.root, twin).paths)
    by_number = {row["DALYTRAN_ID"]: row for row in display.rows}
    found = [row["EXPORT_TRANSACTION_DATA"] for row in rows if "EXPORT_TRANSACTION_DATA" in row]
    assert len(found) == len(by_number)
    for one in found:
        other = by_number[one["EXP_TRAN_ID"]]
        assert one["EXP_TRAN_AMT"] == other["DALYTRAN_AMT"]
        assert one["EXP_TRAN_MERCHANT_ID"] == other["DALYTRAN_MERCHANT_ID"]
