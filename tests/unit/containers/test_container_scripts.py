"""make-secrets, make-base-images and the health probe."""

import subprocess

import pytest
from stack_files import COMPOSE, DOCKER

from deploy.docker import ready
from shared.observability import server

FIRST = ["api-token", "broker-password", "broker-user.conf", "db-password", "grafana-password"]


def make_secrets(folder):
    return subprocess.run([DOCKER / "make-secrets", folder], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def secrets(tmp_path):
    make_secrets(tmp_path / "secrets")
    return tmp_path / "secrets"


def test_it_makes_what_the_stack_needs(secrets):
    assert sorted(path.name for path in secrets.iterdir()) == FIRST == sorted(COMPOSE["secrets"])


def test_others_on_this_machine_cannot_reach_the_files_but_containers_can_read_them(secrets):
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o644}


def test_secrets_are_long_and_differ(secrets):
    values = {(secrets / name).read_text() for name in ("api-token", "broker-password", "db-password")}
    assert len(values) == 3
    assert all(len(value) == 48 and value.isalnum() for value in values)


def test_broker_and_services_have_the_same_password(secrets):
    lines = (secrets / "broker-user.conf").read_text().splitlines()
    assert lines == ["default_user = lrecl", f"default_pass = {(secrets / 'broker-password').read_text()}"]


def test_secrets_stay_when_it_runs_again(secrets):
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    assert make_secrets(secrets) == ""
    assert {path.name: path.read_text() for path in secrets.iterdir()} == before


def test_a_given_password_is_used(tmp_path):
    (tmp_path / "broker-password").write_text("given\n")
    make_secrets(tmp_path)
    assert "default_pass = given\n" in (tmp_path / "broker-user.conf").read_text()


@pytest.mark.parametrize("name", ["make-secrets", "make-base-images"])
def test_scripts_explain_themselves_and_name_no_host(name):
    script = DOCKER / name
    answer = subprocess.run([script, "--help"], check=True, capture_output=True, text=True).stdout
    assert answer.startswith(f"usage: deploy/docker/{name}")
    assert "://" not in script.read_text()


@pytest.fixture
def service():
    state = {"broker": True}
    running = server.serve("127.0.0.1", 0, lambda: state)
    yield running.server_port, state
    running.shutdown()
    running.server_close()


def test_the_probe_passes_when_the_service_is_ready(service, monkeypatch, capsys):
    monkeypatch.setenv("LRECL_HTTP_PORT", str(service[0]))
    assert ready.main() == 0
    assert capsys.readouterr().out == "ready\n"


def test_the_probe_tells_what_is_not_ready(service, monkeypatch, capsys):
    port, state = service
    state["broker"] = False
    monkeypatch.setenv("LRECL_HTTP_PORT", str(port))
    assert ready.main() == 1
    assert '"broker": false' in capsys.readouterr().out


def test_the_probe_fails_when_nothing_answers(service):
    port, _ = service
    assert ready.probe(port) == ""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ready, "TIMEOUT_SECONDS", 0.1)
        assert "no answer" in ready.probe(1)
