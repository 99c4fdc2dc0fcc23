"""Makes pool children crash on chosen batches, as a fault in a C library does.

Python imports a module of this name when it starts, also in children; it is on the PYTHONPATH of the stack under test.
While the file that LRECL_TEST_POISON names exists, a child that gets a batch with the file's bytes ends by SIGSEGV.
Removing the file repairs that.
"""

import os
import signal
import sys
from importlib.machinery import PathFinder
from pathlib import Path

_CHILD = "services.processor.child"


class _Finder:
    """Finds the child's module as usual and changes it after it is loaded."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != _CHILD:
            return None
        spec = PathFinder.find_spec(name, path, target)
        load = spec.loader.exec_module

        def load_and_change(module):
            load(module)
            module.process = _dying(module.process)

        spec.loader.exec_module = load_and_change
        return spec


def _dying(process):
    marker = Path(os.environ["LRECL_TEST_POISON"])

    def process_or_die(body, *others):
        if marker.exists() and marker.read_bytes() in bytes(body):
            os.kill(os.getpid(), signal.SIGSEGV)
        return process(body, *others)

    return process_or_die


if "LRECL_TEST_POISON" in os.environ:
    sys.meta_path.insert(0, _Finder)
