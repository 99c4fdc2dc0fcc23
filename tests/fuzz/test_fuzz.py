"""Mutated inputs of every kind give results, rejects or coded errors: no other exception, no hang, no memory growth.

Short unless LRECL_FUZZ=long (``scripts/test fuzz --long``): then 100,000 copybooks and 1,000,000 records. A finding
names the number of its input; ``python -m tests.fuzz TARGET --number N`` shows it again.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.errors import LreclError, PoisonError
from tests.fuzz import campaign
from tests.fuzz.campaign import GROWTH_MB, run
from tests.fuzz.targets import TARGETS

PEAK_MB = 512
Record = Callable[[str, object], None]
UNITS = {
    "copybooks": (4_000, 100_000),
    "records": (15_000, 1_000_000),
    "transforming": (5_000, 300_000),
    "rows": (4_000, 300_000),
    "compressed": (500, 20_000),
    "jobs": (100, 10_000),
    "messages": (3_000, 300_000),
}
"""Of each target: short, long."""


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("name", TARGETS)
def test_only_results_and_coded_errors(name: str, tmp_path: Path, record_property: Record) -> None:
    units = UNITS[name][os.environ.get("LRECL_FUZZ") == "long"]
    found = run(TARGETS[name](tmp_path), units)
    record_property(name, str(found))
    assert not found.findings, "\n".join(found.findings.values())
    assert found.units >= units
    assert found.growth_mb < GROWTH_MB, f"{found.growth_mb:.0f} MB more than after the first quarter"
    assert found.peak_mb < PEAK_MB


class Broken:
    """A target with an error that nobody coded, a loop without end, and an assertion that fails."""

    units = 1
    refusals: tuple[type[LreclError], ...] = (PoisonError,)

    def make(self, dice: random.Random) -> int:
        return dice.randrange(2)

    def hold(self, case: int) -> Counter[str]:
        raise PoisonError("LRP001", "coded") if case else ValueError("not coded")


class Endless(Broken):
    def hold(self, case: int) -> Counter[str]:
        while case >= 0:
            pass
        return Counter()


def test_an_error_without_a_code_is_a_finding() -> None:
    found = run(Broken(), 40)
    assert found.outcomes["LRP001"] + found.outcomes["FINDING"] == 40
    assert 0 < found.outcomes["FINDING"] < 40
    (finding,) = found.findings.values()
    assert "ValueError: not coded" in finding


def test_a_hang_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "CPU_SECONDS", 0.05)
    found = run(Endless(), 1)
    (finding,) = found.findings.values()
    assert "Hang" in finding
