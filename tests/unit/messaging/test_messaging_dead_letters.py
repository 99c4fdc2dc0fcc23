"""What a dead letter says of itself, over failures, replays and failures again, whoever put it aside."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.errors import JobError, LreclError, PoisonError, TransientError
from shared.messaging.dead_letters import (
    category,
    headers_after_failure,
    headers_for_replay,
    letter_id,
    read_letter,
    subject,
)
from shared.messaging.topology import RAW
from shared.messaging.wire import pack

BODY = pack({"kind": "raw", "run_id": "run-1", "batch_no": 3}, {"records": b"x"})
ERROR = PoisonError("LRP020", "cut in two", remedy="Look at it.")
DEATH = {"queue": RAW, "reason": "delivery_limit", "count": 1, "time": datetime(2026, 11, 21, 12)}


def letter(headers: dict[str, Any], body: bytes = BODY) -> Any:
    return read_letter(RAW, headers, body, delivery_limit=8)


def test_a_services_letter() -> None:
    before = datetime.now(UTC)
    read = letter(headers_after_failure({"x-delivery-count": 2, "other": "kept"}, BODY, ERROR, "processor-1-raw"))
    assert (read.queue, read.kind, read.run_id, read.batch_no) == (RAW, "raw", "run-1", 3)
    assert (read.code, read.category, read.message, read.remedy) == ("LRP020", "poison", "cut in two", "Look at it.")
    assert (read.service, read.attempts, read.replays, read.size) == ("processor-1-raw", 3, 0, len(BODY))
    assert before <= read.first_failed_at == read.last_failed_at
    assert read.earlier == []


def test_headers_of_others_are_kept_and_the_queues_own_count_is_not() -> None:
    headers = headers_after_failure({"x-death": [DEATH], "x-delivery-count": 2, "other": 1}, BODY, ERROR, "s")
    assert (headers["x-death"], headers["other"]) == ([DEATH], 1)
    assert "x-delivery-count" not in headers


def test_the_brokers_letter_is_read_from_its_x_death() -> None:
    read = letter({"x-death": [DEATH, {"reason": "rejected"}]})
    assert (read.code, read.category, read.service) == ("LRP050", "delivery-limit", "broker")
    assert (read.attempts, read.run_id, read.batch_no) == (9, "run-1", 3)
    assert read.first_failed_at == read.last_failed_at == datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_attempts_and_times_go_on_over_replays() -> None:
    """Service, replay, broker, replay, service: each time the latest reason is told and the earlier ones are kept."""
    first = headers_after_failure({}, BODY, ERROR, "processor-1")
    replayed = headers_for_replay(first, letter(first))
    assert "lrecl-code" not in replayed
    by_broker = letter(replayed | {"x-death": [DEATH]})
    assert (by_broker.code, by_broker.attempts, by_broker.replays) == ("LRP050", 10, 1)
    assert [past.code for past in by_broker.earlier] == ["LRP020"]
    assert by_broker.first_failed_at == letter(first).first_failed_at
    again = headers_for_replay(replayed | {"x-death": [DEATH]}, by_broker)
    third = letter(headers_after_failure(again, BODY, TransientError("LRM002", "away"), "writer-1"))
    assert (third.code, third.category, third.attempts, third.replays) == ("LRM002", "transient", 11, 2)
    assert [past.code for past in third.earlier] == ["LRP020", "LRP050"]
    assert third.last_failed_at > third.first_failed_at
    assert third.id == letter(first).id


def test_history_is_bounded() -> None:
    headers: dict[str, Any] = {}
    for number in range(25):
        headers = headers_after_failure(headers, BODY, PoisonError(f"LRP{number:03}", "x" * 100_000), "s")
        headers = headers_for_replay(headers, letter(headers))
    last = letter(headers)
    assert [past.code for past in last.earlier] == [f"LRP{number:03}" for number in range(15, 25)]
    assert sum(len(past.message) for past in last.earlier) < 50_000, "headers must fit into one frame"


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (TransientError("LRM002", ""), "transient"),
        (JobError("LRJ001", ""), "permanent"),
        (PoisonError("LRP020", ""), "poison"),
        (LreclError("LRP031", "the child died"), "poison"),
    ],
)
def test_classes(error: LreclError, word: str) -> None:
    assert category(error) == word


@pytest.mark.parametrize(
    ("body", "about"),
    [
        (b"\x00garbage", ("", "", None)),
        (pack({"kind": "raw", "version": 99, "run_id": "r"}), ("raw", "r", None)),
        (pack({"kind": 1, "run_id": ["r"], "batch_no": True}), ("", "", None)),
        (BODY, ("raw", "run-1", 3)),
    ],
)
def test_what_a_message_is_about_is_read_as_far_as_possible(body: bytes, about: tuple[Any, ...]) -> None:
    assert subject(body) == about


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-death": []},
        {"x-death": "yesterday"},
        {"x-death": ["yesterday"]},
        {"lrecl-code": None},
        {"lrecl-code": "LRP020", "lrecl-attempts": "many", "lrecl-last-failed-at": "soon", "lrecl-earlier": "long ago"},
        {"lrecl-code": "LRP020", "lrecl-earlier": ["x", {"at": 3}], "lrecl-replays": {}},
    ],
)
def test_nonsense_in_the_headers_hides_nothing(headers: dict[str, Any]) -> None:
    read = letter(headers, b"garbage")
    assert (read.id, read.size) == (letter_id(b"garbage"), 7)
    letter(headers_for_replay(headers, read))
    letter(headers_after_failure(headers, b"garbage", ERROR, "s"))
