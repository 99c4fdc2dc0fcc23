"""A shape as the order in which a record is walked: stretches that always have their length, and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from shared.shaping.shape import Shape


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes without a table of the shape; ``counters`` are those in it, each with its distance from the start."""

    width: int
    counters: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """The table ``table`` of the shape; ``parts`` make up one occurrence, none when its bytes can be moved whole."""

    table: int
    parts: tuple[Part, ...]


Part: TypeAlias = Stretch | Block


def compile_parts(shape: Shape) -> tuple[Part, ...]:
    """The parts of a whole record, in storage order."""
    return tuple(_parts(shape, None, 0, shape.length))


def _parts(shape: Shape, parent: int | None, start: int, end: int) -> list[Part]:
    inner = [index for index, table in enumerate(shape.tables) if table.parent == parent]
    parts: list[Part] = []
    for index in sorted(inner, key=lambda index: shape.tables[index].offset):
        table = shape.tables[index]
        parts += _stretch(shape, start, table.offset)
        parts.append(_block(shape, index))
        start = table.end
    return parts + _stretch(shape, start, end)


def _block(shape: Shape, index: int) -> Block:
    table = shape.tables[index]
    if all(other.parent != index for other in shape.tables):
        return Block(index, ())
    return Block(index, tuple(_parts(shape, index, table.offset, table.offset + table.stride)))


def _stretch(shape: Shape, start: int, end: int) -> list[Part]:
    offsets = enumerate(counter.spec.offset for counter in shape.counters)
    counters = tuple((index, offset - start) for index, offset in offsets if start <= offset < end)
    return [Stretch(end - start, counters)] if end > start else []
