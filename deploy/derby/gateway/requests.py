"""Requests of the driver: a chain as commands, each with the objects that belong to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from deploy.derby.gateway import ddm, dss
from deploy.derby.gateway.codepoints import CodePoint
from deploy.derby.gateway.dss import Dss
from deploy.derby.gateway.errors import ProtocolError
from deploy.derby.gateway.fdoca import RowPlan

PLANS_KEPT = 64


@dataclass
class Command:
    """One command of the driver and the objects that follow it (statement text, parameters)."""

    correlator: int
    payload: bytes
    objects: list[bytes] = field(default_factory=list)

    @property
    def code_point(self) -> int:
        return code_point_of(self.payload)

    def frames(self, correlator: int) -> Iterator[Dss]:
        """The command and its objects as frames with this correlator."""
        yield Dss(dss.REQUEST, correlator, self.payload)
        for payload in self.objects:
            yield Dss(dss.OBJECT, correlator, payload)


class PlanCache:
    """Row plans by descriptor, so that a statement that is executed a thousand times is planned once."""

    def __init__(self) -> None:
        self._plans: dict[bytes, RowPlan] = {}

    def plan(self, descriptor: bytes) -> RowPlan:
        """The plan for a descriptor. Raises ProtocolError LRG005 for one that is not FD:OCA."""
        plan = self._plans.get(descriptor)
        if plan is None:
            if len(self._plans) >= PLANS_KEPT:
                self._plans.clear()
            plan = self._plans[descriptor] = RowPlan(descriptor)
        return plan


def commands_of(chain: list[Dss]) -> list[Command]:
    """The commands of a chain. Raises ProtocolError LRG006 for an object without a command."""
    found: list[Command] = []
    for frame in chain:
        if frame.kind != dss.OBJECT:
            found.append(Command(frame.correlator, frame.payload))
        elif found:
            found[-1].objects.append(frame.payload)
        else:
            raise ProtocolError("LRG006", "A chain starts with an object instead of a command.", data=frame.payload)
    return found


def code_point_of(payload: bytes) -> int:
    """The code point of the first object in a payload."""
    return int.from_bytes(payload[2:4], "big")


def parameters_of(payload: bytes) -> tuple[bytes, bytes]:
    """Descriptor and rows of an SQLDTA. Raises ProtocolError LRG005 when one of them is missing."""
    parts = ddm.by_code_point(ddm.body_of(payload))
    try:
        return parts[CodePoint.FDODSC], parts[CodePoint.FDODTA]
    except KeyError as error:
        raise ProtocolError("LRG005", "Parameters without a descriptor or without data.", data=payload) from error


def with_mixed_text(payload: bytes, plans: PlanCache) -> bytes:
    """An SQLDTA of one row with its VARGRAPHIC values as VARMIX. Any other object is returned unchanged."""
    if code_point_of(payload) != CodePoint.SQLDTA:
        return payload
    descriptor, data = parameters_of(payload)
    plan = plans.plan(descriptor)
    if not plan.rewrites:
        return payload
    rows = b"".join(plan.rows(data))
    described = ddm.encode(CodePoint.FDODSC, plan.descriptor)
    return ddm.encode(CodePoint.SQLDTA, described + ddm.encode(CodePoint.FDODTA, rows))
