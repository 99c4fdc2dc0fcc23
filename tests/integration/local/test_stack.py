"""The stack's own doing, with a real broker and stand-ins for database and services."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from deploy.local import procfs, rabbit, services, stack, statefile
from deploy.local.errors import LocalStackError
from deploy.local.stack import LocalStack
from tests.support import stand_ins
from tests.support.requirements import need
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    need(rabbit.installed(), "RabbitMQ")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "command", stand_ins.command)
        patch.setattr(stack, "add_database", stand_ins.add_database)
        patch.setenv("LRECL_DB_HOST", "db.elsewhere")
        home = tmp_path_factory.mktemp("stack")
        with LocalStack(home, pool_size=3, environment={"LRECL_HEARTBEAT_SECONDS": "0.5"}) as running:
            yield running


def told(stack, name):
    return httpx.get(stack.url(name), timeout=5).json()


def test_services_are_told_where_everything_is(running):
    environment = told(running, "processor")
    expected = {
        "LRECL_BROKER_URL": running.broker.url,
        "LRECL_BROKER_PASSWORD_FILE": str(running.broker.password_file),
        "LRECL_DB_HOST": "127.0.0.1",
        "LRECL_DB_PORT": str(running.database.port),
        "LRECL_DB_DIALECT": "derby",
        "LRECL_INSTANCE": "processor-1",
        "LRECL_JOBS_ROOT": str(PROJECT / "jobs"),
        "LRECL_DATA_ROOT": str(running.home / "data"),
        "LRECL_API_TOKEN_FILE": str(running.token_file),
        "LRECL_POOL_SIZE": "3",
        "LRECL_WRITER_THREADS": "2",
        "LRECL_HEARTBEAT_SECONDS": "0.5",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "MALLOC_MMAP_THRESHOLD_": "262144",
    }
    assert environment.items() >= expected.items()
    secrets = {running.token, running.broker.password}
    assert not any(secret in value for value in environment.values() for secret in secrets)


def test_the_state_file_tells_what_runs_and_no_secret(running):
    text = (running.home / "stack.json").read_text()
    state = statefile.read(running.home)
    assert state["state"] == "ready"
    assert state["api_url"] == running.api_url
    assert Path(state["token_file"]).read_text() == running.token
    assert set(state["processes"]) == {
        "epmd", "rabbitmq", "gateway", "orchestrator-1", "reader-1", "processor-1", "writer-1",
    }  # fmt: skip
    assert all(process["pid"] for process in state["processes"].values())
    assert running.token not in text
    assert running.broker.password not in text


def test_nobody_else_can_read_what_the_stack_keeps(running):
    home = running.home
    paths = [path for path in (home, *home.rglob("*")) if not path.is_symlink()]
    assert [path for path in paths if path.stat().st_mode & 0o077] == []


def test_a_killed_service_comes_back_and_the_state_file_follows(running):
    before = running.process("reader").pid
    restarts = running.process("reader").restarts
    running.kill("reader")
    running.wait_ready("reader")
    assert running.process("reader").pid != before
    assert running.process("reader").restarts == restarts + 1
    recorded = lambda: statefile.read(running.home)["processes"]["reader-1"]["pid"]  # noqa: E731
    wait_until(lambda: recorded() == running.process("reader").pid)


def test_stop_and_start_of_one_process(running):
    running.stop("writer")
    assert running.process("writer").pid is None
    running.start_process("writer")
    assert told(running, "writer")["LRECL_INSTANCE"] == "writer-1"


def test_scaling_up_and_down(running):
    running.scale("processor", 3)
    assert told(running, "processor-3")["LRECL_INSTANCE"] == "processor-3"
    ports = {told(running, f"processor-{n}")["LRECL_HTTP_PORT"] for n in (1, 2, 3)}
    assert len(ports) == 3
    pid = running.process("processor-3").pid
    running.scale("processor", 1)
    assert procfs.start_time(pid) is None
    assert "processor-2" not in statefile.read(running.home)["processes"]
    with pytest.raises(LocalStackError, match="LRS007"):
        running.process("processor-2")


def test_memory_counts_descendants_and_keeps_stand_ins_apart(running):
    services_memory, stand_in_memory = running.memory(), running.stand_in_memory()
    assert set(services_memory) == {"orchestrator-1", "reader-1", "processor-1", "writer-1"}
    assert set(stand_in_memory) == {"epmd", "rabbitmq", "gateway"}
    rss_kb, peak_kb = services_memory["processor-1"]
    alone = procfs.memory([running.process("processor").pid])
    assert rss_kb > alone.rss_kb > 0
    assert peak_kb >= rss_kb


def test_a_second_stack_on_the_same_home_is_refused(running):
    with pytest.raises(LocalStackError, match="LRS005"):
        LocalStack(running.home)
    assert statefile.read(running.home)["state"] == "ready"


COMMAND = """
import sys
from deploy.local import cli, services, stack
from tests.support import stand_ins
services.command, stack.add_database = stand_ins.command, stand_ins.add_database
sys.exit(cli.main(sys.argv[1:]))
"""


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments], cwd=PROJECT, capture_output=True, text=True, timeout=60, **options
    )


@pytest.fixture
def foreground(tmp_path):
    """``up`` in a process of its own, ready; killed if a test leaves it."""
    need(rabbit.installed(), "RabbitMQ")
    command = [sys.executable, "-c", COMMAND, "up", "--home", str(tmp_path)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as up:
        try:
            assert "Starting" in up.stdout.readline()
            assert "Ready: http://127.0.0.1:" in up.stdout.readline()
            yield up
        finally:
            up.kill()


def everything(home):
    state = statefile.read(home)
    return procfs.family(process["pid"] for process in state["processes"].values())


def test_up_status_down(foreground, tmp_path):
    shown = run("status", "--home", str(tmp_path))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "processor-1" in shown.stdout
    pids = everything(tmp_path)
    assert len(pids) > 10
    ended = run("down", "--home", str(tmp_path))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert foreground.wait(10) == 0
    assert foreground.stdout.read() == "Ended.\n"
    assert all(procfs.start_time(pid) is None for pid in pids)
    assert not (tmp_path / "stack.json").exists()
    again = run("status", "--home", str(tmp_path))
    assert (again.returncode, again.stderr[:7]) == (2, "LRS006:")


def test_nothing_outlives_an_up_that_is_killed(foreground, tmp_path):
    pids = everything(tmp_path)
    os.kill(foreground.pid, signal.SIGKILL)
    foreground.wait()
    wait_until(lambda: all(procfs.start_time(pid) is None for pid in pids))
    assert run("down", "--home", str(tmp_path)).stderr.startswith("LRS006")
