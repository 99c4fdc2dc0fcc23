"""Which dead letters a request selects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from services.orchestrator.deadletters.requests import Selection
from shared.messaging.dead_letters import DeadLetter
from shared.messaging.topology import RAW, WORK_QUEUES

ID = "0123456789ab"
LETTER = DeadLetter(
    id=ID, queue=RAW, kind="raw", run_id="run-1", batch_no=3, code="LRP031", category="poison",
    message="the child [died]\nsecond line", remedy="Look.", service="processor-1", attempts=8, replays=1,
    first_failed_at=datetime(2026, 11, 21, 12, tzinfo=UTC), last_failed_at=datetime(2026, 11, 21, 13, tzinfo=UTC),
    size=1_000, earlier=[],
)  # fmt: skip


class TestSelection:
    @pytest.mark.parametrize(
        ("given", "fits"),
        [
            ({}, True),
            ({"run_id": "run-1"}, True),
            ({"run_id": "run-2"}, False),
            ({"reason": "lrp031"}, True),
            ({"reason": "POISON"}, True),
            ({"reason": "transient"}, False),
            ({"batch_no": 3}, True),
            ({"batch_no": 0}, False),
            ({"ids": [ID]}, True),
            ({"ids": ["ffffffffffff"]}, False),
            ({"run_id": "run-1", "batch_no": 4}, False),
        ],
    )
    def test_every_figure_must_fit(self, given: dict[str, Any], fits: bool) -> None:
        selection = Selection.model_validate(given)
        assert selection.matches(LETTER) is fits
        assert selection.is_empty is (given == {})

    def test_queues_go_by_their_short_names_too(self) -> None:
        assert Selection(queue="raw").queues == Selection(queue="lrecl.raw").queues == (RAW,)
        assert Selection().queues == WORK_QUEUES
        with pytest.raises(ValidationError, match="one of read, raw, processed, reports"):
            Selection(queue="raw.dead")
