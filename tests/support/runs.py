"""Rows of RUN, for tests of services that only read a run's state."""
# ruff: noqa: S608 - the names in the statements are the tests' own

from __future__ import annotations

from shared.database.session import Session

_TEXTS = (
    "JOB", "FILE_PATH", "FILE_DIGEST", "JOB_DIGEST", "COPYBOOK_DIGEST", "CONTROL_FIGURES", "REQUESTED_BY",
)  # fmt: skip
_NUMBERS = ("FORCED", "FILE_BYTES", "FILE_MTIME_NS")


def insert_run(session: Session, schema: str, run_id: str, state: str) -> None:
    """Commit a row for the run, with nothing in its other columns."""
    names = ", ".join((*_TEXTS, *_NUMBERS))
    values = ", ".join((*["''"] * len(_TEXTS), *["0"] * len(_NUMBERS)))
    session.execute(
        f"INSERT INTO {schema}.RUN (RUN_ID, STATE, {names}, CREATED_AT, UPDATED_AT) "
        f"VALUES (?, ?, {values}, CURRENT TIMESTAMP, CURRENT TIMESTAMP)",
        (run_id, state),
    )
    session.commit()


def move_run(session: Session, schema: str, run_id: str, state: str) -> None:
    """Move the run in the open transaction; the row stays exclusively locked until the commit."""
    assert session.execute(f"UPDATE {schema}.RUN SET STATE = ? WHERE RUN_ID = ?", (state, run_id)) == 1
