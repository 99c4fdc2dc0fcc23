"""The program of a family, in fixed format.

Started with ``W`` it takes values from the file ``given`` (records of ``TEXT_LENGTH`` bytes), moves them, tells on
standard output what the items now hold, and writes the record to ``records``. Started with ``R`` it reads ``records``
and tells the same. Before the values of the first record, whose tables must be full, it tells the record's length, and
offset and length of every item.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.acceptance.oracle.family import Family, Item, Kind
from tests.acceptance.oracle.values import TEXT_LENGTH, WORK_FORMS, work_form

ABSENT = "(absent)"

_HEAD = f"""\
       IDENTIFICATION DIVISION.
       PROGRAM-ID. ORACLE.
       ENVIRONMENT DIVISION.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
           SELECT GIVEN ASSIGN TO "given"
               ORGANIZATION IS SEQUENTIAL.
           SELECT DATA-FILE ASSIGN TO "records"
               ORGANIZATION IS SEQUENTIAL.
       DATA DIVISION.
       FILE SECTION.
       FD  GIVEN.
       01  GIVEN-TEXT PIC X({TEXT_LENGTH}).
"""
_WORKING = f"""\
       WORKING-STORAGE SECTION.
       01  PROGRAM-MODE PIC X.
       01  PLACES-ARE-TOLD PIC X VALUE "N".
       01  PLACE USAGE POINTER.
       01  PLACE-NUMBER REDEFINES PLACE PIC 9(18) COMP-5.
       01  BASE-NUMBER PIC 9(18) COMP-5.
       01  TOLD-OFFSET PIC 9(9).
       01  TOLD-LENGTH PIC 9(9).
       01  TOLD-TEXT PIC X({TEXT_LENGTH}).
"""
_MAIN = """\
       PROCEDURE DIVISION.
       MAIN-PART.
           ACCEPT PROGRAM-MODE FROM COMMAND-LINE
           IF PROGRAM-MODE = "W" PERFORM WRITE-RECORDS
           ELSE PERFORM READ-RECORDS.
           STOP RUN.
       WRITE-RECORDS.
           OPEN INPUT GIVEN
           OPEN OUTPUT DATA-FILE
           PERFORM WRITE-RECORD {rows} TIMES
           CLOSE GIVEN DATA-FILE.
       READ-RECORDS.
           OPEN INPUT DATA-FILE
           PERFORM READ-RECORD {rows} TIMES
           CLOSE DATA-FILE.
       READ-RECORD.
           READ DATA-FILE AT END DISPLAY "END" END-READ
           PERFORM TELL-RECORD.
       WRITE-RECORD.
           {blanking}
           PERFORM MOVE-VALUES
           PERFORM TELL-RECORD
           WRITE REC.
       TELL-RECORD.
           IF PLACES-ARE-TOLD = "N" PERFORM TELL-PLACES END-IF
           MOVE "Y" TO PLACES-ARE-TOLD
           PERFORM TELL-VALUES.
"""


def source_of(family: Family) -> str:
    """The source text, which copies ``record.cpy``."""
    lines = [_HEAD, "       FD  DATA-FILE.", '       COPY "record.cpy".', _WORKING]
    for name in ("GIVEN", "TOLD"):
        lines += [_number_item(name, form) for form in range(len(WORK_FORMS))]
    # A counter without digits makes the length of the record any number.
    blanking = "CONTINUE" if family.variable else "MOVE LOW-VALUES TO REC"
    lines += [_MAIN.format(rows=family.rows, blanking=blanking), *_places(family), *_moves(family), *_tellings(family)]
    return "\n".join(line.rstrip("\n") for line in lines) + "\n"


def _number_item(name: str, form: int) -> str:
    left, right = WORK_FORMS[form]
    picture = f"S9({left})V9({right})" if right else f"S9({left})"
    return f"       01  {name}-{form} PIC {picture}\n           SIGN IS LEADING SEPARATE."


def _places(family: Family) -> Iterator[str]:
    yield "       TELL-PLACES."
    yield "           SET PLACE TO ADDRESS OF REC"
    yield "           MOVE PLACE-NUMBER TO BASE-NUMBER"
    yield "           MOVE LENGTH OF REC TO TOLD-LENGTH"
    yield "           DISPLAY TOLD-LENGTH"
    for item in family.items:
        yield f"           SET PLACE TO ADDRESS OF {item.reference}"
        yield "           COMPUTE TOLD-OFFSET = PLACE-NUMBER - BASE-NUMBER"
        yield f"           MOVE FUNCTION LENGTH ({item.reference}) TO TOLD-LENGTH"
        yield '           DISPLAY TOLD-OFFSET " " TOLD-LENGTH'
    yield "           ."


def _moves(family: Family) -> Iterator[str]:
    yield "       MOVE-VALUES."
    for item in family.moved:
        yield '           READ GIVEN AT END DISPLAY "END" END-READ'
        yield from _when(item, _move(item))
    yield "           ."


def _move(item: Item) -> Iterator[str]:
    if item.kind is Kind.TEXT:
        yield f"           MOVE GIVEN-TEXT TO {item.reference}"
        return
    name = f"GIVEN-{work_form(item.element.field)}"
    yield f"           MOVE GIVEN-TEXT TO {name} (1:)"
    yield f"           MOVE {name} TO {item.reference}"


def _when(item: Item, statements: Iterator[str], otherwise: str = "CONTINUE") -> Iterator[str]:
    """The statements, where the item is in the record."""
    if not item.present:
        yield from statements
        return
    yield f"           IF {item.present}"
    yield from statements
    yield f"           ELSE {otherwise} END-IF"


def _tellings(family: Family) -> Iterator[str]:
    yield "       TELL-VALUES."
    for item in family.items:
        yield from _when(item, _telling(item), otherwise=f'DISPLAY "{ABSENT}"')
    yield "           ."


def _telling(item: Item) -> Iterator[str]:
    """One line: a number as sign and digits, a text as it is; an edited number as text and then as number."""
    if item.kind is Kind.FLOAT:
        yield f"           DISPLAY {item.reference}"
        return
    if item.kind is not Kind.NUMBER:
        yield f"           MOVE {item.reference} TO TOLD-TEXT"
        yield "           DISPLAY TOLD-TEXT" + (" WITH NO ADVANCING" if item.kind is Kind.EDITED else "")
    if item.kind is not Kind.TEXT:
        name = f"TOLD-{work_form(item.element.field)}"
        yield f"           MOVE {item.reference} TO {name}"
        yield f"           DISPLAY {name} (1:)"
