"""Real memory and disk alarms on a private broker, during which it accepts no messages."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local.rabbit import SERVER, RabbitNode

_CONTROL = SERVER.with_name("rabbitmqctl")
_USUAL = "0.4"
_USUAL_FREE, _MORE_THAN_FREE = "50MB", "1000000GB"


@contextmanager
def memory_alarm(node: RabbitNode) -> Iterator[None]:
    """The alarm is on during the block (RabbitMQ: Memory Alarms, a watermark of 0)."""
    _raise(node, "vm_memory_monitor:set_vm_memory_high_watermark(0.0)")
    try:
        yield
    finally:
        _control(node, "set_vm_memory_high_watermark", _USUAL)


@contextmanager
def disk_alarm(node: RabbitNode) -> Iterator[None]:
    """The alarm is on during the block (RabbitMQ: Free Disk Space Alarms, a limit above any disk's size)."""
    _raise(node, f'rabbit_disk_monitor:set_disk_free_limit("{_MORE_THAN_FREE}")')
    try:
        yield
    finally:
        _control(node, "set_disk_free_limit", _USUAL_FREE)


def _raise(node: RabbitNode, setting: str) -> None:
    """Apply a setting and wait until the alarm is on. The node measures at intervals and accepts messages until then.

    The node itself waits, because each call of rabbitmqctl starts an Erlang machine.
    """
    wait = "(fun W() -> case rabbit_alarm:get_alarms() of [] -> timer:sleep(20), W(); Alarms -> Alarms end end)()"
    assert "resource_limit" in _control(node, "eval", f"{setting}, {wait}.")


def _control(node: RabbitNode, *arguments: str) -> str:
    command = [str(_CONTROL), "--node", "lrecl@localhost", *arguments]
    # The environment names the node's own Erlang cookie and port mapper.
    done = subprocess.run(
        command, env=node._files.environment(), check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout
