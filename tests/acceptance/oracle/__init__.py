"""GnuCOBOL as the oracle: what a compiler does with a copybook is what lrecl has to make of it.

    family      a copybook, its items, the values to move into them, the compiler's options
    values      values worth moving into an item
    pictures    families of pictures and usages
    structures  families of tables, redefinitions, slack bytes
    program     the COBOL program that moves, tells and writes values, or reads and tells them
    compiler    cobc, and runs of what it made
    answers     what COBOL told: places and values
    reading     the file that COBOL wrote through lrecl's copybook, framing, shaping and codec; and back into bytes

Nothing here computes an expected value: the program tells what its items hold after the MOVE, by COBOL's rules.
"""
