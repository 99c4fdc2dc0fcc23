"""A writer's thread and its connection: which errors make it connect anew."""

from __future__ import annotations

from typing import Any

import pytest

from services.writer import worker
from services.writer.settings import WriterSettings
from services.writer.transaction import WriteOutcome
from services.writer.worker import WriterThread
from shared.database.errors import classify
from shared.errors import PoisonError
from shared.messaging.settings import BrokerSettings
from shared.observability.run_log import RunLog


class ConnectionStandIn:
    """In place of a ``BatchWriter``: raises the next error, if there is one."""

    made: list[ConnectionStandIn]
    errors: list[Exception]

    def __init__(self, *_: object) -> None:
        self.closed = False
        self.made.append(self)

    def write(self, _load: object) -> WriteOutcome:
        if self.errors:
            raise self.errors.pop(0)
        return WriteOutcome.WRITTEN

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("error", "connections"),
    [
        (classify("08001", -30081, "away"), 2),
        (classify("57011", -964, "full"), 2),
        (classify("58008", -30000, "full"), 2),
        (classify("25502", -20001, "read-only"), 2),
        (RuntimeError("bug"), 2),
        (classify("40001", -911, "deadlock"), 1),
        (classify("22001", -433, "too long"), 1),
        (PoisonError("LRP040", "another checksum"), 1),
    ],
)
def test_the_next_try_has_a_new_connection_where_the_old_one_may_be_broken(
    error: Exception, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ConnectionStandIn.made, ConnectionStandIn.errors = [], [error]
    monkeypatch.setattr(worker, "BatchWriter", ConnectionStandIn)
    thread = WriterThread("w-1", WriterSettings(), BrokerSettings(), RunLog())
    load: Any = object()
    with pytest.raises(type(error)):
        thread._write(load)
    assert thread._write(load) is WriteOutcome.WRITTEN
    assert [one.closed for one in ConnectionStandIn.made] == [True, False][-connections:]
