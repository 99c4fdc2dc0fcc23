"""Targets and what was measured against them, as one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

Figures = dict[str, Any]


class Verdict(NamedTuple):
    """One row of the table; ``met`` is None where there is no target, only a figure."""

    what: str
    target: str
    measured: str
    met: bool | None = None


_WORDS = {True: "met", False: "NOT MET", None: ""}


def table(verdicts: Sequence[Verdict]) -> str:
    """The verdicts in columns, and how many targets were missed."""
    lines = [("what", "target", "measured", "verdict"), *((*row[:3], _WORDS[row.met]) for row in verdicts)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    text.insert(1, "  ".join("-" * width for width in widths))
    judged = [row.met for row in verdicts if row.met is not None]
    return "\n".join([*text, "", f"{judged.count(True)} of {len(judged)} targets met"])
