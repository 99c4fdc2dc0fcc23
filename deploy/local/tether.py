"""Runs a command that dies with its supervisor: ``python -I -S tether.py SUPERVISOR_PID COMMAND ARGUMENT…``.

PR_SET_PDEATHSIG (prctl(2)) must be set in the child itself and survives execve. Doing it here, in a small
program of its own, spares the supervisor a ``preexec_fn``, which is not safe in a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent, then become the command."""
    supervisor, command = int(sys.argv[1]), sys.argv[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        sys.exit(f"tether: prctl failed: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != supervisor:
        sys.exit("tether: the supervisor ended meanwhile")
    try:
        os.execvp(command[0], command)  # noqa: S606 - becoming the command without a shell is the point
    except OSError as error:
        sys.exit(f"tether: cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
