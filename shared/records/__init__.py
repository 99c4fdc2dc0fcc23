"""The types of records, and the records above a record. This works on bytes, for readers that do not decode columns.

conditions    what a record must have to be of a type
open_records  the last record of each type that later records may belong to
"""
