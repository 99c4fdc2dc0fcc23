"""The whole stack of docker-compose.yml as a project of its own, with its own ports, folders and volumes."""

import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import httpx

from deploy.local.ports import PortPool
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
OURS = ("orchestrator", "reader", "processor", "writer")
ALL = (*OURS, "rabbitmq", "derby", "prometheus")
PORTS = ("STACK_API_PORT", "STACK_RABBITMQ_PORT", "STACK_PROMETHEUS_PORT", "STACK_GRAFANA_PORT")
LONG_SECONDS = 900  # a first build fetches libraries


def docker(*arguments, environment=None):
    """What `docker ARGUMENT…` printed."""
    command = ["docker", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONG_SECONDS, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
    return done.stdout


def client_is_there():
    """Whether there is a Docker client that knows Compose: enough to check files."""
    return shutil.which("docker") is not None and _succeeds("docker", "compose", "version")


def engine_is_there():
    """Whether a Docker engine answers, too."""
    return client_is_there() and _succeeds("docker", "version")


def _succeeds(*command):
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


class ComposeStack:
    """Built and brought up inside the block, gone with its volumes afterwards."""

    def __init__(self, home):
        self.data, self._secrets = home / "data", home / "secrets"
        self.data.mkdir()
        self._project = f"lrecl-test-{os.getpid()}"
        self._files = ["docker-compose.yml"]
        self._ports = PortPool()
        self.ports = {name: self._ports.take() for name in PORTS}
        self.seconds_to_healthy = 0.0
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("LRECL_", "STACK_"))},
            **{name: str(port) for name, port in self.ports.items()},
            "STACK_DB2_LICENSE": os.environ.get("STACK_DB2_LICENSE", ""),
            "STACK_DATA_DIR": str(self.data),
            "STACK_SECRETS_DIR": str(self._secrets),
        }

    def __enter__(self):
        subprocess.run([ROOT / "deploy" / "docker" / "make-secrets", self._secrets], check=True, capture_output=True)
        try:
            self.compose("build")
            started = time.monotonic()
            self.up()
            self.seconds_to_healthy = time.monotonic() - started
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Remove everything the project has on the engine, but the images."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "5")
        self._ports.release()

    @property
    def secrets(self):
        """The passwords and tokens of the stack."""
        return [path.read_text().strip() for path in self._secrets.iterdir() if path.suffix != ".json"]

    def secret(self, name):
        """One of them."""
        return (self._secrets / name).read_text().strip()

    @contextmanager
    def override(self, file):
        """The stack with an override, inside the block."""
        self._files.append(file)
        try:
            self.up()
            yield
        finally:
            self._files.remove(file)
            self.up()

    def up(self, *arguments):
        """Start what is not running; return when all of it is healthy."""
        self.compose("up", "--detach", "--no-build", "--wait", *arguments)

    def kill(self, service):
        """SIGKILL, after which the engine leaves the container down; then bring it back."""
        self.compose("kill", service)
        self.compose("up", "--detach", "--no-build", "--no-deps", service)

    def compose(self, *arguments):
        """What `docker compose ARGUMENT…` printed. The example's values keep a developer's .env out of it."""
        files = [word for file in self._files for word in ("--file", file)]
        options = ["--env-file", ".env.example", "--project-name", self._project, *files]
        return docker("compose", *options, *arguments, environment=self._environment)

    def run_in(self, service, *command):
        """What a command inside a container of ``service`` printed."""
        return self.compose("exec", "-T", service, *command)

    def inspect(self, service):
        """`docker inspect` of each container of ``service``, stopped ones too."""
        return json.loads(docker("inspect", *self.compose("ps", "--all", "--quiet", service).split()))

    def healthy(self):
        """Whether every container is."""
        return all(found["State"]["Health"]["Status"] == "healthy" for name in ALL for found in self.inspect(name))

    def api(self, path, body=None):
        """An answer of the API, as JSON."""
        url = f"http://127.0.0.1:{self.ports['STACK_API_PORT']}/api/v1{path}"
        method = "GET" if body is None else "POST"
        answer = httpx.request(
            method, url, json=body, headers={"Authorization": f"Bearer {self.secret('api-token')}"}, timeout=30
        )
        return answer.raise_for_status().json()

    def start(self, job, file, **more):
        """A run's id."""
        return self.api("/runs", {"job": job, "file": file, **more})["run_id"]

    def wait(self, run_id, until=lambda run: run["finished_at"] is not None, seconds=180):
        """The run as the API shows it when ``until`` holds, over outages of any service."""
        found = {}

        def reached():
            try:
                found.update(self.api(f"/runs/{run_id}"))
            except (httpx.TransportError, httpx.HTTPStatusError):
                return False
            return until(found)

        wait_until(reached, seconds)
        return found

    def load(self, job, file, **more):
        """A run from its request to its end; its final state as the API shows it."""
        return self.wait(self.start(job, file, **more))

    def prometheus(self, path, **parameters):
        """What Prometheus's own API says."""
        url = f"http://127.0.0.1:{self.ports['STACK_PROMETHEUS_PORT']}/api/v1/{path}"
        return httpx.get(url, params=parameters, timeout=30).raise_for_status().json()["data"]

    def query(self, expression):
        """The series that a PromQL expression has now: labels and value."""
        found = self.prometheus("query", query=expression)["result"]
        return [(series["metric"], float(series["value"][1])) for series in found]

    def scraped(self):
        """(job, health) of every target Prometheus knows."""
        targets = self.prometheus("targets")["activeTargets"]
        return sorted((target["labels"]["job"], target["health"]) for target in targets)
