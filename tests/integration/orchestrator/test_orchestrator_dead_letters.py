"""The desk and the watch on a real broker and a real database: who sees what, what moves, and what the tables say."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest

from deploy.local.rabbit import RabbitNode
from services.orchestrator.deadletters import rounds as rounds_module
from services.orchestrator.deadletters.operations import DeadLetters
from services.orchestrator.deadletters.requests import Order, Selection
from services.orchestrator.deadletters.watch import DeadLetterWatch
from services.orchestrator.store.runs import NewRun
from services.orchestrator.store.states import State
from services.orchestrator.store.stores import stores
from shared.database.pool import SessionPool
from shared.errors import PoisonError, RequestError, TransientError
from shared.messaging.dead_letters import headers_after_failure
from shared.messaging.dead_queue import browsing
from shared.messaging.messages import FileIdentity
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import PROCESSED, RAW, READ, dead_queue
from shared.messaging.wire import pack
from tests.support.derby import DerbyEndpoint
from tests.support.queues import channel_to, depth, drain, renew
from tests.support.queues import settings_for as broker_settings
from tests.support.sessions import fresh_name, migrated_pool
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.database, pytest.mark.broker]

SCHEMA = "DLQTEST"
BOUND = 3
OPS = Order(actor="ops", note="fixed")


@pytest.fixture(scope="module")
def pool(database: DerbyEndpoint) -> Iterator[SessionPool]:
    with migrated_pool(database, SCHEMA) as made:
        yield made


@pytest.fixture
def settings(broker: RabbitNode) -> BrokerSettings:
    made = broker_settings(broker, raw_queue_bound=BOUND, delivery_limit=2)
    renew(broker, made)
    return made


@pytest.fixture
def publisher(settings: BrokerSettings) -> Iterator[Publisher]:
    made = Publisher(settings, "test-publisher")
    yield made
    made.close()


@pytest.fixture
def desk(settings: BrokerSettings, pool: SessionPool) -> Iterator[DeadLetters]:
    made = DeadLetters(settings, pool, "test")
    yield made
    made.close()


@pytest.fixture
def run_id(pool: SessionPool) -> str:
    run = NewRun(
        run_id=fresh_name("run-"), job="transactions", forced=False, job_digest="j" * 64,
        copybook_digest="c" * 64, control_figures={"records": None, "totals": {}}, requested_by="test",
        file=FileIdentity(path="in.dat", size=4_800, mtime_ns=1),
    )  # fmt: skip
    with stores(pool) as at:
        at.runs.insert(run)
    return run.run_id


def message(run_id: str, batch_no: int) -> bytes:
    return pack({"kind": "raw", "run_id": run_id, "batch_no": batch_no}, {"records": bytes(batch_no)})


def put(publisher: Publisher, queue: str, *bodies: bytes, code: str = "LRP020") -> None:
    for body in bodies:
        headers = headers_after_failure({}, body, PoisonError(code, "spoilt"), "processor-1")
        publisher.publish(dead_queue(queue), body, headers=headers)


@contextmanager
def watching(desk: DeadLetters, settings: BrokerSettings, pool: SessionPool) -> Iterator[None]:
    watch = DeadLetterWatch(desk, settings, pool, "test", 0.05)
    watch.start()
    yield
    watch.close()


def faults(pool: SessionPool, run_id: str) -> list[tuple[int, str, int]]:
    with stores(pool) as at:
        return [(row.batch_no, row.code, row.fatal) for row in at.faults.open(run_id)]


def trail(pool: SessionPool, run_id: str) -> list[tuple[str, str, Any]]:
    with stores(pool) as at:
        assert at.audit.first_broken(run_id) is None
        return [(row.kind, row.actor, row.detail) for row in at.audit.trail(run_id)]


class TestListing:
    def test_pages_are_by_time_and_filtered(self, desk: DeadLetters, publisher: Publisher) -> None:
        put(publisher, PROCESSED, message("a", 1), code="LRP041")
        put(publisher, RAW, message("a", 2), message("b", 3))
        put(publisher, PROCESSED, message("b", 4))
        page = desk.page(Selection(), limit=3)
        assert [letter.batch_no for letter in page.letters] == [1, 2, 3]
        second = page.letters[1].id
        assert (page.more, page.waiting[RAW], page.waiting[PROCESSED], page.waiting[READ]) == (True, 2, 2, 0)
        assert [letter.batch_no for letter in desk.page(Selection(), limit=3, offset=3).letters] == [4]
        for selection, batches in (
            (Selection(run_id="b"), [3, 4]),
            (Selection(queue="raw"), [2, 3]),
            (Selection(reason="lrp041"), [1]),
            (Selection(reason="poison"), [1, 2, 3, 4]),
            (Selection(reason="delivery-limit"), []),
            (Selection(batch_no=4), [4]),
            (Selection(ids=[second]), [2]),
            (Selection(ids=[second], run_id="b"), []),
        ):
            assert [letter.batch_no for letter in desk.page(selection, limit=10).letters] == batches

    def test_one_letter_in_full(self, desk: DeadLetters, publisher: Publisher) -> None:
        body = pack({"kind": "raw", "run_id": "a", "batch_no": 1, "plan": {"columns": ["x" * 500]}})
        put(publisher, RAW, body)
        (letter,) = desk.page(Selection(), limit=2).letters
        detail = desk.show(letter.id)
        assert detail.letter.message == "spoilt"
        assert detail.header == {"kind": "raw", "run_id": "a", "batch_no": 1, "parts": {}}
        with pytest.raises(RequestError, match="LRQ030"):
            desk.show("0" * 12)

    def test_two_operators_at_once_see_everything(self, desk: DeadLetters, publisher: Publisher) -> None:
        put(publisher, RAW, *(message("a", number) for number in range(40)))
        seen: list[int] = []

        def look() -> None:
            for _ in range(5):
                seen.append(len(desk.page(Selection(queue="raw"), limit=100).letters))

        threads = [threading.Thread(target=look) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == [40] * 15


class TestReplay:
    def test_the_selected_go_back_and_the_others_stay(
        self, broker: RabbitNode, desk: DeadLetters, publisher: Publisher, pool: SessionPool, run_id: str
    ) -> None:
        put(publisher, RAW, message(run_id, 1), message("other", 2))
        outcome = desk.replay(Selection(run_id=run_id), OPS)
        assert (outcome.count, outcome.by_queue, outcome.interrupted) == (1, {RAW: 1}, False)
        ((headers, body),) = drain(broker, RAW)
        assert body == message(run_id, 1)
        assert (headers["lrecl-replays"], headers["lrecl-attempts"]) == (1, 1)
        assert [letter.batch_no for letter in desk.page(Selection(), limit=10).letters] == [2]
        ((kind, actor, detail),) = trail(pool, run_id)
        assert (kind, actor, detail["note"], detail["batch_no"]) == ("dead letter replayed", "ops", "fixed", 1)

    def test_x_death_is_kept(self, broker: RabbitNode, desk: DeadLetters, settings: BrokerSettings) -> None:
        died_by_the_broker(broker, settings, RAW, message("a", 1))
        desk.replay(Selection(queue="raw"), OPS)
        ((headers, _),) = drain(broker, RAW)
        assert headers["x-death"][0]["reason"] == "delivery_limit"
        assert headers.get("x-delivery-count", 0) == 0, "else the next service would count it against its own limit"

    def test_a_dry_run_moves_nothing(
        self, broker: RabbitNode, desk: DeadLetters, publisher: Publisher, pool: SessionPool, run_id: str
    ) -> None:
        put(publisher, RAW, message(run_id, 1), message(run_id, 2))
        outcome = desk.replay(Selection(), Order(actor="ops", dry_run=True))
        assert (outcome.count, [letter.batch_no for letter in outcome.letters]) == (2, [1, 2])
        desk.discard(Selection(), Order(actor="ops", dry_run=True))
        assert (depth(broker, RAW), depth(broker, dead_queue(RAW)), trail(pool, run_id)) == (0, 2, [])

    def test_limit_and_rate(self, broker: RabbitNode, desk: DeadLetters, publisher: Publisher) -> None:
        put(publisher, PROCESSED, *(message("a", number) for number in range(9)))
        started = time.monotonic()
        outcome = desk.replay(Selection(), Order(actor="ops", limit=6, rate=5))
        assert outcome.count == 6
        assert 1.0 <= time.monotonic() - started < 4
        assert (depth(broker, PROCESSED), depth(broker, dead_queue(PROCESSED))) == (6, 3)

    def test_a_slow_rate_hides_the_letters_only_for_a_while(
        self, desk: DeadLetters, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rounds_module, "_ROUND_SECONDS", 0.2)
        put(publisher, PROCESSED, *(message("a", number) for number in range(4)))
        slow = threading.Thread(target=lambda: desk.replay(Selection(), Order(actor="ops", rate=1)))
        slow.start()
        counts = []
        while slow.is_alive():
            counts.append(len(desk.page(Selection(queue="processed"), limit=10).letters))
        slow.join()
        assert set(counts) >= {3, 2, 1}
        assert all(later <= earlier for earlier, later in pairwise(counts))

    def test_a_full_queue_is_waited_for(self, broker: RabbitNode, desk: DeadLetters, publisher: Publisher) -> None:
        """Twelve letters for a queue of three: they pass as somebody works them off, each once."""
        bodies = [message("a", number) for number in range(12)]
        put(publisher, RAW, *bodies)
        replay = threading.Thread(target=lambda: desk.replay(Selection(), OPS))
        replay.start()
        wait_until(lambda: depth(broker, RAW) >= BOUND)
        time.sleep(0.3)
        assert replay.is_alive()
        taken: list[bytes] = []
        while replay.is_alive():
            taken += [body for _, body in drain(broker, RAW)]
        taken += [body for _, body in drain(broker, RAW)]
        assert sorted(taken) == sorted(bodies)
        assert depth(broker, dead_queue(RAW)) == 0

    def test_closing_interrupts_and_loses_nothing(
        self, broker: RabbitNode, desk: DeadLetters, publisher: Publisher
    ) -> None:
        bodies = [message("a", number) for number in range(12)]
        put(publisher, RAW, *bodies)
        outcomes: list[Any] = []
        replay = threading.Thread(target=lambda: outcomes.append(desk.replay(Selection(), OPS)))
        replay.start()
        wait_until(lambda: depth(broker, RAW) >= BOUND)
        desk.close()
        replay.join(10)
        assert outcomes[0].interrupted
        found = [body for queue in (RAW, dead_queue(RAW)) for _, body in drain(broker, queue)]
        assert sorted(found) == sorted(bodies)

    def test_what_fails_again_is_not_replayed_for_ever(
        self, broker: RabbitNode, desk: DeadLetters, publisher: Publisher
    ) -> None:
        """A consumer that puts everything aside again at once, as a processor without the fix would."""
        put(publisher, RAW, *(message("a", number) for number in range(20)))
        stop = threading.Event()

        def refuse() -> None:
            while not stop.is_set():
                for headers, body in drain(broker, RAW):
                    again = headers_after_failure(headers, body, PoisonError("LRP020", "again"), "p")
                    publisher.publish(dead_queue(RAW), body, headers=again)

        refusing = threading.Thread(target=refuse)
        refusing.start()
        outcome = desk.replay(Selection(), OPS)
        wait_until(lambda: depth(broker, dead_queue(RAW)) == 20)
        stop.set()
        refusing.join()
        assert outcome.count == 20
        letters = desk.page(Selection(), limit=100).letters
        assert {(letter.replays, letter.attempts, len(letter.earlier)) for letter in letters} == {(1, 2, 1)}

    def test_a_crash_between_publish_and_acknowledgement_doubles_and_loses_nothing(
        self, broker: RabbitNode, desk: DeadLetters, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(publisher, PROCESSED, message("a", 1))
        monkeypatch.setattr(rounds_module, "_TRIES", 1)

        def crash(*_: object) -> None:
            raise TransientError("LRM004", "the moment before the acknowledgement")

        with monkeypatch.context() as patched:
            patched.setattr("shared.messaging.dead_queue.Browser.remove", crash)
            with pytest.raises(TransientError):
                desk.replay(Selection(), OPS)
        assert desk.replay(Selection(), OPS).count == 1
        assert [body for _, body in drain(broker, PROCESSED)] == [message("a", 1)] * 2


class TestDiscarding:
    def test_a_run_that_lacks_a_batch_cannot_complete(
        self, broker: RabbitNode, desk: DeadLetters, publisher: Publisher, pool: SessionPool, run_id: str
    ) -> None:
        put(publisher, RAW, message(run_id, 4), message("unknown", 5), b"garbage")
        outcome = desk.discard(Selection(), Order(actor="ops", note="sender withdrew it"))
        assert outcome.count == 3
        assert [depth(broker, queue) for queue in (RAW, dead_queue(RAW))] == [0, 0]
        assert faults(pool, run_id) == [(4, "LRR013", 1)]
        with stores(pool) as at:
            (fault,) = at.faults.open(run_id)
        assert "batch 4 was discarded" in fault.message
        assert "by ops: sender withdrew it" in fault.message
        ((kind, actor, detail),) = trail(pool, run_id)
        assert (kind, actor, detail["note"]) == ("dead letter discarded", "ops", "sender withdrew it")

    def test_a_second_copy_of_a_batch_in_the_ledger_is_not_missed(
        self, desk: DeadLetters, publisher: Publisher, pool: SessionPool, run_id: str
    ) -> None:
        in_ledger(pool, run_id, 4)
        put(publisher, RAW, message(run_id, 4))
        desk.discard(Selection(), OPS)
        assert faults(pool, run_id) == []
        assert [kind for kind, *_ in trail(pool, run_id)] == ["dead letter discarded"]

    def test_a_finished_run_stays_as_it_is(
        self, desk: DeadLetters, publisher: Publisher, pool: SessionPool, run_id: str
    ) -> None:
        with stores(pool) as at:
            assert at.runs.end(run_id, State.FAILED, "for another reason", 2)
        put(publisher, RAW, message(run_id, 4), message(run_id, 4))
        assert desk.discard(Selection(), OPS).count == 2
        assert faults(pool, run_id) == []
        assert len(trail(pool, run_id)) == 2


class TestWatch:
    def test_what_the_broker_put_aside_holds_its_run(
        self, broker: RabbitNode, desk: DeadLetters, settings: BrokerSettings, pool: SessionPool, run_id: str
    ) -> None:
        with watching(desk, settings, pool):
            died_by_the_broker(broker, settings, RAW, message(run_id, 6))
            wait_until(lambda: faults(pool, run_id) == [(6, "LRP050", 0)])
            desk.replay(Selection(run_id=run_id), OPS)
            assert faults(pool, run_id) == [], "on its way again"
            drain(broker, RAW)
            died_by_the_broker(broker, settings, RAW, message(run_id, 6))
            wait_until(lambda: faults(pool, run_id) == [(6, "LRP050", 0)])

    def test_a_read_command_holds_its_run_too(
        self, broker: RabbitNode, desk: DeadLetters, settings: BrokerSettings, pool: SessionPool, run_id: str
    ) -> None:
        with watching(desk, settings, pool):
            died_by_the_broker(broker, settings, READ, pack({"kind": "read", "run_id": run_id}))
            wait_until(lambda: faults(pool, run_id) == [(-1, "LRP050", 0)])
            desk.replay(Selection(queue="read"), OPS)
            assert faults(pool, run_id) == []

    def test_letters_from_before_the_start_and_of_nobody(
        self, desk: DeadLetters, settings: BrokerSettings, publisher: Publisher, pool: SessionPool, run_id: str
    ) -> None:
        put(publisher, RAW, b"garbage", message("nobody", 1), message(run_id, 2), message(run_id, 2))
        with watching(desk, settings, pool):
            wait_until(lambda: faults(pool, run_id) == [(2, "LRP020", 0)])
        assert faults(pool, "nobody") == []

    def test_it_looks_only_when_something_changed(
        self,
        desk: DeadLetters,
        settings: BrokerSettings,
        publisher: Publisher,
        pool: SessionPool,
        run_id: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        looks: list[str] = []
        looking: Callable[[str], Any] = desk.looking
        monkeypatch.setattr(desk, "looking", lambda queue: looks.append(queue) or looking(queue))
        put(publisher, RAW, message(run_id, 2))
        with watching(desk, settings, pool):
            wait_until(lambda: faults(pool, run_id) != [])
            time.sleep(0.5)
        assert looks == [RAW]


def in_ledger(pool: SessionPool, run_id: str, batch_no: int) -> None:
    with stores(pool) as at:
        names = (
            "RUN_ID, BATCH_NO, SPLIT_NO, START_OFFSET, BYTES, RECORDS_READ, RECORDS_VALID, RECORDS_REJECTED, "
            "CONTROL_TOTALS, CHECKSUM, PROCESSOR_ID, WRITER_ID, DECODE_MICROS"
        )
        at.session.execute(
            f"INSERT INTO {SCHEMA}.BATCH ({names}) VALUES (?, ?, 0, 0, 1, 1, 1, 0, '', 'x', 'p', 'w', 1)",  # noqa: S608
            (run_id, batch_no),
        )


def died_by_the_broker(broker: RabbitNode, settings: BrokerSettings, queue: str, body: bytes) -> None:
    """A message whose every consumer died with it in hand, until the broker put it aside."""
    with channel_to(broker) as channel:
        channel.basic_publish("", queue, body)
    before = depth(broker, dead_queue(queue))
    for _ in range(settings.delivery_limit + 1):
        with channel_to(broker) as channel:
            wait_until(lambda channel=channel: channel.basic_get(queue)[0] is not None)
    wait_until(lambda: depth(broker, dead_queue(queue)) == before + 1)


def test_looking_needs_a_free_desk(
    desk: DeadLetters, settings: BrokerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.orchestrator.deadletters.operations._LOOK_SECONDS", 0.1)
    with desk.looking(RAW), pytest.raises(RequestError) as caught:
        desk.page(Selection(queue="raw"), limit=1)
    assert (caught.value.code, caught.value.status) == ("LRQ033", 409)
    with browsing(settings, RAW, "test") as browser:
        assert browser.depth() == 0
