"""Small stand-in processes for tests of the supervision: they need no broker, no database."""

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.local.child import ProcessSpec


def script(name: str, code: str, *arguments: object, probe: Callable[[], bool], **options: Any) -> ProcessSpec:
    """A process that runs ``code`` in an isolated interpreter; ``arguments`` are its sys.argv[1:]."""
    command = (sys.executable, "-I", "-S", "-u", "-c", textwrap.dedent(code), *map(str, arguments))
    return ProcessSpec(name, command, probe, **options)


def touching(name: str, folder: Path, **options: Any) -> ProcessSpec:
    """A process that is ready once ``folder/name`` exists, which it makes, and removes on SIGTERM."""
    code = """
        import pathlib, signal, sys
        mark = pathlib.Path(sys.argv[1])
        def leave(*_):
            mark.unlink()
            sys.exit(0)
        signal.signal(signal.SIGTERM, leave)
        with mark.with_name("order").open("a") as order:
            print(mark.name, file=order)
        mark.touch()
        while True:
            signal.pause()
    """
    mark = folder / name
    return script(name, code, mark, probe=mark.exists, **options)
