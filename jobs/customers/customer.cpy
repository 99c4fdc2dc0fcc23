000100*----------------------------------------------------------------*CUST0001
000200* CUSTOMER MASTER, NIGHTLY UNLOAD            RECFM=FB LRECL=260  *CUST0001
000300*----------------------------------------------------------------*CUST0001
000400 01  CUSTOMER-RECORD.                                             CUST0001
000500     05  CUST-ID                     PIC 9(09).                   CUST0001
000600     05  CUST-NAME.                                               CUST0001
000700         10  CUST-FIRST-NAME         PIC X(20).                   CUST0001
000800         10  CUST-LAST-NAME          PIC X(25).                   CUST0001
000900     05  CUST-STATUS                 PIC X(01).                   CUST0001
001000         88  CUST-ACTIVE             VALUE 'A'.                   CUST0001
001100         88  CUST-CLOSED             VALUE 'C'.                   CUST0001
001200         88  CUST-SUSPENDED          VALUE 'S'.                   CUST0001
001300     05  CUST-ADDRESS.                                            CUST0001
001400         10  CUST-STREET             PIC X(30).                   CUST0001
001500         10  CUST-CITY               PIC X(25).                   CUST0001
001600         10  CUST-COUNTRY            PIC X(02).                   CUST0001
001700         10  CUST-POSTCODE           PIC X(10).                   CUST0001
001800     05  CUST-BIRTH-DATE             PIC 9(08).                   CUST0001
001900     05  CUST-BIRTH-PARTS REDEFINES CUST-BIRTH-DATE.              CUST0001
002000         10  CUST-BIRTH-YEAR         PIC 9(04).                   CUST0001
002100         10  CUST-BIRTH-MONTH        PIC 9(02).                   CUST0001
002200         10  CUST-BIRTH-DAY          PIC 9(02).                   CUST0001
002300     05  CUST-OPEN-DATE              PIC X(10).                   CUST0001
002400     05  CUST-BALANCE                PIC S9(11)V99 COMP-3.        CUST0001
002500     05  CUST-CREDIT-LIMIT           PIC S9(09)V99 COMP-3.        CUST0001
002600     05  CUST-DISCOUNT-RATE          PIC V9(05)    COMP-3.        CUST0001
002700     05  CUST-LOYALTY-POINTS         PIC S9(09)    COMP.          CUST0001
002800     05  CUST-BRANCH                 PIC S9(04)    COMP.          CUST0001
002900     05  CUST-LAST-TRANSACTION       PIC S9(18)    COMP.          CUST0001
003000     05  CUST-SCORE                  PIC S9(05)V9.                CUST0001
003100     05  CUST-QUARTER-TURNOVER       PIC S9(07)V99 COMP-3         CUST0001
003200                                     OCCURS 4 TIMES.              CUST0001
003300     05  CUST-PHONE                  PIC X(15).                   CUST0001
003400     05  FILLER                      PIC X(40).                   CUST0001
