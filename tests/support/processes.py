"""Small processes for tests of the supervisor; they need no broker and no database."""

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
    """A process that creates ``folder/name``, is ready when that exists, and removes it on SIGTERM."""
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
