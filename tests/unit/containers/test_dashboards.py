"""Dashboards and alerts: well formed, provisioned, and about metrics that somebody serves."""

import json
import re

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.registry import REGISTRY
from stack_files import ROOT, SERVICES

from shared.observability import metrics
from shared.observability.leader_metrics import LeaderFigures, LeaderMetrics, RunFigures

GRAFANA = ROOT / "deploy" / "grafana"
DASHBOARD = json.loads((GRAFANA / "dashboards" / "lrecl.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
(GROUP,) = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
QUERIES += [rule["expr"] for rule in GROUP["rules"]]
NAME = re.compile(r"\b(?:lrecl|rabbitmq)_\w+")


SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
BY_PROMETHEUS = {"job", "instance", "le"}


def acting_orchestrator():
    """What the acting orchestrator exports beside what every service does."""
    runs = RunFigures(
        by_state={"loading": 1}, last_success={"j": 1.0}, last_failure={"j": 1.0}, ledger_grew_at={"j": 1.0}
    )
    return LeaderMetrics(lambda: LeaderFigures(runs, queues={"q": (1, 2)}, dead_letters={"q": 1}))


def served():
    """Names of the series that lrecl's services serve."""
    assert metrics.BATCHES in REGISTRY._collector_to_names
    for family in (*REGISTRY.collect(), *acting_orchestrator().collect()):
        for suffix in SUFFIXES.get(family.type, ("",)):
            yield family.name + suffix


def labels_of(query):
    """The labels that lrecl's metrics in the query have."""
    declared = {
        found._name + suffix: set(found._labelnames)
        for found in vars(metrics).values()
        if isinstance(found, Counter | Gauge | Histogram)
        for suffix in SUFFIXES[found._type]
    }
    for family in (*metrics.QUEUE_WAIT.collect(), *REGISTRY.collect(), *acting_orchestrator().collect()):
        for sample in family.samples:
            declared.setdefault(sample.name, set()).update(sample.labels)
    return set().union(*(declared.get(name, set()) for name in NAME.findall(query)))


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_is_about_metrics_that_are_served(query):
    ours = {name for name in NAME.findall(query) if name.startswith("lrecl_")}
    assert ours <= set(served())
    assert ours or "rabbitmq_" in query or "up" in query


@pytest.mark.parametrize("query", [query for query in QUERIES if "rabbitmq_" not in query])
def test_every_query_uses_labels_that_its_metrics_have(query):
    metrics.QUEUE_WAIT.begin("lrecl.raw")
    used = {label for names in re.findall(r"\bby \(([^)]*)\)", query) for label in names.split(", ")}
    used |= set(re.findall(r"(\w+)=~?\"", query))
    assert used <= labels_of(query) | BY_PROMETHEUS


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
