"""requirements/*.txt, one per image: pinned with hashes, to the versions that were tested, and nothing to spare."""

import re

import pytest
from stack_files import OURS, ROOT

WEB = {"fastapi", "starlette", "uvicorn", "jinja2", "typer", "rich", "httpx", "pyyaml"}
COLUMNS = {"numpy", "nanoarrow"}
DATABASE = {"ibm-db"}
TOOLS = {"pytest", "mypy", "ruff", "hypothesis", "testcontainers", "import-linter", "pyarrow", "setuptools"}
NEEDS = {
    "reader": set(),
    "processor": COLUMNS,
    "writer": COLUMNS | DATABASE,
    "orchestrator": COLUMNS | DATABASE | WEB,
}


def entries(name):
    """(distribution, version and marker, number of hashes) of each requirement."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    chunks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    matches = [(re.match(r"([\w.-]+)==([^\\\n]+)", chunk), chunk.count("--hash=sha256:")) for chunk in chunks]
    assert all(match for match, _ in matches), "a requirement without =="
    return [(match[1], match[2].strip(), hashes) for match, hashes in matches]


@pytest.mark.parametrize("role", OURS)
def test_an_image_holds_what_its_service_needs_and_nothing_of_the_others(role):
    names = {name for name, _, _ in entries(role)}
    extras = COLUMNS | DATABASE | WEB
    assert names & extras == NEEDS[role]
    assert not names & TOOLS


@pytest.mark.parametrize("role", OURS)
def test_every_library_is_pinned_with_hashes_to_the_tested_version(role):
    tested = {(name, version) for name, version, _ in entries("dev")}
    for name, version, hashes in entries(role):
        assert hashes > 0, name
        assert (name, version) in tested


def test_the_build_finds_its_setuptools_in_the_tested_versions():
    # service.Dockerfile cuts the entry out with sed: from the line of the name to the first that is not continued.
    text = (ROOT / "requirements" / "dev.txt").read_text()
    hashes = r"(    --hash=sha256:[0-9a-f]{64} \\\n)*    --hash=sha256:[0-9a-f]{64}$"
    assert re.search(r"^setuptools==[\d.]+ \\\n" + hashes, text, re.MULTILINE)
