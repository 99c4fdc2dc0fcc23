"""Arguments and options that several commands have."""

from __future__ import annotations

import getpass
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer

SCHEMA: Final = os.environ.get("LRECL_DB_CONTROL_SCHEMA", "LRECL")
"""The schema of tables that a job names without one."""

DEFAULT_JOBS: Final = Path("jobs")

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_AGE: Final = re.compile(r"(\d{1,9})([smhdw])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def identifier(text: str) -> str:
    """``text`` if it can be an id: what names one place of the API must not lead to another."""
    if not _ID.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is not an id.")
    return text


def instant(text: str) -> str:
    """A date, a time or an age such as ``2h``, as ISO 8601 in UTC. A time without a zone is local."""
    age = _AGE.fullmatch(text)
    try:
        if age:
            moment = datetime.now(UTC) - timedelta(**{_UNITS[age[2]]: int(age[1])})
        else:
            moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = (
            f"{text!r} is not a time. Give a date, a date with a time, or an age: 2026-11-30, 2026-11-30T06:00, 2h, 3d."
        )
        raise typer.BadParameter(message) from error
    return moment.isoformat()


def requester() -> str:
    """The user who runs the command, for the audit trail."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without an entry in its passwd file
        return f"uid {os.getuid()}"


def flag(name: str, help_text: str) -> Any:
    """An option without a value."""
    return typer.Option(name, metavar="", help=help_text)


AsJson = Annotated[bool, flag("--json", "Print JSON for scripts; errors too, on standard error.")]
Job = Annotated[str, typer.Argument(metavar="JOB", help="Name of the job.")]
JobsRoot = Annotated[
    Path, typer.Option("--jobs", metavar="FOLDER", envvar="LRECL_JOBS_ROOT", help="Folder of the job definitions.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the audit trail.")]
RecordName = Annotated[
    str | None, typer.Option(metavar="NAME", help="Name of the 01 level, when the copybook has several.")
]
Run = Annotated[
    str, typer.Argument(metavar="RUN", parser=identifier, help="Id of the run; `latest` is the newest one.")
]
Wait = Annotated[bool, flag("--wait", "Show the progress until the run ends, or waits for somebody (exit code 4).")]
