"""A real memory alarm on a private broker: it takes nothing more from whoever publishes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local.rabbit import SERVER, RabbitNode

_CONTROL = SERVER.with_name("rabbitmqctl")
_USUAL = "0.4"


@contextmanager
def memory_alarm(node: RabbitNode) -> Iterator[None]:
    """The alarm is on for the length of the block (RabbitMQ: Memory Alarms, a watermark of 0)."""
    _set_watermark(node, "0")
    try:
        yield
    finally:
        _set_watermark(node, _USUAL)


def _set_watermark(node: RabbitNode, share: str) -> None:
    command = [str(_CONTROL), "--node", "lrecl@localhost", "set_vm_memory_high_watermark", share]
    # The environment has the node's own Erlang cookie and port mapper.
    subprocess.run(command, env=node._files.environment(), check=True, capture_output=True, timeout=60)
