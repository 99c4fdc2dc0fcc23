"""The stand-in database: made once, kept over a kill, closed to others, gone at the end."""

import ibm_db
import pytest

from deploy.derby.server import is_installed
from deploy.local import database, procfs
from deploy.local.database import add_database
from deploy.local.errors import LocalStackError
from deploy.local.ports import PortPool
from deploy.local.processes import Supervisor
from tests.support.requirements import need

pytestmark = pytest.mark.database


@pytest.fixture
def running(tmp_path):
    need(is_installed(), "Apache Derby or Java")
    with PortPool() as ports, Supervisor(tmp_path / "logs") as supervisor:
        endpoint = add_database(supervisor, tmp_path, ports)
        supervisor.start()
        yield supervisor, endpoint


def connect(endpoint, password=None):
    parts = {
        "DATABASE": endpoint.name,
        "HOSTNAME": endpoint.host,
        "PORT": endpoint.port,
        "PROTOCOL": "TCPIP",
        "UID": endpoint.user,
        "PWD": password or endpoint.password_file.read_text(),
        "AUTHENTICATION": "SERVER",
    }
    return ibm_db.connect("".join(f"{key}={value};" for key, value in parts.items()), "", "")


def test_committed_rows_survive_sigkill(running):
    supervisor, endpoint = running
    connection = connect(endpoint)
    ibm_db.exec_immediate(connection, "CREATE TABLE KEPT (A INTEGER)")
    ibm_db.exec_immediate(connection, "INSERT INTO KEPT VALUES (42)")
    pid = supervisor.child("derby").pid
    supervisor.kill("derby")
    assert procfs.start_time(pid) is None
    supervisor.wait_ready("derby")
    connection = connect(endpoint)
    # The count of the statement itself tells: 1 only if the row is there.
    statement = ibm_db.exec_immediate(connection, "UPDATE KEPT SET A = 43 WHERE A = 42")
    assert ibm_db.num_rows(statement) == 1
    ibm_db.close(connection)


def test_a_wrong_password_is_refused_and_the_right_one_is_in_no_log(running, tmp_path):
    _, endpoint = running
    with pytest.raises(Exception, match="SQL30082N"):
        connect(endpoint, "wrong")
    password = endpoint.password_file.read_text()
    assert endpoint.password_file.stat().st_mode & 0o777 == 0o600
    logs = list((tmp_path / "logs").iterdir())
    assert {log.name for log in logs} == {"derby.log", "gateway.log"}
    assert not any(password in log.read_text() for log in logs)


def test_a_missing_package_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(database, "is_installed", lambda: False)
    refusal = pytest.raises(LocalStackError, match=r"LRS001.*apt-get install libderby-java")
    with PortPool() as ports, Supervisor(tmp_path / "logs") as supervisor, refusal:
        add_database(supervisor, tmp_path, ports)
