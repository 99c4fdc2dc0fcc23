import os
import subprocess
import sys

from deploy.local import procfs


def test_start_time_tells_a_process_from_a_later_one_with_its_pid():
    with subprocess.Popen(["sleep", "60"]) as child:
        assert procfs.start_time(child.pid) == procfs.start_time(child.pid) is not None
        child.kill()
        child.wait()
        assert procfs.start_time(child.pid) is None


def test_family_and_memory_take_in_grandchildren():
    code = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        grandchild = int(child.stdout.readline())
        family = procfs.family([child.pid])
        assert {child.pid, grandchild} <= family
        assert os.getpid() not in family
        both, one = procfs.memory(family), procfs.memory([child.pid])
        assert both.rss_kb > one.rss_kb > 1_000
        assert both.peak_kb >= both.rss_kb
        os.kill(grandchild, 9)


def test_a_process_that_is_gone_uses_no_memory():
    assert procfs.memory([2**22 + 1]) == procfs.Memory(0, 0)
