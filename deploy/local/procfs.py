"""Processes as /proc (proc(5)) shows them: descendants, start time, memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")


class Memory(NamedTuple):
    """Resident memory in KiB: now (VmRSS) and the peak so far (VmHWM)."""

    rss_kb: int
    peak_kb: int


def start_time(pid: int) -> int | None:
    """When ``pid`` started, in clock ticks since boot; None when there is no such process, or it is a zombie.

    A pid with its start time identifies one process for ever; a pid alone may be reused.
    """
    fields = _stat(pid)
    return None if fields is None or fields[0] == "Z" else int(fields[19])


def family(roots: Iterable[int]) -> set[int]:
    """``roots`` and all their living descendants."""
    children: dict[int, list[int]] = {}
    for pid in _pids():
        fields = _stat(pid)
        if fields is not None:
            children.setdefault(int(fields[1]), []).append(pid)
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting.extend(children.get(pid, []))
    return found


def memory(pids: Iterable[int]) -> Memory:
    """The sums over ``pids``: shared pages count once for each process, peaks as if they were simultaneous."""
    each = [_memory(pid) for pid in pids]
    return Memory(sum(one.rss_kb for one in each), sum(one.peak_kb for one in each))


def group_members(group: int) -> list[int]:
    """The living processes of process group ``group``; zombies do not count."""
    members = []
    for pid in _pids():
        fields = _stat(pid)
        if fields is not None and fields[0] != "Z" and int(fields[2]) == group:
            members.append(pid)
    return members


def _memory(pid: int) -> Memory:
    try:
        status = (PROC / str(pid) / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return Memory(0, 0)
    values = dict(line.split(":", 1) for line in status.splitlines() if line.startswith("Vm"))
    return Memory(_kilobytes(values.get("VmRSS", "0 kB")), _kilobytes(values.get("VmHWM", "0 kB")))


def _kilobytes(value: str) -> int:
    return int(value.split()[0])


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())


def _stat(pid: int) -> list[str] | None:
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the command in parentheses, which may itself contain blanks and parentheses.
    return text.rpartition(")")[2].split()
