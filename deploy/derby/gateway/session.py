"""One driver connection: a request chain in, the same chain in Derby's dialect out, and the replies back.

A request chain becomes a list of steps. Ordinary commands travel together; an array insert travels in slices; what
Derby has no answer for is answered here. Replies keep the order and the correlators of the driver's commands.
"""

from __future__ import annotations

import logging
import socket
import threading
from dataclasses import dataclass, field

from deploy.derby.gateway import commands, ddm, dss, handshake, replies
from deploy.derby.gateway.arrays import ArrayOutcome, ArraySplitter
from deploy.derby.gateway.codepoints import CodePoint, name_of
from deploy.derby.gateway.dss import Dss, DssReader
from deploy.derby.gateway.errors import ProtocolError
from deploy.derby.gateway.fdoca import RowPlan, is_array

LOG = logging.getLogger("lrecl.derby.gateway")
PLANS_KEPT = 64

_BUFFER = 1 << 16
_LARGE = 1 << 16
_WITH_PARAMETERS = frozenset({CodePoint.EXCSQLSTT, CodePoint.OPNQRY})


@dataclass
class Command:
    """One command of the driver and the objects that belong to it."""

    kind: int
    correlator: int
    payload: bytes
    objects: list[bytes] = field(default_factory=list)

    @property
    def code_point(self) -> int:
        return int.from_bytes(self.payload[2:4], "big")


class Session:
    """Carries the chains of one connection until either side closes it."""

    def __init__(self, driver: socket.socket, derby: socket.socket) -> None:
        self._sockets = (driver, derby)
        self._driver, self._derby = driver, derby
        self._from_driver = DssReader(driver.makefile("rb", _BUFFER))
        self._from_derby = DssReader(derby.makefile("rb", _BUFFER))
        self._plans: dict[bytes, RowPlan] = {}

    def run(self) -> None:
        """Serves until the driver disconnects; raises ProtocolError or OSError when either side breaks off."""
        while chain := self._from_driver.read_chain():
            asked = _commands(chain)
            wanted = [command for command in asked if command.code_point in commands.SUPPORTED]
            for command in asked:
                LOG.debug("driver %s %d bytes", name_of(command.code_point), len(command.payload))
            answer = self._answer(wanted)
            if answer:
                self._driver.sendall(dss.encode_chain(answer))
            if any(command.code_point == CodePoint.DISCONNECT for command in asked):
                return

    def close(self) -> None:
        """Ends both connections; Derby rolls back what was not committed."""
        for connection in self._sockets:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError as error:
                LOG.debug("already closed: %s", error)
            connection.close()

    def _answer(self, asked: list[Command]) -> list[Dss]:
        answer: list[Dss] = []
        together: list[Command] = []
        failed = False
        for command in asked:
            array = self._array_of(command)
            if array is None and not commands.asks_for_licence(command.payload):
                together.append(_after_failure(command) if failed else command)
                continue
            answer += self._forward(together)
            together = []
            if array is None:
                answer.append(Dss(dss.OBJECT, command.correlator, replies.sqlcard(*replies.PACKAGE_NOT_FOUND)))
            else:
                outcome = self._insert(command, *array)
                failed = outcome.failed
                answer += (reply._replace(correlator=command.correlator) for reply in outcome.answer())
        answer += self._forward(together)
        return [replies.for_driver(reply) for reply in answer]

    def _forward(self, together: list[Command]) -> list[Dss]:
        if not together:
            return []
        chain = [
            Dss(dss.REQUEST if position == 0 else dss.OBJECT, number, payload)
            for number, command in enumerate(together, 1)
            for position, payload in enumerate(self._rewritten(command))
        ]
        answer = self._ask(dss.encode_chain(chain))
        for reply in answer:
            LOG.debug("derby %s %d bytes", name_of(reply.code_point), len(reply.payload))
            if not 1 <= reply.correlator <= len(together):
                raise ProtocolError("LRG006", f"Derby answered command {reply.correlator} of {len(together)}.")
        return [reply._replace(correlator=together[reply.correlator - 1].correlator) for reply in answer]

    def _ask(self, data: bytes) -> list[Dss]:
        if len(data) <= _LARGE:
            self._derby.sendall(data)
            return self._replies()
        # Derby may start to answer before it has read all of a large chain: with one thread both would block.
        sender = threading.Thread(target=self._send_quietly, args=(data,), daemon=True)
        sender.start()
        answer = self._replies()
        sender.join()
        return answer

    def _send_quietly(self, data: bytes) -> None:
        try:
            self._derby.sendall(data)
        except OSError as error:
            # The reading side sees the same end of the connection and reports it.
            LOG.debug("sending to Derby broke off: %s", error)

    def _replies(self) -> list[Dss]:
        chain = self._from_derby.read_chain()
        if not chain:
            raise ConnectionResetError("Derby closed the connection instead of answering")
        return chain

    def _rewritten(self, command: Command) -> list[bytes]:
        if command.code_point in commands.HANDSHAKE:
            return [handshake.request(command.payload)]
        payload = commands.with_known_variables(command.payload)
        if command.code_point == CodePoint.EXCSQLSET:
            return [payload, commands.HARMLESS_SETTING]
        if command.code_point in _WITH_PARAMETERS:
            return [payload, *map(self._parameters, command.objects)]
        return [payload, *command.objects]

    def _parameters(self, payload: bytes) -> bytes:
        """An SQLDTA with one row in Derby's dialect; other objects as they are."""
        if int.from_bytes(payload[2:4], "big") != CodePoint.SQLDTA:
            return payload
        descriptor, data = _descriptor_and_data(payload)
        plan = self._plan(descriptor)
        if not plan.rewrites:
            return payload
        rows = b"".join(plan.rows(data))
        described = ddm.encode(CodePoint.FDODSC, plan.descriptor)
        return ddm.encode(CodePoint.SQLDTA, described + ddm.encode(CodePoint.FDODTA, rows))

    def _array_of(self, command: Command) -> tuple[RowPlan, bytes] | None:
        if command.code_point != CodePoint.EXCSQLSTT:
            return None
        for payload in command.objects:
            if int.from_bytes(payload[2:4], "big") == CodePoint.SQLDTA:
                descriptor, data = _descriptor_and_data(payload)
                return (self._plan(descriptor), data) if is_array(descriptor) else None
        return None

    def _insert(self, command: Command, plan: RowPlan, data: bytes) -> ArrayOutcome:
        outcome = ArrayOutcome()
        splitter = ArraySplitter(commands.with_known_variables(command.payload), plan)
        slices = splitter.slices(plan.rows(data))
        current = next(slices, None)
        while current is not None and not outcome.failed:
            sent = current
            self._derby.sendall(sent.data)
            current = next(slices, None)  # built while Derby is busy with the one just sent
            outcome.take(self._replies(), sent.rows)
        LOG.debug("array of %d rows, failed: %s", outcome.rows, outcome.failed)
        if outcome.transaction_ended:
            self._ask(dss.encode_chain([Dss(dss.REQUEST, 1, ddm.encode(CodePoint.RDBRLLBCK, b""))]))
        return outcome

    def _plan(self, descriptor: bytes) -> RowPlan:
        plan = self._plans.get(descriptor)
        if plan is None:
            if len(self._plans) >= PLANS_KEPT:
                self._plans.clear()
            plan = self._plans[descriptor] = RowPlan(descriptor)
        return plan


def _commands(chain: list[Dss]) -> list[Command]:
    asked: list[Command] = []
    for frame in chain:
        if frame.kind != dss.OBJECT:
            asked.append(Command(frame.kind, frame.correlator, frame.payload))
        elif asked:
            asked[-1].objects.append(frame.payload)
        else:
            raise ProtocolError("LRG006", "A chain starts with an object instead of a command.", data=frame.payload)
    return asked


def _descriptor_and_data(payload: bytes) -> tuple[bytes, bytes]:
    parts = ddm.by_code_point(ddm.body_of(payload))
    try:
        return parts[CodePoint.FDODSC], parts[CodePoint.FDODTA]
    except KeyError as error:
        raise ProtocolError("LRG005", "Parameters without descriptor or without data.", data=payload) from error


def _after_failure(command: Command) -> Command:
    """An autocommit behind a refused array becomes a rollback: as in Db2, all rows of an array go in or none."""
    if command.code_point != CodePoint.RDBCMM:
        return command
    return Command(command.kind, command.correlator, ddm.encode(CodePoint.RDBRLLBCK, b""))
