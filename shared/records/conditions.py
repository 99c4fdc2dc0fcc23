"""The conditions of a record type: certain bytes at a certain offset, computed when the job is compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Condition:
    """The bytes of ``field`` at ``offset`` must be one of ``values``, which all have the length of the field.

    A number may be stored in several ways, with different sign nibbles. Text is stored in one way, padded with the
    space ``padding`` of the code page. Bytes that a record lacks count as padding.
    """

    field: str
    offset: int
    values: frozenset[bytes]
    padding: int

    @property
    def length(self) -> int:
        """The length of the field in bytes."""
        return len(next(iter(self.values)))

    def holds(self, record: bytes) -> bool:
        """Whether ``record`` (without its header) meets the condition."""
        raw = record[self.offset : self.offset + self.length]
        return raw.ljust(self.length, bytes((self.padding,))) in self.values

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary."""
        values = sorted(value.hex() for value in self.values)
        return {"field": self.field, "offset": self.offset, "values": values, "padding": self.padding}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Condition:
        """The reverse of ``to_dict``."""
        values = frozenset(map(bytes.fromhex, data["values"]))
        return cls(data["field"], data["offset"], values, data["padding"])


@dataclass(frozen=True, slots=True)
class RecordType:
    """A type of records. A record has the first type whose conditions all hold.

    In a hierarchical file a record belongs to the last record before it of the type ``parent``.
    """

    name: str
    when: tuple[Condition, ...] = ()
    parent: str | None = None

    def matches(self, record: bytes) -> bool:
        """Whether all conditions hold for ``record``."""
        return all(condition.holds(record) for condition in self.when)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary."""
        return {"name": self.name, "when": [one.to_dict() for one in self.when], "parent": self.parent}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RecordType:
        """The reverse of ``to_dict``."""
        return cls(data["name"], tuple(map(Condition.from_dict, data["when"])), data["parent"])


def type_of(types: Sequence[RecordType], record: bytes) -> int | None:
    """The number of the record's type among ``types``; None when it has none."""
    return next((number for number, one in enumerate(types) if one.matches(record)), None)
