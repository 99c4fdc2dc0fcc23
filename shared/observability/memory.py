"""Memory of this process and all its descendants, from the kernel's own figures (proc(5): VmRSS, VmHWM)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """One process; sizes in KiB."""

    name: str
    pid: int
    rss_kb: int
    peak_kb: int


def own_processes(root: int | None = None) -> list[Usage]:
    """``root`` (default: this process) first, then its descendants; a process that has just ended is left out."""
    start = root or os.getpid()
    usages = [_usage(start, "main")]
    usages += [_usage(pid, f"child-{number}") for number, pid in enumerate(_descendants(start), 1)]
    return [usage for usage in usages if usage is not None]


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in sorted(_PROC.glob(f"{pid}/task/*/children")):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:  # the thread ended between the listing and the reading
            continue
        for child in children:
            found += [child, *_descendants(child)]
    return found


def _usage(pid: int, name: str) -> Usage | None:
    try:
        lines = (_PROC / str(pid) / "status").read_text().splitlines()
    except OSError:  # it has ended
        return None
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    if "VmRSS" not in fields:  # a zombie has no memory
        return None
    return Usage(name, pid, _kib(fields["VmRSS"]), _kib(fields["VmHWM"]))


def _kib(text: str) -> int:
    return int(text.split()[0])
