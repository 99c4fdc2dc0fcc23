"""Kills the process groups of a supervisor that was itself killed: ``python -I -S guardian.py`` with a pipe as input.

The supervisor writes ``+PGID`` when a process group starts and ``-PGID`` when it has ended. The end of the pipe means
that the supervisor has ended, in whatever way; every group still listed is then killed. The tether ends the children
themselves; the guardian ends their descendants (pool children), which a parent-death signal does not reach.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterable


def remaining(lines: Iterable[str]) -> set[int]:
    """Read ``lines`` to their end; the process groups that started and have not ended."""
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def main() -> None:
    """Wait for the end of the input, then kill every group that has not ended."""
    for group in remaining(sys.stdin):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
