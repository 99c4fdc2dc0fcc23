"""prometheus.yml: every replica of every service that serves metrics is scraped, found by name."""

import yaml
from stack_files import OURS, ROOT, SERVICES, last_stage

CONFIG = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
JOBS = {job["job_name"]: job for job in CONFIG["scrape_configs"]}


def test_every_service_with_metrics_is_scraped():
    assert set(JOBS) == set(SERVICES) - {"derby", "grafana"}


def test_replicas_are_found_by_name_at_the_port_they_serve():
    ports = dict.fromkeys(OURS, 8000) | {"rabbitmq": 15692}
    for name, port in ports.items():
        (discovery,) = JOBS[name]["dns_sd_configs"]
        assert discovery["names"] == [name]
        assert (discovery["type"], discovery["port"]) == ("A", port)


def test_the_port_is_the_images():
    found = last_stage(ROOT / "deploy/docker/service.Dockerfile")
    assert ("EXPOSE", "8000") in found
    assert any("LRECL_HTTP_PORT=8000" in rest and "LRECL_HTTP_HOST=0.0.0.0" in rest for word, rest in found)


def test_a_slow_answer_does_not_meet_the_next_question():
    settings = CONFIG["global"]
    assert int(settings["scrape_timeout"][:-1]) < int(settings["scrape_interval"][:-1])
