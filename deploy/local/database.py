"""The stand-in database of a local stack: Apache Derby's Network Server, and the gateway for IBM's driver before it."""

from __future__ import annotations

import os
import shutil
import sys
from functools import partial
from pathlib import Path

from deploy.local import probes
from deploy.local.child import ProcessSpec
from deploy.local.credentials import secret, write_private
from deploy.local.errors import missing
from deploy.local.ports import PortPool
from deploy.local.processes import Supervisor
from deploy.local.services import GATEWAY, PROJECT, Database

DERBY = "derby"
JARS = tuple(Path("/usr/share/java") / name for name in ("derby.jar", "derbynet.jar", "derbytools.jar"))
USER, NAME = "lrecl", "LRECL"
# Derby's server only serves databases that exist. It is made under another name, so that a start that is cut short
# leaves nothing half made behind.
_START = """
if [ ! -d LRECL ]; then
    rm -rf LRECL.new
    "$@" org.apache.derby.tools.ij -p create.properties </dev/null || exit
    mv LRECL.new LRECL
fi
exec "$@" org.apache.derby.drda.NetworkServerControl start -h 127.0.0.1 -p "$DERBY_PORT" -noSecurityManager
"""


def installed() -> bool:
    """Whether this machine has Derby and a Java to run it."""
    return shutil.which("java") is not None and all(jar.exists() for jar in JARS)


def add_database(supervisor: Supervisor, home: Path, ports: PortPool) -> Database:
    """Put ``derby`` and ``gateway`` under ``supervisor``; where the services find them. LRS001 without Derby."""
    if not installed():
        raise missing("Apache Derby or Java", "libderby-java derby-tools default-jre-headless")
    derby_port, port = ports.take(), ports.take()
    password_file = home / "secrets" / "db-password"
    _write_files(home / DERBY, secret(password_file))
    supervisor.add(_derby(home / DERBY, derby_port), _gateway(port, derby_port))
    return Database("127.0.0.1", port, NAME, USER, password_file, "derby")


def _write_files(folder: Path, password: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    server = {
        "derby.connection.requireAuthentication": "true",
        "derby.authentication.provider": "BUILTIN",
        f"derby.user.{USER}": password,
    }
    # As properties: of a script, ij would print every line, the password among them, to the log.
    create = {"ij.database": "jdbc:derby:LRECL.new;create=true", "ij.user": USER, "ij.password": password}
    for name, properties in (("derby", server), ("create", create)):
        lines = [f"{key}={value}\n" for key, value in properties.items()]
        write_private(folder / f"{name}.properties", "".join(lines))


def _derby(folder: Path, port: int) -> ProcessSpec:
    java = ("java", "-Xmx512m", f"-Dderby.system.home={folder}", "-cp", ":".join(map(str, JARS)))
    return ProcessSpec(
        DERBY,
        ("sh", "-c", _START, "sh", *java),
        partial(probes.listens, port),
        environment={**os.environ, "DERBY_PORT": str(port)},
        directory=folder,
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
