"""One driver connection: each request chain is rewritten and sent to Derby, and the replies are sent back.

The ordinary commands of a chain are sent together, and an array insert in slices. Commands that Derby does not know are
answered here. Replies keep the order and the correlators of the driver's commands.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator

from deploy.derby.gateway import commands, ddm, dss, handshake, replies
from deploy.derby.gateway.arrays import Slice, slices_of
from deploy.derby.gateway.codepoints import CodePoint, name_of
from deploy.derby.gateway.dss import Dss, DssReader
from deploy.derby.gateway.errors import ProtocolError
from deploy.derby.gateway.outcomes import ArrayOutcome
from deploy.derby.gateway.requests import Command, PlanCache, commands_of, with_mixed_text

LOG = logging.getLogger("lrecl.derby.gateway")

_BUFFER = 1 << 16
_LARGE = 1 << 16
_WITH_PARAMETERS = frozenset({CodePoint.EXCSQLSTT, CodePoint.OPNQRY})


class Session:
    """Forwards the chains of one connection until either side closes it."""

    def __init__(self, driver: socket.socket, derby: socket.socket) -> None:
        self._driver, self._derby = driver, derby
        self._streams = (driver.makefile("rb", _BUFFER), derby.makefile("rb", _BUFFER))
        self._from_driver, self._from_derby = map(DssReader, self._streams)
        self._plans = PlanCache()
        self._sections = commands.Sections()

    def run(self) -> None:
        """Serve until the driver disconnects. Raises ProtocolError or OSError when a connection fails."""
        while chain := self._from_driver.read_chain():
            requests = commands_of(chain)
            _log("driver", [command.code_point for command in requests])
            disconnecting = any(command.code_point == CodePoint.DISCONNECT for command in requests)
            answer = self._answer([command for command in requests if command.code_point != CodePoint.DISCONNECT])
            _log("answer", [reply.code_point for reply in answer])
            if answer:
                self._driver.sendall(dss.encode_chain(answer))
            if disconnecting:
                return

    def stop(self) -> None:
        """Close both connections, from any thread. Derby rolls back the open transaction."""
        for connection in (self._driver, self._derby):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError as error:
                LOG.debug("already closed: %s", error)

    def close(self) -> None:
        """Close both connections and free them, in the thread that ran the session."""
        self.stop()
        for each in (*self._streams, self._driver, self._derby):
            each.close()

    def _answer(self, requests: list[Command]) -> list[Dss]:
        answer: list[Dss] = []
        ordinary: list[Command] = []
        failed = False
        for command in requests:
            own = self._own_reply(command)
            slices = None if own else slices_of(command, self._plans)
            if not own and slices is None:
                ordinary.append(_after_failure(command) if failed else command)
                continue
            answer += self._forward(ordinary)
            ordinary = []
            if slices is not None:
                atomic = commands.is_atomic(command.payload)
                outcome = self._insert(slices, ArrayOutcome(atomic=atomic))
                failed, own = outcome.failed and atomic, outcome.answer()
            answer += (reply._replace(correlator=command.correlator) for reply in own)
        answer += self._forward(ordinary)
        return [replies.for_driver(reply) for reply in answer]

    def _own_reply(self, command: Command) -> list[Dss]:
        """The reply to a command that is not forwarded to Derby. Empty for all others."""
        if command.code_point not in commands.SUPPORTED:
            LOG.warning("the driver sent %s, which Derby does not know", name_of(command.code_point))
            return [Dss(dss.REPLY, 0, replies.not_supported(command.code_point))]
        if self._sections.missing(command.payload):
            return [Dss(dss.OBJECT, 0, replies.sqlcard(replies.PACKAGE_NOT_FOUND))]
        return []

    def _forward(self, ordinary: list[Command]) -> list[Dss]:
        if not ordinary:
            return []
        chain = [
            frame for number, command in enumerate(ordinary, 1) for frame in self._rewritten(command).frames(number)
        ]
        answer = self._send_and_receive(dss.encode_chain(chain))
        for reply in answer:
            if not 1 <= reply.correlator <= len(ordinary):
                raise ProtocolError("LRG006", f"Derby answered command {reply.correlator} of {len(ordinary)}.")
        return [reply._replace(correlator=ordinary[reply.correlator - 1].correlator) for reply in answer]

    def _rewritten(self, command: Command) -> Command:
        if command.code_point in commands.HANDSHAKE:
            return Command(0, handshake.request(command.payload))
        payload = commands.with_known_variables(command.payload)
        if command.code_point == CodePoint.EXCSQLSET:
            return Command(0, payload, [commands.HARMLESS_SETTING])
        if command.code_point in _WITH_PARAMETERS:
            return Command(0, payload, [with_mixed_text(item, self._plans) for item in command.objects])
        return Command(0, payload, command.objects)

    def _insert(self, slices: Iterator[Slice], outcome: ArrayOutcome) -> ArrayOutcome:
        current = next(slices, None)
        while current is not None and not outcome.failed:
            # One slice at a time: with two, Derby's replies would wait for delayed acknowledgements (Nagle).
            self._derby.sendall(current.data)
            following = next(slices, None)  # built while Derby is busy with the current one
            outcome.add(self._replies(), current.rows)
            current = following
        LOG.debug("array of %d rows, failed: %s", outcome.rows, outcome.failed)
        if outcome.transaction_ended:
            self._send_and_receive(dss.encode_chain([Dss(dss.REQUEST, 1, ddm.encode(CodePoint.RDBRLLBCK, b""))]))
        return outcome

    def _send_and_receive(self, data: bytes) -> list[Dss]:
        if len(data) <= _LARGE:
            self._derby.sendall(data)
            return self._replies()
        # Derby may start to answer before it has read all of a large chain. With one thread, both would then block.
        sender = threading.Thread(target=self._send_large, args=(data,), daemon=True)
        sender.start()
        answer = self._replies()
        sender.join()
        return answer

    def _send_large(self, data: bytes) -> None:
        try:
            self._derby.sendall(data)
        except OSError as error:
            # The reading thread fails on the same connection and reports it.
            LOG.debug("sending to Derby failed: %s", error)

    def _replies(self) -> list[Dss]:
        # Derby uses Nagle's algorithm: unless acknowledgements are prompt, its longer replies take 40 ms.
        self._derby.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        chain = self._from_derby.read_chain()
        if not chain:
            raise ConnectionResetError("Derby closed the connection instead of answering")
        return chain


def _after_failure(command: Command) -> Command:
    """An autocommit after a failed array becomes a rollback: as in Db2, all rows of an array are inserted or none."""
    if command.code_point != CodePoint.RDBCMM:
        return command
    return Command(command.correlator, ddm.encode(CodePoint.RDBRLLBCK, b""))


def _log(who: str, code_points: list[int]) -> None:
    if LOG.isEnabledFor(logging.DEBUG):
        LOG.debug("%s %s", who, " ".join(map(name_of, code_points)))
