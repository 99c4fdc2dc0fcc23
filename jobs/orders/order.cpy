      *****************************************************************
      * ORDERS OF A DAY, A HIERARCHY: CUSTOMER, ITS ORDERS, THEIR     *
      * ITEMS.                            RECFM=V   LRECL=105         *
      *****************************************************************
       01  ORDER-FILE-RECORD.
           05  SEGMENT                 PIC X(01).
               88  CUSTOMER-SEGMENT    VALUE 'C'.
               88  ORDER-SEGMENT       VALUE 'O'.
               88  ITEM-SEGMENT        VALUE 'I'.
           05  CUSTOMER-DATA.
               10  CUST-NO             PIC 9(07).
               10  CUST-NAME           PIC X(30).
               10  CUST-COUNTRY        PIC X(02).
               10  CUST-LIMIT          PIC S9(09)V99 COMP-3.
           05  ORDER-DATA REDEFINES CUSTOMER-DATA.
               10  ORD-NO              PIC 9(09) COMP.
               10  ORD-DATE            PIC 9(08).
               10  ORD-TOTAL           PIC S9(09)V99 COMP-3.
               10  ORD-NOTE-COUNT      PIC 9(02).
               10  ORD-NOTE            PIC X(20)
                                       OCCURS 0 TO 4 TIMES
                                       DEPENDING ON ORD-NOTE-COUNT.
           05  ITEM-DATA REDEFINES CUSTOMER-DATA.
               10  ITM-LINE            PIC 9(03).
               10  ITM-ARTICLE         PIC X(12).
               10  ITM-QUANTITY        PIC S9(05) COMP-3.
               10  ITM-PRICE           PIC S9(07)V99 COMP-3.
