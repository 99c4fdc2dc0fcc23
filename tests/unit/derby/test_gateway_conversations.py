"""Real conversations, recorded by tests/support/record_chains.py, played again: byte for byte, and looked into."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.derby.gateway import ddm, replies
from deploy.derby.gateway.codepoints import CodePoint
from deploy.derby.gateway.dss import Dss, DssReader, encode_chain
from deploy.derby.gateway.outcomes import ArrayOutcome
from deploy.derby.gateway.session import Session
from deploy.derby.gateway.sqlca import Sqlca

CHAINS = Path(__file__).parent / "chains"
NAMES = sorted(path.stem for path in CHAINS.glob("*.txt"))
Line = tuple[str, bytes]


def conversation(name: str) -> list[Line]:
    lines = [line.split() for line in (CHAINS / f"{name}.txt").read_text().splitlines()]
    return [(ends, bytes.fromhex(chain)) for ends, chain in lines]


def frames(lines: list[Line], ends: str) -> list[Dss]:
    return [frame for there, data in lines if there == ends for frame in DssReader(io.BytesIO(data)).read_chain()]


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asking = socket.create_connection(listener.getsockname())
        return asking, listener.accept()[0]


class Ends:
    """A session with this test as driver and as Derby."""

    def __init__(self) -> None:
        self.driver, driver = tcp_pair()
        self.derby, derby = tcp_pair()
        self.session = Session(driver, derby)
        self.thread = threading.Thread(target=self._run)
        self.error: OSError | None = None
        for end in (self.driver, self.derby):
            end.settimeout(10)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.session.run()
        except OSError as error:
            self.error = error
        finally:
            self.session.close()

    def answer(self) -> list[Dss]:
        with self.driver.makefile("rb") as stream:
            return DssReader(stream).read_chain()

    def close(self) -> None:
        self.driver.close()
        self.derby.close()
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.fixture
def ends() -> Iterator[Ends]:
    opened = Ends()
    yield opened
    opened.close()


def receive(end: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := end.recv(size - len(data))):
        data += more
    return data


@pytest.mark.parametrize("name", NAMES)
def test_the_gateway_says_the_same_again(name: str) -> None:
    ends: Ends | None = None
    for there, chain in conversation(name):
        if there == "driver>gateway" and CodePoint.EXCSAT.to_bytes(2, "big") == chain[8:10]:
            if ends:
                ends.close()
            ends = Ends()
        assert ends is not None
        if there == "driver>gateway":
            ends.driver.sendall(chain)
        elif there == "derby>gateway":
            ends.derby.sendall(chain)
        else:
            end = ends.derby if there == "gateway>derby" else ends.driver
            assert receive(end, len(chain)) == chain
    assert ends is not None
    ends.close()
    assert ends.error is None


@pytest.mark.parametrize("name", NAMES)
def test_derby_hears_of_no_db2_and_the_driver_of_no_derby(name: str) -> None:
    lines = conversation(name)
    for frame in frames(lines, "gateway>derby"):
        assert frame.code_point != CodePoint.DISCONNECT
        if frame.code_point == CodePoint.ACCRDB:
            said = ddm.by_code_point(ddm.body_of(frame.payload))
            assert said[CodePoint.PRDID] == b"DNC10030"
            assert said[CodePoint.TRGDFTRT] == b"\xf0"
            assert CodePoint.PRDDTA not in said
    for frame in frames(lines, "gateway>driver"):
        assert b"CSS10" not in frame.payload
        assert "CSS10".encode("cp500") not in frame.payload


def test_text_parameters_reach_derby_as_utf_8() -> None:
    lines = conversation("query")
    sent = [frame for frame in frames(lines, "driver>gateway") if frame.code_point == CodePoint.SQLDTA]
    heard = [frame for frame in frames(lines, "gateway>derby") if frame.code_point == CodePoint.SQLDTA]
    assert "é%".encode("utf-16-be") in sent[-1].payload
    assert "é%".encode() in heard[-1].payload


def test_an_array_is_one_command_for_the_driver() -> None:
    lines = conversation("array")
    inserts = [frame for frame in frames(lines, "gateway>derby") if frame.code_point == CodePoint.EXCSQLSTT]
    cards = [replies.sqlca_of(f.payload) for f in frames(lines, "gateway>driver") if f.code_point == CodePoint.SQLCARD]
    assert len(inserts) == 7
    assert [card.rows for card in cards if card is not None and card.rows] == [7]


def test_a_refused_array_is_rolled_back_instead_of_committed() -> None:
    lines = conversation("duplicate")
    asked = [frame.code_point for frame in frames(lines, "driver>gateway")]
    heard = [frame.code_point for frame in frames(lines, "gateway>derby")]
    after = asked[asked.index(CodePoint.SQLDTA, asked.index(CodePoint.PRPSQLSTT)) :]
    assert CodePoint.RDBCMM in after
    assert CodePoint.RDBRLLBCK in heard[heard.index(CodePoint.PRPSQLSTT) :]


def test_every_message_fits_into_an_sqlca() -> None:
    lines = conversation("failures")
    before = [replies.sqlca_of(f.payload) for f in frames(lines, "derby>gateway") if f.code_point == CodePoint.SQLCARD]
    after = [replies.sqlca_of(f.payload) for f in frames(lines, "gateway>driver") if f.code_point == CodePoint.SQLCARD]
    assert max(len(card.message) for card in before if card) > 70
    assert max(len(card.message) for card in after if card) <= 70
    assert 10000 in [card.code for card in before if card]
    assert 100 in [card.code for card in after if card]
    assert [card.state for card in after if card and card.code < 0][-1] == b"42X05"


class TestWithoutDerby:
    def test_the_licence_question_is_answered_here(self, ends: Ends) -> None:
        (chain,) = [c for there, c in conversation("array") if there == "driver>gateway" and b"SYSLIC" in c]
        asked = DssReader(io.BytesIO(chain)).read_chain()
        only = [frame for frame in asked if frame.correlator == 2 and frame.code_point != CodePoint.RDBCMM]
        ends.driver.sendall(encode_chain(only))
        (answer,) = ends.answer()
        found = replies.sqlca_of(answer.payload)
        assert found is not None
        assert (found.code, found.state, answer.correlator) == (-805, b"51002", 2)

    def test_an_unknown_command_is_answered(self, ends: Ends) -> None:
        ends.driver.sendall(encode_chain([Dss(1, 9, ddm.encode(0x2003, b""))]))
        (answer,) = ends.answer()
        assert (answer.code_point, answer.correlator) == (CodePoint.CMDNSPRM, 9)
        assert ddm.by_code_point(ddm.body_of(answer.payload))[CodePoint.CODPNT] == b"\x20\x03"

    def test_a_derby_that_goes_takes_the_driver_along(self, ends: Ends) -> None:
        ends.driver.sendall(encode_chain([Dss(1, 1, ddm.encode(CodePoint.RDBCMM, b""))]))
        assert receive(ends.derby, 10)
        ends.derby.shutdown(socket.SHUT_RDWR)
        assert ends.driver.recv(1) == b""
        ends.thread.join(10)
        assert isinstance(ends.error, ConnectionResetError)


def card(code: int, state: bytes = b"00000", rows: int = 0) -> Dss:
    return Dss(3, 1, replies.sqlcard(Sqlca(code, state, b"CSS10140").with_rows(rows)))


class TestOutcome:
    @pytest.mark.parametrize(("atomic", "reported"), [(True, 3), (False, 1)])
    def test_rows_are_counted_as_the_driver_expects(self, atomic: bool, reported: int) -> None:
        outcome = ArrayOutcome(atomic=atomic)
        update = Dss(2, 1, ddm.encode(CodePoint.RDBUPDRM, b""))
        outcome.add([update, card(0, rows=1), card(0, rows=1)], 2)
        outcome.add([card(0, rows=1)], 1)
        message, answer = outcome.answer()
        found = replies.sqlca_of(answer.payload)
        assert message == update
        assert found is not None
        assert found.rows == reported

    def test_the_first_refusal_is_the_answer(self) -> None:
        outcome = ArrayOutcome()
        outcome.add([card(0, rows=1), card(-20001, b"23505"), card(-20001, b"40001"), card(0, rows=1)], 4)
        assert outcome.failed
        assert not outcome.transaction_ended
        assert outcome.answer() == [card(-20001, b"23505")]

    @pytest.mark.parametrize("state", [b"40001", b"40XL1"])
    def test_an_ended_transaction_is_noticed(self, state: bytes) -> None:
        outcome = ArrayOutcome()
        outcome.add([card(-20001, state)], 1)
        assert outcome.transaction_ended

    def test_a_message_other_than_an_update_ends_it(self) -> None:
        outcome = ArrayOutcome()
        syntax = Dss(2, 1, ddm.encode(0x124C, b""))
        outcome.add([card(0, rows=1), syntax], 2)
        assert outcome.failed
        assert outcome.answer() == [syntax]

    def test_missing_replies_are_noticed(self) -> None:
        with pytest.raises(Exception, match="LRG006"):
            ArrayOutcome().add([card(0, rows=1)], 2)


class TestRewriting:
    def test_rows_that_quote_derby_stay(self) -> None:
        body = b"\xff\x00\x00\x08CSS10140\xff\x00"
        assert replies.for_driver(Dss(3, 1, ddm.encode(CodePoint.QRYDTA, body))).payload[4:] == body

    def test_the_sqlca_behind_the_last_row_is_rewritten(self) -> None:
        end = Sqlca(-20001, b"22012", b"CSS10140", message=b"m" * 90)
        row = b"\xff\x00\x00\x08CSS10140"
        payload = ddm.encode(CodePoint.QRYDTA, row + end.encode() + b"\xff")
        answer = ddm.body_of(replies.for_driver(Dss(3, 1, payload)).payload)
        wanted = end._replace(product=b"SQL09070", message=b"m" * 70)
        assert answer == row + wanted.encode() + b"\xff"

    def test_objects_behind_the_first_stay(self) -> None:
        failed = ddm.encode(0x2212, b"") + card(-1).payload
        answer = replies.for_driver(Dss(2, 1, failed)).payload
        assert [item.code_point for item in ddm.decode_all(answer)] == [0x2212, CodePoint.SQLCARD]
