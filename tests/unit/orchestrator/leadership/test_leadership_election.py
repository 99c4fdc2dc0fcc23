"""The thread that seeks and renews the lease: no error ends it, and while it fails everybody can see it."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.orchestrator.leadership.election import Election
from services.orchestrator.store.leases import Fence, LeaseLost
from shared.database.errors import classify
from shared.runtime import workers
from tests.support.waiting import wait_until


class LeaseStandIn:
    """A lease that is free; ``errors`` come first, one at each look."""

    holder = "o-1"

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self.released: list[Any] = []
        self.looks = 0

    def seek(self) -> Fence:
        self._look()
        return Fence(1, "o-1", SimpleNamespace())  # type: ignore[arg-type]  # nobody checks it

    def renew(self, _fence: Fence) -> bool:
        self._look()
        return True

    def release(self, fence: Fence) -> None:
        self.released.append(fence.number)

    def _look(self) -> None:
        self.looks += 1
        if self.errors:
            raise self.errors.pop(0)


class TermStandIn:
    def __init__(self) -> None:
        self.calls: list[str] = []

    def begin(self) -> None:
        self.calls.append("begin")

    def close(self, _grace: float) -> None:
        self.calls.append("close")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_FIRST_PAUSE", 0.05)


@pytest.fixture
def lease() -> LeaseStandIn:
    return LeaseStandIn()


@pytest.fixture
def terms() -> list[TermStandIn]:
    return []


@pytest.fixture
def election(lease: LeaseStandIn, terms: list[TermStandIn]) -> Iterator[Election]:
    def make_term(_fence: Fence) -> TermStandIn:
        terms.append(TermStandIn())
        return terms[-1]

    made = Election(lease, make_term, 0.04)  # type: ignore[arg-type]  # stand-ins
    yield made
    made.close(1)


def down() -> float | None:
    return REGISTRY.get_sample_value("lrecl_worker_down", {"worker": "lease"})


@pytest.mark.parametrize("error", [RuntimeError("bug"), SystemExit(1), MemoryError()])
def test_no_error_ends_the_thread_and_it_is_down_until_a_look_succeeds(
    election: Election, lease: LeaseStandIn, error: BaseException
) -> None:
    assert not election.healthy
    lease.errors = [error] * 3
    election.start()
    wait_until(lambda: down() == 1.0)
    assert not election.healthy
    wait_until(lambda: election.term is not None and election.healthy)
    assert down() == 0.0


@pytest.mark.parametrize("state", ["08001", "58008", "42601"])
def test_a_database_that_refuses_is_asked_again(election: Election, lease: LeaseStandIn, state: str) -> None:
    lease.errors = [classify(state, -1, "no")] * 3
    election.start()
    wait_until(lambda: election.term is not None)
    assert election.healthy, "that was foreseen"
    assert lease.looks >= 4


def test_a_lost_lease_ends_the_term_and_the_next_one_begins(
    election: Election, lease: LeaseStandIn, terms: list[TermStandIn]
) -> None:
    election.start()
    wait_until(lambda: len(terms) == 1)
    lease.errors.append(LeaseLost("LRR023", "lost"))
    wait_until(lambda: len(terms) == 2)
    assert terms[0].calls == ["begin", "close"]


def test_the_lease_is_given_back_at_the_end(election: Election, lease: LeaseStandIn, terms: list[TermStandIn]) -> None:
    election.start()
    wait_until(lambda: election.term is not None)
    election.close(1)
    assert (lease.released, terms[0].calls, down()) == ([1], ["begin", "close"], None)
