"""Delimited files through the whole stack: rows with quotes and bad ones, a header, compressed, for several readers."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
from decimal import Decimal
from typing import Any

import pytest

from tests.support.job_folders import write_job
from tests.support.operator import Operator

pytestmark = [pytest.mark.broker, pytest.mark.database]

COPYBOOK = """\
       01  PERSON.
           05  PERSON-ID       PIC 9(06) COMP.
           05  PERSON-NAME     PIC X(12).
           05  FILLER          PIC X(01).
           05  PAY             PIC S9(07)V99 COMP-3.
           05  BORN            PIC X(10).
           05  SCORE           PIC 9V9 OCCURS 2.
"""
HEADER = ["person id", "PERSON_NAME", "?", "Pay", "born", "SCORE(1)", "score_2"]
RECORDS = 2_000
_numbers = itertools.count()


def job_of(operator: Operator, **given: Any) -> str:
    """A job with tables of its own; its name."""
    number = next(_numbers)
    target = {"staging_table": f"STG_PERSONS_{number}", "final_table": f"PERSONS_{number}", "key": ["PERSON_ID"]}
    definition = {
        "job": f"persons-{number}",
        "input": {"record_format": "DELIMITED", "encoding": "ascii", "code_page": "utf-8", "header": True} | given,
        "copybook": {"path": "person.cpy"},
        "fields": {"BORN": {"type": "date", "format": "YYYY-MM-DD"}},
        "rules": [{"field": "PERSON-NAME", "required": True}],
        "target": target | {"create_final": True},
        "control": {"totals": ["PAY"], "side_file": "{name}.ctl"},
        "tuning": {"batch_records": 250},
    }
    return write_job(operator.stack.jobs_root, definition, COPYBOOK)


def row_of(number: int) -> list[str]:
    """Names with quotes, delimiters, line ends and characters of several bytes."""
    name = ("Ada", "O'Neill; B", 'the "Zoë"', "two\nlines", "漢字")[number % 5]
    pay = f"{Decimal(number * 7 - 5_000) / 100:.2f}"
    return [str(number + 1), name, "x" * (number % 9), pay, "1906-12-09" if number % 3 else "", "1.5", ""]


def file_of(rows: list[list[str]], delimiter: str = ";") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([HEADER, *rows])
    return text.getvalue().encode()


@pytest.mark.parametrize(("splits", "compressed"), [(1, False), (3, False), (2, True)])
def test_rows_become_rows(operator: Operator, splits: int, compressed: bool) -> None:
    rows = [row_of(number) for number in range(RECORDS)]
    bad = {
        10: ["11", "Bob", "", "1.234", "", "", ""],
        700: ["701", "Bob"],
        1_500: ["1501", "x" * 13, "", "", "", "", ""],
    }
    for place, row in bad.items():
        rows[place] = row
    job = job_of(operator, delimiter=";", splits=splits)
    data = file_of(rows)
    total = sum(Decimal(row[3]) for place, row in enumerate(rows) if place not in bad)
    control = {"records": RECORDS, "totals": {"PAY": str(total)}}
    name = operator.put(f"{job}.csv", gzip.compress(data) if compressed else data, control)
    report = operator.run(job, name)
    assert (report["records_read"], report["records_rejected"]) == (RECORDS, 3)
    assert report["rejects_by_code"] == {"LRD014": 1, "LRV009": 1, "LRV010": 1}
    table = operator.compiled(job).tables[0].final
    found = operator.query("SELECT * FROM {table} ORDER BY PERSON_ID", table=table)
    assert len(found) == RECORDS - 3
    good = [row for place, row in enumerate(rows) if place not in bad]
    for row, record in zip(good, found, strict=True):
        assert (str(record["person_id"]), record["person_name"], str(record["pay"])) == (row[0], row[1], row[3])
        assert (str(record["born"]) if record["born"] else "") == row[4]
        assert (Decimal(record["score_1"]), record["score_2"]) == (Decimal("1.5"), None)


def test_another_header_stops_the_run_before_it_reads(operator: Operator) -> None:
    job = job_of(operator)
    report = operator.run(job, operator.put(f"{job}.csv", b"PERSON-ID,PAY\r\n1,2\r\n", {"records": 1, "totals": {}}))
    assert (report["state"], report["records_read"]) == ("failed", 0)
    assert report["error"].startswith("LRF047")
    assert "PAY" in report["error"]
