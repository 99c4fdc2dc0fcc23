"""What the database contains of a batch, read without the writer's code."""
# ruff: noqa: S608 - the names in the statements are the tests' own

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.writer.transaction import Load
from shared.database.session import Row, Session


@dataclass(frozen=True)
class Stored:
    """Counts of one run: ledger rows, rows in all staging tables, rejects."""

    ledger: int
    staged: int
    rejects: int


NOTHING = Stored(0, 0, 0)


def stored(session: Session, load: Load) -> Stored:
    """What is committed of the load's run."""
    run, schema = load.message.run_id, session_schema(load)
    staged = sum(_count(session, table.table, run) for table in load.message.tables)
    return Stored(_count(session, f"{schema}.BATCH", run), staged, _count(session, f"{schema}.REJECT", run))


def ledger_row(session: Session, load: Load) -> Row:
    """The batch's row of the ledger."""
    sql = f"SELECT * FROM {session_schema(load)}.BATCH WHERE RUN_ID = ? AND BATCH_NO = ?"
    (row,) = session.query(sql, (load.message.run_id, load.message.batch_no))
    session.commit()
    return row


def session_schema(load: Load) -> str:
    """The schema of the load's tables."""
    return load.message.tables[0].table.partition(".")[0]


def _count(session: Session, table: str, run: str) -> int:
    (row,) = session.query(f"SELECT COUNT(*) AS N FROM {table} WHERE RUN_ID = ?", (run,))
    session.commit()
    count: Any = row["n"]
    return int(count)
