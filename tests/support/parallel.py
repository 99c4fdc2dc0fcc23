"""How pytest-xdist divides the tests among its workers: tests that use the same stack run in the same worker.

Each worker starts the stack, broker or database that a test needs once, on first use. A group of tests that share one
is therefore given to a worker as a whole. Groups are started first, the longest before the others. All other tests are
given out file by file and fill the remaining time.
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
"""Prefixes of node ids, in the order in which the groups are started. A test belongs to the first that matches."""


class GroupScheduling(LoadScopeScheduling):
    """Gives groups and, for all other tests, files to the workers."""

    def _split_scope(self, nodeid: str) -> str:
        rank = _rank(nodeid)
        return GROUPS[rank] if rank < len(GROUPS) else nodeid.partition("::")[0]


def longest_first(items: list[pytest.Item]) -> None:
    """Sort the tests into the order in which the workers get them; the order within a group is kept."""
    items.sort(key=lambda item: _rank(item.nodeid))


def _rank(nodeid: str) -> int:
    return next((rank for rank, group in enumerate(GROUPS) if nodeid.startswith(group)), len(GROUPS))
