"""Connections cut, and processes killed, at the moments between an effect and the news of it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from contextlib import ExitStack

import pytest

from deploy.local.child import Child
from tests.faults.conftest import Input, Site
from tests.support.tcp import TcpProxy
from tests.support.traps import Trap, after_commit, before_ack, before_commit, before_confirm
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.database]

Moment = Callable[[int], Trap]
ROLES = ("reader", "processor", "writer")


class Lines:
    """The ways of the three working services to broker and database, each through a proxy of its own."""

    def __init__(self, site: Site, undo: ExitStack) -> None:
        self.site = site
        broker, database = site.stack.broker, site.stack.database
        self.to_broker = {role: undo.enter_context(TcpProxy(broker.port)) for role in ROLES}
        self.to_database = {"writer": undo.enter_context(TcpProxy(database.port))}
        for role in ROLES:
            url = broker.url.replace(f":{broker.port}/", f":{self.to_broker[role].port}/")
            ports = {"LRECL_DB_PORT": self.to_database["writer"].port} if role == "writer" else {}
            undo.enter_context(site.altered(role, LRECL_BROKER_URL=url, **ports))

    def process(self, role: str) -> Child:
        """The process whose lines these are."""
        return self.site.stack.process(role)


@pytest.fixture(scope="module")
def lines(site: Site) -> Iterator[Lines]:
    with ExitStack() as undo:
        yield Lines(site, undo)


@pytest.mark.parametrize(
    ("role", "line", "moment", "duplicates"),
    [
        ("reader", "to_broker", before_confirm, {1}),
        ("processor", "to_broker", before_confirm, range(1, 9)),
        ("processor", "to_broker", before_ack, range(1, 9)),
        ("writer", "to_broker", before_ack, range(1, 9)),
        ("writer", "to_database", before_commit, {0}),
        ("writer", "to_database", after_commit, {1}),
    ],
)
def test_a_connection_cut_at_the_worst_moment_costs_no_row(
    lines: Lines, small: Input, role: str, line: str, moment: Moment, duplicates: Container[int]
) -> None:
    """Work done but not told of is done again, and found done by the ledger; work cut off before is done once."""
    site, trap = lines.site, moment(3)
    getattr(lines, line)[role].cut_at(trap)

    run_id = site.start(f"cut-{role}-{moment.__name__}", small)
    site.assert_whole(run_id, small)

    assert trap.sprung
    wait_until(lambda: site.duplicates(run_id) in duplicates)
    site.tally.add(cuts=1)


@pytest.mark.parametrize("moment", [before_commit, after_commit])
def test_the_writer_killed_around_a_commit_costs_no_row(lines: Lines, small: Input, moment: Moment) -> None:
    """SIGKILL while the commit is on its way to the database, and while the database's answer is on its way back."""
    site, writer, trap = lines.site, lines.process("writer"), moment(3)
    restarts = writer.restarts
    trap.deed = lambda: site.stack.kill("writer")
    lines.to_database["writer"].cut_at(trap)

    run_id = site.start(f"killed-{moment.__name__}", small)
    site.assert_whole(run_id, small)

    assert trap.sprung
    assert writer.restarts == restarts + 1
    if moment is after_commit:
        wait_until(lambda: site.duplicates(run_id) > 0)
    site.tally.add(cuts=1, killed_writer=1)
