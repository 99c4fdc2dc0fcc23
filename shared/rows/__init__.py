"""Records as people and scripts want them: nested objects by the copybook's groups and tables, and back to columns.

tree       the layout as a tree, with the names and readings that are wanted
leaves     single elements: how each is decoded, and what a record does not have
values     columns as Python objects
nested     batches of records of one type as objects
hierarchy  records of a hierarchical file, put together below their parents
job        the record types of a job as makers of rows
input      a job's file as batches
reader     a job's batches as nested rows; flat: as the rows of its tables
fields     rows back to columns, and to the bytes of records (with ``records`` and ``writer``)

Decoding works by columns; Python objects are made at the very end, because a screen or a file of JSON is slower anyway.
"""
