"""Job folders for tests: a small copybook and a definition that tests change."""

from __future__ import annotations

from pathlib import Path

from shared.jobs.compile import CompiledJob, compile_job
from shared.jobs.load import JobSource, load_job

JOBS = Path(__file__).parents[2] / "jobs"

COPYBOOK = """\
       01  PAYMENT.
           05  PAY-ID          PIC 9(06).
           05  PAY-KIND        PIC X(02).
           05  PAY-AMOUNT      PIC S9(07)V99 COMP-3.
           05  PAY-DATE        PIC X(08).
           05  PAY-DAY-PARTS   REDEFINES PAY-DATE.
               10  PAY-YEAR    PIC 9(04).
               10  PAY-REST    PIC 9(04).
           05  PAY-COUNT       PIC S9(04) COMP.
"""

DEFINITION = """\
job: payments
copybook: {path: payment.cpy}
fields:
  PAY-DATE: {type: date, format: YYYYMMDD}
rules:
  - {field: PAY-KIND, in_list: [AA, BB]}
target:
  staging_table: STG_PAYMENTS
  final_table: PAYMENTS
  key: [PAY_ID]
control:
  totals: [PAY-AMOUNT]
  side_file: "{name}.ctl"
"""


def write_job(root: Path, definition: str = DEFINITION, copybook: str = COPYBOOK) -> Path:
    """The jobs folder ``root`` with the job ``payments`` in it."""
    folder = root / "payments"
    folder.mkdir()
    (folder / "job.yaml").write_text(definition, encoding="utf-8")
    (folder / "payment.cpy").write_text(copybook, encoding="utf-8")
    return root


def payments(root: Path, definition: str = DEFINITION, copybook: str = COPYBOOK) -> tuple[JobSource, CompiledJob]:
    """The job ``payments``, loaded and compiled."""
    return compiled(write_job(root, definition, copybook), "payments")


def compiled(jobs_root: Path, name: str) -> tuple[JobSource, CompiledJob]:
    """The job ``name``, loaded and compiled."""
    source = load_job(jobs_root, name)
    return source, compile_job(source, "LRECL")


ORDERS = """\
       01  REC.
           05  KIND            PIC X(01).
           05  HEAD.
               10  CUST        PIC 9(05).
               10  NAME        PIC X(10).
           05  LINE REDEFINES HEAD.
               10  ITEM        PIC S9(05) COMP-3.
               10  NOTES       PIC 9(01).
               10  NOTE        PIC X(04) OCCURS 0 TO 3 DEPENDING ON NOTES.
               10  NAME        PIC X(02).
"""

TYPED = """\
job: payments
input: {record_format: V, encoding: ascii}
copybook: {path: payment.cpy}
records:
  HEADS:
    when: {KIND: H}
    target: {staging_table: S_HEADS, final_table: HEADS, key: [CUST]}
  LINES:
    when: {KIND: [L, M]}
    redefines: [LINE]
    parent: HEADS
    inherit: {CUST: HEADS.CUST}
    target: {staging_table: S_LINES, final_table: LINES, key: [CUST, ITEM]}
  REST: {}
control:
  totals: [LINES.ITEM]
"""
"""A job with three record types, the last of which is not loaded."""


def typed(root: Path, *changes: tuple[str, str], copybook: str = ORDERS) -> CompiledJob:
    """The job ``TYPED``, changed and compiled."""
    definition = TYPED
    for old, new in changes:
        assert old in definition
        definition = definition.replace(old, new)
    return payments(root, definition, copybook)[1]


def changed(root: Path, sections: str, copybook: str = COPYBOOK) -> CompiledJob:
    """The job ``payments`` with further sections, compiled."""
    return payments(root, sections + DEFINITION, copybook)[1]
