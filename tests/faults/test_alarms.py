"""The broker's memory alarm amid a run: told by readiness and metric, waited out, and the result is unchanged."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.faults.conftest import Input, Site
from tests.support.broker_alarm import memory_alarm
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.database]


def test_a_memory_alarm_pauses_a_run_visibly_and_costs_no_row(site: Site, small: Input) -> None:
    with memory_alarm(site.stack.broker):
        run_id = site.start("alarm", small)
        wait_until(lambda: not _ready(site)["checks"]["broker"])
        assert _alarms(site) == 1
        assert site.operator.progress(run_id) is not None, "those who ask are answered"
        assert site.in_ledger(run_id) == 0
    site.assert_whole(run_id, small)
    assert _ready(site)["ready"]
    assert _alarms(site) == 0


def _ready(site: Site) -> dict[str, Any]:
    return dict(httpx.get(f"{site.stack.api_url}/readyz").json())


def _alarms(site: Site) -> float:
    lines = httpx.get(f"{site.stack.api_url}/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("lrecl_broker_alarm{"))
