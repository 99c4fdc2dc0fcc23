"""Mutated job definitions and copybooks in a jobs folder: a compiled job, or a coded error."""

from __future__ import annotations

import random
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from shared.errors import CopybookError, JobError, LreclError
from shared.jobs.compile import compile_job
from shared.jobs.load import load_job
from tests.fuzz import copybooks
from tests.support.job_folders import EXAMPLES

_VALUES: Final = (
    "null ~ true no on 0 -1 1.5 1e999 .nan 0x1F 017 1_000 2024-02-30 12:30:45 2001-01-01T25:61:61Z '' ' ' \"\\x00\" [] "
    "{} [1, 2] {a: b} *a &a !!python/object:os.system !!binary !!int !!set {? a} | > - ? : @ ` % # 9999999999999999 "
    "../../etc/passwd é \ud800 YYYYMMDD decimal date cp037 cp0 utf-7 hex idna unknown X' 'DROP TABLE"
)
_PIECES: Final = tuple(_VALUES.split(" "))
_VALUE: Final = re.compile(r"(?<=: )[^\n{}\[\],]+")


class Case(NamedTuple):
    """The text of a job of that name, and of its copybook."""

    name: str
    definition: str
    copybook: str


def values(text: str, dice: random.Random) -> str:
    """Values become others."""
    share = dice.choice((0.02, 0.1))
    return _VALUE.sub(lambda found: dice.choice(_PIECES) if dice.random() < share else found[0], text)


def deep(text: str, dice: random.Random) -> str:
    """Collections in collections."""
    times = dice.choice((3, 25, 2_000))
    return text + dice.choice(("\nfields: " + "[" * times, "\nrules: " + "{a: " * times, "\n" + "- " * times))


MUTATORS: Final[tuple[Callable[[str, random.Random], str], ...]] = (
    values, values, values, deep, copybooks.characters, copybooks.lines, copybooks.numbers, copybooks.quotes,
)  # fmt: skip


class Jobs:
    """The target. ``folder`` becomes a jobs folder with a copy of every example job."""

    units = 1
    refusals: tuple[type[LreclError], ...] = (JobError, CopybookError)

    def __init__(self, folder: Path) -> None:
        self._root = folder / "jobs"
        shutil.copytree(EXAMPLES, self._root)
        self._names = sorted(path.parent.name for path in EXAMPLES.glob("*/job.yaml"))

    def make(self, dice: random.Random) -> Case:
        name = dice.choice(self._names)
        definition, copybook = self._texts(EXAMPLES, name)
        for _ in range(dice.choice((1, 1, 2, 3))):
            definition = dice.choice(MUTATORS)(definition, dice)
        if dice.random() < 0.3:
            copybook = dice.choice(copybooks.MUTATORS)(copybook, dice)
        return Case(name, definition, copybook)

    def _texts(self, root: Path, name: str) -> tuple[str, str]:
        definition, copybook = (root / name / "job.yaml"), next((root / name).glob("*.cpy"))
        return definition.read_text("utf-8"), copybook.read_text("utf-8")

    def hold(self, case: Case) -> Counter[str]:
        folder = self._root / case.name
        (folder / "job.yaml").write_bytes(case.definition.encode("utf-8", "surrogatepass"))
        next(folder.glob("*.cpy")).write_bytes(case.copybook.encode("utf-8", "surrogatepass"))
        compile_job(load_job(self._root, case.name), "LRECL")
        return Counter({"compiled": 1})
