"""``lrecl encode`` and ``lrecl decode`` on the example job of three record types, one below the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from lrecl.cli.main import app

JOBS = Path(__file__).parents[3] / "jobs"
ROWS: list[dict[str, Any]] = [
    {"_type": "CUSTOMER", "CUST_NO": 1, "CUST_NAME": "Ann", "CUST_COUNTRY": "NL", "CUST_LIMIT": "10.50"},
    {"_type": "ORDER", "CUST_NO": 1, "ORD_NO": 7, "ORD_DATE": "2026-11-22", "ORD_TOTAL": "-3.25", "ORD_NOTE_1": "first",
     "ORD_NOTE_2": "second", "ORD_NOTE_3": None, "ORD_NOTE_4": None},
    {"_type": "ITEM", "ORD_NO": 7, "ORD_DATE": "2026-11-22", "ITM_LINE": 1, "ITM_ARTICLE": "nut", "ITM_QUANTITY": 4,
     "ITM_PRICE": "0.99"},
    {"_type": "CUSTOMER", "CUST_NO": 2, "CUST_NAME": "Bob", "CUST_COUNTRY": "DE", "CUST_LIMIT": "0.00"},
]  # fmt: skip


def lrecl(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments), "--jobs", str(JOBS)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("\n".join(map(json.dumps, ROWS)))
    done = lrecl("encode", "orders", rows, tmp_path / "orders.dat")
    assert (done.exit_code, done.stderr) == (0, "")
    return tmp_path / "orders.dat"


def lines(result: Result) -> list[dict[str, Any]]:
    assert (result.exit_code, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_rows_come_back(file: Path) -> None:
    found = lines(lrecl("decode", "orders", file))
    assert found == ROWS
    assert file.read_bytes()[:5] == bytes.fromhex("0032 0000 C3".replace(" ", ""))


def test_objects_hold_what_belongs_to_them(file: Path, tmp_path: Path) -> None:
    ann, bob = lines(lrecl("decode", "orders", file, "--nested"))
    assert bob["ORDER"] == []
    (order,) = ann["ORDER"]
    assert order["ORDER_DATA"]["ORD_NOTE"] == ["first", "second"]
    assert "CUSTOMER_DATA" not in order
    assert [item["ITEM_DATA"]["ITM_PRICE"] for item in order["ITEM"]] == ["0.99"]
    nested = tmp_path / "nested.jsonl"
    nested.write_text("\n".join(map(json.dumps, [ann, bob])))
    assert lrecl("encode", "orders", nested, tmp_path / "again.dat").exit_code == 0
    assert (tmp_path / "again.dat").read_bytes() == file.read_bytes()


def test_one_type_alone(file: Path) -> None:
    csv = lrecl("decode", "orders", file, "--format", "csv", "--type", "CUSTOMER", "--limit", 1)
    assert csv.stdout.splitlines() == ["CUST_NO,CUST_NAME,CUST_COUNTRY,CUST_LIMIT", "1,Ann,NL,10.50"]
    (item,) = lines(lrecl("decode", "orders", file, "--nested", "--type", "ITEM"))
    assert item["ITEM_DATA"]["ITM_ARTICLE"] == "nut"


@pytest.mark.parametrize(
    "options",
    [("--format", "csv"), ("--type", "NONE"), ("--nested", "--type", "NONE"), ("--nested", "--format", "csv")],
)
def test_types_have_to_be_chosen(file: Path, options: tuple[str, ...]) -> None:
    result = lrecl("decode", "orders", file, *options)
    assert result.exit_code == 2
    assert result.stderr.startswith("LRQ081 ")


@pytest.mark.parametrize("going", [False, True])
def test_a_row_that_cannot_be_written_leaves_the_old_file(file: Path, tmp_path: Path, going: bool) -> None:
    before = file.read_bytes()
    rows = tmp_path / "wrong.jsonl"
    rows.write_text("\n".join(map(json.dumps, [ROWS[0] | {"CUST_NO": 10**7}, ROWS[3]])))
    result = lrecl("encode", "orders", rows, file, *(["--keep-going"] if going else []))
    assert result.exit_code == 1
    assert "LRF046 line 1, CUST-NO: 10000000" in result.stderr
    assert (file.read_bytes() == before) != going
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
