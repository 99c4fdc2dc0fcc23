"""TLS with a real broker and a private CA: what is trusted, and how a refusal is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from shared.errors import TransientError
from shared.messaging.connection import connect
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import READ
from tests.support.guarded_broker import GuardedBroker, make
from tests.support.queues import drain, renew

pytestmark = pytest.mark.broker


def refusal(settings: BrokerSettings) -> TransientError:
    with pytest.raises(TransientError) as caught:
        connect(settings, "test", patience=0.0)
    return caught.value


def test_messages_travel_over_tls(guarded: GuardedBroker) -> None:
    renew(guarded.node, guarded.settings("orchestrator"))
    publisher = Publisher(guarded.tls_settings(), "test")
    publisher.publish(READ, b"in secret")
    publisher.close()
    assert [body for _, body in drain(guarded.node, READ)] == [b"in secret"]


def test_a_broker_of_another_ca_is_refused(guarded: GuardedBroker, tmp_path: Path) -> None:
    make("make-certificates", "--folder", tmp_path)
    for ca in (tmp_path / "ca-certificate", None):
        error = refusal(guarded.tls_settings(ca_file=ca))
        assert error.code == "LRM011"
        assert "not trusted" in error.message
        assert "LRECL_BROKER_CA_FILE" in error.remedy


def test_a_certificate_for_another_host_is_refused(guarded: GuardedBroker) -> None:
    error = refusal(guarded.tls_settings("127.0.0.2"))
    assert error.code == "LRM011"
    assert "127.0.0.2" in error.message


def test_the_wrong_port_is_told_from_a_broker_that_is_away(guarded: GuardedBroker) -> None:
    plain = refusal(guarded.settings("orchestrator", url=f"amqp://127.0.0.1:{guarded.tls_port}/%2F"))
    assert plain.code == "LRM001"
    assert "amqps://" in plain.remedy
    tls = refusal(guarded.tls_settings(url=f"amqps://127.0.0.1:{guarded.node.port}/%2F"))
    assert tls.code == "LRM011"
    assert "5671" in tls.remedy


def test_a_client_certificate_is_shown_and_judged(guarded: GuardedBroker, tmp_path: Path) -> None:
    """The node asks for a certificate, and refuses one of a CA that it does not know."""
    certificate, key = tmp_path / "client", tmp_path / "client-key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=reader", "-days", "1"]
    files = ["-out", certificate, "-keyout", key]
    ca = ["-CA", guarded.secrets / "ca-certificate", "-CAkey", guarded.secrets / "private-ca" / "ca-key"]
    settings = guarded.tls_settings(certificate_file=None)
    for arguments in ([*command, *files], [*command, *files, *ca]):
        subprocess.run(arguments, check=True, capture_output=True)
        settings = guarded.tls_settings(certificate_file=certificate, key_file=key)
        if arguments[-2] != "-CAkey":
            assert refusal(settings).code in {"LRM001", "LRM011"}
    connect(settings, "test").close()
