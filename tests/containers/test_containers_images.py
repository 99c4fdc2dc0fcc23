"""Images that are not lrecl's, each by itself under testcontainers: the broker's, and Db2's where it is to be had."""

import os
import secrets
from contextlib import closing

import docker as docker_client
import pytest
from compose_stack import engine_is_there
from docker.errors import ImageNotFound
from pydantic import SecretStr
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from services.orchestrator.store.base import now
from shared.batch.columns import constant
from shared.batch.types import SqlType, TableName, TargetColumn
from shared.database.cli import ArrayInsert, CliConnection
from shared.database.ddl import final_ddl, staging_ddl
from shared.database.migrate import migrate
from shared.database.session import Session
from shared.database.settings import DatabaseSettings
from shared.errors import PoisonError, TransientError
from shared.messaging.consumer import Consumer
from shared.messaging.dead_queue import browsing
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import RAW
from tests.support.requirements import need
from tests.support.waiting import wait_until
from tests.unit.containers.stack_files import example

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(1200)]
DB2_IMAGE = os.environ.get("STACK_DB2_IMAGE", "icr.io/db2_community/db2:11.5.9.0")


@pytest.fixture(autouse=True)
def _engine(monkeypatch):
    """No reaper, whose image is not to be had without a registry; containers are reached on this machine."""
    need(engine_is_there(), "A running Docker engine with Compose", "start one, and see that docker compose works")
    monkeypatch.setattr("testcontainers.core.config.testcontainers_config.ryuk_disabled", True)
    monkeypatch.setattr("testcontainers.core.config.testcontainers_config.tc_host_override", "127.0.0.1")


@pytest.fixture
def broker():
    password = secrets.token_hex(8)
    image = DockerContainer(example()["STACK_RABBITMQ_IMAGE"]).with_exposed_ports(5672)
    image.with_env("RABBITMQ_DEFAULT_USER", "lrecl").with_env("RABBITMQ_DEFAULT_PASS", password)
    with image as running:
        made = BrokerSettings(url=f"amqp://lrecl:{password}@127.0.0.1:{running.get_exposed_port(5672)}/%2F")
        wait_until(lambda: answers(made), 60)
        yield made


def answers(settings):
    try:
        with browsing(settings, RAW, "probe"):
            return True
    except TransientError:
        return False


def test_the_brokers_image_serves_bounded_queues_and_dead_letters(broker):
    publisher = Publisher(broker, "test")
    consumer = Consumer(broker, RAW, prefetch=1, name="test")
    consumer.start()
    try:
        publisher.publish(RAW, b"first")
        publisher.publish(RAW, b"second")
        first = consumer.take(10)
        assert first.body == b"first"
        first.ack()
        second = consumer.take(10)
        second.dead_letter(PoisonError("LRP001", "no message"))

        def letters():
            with browsing(broker, RAW, "looking") as browser:
                return [(held.letter.code, held.letter.category) for held in browser.letters()]

        wait_until(lambda: letters() == [("LRP001", "poison")])
    finally:
        consumer.close()
        publisher.close()


@pytest.fixture
def db2():
    if os.environ.get("STACK_DB2_LICENSE") != "accept":
        pytest.skip("Db2 was not run: STACK_DB2_LICENSE=accept accepts its licence, and its image needs privileges.")
    try:
        docker_client.from_env().images.get(DB2_IMAGE)
    except ImageNotFound:
        pytest.skip(f"Db2 was not run: the image {DB2_IMAGE} is not on this machine.")
    password = secrets.token_hex(8)
    image = DockerContainer(DB2_IMAGE, privileged=True).with_exposed_ports(50000)
    for name, value in {"LICENSE": "accept", "DB2INST1_PASSWORD": password, "DBNAME": "LRECL"}.items():
        image.with_env(name, value)
    with image.waiting_for(LogMessageWaitStrategy("Setup has completed").with_startup_timeout(900)) as running:
        yield DatabaseSettings(
            host="127.0.0.1",
            port=int(running.get_exposed_port(50000)),
            user="db2inst1",
            password=SecretStr(password),
            dialect="db2",
        )


def test_db2_takes_control_tables_and_an_array_insert(db2):
    columns = [TargetColumn("ID", SqlType.INTEGER, nullable=False), TargetColumn("NAME", SqlType.VARCHAR, 20)]
    table = TableName("LRECL", "IMAGE_TEST")
    with closing(Session(db2)) as session:
        assert migrate(session, "LRECL")
        assert migrate(session, "LRECL") == []
        session.execute(staging_ddl(TableName("LRECL", "STG_IMAGE_TEST"), columns, "db2"))
        session.execute(final_ddl(table, columns, ["ID"], "db2"))
        session.commit()
    connection = CliConnection(db2.connection_string())
    run, merged = TargetColumn("RUN_ID", SqlType.VARCHAR, 32), TargetColumn("MERGED_AT", SqlType.VARCHAR, 32)
    rows = [constant(column, value, 1) for column, value in zip(columns, (7, "Zoë€"), strict=True)]
    rows += [constant(run, "run", 1), constant(merged, now().isoformat(" "), 1)]
    ArrayInsert(connection, table, [*columns, run, merged]).execute(rows, 1)
    connection.commit()
    connection.close()
    with closing(Session(db2)) as session:
        assert session.query(f"SELECT ID, NAME FROM {table}") == [{"id": 7, "name": "Zoë€"}]  # noqa: S608
