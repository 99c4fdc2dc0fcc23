"""The database of a local stack: Apache Derby's Network Server, and the gateway that IBM's driver connects to.

`deploy.derby` runs the same Derby in a container; here it is a process of the stack's supervisor.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

from deploy.derby import properties, shutdown
from deploy.derby.server import JARS, is_installed
from deploy.local import probes
from deploy.local.child import ProcessSpec
from deploy.local.credentials import private_folder, secret
from deploy.local.errors import missing
from deploy.local.ports import PortPool
from deploy.local.processes import Supervisor
from deploy.local.services import GATEWAY, PROJECT, Database

DERBY = "derby"
USER, NAME = "lrecl", "LRECL"
# Derby's server only serves databases that exist. The database is created under another name and then renamed, so that
# an interrupted start leaves no incomplete database.
_START = """
if [ ! -d LRECL ]; then
    rm -rf LRECL.new
    "$@" org.apache.derby.tools.ij -p create.properties </dev/null || exit
    mv LRECL.new LRECL
fi
exec "$@" org.apache.derby.drda.NetworkServerControl start -h 127.0.0.1 -p "$DERBY_PORT" -noSecurityManager
"""


def add_database(supervisor: Supervisor, home: Path, ports: PortPool) -> Database:
    """Add ``derby`` and ``gateway`` to ``supervisor``; how services connect. LRS001 when Derby is not installed."""
    if not is_installed():
        raise missing("Apache Derby or Java", "libderby-java derby-tools default-jre-headless")
    derby_port, port = ports.take(), ports.take()
    password_file = home / "secrets" / "db-password"
    password = secret(password_file)
    _write_files(home / DERBY, password)
    supervisor.add(_derby(home / DERBY, derby_port, password), _gateway(port, derby_port))
    return Database("127.0.0.1", port, NAME, USER, password_file, "derby")


def _write_files(folder: Path, password: str) -> None:
    private_folder(folder)
    properties.write(folder / "derby.properties", properties.server_properties(USER, password, durable=True))
    # As properties, because ij would print every line of a script, the password included, to the log.
    create = {"ij.database": "jdbc:derby:LRECL.new;create=true", "ij.user": USER, "ij.password": password}
    properties.write(folder / "create.properties", create)


def _derby(folder: Path, port: int, password: str) -> ProcessSpec:
    jars = ":".join(str(JARS / name) for name in ("derby.jar", "derbynet.jar", "derbytools.jar"))
    java = ("java", "-Xmx512m", "-XX:+UseSerialGC", f"-Dderby.system.home={folder}", "-cp", jars)
    return ProcessSpec(
        DERBY,
        ("sh", "-c", _START, "sh", *java),
        partial(probes.listens, port),
        environment={**os.environ, "DERBY_PORT": str(port)},
        directory=folder,
        stop_seconds=30.0,
        ask_to_stop=partial(shutdown.shut_down, port, USER, password),
    )


def _gateway(port: int, derby_port: int) -> ProcessSpec:
    listen, derby = f"127.0.0.1:{port}", f"127.0.0.1:{derby_port}"
    return ProcessSpec(
        GATEWAY,
        (sys.executable, "-m", "deploy.derby.gateway", "--listen", listen, "--derby", derby),
        partial(probes.listens, port),
        directory=PROJECT,
        after=(DERBY,),
    )
