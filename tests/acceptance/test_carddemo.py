"""Files that others made: CardDemo's masters and transactions, loaded as a user would, against their ASCII twins.

The corpus folder (LRECL_CORPUS, else ``shared/corpus`` beside the checkout) holds EBCDIC files, their copybooks, and
the same records in ASCII. The twins are decoded here with string slices and nothing of lrecl.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from deploy.local.services import PROJECT
from tests.support.job_folders import write_job
from tests.support.operator import Operator
from tests.support.requirements import services_are_required

_CORPUS = Path(os.environ.get("LRECL_CORPUS") or PROJECT.parent / "shared" / "corpus")
_CASES = ("carddemo_acctdata", "carddemo_custdata", "carddemo_dalytran")
_AMOUNTS = {
    "carddemo_acctdata": ["ACCT-CURR-BAL", "ACCT-CURR-CYC-DEBIT"],
    "carddemo_custdata": [],
    "carddemo_dalytran": ["DALYTRAN-AMT"],
}
_PICTURE = re.compile(
    r"^\s+05\s+(?P<name>[A-Z0-9-]+)\s+PIC (?P<sign>S?)(?P<kind>[X9])\((?P<size>\d+)\)(V(?P<cents>9+))?\."
)
_OVERPUNCHED = {c: (1, n) for n, c in enumerate("{ABCDEFGHI")} | {c: (-1, n) for n, c in enumerate("}JKLMNOPQR")}

pytestmark = [pytest.mark.broker, pytest.mark.database]


@dataclass(frozen=True)
class Case:
    """One file and its twin."""

    options: dict[str, Any]
    data: Path
    copybook: Path
    twin: Path

    @property
    def drifted(self) -> set[int]:
        """The 1-based numbers of the records that differ between the twins at their source."""
        return {int(number) for number in re.findall(r"record (\d+) differs", self.options["checked"])}


@pytest.fixture(params=_CASES)
def case(request: pytest.FixtureRequest) -> Case:
    if not _CORPUS.is_dir():
        pytest.skip(f"no acceptance corpus: {_CORPUS} does not exist; LRECL_CORPUS names its folder")
    index = _CORPUS / "index.json"
    listed = json.loads(index.read_text("utf-8"))["cases"] if index.is_file() else []
    options = next((entry for entry in listed if entry["id"] == request.param), None)
    paths = [_CORPUS / options[name] for name in ("data", "copybook", "ascii_twin")] if options else []
    if options is None or not all(path.is_file() for path in paths):
        reason = f"the acceptance corpus in {_CORPUS} lacks {request.param}"
        pytest.fail(reason) if services_are_required() else pytest.skip(reason)
    return Case(options, *paths)


def test_the_final_table_holds_what_the_ascii_twin_says(operator: Operator, case: Case) -> None:
    expected = _decoded_twin(case)
    job = _job(operator, case)
    shutil.copy(case.data, operator.data / case.data.name)
    totals = {field: str(sum(row[_column(field)] for row in expected)) for field in _AMOUNTS[case.options["id"]]}

    report = operator.run(job, case.data.name, control={"records": len(expected), "totals": totals})

    assert (report["state"], report["exit_code"], report["error"]) == ("completed", 0, None)
    assert report["records_read"] == report["rows_merged"] == len(expected)
    assert {total["field"]: (total["file"], total["status"]) for total in report["control_totals"]} == {
        field: (total, "equal") for field, total in totals.items()
    }
    found = _by_key(
        operator.query("SELECT * FROM {table}", table=operator.final_table(job)), operator.compiled(job).tables[0].key
    )
    compared = [row for number, row in enumerate(expected, 1) if number not in case.drifted]
    assert len(found) == len(expected)
    assert len(compared) == len(expected) - len(case.drifted)
    for row in compared:
        key = row[operator.compiled(job).tables[0].key[0]]
        assert {name: found[key][name.lower()] for name in row} == row


def _by_key(rows: list[dict[str, Any]], key: list[str]) -> dict[Any, dict[str, Any]]:
    (column,) = key
    return {row[column.lower()]: row for row in rows}


def _job(operator: Operator, case: Case) -> str:
    """A definition as a user would write it from the dataset's attributes and the copybook's comments."""
    name = case.options["id"].replace("_", "-")
    table = case.options["id"].upper()
    first = _fields(case)[0]["name"]
    definition = {
        "job": name,
        "input": {
            "record_format": case.options["record_format"],
            "record_length": case.options["record_length"],
            "code_page": case.options["code_page"],
        },
        "copybook": {"path": case.copybook.name},
        "target": {
            "staging_table": f"STG_{table}",
            "final_table": table,
            "key": [_column(first)],
            "create_final": True,
        },
        "control": {"totals": _AMOUNTS[case.options["id"]]},
        "gate": {"max_reject_ratio": 0.0},
        "tuning": {"batch_records": 20},
    }
    return write_job(operator.stack.jobs_root, definition, case.copybook.read_text("utf-8"))


def _decoded_twin(case: Case) -> list[dict[str, Any]]:
    fields = _fields(case)
    return [_decoded_line(line, fields) for line in case.twin.read_text("ascii").splitlines()]


def _decoded_line(line: str, fields: list[dict[str, str]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    position = 0
    for field in fields:
        length = int(field["size"]) + len(field["cents"] or "")
        text = line[position : position + length].ljust(length)
        position += length
        if field["name"] != "FILLER":
            row[_column(field["name"])] = _value(text, field)
    return row


def _value(text: str, field: dict[str, str]) -> str | int | Decimal:
    if field["kind"] == "X":
        return text.rstrip(" ")
    sign, last = _OVERPUNCHED[text[-1]] if field["sign"] else (1, int(text[-1]))
    number = sign * int(text[:-1] + str(last))
    return Decimal(number).scaleb(-len(field["cents"])) if field["cents"] else number


def _fields(case: Case) -> list[dict[str, str]]:
    found = [_PICTURE.match(line) for line in case.copybook.read_text("utf-8").splitlines()]
    return [match.groupdict() for match in found if match]


def _column(field: str) -> str:
    return field.replace("-", "_")
