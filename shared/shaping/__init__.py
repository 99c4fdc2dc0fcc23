"""Variable-length records, with or without OCCURS DEPENDING ON, laid out as the fixed matrix that the decoder takes.

    shaped = Shaper(shape).run(data, starts, lengths)
    shaped.records                                   (n, shape.length) uint8, every table at its maximum size
    shaped.missing(offset, length, ((table, 2),))    which records do not have this element
    shaped.bad, shaped.explain(row)                  records with a fault in a counter or in their length

    shape          tables and counters of one record, in the layout where every table is full; remedies
    shaper         a batch of records to a matrix
    shaped_batch   the matrix, and what each record lacks
    counters       decodes counters from the records
    walk           steps through the tables of all records of a batch at once
    shifting       where the items after a table are, and copying them to their place in the matrix
    faults         faults of records (LRD04n): found for many records, explained one at a time

The walk goes from table to table, not from record to record. A step needs the same number of NumPy calls for one record
as for thousands, and there is no Python object per record or field.

Names are imported when they are first used: a process that only describes shapes does not load NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.shaping.faults import Faults, RecordFault
    from shared.shaping.shape import REMEDIES, CounterField, Shape, Table
    from shared.shaping.shaped_batch import ShapedBatch
    from shared.shaping.shaper import Shaper

_EXPORTS = {
    "faults": ("Faults", "RecordFault"),
    "shape": ("REMEDIES", "CounterField", "Shape", "Table"),
    "shaped_batch": ("ShapedBatch",),
    "shaper": ("Shaper",),
}
"""The public names by their module."""

__all__ = ["REMEDIES", "CounterField", "Faults", "RecordFault", "Shape", "ShapedBatch", "Shaper", "Table"]


def __getattr__(name: str) -> Any:
    for module, names in _EXPORTS.items():
        if name in names:
            value = getattr(import_module(f"shared.shaping.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"shared.shaping has no {name}")
