"""Which type a record is of, and which records stand above it: on bytes alone, for readers that know no columns.

conditions  what a record must hold to be of a type
ancestry    the last record of each type that later ones may belong to
"""
