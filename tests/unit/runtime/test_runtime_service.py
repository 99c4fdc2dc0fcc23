"""The frame of a service: starts, tells its health, ends in order on a signal."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from shared.observability.memory import own_processes
from shared.runtime.settings import ServiceSettings

SERVICE = """
import sys
from shared.runtime.service import run
from shared.runtime.settings import ServiceSettings

class Worker:
    def start(self): print("START", flush=True)
    def checks(self): return {"broker": True, "pool": False}
    def drain(self, grace): print("DRAIN", grace, flush=True)
    def life_sign(self): print("ALIVE", flush=True)

sys.exit(run("reader", ServiceSettings(), Worker))
"""


@pytest.fixture
def service_of() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a program as a service, with further variables."""
    with ExitStack() as undo:

        def start(program: str, **more: str) -> subprocess.Popen[str]:
            environment = os.environ | {
                "LRECL_HTTP_PORT": "0", "LRECL_INSTANCE": "reader-7", "LRECL_HEARTBEAT_SECONDS": "0.05",
                "LRECL_STOP_GRACE_SECONDS": "3", **more,
            }  # fmt: skip
            command = [sys.executable, "-c", program]
            process = undo.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment))
            undo.callback(process.kill)
            return process

        yield start


@pytest.fixture
def service(service_of: Callable[..., subprocess.Popen[str]]) -> subprocess.Popen[str]:
    return service_of(SERVICE)


def lines_until(process: subprocess.Popen[str], wanted: str) -> list[str]:
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if wanted in line:
            return lines
    raise AssertionError(f"{wanted!r} never came: {lines}")


def answer(port: int, path: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_from_start_to_end(service: subprocess.Popen[str], number: signal.Signals) -> None:
    lines = lines_until(service, '"started"')
    assert lines[0] == "START"
    log = json.loads(lines[-1])
    assert (log["service"], log["worker_id"], log["level"]) == ("reader", "reader-7", "info")
    port = log["port"]
    assert answer(port, "/healthz")[0] == 200
    status, body = answer(port, "/readyz")
    assert (status, json.loads(body)["checks"]) == (503, {"broker": True, "pool": False})
    status, metrics = answer(port, "/metrics")
    assert (status, answer(port, "/other")[0]) == (200, 404)
    assert "process_cpu_seconds_total" in metrics
    lines_until(service, "ALIVE")
    service.send_signal(number)
    rest = [line for line in lines_until(service, '"stopped"') if line != "ALIVE"]
    assert "DRAIN 3.0" in rest
    assert service.wait(10) == 0


BUSY = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
""" + SERVICE.replace(
    'print("ALIVE", flush=True)',
    """
        from shared.observability.memory import own_processes
        held = []
        try:
            while True:
                held.append(open("/dev/null"))
        except OSError:
            print("FULL", flush=True)
        own_processes()
        print("ALIVE", flush=True)""",
)


def test_no_descriptor_left_ends_no_service(service_of: Callable[..., subprocess.Popen[str]]) -> None:
    service = service_of(BUSY)
    lines_until(service, "FULL")
    lines_until(service, "unexpected error")
    lines_until(service, "FULL")
    service.send_signal(signal.SIGTERM)
    lines_until(service, '"stopped"')
    assert service.wait(10) == 0


def test_a_port_that_is_in_use_is_said_with_its_code(service_of: Callable[..., subprocess.Popen[str]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service = service_of(SERVICE, LRECL_HTTP_PORT=str(taken.getsockname()[1]))
        log = json.loads(lines_until(service, "LRQ006")[-1])
        assert service.wait(10) == 2
    assert (log["level"], "START" in log) == ("error", False)
    assert log["remedy"]


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRECL_INSTANCE", "w" * 64)
    monkeypatch.setenv("LRECL_HTTP_PORT", "1234")
    settings = ServiceSettings()
    assert (settings.instance, settings.http_port) == ("w" * 64, 1234)
    for name, value in (
        ("LRECL_INSTANCE", "w" * 65),
        ("LRECL_INSTANCE", "é" * 33),
        ("LRECL_HTTP_PORT", "70000"),
        ("LRECL_LOG_LEVEL", "loud"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            with pytest.raises(ValueError, match=name.removeprefix("LRECL_").lower()):
                ServiceSettings()


@pytest.mark.parametrize(
    ("instance", "name"),
    [("writer-1", "writer-1-12"), ("w" * 64, "w" * 61 + "-12"), ("x" + "é" * 31, "x" + "é" * 30 + "-12")],
)
def test_the_name_of_a_worker_fits_the_ledger(instance: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRECL_INSTANCE", instance)
    assert ServiceSettings().worker_name(12) == name
    assert len(name.encode()) <= 64


def test_memory_is_told_for_this_process_and_its_children() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        usages = own_processes()
    finally:
        child.communicate(b"\n")
    assert (usages[0].name, usages[0].pid) == ("main", os.getpid())
    assert child.pid in [usage.pid for usage in usages[1:]]
    assert all(0 < usage.rss_kb <= usage.peak_kb for usage in usages)
    assert usages[0].rss_kb > 10_000, "kilobytes of a Python with NumPy"


def test_a_service_that_cannot_start_says_why_and_exits_with_2() -> None:
    refusing = SERVICE.replace(
        "    def start(self)",
        "    def __init__(self):\n"
        "        from shared.errors import PermanentError\n"
        '        raise PermanentError("LRQ001", "the API has no token", remedy="Set one.")\n'
        "    def start(self)",
        1,
    )
    ended = subprocess.run([sys.executable, "-c", refusing], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    (line,) = ended.stdout.splitlines()
    log = json.loads(line)
    assert (log["level"], log["code"], log["remedy"]) == ("error", "LRQ001", "Set one.")
    assert "Traceback" not in ended.stdout + ended.stderr
