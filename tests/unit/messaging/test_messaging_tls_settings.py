"""TLS settings: what cannot work is said at the start of the service, by file and by reason."""

from __future__ import annotations

import ssl
from pathlib import Path

import pika.exceptions
import pytest

from shared.errors import TransientError
from shared.messaging.settings import BrokerSettings
from shared.messaging.tls import client_context, handshake_error

TLS_URL = "amqps://lrecl@broker/"


def test_the_brokers_certificate_and_name_are_always_verified() -> None:
    context = client_context(None, None, None)
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_without_tls_there_is_no_context() -> None:
    assert BrokerSettings(url="amqp://broker/").tls() is None
    assert BrokerSettings(url=TLS_URL).tls() is not None


@pytest.mark.parametrize("setting", ["ca_file", "certificate_file", "key_file"])
def test_a_missing_file_is_named_with_its_setting(setting: str, tmp_path: Path) -> None:
    with pytest.raises(TransientError) as caught:
        BrokerSettings(url=TLS_URL, **{setting: tmp_path / "gone"})
    assert caught.value.code == "LRM010"
    assert f"LRECL_BROKER_{setting.upper()}" in caught.value.message
    assert str(tmp_path / "gone") in caught.value.message


@pytest.mark.parametrize("setting", ["ca_file", "certificate_file"])
def test_a_file_that_holds_no_certificate_is_named(setting: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no PEM")
    with pytest.raises(TransientError, match=f"LRM010.*{file}"):
        BrokerSettings(url=TLS_URL, **{setting: file})


def test_certificates_with_a_plain_url_are_refused(tmp_path: Path) -> None:
    """Whoever names a CA believes that the connection is encrypted."""
    with pytest.raises(TransientError, match=r"LRM010.*amqps"):
        BrokerSettings(url="amqp://broker/", ca_file=tmp_path / "ca")


def test_errors_of_tls_are_found_in_what_pika_wraps_around_them() -> None:
    inner = ssl.SSLError(1, "alert")
    wrapped = pika.exceptions.AMQPConnectionError(RuntimeError(inner))
    found = handshake_error(wrapped)
    assert found is not None
    assert found.code == "LRM011"
    assert handshake_error(pika.exceptions.AMQPConnectionError(OSError("refused"))) is None
