"""Two orchestrators: one acts, the other stands by, takes over when the first falls silent, and is never crossed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.faults.conftest import Input, Site
from tests.support.scrape import scraped
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.database]

LEADERS = ("lrecl_runs", "lrecl_queue_", "lrecl_dead_letters_waiting", "lrecl_last_", "lrecl_ledger_")
FIRST, SECOND = "orchestrator-1", "orchestrator-2"


@pytest.fixture
def pair(site: Site) -> Iterator[Site]:
    site.stack.scale("orchestrator", 2)
    wait_until(lambda: part(site, FIRST)["acting"] or part(site, SECOND)["acting"])
    if part(site, SECOND)["acting"]:  # pragma: no cover - only after another test left it so
        site.stack.restart(SECOND)
        wait_until(lambda: part(site, FIRST)["acting"])
    yield site
    site.stack.scale("orchestrator", 1)
    wait_until(lambda: part(site, FIRST)["acting"], seconds=20)


def ask(site: Site, name: str, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {site.stack.token}"}
    return httpx.request(method, f"{site.stack.url(name)}/api/v1{path}", headers=headers, timeout=10, **more)


def part(site: Site, name: str) -> dict[str, Any]:
    return dict(ask(site, name, "GET", "/orchestrator").json())


def fence(site: Site) -> int:
    (row,) = site.operator.query("SELECT FENCE FROM {schema}.LEASE")
    return int(row["fence"])


def test_who_stands_by_answers_questions_and_refuses_changes(pair: Site) -> None:
    assert part(pair, SECOND) == {"acting": False, "holder": FIRST}
    assert ask(pair, SECOND, "GET", "/runs").status_code == 200
    assert httpx.get(f"{pair.stack.url(SECOND)}/readyz").status_code == 200
    bodies = {
        "/runs": {"job": "customers", "file": "any"},
        "/runs/any/cancel": {},
        "/dead-letters/replay": {"all": True},
    }
    for path, body in bodies.items():
        answer = ask(pair, SECOND, "POST", path, json=body)
        assert answer.status_code == 503, answer.text
        error = answer.json()["error"]
        assert error["code"] == "LRQ045"
        assert FIRST in error["message"]


def exported(site: Site, name: str) -> set[str]:
    """Names of the metrics that only the acting orchestrator exports."""
    names = {series.split("{")[0] for series in scraped(site.stack.url(name))}
    return {name for name in names if name.startswith(LEADERS)} - {"lrecl_queue_wait_seconds_total"}


def runs(site: Site) -> float:
    """Runs in all states, as a sum over both orchestrators gives them."""
    series = [found.items() for found in (scraped(site.stack.url(FIRST)), scraped(site.stack.url(SECOND)))]
    return sum(value for one in series for name, value in one if name.startswith("lrecl_runs{"))


def leads(site: Site, name: str, other: str) -> bool:
    return {"lrecl_runs", "lrecl_queue_depth"} <= exported(site, name) and not exported(site, other)


def test_only_the_acting_one_exports_gauges_and_a_change_of_leader_doubles_none(pair: Site) -> None:
    wait_until(lambda: leads(pair, FIRST, SECOND), seconds=20)
    (row,) = pair.operator.query("SELECT COUNT(*) AS RUNS FROM {schema}.RUN")
    assert runs(pair) == int(row["runs"])
    # Started again at once, it would act again: it need not wait for its former process.
    pair.stack.process(FIRST).disable_restarts()
    pair.stack.kill(FIRST)
    wait_until(lambda: part(pair, SECOND)["acting"], seconds=15)
    pair.stack.start_process(FIRST)
    wait_until(lambda: is_up(pair, FIRST) and leads(pair, SECOND, FIRST), seconds=30)
    assert runs(pair) == int(row["runs"])
    pair.stack.restart(SECOND)
    wait_until(lambda: is_up(pair, SECOND) and leads(pair, FIRST, SECOND), seconds=30)
    assert runs(pair) == int(row["runs"])


def is_up(site: Site, name: str) -> bool:
    try:
        return bool(part(site, name))
    except httpx.TransportError:
        return False


def test_a_stopped_orchestrator_is_replaced_and_writes_nothing_when_it_wakes(pair: Site, many: Input) -> None:
    run_id = pair.start("stopped-orchestrator", many)
    pair.wait_loaded(run_id, many, 0.1)
    term = fence(pair)
    pid = pair.stack.process(FIRST).pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: part(pair, SECOND)["acting"], seconds=15)
        assert fence(pair) == term + 1
        states = pair.operator.query("SELECT STATE FROM {schema}.RUN WHERE RUN_ID = ?", run_id)
        wait_until(lambda: finished(pair, run_id), seconds=90)
        trail = len(events(pair, run_id))
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_until(lambda: not part(pair, FIRST)["acting"], seconds=15)
    assert part(pair, FIRST)["holder"] == SECOND
    assert (states, fence(pair), len(events(pair, run_id))) == ([{"state": "loading"}], term + 1, trail)
    pair.assert_whole(run_id, many)
    with pair.operator.stores() as at:
        assert at.audit.first_broken(run_id) is None


def finished(site: Site, run_id: str) -> bool:
    (row,) = site.operator.query("SELECT FINISHED_AT FROM {schema}.RUN WHERE RUN_ID = ?", run_id)
    return row["finished_at"] is not None


def events(site: Site, run_id: str) -> list[dict[str, Any]]:
    return site.operator.query("SELECT KIND FROM {schema}.EVENT WHERE RUN_ID = ?", run_id)


def test_a_killed_orchestrator_is_replaced_within_seconds(pair: Site, many: Input) -> None:
    run_id = pair.start("killed-orchestrator", many)
    pair.wait_loaded(run_id, many, 0.1)
    term = fence(pair)
    pair.stack.kill(FIRST)
    wait_until(lambda: fence(pair) > term, seconds=15)
    pair.assert_whole(run_id, many)
