"""``--wait``: what is followed, what ends it, with which code and which words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from lrecl.cli import waiting
from tests.support.api import RUN, Api, Lrecl, progress, refusal

LETTER = {"batch_no": 3, "code": "LRP031", "message": "the child died"}


def states(api: Api, *answers: Any) -> None:
    """The run goes through these, and stays in the last."""
    left: Iterator[Any] = iter(answers)
    last: list[Any] = []

    def answer(request: httpx.Request) -> Any:
        found = next(left, None)
        if found is None:
            found = last[-1]
        last.append(found)
        if isinstance(found, Exception):
            raise found
        return found

    api.answers[f"GET /runs/{RUN}"] = answer


@pytest.fixture(autouse=True)
def started(api: Api) -> None:
    api.answers["POST /runs"] = {"run_id": RUN}
    api.answers[f"GET /runs/{RUN}/report"] = {"run_id": RUN, "state": "completed"}
    api.answers[f"GET /runs/{RUN}/report.txt"] = httpx.Response(200, text="RUN REPORT\n")


@pytest.mark.parametrize(
    ("state", "code"), [("completed", 0), ("completed", 1), ("failed", 2), ("cancelled", 2), ("refused", 2)]
)
def test_a_run_that_ends(lrecl: Lrecl, api: Api, state: str, code: int) -> None:
    states(api, progress("splitting", percent=0.0), progress(), progress(state, exit_code=code))
    ended = lrecl("run", "customers", "customers.dat", "--wait")
    assert (ended.exit_code, ended.stdout) == (code, "RUN REPORT\n")
    assert ended.stderr.splitlines() == [f"{RUN} splitting 0 %", f"{RUN} loading 40 %"]
    assert api.body(0) == {"job": "customers", "file": "customers.dat", "force": False, "requested_by": "ops"}


def test_json_is_the_report_and_nothing_else(lrecl: Lrecl, api: Api) -> None:
    states(api, progress(), progress("completed"))
    ended = lrecl("run", "customers", "customers.dat", "--wait", "--json")
    assert (ended.exit_code, ended.stderr) == (0, "")
    assert json.loads(ended.stdout) == {"run_id": RUN, "state": "completed"}


def test_a_partial_run_exits_with_4_and_names_the_next_commands(lrecl: Lrecl, api: Api) -> None:
    partial = progress("partial", dead_letters=[LETTER], waits_for="One batch is a dead letter.")
    states(api, progress(), partial)
    ended = lrecl("run", "customers", "customers.dat", "--wait")
    assert ended.exit_code == 4
    assert "is partial. It was not merged and waits for you." in ended.stdout
    assert "One batch is a dead letter." in ended.stdout
    for command in (f"lrecl dlq list --run {RUN}", f"lrecl dlq replay --run {RUN}", f"lrecl resume {RUN}"):
        assert command in ended.stdout
    states(api, partial)
    as_json = lrecl("run", "customers", "customers.dat", "--wait", "--json")
    assert (as_json.exit_code, as_json.stderr) == (4, "")
    assert json.loads(as_json.stdout) == partial
    assert json.loads(as_json.stdout)["exit_code"] == 4


def test_a_stalled_run_is_followed_because_it_goes_on_by_itself(lrecl: Lrecl, api: Api) -> None:
    stalled = progress("stalled", waits_for="No batch has reached the ledger for 60 s.")
    states(api, progress(), stalled, stalled, progress(), progress("completed"))
    ended = lrecl("run", "customers", "customers.dat", "--wait")
    assert ended.exit_code == 0
    assert ended.stderr.splitlines() == [
        f"{RUN} loading 40 %",
        f"{RUN} stalled 40 % No batch has reached the ledger for 60 s.",
        f"{RUN} loading 40 %",
    ]


def test_a_state_that_a_later_version_has_waits_for_somebody_too(lrecl: Lrecl, api: Api) -> None:
    states(api, progress("awaiting_review", exit_code=4, waits_for="A reviewer has to approve it."))
    ended = lrecl("run", "customers", "customers.dat", "--wait")
    assert ended.exit_code == 4
    assert "A reviewer has to approve it." in ended.stdout
    assert "dlq" not in ended.stdout


@pytest.mark.parametrize(
    "outage", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), refusal(503, "LRQ045", "Another one acts.")]
)
def test_an_orchestrator_that_is_away_for_a_while_does_not_end_the_wait(
    lrecl: Lrecl, api: Api, outage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    states(api, progress(), outage, outage, progress("completed"))
    assert lrecl("run", "customers", "customers.dat", "--wait").exit_code == 0
    monkeypatch.setattr(waiting, "_PATIENCE_SECONDS", -1.0)
    states(api, progress(), outage, progress("completed"))
    given_up = lrecl("run", "customers", "customers.dat", "--wait")
    assert given_up.exit_code == 2
    assert "LRQ0" in given_up.stderr


def test_another_refusal_ends_it_at_once(lrecl: Lrecl, api: Api) -> None:
    states(api, progress(), refusal(401, "LRQ002", "The token is wrong."), progress("completed"))
    ended = lrecl("run", "customers", "customers.dat", "--wait")
    assert (ended.exit_code, "LRQ002" in ended.stderr) == (2, True)


@pytest.mark.parametrize("command", ["resume", "retry"])
def test_resume_and_retry_wait_alike(lrecl: Lrecl, api: Api, command: str) -> None:
    api.answers[f"POST /runs/{RUN}/{command}"] = {"run_id": RUN, "state": "loading", "from_stage": "loading"}
    states(api, progress(), progress("completed", exit_code=1))
    assert lrecl(command, RUN, "--wait").exit_code == 1
