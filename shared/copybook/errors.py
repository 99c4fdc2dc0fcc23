"""The catalogue of copybook errors: the family LRC.

The meaning of a code never changes. Every error is a ``CopybookError``. Its message has source, line and column
(1-based, in the user's text), and its remedy says what to do next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from shared.errors import CopybookError


class Position(NamedTuple):
    """A place in a source: its name, and line and column from 1."""

    source: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One row of the catalogue: the stable code, what it means, and what to do about it."""

    code: str
    meaning: str
    remedy: str


TOO_LARGE: Final = Problem("LRC001", "The text is larger than any copybook.", "Split it, or check the path.")
BAD_INDICATOR: Final = Problem(
    "LRC002",
    "Column 7 is not an indicator of the fixed reference format.",
    "Use a blank, *, /, D or - in column 7, or set reference_format to free.",
)
BAD_CONTINUATION: Final = Problem(
    "LRC003",
    "A continuation line has no line to continue, or a literal is continued without its quotation mark.",
    "Begin the continued part of a literal with the same quotation mark, after a hyphen in column 7.",
)
OPEN_LITERAL: Final = Problem(
    "LRC004", "A literal is not closed on its line.", "Close it, or continue it with a hyphen in column 7."
)
BAD_COPY: Final = Problem(
    "LRC005",
    "A COPY statement is not understood.",
    "Write COPY member [OF library] [REPLACING ==old== BY ==new==].",
)
COPY_NOT_FOUND: Final = Problem(
    "LRC006", "A COPY member is in none of the copybook folders.", "Add its folder to the copybook folders."
)
COPY_OUTSIDE: Final = Problem(
    "LRC007", "A COPY member is outside the copybook folders.", "Name a member inside these folders."
)
COPY_CYCLE: Final = Problem("LRC008", "A COPY member copies itself.", "Remove the cycle of COPY statements.")
COPY_UNREADABLE: Final = Problem(
    "LRC009", "A COPY member cannot be read.", "Check that it is a file and that lrecl may read it."
)
NOT_AN_ENTRY: Final = Problem(
    "LRC010",
    "A data description entry does not begin with a level number.",
    "Begin it with 01 to 49, 66, 77 or 88.",
)
MISSING_PERIOD: Final = Problem(
    "LRC011",
    "An entry does not end in a period.",
    "End every data description entry with a period and a space.",
)
BAD_LEVEL: Final = Problem(
    "LRC012",
    "A level number is not valid, or not valid here.",
    "Use 01 to 49, 66, 77 or 88, with higher numbers for children.",
)
BAD_NAME: Final = Problem(
    "LRC013", "A data name is not valid.", "Use letters, digits and inner hyphens, with at least one letter."
)
UNKNOWN_CLAUSE: Final = Problem(
    "LRC014", "A clause is not understood.", "Check its spelling, and the period of the entry before it."
)
DUPLICATE_CLAUSE: Final = Problem("LRC015", "A clause is given twice.", "Keep one of them.")
BAD_CLAUSE: Final = Problem("LRC016", "A clause is not complete, or not allowed here.", "Complete or remove it.")
BAD_PICTURE: Final = Problem(
    "LRC017", "A picture string is not valid.", "See PICTURE clause, Enterprise COBOL Language Reference."
)
TOO_MANY_DIGITS: Final = Problem("LRC018", "A number has too many digits.", "Check the picture's repetition counts.")
USAGE_CONFLICT: Final = Problem("LRC019", "Picture and usage conflict.", "Use a numeric picture, or remove the usage.")
NO_PICTURE: Final = Problem(
    "LRC020",
    "An item has neither a picture nor items below it.",
    "Add a PICTURE, or items below it.",
)
PICTURE_ON_GROUP: Final = Problem(
    "LRC021", "An item with a picture has items below it.", "Correct the level numbers or remove the picture."
)
BAD_OCCURS: Final = Problem(
    "LRC022", "An OCCURS clause is not valid.", "Write OCCURS n, or OCCURS m TO n DEPENDING ON counter."
)
BAD_REDEFINES: Final = Problem(
    "LRC023",
    "A REDEFINES clause does not name the item whose storage it shares.",
    "Put it directly after the item that it redefines, at the same level, without other storage between them.",
)
BAD_COUNTER: Final = Problem(
    "LRC024",
    "The counter of a table of variable length is not valid.",
    "Name an integer in the same record that comes before the table and is not in another table.",
)
UNKNOWN_NAME: Final = Problem("LRC025", "A name is not in the record.", "Check its spelling and the record.")
AMBIGUOUS_NAME: Final = Problem("LRC026", "A name stands for several items.", "Qualify it: NAME OF GROUP.")
BAD_RENAMES: Final = Problem(
    "LRC027",
    "A RENAMES clause does not cover a range of storage.",
    "Name a first item and a last item after it, both outside tables.",
)
EMPTY: Final = Problem("LRC028", "There is no data description in the text.", "Check the path and the format.")
UNKNOWN_RECORD: Final = Problem("LRC029", "The copybook has no such record.", "Choose one of its records.")
TOO_MANY_ITEMS: Final = Problem("LRC030", "There are too many items.", "Split the copybook.")
TOO_MANY_OCCURRENCES: Final = Problem("LRC031", "The tables have too many elements.", "Check the OCCURS clauses.")
RECORD_TOO_LONG: Final = Problem("LRC032", "The record is too long.", "Check pictures and OCCURS clauses.")
DUPLICATE_RECORD: Final = Problem(
    "LRC033", "Two records have the same name.", "Rename one, or load the copybooks one by one."
)
BAD_VALUE: Final = Problem("LRC034", "A VALUE clause is not understood.", "Use a literal or a figurative constant.")

CATALOGUE: Final = {problem.code: problem for problem in list(globals().values()) if isinstance(problem, Problem)}
"""All problems by their codes, for documentation and tests."""


def failure(problem: Problem, message: str, at: Position, remedy: str = "") -> CopybookError:
    """The error for ``problem`` at ``at``. ``remedy`` replaces the remedy of the catalogue."""
    place = f"{at.source}, line {at.line}, column {at.column}: " if at.line else f"{at.source}: "
    return CopybookError(
        problem.code,
        place + message,
        line=at.line,
        column=at.column,
        remedy=remedy or problem.remedy,
        source=at.source,
    )


def shown(text: str, limit: int = 40) -> str:
    """A part of the user's text for a message: in quotes, cut, and with visible control characters."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return ascii(cut) if not cut.isprintable() else f"'{cut}'"
