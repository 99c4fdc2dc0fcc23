"""Families of structures: tables, redefinitions, what groups hand down, slack bytes, tables that a counter sizes."""

from __future__ import annotations

from decimal import Decimal

from tests.acceptance.oracle.family import IBM, Family, structure


def _counts(*numbers: int) -> tuple[Decimal, ...]:
    return tuple(Decimal(number) for number in numbers)


TABLES = structure(
    "occurs",
    "05  BEFORE-ALL  PIC X(3).",
    "05  LINE-ITEM  OCCURS 3 TIMES.",
    "    10  ITEM-AMOUNT  PIC S9(5)V99 COMP-3.",
    "    10  ITEM-CELL  OCCURS 2.",
    "        15  CELL-COUNT  PIC S9(4) COMP.",
    "        15  CELL-DIGIT  PIC S9(3)  OCCURS 2 TIMES.",
    "    10  ITEM-MARK  PIC X.",
    "05  WEEK-DAY  PIC 9(2)  OCCURS 7 TIMES.",
    "05  AFTER-ALL  PIC S9(9)  SIGN LEADING SEPARATE.",
)

REDEFINITIONS = structure(
    "redefines",
    "05  CALENDAR-DAY  PIC 9(8).",
    "05  DAY-PARTS  REDEFINES CALENDAR-DAY.",
    "    10  DAY-YEAR  PIC 9(4).",
    "    10  DAY-MONTH  PIC 9(2).",
    "    10  DAY-DAY  PIC 9(2).",
    "05  DAY-TEXT  REDEFINES CALENDAR-DAY  PIC X(8).",
    "05  CODE-TEXT  PIC X(6).",
    "05  CODE-PAIR  REDEFINES CODE-TEXT  PIC X(2) OCCURS 3 TIMES.",
    "05  BEHIND  PIC S9(7) COMP-3.",
)

GROUPS = structure(
    "group-clauses",
    "05  PACKED-GROUP  USAGE COMP-3.",
    "    10  PACKED-A  PIC S9(5).",
    "    10  PACKED-INNER.",
    "        15  PACKED-B  PIC 9(4)V99.",
    "05  BINARY-GROUP  USAGE IS BINARY.",
    "    10  BINARY-A  PIC S9(4).",
    "    10  BINARY-B  PIC 9(9).",
    "05  SIGNED-GROUP  SIGN IS LEADING SEPARATE.",
    "    10  SIGNED-A  PIC S9(5).",
    "    10  SIGNED-B  PIC S9(3)V99.",
    "    10  SIGNED-C  PIC S9(3) SIGN TRAILING.",
    "05  FILLER  PIC X(5).",
    "05  STATUS-CODE  PIC X.",
    "    88  STATUS-OPEN  VALUE 'O' 'P'.",
    "    88  STATUS-SHUT  VALUES ARE 'Q' THRU 'S'.",
    "05  RATE  PIC 9(3).",
    "    88  RATE-NONE  VALUE ZERO.",
    "    88  RATE-HIGH  VALUE 100 THRU 999.",
    "05  LAST-ONE  PIC X(2) VALUE SPACES.",
)

# GnuCOBOL puts eight bytes of binary on a doubleword, IBM on a fullword: here they come to the same. Slack bytes that
# fill an occurrence up stand behind its last item in IBM's language, elsewhere in GnuCOBOL: this table needs none.
SLACK = structure(
    "synchronized",
    "05  S-MARK  PIC X.",
    "05  S-HALF  PIC S9(4) COMP SYNC.",
    "05  S-MARK-2  PIC X(3).",
    "05  S-FULL  PIC S9(9) COMP SYNCHRONIZED.",
    "05  S-MARK-3  PIC X(1).",
    "05  S-LONG  PIC S9(18) COMP SYNC RIGHT.",
    "05  S-PACKED  PIC S9(3) COMP-3 SYNC.",
    "05  S-FLOAT  COMP-1 SYNC.",
    "05  S-MARK-4  PIC X(5).",
    "05  S-DOUBLE  COMP-2 SYNC.",
    "05  S-TABLE  OCCURS 3 TIMES.",
    "    10  S-CODE  PIC X.",
    "    10  S-NUMBER  PIC 9(4) COMP SYNC.",
    "    10  S-TAIL  PIC X(4).",
    "05  S-END  PIC X.",
)

TABLE_AT_END = structure(
    "depending-on",
    "05  ORDER-NUMBER  PIC 9(6).",
    "05  ORDER-LINES  PIC S9(4) COMP.",
    "05  ORDER-LINE  OCCURS 0 TO 4 TIMES DEPENDING ON ORDER-LINES.",
    "    10  LINE-CODE  PIC X(3).",
    "    10  LINE-PRICE  PIC S9(5)V99 COMP-3.",
    values={"ORDER-LINES": _counts(4, 0, 1, 3, 2)},
    present=dict.fromkeys(("LINE-CODE", "LINE-PRICE"), "ORDER-LINES >= {0}"),
    variable=True,
)

TABLES_THAT_MOVE = structure(
    "depending-on-odoslide",
    "05  FIRST-COUNT  PIC 9(2).",
    "05  SECOND-COUNT  PIC S9(3) COMP-3.",
    "05  FIRST-TABLE  OCCURS 1 TO 3 TIMES DEPENDING ON FIRST-COUNT.",
    "    10  FIRST-CODE  PIC X(3).",
    "    10  FIRST-PAIR  PIC S9(4) COMP OCCURS 2.",
    "05  BETWEEN-THEM  PIC S9(7) COMP-3.",
    "05  SECOND-TABLE  PIC X(5) OCCURS 0 TO 2 DEPENDING ON SECOND-COUNT.",
    "05  BEHIND-THEM  PIC X(4).",
    values={"FIRST-COUNT": _counts(3, 1, 2), "SECOND-COUNT": _counts(2, 0, 1, 2)},
    present={
        **dict.fromkeys(("FIRST-CODE", "FIRST-PAIR"), "FIRST-COUNT >= {0}"),
        "SECOND-TABLE": "SECOND-COUNT >= {0}",
    },
    variable=True,
    options=(*IBM, "-fodoslide"),
)

FAMILIES: tuple[Family, ...] = (TABLES, REDEFINITIONS, GROUPS, SLACK, TABLE_AT_END, TABLES_THAT_MOVE)
