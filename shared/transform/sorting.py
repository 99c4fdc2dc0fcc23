"""Which type each record of a batch is of: the job's conditions over all records at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.codec.columns import Ints, Mask, Words
from shared.codec.copying import copy_spans, row_starts
from shared.records.conditions import Condition, RecordType
from shared.shaping import RecordFault
from shared.transform.faults import UNKNOWN_TYPE
from shared.transform.framed import Framed

Places = npt.NDArray[np.int16]

NO_TYPE: Final = -1

_WORD: Final = 8
_FEW: Final = 32
"""Values up to which comparing with each of them is quicker than looking them up."""
_ASCII_SPACE: Final = 0x20

_Selector = tuple[int, int, int]
"""Offset, length and padding of a field that tells types apart."""


class Sorter:
    """Finds the type of records as ``shared.records.type_of`` does for one: the first of which all conditions hold."""

    def __init__(self, types: Sequence[RecordType]) -> None:
        self._types = types
        self._values = {one: _words_of(one.values) for type_ in types for one in type_.when}

    def places(self, framed: Framed) -> Places:
        """(n,) the place of each record's type among the types, or ``NO_TYPE``."""
        if not self._types[0].when:
            return np.zeros(len(framed), np.int16)
        fields: dict[_Selector, Words] = {}
        places = np.full(len(framed), NO_TYPE, np.int16)
        for place, type_ in reversed(list(enumerate(self._types))):
            fits = np.ones(len(framed), np.bool_)
            for condition in type_.when:
                fits &= self._holds(condition, framed, fields)
            places[fits] = place
        return places

    def _holds(self, condition: Condition, framed: Framed, fields: dict[_Selector, Words]) -> Mask:
        key = _selector(condition)
        if key not in fields:
            fields[key] = _words(framed, *key)
        found, values = fields[key], self._values[condition]
        if found.shape[1] == 1 and len(values) > _FEW:
            return np.isin(found[:, 0], values[:, 0])
        fits = np.zeros(len(framed), np.bool_)
        for value in values:
            same = found[:, 0] == value[0]
            for place in range(1, len(value)):
                same &= found[:, place] == value[place]
            fits |= same
        return fits

    def explain(self, record: bytes) -> RecordFault:
        """Why a record is of no type: what stands where the types look."""
        asked = {_selector(one): one for type_ in self._types for one in type_.when}
        first = next(iter(asked.values()))
        shown = "; ".join(_shown(one, record) for one in asked.values())
        return RecordFault(UNKNOWN_TYPE, f"record of no known type: {shown}", first.field, first.offset)


def _selector(condition: Condition) -> _Selector:
    return condition.offset, condition.length, condition.padding


def _words(framed: Framed, offset: int, length: int, padding: int) -> Words:
    """(n, w): the bytes of a field as whole words, zeros behind them; what a record lacks is ``padding``."""
    cells = np.zeros((len(framed), -(-length // _WORD) * _WORD), np.uint8)
    widths: Ints = np.clip(framed.lengths - offset, 0, length)
    if (widths < length).any():
        cells[:, :length] = padding
    copy_spans(framed.flat, framed.starts + offset, cells.reshape(-1), row_starts(cells), widths)
    return cells.view(np.uint64)


def _words_of(values: frozenset[bytes]) -> Words:
    padded = [value.ljust(-(-len(value) // _WORD) * _WORD, b"\0") for value in sorted(values)]
    return np.frombuffer(b"".join(padded), np.uint64).reshape(len(padded), -1)


def _shown(condition: Condition, record: bytes) -> str:
    raw = record[condition.offset : condition.offset + condition.length]
    if not raw:
        return f"the record ends before {condition.field}"
    text = raw.decode("latin-1" if condition.padding == _ASCII_SPACE else "cp037")
    readable = "".join(letter if letter.isprintable() else "." for letter in text)
    return f"{condition.field} is X'{raw.hex().upper()}' ({readable!r})"
