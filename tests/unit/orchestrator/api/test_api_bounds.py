"""What comes in is bounded: on every route, odd texts, numbers and times are refused with a code, or reach nothing.

The routes come from the application's own description, so that a new one is tested without a line here.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import pytest
from pydantic import BaseModel

from services.orchestrator.api.app import create_app
from shared.errors import RequestError

TOKEN = "very-secret-token"
LONGEST = 2_000
"""Bytes of the longest text that any route takes."""

TEXTS = {
    "half a surrogate pair": "\ud800",
    "a surrogate in the middle": "a\udcffb",
    "NUL": "a\0b",
    "100 emoji": "\U0001f600" * 100,
    "1,100 umlauts": "ü" * 1_100,
    "a thousand folders": "*/" * 1_000,
    "300 folders": "*/" * 300,
    "60,000 characters": "x" * 60_000,
    "digits that are not ASCII": "١٢٣",
    "nothing": "",
}
NUMBERS = [2**63, -(2**63) - 1, 2**64, 10**30, -(10**30), 10**400, 1e308, -1]
RAW_NUMBERS = ["1e400", "-1e400", "NaN", "Infinity", "-Infinity", "1" * 5_000, "0." + "1" * 5_000, "1e-999999999"]
TIMES = [
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2262-04-12T00:00:00", "2300-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+00:00:01", "-1", "1e400", "NaN",
    "99999999999999999999", "9" * 5_000,
]  # fmt: skip
BODIES = {
    "deeply nested": b"[" * 100_000,
    "not UTF-8": b'{"job": "\xff\xfe"}',
    "a surrogate as a key": b'{"\\ud800": 1}',
    "an odd key of totals": b'{"job": "a", "file": "b", "control": {"totals": {"\\ud800": 1}}}',
    "a long key of totals": b'{"job": "a", "file": "b", "control": {"totals": {"%s": 1}}}' % (b"k" * 100_000),
    "an exponent": b'{"job": "a", "file": "b", "control": {"totals": {"A": 1e900000000}}}',
    "a huge number": b'{"job": "a", "file": "b", "control": {"totals": {"A": %s}}}' % (b"1" * 5_000),
    "no JSON": b"{",
    "null": b"null",
    "text": b'"\\ud800"',
}


class Route(NamedTuple):
    """A path with a method, and what its parameters and body are."""

    method: str
    path: str
    parameters: list[dict[str, Any]]
    body: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Recorder:
    """In the place of everything that the API calls: notes the values, and finds nothing."""

    def __init__(self) -> None:
        self.reached: list[Any] = []

    def __getattr__(self, _name: str) -> Any:
        return self

    def __call__(self, *values: Any, **named: Any) -> Any:
        self.reached += [*values, *named.values()]
        if values or named:
            raise RequestError("LRQ010", "there is nothing", status=404)
        return self


class StandIn:
    """An orchestrator that finds nothing."""

    token = TOKEN

    def __init__(self) -> None:
        self.recorder = Recorder()
        self.election = SimpleNamespace(acting=lambda: None, term=None, holder="orchestrator-1")
        self.operations = self.start_run = self.dead_letters = self.recorder
        self.telemetry, self.queue_depths, self.wake = self.recorder, dict, lambda: None

    def checks(self) -> dict[str, bool]:
        return {}

    @contextmanager
    def stores(self) -> Iterator[Any]:
        yield self.recorder


class Asked(NamedTuple):
    """A request; ``content`` is its body."""

    method: str
    path: str
    content: bytes | None = None


class Sent(NamedTuple):
    """What was asked, the answer, and what reached the orchestrator."""

    asked: Asked
    status: int
    text: str
    reached: list[Any]

    @property
    def code(self) -> str:
        return str(json.loads(self.text)["error"]["code"])


STAND_IN = StandIn()
APP: Any = create_app(STAND_IN)  # type: ignore[arg-type]  # a stand-in
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


def ask(*requests: Asked) -> list[Sent]:
    async def send() -> list[Sent]:
        # What a client sees of an unforeseen error is the answer; the transport would raise the error as well.
        transport = httpx.ASGITransport(APP, raise_app_exceptions=False)
        sent = []
        async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=HEADERS) as client:
            for asked in requests:
                reached = STAND_IN.recorder.reached = []
                answer = await client.request(asked.method, asked.path, content=asked.content)
                sent.append(Sent(asked, answer.status_code, answer.text, reached))
        return sent

    return asyncio.run(send())


def routes() -> list[Route]:
    schema = json.loads(ask(Asked("GET", "/openapi.json"))[0].text)
    resolve = _resolver(schema)
    found = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            body = resolve(content.get("schema", {})).get("properties", {})
            properties = {name: resolve(one) for name, one in body.items()}
            found.append(Route(method.upper(), path, operation.get("parameters", []), properties))
    return found


def _resolver(schema: dict[str, Any]) -> Any:
    def resolve(one: dict[str, Any]) -> dict[str, Any]:
        for choice in one.get("anyOf", ()):
            if choice.get("type") != "null":
                return resolve(choice)
        name = one.get("$ref", "").rpartition("/")[2]
        return resolve(schema["components"]["schemas"][name]) if name else one

    return resolve


ROUTES = routes()
POSTS = [route for route in ROUTES if route.body]
SAMPLE = {"job": "a", "file": "b", "note": "n", "confirm": True, "all": True}


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        yield from texts_of(value.model_dump())
    elif is_dataclass(value) and not isinstance(value, type):
        yield from texts_of(asdict(value))
    elif isinstance(value, dict):
        yield from texts_of([*value.keys(), *value.values()])
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from texts_of(one)


def numbers_of(value: Any) -> Iterator[int]:
    if isinstance(value, int):
        yield value
    elif isinstance(value, BaseModel):
        yield from numbers_of(list(value.model_dump().values()))
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from numbers_of(one)


def check(sent: Sent) -> None:
    """Refused with a code, and whatever got through fits: no answer is an error of the service."""
    assert sent.status < 500, (sent.asked, sent.text[:300])
    if sent.status >= 400:
        assert sent.code.startswith("LRQ")
    for text in texts_of(sent.reached):
        assert len(text.encode()) <= LONGEST, sent.asked
        assert "\0" not in text
    assert all(abs(number) < 2**63 for number in numbers_of(sent.reached)), sent.asked


def base_body(route: Route, *without: str) -> dict[str, Any]:
    return {name: value for name, value in SAMPLE.items() if name in route.body and name not in without}


def filled(route: Route, value: str = "x") -> str:
    """The path with ``value`` in every place."""
    return re.sub(r"\{\w+\}", quote(value, safe="", errors="surrogatepass") or "x", route.path)


def with_value(route: Route, name: str, value: str) -> Asked:
    """The request with JSON for one member of its body."""
    rest = json.dumps(base_body(route, name)).removesuffix("}")
    body = f'{rest}{"" if rest == "{" else ", "}"{name}": {value}}}'
    return Asked(route.method, filled(route), body.encode())


def with_query(route: Route, value: str) -> list[Asked]:
    """The request with ``value`` for each parameter of its query."""
    names = [parameter["name"] for parameter in route.parameters if parameter["in"] == "query"]
    return [Asked(route.method, f"{filled(route)}?{name}={quote(value, errors='surrogatepass')}") for name in names]


def test_there_are_routes_with_each_kind_of_value() -> None:
    assert {"POST /api/v1/runs", "GET /api/v1/runs", "POST /api/v1/dead-letters/replay"} <= set(map(str, ROUTES))
    assert len(POSTS) >= 7


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_odd_texts_in_paths(route: Route) -> None:
    body = json.dumps(base_body(route)).encode()
    for sent in ask(*(Asked(route.method, filled(route, text), body) for text in TEXTS.values())):
        check(sent)


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_odd_values_in_queries(route: Route) -> None:
    values = [*TEXTS.values(), *map(str, NUMBERS), *RAW_NUMBERS, *TIMES]
    for sent in ask(*(asked for value in values for asked in with_query(route, value))):
        check(sent)


@pytest.mark.parametrize("route", POSTS, ids=str)
def test_odd_values_in_bodies(route: Route) -> None:
    odd = [*map(json.dumps, [*TEXTS.values(), *NUMBERS]), *RAW_NUMBERS]
    odd += [f"[{value}]" for value in odd]
    for sent in ask(*(with_value(route, name, value) for name in route.body for value in odd)):
        check(sent)


@pytest.mark.parametrize("route", POSTS, ids=str)
def test_half_of_a_surrogate_pair_is_refused_in_every_text(route: Route) -> None:
    for name in route.body:
        (sent,) = ask(with_value(route, name, '"a\\ud800"'))
        assert (sent.status, sent.code) == (422, "LRQ027")
        assert f"body.{name}" in sent.text


@pytest.mark.parametrize("route", POSTS, ids=str)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_odd_bodies(route: Route, body: bytes) -> None:
    for sent in ask(Asked(route.method, filled(route), body)):
        check(sent)


@pytest.mark.parametrize("route", POSTS, ids=str)
def test_100_emoji_in_requested_by_are_more_than_its_column(route: Route) -> None:
    """128 bytes, as Db2 counts; Derby would count 200 UTF-16 units."""
    for count, refused in ((100, True), (33, True), (32, False)):
        (sent,) = ask(with_value(route, "requested_by", json.dumps("\U0001f600" * count)))
        assert (sent.status == 422) is refused, sent.text


@pytest.mark.parametrize("figure", [*NUMBERS[:1], "NaN", "1e900000000", "-1e-900000000", "0e900000000", "9" * 201])
def test_control_figures_that_cannot_be(figure: int | str) -> None:
    where = "records" if isinstance(figure, int) else "totals.A"
    control = {"records": figure} if isinstance(figure, int) else {"totals": {"A": figure}}
    (route,) = (route for route in POSTS if "control" in route.body)
    (sent,) = ask(with_value(route, "control", json.dumps(control)))
    assert (sent.status, sent.code) == (422, "LRQ027")
    assert f"body.control.{where}" in sent.text


@pytest.mark.parametrize("moment", TIMES)
def test_times_that_no_table_holds(moment: str) -> None:
    (sent,) = ask(Asked("GET", f"/api/v1/runs?since={quote(moment)}"))
    assert (sent.status, sent.code) == (422, "LRQ027")
    assert sent.reached == []
