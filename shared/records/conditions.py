"""What a record must hold to be of a type: bytes at a place, worked out when the job was compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Condition:
    """The bytes at ``offset`` must be one of ``values``, all of the length of the field ``field``.

    A number has several stored forms of one value (its sign nibbles), text has one, padded with the page's space
    ``padding``: what a record that ends too soon lacks counts as that.
    """

    field: str
    offset: int
    values: frozenset[bytes]
    padding: int

    @property
    def length(self) -> int:
        """Bytes of the field."""
        return len(next(iter(self.values)))

    def holds(self, record: bytes) -> bool:
        """Whether ``record`` (without its header) fulfils the condition."""
        raw = record[self.offset : self.offset + self.length]
        return raw.ljust(self.length, bytes((self.padding,))) in self.values

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        values = sorted(value.hex() for value in self.values)
        return {"field": self.field, "offset": self.offset, "values": values, "padding": self.padding}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Condition:
        """The condition that ``to_dict`` described."""
        values = frozenset(map(bytes.fromhex, data["values"]))
        return cls(data["field"], data["offset"], values, data["padding"])


@dataclass(frozen=True, slots=True)
class RecordType:
    """A type of records: all of its conditions hold, and none of an earlier type; without conditions it takes the rest.

    ``parent`` names the type above it in a hierarchical file, whose last record before this one it belongs to.
    """

    name: str
    when: tuple[Condition, ...] = ()
    parent: str | None = None

    def matches(self, record: bytes) -> bool:
        """Whether ``record`` is of this type, if it was of none before."""
        return all(condition.holds(record) for condition in self.when)

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {"name": self.name, "when": [one.to_dict() for one in self.when], "parent": self.parent}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RecordType:
        """The type that ``to_dict`` described."""
        return cls(data["name"], tuple(map(Condition.from_dict, data["when"])), data["parent"])


def type_of(types: Sequence[RecordType], record: bytes) -> int | None:
    """The place of the record's type among ``types``; None when it is of none."""
    return next((place for place, one in enumerate(types) if one.matches(record)), None)
