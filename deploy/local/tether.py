"""Runs a command that is killed when its supervisor ends: ``python -I -S tether.py SUPERVISOR_PID COMMAND ARGUMENT…``.

PR_SET_PDEATHSIG (prctl(2)) must be set in the child itself and survives execve. A small program of its own does that
because ``preexec_fn`` is not safe in a supervisor with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Have the kernel kill this process when its parent ends, then execute the command."""
    supervisor, command = int(sys.argv[1]), sys.argv[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        sys.exit(f"tether: prctl failed: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != supervisor:
        sys.exit("tether: the supervisor has ended")
    try:
        os.execvp(command[0], command)  # noqa: S606 - replaces this process by the command, without a shell
    except OSError as error:
        sys.exit(f"tether: cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
