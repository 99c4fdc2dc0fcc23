"""What an operator sees of the stack: every target, every panel, every alert rule."""

import json

import httpx
import pytest
from compose_stack import OURS, ROOT, docker

from tests.support.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(1200)]

DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboards/lrecl.json").read_text())
QUERIES = {
    f"{panel['title']} {target['refId']}": target["expr"]
    for panel in DASHBOARD["panels"]
    for target in panel.get("targets", [])
}


def grafana_image():
    lines = (ROOT / ".env.example").read_text().splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith("STACK_GRAFANA_IMAGE="))


def test_every_target_is_up(containers):
    expected = sorted((name, "up") for name in (*OURS, "rabbitmq", "prometheus"))
    wait_until(lambda: containers.scraped() == expected, 60)


def test_every_panel_has_data_after_a_run(containers, sample):
    containers.load("customers", sample("customers", 20_000).path.name)

    def empty():
        return [name for name, expression in QUERIES.items() if not containers.query(expression)]

    try:
        wait_until(lambda: not empty(), 60)
    except AssertionError:
        assert empty() == []


def test_every_alert_rule_is_loaded_and_evaluated(containers):
    def rules():
        return [rule for group in containers.prometheus("rules")["groups"] for rule in group["rules"]]

    wait_until(lambda: all(rule["health"] != "unknown" for rule in rules()), 120)
    assert len(rules()) >= 7
    assert {rule["name"]: rule.get("lastError", "") for rule in rules() if rule["health"] != "ok"} == {}


def test_grafana_has_the_dashboard_and_its_source(containers):
    if not docker("images", "--quiet", grafana_image()).strip():
        pytest.skip(
            f"Grafana was not run: the image {grafana_image()} is not here. Its panels' queries were put to "
            "Prometheus; that Grafana draws them is not shown."
        )
    containers.compose("--profile", "grafana", "up", "--detach", "--no-build", "--wait", "grafana")
    url = f"http://127.0.0.1:{containers.ports['STACK_GRAFANA_PORT']}/api"
    with httpx.Client(auth=("admin", containers.secret("grafana-password")), timeout=30) as grafana:
        assert grafana.get(f"{url}/dashboards/uid/{DASHBOARD['uid']}").raise_for_status().json()["dashboard"]["panels"]
        source = grafana.get(f"{url}/datasources/uid/lrecl-prometheus/health").raise_for_status().json()
    assert source["status"] == "OK"
