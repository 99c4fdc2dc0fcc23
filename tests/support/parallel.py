"""How pytest-xdist's workers share the tests: what needs one stack, broker or database goes to one worker.

``scripts/test`` runs two workers. Each starts a stack once, on first use, so tests of one group must not be spread over
both. The groups come first, the longest ones before the others; the files of the other suites fill the rest of the time.
"""

from __future__ import annotations

from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

GROUPS: Final = (
    "tests/faults/",
    "tests/acceptance/test_cobol_oracle.py",
    "tests/acceptance/",
    "tests/integration/messaging/",
    "tests/integration/",
    "tests/containers/",
    "tests/fuzz/",
)
"""Beginnings of node ids. A test belongs to the first that fits, in the order in which the groups are begun."""


class GroupScheduling(LoadScopeScheduling):
    """Hands out groups and, of all other tests, files."""

    def _split_scope(self, nodeid: str) -> str:
        rank = _rank(nodeid)
        return GROUPS[rank] if rank < len(GROUPS) else nodeid.partition("::")[0]


def longest_first(items: list[pytest.Item]) -> None:
    """Bring the tests into the order in which the workers take them; within a group it stays as it is."""
    items.sort(key=lambda item: _rank(item.nodeid))


def _rank(nodeid: str) -> int:
    return next((rank for rank, group in enumerate(GROUPS) if nodeid.startswith(group)), len(GROUPS))
