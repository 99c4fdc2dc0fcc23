"""Records as people and scripts use them: nested objects by the copybook's groups and tables, or flat rows; and back.

    tree            the layout as a tree, with the names of its items and the redefinitions that are shown
    elements        how a job reads and writes each element of its record types
    values          decoded elements as Python objects
    nested          batches of records of one type as nested objects
    hierarchy       records of a hierarchical file as nested objects below their parents
    input           a job's file as batches
    reader          a job's batches as nested objects, or as the rows of its tables
    flattening      nested or flat rows to the values of elements
    value_encoding  single values to the bytes of a field
    writer          rows of one record type to the bytes of records
    encoding        a job's rows to the records of its file

Decoding works by columns. Python objects are made at the end, because output to a screen or to JSON is slower anyway.
"""
