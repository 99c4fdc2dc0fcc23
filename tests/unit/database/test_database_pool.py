"""Sessions handed out: kept when good, dropped when broken, never shared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shared.database import pool as pool_module
from shared.database.errors import classify
from shared.database.pool import SessionPool
from shared.database.settings import DatabaseSettings


class FakeSession:
    """Counts what the pool does with a session."""

    made: list[FakeSession]

    def __init__(self, _settings: DatabaseSettings) -> None:
        self.closed = False
        self.made.append(self)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> SessionPool:
    FakeSession.made = []
    monkeypatch.setattr(pool_module, "Session", FakeSession)
    return SessionPool(DatabaseSettings())


def test_a_session_is_used_again(pool: SessionPool) -> None:
    with pool.session() as first:
        pass
    with pool.session() as second:
        assert second is first


def test_two_users_have_two_sessions(pool: SessionPool) -> None:
    with pool.session() as first, pool.session() as second:
        assert first is not second


def test_a_session_survives_its_users_error(pool: SessionPool) -> None:
    with pytest.raises(ZeroDivisionError), pool.session():
        raise ZeroDivisionError
    with pool.session():
        assert len(FakeSession.made) == 1


@pytest.mark.parametrize(("state", "number"), [("08003", 0), ("57011", -964), ("58008", -30000), ("XSLA4", -20001)])
def test_a_session_that_broke_or_met_a_full_disk_is_dropped(pool: SessionPool, state: str, number: int) -> None:
    with pytest.raises(Exception, match="gone"), pool.session():
        raise classify(state, number, "gone")
    with pool.session():
        assert [session.closed for session in FakeSession.made] == [True, False]


def test_closing_closes_the_idle(pool: SessionPool) -> None:
    with pool.session():
        pass
    pool.close()
    assert FakeSession.made[0].closed
