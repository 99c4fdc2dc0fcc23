"""Takes out of a virtual environment what no service needs at run time: ``python slim.py ENVIRONMENT``.

Runs in the build stage of an image, hence the standard library only. Licences, metadata and messages stay.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

TESTS = (
    "numpy/**/tests",
    "numpy/conftest.py",
    "numpy/_core/_simd.*.so",
    "numpy/_core/*_tests.*.so",
    "ibm_db_tests",
    "ibmdb_tests.py",
    "testfunctions.py",
)
BUILDING = (
    "numpy/f2py",
    "numpy/distutils",
    "numpy/_core/include",
    "numpy/**/*.pyi",
    "numpy/**/*.a",
    "clidriver/include",
    "clidriver/scripts",
    "nanoarrow/**/*.pyi",
    "tmp",
)
UNUSED = ("numpy/fft", "numpy/polynomial", "numpy/ma")
"""Parts of NumPy that load on first use, and that lrecl never uses."""
BYTECODE = ("**/__pycache__",)
"""What is imported gets its bytecode afterwards; most of what libraries hold never is."""


def unneeded(packages: Path) -> Iterator[Path]:
    """Files and folders of site-packages that nothing imports or opens at run time."""
    for pattern in TESTS + BUILDING + UNUSED + BYTECODE:
        yield from packages.glob(pattern)


def copies(packages: Path) -> Iterator[tuple[Path, Path]]:
    """Libraries that a wheel, which knows no links, holds under several names: (copy, original) of one folder."""
    seen: dict[tuple[Path, bytes], Path] = {}
    for path in sorted(packages.rglob("*.so*"), reverse=True):  # the longest name, with the version, first
        if path.is_symlink() or not path.is_file():
            continue
        key = path.parent, hashlib.sha256(path.read_bytes()).digest()
        original = seen.setdefault(key, path)
        if original is not path:
            yield path, original


def slim(packages: Path) -> None:
    """Delete what is unneeded, and turn copies of libraries into links, as their makers ship them."""
    for path in list(unneeded(packages)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for copy, original in list(copies(packages)):
        copy.unlink()
        copy.symlink_to(original.name)


def main() -> int:
    """Slim every site-packages of the environment."""
    for packages in Path(sys.argv[1]).glob("lib/python3*/site-packages"):
        slim(packages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
