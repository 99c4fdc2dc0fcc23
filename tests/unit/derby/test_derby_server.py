"""Settings, names and arguments around Derby, without starting it."""

from __future__ import annotations

import argparse
import socket
import threading
from pathlib import Path

import pytest

from deploy.derby import properties, shutdown
from deploy.derby.gateway.__main__ import address, main
from deploy.derby.server import DerbyError, DerbyServer, DerbySettings


def settings(folder: Path, **changed: object) -> DerbySettings:
    for name in ("derby.jar", "derbynet.jar", "derbytools.jar"):
        (folder / name).touch()
    given: dict[str, object] = {"database": "LRECL", "user": "u", "password": "p", "jars": folder, "java": "sh"}
    return DerbySettings(home=folder / "home", port=1, **{**given, **changed})  # type: ignore[arg-type] # one dict


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"java": "no-such-java"}, "LRG101"),
        ({"jars": Path("/nowhere")}, "LRG101"),
        ({"database": "lrecl"}, "LRG104"),
        ({"database": "../X"}, "LRG104"),
        ({"database": "A234567890123456789"}, "LRG104"),
        ({"user": "a=b"}, "LRG104"),
        ({"password": ""}, "LRG104"),
    ],
)
def test_what_derby_cannot_take(tmp_path: Path, changed: dict[str, object], code: str) -> None:
    with pytest.raises(DerbyError) as error:
        DerbyServer(settings(tmp_path, **changed))
    assert error.value.code == code
    assert error.value.remedy


def test_a_java_that_fails_is_reported_with_its_log(tmp_path: Path) -> None:
    server = DerbyServer(settings(tmp_path, java="false"))
    with pytest.raises(DerbyError) as error:
        server.start()
    assert error.value.code == "LRG103"
    assert not (tmp_path / "home" / "LRECL").exists()
    assert not (tmp_path / "home" / "create.properties").exists()


def test_properties_are_private_and_escaped(tmp_path: Path) -> None:
    path = tmp_path / "derby.properties"
    path.touch(0o666)
    properties.write(path, {"derby.user.u": "a b=c\\dé😀"})
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == "derby.user.u=a\\u0020b\\u003dc\\u005cd\\u00e9\\ud83d\\ude00\n"


def test_durable_unless_told_otherwise() -> None:
    assert "derby.system.durability" not in properties.server_properties("u", "p", durable=True)
    assert properties.server_properties("u", "p", durable=False)["derby.system.durability"] == "test"


@pytest.mark.parametrize(("answer", "accepted"), [(b"RPY:\x00", True), (b"RPY:\x02\x00\x04nope", False), (b"", False)])
def test_shutting_down_asks_for_it(answer: bytes, accepted: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard: list[bytes] = []

        def serve() -> None:
            connection, _ = listener.accept()
            heard.append(connection.recv(100))
            connection.sendall(answer)
            connection.close()

        serving = threading.Thread(target=serve)
        serving.start()
        port = listener.getsockname()[1]
        if accepted:
            shutdown.shut_down(port, "me", "pw")
        else:
            with pytest.raises(ConnectionRefusedError):
                shutdown.shut_down(port, "me", "pw")
        serving.join()
    assert heard == [b"CMD:\x00\x02\x00\x00\x01\x00\x02me\x00\x02pw"]


def test_addresses() -> None:
    assert address("127.0.0.1:50000") == ("127.0.0.1", 50000)
    assert address("[::1]:1") == ("::1", 1)
    for wrong in ("", "50000", ":1", "h:", "h:x", "h:70000"):
        with pytest.raises(argparse.ArgumentTypeError):
            address(wrong)


def test_help_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "--derby" in capsys.readouterr().out
