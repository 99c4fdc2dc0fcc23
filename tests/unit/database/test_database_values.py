"""Control sessions: nothing reaches the driver that would end the process in it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from shared.database.errors import DataRefused, encoded
from shared.database.session import Session


@pytest.fixture
def executed() -> list[Any]:
    return []


@pytest.fixture
def session(executed: list[Any]) -> Session:
    cursor = SimpleNamespace(
        execute=lambda *given: executed.append(given),
        close=lambda: None,
        rowcount=1,
        description=(),
        fetchone=lambda: None,
    )
    made = Session.__new__(Session)
    made._connection = SimpleNamespace(cursor=lambda: cursor)
    return made


@pytest.mark.parametrize("value", ["\udcff", "a\ud800b", 2**63, -(2**63) - 1, 10**30])
@pytest.mark.parametrize("method", ["query", "execute"])
def test_what_has_no_form_in_the_driver_is_refused_before_it(
    session: Session, executed: list[Any], method: str, value: object
) -> None:
    with pytest.raises(DataRefused, match="cannot be given to the database") as caught:
        getattr(session, method)("VALUES ?", ("a", value))
    assert caught.value.code == "LRB016"
    str(caught.value).encode()
    assert executed == []


def test_a_statement_is_checked_too(session: Session, executed: list[Any]) -> None:
    with pytest.raises(DataRefused):
        session.execute("VALUES '\udcff'")
    assert executed == []


def test_everything_else_reaches_the_driver(session: Session, executed: list[Any]) -> None:
    values = ("\U0001f600", 2**63 - 1, -(2**63), None, True)
    assert session.execute("VALUES ?", list(values)) == 1
    assert session.query("VALUES ?", values) == []
    assert executed == [("VALUES ?", values)] * 2


def test_texts_for_the_array_insert() -> None:
    assert encoded("ü") == b"\xc3\xbc"
    with pytest.raises(DataRefused, match=r"holds \\udcff, which is not a character"):
        encoded("a\udcff")
