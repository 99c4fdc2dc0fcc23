"""The supervisor with small real processes: order, readiness, restarts, graceful and forced ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import procfs
from deploy.local.errors import LocalStackError
from deploy.local.processes import Supervisor
from tests.support.processes import script, touching
from tests.support.waiting import wait_until


@pytest.fixture
def supervisor(tmp_path):
    with Supervisor(tmp_path / "logs") as supervisor:
        yield supervisor


def gone(pid: int) -> bool:
    return procfs.start_time(pid) is None


def test_starts_in_the_order_of_needs_and_stops_gracefully(supervisor, tmp_path):
    supervisor.add(
        touching("writer", tmp_path, after=("orchestrator",)),
        touching("orchestrator", tmp_path, after=("broker",)),
        touching("broker", tmp_path),
    )
    supervisor.start()
    assert (tmp_path / "order").read_text().split() == ["broker", "orchestrator", "writer"]
    pids = [supervisor.child(name).pid for name in supervisor.children]
    supervisor.stop()
    assert all(map(gone, pids))
    assert not (tmp_path / "broker").exists()
    assert [supervisor.child(name).exit_status for name in supervisor.children] == [0, 0, 0]


def test_what_a_process_makes_is_its_owners(supervisor, tmp_path):
    before = os.umask(0)
    try:
        supervisor.add(touching("writer", tmp_path))
        supervisor.start()
    finally:
        os.umask(before)
    made = [tmp_path / "writer", supervisor.child("writer").log]
    assert [path.stat().st_mode & 0o077 for path in made] == [0, 0]


def test_stops_in_reverse_order(supervisor, tmp_path):
    code = """
        import pathlib, signal, sys
        def leave(*_):
            with open(sys.argv[2], "a") as order:
                print(sys.argv[1], file=order)
            sys.exit(0)
        signal.signal(signal.SIGTERM, leave)
        pathlib.Path(sys.argv[2] + sys.argv[1]).touch()
        signal.pause()
    """
    ends = tmp_path / "ends"
    for name, after in (("broker", ()), ("orchestrator", ("broker",)), ("reader", ("orchestrator",))):
        supervisor.add(script(name, code, name, ends, probe=Path(f"{ends}{name}").exists, after=after))
    supervisor.start()
    supervisor.stop()
    assert ends.read_text().split() == ["reader", "orchestrator", "broker"]


def test_output_and_errors_are_appended_to_the_log(supervisor, tmp_path):
    log = tmp_path / "logs" / "talker.log"
    code = "import sys, time; print('out'); print('err', file=sys.stderr); time.sleep(60)"
    supervisor.add(script("talker", code, probe=lambda: log.read_text().count("err") > 0))
    supervisor.start()
    supervisor.restart("talker")
    wait_until(lambda: log.read_text().split() == ["out", "err"] * 2)


def test_a_crashed_process_is_restarted_and_counted(supervisor, tmp_path):
    supervisor.add(touching("reader", tmp_path))
    supervisor.start()
    first = supervisor.child("reader").pid
    supervisor.kill("reader")
    assert gone(first)
    wait_until(lambda: supervisor.child("reader").pid is not None)
    assert supervisor.child("reader").pid != first
    assert supervisor.child("reader").restarts == 1
    assert supervisor.child("reader").exit_status == -signal.SIGKILL


def test_a_process_without_restart_stays_down(supervisor, tmp_path):
    supervisor.add(touching("broker", tmp_path, restart=False))
    supervisor.start()
    supervisor.kill("broker")
    supervisor.add(touching("reader", tmp_path))
    supervisor.start("reader")
    supervisor.kill("reader")
    wait_until(lambda: supervisor.child("reader").restarts == 1)
    assert supervisor.child("broker").pid is None


def test_a_process_that_was_stopped_is_not_restarted(supervisor, tmp_path):
    supervisor.add(touching("reader", tmp_path), touching("writer", tmp_path))
    supervisor.start()
    supervisor.stop("reader")
    supervisor.kill("writer")
    wait_until(lambda: supervisor.child("writer").restarts == 1)
    assert supervisor.child("reader").pid is None
    assert supervisor.child("reader").restarts == 0


def test_a_process_may_have_its_own_way_to_stop_with_sigterm_behind_it(supervisor, tmp_path):
    asked = []

    def refuse():
        asked.append("refusing")
        raise ConnectionRefusedError

    supervisor.add(
        touching("database", tmp_path, ask_to_stop=lambda: (tmp_path / "end").touch(), stop_seconds=0.2),
        touching("other", tmp_path, ask_to_stop=refuse),
    )
    supervisor.start()
    supervisor.stop()
    assert (tmp_path / "end").exists()
    assert supervisor.child("database").exit_status == -signal.SIGKILL  # SIGTERM would have ended it with 0
    assert asked == ["refusing"]
    assert supervisor.child("other").exit_status == 0


def test_sigkill_after_the_grace_takes_the_whole_group(supervisor, tmp_path):
    code = """
        import os, signal, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        pid = os.fork()
        if pid:
            open(sys.argv[1], "w").write(str(pid))
        time.sleep(60)
    """
    mark = tmp_path / "pid"
    probe = lambda: mark.exists() and mark.read_text() != ""  # noqa: E731
    supervisor.add(script("stubborn", code, mark, probe=probe, stop_seconds=0.2))
    supervisor.start()
    parent, pool_child = supervisor.child("stubborn").pid, int(mark.read_text())
    assert not gone(pool_child)
    supervisor.stop()
    assert gone(parent)
    assert gone(pool_child)
    assert supervisor.child("stubborn").exit_status == -signal.SIGKILL


def test_an_early_end_names_the_process_and_shows_its_log(supervisor):
    supervisor.add(script("broken", "import sys; sys.exit('no such table')", probe=lambda: False))
    with pytest.raises(LocalStackError, match=r"LRS002: broken ended with exit status 1(.|\n)*no such table"):
        supervisor.start()


def test_a_command_that_does_not_exist_is_an_early_end(supervisor):
    spec = script("ghost", "", probe=lambda: False)
    supervisor.add(type(spec)("ghost", ("/no/such/program",), lambda: False))
    with pytest.raises(LocalStackError, match=r"LRS002(.|\n)*cannot run /no/such/program"):
        supervisor.start()


def test_never_ready_ends_in_time_and_leaves_nothing(supervisor):
    supervisor.add(script("slow", "import time; time.sleep(60)", probe=lambda: False, start_seconds=0.3))
    with pytest.raises(LocalStackError, match=r"LRS003: slow was not ready in 0\.3 s"):
        supervisor.start()
    assert not supervisor.child("slow").running


def test_unknown_names_and_circles_are_refused(supervisor, tmp_path):
    with pytest.raises(LocalStackError, match="LRS007"):
        supervisor.start("nobody")
    supervisor.add(touching("a", tmp_path, after=("b",)), touching("b", tmp_path, after=("a",)))
    with pytest.raises(LocalStackError, match="LRS009"):
        supervisor.start()
    supervisor.add(touching("a", tmp_path), touching("b", tmp_path))


SUPERVISOR = """
import sys, pathlib
from deploy.local.processes import Supervisor
from tests.support.processes import script
folder = pathlib.Path(sys.argv[1])
code = '''
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
(pathlib.Path(sys.argv[1]) / str(os.getpid())).touch()
time.sleep(60)
'''
pids = folder / "pids"
pids.mkdir()
supervisor = Supervisor(folder / "logs")
supervisor.add(script("pool", code, pids, probe=lambda: len(list(pids.iterdir())) == 2))
supervisor.start()
(folder / "ready").touch()
sys.stdin.read()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path, number):
    command = [sys.executable, "-c", SUPERVISOR, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=Path(__file__).parents[3]) as supervisor:
        wait_until((tmp_path / "ready").exists)
        pids = [int(path.name) for path in (tmp_path / "pids").iterdir()]
        assert not any(map(gone, pids))
        os.kill(supervisor.pid, number)
        supervisor.wait()
        wait_until(lambda: all(map(gone, pids)))
