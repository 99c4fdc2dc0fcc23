"""Replays that take long: how many there are, what ends them, and that everybody else is answered meanwhile."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from services.orchestrator.api.app import create_app
from services.orchestrator.deadletters import operations
from services.orchestrator.deadletters.operations import MOST_LOOKS, MOST_TASKS, DeadLetters
from services.orchestrator.deadletters.requests import Order, Outcome, Selection
from shared.errors import RequestError, TransientError
from shared.messaging.dead_letters import DeadLetter
from shared.messaging.dead_queue import HeldLetter
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import RAW
from tests.support.waiting import wait_until

TOKEN = "0123456789abcdef"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
SLOW = Order(actor="ops", rate=0.001)
RAW_ONLY = Selection(queue="raw")


def letter(number: int) -> DeadLetter:
    moment = datetime(2026, 11, 21, 12, tzinfo=UTC)
    return DeadLetter(
        id=f"{number:012x}", queue=RAW, kind="raw", run_id="run-1", batch_no=number, code="LRP031", category="poison",
        message="", remedy="", service="processor-1", attempts=8, replays=0, first_failed_at=moment,
        last_failed_at=moment, size=1, earlier=[],
    )  # fmt: skip


class BrowserStandIn:
    """A queue of letters; what is removed stays removed."""

    def __init__(self) -> None:
        self.waiting = [letter(number) for number in range(50)]

    def depth(self) -> int:
        return len(self.waiting)

    def letters(self) -> Iterator[HeldLetter]:
        for number, one in enumerate(list(self.waiting)):
            yield HeldLetter(one, {}, b"", number)

    def remove(self, held: HeldLetter) -> None:
        self.waiting.remove(held.letter)

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> BrowserStandIn:
    made = BrowserStandIn()

    @contextmanager
    def browsing(*_: object) -> Iterator[BrowserStandIn]:
        yield made

    monkeypatch.setattr(operations, "browsing", browsing)
    return made


@pytest.fixture
def letters(browser: BrowserStandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeadLetters]:
    made = DeadLetters(BrokerSettings(), SimpleNamespace(), "o-1")  # type: ignore[arg-type]  # no database is asked
    monkeypatch.setattr(made, "_record", lambda *_: None)
    monkeypatch.setattr(made, "_send_back", lambda held, browser, _over: browser.remove(held) or True)
    yield made
    made.close()


class Background:
    """Calls in threads of their own, and how each ended."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.refusals: list[RequestError] = []
        self._threads: list[threading.Thread] = []

    def begin(self, call: Callable[[], Outcome]) -> None:
        def work() -> None:
            try:
                self.outcomes.append(call())
            except RequestError as error:
                self.refusals.append(error)

        self._threads.append(threading.Thread(target=work, daemon=True))
        self._threads[-1].start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(10)


def test_a_replay_too_many_is_refused_and_the_next_one_takes_its_place(letters: DeadLetters) -> None:
    stops = [threading.Event() for _ in range(MOST_TASKS)]
    background = Background()
    for stop in stops:
        background.begin(lambda stop=stop: letters.replay(RAW_ONLY, SLOW, stop))  # type: ignore[misc]
    wait_until(lambda: len(letters._stops) == MOST_TASKS)
    for refused in (letters.replay, letters.discard):
        with pytest.raises(RequestError) as caught:
            refused(RAW_ONLY, SLOW)
        assert (caught.value.code, caught.value.status) == ("LRQ036", 503)
        assert caught.value.remedy
    assert letters.page(RAW_ONLY, 1).more, "who looks is not in the way"
    stops[0].set()
    wait_until(lambda: len(background.outcomes) == 1)
    assert background.outcomes[0].interrupted
    assert letters.discard(RAW_ONLY, Order(actor="ops", limit=2)).count == 2
    for stop in stops:
        stop.set()
    background.join()


def test_looks_are_limited_too(letters: DeadLetters) -> None:
    for _ in range(MOST_LOOKS):
        assert letters._looks.acquire(blocking=False)
    for look in (lambda: letters.page(RAW_ONLY, 1), lambda: letters.show("f" * 12)):
        with pytest.raises(RequestError) as caught:
            look()
        assert caught.value.code == "LRQ036"


def test_the_end_of_the_orchestrator_ends_every_replay(letters: DeadLetters) -> None:
    background = Background()
    for _ in range(MOST_TASKS):
        background.begin(lambda: letters.replay(RAW_ONLY, SLOW))
    wait_until(lambda: len(letters._stops) == MOST_TASKS)
    began = time.monotonic()
    letters.close()
    background.join()
    assert [outcome.interrupted for outcome in background.outcomes] == [True] * MOST_TASKS
    assert time.monotonic() - began < 5
    assert letters.replay(RAW_ONLY, Order(actor="ops")).interrupted, "one that comes too late does nothing"


def test_a_stop_ends_the_tries_on_a_broker_that_is_away(letters: DeadLetters, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[bool] = []
    stop = threading.Event()

    @contextmanager
    def browsing(_broker: object, _queue: str, _name: str, give_up: Callable[[], bool]) -> Iterator[BrowserStandIn]:
        tries.append(give_up())
        stop.set()
        if give_up():  # as the wait for a connection asks
            raise TransientError("LRM001", "away")
        yield BrowserStandIn()

    monkeypatch.setattr(operations, "browsing", browsing)
    with pytest.raises(TransientError):
        letters.replay(RAW_ONLY, SLOW, stop)
    assert tries == [False]


@pytest.fixture
def app(letters: DeadLetters) -> Any:
    election = SimpleNamespace(acting=lambda: None)
    stand_in: Any = SimpleNamespace(token=TOKEN, dead_letters=letters, election=election, checks=lambda: {"all": True})
    return create_app(stand_in)


def test_sixty_replays_at_tiny_rates_leave_everybody_else_answered(app: Any, letters: DeadLetters) -> None:
    """Each would hold one of the forty threads that answer requests, for thousands of seconds."""

    async def attack() -> tuple[float, list[httpx.Response], list[httpx.Response]]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=HEADERS) as client:
            body = {"queue": "raw", "rate": 0.001}
            replays = [asyncio.create_task(client.post("/api/v1/dead-letters/replay", json=body)) for _ in range(60)]
            await asyncio.sleep(0.5)
            began = time.monotonic()
            others = [
                await asyncio.wait_for(client.get(path), 5)
                for path in ("/healthz", "/readyz", "/metrics", "/api/v1/dead-letters?queue=raw")
            ]
            seconds = time.monotonic() - began
            letters.close()
            return seconds, others, await asyncio.gather(*replays)

    seconds, others, replays = asyncio.run(attack())
    assert [response.status_code for response in others] == [200] * 4
    assert seconds < 3
    refused = [response.json()["error"]["code"] for response in replays if response.status_code == 503]
    assert refused == ["LRQ036"] * (60 - MOST_TASKS)
    done = [response.json() for response in replays if response.status_code == 200]
    assert [outcome["interrupted"] for outcome in done] == [True] * MOST_TASKS


def test_a_client_that_goes_away_ends_its_replay(app: Any, letters: DeadLetters, browser: BrowserStandIn) -> None:
    """As uvicorn tells it: after the body, ``receive`` answers only when the connection is closed."""

    async def call() -> None:
        gone = asyncio.Event()
        body = [{"type": "http.request", "body": b'{"queue": "raw", "rate": 0.001}', "more_body": False}]

        async def receive() -> dict[str, Any]:
            if body:
                return body.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(_message: dict[str, Any]) -> None:
            return

        replay = asyncio.create_task(app(scope(), receive, send))
        while not letters._stops:
            await asyncio.sleep(0.01)
        await asyncio.sleep(1)
        assert not replay.done()
        gone.set()
        await asyncio.wait_for(replay, 5)

    asyncio.run(call())
    assert len(browser.waiting) == 49, "the one in hand was replayed"
    assert letters._stops == set()


def scope() -> dict[str, Any]:
    path = "/api/v1/dead-letters/replay"
    headers = [(b"authorization", HEADERS["Authorization"].encode()), (b"content-type", b"application/json")]
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
    }  # fmt: skip
