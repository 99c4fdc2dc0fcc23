"""Real memory and disk alarms on a private broker: it takes nothing more from whoever publishes."""

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
    """The alarm is on for the length of the block (RabbitMQ: Memory Alarms, a watermark of 0)."""
    _control(node, "set_vm_memory_high_watermark", "0")
    try:
        yield
    finally:
        _control(node, "set_vm_memory_high_watermark", _USUAL)


@contextmanager
def disk_alarm(node: RabbitNode) -> Iterator[None]:
    """The alarm is on for the length of the block (RabbitMQ: Free Disk Space Alarms, a limit no disk has)."""
    _control(node, "set_disk_free_limit", _MORE_THAN_FREE)
    try:
        yield
    finally:
        _control(node, "set_disk_free_limit", _USUAL_FREE)


def _control(node: RabbitNode, setting: str, value: str) -> None:
    command = [str(_CONTROL), "--node", "lrecl@localhost", setting, value]
    # The environment has the node's own Erlang cookie and port mapper.
    subprocess.run(command, env=node._files.environment(), check=True, capture_output=True, timeout=60)
