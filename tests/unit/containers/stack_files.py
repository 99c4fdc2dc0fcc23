"""The container files as data, for the tests of this folder."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
DOCKER = ROOT / "deploy" / "docker"
DOCKERFILES = sorted(DOCKER.glob("*.Dockerfile"))
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES = COMPOSE["services"]
OURS = ("orchestrator", "reader", "processor", "writer")
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


def example():
    """.env.example as name → value."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def filled(text):
    """``text`` with each variable's default put in, as Compose does without .env."""
    return VARIABLE.sub(r"\2", str(text))


def instructions(dockerfile):
    """(INSTRUCTION, rest) of a Dockerfile, comments left out and continued lines joined."""
    lines = [line for line in dockerfile.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    pairs = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [(word.upper(), rest.strip()) for word, _, rest in pairs]


def last_stage(dockerfile):
    """The instructions from the last FROM on."""
    found = instructions(dockerfile)
    start = max(index for index, (word, _) in enumerate(found) if word == "FROM")
    return found[start:]
