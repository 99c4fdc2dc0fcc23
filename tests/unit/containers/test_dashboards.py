"""Dashboards and alerts: well formed, provisioned, and about metrics that somebody serves."""

import json
import re

import pytest
import yaml
from prometheus_client.registry import REGISTRY
from stack_files import ROOT, SERVICES

from shared.observability import metrics

GRAFANA = ROOT / "deploy" / "grafana"
DASHBOARD = json.loads((GRAFANA / "dashboards" / "lrecl.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
(GROUP,) = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
QUERIES += [rule["expr"] for rule in GROUP["rules"]]
NAME = re.compile(r"\b(?:lrecl|rabbitmq)_\w+")


def served():
    """Names of the series that lrecl's services serve."""
    assert metrics.RUNS in REGISTRY._collector_to_names
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    for family in REGISTRY.collect():
        for suffix in suffixes.get(family.type, ("",)):
            yield family.name + suffix


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_is_about_metrics_that_are_served(query):
    ours = {name for name in NAME.findall(query) if name.startswith("lrecl_")}
    assert ours <= set(served())
    assert ours or "rabbitmq_" in query or "up" in query


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_every_panel_is_explained_and_asks_the_stacks_prometheus(panel):
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    assert panel["description"]
    assert {target["datasource"]["uid"] for target in panel["targets"]} == {source["uid"]}
    assert panel["fieldConfig"]["defaults"]["unit"]


def test_panels_do_not_overlap():
    taken = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@pytest.mark.parametrize("rule", GROUP["rules"], ids=lambda rule: rule["alert"])
def test_every_alert_says_what_is_wrong_and_what_to_do(rule):
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert {"summary", "description"} == set(rule["annotations"])


def test_dashboards_lie_where_the_provider_looks():
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/lrecl.yml").read_text())["providers"]
    mounts = dict(reversed(volume.split(":")[:2]) for volume in SERVICES["grafana"]["volumes"])
    assert mounts[provider["options"]["path"]] == "./deploy/grafana/dashboards"
    assert mounts["/etc/grafana/provisioning"] == "./deploy/grafana/provisioning"


def test_prometheus_reads_the_alerts():
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    assert [f"./deploy/prometheus/alerts.yml:{path}:ro" for path in config["rule_files"]] == [
        volume for volume in SERVICES["prometheus"]["volumes"] if "alerts" in volume
    ]
