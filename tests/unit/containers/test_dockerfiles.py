"""What hadolint would say of the Dockerfiles, and that the builds see no more than they need."""

import fnmatch
import json
import re

import pytest
from stack_files import DOCKERFILES, OURS, ROOT, example, instructions, last_stage

each = pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.stem)


def values(found, word):
    return [rest for name, rest in found if name == word]


def test_there_are_these_dockerfiles():
    assert [path.stem for path in DOCKERFILES] == ["derby", "service"]


@each
def test_the_classic_builder_accepts_it(dockerfile):
    text = dockerfile.read_text()
    for word, rest in instructions(dockerfile):
        assert not (word in ("RUN", "COPY") and re.match(r"--(mount|chmod|link|network|security)", rest))
        assert not (word in ("RUN", "COPY") and "<<" in rest)
    assert not text.startswith("# syntax=")


@each
def test_the_base_image_is_an_argument_with_the_examples_default(dockerfile):
    assert instructions(dockerfile)[0] == ("ARG", f"PYTHON_IMAGE={example()['STACK_PYTHON_IMAGE']}")
    for rest in values(instructions(dockerfile), "FROM"):
        assert rest.split()[0] == "${PYTHON_IMAGE}"


@each
def test_it_runs_as_a_numbered_user(dockerfile):
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", values(last_stage(dockerfile), "USER")[-1])
    assert not values(instructions(dockerfile), "ADD")
    assert "sudo" not in dockerfile.read_text()


@each
def test_it_stops_on_sigterm_and_can_be_probed(dockerfile):
    found = last_stage(dockerfile)
    assert values(found, "STOPSIGNAL") == ["SIGTERM"]
    assert re.search(r'CMD \["python"', values(found, "HEALTHCHECK")[0])
    for word in ("CMD", "ENTRYPOINT"):
        for rest in values(found, word):
            assert isinstance(json.loads(rest), list), "the shell form swallows signals"


@each
def test_it_says_what_it_is(dockerfile):
    labels = " ".join(values(last_stage(dockerfile), "LABEL"))
    for name in ("title", "description", "version"):
        assert f"org.opencontainers.image.{name}=" in labels


@each
def test_packages_leave_no_cache(dockerfile):
    for rest in values(instructions(dockerfile), "RUN"):
        if "apt-get install" in rest:
            assert "--no-install-recommends" in rest
            assert "apt-get update" in rest
            assert "rm -rf /var/lib/apt/lists/*" in rest
        for install in re.findall(r"pip\S* install [^&]*", rest):
            assert "--require-hashes" in install or "--no-index" in install


@each
def test_no_compiler_is_installed(dockerfile):
    assert not re.search(r"\b(gcc|g\+\+|build-essential|make|\w+-dev)\b", dockerfile.read_text())


def test_pip_keeps_no_cache_and_stays_in_the_build_stage():
    service = next(path for path in DOCKERFILES if path.stem == "service")
    assert any("PIP_NO_CACHE_DIR=1" in rest for rest in values(instructions(service), "ENV"))
    assert not any("pip" in rest.split() for rest in values(last_stage(service), "RUN"))


@each
def test_no_secret_is_built_in(dockerfile):
    for word, rest in instructions(dockerfile):
        if word in ("ARG", "ENV"):
            assert not re.search("PASSWORD|TOKEN|SECRET", rest)


def admitted(path):
    """Whether the build context holds ``path``: the last rule of .dockerignore that matches it decides."""
    verdict = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        rule = line.removeprefix("!")
        if not line or line.startswith("#"):
            continue
        parts = path.split("/")
        heads = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        pattern = rule.removeprefix("**/")
        if any(fnmatch.fnmatchcase(head, pattern) for head in heads) or (
            rule.startswith("**/") and any(fnmatch.fnmatchcase(part, pattern) for part in parts)
        ):
            verdict = line.startswith("!")
    return verdict


@each
@pytest.mark.parametrize("role", OURS)
def test_what_is_copied_exists_and_is_sent_to_the_build(dockerfile, role):
    for rest in values(instructions(dockerfile), "COPY"):
        if rest.startswith("--from="):
            continue
        for source in rest.replace("${SERVICE}", role).split()[:-1]:
            assert (ROOT / source).exists()
            assert admitted(source)


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        "data/customers.dat",
        "deploy/docker/secrets/api-token",
        "deploy/local/stack.py",
        "tests/conftest.py",
        "shared/__pycache__/errors.cpython-311.pyc",
        "jobs/customers/job.yaml",
    ],
)
def test_the_build_does_not_see(path):
    assert not admitted(path)
