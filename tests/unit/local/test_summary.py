"""The demo's judgement: an outcome is good when it is the planned one, planned rejects included."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from deploy.local.demo import _conclude, _plan
from deploy.local.summary import Plan, differences

PLAN = Plan(1_000, Counter({"LRD001": 2, "LRV002": 1}))
AS_PLANNED = {
    "state": "completed",
    "records_read": 1_000,
    "records_valid": 997,
    "rejects_by_code": {"LRV002": 1, "LRD001": 2},
}


def report(**changes: Any) -> dict[str, Any]:
    return {**AS_PLANNED, **changes}


def test_planned_rejects_are_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert differences(PLAN, report()) == []
    assert _conclude(PLAN, report()) == 0
    assert "3 planned rejects, 997 records loaded" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"state": "failed"}, "state is failed, planned was completed"),
        ({"records_read": 999}, "records_read is 999, planned was 1000"),
        ({"records_valid": 996}, "records_valid is 996, planned was 997"),
        ({"rejects_by_code": {}}, "rejects_by_code is {}, planned was {'LRD001': 2, 'LRV002': 1}"),
        ({"rejects_by_code": {"LRD001": 3}}, "rejects_by_code is {'LRD001': 3}, planned was"),
    ],
)
def test_whatever_differs_from_the_plan_is_named(
    change: dict[str, Any], found: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (difference,) = differences(PLAN, report(**change))
    assert difference.startswith(found)
    assert _conclude(PLAN, report(**change)) == 1
    assert found in capsys.readouterr().err


def test_the_plan_is_the_generators_list_of_bad_records(tmp_path: Path) -> None:
    lines = [{"record_no": number, "code": code} for number, code in ((5, "LRD001"), (9, "LRV002"), (12, "LRD001"))]
    (tmp_path / "sample.dat.bad.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert _plan(tmp_path / "sample.dat", 1_000) == PLAN
