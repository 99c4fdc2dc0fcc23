"""The whole stack of docker-compose.yml as a project of its own, with its own ports, folders and volumes."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import httpx

from deploy.local.ports import PortPool

ROOT = Path(__file__).resolve().parents[2]
PORTS = ("STACK_API_PORT", "STACK_RABBITMQ_PORT", "STACK_PROMETHEUS_PORT")
LONG_SECONDS = 900  # a first build fetches libraries


def engine_is_there():
    """Whether a Docker engine answers and its client knows Compose."""
    if shutil.which("docker") is None:
        return False
    commands = (["docker", "version"], ["docker", "compose", "version"])
    return all(subprocess.run(command, capture_output=True).returncode == 0 for command in commands)


class ComposeStack:
    """Built and brought up inside the block, gone with its volumes afterwards."""

    def __init__(self, home):
        self.data, self._secrets = home / "data", home / "secrets"
        self.data.mkdir()
        self._project = f"lrecl-test-{os.getpid()}"
        self._ports = PortPool()
        self.ports = {name: self._ports.take() for name in PORTS}
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("LRECL_", "STACK_"))},
            **{name: str(port) for name, port in self.ports.items()},
            "STACK_DATA_DIR": str(self.data),
            "STACK_SECRETS_DIR": str(self._secrets),
        }

    def __enter__(self):
        subprocess.run([ROOT / "deploy" / "docker" / "make-secrets", self._secrets], check=True, capture_output=True)
        try:
            self.compose("build")
            self.up()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Remove everything the project has on the engine, but the images."""
        self.compose("down", "--volumes", "--timeout", "5")
        self._ports.release()

    def up(self, *arguments):
        """Start what is not running; return when all of it is healthy."""
        self.compose("up", "--detach", "--no-build", "--wait", *arguments)

    def compose(self, *arguments):
        """What `docker compose ARGUMENT…` printed. The example's values keep a developer's .env out of it."""
        command = ["docker", "compose", "--env-file", ".env.example", "--project-name", self._project, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=LONG_SECONDS
        )
        assert done.returncode == 0, (
            f"docker compose {' '.join(arguments)}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        )
        return done.stdout

    def run_in(self, service, *command):
        """What a command inside a container of ``service`` printed."""
        return self.compose("exec", "-T", service, *command)

    def inspect(self, service):
        """`docker inspect` of each container of ``service``, stopped ones too."""
        ids = self.compose("ps", "--all", "--quiet", service).split()
        return json.loads(subprocess.run(["docker", "inspect", *ids], check=True, capture_output=True).stdout)

    def api(self, path, body=None):
        """An answer of the API, as JSON."""
        token = (self._secrets / "api-token").read_text()
        url = f"http://127.0.0.1:{self.ports['STACK_API_PORT']}/api/v1{path}"
        method = "GET" if body is None else "POST"
        answer = httpx.request(method, url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=30)
        return answer.raise_for_status().json()

    def load(self, job, file, seconds=120):
        """A run from its request to its end; its final state as the API shows it."""
        run_id = self.api("/runs", {"job": job, "file": file})["run_id"]
        deadline = time.monotonic() + seconds
        while (run := self.api(f"/runs/{run_id}"))["finished_at"] is None:
            assert time.monotonic() < deadline, run
            time.sleep(0.3)
        return run

    def scraped(self):
        """(job, health) of every target Prometheus knows."""
        url = f"http://127.0.0.1:{self.ports['STACK_PROMETHEUS_PORT']}/api/v1/targets"
        found = httpx.get(url, timeout=30).raise_for_status().json()["data"]["activeTargets"]
        return sorted((target["labels"]["job"], target["health"]) for target in found)
