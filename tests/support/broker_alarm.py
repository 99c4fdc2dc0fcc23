"""Real memory and disk alarms on a private broker, during which it accepts no messages."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local.rabbit import SERVER, RabbitNode
from tests.support.waiting import wait_until

_CONTROL = SERVER.with_name("rabbitmqctl")
_USUAL = "0.4"
_USUAL_FREE, _MORE_THAN_FREE = "50MB", "1000000GB"


@contextmanager
def memory_alarm(node: RabbitNode) -> Iterator[None]:
    """The alarm is on during the block (RabbitMQ: Memory Alarms, a watermark of 0)."""
    _control(node, "set_vm_memory_high_watermark", "0")
    wait_until(lambda: _alarmed(node), 30)
    try:
        yield
    finally:
        _control(node, "set_vm_memory_high_watermark", _USUAL)


@contextmanager
def disk_alarm(node: RabbitNode) -> Iterator[None]:
    """The alarm is on during the block (RabbitMQ: Free Disk Space Alarms, a limit above any disk's size)."""
    _control(node, "set_disk_free_limit", _MORE_THAN_FREE)
    wait_until(lambda: _alarmed(node), 30)
    try:
        yield
    finally:
        _control(node, "set_disk_free_limit", _USUAL_FREE)


def _alarmed(node: RabbitNode) -> bool:
    """Whether the alarm is on. The node measures at intervals and accepts messages until then."""
    return "resource_limit" in _control(node, "eval", "rabbit_alarm:get_alarms().")


def _control(node: RabbitNode, *arguments: str) -> str:
    command = [str(_CONTROL), "--node", "lrecl@localhost", *arguments]
    # The environment names the node's own Erlang cookie and port mapper.
    done = subprocess.run(
        command, env=node._files.environment(), check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout
