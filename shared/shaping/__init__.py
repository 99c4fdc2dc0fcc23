"""Records of variable length and with OCCURS DEPENDING ON, laid out as the fixed matrix that the decoder takes.

    shaped = Shaper(shape).run(data, starts, lengths)
    shaped.records                                   (n, shape.length) uint8, every table at its maximum size
    shaped.missing(offset, length, ((table, 2),))    which records do not have this element
    shaped.bad, shaped.explain(row)                  records whose counters cannot be believed

    shape      tables and counters of one record, in the layout where every table is full
    plan       the shape as the order in which a record is walked
    counters   counters read from the records as they lie
    walk       all records of a batch through the plan, side by side
    moving     what the walk does to the bytes: they move apart, or stay
    spans      many stretches of bytes copied at once
    findings   data faults (LRD04n), explained one at a time

The walk goes from table to table, not from record to record: a step costs the same number of NumPy calls whether it
is for one record or for thousands, and no Python object stands for a record or a field.

Names are loaded when they are first used: whoever only describes shapes does not pay for NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.shaping.faults import REMEDIES
    from shared.shaping.findings import Explanation
    from shared.shaping.shape import CounterField, Shape, Table
    from shared.shaping.shaped import Faults, Shaped
    from shared.shaping.shaper import Shaper

_HOMES = {
    "faults": ("REMEDIES",),
    "findings": ("Explanation",),
    "shape": ("CounterField", "Shape", "Table"),
    "shaped": ("Faults", "Shaped"),
    "shaper": ("Shaper",),
}

__all__ = ["REMEDIES", "CounterField", "Explanation", "Faults", "Shape", "Shaped", "Shaper", "Table"]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f"shared.shaping.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"shared.shaping has no {name}")
