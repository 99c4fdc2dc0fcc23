"""What is wrong with a job: every fault with its file, line, key and code, gathered so that one error shows them all.

The parts of a job are checked one by one, and each check raises a JobError or CopybookError for what it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from functools import reduce
from typing import Final, ParamSpec, TypeVar

from shared.errors import CopybookError, JobError, LreclError, sentences

P = ParamSpec("P")
T = TypeVar("T")

JOB_FILE: Final = "job.yaml"
_MOST_NEAR: Final = 3
_LEAST_PART: Final = 3
_ALIKE: Final = 0.65
_NEARLY_AS_LIKE: Final = 0.15
_UNKNOWN_PAGE: Final = "LRD901"


@dataclass(frozen=True, slots=True)
class JobFault:
    """One mistake in a job: in ``line`` (1-based) of ``file``, at ``key`` (its path, joined by dots; may be empty)."""

    file: str
    line: int
    key: str
    code: str
    message: str
    remedy: str = ""

    @property
    def place(self) -> str:
        """File, line and key, for messages."""
        return ", ".join((self.file, f"line {self.line}", *((self.key,) if self.key else ())))

    def error(self) -> JobError:
        """The error that shows this fault alone."""
        message = f"{self.place}: {self.message}"
        return JobError(self.code, message, remedy=self.remedy, line=self.line, key=self.key, faults=[asdict(self)])


class Faults:
    """Gathers the faults of a job while its parts are checked.

    Of several faults of one code at one place only the first is kept, and an unknown code page is named once: the
    others follow from it.
    """

    def __init__(self) -> None:
        self._errors: list[JobError | CopybookError] = []

    def __bool__(self) -> bool:
        return bool(self._errors)

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Takes note of a JobError or CopybookError that is raised within, and goes on behind it."""
        try:
            yield
        except (JobError, CopybookError) as error:
            self._errors.append(error)

    def attempt(self, check: Callable[P, T], *args: P.args, **options: P.kwargs) -> T | None:
        """What ``check`` returns; None when it raised, which is noted."""
        try:
            return check(*args, **options)
        except (JobError, CopybookError) as error:
            self._errors.append(error)
            return None

    def add(self, error: JobError | CopybookError) -> None:
        """Take note of an error."""
        self._errors.append(error)

    def note(self, fault: JobFault) -> None:
        """Take note of one fault."""
        self._errors.append(fault.error())

    def refuse(self) -> None:
        """Raise the error that shows everything that was gathered; do nothing when that is nothing."""
        if self._errors:
            raise self.error()

    def error(self) -> JobError | CopybookError:
        """One error for all that was gathered: a single one as it was raised, several as one JobError.

        Its code is the one that all have, or LRJ013; ``faults`` in its context are all of them, those of the job
        definition first, by line.
        """
        faults = list(_distinct(fault for error in self._errors for fault in faults_of(error)))
        if len(faults) == 1:
            return next((error for error in self._errors if faults_of(error) == faults), faults[0].error())
        codes = {fault.code for fault in faults}
        code, first = codes.pop() if len(codes) == 1 else "LRJ013", faults[0]
        return JobError(
            code,
            _summary(faults, code),
            remedy="Correct all of them, then try again.",
            line=first.line,
            key=first.key,
            faults=[asdict(fault) for fault in faults],
        )


def faults_of(error: LreclError) -> list[JobFault]:
    """The faults that an error about a job shows: those in its context, or the error itself."""
    listed = error.context.get("faults")
    if isinstance(listed, list):
        return [JobFault(**one) for one in listed]
    if isinstance(error, CopybookError):
        file = str(error.context.get("source", ""))
        message = error.message.removeprefix(f"{file}, line {error.line}, ").removeprefix(f"{file}: ")
        return [JobFault(file, error.line, "copybook", error.code, message, error.remedy)]
    return [JobFault("", 0, "", error.code, error.message, error.remedy)]


def _distinct(faults: Iterable[JobFault]) -> Iterator[JobFault]:
    """In the order in which they are shown, without those that only follow from another."""
    seen: set[tuple[object, ...]] = set()
    for fault in sorted(faults, key=lambda fault: (not fault.file.endswith(JOB_FILE), fault.file, fault.line)):
        marks: set[tuple[object, ...]] = {(fault.file, fault.line, fault.key, fault.code)}
        if fault.code == _UNKNOWN_PAGE:
            marks.add((fault.code, fault.message))
        if not marks & seen:
            yield fault
        seen |= marks


def _summary(faults: list[JobFault], code: str) -> str:
    """All faults in one text, for a reader who sees nothing else."""
    texts = [f"{faults[0].file} has {len(faults)} mistakes"]
    for fault in faults:
        own = "" if fault.code == code else f" ({fault.code})"
        texts.append(f"{_shown_place(fault, faults[0].file)}{own}: {fault.message}")
        if fault.remedy not in texts:
            texts.append(fault.remedy)
    return reduce(sentences, filter(None, texts))


def _shown_place(fault: JobFault, file: str) -> str:
    """The fault's place, without the file where it is ``file``."""
    return fault.place.removeprefix(f"{file}, ").replace("line", "Line", 1) if fault.file == file else fault.place


def near_names(name: str, known: Iterable[str]) -> list[str]:
    """Up to three of the known names that ``name`` may have been meant to be, the likeliest first."""
    likeness = {other: _likeness(name.upper(), other.upper()) for other in known}
    least = max(likeness.values(), default=0.0) - _NEARLY_AS_LIKE
    near = sorted((other for other, like in likeness.items() if like and like >= least), key=lambda one: -likeness[one])
    return near[:_MOST_NEAR]


def _likeness(name: str, other: str) -> float:
    """From 0 to 1 (see difflib); 0 for names that are not much alike, unless one is in the other."""
    like = SequenceMatcher(None, name, other).ratio()
    shorter, longer = sorted((name, other), key=len)
    return like if like >= _ALIKE or (len(shorter) >= _LEAST_PART and shorter in longer) else 0.0


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """The remedy for an unknown name: names that come close, or ``otherwise``."""
    near = near_names(name, known)
    return f"Did you mean {', '.join(near)}?" if near else otherwise
