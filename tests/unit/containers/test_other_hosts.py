"""Overrides, the Swarm stack and the Kubernetes manifests: what they name is there, and they keep the same rules."""

import kubernetes_validate
import pytest
import yaml
from stack_files import COMPOSE, OURS, ROOT, SERVICES, filled

from services.orchestrator.settings import OrchestratorSettings
from services.processor.settings import ProcessorSettings
from services.reader.settings import ReaderSettings
from services.writer.settings import WriterSettings
from shared.database.settings import DatabaseSettings
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import RAW

KUBERNETES = ROOT / "deploy" / "kubernetes"
SWARM = yaml.safe_load((ROOT / "deploy/swarm/stack.yml").read_text())
FILES = ("_FILE", "_CERTIFICATE")
OVERRIDES = sorted((ROOT / "deploy" / "compose").glob("*.yml"))
KNOWN = {
    f"{settings.model_config['env_prefix']}{name}".upper()
    for settings in (
        OrchestratorSettings,
        ReaderSettings,
        ProcessorSettings,
        WriterSettings,
        BrokerSettings,
        DatabaseSettings,
    )
    for name in settings.model_fields
}
BASE = [
    document
    for file in yaml.safe_load((KUBERNETES / "base/kustomization.yaml").read_text())["resources"]
    for document in yaml.safe_load_all((KUBERNETES / "base" / file).read_text())
]
DEPLOYMENTS = {one["metadata"]["name"]: one for one in BASE if one["kind"] == "Deployment"}


def container(name):
    (found,) = DEPLOYMENTS[f"lrecl-{name}"]["spec"]["template"]["spec"]["containers"]
    return found


def variables(name):
    """What a container of the base has in its environment."""
    maps = {one["metadata"]["name"]: one["data"] for one in BASE if one["kind"] == "ConfigMap"}
    given = {one["name"]: one.get("value") for one in container(name)["env"]}
    for source in container(name)["envFrom"]:
        given |= maps[source["configMapRef"]["name"]]
    return given


@pytest.mark.parametrize("path", OVERRIDES, ids=lambda path: path.stem)
def test_an_override_sets_only_what_is_a_setting(path):
    override = yaml.safe_load(path.read_text())
    for service in override["services"].values():
        lrecls = {name for name in service.get("environment", {}) if name.startswith("LRECL_")}
        assert lrecls <= KNOWN
    assert not {name for name in override["services"] if name not in SERVICES} - {"db2"}


@pytest.mark.parametrize("name", ["db2", "external-db2", "db2-tls"])
def test_db2_takes_the_place_of_the_evaluation_database(name):
    services = yaml.safe_load((ROOT / f"deploy/compose/{name}.yml").read_text())["services"]
    assert {"derby", "orchestrator", "writer"} <= set(services)
    assert services["derby"]["deploy"]["replicas"] == 0


@pytest.mark.parametrize("path", OVERRIDES, ids=lambda path: path.stem)
def test_an_override_gives_the_secrets_that_it_names(path):
    override = yaml.safe_load(path.read_text())
    for service in override["services"].values():
        files = {value for name, value in service.get("environment", {}).items() if name.endswith(FILES)}
        given = {f"/run/secrets/{secret}" for secret in service.get("secrets", [])}
        assert {file for file in files if str(file).startswith("/run/secrets/")} <= given
        assert set(service.get("secrets", [])) <= {*override.get("secrets", {}), *COMPOSE["secrets"]}


def test_with_references_processors_see_the_readers_files():
    services = yaml.safe_load((ROOT / "deploy/compose/reference.yml").read_text())["services"]
    (mount,) = services["processor"]["volumes"]
    assert mount in SERVICES["reader"]["volumes"]
    assert services["processor"]["environment"]["LRECL_DATA_ROOT"] == mount["target"]


def test_over_tls_every_service_verifies_a_broker_that_speaks_nothing_else():
    services = yaml.safe_load((ROOT / "deploy/compose/tls.yml").read_text())["services"]
    for name in OURS:
        assert filled(services[name]["environment"]["LRECL_BROKER_URL"]).startswith("amqps://rabbitmq:5671/")
        assert services[name]["environment"]["LRECL_BROKER_CA_FILE"] == "/run/secrets/ca-certificate"
    (mount,) = services["rabbitmq"]["volumes"]
    text = (ROOT / mount.split(":")[0]).read_text()
    lines = dict(line.split(" = ") for line in text.splitlines() if not line.startswith("#"))
    assert (lines["listeners.tcp"], lines["listeners.ssl.default"]) == ("none", "5671")
    files = {value.removeprefix("/run/secrets/") for value in lines.values() if value.startswith("/")}
    assert files == set(services["rabbitmq"]["secrets"])


@pytest.mark.parametrize("document", BASE, ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_kubernetes_knows_every_field(document):
    kubernetes_validate.validate(document, "1.31", strict=True)


@pytest.mark.parametrize("name", OURS)
def test_kubernetes_gives_a_service_settings_it_reads_and_no_more_rights_than_it_needs(name):
    assert set(variables(name)) <= KNOWN
    assert container(name)["securityContext"]["readOnlyRootFilesystem"] is True
    assert container(name)["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert DEPLOYMENTS[f"lrecl-{name}"]["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"] is True
    assert container(name)["resources"]["limits"]["memory"]


@pytest.mark.parametrize("name", OURS)
def test_a_service_gets_only_the_secrets_it_reads(name):
    volumes = DEPLOYMENTS[f"lrecl-{name}"]["spec"]["template"]["spec"]["volumes"]
    (secrets,) = (volume["secret"] for volume in volumes if "secret" in volume)
    files = {f"/run/secrets/lrecl/{item['path']}" for item in secrets["items"]}
    assert f"broker-password-{name}" in {item["key"] for item in secrets["items"]}
    assert files == {value for key, value in variables(name).items() if key.endswith("_FILE")}


def test_processors_scale_by_the_queue_that_feeds_them():
    documents = list(yaml.safe_load_all((KUBERNETES / "autoscaling/processors.yaml").read_text()))
    scaled = next(one for one in documents if one["kind"] == "ScaledObject")
    (trigger,) = scaled["spec"]["triggers"]
    assert trigger["metadata"]["queueName"] == RAW
    assert scaled["spec"]["scaleTargetRef"]["name"] in DEPLOYMENTS
    authentication = next(one for one in documents if one["kind"] == "TriggerAuthentication")
    assert trigger["authenticationRef"]["name"] == authentication["metadata"]["name"]


def test_swarm_runs_the_same_services_with_settings_they_read():
    assert set(SWARM["services"]) == set(OURS)
    for service in SWARM["services"].values():
        assert set(service["environment"]) <= KNOWN
        assert service["read_only"] is True
        assert service["deploy"]["resources"]["limits"]["memory"]
        files = {value for key, value in service["environment"].items() if key.endswith("_FILE")}
        assert files == {f"/run/secrets/{secret}" for secret in service["secrets"]}
