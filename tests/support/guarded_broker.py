"""A private RabbitMQ node as the containers run it: users with limited rights, and TLS with a private CA."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.local.ports import PortPool
from deploy.local.rabbit import RabbitNode
from shared.messaging.settings import BrokerSettings

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "deploy" / "docker"


class GuardedBroker:
    """The node, the folder that make-secrets and make-certificates filled, and the port of its TLS listener."""

    def __init__(self, node: RabbitNode, secrets: Path, tls_port: int) -> None:
        self.node = node
        self.secrets = secrets
        self.tls_port = tls_port

    def settings(self, role: str, **changes: Any) -> BrokerSettings:
        """How the service ``role`` of docker-compose.yml connects, with its own user."""
        url = f"amqp://{self.node.host}:{self.node.port}/%2F"
        given = {"url": url, "user": f"lrecl-{role}", "declare_queues": role == "orchestrator"}
        return BrokerSettings(password_file=self.secrets / f"broker-password-{role}", **given | changes)

    def tls_settings(self, host: str = "localhost", **changes: Any) -> BrokerSettings:
        """The same over TLS, by default with the right CA."""
        url = f"amqps://{host}:{self.tls_port}/%2F"
        return self.settings("orchestrator", **{"url": url, "ca_file": self.secrets / "ca-certificate"} | changes)


def make(script: str, *arguments: Any) -> str:
    """Run a script of deploy/docker; its output."""
    done = subprocess.run([SCRIPTS / script, *arguments], check=True, capture_output=True, text=True)
    return done.stdout


@contextmanager
def guarded_broker(home: Path) -> Iterator[GuardedBroker]:
    """The node, started; its own user is an administrator in addition to the users of the definitions."""
    secrets = home / "secrets"
    make("make-secrets", secrets)
    make("make-certificates", "--folder", secrets)
    with PortPool() as ports:
        port = ports.take()
        node = RabbitNode(home / "rabbitmq")
        _add_administrator(secrets / "broker-definitions.json", node)
        with (node.password_file.parent.parent / "rabbitmq.conf").open("a") as file:
            file.write(_configuration(secrets, port))
        with node:
            yield GuardedBroker(node, secrets, port)


def _configuration(secrets: Path, port: int) -> str:
    """deploy/rabbitmq's settings for this node, which also verifies client certificates and listens on 127.0.0.2."""
    lines = {
        "load_definitions": secrets / "broker-definitions.json",
        "listeners.ssl.local": f"127.0.0.1:{port}",
        "listeners.ssl.unnamed": f"127.0.0.2:{port}",
        "ssl_options.cacertfile": secrets / "ca-certificate",
        "ssl_options.certfile": secrets / "broker-certificate",
        "ssl_options.keyfile": secrets / "broker-key",
        "ssl_options.verify": "verify_peer",
        "ssl_options.fail_if_no_peer_cert": "false",
    }
    return "".join(f"{name} = {value}\n" for name, value in lines.items())


def _add_administrator(path: Path, node: RabbitNode) -> None:
    definitions = json.loads(path.read_text())
    everything = dict.fromkeys(("configure", "write", "read"), ".*")
    definitions["users"].append({"name": node.user, "password": node.password, "tags": ["administrator"]})
    definitions["permissions"].append({"user": node.user, "vhost": "/"} | everything)
    path.write_text(json.dumps(definitions))
