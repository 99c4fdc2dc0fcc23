"""What operators, monitors and auditors see: progress, lists, health, metrics, and the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

import httpx
import pytest

from services.orchestrator.store.stores import Stores
from tests.support.job_folders import variant
from tests.support.operator import Json, Operator, Report
from tests.support.scrape import scraped
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.database]

SERVICES = ("orchestrator", "reader", "processor", "writer")


@pytest.fixture(scope="module")
def report(operator: Operator) -> Report:
    variant(operator.stack.jobs_root, "watched")
    operator.generate("watched", "watched.dat", 5_000, bad_ratio=0.01)
    return operator.run("watched", "watched.dat")


def test_a_run_is_shown_with_its_progress(operator: Operator, report: Report) -> None:
    progress = operator.http.get(f"/runs/{report['run_id']}").json()
    assert (progress["state"], progress["exit_code"], progress["error"]) == ("completed", 1, None)
    assert (progress["job"], progress["file"], progress["bytes"]) == ("watched", "watched.dat", 5_000 * 260)
    assert progress["records_expected"] == 5_000
    assert [progress[flow]["records"] for flow in ("read", "processed", "written")] == [5_000] * 3
    assert [progress[flow]["percent"] for flow in ("read", "processed", "written")] == [100.0] * 3
    assert (progress["records_rejected"], progress["rows_merged"], progress["percent"]) == (50, 4_950, 100.0)
    assert (progress["dead_letters"], progress["duplicates"], progress["seconds_left"]) == ([], 0, 0.0)
    assert [stage["stage"] for stage in progress["stages"]] == [stage["stage"] for stage in report["stages"]]


def test_progress_only_grows_while_a_run_is_under_way(operator: Operator) -> None:
    variant(operator.stack.jobs_root, "growing", tuning={"batch_records": 250})
    operator.generate("growing", "growing.dat", 10_000)
    seen: list[Json] = []
    operator.wait(
        operator.start("growing", "growing.dat"), lambda now: (seen.append(now), now["finished_at"] is not None)[1]
    )
    written = [progress["written"]["records"] for progress in seen]
    assert written == sorted(written)
    assert any(0 < records < 10_000 for records in written)
    assert [progress["percent"] for progress in seen] == sorted(progress["percent"] for progress in seen)
    under_way = [progress for progress in seen if progress["state"] == "loading" and progress["rows_per_second"]]
    assert any(progress["seconds_left"] is not None for progress in under_way)
    assert {progress["exit_code"] for progress in seen[:-1]} == {None}


def test_runs_are_listed_newest_first(operator: Operator, report: Report) -> None:
    listed = operator.http.get("/runs").json()
    created = [line["created_at"] for line in listed]
    assert created == sorted(created, reverse=True)
    (line,) = [line for line in listed if line["run_id"] == report["run_id"]]
    assert (line["job"], line["state"], line["file"], line["bytes"]) == (
        "watched",
        "completed",
        "watched.dat",
        1_300_000,
    )
    assert line["finished_at"]


def test_an_unknown_run_is_not_found(operator: Operator) -> None:
    for path in ("", "/report", "/report.txt", "/rejects", "/events"):
        response = operator.http.get(f"/runs/20260101T000000Z-000000{path}")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "LRQ010")


def test_a_run_under_way_has_no_report_yet(operator: Operator) -> None:
    variant(operator.stack.jobs_root, "early")
    operator.generate("early", "early.dat", 5_000)
    run_id = operator.start("early", "early.dat")
    response = operator.http.get(f"/runs/{run_id}/report")
    operator.wait(run_id)
    assert (response.status_code, response.json()["error"]["code"]) == (409, "LRQ011")
    assert operator.report(run_id)["state"] == "completed"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic bHJlY2w6"}])
def test_nothing_is_told_or_done_without_the_token(operator: Operator, report: Report, headers: dict[str, str]) -> None:
    api = f"{operator.stack.api_url}/api/v1"
    paths = (
        "/runs",
        *(f"/runs/{report['run_id']}{path}" for path in ("", "/report", "/report.txt", "/rejects", "/events")),
    )
    answers = [httpx.get(api + path, headers=headers) for path in paths]
    answers.append(httpx.post(f"{api}/runs", headers=headers, json={"job": "watched", "file": "watched.dat"}))
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.json()["error"]["code"] for answer in answers} == {"LRQ002"}


@pytest.mark.parametrize("body", [{}, {"job": "watched"}, {"job": "", "file": "x"}, {"job": "a", "file": "b", "c": 1}])
def test_a_request_of_another_form_is_refused(operator: Operator, body: Json) -> None:
    assert operator.http.post("/runs", json=body).status_code == 422


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_tells_its_health_and_metrics(operator: Operator, report: Report, service: str) -> None:
    url = operator.stack.url(service)
    assert httpx.get(f"{url}/healthz").status_code == 200
    assert httpx.get(f"{url}/readyz").status_code == 200
    metrics = httpx.get(f"{url}/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert 'lrecl_resident_bytes{process="main"}' in metrics.text
    stage = {"reader": "read", "processor": "process", "writer": "write"}.get(service)
    if stage:
        (records,) = [
            line for line in metrics.text.splitlines() if line.startswith(f'lrecl_records_total{{stage="{stage}"}}')
        ]
        assert float(records.split()[-1]) >= (4_950 if stage == "write" else 5_000)


def test_the_orchestrators_metrics_tell_of_the_run(operator: Operator, report: Report) -> None:
    url = operator.stack.api_url
    last_success = 'lrecl_last_success_timestamp_seconds{job_name="watched"}'
    finished = datetime.fromisoformat(report["finished_at"]).replace(tzinfo=UTC).timestamp()
    wait_until(lambda: scraped(url).get(last_success) == pytest.approx(finished, abs=1))
    found = scraped(url)
    ended = '{job_name="watched",outcome="completed"}'
    assert found[f"lrecl_run_seconds_count{ended}"] == 1
    assert found[f"lrecl_run_seconds_sum{ended}"] == pytest.approx(report["seconds_total"])
    assert found['lrecl_run_seconds_count{job_name="watched",outcome="failed"}'] == 0
    for stage in report["stages"]:
        step = f'{{job_name="watched",step="{stage["stage"]}"}}'
        assert found[f"lrecl_step_seconds_count{step}"] == 1
        assert found[f"lrecl_step_seconds_sum{step}"] == pytest.approx(stage["seconds"])
    assert found['lrecl_runs{state="completed"}'] >= 1
    assert found["lrecl_leader"] == 1
    assert found['lrecl_queue_bound{queue="lrecl.raw"}'] > found['lrecl_queue_depth{queue="lrecl.raw"}']


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_tells_what_runs(operator: Operator, service: str) -> None:
    (build,) = [series for series in scraped(operator.stack.url(service)) if series.startswith("lrecl_build_info{")]
    assert f'service="{service}"' in build
    assert f'version="{version("lrecl")}"' in build


def test_the_audit_trail_tells_the_whole_run(operator: Operator, report: Report) -> None:
    trail = operator.http.get(f"/runs/{report['run_id']}/events").json()
    assert [line["kind"] for line in trail] == [
        "registered",
        "state splitting",
        "files hashed",
        "state loading",
        "state reconciling",
        "state merging",
        "state verifying",
        "state completed",
    ]
    assert [line["sequence"] for line in trail] == list(range(1, 9))
    assert (trail[0]["actor"], trail[1]["actor"]) == ("api", "orchestrator")
    assert trail[2]["detail"] == {"digest": report["file_digest"], "files": 1}
    with operator.stores() as at:
        assert at.audit.first_broken(report["run_id"]) is None


@pytest.mark.parametrize(
    ("forgery", "broken"),
    [
        ("UPDATE LRECL.EVENT SET DETAIL = '{}' WHERE RUN_ID = ? AND SEQUENCE = 1", 1),
        ("UPDATE LRECL.EVENT SET ACTOR = 'nobody' WHERE RUN_ID = ? AND SEQUENCE = 4", 4),
        ("DELETE FROM LRECL.EVENT WHERE RUN_ID = ? AND SEQUENCE = 3", 3),
        ("UPDATE LRECL.EVENT SET HASH = PREVIOUS_HASH WHERE RUN_ID = ? AND SEQUENCE = 7", 7),
    ],
)
def test_an_edited_line_of_the_audit_trail_is_detected(
    operator: Operator, report: Report, forgery: str, broken: int
) -> None:
    def forge(at: Stores) -> int | None:
        at.session.execute(forgery, (report["run_id"],))
        return at.audit.first_broken(report["run_id"])

    assert _undone(operator, forge) == broken


def _undone(operator: Operator, work: Callable[[Stores], int | None]) -> int | None:
    """What ``work`` returns; its changes are rolled back."""
    with operator.stores() as at:
        try:
            return work(at)
        finally:
            at.session.rollback()
