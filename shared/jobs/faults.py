"""The faults of a job, each with file, line, key and code, gathered so that one error shows all of them.

The parts of a job are checked one by one. Each check raises a JobError or CopybookError for what it finds.
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
_SHORTEST_PART: Final = 3
_SIMILAR: Final = 0.65
_NEARLY_AS_SIMILAR: Final = 0.15
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
        """The error for this fault alone."""
        message = f"{self.place}: {self.message}"
        return JobError(self.code, message, remedy=self.remedy, line=self.line, key=self.key, faults=[asdict(self)])


class Faults:
    """Gathers the faults of a job while its parts are checked.

    Of several faults with one code at one key only the first is kept, and an unknown code page is reported once.
    """

    def __init__(self) -> None:
        self._errors: list[JobError | CopybookError] = []

    def __bool__(self) -> bool:
        return bool(self._errors)

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Adds a JobError or CopybookError that is raised within, and suppresses it."""
        try:
            yield
        except (JobError, CopybookError) as error:
            self._errors.append(error)

    def attempt(self, check: Callable[P, T], *args: P.args, **options: P.kwargs) -> T | None:
        """The result of ``check``; None when it raises an error, which is added."""
        try:
            return check(*args, **options)
        except (JobError, CopybookError) as error:
            self._errors.append(error)
            return None

    def add(self, error: JobError | CopybookError) -> None:
        """Add an error."""
        self._errors.append(error)

    def note(self, fault: JobFault) -> None:
        """Add a fault."""
        self._errors.append(fault.error())

    def refuse(self) -> None:
        """Raise an error with all faults, if there are any."""
        if self._errors:
            raise self.error()

    def error(self) -> JobError | CopybookError:
        """One error for all faults: a single one as it was raised, several as one JobError.

        Its code is that of all faults if they have the same, else LRJ013. The context has them as ``faults``, ordered
        by line, with those in the job definition first.
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
    """The faults in an error about a job: those in its context, or the error itself as one."""
    listed = error.context.get("faults")
    if isinstance(listed, list):
        return [JobFault(**one) for one in listed]
    if isinstance(error, CopybookError):
        file = str(error.context.get("source", ""))
        message = error.message.removeprefix(f"{file}, line {error.line}, ").removeprefix(f"{file}: ")
        return [JobFault(file, error.line, "copybook", error.code, message, error.remedy)]
    return [JobFault("", 0, "", error.code, error.message, error.remedy)]


def _distinct(faults: Iterable[JobFault]) -> Iterator[JobFault]:
    """The faults in the order in which they are shown, without those that follow from another."""
    seen: set[tuple[object, ...]] = set()
    for fault in sorted(faults, key=lambda fault: (not fault.file.endswith(JOB_FILE), fault.file, fault.line)):
        marks: set[tuple[object, ...]] = {(fault.file, fault.line, fault.key, fault.code)}
        if fault.code == _UNKNOWN_PAGE:
            marks.add((fault.code, fault.message))
        if not marks & seen:
            yield fault
        seen |= marks


def _summary(faults: list[JobFault], code: str) -> str:
    """All faults as one text."""
    texts = [f"{faults[0].file} has {len(faults)} mistakes"]
    for fault in faults:
        own = "" if fault.code == code else f" ({fault.code})"
        texts.append(f"{_shown_place(fault, faults[0].file)}{own}: {fault.message}")
        if fault.remedy not in texts:
            texts.append(fault.remedy)
    return reduce(sentences, filter(None, texts))


def _shown_place(fault: JobFault, file: str) -> str:
    """The place of a fault, without the file if that is ``file``."""
    return fault.place.removeprefix(f"{file}, ").replace("line", "Line", 1) if fault.file == file else fault.place


def near_names(name: str, known: Iterable[str]) -> list[str]:
    """Up to three known names that are similar to ``name``, the most similar first."""
    similarity = {other: _similarity(name.upper(), other.upper()) for other in known}
    least = max(similarity.values(), default=0.0) - _NEARLY_AS_SIMILAR
    near = [other for other, degree in similarity.items() if degree and degree >= least]
    return sorted(near, key=similarity.__getitem__, reverse=True)[:_MOST_NEAR]


def _similarity(name: str, other: str) -> float:
    """The similarity of two names, from 0 to 1 (see difflib); 0 if it is low, unless one name contains the other."""
    degree = SequenceMatcher(None, name, other).ratio()
    shorter, longer = sorted((name, other), key=len)
    return degree if degree >= _SIMILAR or (len(shorter) >= _SHORTEST_PART and shorter in longer) else 0.0


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """The remedy for an unknown name: known names that are similar, or ``otherwise``."""
    near = near_names(name, known)
    return f"Did you mean {', '.join(near)}?" if near else otherwise
