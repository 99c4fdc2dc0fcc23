"""Copybooks that are right, for the mutators to start from: every clause, usage and reference format, some COPY."""

from __future__ import annotations

from typing import Final

MEMBERS: Final = {
    "ADDRESS.cpy": "05 :P:-STREET PIC X(20).\n05 :P:-CITY PIC X(15).\n05 :P:-ZIP PIC 9(5).\n",
    "AMOUNTS.cpy": "       10  NET-AMT        PIC S9(7)V99 COMP-3.\n       10  TAX-AMT        PIC S9(5)V99 COMP-3.\n",
    "CIRCLE.cpy": "COPY CIRCLE.\n",
    "DEEP.cpy": "COPY ADDRESS REPLACING ==:P:== BY ==DEEP==.\n05 DEEPER.\nCOPY AMOUNTS.\n",
    "EMPTY.cpy": "",
    "WIDE.cpy": "05 A1 A1 :T::T: PIC X.\n" * 1_000,
    "NOISE.cpy": "\x00\x15\xff' == . COPY \x1a 05 X PIC X.\n",
}

_ORDER = """
000100*---------------------------------------------------------------- ORD00010
000200 01  ORDER-RECORD.                                                ORD00020
000300     05  ORD-KEY.                                                 ORD00030
000400         10  ORD-ID              PIC 9(9).                        ORD00040
000500         10  ORD-KIND            PIC X.                           ORD00050
000600             88  ORD-OPEN        VALUE 'O' 'P'.                   ORD00060
000700             88  ORD-DONE        VALUE 'A' THRU 'F' 'Z'.          ORD00070
000800     05  ORD-LINES               PIC S9(3) COMP-3.                ORD00080
000900     05  ORD-LINE OCCURS 0 TO 20 TIMES                            ORD00090
001000             DEPENDING ON ORD-LINES                               ORD00100
001100             ASCENDING KEY IS LN-ITEM INDEXED BY LN-IX.           ORD00110
001200         10  LN-ITEM             PIC X(8).                        ORD00120
001300         10  LN-PRICE            PIC S9(7)V99 COMP-3.             ORD00130
001400         10  LN-COUNT            PIC 9(4) COMP.                   ORD00140
001500     05  ORD-NOTE                PIC X(30) VALUE 'a literal that gORD00150
001600-    'oes on over the line'.                                      ORD00160
"""

_NUMBERS = """
01 NUMBERS.
   05 N-ZONED     PIC S9(5)V9(2).
   05 N-LEAD      PIC S9(5) SIGN IS LEADING.
   05 N-SEP       PIC S9(5)V99 SIGN TRAILING SEPARATE CHARACTER.
   05 N-PACKED    PIC S9(15)V9(3) USAGE IS COMPUTATIONAL-3.
   05 N-COMP6     PIC 9(7) COMP-6.
   05 N-BIN       PIC S9(9) BINARY SYNC.
   05 N-COMP5     PIC S9(18) COMP-5.
   05 N-COMP9     PIC 9(4) COMP-9.
   05 N-FLOAT     COMP-1.
   05 N-DOUBLE    USAGE COMP-2.
   05 N-SCALED    PIC 9(5)P(3).
   05 N-SMALL     PIC VP(4)9(3).
   05 N-EDITED    PIC -(6)9.99.
   05 N-EDIT2     PIC $$$,$$9.99CR BLANK WHEN ZERO.
   05 N-EDIT3     PIC Z(5)9/99B99.
   05 N-EXT-FLOAT PIC +9(3).9(4)E+99.
   05 N-PTR       POINTER.
"""

_TEXTS = """
       01  TEXTS GLOBAL.
           05  T-PLAIN        PICTURE IS X(10) VALUE SPACES.
           05  T-ALPHA        PIC A(5) JUSTIFIED RIGHT.
           05  T-NATIONAL     PIC N(4) USAGE NATIONAL.
           05  T-DBCS         PIC G(4) USAGE DISPLAY-1.
           05  T-EDITED       PIC XX/XXBXX.
           05  T-DATE.
               10  T-YEAR     PIC 9(4).
               10  FILLER     PIC X VALUE '-'.
               10  T-MONTH    PIC 99.
           05  T-DATE-N REDEFINES T-DATE PIC X(7).
           05                 PIC X(3).
           66  T-BOTH RENAMES T-PLAIN THRU T-ALPHA.
       01  OTHER REDEFINES TEXTS.
           05  O-ALL          PIC X(40).
       77  ALONE              PIC S9(4) COMP VALUE +12.
"""

_NESTED = """
01 MATRIX.
  03 ROW-COUNT PIC 99.
  03 ROWS OCCURS 1 TO 5 DEPENDING ON ROW-COUNT OF MATRIX.
    05 CELL-COUNT PIC 9.
    05 CELLS OCCURS 3 TIMES.
      07 PARTS OCCURS 0 TO 4 TIMES DEPENDING CELL-COUNT.
        09 PART-A PIC X(2).
        09 PART-B PIC S9(3) COMP-3.
    05 KIND PIC X.
    05 BODY PIC X(12).
    05 BODY-A REDEFINES BODY.
      07 A-1 PIC 9(6). 07 A-2 PIC X(6).
    05 BODY-B REDEFINES BODY. 07 B-1 PIC S9(9)V99 COMP-3. 07 B-2 COMP-1.
"""

_COPYING = """
       01  CUSTOMER.
           COPY ADDRESS REPLACING ==:P:== BY ==CUST==.
           COPY "ADDRESS.cpy" REPLACING ==:P:== BY ==SHIP==
                                        ==PIC X(20)== BY ==PIC X(30)==.
           05  MONEY.
           COPY AMOUNTS REPLACING NET-AMT BY NETTO
                LEADING ==TAX== BY ==VAT==.
           COPY DEEP.
"""

_HEADED = """
       IDENTIFICATION DIVISION.
       DATA DIVISION.
       FILE SECTION.
       FD  INFILE RECORDING MODE IS V BLOCK CONTAINS 0 RECORDS.
       EJECT
       01  REC-A. 05 FILLER PIC X(4) VALUE LOW-VALUES. 05 A PIC X.
       SKIP1
       01  REC-B.
      D    05  DEBUGGED  PIC X.
      /    a new page
           05  B PIC 9(3) VALUE ZEROES. *> an inline comment
           05  C PIC X(4) VALUE X'C1C2C3C4'.
           05  D PIC X OCCURS 4. EXEC SQL BEGIN DECLARE SECTION END-EXEC.
"""

SEEDS: Final = tuple(text.lstrip("\n") for text in (_ORDER, _NUMBERS, _TEXTS, _NESTED, _COPYING, _HEADED))

_WORDS: Final = (
    "01 02 05 10 49 50 66 77 88 00 FILLER PIC PICTURE IS X(10) 9(5) S9(7)V99 9(18) 9(99) Z(5)9 N(4) G(2) A P(9)9 "
    "X(999999999) X(0) 9(3).9(2) USAGE COMP COMP-1 COMP-2 COMP-3 COMP-5 COMP-6 COMP-9 BINARY PACKED-DECIMAL DISPLAY "
    "DISPLAY-1 NATIONAL POINTER INDEX SIGN LEADING TRAILING SEPARATE CHARACTER OCCURS TO TIMES DEPENDING ON UNBOUNDED "
    "ASCENDING KEY INDEXED BY REDEFINES RENAMES THRU SYNC LEFT JUST BLANK WHEN ZERO VALUE VALUES SPACES ALL QUOTES "
    "EXTERNAL GLOBAL VOLATILE GROUP-USAGE DATE FORMAT COPY REPLACING REPLACE OFF ==A== ==== BY OF IN SUPPRESS EXEC SQL "
    "END-EXEC CBL TITLE >>SOURCE *>x . , ; ( ) : = == ' \" '' - + 1.5 -1 X'4G' N'ab' 0 999999999 9999999999999"
)

WORDS: Final = _WORDS.split(" ")
"""What the mutators put in."""

_PICTURES: Final = (
    "X 9 A N(9) G(3) S9(4) S9(18) 9(31) S9(38) S9(5)V9(5) SV9(3) P(5)9 9P(9) X(32760) XXBX0X/ Z,ZZZ.99 +++9.9 $(5).99DB"
    " ***,**9.99- 9(4)BCR +99.99E+99 S9(3)PPP 9V 999V99S V9 ZZZZ X(9)9 S9(0) 9(4)COMP S9(9)SYNC A(5)X(3)"
)
PICTURES: Final = _PICTURES.split(" ")
"""Picture strings, most of them right."""

USAGES: Final = ("", "COMP", "COMP-3", "COMP-5", "COMP-6", "COMP-1", "DISPLAY-1", "NATIONAL", "SYNC COMP", "INDEX",
                 "JUST", "SIGN LEADING", "SIGN TRAILING SEPARATE", "BLANK ZERO", "COMP-3 OCCURS 3",
                 "OCCURS 0 TO 3 DEPENDING ON A", "VALUE 0", "VALUE ALL 'x'")  # fmt: skip
"""What may come behind a picture."""
