"""How often and how long one batch is tried: by the class of the error."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from services.writer import retry_policy
from services.writer.retry_policy import RetryPolicy
from shared.database.errors import DatabaseBusy, DatabaseFull, DatabaseUnavailable, StatementFailed, classify


class Paused(threading.Event):
    """Stopping, without a wait."""

    pauses = 0

    def wait(self, timeout: float | None = None) -> bool:
        del timeout
        self.pauses += 1
        return self.is_set()


def trying(stopping: Paused, *errors: Exception) -> tuple[Any, int]:
    """The outcome of writing that meets ``errors``, then works; and how often it was tried."""
    calls = 0

    def write() -> str:
        nonlocal calls
        calls += 1
        if calls <= len(errors):
            raise errors[calls - 1]
        return "written"

    try:
        return RetryPolicy(stopping).retrying()(write), calls
    except Exception as error:
        return error, calls


DEADLOCK, AWAY, FULL = classify("40001", -911, ""), classify("08001", -30081, ""), classify("57011", -964, "")


def test_a_busy_database_gets_a_few_tries() -> None:
    assert trying(Paused(), *[DEADLOCK] * 5) == ("written", 6)
    error, calls = trying(Paused(), *[DEADLOCK] * 9)
    assert (type(error), calls) == (DatabaseBusy, 6)


@pytest.mark.parametrize(("error", "kind"), [(AWAY, DatabaseUnavailable), (FULL, DatabaseFull)])
def test_one_that_is_away_or_full_is_waited_for(
    error: Exception, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trying(Paused(), *[error] * 40) == ("written", 41)
    monkeypatch.setattr(retry_policy, "_OUTAGE_SECONDS", -1)
    raised, calls = trying(Paused(), *[error] * 40)
    assert (type(raised), calls) == (kind, 1)


def test_an_outage_uses_up_no_tries() -> None:
    assert trying(Paused(), *[AWAY] * 20, *[DEADLOCK] * 5) == ("written", 26)


def test_a_stop_is_not_held_up_by_an_outage() -> None:
    stopping = Paused()
    stopping.set()
    error, calls = trying(stopping, *[AWAY] * 5)
    assert (type(error), calls) == (DatabaseUnavailable, 1)


def test_what_is_wrong_is_not_tried_again() -> None:
    stopping = Paused()
    error, calls = trying(stopping, classify("42601", -104, ""))
    assert (type(error), calls, stopping.pauses) == (StatementFailed, 1, 0)
