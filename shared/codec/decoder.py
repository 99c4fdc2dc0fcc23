"""``Decoder``: a batch of records to one column per field; ``explain``: why a field did not decode."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.codec.catalogue import FieldFault, bad_field, bad_values
from shared.codec.columns import Bytes, Column
from shared.codec.fields import Controls, FieldSpec, Invalid, Kind
from shared.codec.nulls import mark_nulls, null_invalid
from shared.codec.registry import codec_of
from shared.codec.swar import WORD


class Decoder:
    """Decodes batches of records of one layout.

    Raises JobError LRD903 when a field ends after the end of the record. A decoder keeps no state between batches. The
    columns belong to the caller, and the records can be overwritten as soon as ``decode`` has returned.

    >>> import numpy as np
    >>> from shared.codec import Decoder, FieldSpec, Kind, Sign
    >>> name = FieldSpec("NAME", Kind.TEXT, offset=0, length=5)
    >>> amount = FieldSpec("AMOUNT", Kind.PACKED, offset=5, length=3, digits=5, scale=2, sign=Sign.TRAILING)
    >>> raw = bytes.fromhex("C1D5D5C140" "12345C" "C2D6C24040" "00001D")
    >>> names, amounts = Decoder([name, amount], record_length=8).decode(np.frombuffer(raw, np.uint8).reshape(2, 8))
    >>> names.values.tobytes(), names.lengths.tolist()
    (b'ANNA BOB  ', [4, 3])
    >>> amounts.values.tolist()  # scaled integers: 123.45 and -0.01
    [12345, -1]
    """

    __slots__ = ("_groups", "record_length", "specs")

    def __init__(self, specs: Sequence[FieldSpec], record_length: int) -> None:
        self.specs = tuple(specs)
        self.record_length = record_length
        for spec in self.specs:
            if spec.end > record_length:
                message = f"field {spec.name} ends at byte {spec.end}, but the record has {record_length} bytes"
                raise bad_field("LRD903", message, field=spec.name)
        self._groups = _grouped(self.specs)

    def decode(self, records: Bytes) -> list[Column]:
        """The columns of ``records``, (n, record_length) uint8 C-contiguous, in the order of the specs.

        Raises InputError LRD908 for any other array.
        """
        self._check(records)
        if self.record_length < WORD:
            records = np.pad(records, ((0, 0), (0, WORD - self.record_length)))
        columns: list[Column | None] = [None] * len(self.specs)
        for kind, places in self._groups:
            specs = [self.specs[place] for place in places]
            for place, spec, column in zip(places, specs, codec_of(kind).decode(records, specs), strict=True):
                marked = mark_nulls(column, records, spec) if spec.null_when else column
                columns[place] = null_invalid(marked) if spec.invalid is Invalid.NULL else marked
        return [column for column in columns if column is not None]

    def _check(self, records: Bytes) -> None:
        fits = records.ndim == 2 and records.shape[1] == self.record_length and records.dtype == np.uint8
        if not (fits and records.flags.c_contiguous):
            message = f"{records.dtype} {records.shape} is not a batch of records of {self.record_length} bytes"
            raise bad_values("LRD908", message, strides=records.strides)


def _grouped(specs: Sequence[FieldSpec]) -> list[tuple[Kind, list[int]]]:
    """Indices of fields that are decoded together: of one kind, code page and policy for control characters."""
    groups: dict[tuple[Kind, str, Controls], list[int]] = {}
    for place, spec in enumerate(specs):
        groups.setdefault((spec.kind, spec.code_page, spec.controls), []).append(place)
    return [(kind, places) for (kind, _, _), places in groups.items()]


def explain(spec: FieldSpec, raw: bytes) -> FieldFault:
    """Why the bytes of one field do not decode. Raises InputError LRD910 when they do."""
    fault = codec_of(spec.kind).explain(spec, raw) if len(raw) == spec.length else None
    if fault is None:
        raise bad_values("LRD910", f"field {spec.name}: X'{raw.hex()}' has no fault", hex=raw.hex())
    return fault
