"""docs/metrics.md names every metric that lrecl serves and every alert, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from prometheus_client.registry import REGISTRY

from shared.observability import metrics
from shared.observability.leader_metrics import LeaderFigures, LeaderMetrics, RunFigures

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "metrics.md").read_text()


def test_every_metric_is_on_the_page_and_no_other() -> None:
    assert metrics.BATCHES in REGISTRY._collector_to_names
    leader = LeaderMetrics(lambda: LeaderFigures(RunFigures({}, {}, {}, {}), {}, {}))
    families = [family for family in (*REGISTRY.collect(), *leader.collect()) if family.name.startswith("lrecl_")]
    served = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    listed = {
        name
        for line in PAGE.splitlines()
        if line.startswith("| `lrecl_")
        for name in re.findall(r"`(lrecl_\w+)`", line.split("|")[1])
    }
    assert listed == served


def test_every_alert_is_on_the_page_and_no_other() -> None:
    (group,) = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
    listed = re.findall(r"^\| `(Lrecl\w+)` \|", PAGE, re.MULTILINE)
    assert sorted(listed) == sorted(rule["alert"] for rule in group["rules"])
