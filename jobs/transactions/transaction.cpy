      *****************************************************************
      * DAILY TRANSACTIONS                        RECFM=F  LRECL=120  *
      *****************************************************************
       01  TRANSACTION-RECORD.
           05  TRAN-ID                 PIC X(16).
           05  TRAN-ACCOUNT            PIC 9(11).
           05  TRAN-TYPE               PIC X(02).
           05  TRAN-AMOUNT             PIC S9(09)V99.
           05  TRAN-CURRENCY           PIC X(03).
           05  TRAN-DATE               PIC 9(07)    COMP-3.
           05  TRAN-TIME               PIC 9(06).
           05  TRAN-MERCHANT-ID        PIC 9(09)    COMP.
           05  TRAN-MERCHANT           PIC X(40).
           05  TRAN-FEE                PIC S9(05)V99 COMP-3.
           05  TRAN-RATE               PIC 9(03)V9(06) COMP-3.
           05  FILLER                  PIC X(14).
