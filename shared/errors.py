"""The tree of lrecl's errors, and what a program does about each class.

    LreclError                    a coded error: what is wrong, where, and what to do next
    ├── TransientError            try again after a pause, a limited number of times  (no broker, deadlock, time-out)
    ├── PermanentError            stop the run and report the reason                  (wrong job, unreadable file)
    │   ├── JobError              LRJnnn  the job definition
    │   ├── CopybookError         LRCnnn  the COBOL text, with line and column
    │   ├── InputError            LRFnnn  the file and its record format, with offset and hex
    │   ├── TableError            LRRnnn  an existing table does not fit the job, or one is missing
    │   ├── ReconciliationError   LRRnnn  figures that should be equal are not
    │   └── RequestError          LRQnnn  a request that cannot be carried out, with its HTTP status
    ├── SuspectError              the worker died over a message: try again, soon dead-letter it
    └── PoisonError               LRPnnn  a message that cannot be processed: dead-letter it

Data errors are not exceptions: a record that does not decode or breaks a rule becomes a reject (families LRD and LRV),
and the other records of its batch are loaded.
"""

from __future__ import annotations

from typing import ClassVar, Final


class LreclError(Exception):
    """An error with a code.

    ``code`` is documented and stays the same in all versions. ``remedy`` is a sentence that says what to do next.
    ``context`` has the data at fault (file, offset, field, hex …) for structured logs and the API.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, code: str, message: str, *, remedy: str = "", **context: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.context = context

    def __str__(self) -> str:
        return f"{self.code}: {sentences(self.message, self.remedy)}"


class TransientError(LreclError):
    """The same action can succeed later."""


class PermanentError(LreclError):
    """The same action fails again until something is changed."""


class JobError(PermanentError):
    """The job definition is wrong. The context has ``line`` and ``key`` where they are known."""


class CopybookError(PermanentError):
    """The copybook is wrong or not understood. The context has ``line`` and ``column``, both 1-based."""

    def __init__(
        self, code: str, message: str, *, line: int = 0, column: int = 0, remedy: str = "", **more: object
    ) -> None:
        super().__init__(code, message, remedy=remedy, line=line, column=column, **more)
        self.line = line
        self.column = column


class InputError(PermanentError):
    """The file does not match the job. The context has ``path``, ``offset`` and ``hex`` where they are known."""


class TableError(PermanentError):
    """A table of the job is missing or does not fit it. The context has ``faults``, where there are several."""


class ReconciliationError(PermanentError):
    """Figures that must be equal differ."""


class RequestError(PermanentError):
    """The request cannot be carried out. ``status`` is the HTTP status of the API's answer."""

    def __init__(self, code: str, message: str, *, status: int = 400, remedy: str = "", **more: object) -> None:
        super().__init__(code, message, remedy=remedy, **more)
        self.status = status


class SuspectError(LreclError):
    """Work on this message ended in a way that it may have caused: it gets no more tries than the delivery limit."""


class PoisonError(LreclError):
    """No service can process this message. It goes to the dead-letter queue with this reason."""


UNFORESEEN: Final = "LRP032"


def unforeseen(error: Exception) -> PoisonError:
    """An unexpected error as the reason of a dead letter, because the same message would cause it again."""
    remedy = "Report this as a bug; the service's log has the traceback."
    return PoisonError(UNFORESEEN, f"unexpected {type(error).__name__}: {error}", remedy=remedy)


def sentences(message: str, remedy: str) -> str:
    """Message and remedy as two sentences.

    >>> sentences("the file is empty", "Check the transfer.")
    'the file is empty. Check the transfer.'
    """
    if not remedy:
        return message
    end = "" if message.endswith((".", "!", "?", "…", ":")) else "."
    return f"{message}{end} {remedy}"
