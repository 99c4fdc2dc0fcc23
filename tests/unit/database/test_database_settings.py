"""The connection string: complete, and closed to what would end a value early."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from shared.database.settings import DatabaseSettings
from shared.errors import LreclError


def parts(settings: DatabaseSettings) -> dict[str, str]:
    return dict(part.split("=", 1) for part in settings.connection_string().rstrip(";").split(";"))


def test_a_password_from_a_file_comes_first(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("from = file\n")
    settings = DatabaseSettings(host="h", port=1, password=SecretStr("other"), password_file=secret)
    found = parts(settings)
    assert (found["HOSTNAME"], found["PORT"], found["PWD"]) == ("h", "1", "from = file")
    assert found["AUTHENTICATION"] == "SERVER"


def test_tls_replaces_the_plain_authentication() -> None:
    found = parts(DatabaseSettings(tls_certificate=Path("/run/db.pem")))
    assert (found["SECURITY"], found["SSLServerCertificate"]) == ("SSL", "/run/db.pem")
    assert "AUTHENTICATION" not in found


@pytest.mark.parametrize("value", ["a;PWD=b", "a\0b", ";"])
@pytest.mark.parametrize("name", ["host", "name", "user", "password"])
def test_no_value_ends_early(name: str, value: str) -> None:
    with pytest.raises(LreclError) as caught:
        DatabaseSettings.model_validate({name: value}).connection_string()
    assert caught.value.code == "LRB003"
    assert value not in str(caught.value)


def test_the_password_is_not_shown() -> None:
    assert "hunter2" not in repr(DatabaseSettings(password=SecretStr("hunter2")))


def test_the_schema_is_an_identifier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRECL_DB_CONTROL_SCHEMA", "bank")
    assert DatabaseSettings().control_schema == "BANK"
    monkeypatch.setenv("LRECL_DB_CONTROL_SCHEMA", "A.B; DROP")
    with pytest.raises((LreclError, ValidationError)):
        DatabaseSettings()


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in DatabaseSettings.model_fields.values())


def test_a_whole_connection_string_from_a_file_is_taken_as_it_is(tmp_path: Path) -> None:
    dsn = "DATABASE=BANK;HOSTNAME=db2.farm;PORT=50001;PROTOCOL=TCPIP;UID=u;PWD={a;b};SECURITY=SSL;"
    (tmp_path / "dsn").write_text(dsn + "\n")
    assert DatabaseSettings(host="ignored", dsn_file=tmp_path / "dsn").connection_string() == dsn
