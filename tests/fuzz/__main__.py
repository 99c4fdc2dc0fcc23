"""One target for as long as wanted, or one of its inputs again: ``python -m tests.fuzz copybooks --number 4711``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.fuzz.campaign import dice_of, run
from tests.fuzz.targets import TARGETS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--units", type=int, default=1_000, help="inputs, or records where an input has many")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--number", type=int, help="only this input, with its traceback")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        target = TARGETS[options.target](Path(folder))
        if options.number is not None:
            case = target.make(dice_of(options.seed, options.number))
            print(repr(case)[:4_000], flush=True)
            print(target.hold(case))
            return 0
        found = run(target, options.units, options.seed, options.first)
    print(found)
    for finding in found.findings.values():
        print(f"  {finding}")
    return 1 if found.findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
