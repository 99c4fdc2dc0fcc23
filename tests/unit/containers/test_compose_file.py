"""docker-compose.yml: every container is bounded, watched and locked, and every knob reaches what it is for."""

import re

import pytest
from stack_files import COMPOSE, COMPOSE_TEXT, OURS, ROOT, SERVICES, VARIABLE, example, filled

from services.orchestrator.settings import OrchestratorSettings
from services.processor.settings import ProcessorSettings
from services.reader.settings import ReaderSettings
from services.writer.settings import WriterSettings
from shared.database.settings import DatabaseSettings
from shared.messaging.settings import BrokerSettings

SETTINGS = {
    "orchestrator": (OrchestratorSettings, BrokerSettings, DatabaseSettings),
    "reader": (ReaderSettings, BrokerSettings),
    "processor": (ProcessorSettings, BrokerSettings),
    "writer": (WriterSettings, BrokerSettings, DatabaseSettings),
}
# The image says where it listens, the host name is the replica's name, secrets come in files, TLS and a whole DSN
# come with the overrides in deploy/compose.
NOT_KNOBS = {
    "LRECL_HTTP_HOST",
    "LRECL_HTTP_PORT",
    "LRECL_INSTANCE",
    "LRECL_API_TOKEN",
    "LRECL_DB_PASSWORD",
    "LRECL_DB_DSN_FILE",
    "LRECL_DB_TLS_CERTIFICATE",
    "LRECL_BROKER_CA_FILE",
    "LRECL_BROKER_CERTIFICATE_FILE",
    "LRECL_BROKER_KEY_FILE",
}
# deploy/compose/reference.yml sets these; without it a processor does not see the input files.
WITH_REFERENCES = {"reader": {"LRECL_PAYLOAD"}, "processor": {"LRECL_DATA_ROOT"}}
# Not known to both the older and the newer Compose, or to one engine only.
NEW_KEYS = {"start_interval", "dockerfile_inline", "additional_contexts", "develop", "content", "required"}
UNITS = {"k": 1024, "m": 1024**2, "g": 1024**3}


def variables(role):
    return {
        f"{settings.model_config['env_prefix']}{name}".upper()
        for settings in SETTINGS[role]
        for name in settings.model_fields
    }


def size(text):
    return int(text[:-1]) * UNITS[text[-1]]


def keys(node):
    if isinstance(node, dict):
        yield from node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from keys(child)


def test_the_stack_has_these_services():
    assert set(SERVICES) == {"rabbitmq", "derby", *OURS, "prometheus", "grafana"}


def test_both_composes_know_every_key():
    assert not {"version", "name", "include", "configs"} & set(COMPOSE)
    assert not NEW_KEYS & set(keys(COMPOSE))


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_bounded_and_watched(name):
    service = SERVICES[name]
    limits = service["deploy"]["resources"]["limits"]
    assert size(filled(limits["memory"])) > 0
    assert limits["pids"] > 0
    assert {"interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])
    assert "test" in service["healthcheck"] or "build" in service, "an image from elsewhere needs a probe of ours"
    assert service["init"] is True
    assert service["restart"] == "unless-stopped"
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_has_more_rights_than_it_needs(name):
    service = SERVICES[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & set(service)
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", []))
    if name != "rabbitmq":  # its official image starts as root to hand its folder over
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("role", OURS)
def test_lrecls_own_services_are_not_root(role):
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", filled(SERVICES[role]["user"]))


def test_ports_are_published_to_this_machine_only():
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 4
    for port in ports:
        assert filled(port).startswith("127.0.0.1:")


@pytest.mark.parametrize("role", OURS)
def test_every_variable_is_a_setting_of_its_service(role):
    given = set(SERVICES[role]["environment"])
    assert given <= variables(role), "a variable that no setting reads is a knob that does nothing"
    assert variables(role) - given <= NOT_KNOBS | WITH_REFERENCES.get(role, set())


@pytest.mark.parametrize("role", OURS)
def test_the_settings_accept_the_defaults(role, monkeypatch):
    environment = {name: filled(value) for name, value in SERVICES[role]["environment"].items()}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for settings in SETTINGS[role]:
        settings()


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_travel_as_files_only(name):
    service = SERVICES[name]
    for variable, value in service.get("environment", {}).items():
        if re.search("PASS|TOKEN|SECRET", variable):
            assert variable.endswith("_FILE")
            assert value.removeprefix("/run/secrets/") in service["secrets"]
        assert not re.search(r"://[^/@]*:[^/@]*@", filled(value)), "a URL with a password"


def test_secrets_come_from_files_that_git_does_not_hold():
    for name, secret in COMPOSE["secrets"].items():
        assert list(secret) == ["file"]
        path = ROOT / filled(secret["file"])
        assert path.name == name
        assert (path.parent / ".gitignore").read_text().splitlines()[1:] == ["*", "!.gitignore"]


def test_every_secret_is_used_and_known():
    used = set()
    for service in SERVICES.values():
        used |= {secret if isinstance(secret, str) else secret["source"] for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])


def test_the_example_explains_every_variable_with_its_default():
    used = dict(VARIABLE.findall(COMPOSE_TEXT))
    assert COMPOSE_TEXT.count("${") - COMPOSE_TEXT.count("${…}") == len(VARIABLE.findall(COMPOSE_TEXT))
    assert example() == used | {"COMPOSE_PROJECT_NAME": "lrecl", "COMPOSE_PROFILES": ""}


def test_a_variable_has_one_default():
    for name, default in VARIABLE.findall(COMPOSE_TEXT):
        assert example()[name] == default


def test_every_knob_has_a_comment_above_it():
    commented = False
    for line in (ROOT / ".env.example").read_text().splitlines():
        commented = line.startswith("#") or (commented and bool(line))
        assert commented or not line, f"nothing explains {line}"


def test_input_and_jobs_are_read_only():
    mounts = [
        volume
        for role in OURS
        for volume in SERVICES[role].get("volumes", [])
        if isinstance(volume, dict) or ":/data" in volume
    ]
    assert {mount["target"] for mount in mounts} == {"/data", "/jobs"}
    assert all(mount["read_only"] for mount in mounts)
    for name in ("orchestrator", "reader"):
        assert "/data" in [mount["target"] for mount in SERVICES[name]["volumes"]]


def test_configuration_files_exist_and_are_read_only():
    mounts = [
        volume.split(":")
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if isinstance(volume, str) and volume.startswith("./")
    ]
    assert len(mounts) == 6
    for source, _, mode in mounts:
        assert (ROOT / source).exists()
        assert mode == "ro"


def test_services_start_after_what_they_need_is_healthy():
    for role in OURS:
        conditions = {name: needed["condition"] for name, needed in SERVICES[role]["depends_on"].items()}
        expected = {"rabbitmq", "derby"} if role == "orchestrator" else {"orchestrator"}
        assert conditions == dict.fromkeys(expected, "service_healthy")


def test_a_container_outlives_the_grace_of_its_service():
    grace = float(example()["LRECL_STOP_GRACE_SECONDS"])
    assert all(float(filled(SERVICES[role]["stop_grace_period"]).rstrip("s")) > grace for role in OURS)


def test_derby_is_labelled_as_the_evaluation_database():
    assert SERVICES["derby"]["labels"] == {"lrecl.role": "evaluation-database"}


def test_rabbitmqs_memory_limit_leaves_room_above_its_watermark():
    text = (ROOT / "deploy/rabbitmq/rabbitmq.conf").read_text()
    watermark = re.search(r"^vm_memory_high_watermark.absolute = (\d+)MiB$", text, re.MULTILINE)
    limit = size(filled(SERVICES["rabbitmq"]["deploy"]["resources"]["limits"]["memory"]))
    assert int(watermark[1]) * 1024**2 * 1.5 <= limit


def test_rabbitmq_has_management_and_prometheus():
    plugins = (ROOT / "deploy/rabbitmq/enabled_plugins").read_text()
    assert plugins.strip() == "[rabbitmq_management,rabbitmq_prometheus]."
    assert "check_port_connectivity" in SERVICES["rabbitmq"]["healthcheck"]["test"]


@pytest.mark.parametrize("role", [*OURS, "derby"])
def test_images_are_built_from_files_that_exist(role):
    build = SERVICES[role]["build"]
    assert (ROOT / build["dockerfile"]).is_file()
    if role in OURS:
        assert build["args"]["SERVICE"] == role
        assert (ROOT / "requirements" / f"{role}.txt").is_file()
