"""Benchmarks by name, each in a process of its own, and one table of what they found against the targets.

A missed target is said in the table and is no failure: whether the machine was busy is for the reader to judge.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.verdicts import Figures, Verdict, table

BENCHMARKS = ("decode", "shaping", "transform", "write", "chain")
_MISSED = 1


def figures_of(name: str) -> Figures:
    """What one benchmark measured; SystemExit when it broke down."""
    print(f"{name} …", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", f"tests.benchmarks.{name}", "--json"]
    ended = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if ended.returncode not in (0, _MISSED) or not ended.stdout:
        raise SystemExit(f"the benchmark {name!r} broke down (exit code {ended.returncode})")
    figures: Figures = json.loads(ended.stdout)
    return figures


def verdicts_of(name: str, figures: Figures) -> list[Verdict]:
    verdicts: list[Verdict] = importlib.import_module(f"tests.benchmarks.{name}").verdicts(figures)
    return verdicts


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("names", nargs="+", choices=BENCHMARKS, metavar="NAME", help=" or ".join(BENCHMARKS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    options = parser.parse_args()
    found = {name: figures_of(name) for name in options.names}
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    print(table([verdict for name, figures in found.items() for verdict in verdicts_of(name, figures)]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
