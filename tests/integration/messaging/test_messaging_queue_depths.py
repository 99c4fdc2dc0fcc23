"""The depth of a real broker's queues: counted over broken connections, and told before a queue is full."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.local.rabbit import RabbitNode
from shared.errors import TransientError
from shared.messaging.publisher import Publisher
from shared.messaging.queue_depths import DepthMeter, QueueDepths
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import PROCESSED, RAW, READ, REPORTS, WORK_QUEUES, dead_queue
from tests.integration.messaging.conftest import BOUND
from tests.support.queues import drain
from tests.support.tcp import TcpProxy
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker


@pytest.fixture
def depths(cuttable: BrokerSettings) -> Iterator[QueueDepths]:
    made = QueueDepths(cuttable, "test-depths", seconds=0.05)
    made.start()
    yield made
    made.close()


def fill(publisher: Publisher, queue: str, count: int) -> None:
    for number in range(count):
        publisher.publish(queue, f"{number}".encode())


def test_dead_letters_are_counted_over_a_cut(cuttable: BrokerSettings, proxy: TcpProxy, publisher: Publisher) -> None:
    fill(publisher, dead_queue(RAW), 3)
    meter, names = DepthMeter(cuttable, "test-meter"), [dead_queue(queue) for queue in WORK_QUEUES]
    try:
        assert meter.depths(names) == dict(zip(names, [0, 3, 0, 0], strict=True))
        proxy.cut()
        with pytest.raises(TransientError, match="LRM004"):
            meter.depths(names)
        assert meter.depths(names)[dead_queue(RAW)] == 3
    finally:
        meter.close()


def test_every_work_queue_has_its_depth_and_bound(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher, depths: QueueDepths
) -> None:
    fill(publisher, RAW, 2)
    fill(publisher, PROCESSED, 1)
    wait_until(lambda: depths.depths().get(RAW) == (2, BOUND))
    assert depths.depths() == {
        READ: (0, 100_000), RAW: (2, BOUND), PROCESSED: (1, settings.processed_queue_bound), REPORTS: (0, 100_000),
    }  # fmt: skip
    drain(broker, RAW)
    wait_until(lambda: depths.depths()[RAW] == (0, BOUND))


def test_a_queue_that_is_nearly_full_is_in_the_log_once(
    publisher: Publisher, depths: QueueDepths, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(publisher, RAW, BOUND)
    wait_until(lambda: depths.depths().get(RAW) == (BOUND, BOUND))
    wait_until(lambda: "queue nearly full" in (lines := capsys.readouterr().out) and RAW in lines)
    fill(publisher, READ, 1)
    wait_until(lambda: depths.depths()[READ] == (1, 100_000))
    assert "nearly full" not in capsys.readouterr().out


def test_what_a_broker_that_is_away_holds_is_not_known(
    publisher: Publisher, depths: QueueDepths, proxy: TcpProxy
) -> None:
    fill(publisher, RAW, 1)
    wait_until(lambda: depths.depths().get(RAW) == (1, BOUND))
    proxy.blackhole()
    proxy.cut()
    wait_until(lambda: depths.depths() == {})
    proxy.heal()
    wait_until(lambda: depths.depths().get(RAW) == (1, BOUND), seconds=30)
