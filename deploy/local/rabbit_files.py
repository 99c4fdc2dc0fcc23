"""The files and the environment of a private RabbitMQ node (RabbitMQ: configuration guide, "Environment variables").

Every path that the distribution's scripts would look for elsewhere is set, and the caller's environment is not passed
on: RABBITMQ_* variables and /etc/rabbitmq of the machine's own broker must not affect this node.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.credentials import private_folder, secret, write_private

DISK_FREE_LIMIT_BYTES = 2 * 1024**3
_PLUGINS = {"rabbitmq_management": "management", "rabbitmq_prometheus": "prometheus"}


@dataclass(frozen=True)
class RabbitFiles:
    """The files of one node under ``home`` and its settings. Ports are on 127.0.0.1."""

    home: Path
    port: int
    epmd_port: int
    dist_port: int
    plugin_ports: Mapping[str, int]
    heartbeat_seconds: int
    log_level: str

    @property
    def user_file(self) -> Path:
        """The file with the generated user name."""
        return self.home / "secrets" / "broker-user"

    @property
    def password_file(self) -> Path:
        """The file (0600) with the generated password."""
        return self.home / "secrets" / "broker-password"

    def write(self) -> None:
        """Write the node's configuration; the data of an earlier run are kept."""
        private_folder(self.home)
        write_private(self.home / "rabbitmq.conf", self._configuration())
        write_private(self.home / "enabled_plugins", f"[{','.join(self.plugin_ports)}].\n")
        write_private(self.home / "rabbitmq-env.conf", "")

    def environment(self) -> dict[str, str]:
        """The environment of the node and of its epmd."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(self.home),  # Erlang writes its cookie here
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "lrecl@localhost",  # part of the path of the data, so independent of the host
            "RABBITMQ_DIST_PORT": str(self.dist_port),
            "RABBITMQ_CONFIG_FILE": str(self.home / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.home / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(self.home / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.home / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.home / "log"),
            "RABBITMQ_SCHEMA_DIR": str(self.home / "schema"),
            "RABBITMQ_PID_FILE": str(self.home / "rabbitmq.pid"),
            # With input allowed the script replaces its shell by Erlang (exec).
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_START_ARGS": "-noinput +B i",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def _configuration(self) -> str:
        lines = [
            f"listeners.tcp.local = 127.0.0.1:{self.port}",
            f"default_user = {secret(self.user_file, 'lrecl-')}",
            f"default_pass = {secret(self.password_file)}",
            f"heartbeat = {self.heartbeat_seconds}",
            f"disk_free_limit.absolute = {_disk_free_limit(self.home)}",
            "log.file = false",
            "log.console = true",
            "log.console.use_colors = off",
            f"log.console.level = {self.log_level}",
        ]
        for plugin, port in self.plugin_ports.items():
            lines += [f"{_PLUGINS[plugin]}.tcp.ip = 127.0.0.1", f"{_PLUGINS[plugin]}.tcp.port = {port}"]
        return "".join(f"{line}\n" for line in lines)


def _disk_free_limit(home: Path) -> int:
    """2 GiB, or a tenth of the free space where that is less, so that a small disk does not block at once.

    RabbitMQ's default of 50 MB is less than the queues may grow between two of its measurements.
    """
    return min(DISK_FREE_LIMIT_BYTES, shutil.disk_usage(home).free // 10)
