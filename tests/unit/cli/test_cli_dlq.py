"""``lrecl dlq``: what is asked of the API, in the API's own models, and how the answers are shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from lrecl.cli import dlq
from services.orchestrator.api.dead_letters import DiscardBody, ReplayBody
from services.orchestrator.deadletters.requests import Detail, Outcome, Page
from shared.messaging.dead_letters import DeadLetter, EarlierFailure
from shared.messaging.topology import RAW
from tests.support.api import RUN, Api, Lrecl, refusal

ID = "0123456789ab"
LETTER = DeadLetter(
    id=ID, queue=RAW, kind="raw", run_id=RUN, batch_no=3, code="LRP031", category="poison",
    message="the child [died]\nsecond line", remedy="Look.", service="processor-1", attempts=8, replays=1,
    first_failed_at=datetime(2026, 11, 21, 12, tzinfo=UTC), last_failed_at=datetime(2026, 11, 21, 13, tzinfo=UTC),
    size=1_000, earlier=[EarlierFailure(code="LRP050", message="before", at="2026-11-21T12:00:00+00:00")],
)  # fmt: skip


@pytest.fixture
def outcome() -> dict[str, Any]:
    """What replay and discard answer; tests change it."""
    done = Outcome(dry_run=False, count=1, by_queue={RAW: 1}, interrupted=False, letters=[LETTER])
    return dict(done.model_dump(mode="json"))


@pytest.fixture(autouse=True)
def answers(api: Api, outcome: dict[str, Any]) -> None:
    page = Page(waiting={RAW: 1}, letters=[LETTER], more=True)
    detail = Detail(letter=LETTER, header={"kind": "raw"}, x_death=[{"reason": "delivery_limit"}])
    api.answers["GET /dead-letters"] = page.model_dump(mode="json")
    api.answers[f"GET /dead-letters/{ID}"] = detail.model_dump(mode="json")
    api.answers["POST /dead-letters/replay"] = lambda request: _done(request, outcome, ReplayBody)
    api.answers["POST /dead-letters/discard"] = lambda request: _done(request, outcome, DiscardBody)


def _done(request: httpx.Request, outcome: dict[str, Any], body: type[ReplayBody | DiscardBody]) -> dict[str, Any]:
    wish = body.model_validate_json(request.content)
    return outcome | {"dry_run": wish.dry_run}


def test_the_list(lrecl: Lrecl, api: Api) -> None:
    result = lrecl("dlq", "list", "--queue", "raw", "--run", RUN, "--batch", "3", "--reason", "poison", "--limit", "7")
    assert result.exit_code == 0
    heading, line, more = result.stdout.splitlines()
    assert heading.split()[:4] == ["id", "queue", "run", "batch"]
    assert line.split()[:8] == [ID, "raw", RUN, "3", "LRP031", "poison", "8", "1"]
    assert line.endswith("the child [died]")
    assert more == "There are more: --offset 7 shows them."
    assert dict(api.query()) == {
        "queue": "raw", "run_id": RUN, "reason": "poison", "batch_no": "3", "limit": "7", "offset": "0",
    }  # fmt: skip
    assert json.loads(lrecl("dlq", "list", "--json").stdout)["letters"][0]["id"] == ID


def test_on_80_columns_ids_are_whole_and_the_message_has_room(lrecl: Lrecl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dlq, "terminal_width", lambda: 80)
    heading, line = lrecl("dlq", "list").stdout.splitlines()[:2]
    assert heading.split() == ["id", "queue", "run", "batch", "code", "message"]
    assert line.split()[:3] == [ID, "raw", RUN]
    assert "the child" in line
    assert len(line) <= 80


def test_latest_is_the_newest_run(lrecl: Lrecl, api: Api) -> None:
    api.answers["GET /runs"] = [{"run_id": RUN}]
    lrecl("dlq", "list", "--run", "latest")
    assert dict(api.query())["run_id"] == RUN
    lrecl("dlq", "replay", "--run", "latest")
    assert api.body()["run_id"] == RUN


def test_one_letter(lrecl: Lrecl) -> None:
    text = lrecl("dlq", "show", ID).stdout
    for expected in ("the child [died]", "2026-11-21T12:00:00 LRP050 before", "reason delivery_limit", "raw"):
        assert expected in text
    assert json.loads(lrecl("dlq", "show", ID, "--json").stdout)["letter"]["attempts"] == 8


def test_a_letter_that_is_not_there(lrecl: Lrecl, api: Api) -> None:
    api.answers["GET /dead-letters/ffffffffffff"] = refusal(404, "LRQ030", "There is no dead letter ffffffffffff.")
    refused = lrecl("dlq", "show", "ffffffffffff")
    assert (refused.exit_code, refused.stderr[:6]) == (2, "LRQ030")


def test_a_replay(lrecl: Lrecl, api: Api) -> None:
    result = lrecl("dlq", "replay", ID, "--reason", "LRP031", "--rate", "3", "--note", "fixed")
    assert (result.exit_code, result.stdout) == (0, "1 dead letters replayed\n")
    wish = ReplayBody.model_validate(api.body())
    expected = ReplayBody(ids=[ID], reason="LRP031", rate=3, note="fixed", requested_by="ops")
    assert wish == expected


def test_a_dry_run_shows_the_letters(lrecl: Lrecl) -> None:
    result = lrecl("dlq", "replay", "--all", "--dry-run")
    assert result.exit_code == 0
    assert ID in result.stdout
    assert result.stdout.endswith("1 dead letters would be replayed\n")


def test_exit_codes(lrecl: Lrecl, outcome: dict[str, Any]) -> None:
    outcome["count"] = 0
    assert lrecl("dlq", "replay", "--run", "another").exit_code == 1, "no letter matched"
    outcome |= {"count": 1, "interrupted": True}
    interrupted = lrecl("dlq", "replay", "--run", RUN)
    assert interrupted.exit_code == 1
    assert "letters may be left" in interrupted.stdout
    assert json.loads(lrecl("dlq", "replay", "--run", RUN, "--json").stdout)["interrupted"]


def test_a_discard_needs_yes_and_a_note(lrecl: Lrecl, api: Api) -> None:
    assert lrecl("dlq", "discard", ID, "--yes").exit_code == 2
    assert api.requests == []
    lrecl("dlq", "discard", ID, "--note", "withdrawn")
    assert DiscardBody.model_validate(api.body()).confirm is False
    done = lrecl("dlq", "discard", ID, "--note", "withdrawn", "--yes")
    assert (done.exit_code, done.stdout) == (0, "1 dead letters discarded\n")
    expected = DiscardBody(ids=[ID], note="withdrawn", confirm=True, requested_by="ops")
    assert DiscardBody.model_validate(api.body()) == expected
