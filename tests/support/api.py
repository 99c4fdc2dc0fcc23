"""The orchestrator's API for tests of the command line: canned answers, and the requests that were made."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
from typer.testing import Result

RUN = "20261121T120000Z-0a1b2c"
_DEPTHS = (("raw", 60), ("processed", 3))

Lrecl = Callable[..., Result]
"""``lrecl`` with its words; the fixture of tests/unit/cli."""

Answer = Any | Callable[[httpx.Request], Any]


class Api:
    """Answers by method and path below /api/v1; a callable answers by the request. Unknown paths are coded errors."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[httpx.Request] = []

    def transport(self) -> httpx.MockTransport:
        """What takes the place of the network."""
        return httpx.MockTransport(self._answer)

    def body(self, number: int = -1) -> Any:
        """JSON of a request's body."""
        return json.loads(self.requests[number].content)

    def query(self, number: int = -1) -> list[tuple[str, str]]:
        """Parameters of a request."""
        return self.requests[number].url.params.multi_items()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        name = f"{request.method} {request.url.path.removeprefix('/api/v1')}"
        if name not in self.answers:
            return refusal(404, "LRQ010", f"There is no {name}.", "`lrecl runs` lists the runs.")
        answer = self.answers[name]
        found = answer(request) if callable(answer) else answer
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)


def refusal(status: int, code: str, message: str, remedy: str = "", /, **context: Any) -> httpx.Response:
    """An error in the API's form."""
    error = {"code": code, "message": message, "remedy": remedy, "context": context}
    return httpx.Response(status, json={"error": error})


def progress(state: str = "loading", **changes: Any) -> dict[str, Any]:
    """A run's progress as GET /runs/{id} answers it."""
    flow = {"records": 500, "percent": 50.0}
    codes = {"completed": 0, "failed": 2, "cancelled": 2, "refused": 2, "partial": 4, "stalled": 4}
    ended = state in ("completed", "failed", "cancelled", "refused")
    return {
        "run_id": RUN, "job": "customers", "state": state, "exit_code": codes.get(state), "error": None,
        "file": "customers.dat", "bytes": 260_000, "hashed_bytes": 260_000, "data_bytes": 260_000,
        "records_expected": 1000, "records_estimated": False, "read": flow, "processed": flow, "written": flow,
        "records_rejected": 8, "records_skipped": 0, "duplicates": 0, "rows_merged": 0, "percent": 40.0,
        "rows_per_second": 1234.5, "seconds_left": 12.0, "seconds": 3.2, "waits_for": None,
        "stages": [{"stage": "loading", "state": "running", "seconds": 1.5, "error": None}],
        "queues": [{"name": f"lrecl.{name}", "depth": depth, "bound": 64} for name, depth in _DEPTHS],
        "files_count": 1, "files": [], "splits_count": 1, "splits": [], "dead_letters": [],
        "created_at": "2026-11-21T12:00:00", "finished_at": "2026-11-21T12:00:03" if ended else None,
    } | changes  # fmt: skip
