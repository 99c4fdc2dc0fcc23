"""Random kill -9 over all processes, by seeded schedules: every run ends with the result of a clean one."""

from __future__ import annotations

import pytest

from tests.faults.conftest import LONG, Input, Site
from tests.faults.schedules import Executioner, schedule

pytestmark = [pytest.mark.broker, pytest.mark.database]


@pytest.mark.parametrize("seed", range(1, 101 if LONG else 4))
def test_a_schedule_of_kills_costs_no_row_and_doubles_none(site: Site, many: Input, seed: int) -> None:
    run_id = site.start(f"schedule-{seed}", many)
    with Executioner(site, seed) as executioner:
        executioner.carry_out(schedule(seed), run_id)
    site.assert_whole(run_id, many)
    assert executioner.kills.total() > 0
    site.tally.add(
        schedules=1, **{f"killed_{victim.replace(' ', '_')}": count for victim, count in executioner.kills.items()}
    )
