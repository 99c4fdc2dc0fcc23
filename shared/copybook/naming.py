"""Finding items by name, with COBOL's qualification (Language Reference, "Uniqueness of reference")."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from shared.copybook.ast import FILLER
from shared.copybook.errors import AMBIGUOUS_NAME, UNKNOWN_NAME, Position, failure, shown

_SHOWN_CANDIDATES = 5


class NameIndex:
    """Items of one record by name; an item is its index in ``paths``, whose names run from the record down."""

    def __init__(self, paths: Sequence[tuple[str, ...]], source: str) -> None:
        self._paths = paths
        self._source = source
        self._by_name: dict[str, list[int]] = {}
        for index, path in enumerate(paths):
            if path[-1] != FILLER:
                self._by_name.setdefault(path[-1], []).append(index)

    def find(self, reference: str) -> int:
        """Find ``NAME``, ``NAME OF GROUP`` (or IN) or ``GROUP.NAME``; raises ``CopybookError`` LRC025 or LRC026."""
        words = reference.upper().replace(" IN ", " OF ").split(" OF ")
        names = [part.strip() for word in words for part in reversed(word.split("."))]
        return self.resolve(tuple(names), Position(self._source, 0, 0))

    def resolve(self, names: tuple[str, ...], at: Position) -> int:
        """Find the one item called ``names[0]`` inside groups called ``names[1:]``, innermost first."""
        candidates = [index for index in self._by_name.get(names[0], ()) if _within(self._paths[index], names)]
        if len(candidates) == 1:
            return candidates[0]
        reference = shown(" OF ".join(names), 120)
        if candidates:
            paths = ", ".join(".".join(self._paths[index]) for index in candidates[:_SHOWN_CANDIDATES])
            raise failure(AMBIGUOUS_NAME, f"{reference} can be any of {len(candidates)}: {paths}", at)
        raise failure(UNKNOWN_NAME, f"there is no {reference} in record {self._paths[0][0]}", at, self._nearest(names))

    def _nearest(self, names: tuple[str, ...]) -> str:
        close = get_close_matches(names[0], list(self._by_name)[:1000], n=3)
        return f"Did you mean {' or '.join(close)}?" if close else ""


def _within(path: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Whether the qualifiers occur in the path in order, from the item outwards; levels between may be left out."""
    outwards = iter(reversed(path))
    return all(name in outwards for name in names)
