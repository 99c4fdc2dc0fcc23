"""What the images leave out: nothing that is imported, no licence, no library; links where a wheel holds copies."""

import ast

import pytest
from stack_files import ROOT, instructions

from deploy.docker import slim

SERVICE = ROOT / "deploy/docker/service.Dockerfile"
SOURCES = [path for folder in ("shared", "services", "lrecl") for path in (ROOT / folder).rglob("*.py")]


@pytest.fixture
def packages(tmp_path):
    """A site-packages with something of each kind."""
    folder = tmp_path / "lib/python3.11/site-packages"
    files = {
        "numpy/__init__.py": "", "numpy/_core/tests/test_a.py": "", "numpy/lib/tests/data/x.npy": "", "numpy/a.pyi": "",
        "numpy/fft/__init__.py": "", "numpy/_core/_simd.cpython-311.so": "simd", "numpy/_core/_umath.so": "umath",
        "numpy-2.dist-info/licenses/LICENSE.txt": "BSD", "numpy/__pycache__/a.pyc": "",
        "clidriver/lib/libdb2.so": "db2", "clidriver/lib/libdb2.so.1": "db2", "clidriver/lib/icc/libdb2.so": "db2",
        "clidriver/lib/other.so": "other", "clidriver/license/x.txt": "IBM", "clidriver/msg/en_US/db2sql.mo": "",
        "clidriver/include/sql.h": "", "ibm_db_tests/test_1.py": "", "tmp/build/x": "", "pika/tests.py": "",
    }  # fmt: skip
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    slim.slim(folder)
    return folder


def test_tests_headers_and_stubs_go_the_rest_stays(packages):
    left = {str(path.relative_to(packages)) for path in packages.rglob("*") if path.is_file()}
    assert left == {
        "numpy/__init__.py", "numpy/_core/_umath.so", "numpy-2.dist-info/licenses/LICENSE.txt", "pika/tests.py",
        "clidriver/lib/libdb2.so", "clidriver/lib/libdb2.so.1", "clidriver/lib/icc/libdb2.so", "clidriver/lib/other.so",
        "clidriver/license/x.txt", "clidriver/msg/en_US/db2sql.mo",
    }  # fmt: skip


def test_copies_of_a_library_in_one_folder_become_links(packages):
    lib = packages / "clidriver/lib"
    assert (lib / "libdb2.so").readlink().name == "libdb2.so.1"
    assert (lib / "libdb2.so").read_text() == "db2"
    assert [path.name for path in lib.rglob("*") if path.is_symlink()] == ["libdb2.so"]


def test_slimming_twice_changes_nothing(packages):
    before = {path: path.is_symlink() for path in packages.rglob("*")}
    slim.slim(packages)
    assert {path: path.is_symlink() for path in packages.rglob("*")} == before


def test_lrecl_uses_none_of_what_goes():
    gone = {name.rpartition("/")[2] for name in (*slim.UNUSED, "numpy/f2py", "numpy/distutils")}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in {"np", "numpy"}
            ):
                assert node.attr not in gone, path
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("numpy"):
                assert not gone & {*node.module.split("."), *(alias.name for alias in node.names)}, path


def test_the_build_slims_before_it_makes_bytecode_and_both_stages_import_the_service():
    runs = [rest for word, rest in instructions(SERVICE) if word == "RUN"]
    order = [index for index, rest in enumerate(runs) if "slim.py" in rest or "walk_packages" in rest]
    assert len(order) == 3
    assert "slim.py /opt/lrecl" in runs[order[0]]
    assert any("PIP_NO_COMPILE=1" in rest for word, rest in instructions(SERVICE) if word == "ENV")


def test_without_a_network_only_the_wheelhouse_is_asked():
    found = instructions(SERVICE)
    assert ("ARG", "OFFLINE=0") in found
    (environment,) = (rest for word, rest in found if word == "ENV" and "PIP_NO_INDEX" in rest)
    assert "PIP_NO_INDEX=${OFFLINE}" in environment
    assert "PIP_FIND_LINKS=/build/wheelhouse" in environment
    assert ("COPY", "deploy/docker/wheelhouse wheelhouse") in found
    assert (ROOT / "deploy/docker/wheelhouse/.gitignore").read_text().splitlines()[1:] == ["*", "!.gitignore"]
