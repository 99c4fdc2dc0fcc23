"""Which type each record of a batch has: the conditions of the job for all records at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.codec.columns import Ints, Mask, Words
from shared.codec.copying import copy_spans, row_starts
from shared.records.conditions import Condition, RecordType
from shared.shaping import RecordFault
from shared.transform.batch_records import BatchRecords
from shared.transform.rejects import UNKNOWN_TYPE

TypeNumbers = npt.NDArray[np.int16]
"""The index of each record's type among the types of the plan, or ``NO_TYPE``."""

NO_TYPE: Final = -1

_WORD_BYTES: Final = 8
_FEW_VALUES: Final = 32
"""Up to so many values, comparing with each of them is faster than a look-up."""
_ASCII_SPACE: Final = 0x20

_Selector = tuple[int, int, int]
"""Offset, length and padding of a field that conditions are about."""


class TypeMatcher:
    """Finds the type of records as ``shared.records.type_of`` does for one: the first whose conditions all hold."""

    def __init__(self, types: Sequence[RecordType]) -> None:
        self._types = types
        self._values = {one: _words_of(one.values) for type_ in types for one in type_.when}

    def match(self, records: BatchRecords) -> TypeNumbers:
        """(n,) the type of each record."""
        if not self._types[0].when:
            return np.zeros(len(records), np.int16)
        fields: dict[_Selector, Words] = {}
        numbers = np.full(len(records), NO_TYPE, np.int16)
        for number, type_ in reversed(list(enumerate(self._types))):
            fits = np.ones(len(records), np.bool_)
            for condition in type_.when:
                fits &= self._holds(condition, records, fields)
            numbers[fits] = number
        return numbers

    def _holds(self, condition: Condition, records: BatchRecords, fields: dict[_Selector, Words]) -> Mask:
        key = _selector(condition)
        if key not in fields:
            fields[key] = _words(records, *key)
        found, values = fields[key], self._values[condition]
        if found.shape[1] == 1 and len(values) > _FEW_VALUES:
            return np.isin(found[:, 0], values[:, 0])
        fits = np.zeros(len(records), np.bool_)
        for value in values:
            same = found[:, 0] == value[0]
            for place in range(1, len(value)):
                same &= found[:, place] == value[place]
            fits |= same
        return fits

    def explain(self, record: bytes) -> RecordFault:
        """Why a record has no type: the bytes of all fields that conditions are about."""
        conditions = {_selector(one): one for type_ in self._types for one in type_.when}
        first = next(iter(conditions.values()))
        shown = "; ".join(_shown(one, record) for one in conditions.values())
        return RecordFault(UNKNOWN_TYPE, f"record of no known type: {shown}", first.field, first.offset)


def _selector(condition: Condition) -> _Selector:
    return condition.offset, condition.length, condition.padding


def _words(records: BatchRecords, offset: int, length: int, padding: int) -> Words:
    """(n, w): the bytes of a field as words, filled up with zeros. Bytes that a record lacks are ``padding``."""
    cells = np.zeros((len(records), -(-length // _WORD_BYTES) * _WORD_BYTES), np.uint8)
    widths: Ints = np.clip(records.lengths - offset, 0, length)
    if (widths < length).any():
        cells[:, :length] = padding
    copy_spans(records.flat, records.starts + offset, cells.reshape(-1), row_starts(cells), widths)
    return cells.view(np.uint64)


def _words_of(values: frozenset[bytes]) -> Words:
    padded = [value.ljust(-(-len(value) // _WORD_BYTES) * _WORD_BYTES, b"\0") for value in sorted(values)]
    return np.frombuffer(b"".join(padded), np.uint64).reshape(len(padded), -1)


def _shown(condition: Condition, record: bytes) -> str:
    raw = record[condition.offset : condition.offset + condition.length]
    if not raw:
        return f"the record ends before {condition.field}"
    text = raw.decode("latin-1" if condition.padding == _ASCII_SPACE else "cp037")
    readable = "".join(letter if letter.isprintable() else "." for letter in text)
    return f"{condition.field} is X'{raw.hex().upper()}' ({readable!r})"
