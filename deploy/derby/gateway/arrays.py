"""Array inserts: Derby executes one row with each command, so an array becomes a series of single EXCSQLSTT commands.

The driver sends one EXCSQLSTT with NBRROW. Its rows follow in one SQLDTA. If a parameter is a large object, they follow
in one SQLDTA for each row, and the EXTDTA of the row comes after it. The gateway sends chains of single commands, as
Derby's own client does for a batch. The chains (slices) start small and grow, so that an error in the first rows (a
locked table, a duplicate) stops the array before thousands of rows have failed or waited one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from deploy.derby.gateway import commands, ddm, dss
from deploy.derby.gateway.codepoints import CodePoint
from deploy.derby.gateway.fdoca import ROW_HERE, RowPlan, is_array
from deploy.derby.gateway.requests import Command, PlanCache, code_point_of, parameters_of, with_mixed_text

FIRST_SLICE = 1
LARGEST_SLICE = 128
"""Rows of one chain. A chain that was sent cannot be stopped. Derby sends the replies to more than about 400 rows in
several writes, and all but the first wait up to 40 ms for a delayed acknowledgement (Nagle's algorithm)."""

_OBJECT_FOLLOWS = dss.CHAINED | dss.SAME_CORRELATOR
T = TypeVar("T")


@dataclass(frozen=True)
class Slice:
    """Some rows of an array, framed as one chain."""

    rows: int
    data: bytes


def slices_of(command: Command, plans: PlanCache) -> Iterator[Slice] | None:
    """The chains to send for an array insert, each built when it is needed. None when the command is not one."""
    if command.code_point != CodePoint.EXCSQLSTT:
        return None
    parameters = [payload for payload in command.objects if code_point_of(payload) == CodePoint.SQLDTA]
    if not parameters:
        return None
    single = commands.without_row_number(commands.with_known_variables(command.payload))
    if len(parameters) > 1:
        rows = (Command(0, single, group) for group in _rows_with_large_objects(command.objects, plans))
        return _sliced(rows, _chain_of_commands)
    descriptor, data = parameters_of(parameters[0])
    if not is_array(descriptor):
        return None
    plan = plans.plan(descriptor)
    return _sliced(plan.rows(data), RowFramer(single, plan).chain)


class RowFramer:
    """Frames rows as single-row commands. The bytes that rows of one length share are built once."""

    def __init__(self, command: bytes, plan: RowPlan) -> None:
        self._command = command
        self._descriptor = ddm.encode(CodePoint.FDODSC, plan.descriptor)
        self._head = dss.encode(dss.REQUEST, _OBJECT_FOLLOWS, 0, command)[:4]
        self._prefixes: dict[int, tuple[bytes, bytes]] = {}

    def chain(self, rows: list[bytes]) -> bytes:
        """One chain, with a command for each row."""
        pieces: list[bytes] = []
        head, prefixes = self._head, self._prefixes
        for number, row in enumerate(rows[:-1], 1):
            correlator = number.to_bytes(2, "big")
            between, before = prefixes.get(len(row)) or self._prefix(len(row))
            if before:
                pieces += (head, correlator, between, correlator, before, row)
            else:
                pieces.append(self._framed(row, number, dss.CHAINED))
        pieces.append(self._framed(rows[-1], len(rows), 0))
        return b"".join(pieces)

    def _prefix(self, length: int) -> tuple[bytes, bytes]:
        """The bytes between the two correlators, and those before the row. Both are empty when a row needs segments."""
        framed = self._framed(bytes(length), 0, dss.CHAINED)
        second = len(self._command) + dss.HEADER.size
        prefix = (framed[6 : second + 4], framed[second + 6 : len(framed) - length])
        self._prefixes[length] = prefix if len(framed) - second <= dss.SEGMENT_LIMIT else (b"", b"")
        return self._prefixes[length]

    def _framed(self, row: bytes, correlator: int, flags: int) -> bytes:
        data = ddm.encode(CodePoint.SQLDTA, self._descriptor + ddm.encode(CodePoint.FDODTA, row))
        command = dss.encode(dss.REQUEST, _OBJECT_FOLLOWS, correlator, self._command)
        return command + dss.encode(dss.OBJECT, flags, correlator, data)


def _sliced(rows: Iterable[T], frame: Callable[[list[T]], bytes]) -> Iterator[Slice]:
    remaining, size = iter(rows), FIRST_SLICE
    while some := list(islice(remaining, size)):
        yield Slice(len(some), frame(some))
        size = min(size * 4, LARGEST_SLICE)


def _chain_of_commands(rows: list[Command]) -> bytes:
    return dss.encode_chain([frame for number, row in enumerate(rows, 1) for frame in row.frames(number)])


def _rows_with_large_objects(objects: list[bytes], plans: PlanCache) -> Iterator[list[bytes]]:
    """The objects of each row. The driver pads them up to NBRROW with objects that contain no row."""
    group: list[bytes] = []
    for payload in objects:
        if code_point_of(payload) == CodePoint.SQLDTA:
            if group:
                yield group
            _, data = parameters_of(payload)
            group = [with_mixed_text(payload, plans)] if data[:1] == bytes((ROW_HERE,)) else []
        elif group:
            group.append(payload)
    if group:
        yield group
