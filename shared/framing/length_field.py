"""LENGTH_FIELD: records that hold their length, or fields from which it follows, with nothing between the records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from shared.framing.cutting import cut_chain
from shared.framing.expression import parse_expression
from shared.framing.numbers import LengthField
from shared.framing.protocol import MAX_BATCH_BYTES, Batch, wrong_option
from shared.framing.sized_chain import Flaw, Measure, SizedChain


@dataclass(frozen=True, slots=True)
class LengthFieldFraming:
    """Framing by a length within the record. The payload is the whole record, including the fields.

    ``fields`` are the fields from which the length follows, by name. The length in bytes is ``adjustment`` plus one of:
    the value of ``expression``; the entry of ``lengths`` (raw bytes of the only field → length), or ``default_length``
    for other bytes; the value of the only field. LRF035 and LRF040 for invalid options.
    """

    fields: Mapping[str, LengthField]
    expression: str = ""
    lengths: Mapping[bytes, int] = field(default_factory=dict)
    default_length: int | None = None
    adjustment: int = 0

    def __post_init__(self) -> None:
        if not self.fields or (self.expression and self.lengths):
            raise wrong_option("a record length needs a field, and not both an expression and a map")
        if len(self.fields) > 1 and not self.expression:
            raise wrong_option(f"there are several fields ({', '.join(self.fields)}), but no expression")
        unknown = parse_expression(self.expression).names - set(self.fields) if self.expression else set()
        if unknown:
            raise wrong_option(f"the length expression names unknown fields: {', '.join(sorted(unknown))}")
        only = next(iter(self.fields.values()))
        if any(len(raw) != only.length for raw in self.lengths):
            raise wrong_option(f"a key of the length map does not have the field's {only.length} bytes")

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary, for messages; keys of the map in hex."""
        return {
            "format": "LENGTH_FIELD",
            "fields": {name: one.to_dict() for name, one in self.fields.items()},
            "expression": self.expression,
            "lengths": {raw.hex(): length for raw, length in self.lengths.items()},
            "default_length": self.default_length,
            "adjustment": self.adjustment,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> LengthFieldFraming:
        """The reverse of ``to_dict``; LRF035 and LRF040 for invalid options."""
        return cls(
            {name: LengthField(**one) for name, one in data["fields"].items()},
            data.get("expression", ""),
            {bytes.fromhex(raw): length for raw, length in data.get("lengths", {}).items()},
            data.get("default_length"),
            data.get("adjustment", 0),
        )

    def cut(
        self,
        file: BinaryIO,
        start: int,
        end: int,
        batch_records: int,
        first_record_no: int,
        batch_bytes: int = MAX_BATCH_BYTES,
        block_end: int = 0,
    ) -> Iterator[Batch]:
        """See ``protocol.Framing.cut``. LRF031 to LRF033 where no length follows from the fields."""
        del block_end
        begin = min(one.offset for one in self.fields.values())
        stop = max(one.end for one in self.fields.values())
        chain = SizedChain(begin, stop, 0, self._measure(begin, stop))
        return cut_chain(chain, file, start, end, batch_records, first_record_no, batch_bytes)

    def size_of(self, record: bytes) -> int | None:
        """The length that follows from the fields of ``record``; None when none does."""
        begin = min(one.offset for one in self.fields.values())
        stop = max(one.end for one in self.fields.values())
        found = self._measure(begin, stop)(record[begin:stop]) if len(record) >= stop else None
        return found if isinstance(found, int) else None

    def _measure(self, begin: int, stop: int) -> Measure:
        length_of = self._by_map(begin) if self.lengths else self._by_value(begin)

        def measure(key: bytes) -> int | Flaw:
            length = length_of(key)
            if isinstance(length, Flaw):
                return length
            size = length + self.adjustment
            return size if size >= stop else Flaw("LRF032", _impossible(size, stop), _LENGTH_REMEDY)

        return measure

    def _by_map(self, begin: int) -> Measure:
        (name, only), *_ = self.fields.items()

        def length_of(key: bytes) -> int | Flaw:
            raw = only.raw(key, -begin)
            length = self.lengths.get(raw, self.default_length)
            return (
                Flaw("LRF033", f"{name} is X'{raw.hex()}', which is not in the map", _MAP) if length is None else length
            )

        return length_of

    def _by_value(self, begin: int) -> Measure:
        value = parse_expression(self.expression).value if self.expression else _only_value

        def length_of(key: bytes) -> int | Flaw:
            values: dict[str, int] = {}
            for name, one in self.fields.items():
                number = one.number(key, -begin)
                if number is None:
                    raw = one.raw(key, -begin).hex()
                    return Flaw("LRF031", f"{name} is X'{raw}', which is not a {one.kind} number", _LENGTH_REMEDY)
                values[name] = number
            try:
                return value(values)
            except ZeroDivisionError:
                return Flaw("LRF032", f"the length expression divides by zero for {values}", _LENGTH_REMEDY)

        return length_of


_LENGTH_REMEDY = "Check place, kind and length of the field. Or the record before does not have the length in it."
_MAP = "Add the value to the map, or give a default. Or the record before does not have the length of the map."


def _only_value(values: Mapping[str, int]) -> int:
    (only,) = values.values()
    return only


def _impossible(size: int, least: int) -> str:
    return f"a record length of {size} bytes, but the fields that give it need {least}"
