"""New queues for each test, a proxy before the broker, and publishers and consumers that are closed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deploy.local import rabbit
from deploy.local.rabbit import RabbitNode
from shared.messaging import publisher as publisher_module
from shared.messaging.consumer import Consumer
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import RAW
from tests.support.guarded_broker import GuardedBroker, guarded_broker
from tests.support.queues import renew, settings_for
from tests.support.requirements import need
from tests.support.tcp import TcpProxy

BOUND, LIMIT = 3, 2


@pytest.fixture
def settings(broker: RabbitNode) -> BrokerSettings:
    """A small raw queue with few deliveries, reached directly."""
    made = settings_for(broker, raw_queue_bound=BOUND, delivery_limit=LIMIT)
    renew(broker, made)
    return made


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedBroker]:
    """A node as in the containers: a user for each service, TLS with a private CA."""
    need(rabbit.installed(), "RabbitMQ")
    with guarded_broker(tmp_path_factory.mktemp("guarded")) as running:
        yield running


@pytest.fixture
def proxy(broker: RabbitNode) -> Iterator[TcpProxy]:
    with TcpProxy(broker.port) as running:
        yield running


@pytest.fixture
def cuttable(broker: RabbitNode, settings: BrokerSettings, proxy: TcpProxy) -> BrokerSettings:
    """The same queues, reached through the proxy."""
    return settings_for(broker, proxy.port, raw_queue_bound=BOUND, delivery_limit=LIMIT)


@pytest.fixture
def open_publisher() -> Iterator[Callable[[BrokerSettings], Publisher]]:
    opened: list[Publisher] = []

    def make(settings: BrokerSettings) -> Publisher:
        opened.append(Publisher(settings, "test-publisher"))
        return opened[-1]

    yield make
    for publisher in opened:
        publisher.close()


@pytest.fixture
def publisher(settings: BrokerSettings, open_publisher: Callable[[BrokerSettings], Publisher]) -> Publisher:
    return open_publisher(settings)


@pytest.fixture
def open_consumer() -> Iterator[Callable[..., Consumer]]:
    opened: list[Consumer] = []

    def make(settings: BrokerSettings, queue: str = RAW, prefetch: int = 2) -> Consumer:
        opened.append(Consumer(settings, queue, prefetch=prefetch, name="test-consumer"))
        opened[-1].start()
        return opened[-1]

    yield make
    for consumer in opened:
        consumer.close()


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the connections that publishers opened, one for each."""
    opened: list[str] = []
    connect = publisher_module.connect

    def counting(settings: BrokerSettings, name: str, **options: Any) -> object:
        opened.append(name)
        return connect(settings, name, **options)

    monkeypatch.setattr(publisher_module, "connect", counting)
    return opened
