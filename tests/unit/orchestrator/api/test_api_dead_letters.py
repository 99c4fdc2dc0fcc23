"""Dead letters over HTTP: what is asked for, what is refused, how it is answered."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from services.orchestrator.api.app import create_app
from services.orchestrator.deadletters.requests import Detail, Order, Outcome, Page, Selection
from shared.errors import RequestError
from shared.messaging.dead_letters import DeadLetter, EarlierFailure
from shared.messaging.topology import RAW

TOKEN = "very-secret"
ID = "0123456789ab"
LETTER = DeadLetter(
    id=ID, queue=RAW, kind="raw", run_id="run-1", batch_no=3, code="LRP031", category="poison",
    message="the child [died]\nsecond line", remedy="Look.", service="processor-1", attempts=8, replays=1,
    first_failed_at=datetime(2026, 11, 21, 12, tzinfo=UTC), last_failed_at=datetime(2026, 11, 21, 13, tzinfo=UTC),
    size=1_000, earlier=[EarlierFailure(code="LRP050", message="before", at="2026-11-21T12:00:00+00:00")],
)  # fmt: skip


class StandIn:
    """Notes what is asked of the dead letters."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.interrupted = False

    def page(self, *asked: Any) -> Page:
        self.asked.append(asked)
        return Page(waiting={RAW: 1}, letters=[LETTER], more=True)

    def show(self, letter_id: str) -> Detail:
        if letter_id != ID:
            raise RequestError("LRQ030", f"there is no dead letter {letter_id}", status=404)
        return Detail(letter=LETTER, header={"kind": "raw"}, x_death=[{"reason": "delivery_limit"}])

    def replay(self, selection: Selection, order: Order, stop: threading.Event) -> Outcome:
        assert not stop.is_set()
        return self._done("replay", selection, order)

    def discard(self, selection: Selection, order: Order, stop: threading.Event) -> Outcome:
        assert not stop.is_set()
        return self._done("discard", selection, order)

    def _done(self, what: str, selection: Selection, order: Order) -> Outcome:
        self.asked.append((what, selection, order))
        letters = [LETTER] if selection.run_id in (None, "run-1") else []
        count = len(letters)
        return Outcome(
            dry_run=order.dry_run, count=count, by_queue={RAW: count}, interrupted=self.interrupted, letters=letters
        )


@pytest.fixture
def letters() -> StandIn:
    return StandIn()


@pytest.fixture
def http(letters: StandIn) -> Any:
    holder = SimpleNamespace(acting=lambda: None)
    stand_in: Any = SimpleNamespace(token=TOKEN, dead_letters=letters, election=holder)
    app: Any = create_app(stand_in)
    headers = {"Authorization": f"Bearer {TOKEN}"}

    def request(method: str, path: str, **more: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://api/api/v1") as client:
                return await client.request(method, path, **({"headers": headers} | more))

        return asyncio.run(send())

    return request


class TestHttp:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/dead-letters"),
            ("GET", f"/dead-letters/{ID}"),
            ("POST", "/dead-letters/replay"),
            ("POST", "/dead-letters/discard"),
        ],
    )
    def test_nobody_without_the_token(self, http: Any, letters: StandIn, method: str, path: str) -> None:
        assert http(method, path, headers={}).status_code == 401
        assert letters.asked == []

    def test_a_page(self, http: Any, letters: StandIn) -> None:
        page = http("GET", "/dead-letters", params={"queue": "raw", "reason": "poison", "limit": 5}).json()
        assert (page["waiting"], page["more"], page["letters"][0]["id"]) == ({RAW: 1}, True, ID)
        assert letters.asked == [(Selection(queue=RAW, reason="poison"), 5, 0)]

    @pytest.mark.parametrize(
        "wrong", [{"queue": "elsewhere"}, {"limit": 0}, {"limit": 1_001}, {"offset": -1}, {"batch_no": "x"}]
    )
    def test_a_page_that_cannot_be(self, http: Any, wrong: dict[str, Any]) -> None:
        assert http("GET", "/dead-letters", params=wrong).status_code == 422

    def test_one_letter(self, http: Any) -> None:
        assert http("GET", f"/dead-letters/{ID}").json()["header"] == {"kind": "raw"}
        assert http("GET", "/dead-letters/ffffffffffff").status_code == 404
        assert http("GET", "/dead-letters/..%2Fruns").status_code in (404, 422)

    def test_a_replay_as_it_arrives(self, http: Any, letters: StandIn) -> None:
        body = {"run_id": "run-1", "ids": [ID], "rate": 2.5, "limit": 9, "requested_by": "ops", "note": "fixed"}
        outcome = http("POST", "/dead-letters/replay", json=body).json()
        assert (outcome["count"], outcome["dry_run"]) == (1, False)
        order = Order(actor="ops", note="fixed", limit=9, rate=2.5)
        assert letters.asked == [("replay", Selection(run_id="run-1", ids=[ID]), order)]

    def test_everything_has_to_be_said(self, http: Any, letters: StandIn) -> None:
        response = http("POST", "/dead-letters/replay", json={})
        assert (response.status_code, response.json()["error"]["code"]) == (422, "LRQ031")
        assert http("POST", "/dead-letters/replay", json={"all": True}).status_code == 200
        assert [what for what, *_ in letters.asked] == ["replay"]

    def test_a_discard_is_confirmed_and_has_a_reason(self, http: Any, letters: StandIn) -> None:
        body = {"run_id": "run-1", "note": "withdrawn"}
        response = http("POST", "/dead-letters/discard", json=body)
        assert (response.status_code, response.json()["error"]["code"]) == (422, "LRQ032")
        assert http("POST", "/dead-letters/discard", json={"run_id": "run-1", "confirm": True}).status_code == 422
        assert letters.asked == []
        assert http("POST", "/dead-letters/discard", json=body | {"dry_run": True}).status_code == 200
        assert http("POST", "/dead-letters/discard", json=body | {"confirm": True}).status_code == 200
        assert [(what, order.dry_run) for what, _, order in letters.asked] == [("discard", True), ("discard", False)]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"ids": ["../x"]},
            {"rate": 0},
            {"rate": -1},
            {"limit": 0},
            {"queue": "x"},
            {"colour": "red"},
            {"batch_no": -1},
        ],
    )
    def test_what_is_wrong_or_unknown_is_refused(self, http: Any, letters: StandIn, wrong: dict[str, Any]) -> None:
        assert http("POST", "/dead-letters/replay", json={"run_id": "run-1"} | wrong).status_code == 422
        assert letters.asked == []
