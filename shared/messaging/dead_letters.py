"""What a dead letter says about itself: the reason, the attempts, the times, and what happened to it before.

A service puts a message aside with headers of its own (``lrecl-…``). The broker puts one aside when it was delivered
too often and nobody lived to say why: such a letter has only RabbitMQ's ``x-death``, and the reason is read from that.
The body is never changed, so a letter keeps its id over every replay, and two copies of a message share one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from shared.errors import LreclError, PermanentError, PoisonError, TransientError
from shared.messaging.wire import unpack

Headers = dict[str, Any]

BROKER: Final = "broker"
"""In place of a service's name, where the broker put the message aside."""

_CODE, _CLASS, _MESSAGE = "lrecl-code", "lrecl-class", "lrecl-message"
_REMEDY, _SERVICE, _LAST = "lrecl-remedy", "lrecl-service", "lrecl-last-failed-at"
_REASON: Final = (_CODE, _CLASS, _MESSAGE, _REMEDY, _SERVICE, _LAST)
_RUN, _BATCH = "lrecl-run-id", "lrecl-batch-no"
_ATTEMPTS, _FIRST = "lrecl-attempts", "lrecl-first-failed-at"
_REPLAYS, _EARLIER = "lrecl-replays", "lrecl-earlier"
_COUNTERS: Final = ("x-delivery-count", "x-acquired-count")
"""Set by a queue for its own deliveries; carried along they would count towards another queue's limit."""

_TEXT: Final = 4_000
_EARLIER_KEPT: Final = 10
_BROKER_REMEDY: Final = (
    "Whoever worked on it ended each time: look for killed or crashing services in their logs, then replay."
)


class EarlierFailure(BaseModel):
    """Why the message was dead-lettered before it was replayed."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    at: str


class DeadLetter(BaseModel):
    """One letter without its body. ``queue`` is the work queue it belongs to; ``run_id`` is empty where unknown.

    ``category`` is the error's class (``poison``, ``permanent``, ``transient``) or the broker's reason
    (``delivery-limit``). ``attempts`` counts deliveries, those before earlier replays among them.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    queue: str
    kind: str
    run_id: str
    batch_no: int | None
    code: str
    category: str
    message: str
    remedy: str
    service: str
    attempts: int
    replays: int
    first_failed_at: datetime
    last_failed_at: datetime
    size: int
    earlier: list[EarlierFailure]


class Subject(NamedTuple):
    """What a message is about, as far as its header can be read."""

    kind: str = ""
    run_id: str = ""
    batch_no: int | None = None


def subject(body: bytes) -> Subject:
    """Kind, run and batch of any message, also of one that is poison; empty for what is none of lrecl's."""
    try:
        header, _ = unpack(body)
    except PoisonError:
        return Subject()
    kind, run_id, batch_no = (header.get(name) for name in ("kind", "run_id", "batch_no"))
    return Subject(
        kind if isinstance(kind, str) else "",
        run_id if isinstance(run_id, str) else "",
        batch_no if type(batch_no) is int else None,
    )


def letter_id(body: bytes) -> str:
    """The letter's name for operators: 48 bits of the body's BLAKE2b, in hex."""
    return hashlib.blake2b(body, digest_size=6).hexdigest()


def category(error: LreclError) -> str:
    """The error's class in a word; what nobody classified would fail again and counts as poison."""
    if isinstance(error, TransientError):
        return "transient"
    return "permanent" if isinstance(error, PermanentError) else "poison"


def headers_after_failure(headers: Mapping[str, Any], body: bytes, error: LreclError, service: str) -> Headers:
    """The headers of a message that ``service`` puts aside because of ``error``; earlier ones are kept."""
    moment, about = datetime.now(UTC).isoformat(), subject(body)
    made = _carried(headers) | {
        _CODE: error.code,
        _CLASS: category(error),
        _MESSAGE: error.message[:_TEXT],
        _REMEDY: error.remedy[:_TEXT],
        _SERVICE: service,
        _RUN: about.run_id,
        _ATTEMPTS: _number(headers, _ATTEMPTS) + _deliveries(headers),
        _FIRST: headers.get(_FIRST, moment),
        _LAST: moment,
    }
    return made if about.batch_no is None else made | {_BATCH: about.batch_no}


def headers_for_replay(headers: Mapping[str, Any], letter: DeadLetter) -> Headers:
    """The headers of a letter on its way back to work: its reason becomes history, a later one will be told apart."""
    failure = {"code": letter.code, "message": letter.message, "at": letter.last_failed_at.isoformat()}
    kept = {name: value for name, value in _carried(headers).items() if name not in _REASON}
    return kept | {
        _ATTEMPTS: letter.attempts,
        _FIRST: letter.first_failed_at.isoformat(),
        _REPLAYS: letter.replays + 1,
        _EARLIER: [*_earlier(headers), failure][-_EARLIER_KEPT:],
    }


def read_letter(queue: str, headers: Mapping[str, Any], body: bytes, delivery_limit: int) -> DeadLetter:
    """What the letter in the dead-letter queue of ``queue`` says of itself."""
    about = subject(body)
    past = [failure for failure in _earlier(headers) if isinstance(failure, dict)]
    reason = _services_reason(headers) if _CODE in headers else _brokers_reason(headers, delivery_limit)
    return DeadLetter(
        id=letter_id(body),
        queue=queue,
        kind=about.kind,
        run_id=about.run_id,
        batch_no=about.batch_no,
        replays=_number(headers, _REPLAYS),
        first_failed_at=_moment(headers[_FIRST]) if _FIRST in headers else reason["last_failed_at"],
        size=len(body),
        earlier=[EarlierFailure(**{name: _text(one, name) for name in ("code", "message", "at")}) for one in past],
        **reason,
    )


def _services_reason(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": _text(headers, _CODE),
        "category": _text(headers, _CLASS),
        "message": _text(headers, _MESSAGE),
        "remedy": _text(headers, _REMEDY),
        "service": _text(headers, _SERVICE),
        "attempts": _number(headers, _ATTEMPTS),
        "last_failed_at": _moment(headers.get(_LAST)),
    }


def _brokers_reason(headers: Mapping[str, Any], delivery_limit: int) -> dict[str, Any]:
    """From the newest entry of ``x-death`` (RabbitMQ, Dead Letter Exchanges: Effects on Messages)."""
    deaths = headers.get("x-death")
    death = deaths[0] if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict) else {}
    word = str(death.get("reason", "unknown")).replace("_", "-")
    deliveries = delivery_limit + 1 if word == "delivery-limit" else 1
    return {
        "code": "LRP050",
        "category": word,
        "message": f"the broker put the message aside ({word}) after {deliveries} deliveries",
        "remedy": _BROKER_REMEDY,
        "service": BROKER,
        "attempts": _number(headers, _ATTEMPTS) + deliveries,
        "last_failed_at": _moment(death.get("time")),
    }


def _deliveries(headers: Mapping[str, Any]) -> int:
    """Deliveries of the message in hand: RabbitMQ counts failed ones, from 4.3 on also all of them."""
    failed, acquired = (_number(headers, name) for name in _COUNTERS)
    return max(failed + 1, acquired)


def _carried(headers: Mapping[str, Any]) -> Headers:
    return {name: value for name, value in headers.items() if name not in _COUNTERS}


def _earlier(headers: Mapping[str, Any]) -> list[Any]:
    found = headers.get(_EARLIER)
    return found if isinstance(found, list) else []


# Anybody may publish anything with any headers: what is no such value shall not keep the other letters from being read.


def _text(headers: Mapping[str, Any], name: str) -> str:
    return str(headers.get(name, ""))


def _number(headers: Mapping[str, Any], name: str) -> int:
    found = headers.get(name)
    return found if isinstance(found, int) else 0


def _moment(value: object) -> datetime:
    """RabbitMQ's times are whole seconds of UTC without a zone, lrecl's are ISO 8601; else the epoch."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
