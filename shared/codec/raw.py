"""RAW: bytes that stay as they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.codec.catalogue import Fault, bad_values
from shared.codec.columns import Bytes, Column
from shared.codec.fields import FieldSpec


def decode(records: Bytes, specs: Sequence[FieldSpec]) -> list[Column]:
    """A copy of the bytes of each field, (n, length)."""
    return [Column(np.ascontiguousarray(records[:, spec.offset : spec.end])) for spec in specs]


def encode(column: Column, spec: FieldSpec) -> Bytes:
    """The bytes as they are. Raises InputError LRD912 when the width is not the field's."""
    if column.values.shape[1:] != (spec.length,):
        raise bad_values("LRD912", f"field {spec.name} takes {spec.length} bytes", shape=column.values.shape)
    return np.ascontiguousarray(column.values, np.uint8)


def explain(_spec: FieldSpec, _raw: bytes) -> Fault | None:
    """Nothing can be wrong with bytes."""
    return None
