"""Ends what a supervisor killed with SIGKILL leaves behind: ``python -I -S guardian.py`` with a pipe as its
input.

The supervisor writes ``+PGID`` when a process group starts and ``-PGID`` when it is gone. The end of the
pipe means that the supervisor is gone too, however it went; every group still listed is killed. The tether
already takes the children themselves; this takes their descendants (pool workers), which a parent-death
signal does not reach.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterable


def remaining(lines: Iterable[str]) -> set[int]:
    """Read ``lines`` to their end; the process groups that were announced and not withdrawn."""
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def main() -> None:
    """Wait for the end of the input, then kill every group that is left."""
    for group in remaining(sys.stdin):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
