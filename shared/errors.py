"""The one tree of lrecl's errors, and what each family means for the work at hand.

    LreclError                    a coded error: what, where, what to do next
    ├── TransientError            try again after a pause, bounded            (broker gone, deadlock, time-out)
    ├── PermanentError            stop the run and say why                    (wrong job, unreadable file)
    │   ├── JobError              LRJnnn  the job definition
    │   ├── CopybookError         LRCnnn  the COBOL text, with line and column
    │   ├── InputError            LRFnnn  the file and its record format, with offset and hex
    │   ├── ReconciliationError   LRRnnn  figures that should be equal are not
    │   └── RequestError          LRQnnn  what the operator asked for cannot be done (HTTP status inside)
    ├── SuspectError              the worker died over a message: try again, soon dead-letter it
    └── PoisonError               LRPnnn  a message that cannot be worked on: dead-letter it

Data errors are not exceptions: a record that cannot be decoded or breaks a rule becomes a reject (families LRD
and LRV), so that the other records of its batch go on.
"""

from __future__ import annotations

from typing import ClassVar, Final


class LreclError(Exception):
    """Something went wrong that lrecl can name.

    ``code`` is stable across versions and documented; ``remedy`` says what to do next; ``context`` holds the data
    that broke (file, offset, field, hex …) for structured logs and the API.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, code: str, message: str, *, remedy: str = "", **context: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.context = context

    def __str__(self) -> str:
        hint = f" {self.remedy}" if self.remedy else ""
        return f"{self.code}: {self.message}{hint}"


class TransientError(LreclError):
    """It may work when tried again: the world was not ready."""


class PermanentError(LreclError):
    """Trying again cannot help: somebody must change something."""


class JobError(PermanentError):
    """The job definition is wrong; ``line`` and ``key`` are in the context where known."""


class CopybookError(PermanentError):
    """The copybook is wrong or not understood; ``line`` and ``column`` (1-based) are in the context."""

    def __init__(
        self, code: str, message: str, *, line: int = 0, column: int = 0, remedy: str = "", **more: object
    ) -> None:
        super().__init__(code, message, remedy=remedy, line=line, column=column, **more)
        self.line = line
        self.column = column


class InputError(PermanentError):
    """The file does not have the promised form; ``path``, ``offset`` and ``hex`` are in the context where known."""


class ReconciliationError(PermanentError):
    """Figures that must be equal differ; the differing figures are in the context."""


class RequestError(PermanentError):
    """The request cannot be carried out; ``status`` is the HTTP status the API answers with."""

    def __init__(self, code: str, message: str, *, status: int = 400, remedy: str = "", **more: object) -> None:
        super().__init__(code, message, remedy=remedy, **more)
        self.status = status


class SuspectError(LreclError):
    """Work on this message ended in a way that it may have caused: it gets no more tries than the delivery limit."""


class PoisonError(LreclError):
    """This message cannot be worked on by anybody; it belongs in the dead-letter queue with this reason."""


UNFORESEEN: Final = "LRP032"


def unforeseen(error: Exception) -> PoisonError:
    """An error that nobody foresaw, as the reason of a dead letter: it would come again with the same message."""
    remedy = "Report this as a bug; the service's log has the traceback."
    return PoisonError(UNFORESEEN, f"unexpected {type(error).__name__}: {error}", remedy=remedy)
