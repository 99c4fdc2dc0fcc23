"""What a dead letter says of itself, over failures, replays and failures again, whoever put it aside."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pika
import pytest
from pika.spec import BasicProperties

from shared.errors import JobError, LreclError, PoisonError, TransientError
from shared.messaging.dead_letters import (
    category,
    failed_deliveries,
    headers_after_failure,
    headers_for_replay,
    letter_id,
    numbered_id,
    read_letter,
    subject,
)
from shared.messaging.topology import PROCESSED, RAW
from shared.messaging.wire import pack

BODY = pack({"kind": "raw", "run_id": "run-1", "batch_no": 3}, {"records": b"x"})
ERROR = PoisonError("LRP020", "cut in two", remedy="Look at it.")
DEATH = {"queue": RAW, "reason": "delivery_limit", "count": 1, "time": datetime(2026, 11, 21, 12)}


def letter(headers: dict[str, Any], body: bytes = BODY, message_id: str | None = None) -> Any:
    return read_letter(RAW, headers, body, 8, message_id)


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
        (pack({"kind": "raw", "run_id": "\ud800", "batch_no": 1 << 63}), ("raw", "\\ud800", None)),
        (pack({"kind": "raw", "run_id": "r", "batch_no": -1}), ("raw", "r", None)),
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
    assert (read.id, read.size) == (letter_id(RAW, headers, b"garbage"), 7)
    letter(headers_for_replay(headers, read))
    letter(headers_after_failure(headers, b"garbage", ERROR, "s"))


class TestIds:
    def test_two_letters_of_one_message_have_two_ids(self) -> None:
        """As after a crash between letter and acknowledgement, or when a queue holds two copies of the message."""
        first, second = (headers_after_failure({}, BODY, ERROR, "processor-1") for _ in range(2))
        assert letter(first).id != letter(second).id
        assert letter(first).id == letter(first, b"of any body").id

    def test_the_same_bytes_in_two_queues_are_two_letters(self) -> None:
        """Garbage that the broker dead-lettered: it has nothing of its own but its bytes and its queue."""
        assert letter_id(RAW, {}, b"garbage") != letter_id(PROCESSED, {}, b"garbage")
        assert letter_id(RAW, {}, b"garbage") != letter_id(RAW, {}, b"other garbage")

    def test_letters_of_the_broker_are_told_apart_by_their_message_ids(self) -> None:
        dead = {"x-death": [DEATH]}
        assert letter(dead, message_id="a").id != letter(dead, message_id="b").id
        assert letter(dead, message_id="a").id == letter(dead, message_id="a").id

    @pytest.mark.parametrize("headers", [{"x-death": [DEATH]}, headers_after_failure({}, BODY, ERROR, "s")])
    def test_an_id_stays_the_same_over_replays_whoever_fails_next(self, headers: dict[str, Any]) -> None:
        """Each replay is a new message with another message id."""
        first = letter(headers, message_id="first")
        replayed = headers_for_replay(headers, first)
        assert letter(replayed | {"x-death": [DEATH]}, message_id="second").id == first.id
        again = headers_after_failure(replayed, BODY, ERROR, "s")
        assert letter(again, message_id="third").id == first.id

    def test_equal_letters_of_one_queue_are_numbered(self) -> None:
        ids = [numbered_id("0" * 12, number) for number in range(1, 1_000)]
        assert ids[0] == "0" * 12
        assert len(set(ids)) == len(ids)
        assert {len(one) for one in ids} == {12}

    @pytest.mark.parametrize("given", ["", "no id", "0" * 13, "G" * 12, 7, None, b"0" * 12])
    def test_what_is_no_id_is_not_taken_for_one(self, given: Any) -> None:
        assert letter({"lrecl-letter-id": given}).id == letter({}).id
        made = headers_after_failure({"lrecl-letter-id": given}, BODY, ERROR, "s")
        assert made["lrecl-letter-id"] not in ("", given)


class TestOddHeaders:
    """Whatever headers a message has, a letter can be made of it and read again."""

    @pytest.mark.parametrize(
        "headers",
        [
            {"x-delivery-count": "abc"},
            {"x-delivery-count": -5, "x-acquired-count": 1 << 63},
            {"x-delivery-count": [1], "x-acquired-count": {"a": 1}},
            {"lrecl-attempts": (1 << 63) - 1},
            {"lrecl-replays": (1 << 63) - 1, "lrecl-first-failed-at": 7},
            {"lrecl-replays": 1_000_000_000},
            {"scale": Decimal("1e-300"), "large": 1 << 64, "float": 1.5},
            {b"\xff": "key"},
            {"bytes": b"\xff", "nothing": None, "nested": {"deeper": [1, {"b": True}]}},
        ],
    )
    def test_a_letter_is_made_and_replayed(self, headers: dict[Any, Any]) -> None:
        made = headers_after_failure(headers, BODY, ERROR, "s")
        read = letter(sent(made))
        assert (read.code, read.run_id, read.batch_no) == ("LRP020", "run-1", 3)
        replayed = sent(headers_for_replay(sent(made), read))
        assert letter(replayed).replays != read.replays, "so that a replay knows the letter when it comes back"
        assert letter(sent(headers_after_failure(replayed, BODY, ERROR, "s"))).id == read.id

    @pytest.mark.parametrize(
        ("value", "count"), [("abc", 0), (None, 0), (True, 1), (-1, 0), (3, 3), (1 << 62, 0), (1.5, 0)]
    )
    def test_failed_deliveries_are_a_number_whatever_the_header_says(self, value: Any, count: int) -> None:
        assert failed_deliveries({"x-delivery-count": value}) == count
        assert failed_deliveries({}) == 0

    def test_half_a_surrogate_pair_is_escaped(self) -> None:
        error = PoisonError("LRP004", "found \ud800", remedy="\udfff")
        body = pack({"kind": "\ud800", "run_id": "\ud800"})
        read = letter(sent(headers_after_failure({}, body, error, "s")), body)
        assert (read.message, read.remedy, read.run_id) == ("found \\ud800", "\\udfff", "\\ud800")


def sent(headers: dict[str, Any]) -> dict[str, Any]:
    """The headers as they arrive."""
    encoded = b"".join(pika.BasicProperties(headers=headers).encode())
    return dict(BasicProperties().decode(encoded).headers)
