"""What a dead letter says about itself: its id, the reason, the attempts, the times, and what happened to it before.

A service that dead-letters a message gives the letter headers of its own (``lrecl-…``). The broker dead-letters a
message that was delivered too often, when no service lived to say why: such a letter has only RabbitMQ's ``x-death``,
and its reason is read from that. The body is never changed.

A letter gets its id when a service makes it, and keeps it in a header over every replay, so two copies of one message
that both fail are two letters with two ids. A letter of the broker has the id that follows from its queue and from the
message id, of which every message that lrecl publishes has one of its own.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from pika import data as pika_data
from pydantic import BaseModel, ConfigDict

from shared.errors import LreclError, PermanentError, PoisonError, TransientError
from shared.messaging.messages import CODE_BYTES, SERVICE_BYTES
from shared.messaging.wire import unpack
from shared.texts import cut_text

Headers = dict[str, Any]

BROKER: Final = "broker"
"""In place of a service's name, where the broker made the letter."""

_CODE, _CLASS, _MESSAGE = "lrecl-code", "lrecl-class", "lrecl-message"
_REMEDY, _SERVICE, _LAST = "lrecl-remedy", "lrecl-service", "lrecl-last-failed-at"
_REASON: Final = (_CODE, _CLASS, _MESSAGE, _REMEDY, _SERVICE, _LAST)
_RUN, _BATCH = "lrecl-run-id", "lrecl-batch-no"
_ATTEMPTS, _FIRST = "lrecl-attempts", "lrecl-first-failed-at"
_REPLAYS, _EARLIER = "lrecl-replays", "lrecl-earlier"
_LETTER: Final = "lrecl-letter-id"
_ID_BYTES: Final = 6
_ID: Final = re.compile(r"[0-9a-f]{12}")
_COUNTERS: Final = ("x-delivery-count", "x-acquired-count")
"""Set by a queue for its own deliveries; carried along they would count towards another queue's limit."""

_MOST: Final = 1_000_000_000
"""A larger count in a header is nonsense: anybody may send any number, and one too large could not be counted on."""

_TEXT: Final = 4_000
_WORD: Final = 64
_EARLIER_KEPT: Final = 10
_BROKER_REMEDY: Final = (
    "The services that worked on it ended each time. Look for killed or crashing services in their logs, then replay."
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
    """Kind, run and batch of any message, also of one that is poison; empty for a message that is not lrecl's."""
    try:
        header, _ = unpack(body)
    except PoisonError:
        return Subject()
    kind, run_id, batch_no = (header.get(name) for name in ("kind", "run_id", "batch_no"))
    return Subject(
        cut_text(kind, _TEXT) if isinstance(kind, str) else "",
        cut_text(run_id, _TEXT) if isinstance(run_id, str) else "",
        batch_no if type(batch_no) is int and 0 <= batch_no < 1 << 63 else None,
    )


def letter_id(queue: str, headers: Mapping[str, Any], body: bytes, message_id: str | None = None) -> str:
    """The letter's name for operators, 12 hex digits: from its header, else from its queue and message.

    Without a ``message_id``, as in a message that lrecl did not publish, it follows from the body. Letters that are
    equal in all of this have one id here; ``numbered_id`` tells them apart.
    """
    named = message_id.encode() if isinstance(message_id, str) else body
    return _given_id(headers) or _digest(queue.encode(), named)


def numbered_id(letter: str, number: int) -> str:
    """The id of the letter that is the ``number``-th of one queue with the id ``letter``; the first keeps that id."""
    return letter if number == 1 else _digest(letter.encode(), str(number).encode())


def failed_deliveries(headers: Mapping[str, Any]) -> int:
    """How often the queue delivered the message before without success, as the broker counts (``x-delivery-count``)."""
    return _number(headers, _COUNTERS[0])


def category(error: LreclError) -> str:
    """The error's class in a word; what nobody classified would fail again and counts as poison."""
    if isinstance(error, TransientError):
        return "transient"
    return "permanent" if isinstance(error, PermanentError) else "poison"


def headers_after_failure(headers: Mapping[str, Any], body: bytes, error: LreclError, service: str) -> Headers:
    """The headers of the letter that ``service`` makes because of ``error``; the message's own headers are kept."""
    moment, about = datetime.now(UTC).isoformat(), subject(body)
    made = _carried(headers) | {
        _LETTER: _given_id(headers) or secrets.token_hex(_ID_BYTES),
        _CODE: error.code,
        _CLASS: category(error),
        _MESSAGE: cut_text(error.message, _TEXT),
        _REMEDY: cut_text(error.remedy, _TEXT),
        _SERVICE: service,
        _RUN: about.run_id,
        _ATTEMPTS: _number(headers, _ATTEMPTS) + _deliveries(headers),
        _FIRST: _text(headers, _FIRST) or moment,
        _LAST: moment,
    }
    return made if about.batch_no is None else made | {_BATCH: about.batch_no}


def headers_for_replay(headers: Mapping[str, Any], letter: DeadLetter) -> Headers:
    """The headers of a letter that goes back to its work queue: the reason becomes history, the id stays."""
    failure = {"code": letter.code, "message": letter.message, "at": letter.last_failed_at.isoformat()}
    kept = {name: value for name, value in _carried(headers).items() if name not in _REASON}
    return kept | {
        _LETTER: letter.id,
        _ATTEMPTS: letter.attempts,
        _FIRST: letter.first_failed_at.isoformat(),
        _REPLAYS: letter.replays + 1,
        _EARLIER: [*_earlier(headers), failure][-_EARLIER_KEPT:],
    }


def read_letter(
    queue: str, headers: Mapping[str, Any], body: bytes, delivery_limit: int, message_id: str | None = None
) -> DeadLetter:
    """What the letter in the dead-letter queue of ``queue`` says about itself."""
    about = subject(body)
    past = [failure for failure in _earlier(headers) if isinstance(failure, dict)]
    reason = _services_reason(headers) if _text(headers, _CODE) else _brokers_reason(headers, delivery_limit)
    return DeadLetter(
        id=letter_id(queue, headers, body, message_id),
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
        "code": _text(headers, _CODE, CODE_BYTES),
        "category": _text(headers, _CLASS, _WORD),
        "message": _text(headers, _MESSAGE),
        "remedy": _text(headers, _REMEDY),
        "service": _text(headers, _SERVICE, SERVICE_BYTES),
        "attempts": _number(headers, _ATTEMPTS),
        "last_failed_at": _moment(headers.get(_LAST)),
    }


def _brokers_reason(headers: Mapping[str, Any], delivery_limit: int) -> dict[str, Any]:
    """From the newest entry of ``x-death`` (RabbitMQ, Dead Letter Exchanges: Effects on Messages)."""
    deaths = headers.get("x-death")
    death = deaths[0] if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict) else {}
    word = cut_text(str(death.get("reason", "unknown")), _WORD).replace("_", "-")
    deliveries = delivery_limit + 1 if word == "delivery-limit" else 1
    return {
        "code": "LRP050",
        "category": word,
        "message": f"the broker dead-lettered the message ({word}) after {deliveries} deliveries",
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
    return {name: value for name, value in headers.items() if name not in _COUNTERS and _can_be_sent(name, value)}


def _can_be_sent(name: str, value: object) -> bool:
    """Whether pika can encode the header: it decodes more than it encodes, and the letter matters more."""
    try:
        pika_data.encode_table([], {name: value})
    except Exception:
        return False
    return True


def _given_id(headers: Mapping[str, Any]) -> str:
    found = _text(headers, _LETTER)
    return found if _ID.fullmatch(found) else ""


def _digest(*parts: bytes) -> str:
    return hashlib.blake2b(b"\0".join(parts), digest_size=_ID_BYTES).hexdigest()


def _earlier(headers: Mapping[str, Any]) -> list[Any]:
    found = headers.get(_EARLIER)
    return found if isinstance(found, list) else []


# Anybody may publish anything with any headers. A header of another type must not keep other letters from being read,
# and a long one must not be longer than the columns of faults and of the audit trail.


def _text(headers: Mapping[str, Any], name: str, size: int = _TEXT) -> str:
    return cut_text(str(headers.get(name, "")), size)


def _number(headers: Mapping[str, Any], name: str) -> int:
    found = headers.get(name)
    return found if isinstance(found, int) and 0 <= found <= _MOST else 0


def _moment(value: object) -> datetime:
    """RabbitMQ's times are whole seconds of UTC without a zone, lrecl's are ISO 8601; else the epoch."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
