"""Services told by LRECL_FAULT_POINTS to end at a named place: what they did not tell of is done once more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.conftest import Input, Site

pytestmark = [pytest.mark.broker, pytest.mark.database, pytest.mark.slow]

POINTS = {
    "reader": ("before-publish", "after-publish"),
    "processor": ("before-publish", "before-ack"),
    "writer": ("before-commit", "after-commit", "before-ack"),
    "orchestrator": ("before-ack", "between-merge-and-mark"),
}


@pytest.mark.parametrize("role", POINTS)
def test_a_service_killed_once_at_each_of_its_points_costs_no_row(
    site: Site, small: Input, tmp_path: Path, role: str
) -> None:
    points = [f"{role}.{point}" for point in POINTS[role]]
    nth = 1 if role == "orchestrator" else 2
    environment = {
        "LRECL_FAULT_POINTS": ",".join(f"{point}:kill:#{nth}" for point in points),
        "LRECL_FAULT_FOLDER": tmp_path,
        "LRECL_ENVIRONMENT": "test",
    }
    with site.altered(role, **environment) as process:
        restarts = process.restarts
        run_id = site.start(f"points-{role}", small)
        site.assert_whole(run_id, small)
        assert process.restarts == restarts + len(points)
    assert {mark.name for mark in tmp_path.iterdir()} == set(points)
    site.tally.add(**{f"killed_{role}": len(points)})


def test_the_orchestrator_killed_behind_each_stage_does_it_again(site: Site, small: Input) -> None:
    """Each of its lives ends when its second stage is done but not noted: four of five stages are done twice."""
    points = {"LRECL_FAULT_POINTS": "orchestrator.stage-done:kill:#2", "LRECL_ENVIRONMENT": "test"}
    with site.altered("orchestrator", **points) as orchestrator:
        restarts = orchestrator.restarts
        run_id = site.start("stages-twice", small)
        site.assert_whole(run_id, small)
        assert orchestrator.restarts == restarts + 4
    site.tally.add(killed_orchestrator=4)
