"""What the driver asks for: a chain taken apart into commands, each with the objects that belong to it."""

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
    """One command of the driver and the objects (statement text, parameters) behind it."""

    correlator: int
    payload: bytes
    objects: list[bytes] = field(default_factory=list)

    @property
    def code_point(self) -> int:
        return code_point_of(self.payload)

    def frames(self, correlator: int) -> Iterator[Dss]:
        """The command and its objects under a correlator of the gateway's own."""
        yield Dss(dss.REQUEST, correlator, self.payload)
        for payload in self.objects:
            yield Dss(dss.OBJECT, correlator, payload)


class PlanCache:
    """Row plans by descriptor: a statement executed a thousand times is planned once."""

    def __init__(self) -> None:
        self._plans: dict[bytes, RowPlan] = {}

    def plan(self, descriptor: bytes) -> RowPlan:
        """The plan for a descriptor; raises ProtocolError LRG005."""
        plan = self._plans.get(descriptor)
        if plan is None:
            if len(self._plans) >= PLANS_KEPT:
                self._plans.clear()
            plan = self._plans[descriptor] = RowPlan(descriptor)
        return plan


def commands_of(chain: list[Dss]) -> list[Command]:
    """The commands of a chain; raises ProtocolError LRG006 for an object without one."""
    asked: list[Command] = []
    for frame in chain:
        if frame.kind != dss.OBJECT:
            asked.append(Command(frame.correlator, frame.payload))
        elif asked:
            asked[-1].objects.append(frame.payload)
        else:
            raise ProtocolError("LRG006", "A chain starts with an object instead of a command.", data=frame.payload)
    return asked


def code_point_of(payload: bytes) -> int:
    """The code point of the object a payload holds."""
    return int.from_bytes(payload[2:4], "big")


def parameters_of(payload: bytes) -> tuple[bytes, bytes]:
    """Descriptor and rows of an SQLDTA; raises ProtocolError LRG005 if one is missing."""
    parts = ddm.by_code_point(ddm.body_of(payload))
    try:
        return parts[CodePoint.FDODSC], parts[CodePoint.FDODTA]
    except KeyError as error:
        raise ProtocolError("LRG005", "Parameters without descriptor or without data.", data=payload) from error


def with_mixed_text(payload: bytes, plans: PlanCache) -> bytes:
    """An SQLDTA of one row whose VARGRAPHIC values became VARMIX; any other object as it is."""
    if code_point_of(payload) != CodePoint.SQLDTA:
        return payload
    descriptor, data = parameters_of(payload)
    plan = plans.plan(descriptor)
    if not plan.rewrites:
        return payload
    rows = b"".join(plan.rows(data))
    described = ddm.encode(CodePoint.FDODSC, plan.descriptor)
    return ddm.encode(CodePoint.SQLDTA, described + ddm.encode(CodePoint.FDODTA, rows))
