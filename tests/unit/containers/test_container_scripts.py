"""make-secrets, make-certificates, make-wheelhouse, make-base-images and the health probe."""

import base64
import hashlib
import json
import os
import re
import subprocess

import pytest
from stack_files import COMPOSE, DOCKER, ROOT

from deploy.docker import ready
from shared.messaging.topology import DEAD_LETTERS, EVENTS, WORK, WORK_QUEUES
from shared.observability import server

USERS = ("orchestrator", "reader", "processor", "writer", "operator")
FIRST = {"api-token", "broker-definitions.json", "db-password", "grafana-password"}
FIRST |= {f"broker-password-{user}" for user in USERS}
CERTIFICATES = {"ca-certificate", "broker-certificate", "broker-key"}


def make_secrets(folder):
    return subprocess.run([DOCKER / "make-secrets", folder], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def secrets(tmp_path):
    make_secrets(tmp_path / "secrets")
    return tmp_path / "secrets"


def test_it_makes_what_the_stack_needs(secrets):
    made = {path.name for path in secrets.iterdir()}
    assert made == FIRST
    assert set(COMPOSE["secrets"]) == made - {"broker-password-operator"}, "no container needs the operator's"


def test_others_on_this_machine_cannot_reach_the_files_but_containers_can_read_them(secrets):
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o644}


def test_secrets_are_long_and_differ(secrets):
    values = {
        (secrets / name).read_text()
        for name in ("api-token", "broker-password-reader", "broker-password-writer", "db-password")
    }
    assert len(values) == 4
    assert all(len(value) == 48 and value.isalnum() for value in values)


def definitions(folder):
    return json.loads((folder / "broker-definitions.json").read_text())


def test_the_broker_knows_each_services_password(secrets):
    for user in definitions(secrets)["users"]:
        password = (secrets / f"broker-password-{user['name'].removeprefix('lrecl-')}").read_text()
        salt, digest = (lambda raw: (raw[:4], raw[4:]))(base64.b64decode(user["password_hash"], validate=True))
        assert digest == hashlib.sha256(salt + password.encode()).digest()
        assert user["hashing_algorithm"] == "rabbit_password_hashing_sha256"
    assert [user["name"] for user in definitions(secrets)["users"]] == [f"lrecl-{user}" for user in USERS]


def test_nobody_but_the_operator_has_a_tag_and_nobody_administers(secrets):
    assert {user["name"]: user["tags"] for user in definitions(secrets)["users"] if user["tags"]} == {
        "lrecl-operator": ["monitoring"]
    }


def test_a_worker_may_write_nothing_but_lrecls_exchanges_and_its_own_queues(secrets):
    for rights in definitions(secrets)["permissions"]:
        if rights["user"] != "lrecl-orchestrator":
            assert not any(re.match(rights["configure"], queue) for queue in (*WORK_QUEUES, DEAD_LETTERS, EVENTS, WORK))
            assert not any(re.match(rights["write"], queue) for queue in (*WORK_QUEUES, DEAD_LETTERS, "amq.default"))


def test_whoever_writes_to_an_exchange_is_bounded_by_routing_key(secrets):
    bounded = {(one["user"], one["exchange"]) for one in definitions(secrets)["topic_permissions"]}
    services = {f"lrecl-{user}" for user in USERS} - {"lrecl-operator"}
    assert bounded == {(user, exchange) for user in services for exchange in (WORK, EVENTS)}


def test_secrets_stay_when_it_runs_again(secrets):
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    assert make_secrets(secrets) == ""
    assert {path.name: path.read_text() for path in secrets.iterdir()} == before


def test_a_given_password_is_used_and_a_changed_one_too(tmp_path):
    for password in ("given", "changed"):
        file = tmp_path / "broker-password-reader"
        file.write_text(f"{password}\n")
        made = make_secrets(tmp_path)
        assert "broker-definitions.json" in made
        raw = base64.b64decode(definitions(tmp_path)["users"][1]["password_hash"])
        assert raw[4:] == hashlib.sha256(raw[:4] + password.encode()).digest()
        past = (tmp_path / "broker-definitions.json").stat().st_mtime - 60
        os.utime(tmp_path / "broker-definitions.json", (past, past))


def make_certificates(folder, *hosts):
    command = [DOCKER / "make-certificates", "--folder", folder, *hosts]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True).stdout


def test_a_ca_and_a_certificate_for_the_broker_are_made_once(tmp_path):
    make_certificates(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*CERTIFICATES, "private-ca"}
    openssl("verify", "-CAfile", tmp_path / "ca-certificate", tmp_path / "broker-certificate")
    assert make_certificates(tmp_path) == ""
    assert "broker-certificate" in make_certificates(tmp_path, "mq.farm", "10.0.0.7")
    assert make_certificates(tmp_path, "mq.farm", "10.0.0.7") == ""
    names = openssl("x509", "-in", tmp_path / "broker-certificate", "-noout", "-ext", "subjectAltName")
    for name in ("DNS:rabbitmq", "DNS:localhost", "DNS:mq.farm", "IP Address:10.0.0.7", "IP Address:127.0.0.1"):
        assert name in names


def test_no_service_gets_the_key_of_the_ca(tmp_path):
    make_certificates(tmp_path)
    assert [path.name for path in (tmp_path / "private-ca").iterdir()] == ["ca-key"]
    assert (tmp_path / "private-ca").stat().st_mode & 0o777 == 0o700
    for file in (ROOT / "deploy" / "compose").glob("*.yml"):
        assert "ca-key" not in file.read_text()


def test_a_certificate_of_another_ca_is_replaced(tmp_path):
    make_certificates(tmp_path)
    (tmp_path / "ca-certificate").unlink()
    assert "broker-certificate" in make_certificates(tmp_path)
    openssl("verify", "-CAfile", tmp_path / "ca-certificate", tmp_path / "broker-certificate")


@pytest.mark.parametrize("name", ["make-secrets", "make-certificates", "make-wheelhouse", "make-base-images"])
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
