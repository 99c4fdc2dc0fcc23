"""What rows of delimited files hold: which value goes to which place of the matrix that the decoder takes.

Such a row has no bytes at fixed places. The plan's fields lie in cells instead, one for each value of a row, which are
as wide as any text of the item may be; ``rows`` puts the values there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Cell:
    """The place of one value of a row.

    ``offset`` and ``length`` are bytes of the matrix; ``characters`` is the longest text that goes in. A number stands
    at the right end, and spaces around it do not count. Of a value that is not ``loaded`` no fault is taken:
    one that is too long is cut, and such a number left out.
    """

    name: str
    offset: int
    length: int
    characters: int
    number: bool = False
    loaded: bool = True

    def to_list(self) -> list[Any]:
        """JSON-safe form."""
        return [self.name, self.offset, self.length, self.characters, self.number, self.loaded]


@dataclass(frozen=True, slots=True)
class RowForm:
    """``framing`` is ``DelimitedFraming.to_dict()``, ``cells`` are in the order of the row's values."""

    framing: dict[str, Any]
    cells: tuple[Cell, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {"framing": self.framing, "cells": [cell.to_list() for cell in self.cells]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RowForm:
        """What ``to_dict`` described."""
        return cls(data["framing"], tuple(Cell(*cell) for cell in data["cells"]))
