"""The API over a stand-in for the orchestrator: who may ask, what is refused, and how errors are told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from services.orchestrator.api.app import create_app
from services.orchestrator.operations.requests import Answer, Request
from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.registration.register import RunRequest
from services.orchestrator.store.audit import EventRow
from services.orchestrator.store.rejects import RejectPage, RejectRow, RejectSummary
from services.orchestrator.store.runs import RunFilter, RunRow
from services.orchestrator.store.states import State
from shared.database.errors import classify
from shared.errors import (
    CopybookError,
    InputError,
    JobError,
    LreclError,
    PermanentError,
    RequestError,
    TableError,
    TransientError,
)
from shared.messaging.messages import FILE_STRIDE
from tests.support.definitions import JOBS, compiled
from tests.support.run_rows import file_row, run_row

JOB = compiled(JOBS, "transactions")[1]
TOKEN = "very-secret"
RUN = run_row(run_id="run-1", created_at=datetime(2026, 11, 21, 12))
FILES = [file_row(file_no=0, file_path="a.dat"), file_row(file_no=1, file_path="b.dat")]
REJECT = RejectRow(
    record_offset=FILE_STRIDE + 240, batch_no=7, record_no=3, field="TRAN-ID", field_offset=4, code="LRD001",
    message="bad", faults=2, raw_hex="00ff",
)  # fmt: skip
SUMMARY = [RejectSummary(code="LRD001", field="TRAN-ID", rejects=5, message="bad")]
EVENT = EventRow(
    run_id="run-1", sequence=1, happened_at=RUN.created_at, kind="state loading", actor="ops", detail='{"note": "n"}',
    previous_hash="0" * 64, hash="1" * 64,
)  # fmt: skip


class StandIn:
    """Answers as the orchestrator would, or fails as told."""

    token = TOKEN

    def __init__(self) -> None:
        self.requests: list[RunRequest] = []
        self.failure: LreclError | None = None
        self.ready = {"migrated": True, "broker": True, "database": True}
        self.wanted: list[Any] = []
        self.rows = [RUN]
        self.asked: list[tuple[Any, ...]] = []
        self.election = SimpleNamespace(acting=lambda: None, term=object(), holder="orchestrator-1")

    def checks(self) -> dict[str, bool]:
        return self.ready

    def operations(self) -> Any:
        def note(what: str) -> Any:
            def asked(run_id: str, request: Request, *more: Any, **named: Any) -> Answer:
                self.asked.append((what, run_id, request, *more, *named.values()))
                if self.failure:
                    raise self.failure
                return Answer(run_id=run_id, state="loading", changed=True, waits_for="It waits.")

            return asked

        return SimpleNamespace(**{what: note(what) for what in ("cancel", "resume", "retry", "purge")})

    def wake(self) -> None:
        self.asked.append(("told",))

    def start_run(self, request: RunRequest) -> str:
        self.requests.append(request)
        if self.failure:
            raise self.failure
        return "run-1"

    @contextmanager
    def stores(self) -> Iterator[Any]:
        if self.failure:
            raise self.failure
        yield SimpleNamespace(
            runs=SimpleNamespace(newest=self._newest, get=self._get),
            documents=SimpleNamespace(get=lambda *_: None, compiled_job=lambda _: JOB),
            rejects=SimpleNamespace(page=self._page, summary=lambda _: SUMMARY),
            files=SimpleNamespace(all=lambda _: FILES),
            audit=SimpleNamespace(trail=lambda _: [EVENT]),
        )

    def _get(self, run_id: str) -> RunRow:
        if run_id != RUN.run_id:
            raise RequestError("LRQ010", f"there is no run {run_id}", status=404, remedy="lrecl runs lists them.")
        return RUN

    def _newest(self, wanted: RunFilter) -> list[RunRow]:
        self.wanted.append(wanted)
        return self.rows

    def _page(self, _run_id: str, after: int, limit: int, **only: str | None) -> RejectPage:
        self.wanted.append((after, limit, only))
        return RejectPage([REJECT], REJECT.record_offset)


class Client:
    """Requests straight into the application, without a socket."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.headers: dict[str, str] = {}

    def get(self, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._send("GET", path, **more))

    def post(self, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._send("POST", path, **more))

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=self.headers) as client:
            return await client.request(method, path, **more)


@pytest.fixture
def orchestrator() -> StandIn:
    return StandIn()


@pytest.fixture
def anybody(orchestrator: StandIn) -> Client:
    app: Any = create_app(orchestrator)  # type: ignore[arg-type]  # a stand-in
    return Client(app)


@pytest.fixture
def client(anybody: Client) -> Client:
    anybody.headers["Authorization"] = f"Bearer {TOKEN}"
    return anybody


class TestToken:
    @pytest.mark.parametrize("path", ["runs", "runs/run-1", "runs/run-1/report", "runs/run-1/rejects"])
    @pytest.mark.parametrize(
        "header", [None, "Bearer wrong", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer t\u00f6ken"]
    )
    def test_nobody_without_it(self, anybody: Client, path: str, header: str | None) -> None:
        headers = {} if header is None else {"Authorization": header.encode("utf-8")}
        response = anybody.get(f"/api/v1/{path}", headers=headers)
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "LRQ002"
        assert TOKEN not in response.text

    def test_starting_needs_it_too(self, anybody: Client, orchestrator: StandIn) -> None:
        response = anybody.post("/api/v1/runs", json={"job": "transactions", "file": "in.dat"})
        assert response.status_code == 401
        assert orchestrator.requests == []

    def test_machines_ask_for_health_without_it(self, anybody: Client) -> None:
        assert anybody.get("/healthz").json() == {"status": "alive"}
        assert anybody.get("/readyz").status_code == 200
        assert "process_resident_memory_bytes" in anybody.get("/metrics").text


def test_not_ready_is_503_and_says_what_is_missing(anybody: Client, orchestrator: StandIn) -> None:
    orchestrator.ready["database"] = False
    response = anybody.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "checks": {"migrated": True, "broker": True, "database": False}}


class TestStarting:
    def test_a_request_as_it_arrives(self, client: Client, orchestrator: StandIn) -> None:
        control = {"records": 3, "totals": {"A": "12345678901234567890.12"}}
        body = {"job": "transactions", "file": "in.dat", "force": True, "control": control, "requested_by": "ops"}
        response = client.post("/api/v1/runs", json=body)
        assert (response.status_code, response.json()) == (201, {"run_id": "run-1"})
        figures = ControlFigures(3, {"A": Decimal("12345678901234567890.12")})
        assert orchestrator.requests == [
            RunRequest("transactions", "in.dat", force=True, control=figures, requested_by="ops")
        ]

    def test_without_figures_the_side_file_is_asked(self, client: Client, orchestrator: StandIn) -> None:
        client.post("/api/v1/runs", json={"job": "transactions", "file": "in.dat"})
        assert orchestrator.requests == [RunRequest("transactions", "in.dat")]

    @pytest.mark.parametrize(
        ("changes", "place"),
        [
            ({"colour": "red"}, ["body", "colour"]),
            ({"control": {"record": 3}}, ["body", "control", "record"]),
            ({"control": {"records": -1}}, ["body", "control", "records"]),
            ({"control": {"totals": {"A": "NaN"}}}, ["body", "control", "totals", "A"]),
            ({"control": {"totals": {"A": "1e900000000"}}}, ["body", "control", "totals", "A"]),
            ({"control": {"totals": {"A": "1e-900000000"}}}, ["body", "control", "totals", "A"]),
            ({"job": ""}, ["body", "job"]),
            ({"job": None}, ["body", "job"]),
            ({"file": "x" * 1_025}, ["body", "file"]),
            ({"requested_by": ""}, ["body", "requested_by"]),
        ],
    )
    def test_what_is_wrong_or_unknown_is_refused(
        self, client: Client, orchestrator: StandIn, changes: dict[str, Any], place: list[str]
    ) -> None:
        response = client.post("/api/v1/runs", json={"job": "transactions", "file": "in.dat"} | changes)
        assert response.status_code == 422
        assert response.json()["error"]["context"]["faults"][0]["where"] == ".".join(place)
        assert orchestrator.requests == []


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RequestError("LRQ020", "being loaded", status=409, run_id="run-0"), 409),
        (RequestError("LRQ021", "no control file", status=422), 422),
        (JobError("LRJ006", "no such job"), 404),
        (JobError("LRJ010", "wrong key"), 422),
        (TableError("LRR002", "tables do not fit the job"), 422),
        (CopybookError("LRC001", "what is this", line=3), 422),
        (InputError("LRF011", "no such file", path=Path("in.dat")), 404),
        (InputError("LRF001", "a remainder"), 422),
        (TransientError("LRM002", "broker away"), 503),
        (classify("08001", -30081, "database away"), 503),
        (classify("40001", -911, "deadlock"), 503),
        (classify("42601", -104, "syntax"), 500),
        (PermanentError("LRR099", "unexpected", remedy="Report this as a bug."), 500),
    ],
)
def test_errors_keep_their_code_and_what_to_do(
    client: Client, orchestrator: StandIn, error: LreclError, status: int
) -> None:
    orchestrator.failure = error
    response = client.post("/api/v1/runs", json={"job": "transactions", "file": "in.dat"})
    assert response.status_code == status
    told = response.json()["error"]
    assert (told["code"], told["message"], told["remedy"]) == (error.code, error.message, error.remedy)
    assert {name: str(value) for name, value in told["context"].items()} == {
        name: str(value) for name, value in error.context.items()
    }


class TestLifeCycle:
    @pytest.mark.parametrize("what", ["cancel", "resume", "retry", "purge"])
    def test_nobody_without_the_token(self, anybody: Client, orchestrator: StandIn, what: str) -> None:
        assert anybody.post(f"/api/v1/runs/run-1/{what}").status_code == 401
        assert orchestrator.asked == []

    @pytest.mark.parametrize("what", ["cancel", "resume", "purge"])
    def test_who_asks_and_why(self, client: Client, orchestrator: StandIn, what: str) -> None:
        response = client.post(f"/api/v1/runs/run-1/{what}", json={"requested_by": "ops", "reason": "late file"})
        assert (response.status_code, response.json()["changed"]) == (200, True)
        assert response.json()["waits_for"] == "It waits."
        assert orchestrator.asked[0] == (what, "run-1", Request("ops", "late file"))
        assert client.post(f"/api/v1/runs/run-1/{what}").status_code == 200, "without a body, too"

    def test_where_to_retry_from(self, client: Client, orchestrator: StandIn) -> None:
        client.post("/api/v1/runs/run-1/retry", json={"from_stage": "merging", "force": True})
        client.post("/api/v1/runs/run-1/retry", json={})
        assert orchestrator.asked == [
            ("retry", "run-1", Request("api"), State.MERGING, True), ("told",),
            ("retry", "run-1", Request("api"), None, False), ("told",),
        ]  # fmt: skip

    @pytest.mark.parametrize("body", [{"from_stage": "archiving"}, {"from_stage": "completed"}, {"forced": True}])
    def test_what_is_no_stage_is_refused(self, client: Client, orchestrator: StandIn, body: dict[str, Any]) -> None:
        assert client.post("/api/v1/runs/run-1/retry", json=body).status_code == 422
        assert orchestrator.asked == []

    def test_a_refusal_is_told(self, client: Client, orchestrator: StandIn) -> None:
        orchestrator.failure = RequestError("LRQ040", "run run-1 is completed", status=409, state="completed")
        response = client.post("/api/v1/runs/run-1/cancel")
        assert (response.status_code, response.json()["error"]["code"]) == (409, "LRQ040")
        assert response.json()["error"]["context"] == {"state": "completed"}

    def test_another_one_acts(self, client: Client, orchestrator: StandIn) -> None:
        def stand_by() -> None:
            raise RequestError("LRQ045", "orchestrator-2 acts", status=503, holder="orchestrator-2")

        orchestrator.election = SimpleNamespace(acting=stand_by, term=None, holder="orchestrator-2")
        for what in ("cancel", "resume", "retry", "purge"):
            assert client.post(f"/api/v1/runs/run-1/{what}").status_code == 503
        assert orchestrator.asked == []
        assert client.get("/api/v1/runs").status_code == 200
        assert client.get("/api/v1/orchestrator").json() == {"acting": False, "holder": "orchestrator-2"}


class TestLooking:
    def test_the_list(self, client: Client, orchestrator: StandIn) -> None:
        (line,) = client.get("/api/v1/runs").json()
        assert (line["run_id"], line["file"], line["bytes"]) == ("run-1", "in.dat", 120)
        assert (line["state"], line["exit_code"], line["finished_at"]) == ("loading", None, None)
        assert orchestrator.wanted == [RunFilter()]

    def test_which_runs_to_list(self, client: Client, orchestrator: StandIn) -> None:
        query = {
            "job": "transactions",
            "state": ["partial", "failed"],
            "since": "2026-11-21T13:00:00+01:00",
            "limit": 5,
        }
        assert client.get("/api/v1/runs", params=query).status_code == 200
        states = (State.PARTIAL, State.FAILED)
        assert orchestrator.wanted == [RunFilter("transactions", states, datetime(2026, 11, 21, 12), 5)]
        client.get("/api/v1/runs", params={"since": "2026-11-21T12:00:00"})
        assert orchestrator.wanted[1].since == datetime(2026, 11, 21, 12), "UTC where no zone is given"

    @pytest.mark.parametrize("wrong", [{"state": "gone"}, {"limit": 0}, {"limit": 1_001}, {"since": "yesterday"}])
    def test_a_list_that_cannot_be(self, client: Client, orchestrator: StandIn, wrong: dict[str, Any]) -> None:
        assert client.get("/api/v1/runs", params=wrong).status_code == 422
        assert orchestrator.wanted == []

    def test_the_exit_code_of_each_run(self, client: Client, orchestrator: StandIn) -> None:
        """The one noted at its end; one that waits for somebody has a code, too."""
        rows = [
            ("completed", 1),
            ("completed", 0),
            ("refused", 2),
            ("partial", None),
            ("stalled", None),
            ("merging", None),
        ]
        orchestrator.rows = [run_row(state=state, exit_code=code) for state, code in rows]
        assert [line["exit_code"] for line in client.get("/api/v1/runs").json()] == [1, 0, 2, 4, 4, None]

    @pytest.mark.parametrize(
        "path", ["", "/report", "/report.txt", "/rejects", "/rejects/summary", "/framing", "/events"]
    )
    def test_a_run_that_is_not_there(self, client: Client, orchestrator: StandIn, path: str) -> None:
        orchestrator.failure = RequestError("LRQ010", "there is no run nobody", status=404)
        response = client.get(f"/api/v1/runs/nobody{path}")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "LRQ010")

    @pytest.mark.parametrize("path", ["rejects", "rejects/summary", "events", "report", "framing"])
    def test_each_page_looks_the_run_up(self, client: Client, path: str) -> None:
        assert client.get(f"/api/v1/runs/nobody/{path}").status_code == 404

    @pytest.mark.parametrize("path", ["report", "report.txt"])
    def test_a_report_before_the_end(self, client: Client, path: str) -> None:
        response = client.get(f"/api/v1/runs/run-1/{path}")
        assert (response.status_code, response.json()["error"]["code"]) == (409, "LRQ011")

    def test_pages_of_rejects(self, client: Client, orchestrator: StandIn) -> None:
        page = client.get("/api/v1/runs/run-1/rejects").json()
        assert page == {
            "rejects": [{
                "record_no": 3, "record_offset": 240, "file_no": 1, "file": "b.dat", "batch_no": 7, "field": "TRAN-ID",
                "field_offset": 4, "code": "LRD001", "message": "bad", "faults": 2, "raw_hex": "00ff",
            }],
            "next": FILE_STRIDE + 240,
        }  # fmt: skip
        client.get(
            "/api/v1/runs/run-1/rejects", params={"after": page["next"], "limit": 9, "code": "LRD001", "field": "A"}
        )
        everything = {"code": None, "field": None, "raw": True}
        assert orchestrator.wanted == [
            (-1, 500, everything), (FILE_STRIDE + 240, 9, {"code": "LRD001", "field": "A", "raw": True})
        ], "the first page holds the record at offset 0"  # fmt: skip
        assert client.get("/api/v1/runs/run-1/rejects", params={"after": -2}).status_code == 422
        assert client.get("/api/v1/runs/run-1/rejects", params={"limit": 10_001}).status_code == 422

    def test_rejects_by_code_and_field(self, client: Client) -> None:
        assert client.get("/api/v1/runs/run-1/rejects/summary").json() == [
            {"code": "LRD001", "field": "TRAN-ID", "count": 5, "message": "bad"}
        ]

    def test_the_framing(self, client: Client) -> None:
        assert client.get("/api/v1/runs/run-1/framing").json() == JOB.framing

    def test_the_trail(self, client: Client) -> None:
        (line,) = client.get("/api/v1/runs/run-1/events").json()
        assert line == {
            "sequence": 1, "happened_at": "2026-11-21T12:00:00", "kind": "state loading", "actor": "ops",
            "detail": {"note": "n"}, "previous_hash": "0" * 64, "hash": "1" * 64,
        }  # fmt: skip

    def test_the_schema_is_there(self, client: Client) -> None:
        paths = client.get("/openapi.json").json()["paths"]
        assert "/api/v1/runs/{run_id}/report" in paths
