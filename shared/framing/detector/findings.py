"""What the detector thinks, why, and how to say it in a job's ``input`` section."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from shared.framing.protocol import Framing

_UNSAID: Final[tuple[object, ...]] = (None, "", {}, 0)
_BARE: Final = re.compile(r"[A-Za-z]+[-_A-Za-z0-9]+|[FV]")
_DEFAULTS: Final = {"rdw_largest": 32_760, "bdw_largest": 32_760}


@dataclass(frozen=True, slots=True)
class Guess:
    """One reading of the file. ``confidence`` runs from 0 to 1; ``evidence`` are sentences for people.

    ``edges`` are ``header_bytes`` and the like, as far as they are not zero.
    """

    framing: Framing
    confidence: float
    evidence: tuple[str, ...]
    edges: dict[str, int] = field(default_factory=dict)

    def options(self) -> dict[str, Any]:
        """The options of the format that differ from what is assumed without them."""
        said = {key: value for key, value in self.framing.to_dict().items() if key != "format"}
        kept = {
            key: value
            for key, value in said.items()
            if value is True or value is False or (value not in _UNSAID and value != _DEFAULTS.get(key))
        }
        return {"record_format": self.framing.to_dict()["format"], **kept, **self.edges}


@dataclass(frozen=True, slots=True)
class Findings:
    """The file's form. ``guesses`` come best first; there is at least one unless the file is empty.

    ``encoding`` is ebcdic or ascii; ``compression`` gzip, bzip2 or None; ``evidence`` is about the bytes in general.
    """

    compression: str | None
    encoding: str
    code_page: str
    evidence: tuple[str, ...]
    guesses: tuple[Guess, ...]

    @property
    def best(self) -> Guess | None:
        """The likeliest reading; None for an empty file."""
        return self.guesses[0] if self.guesses else None

    def input_options(self) -> dict[str, Any]:
        """The ``input`` section that reads the file so."""
        packed = {"compression": self.compression} if self.compression else {}
        options = self.best.options() if self.best else {}
        return {**options, "encoding": self.encoding, "code_page": self.code_page, **packed}

    def to_yaml(self) -> str:
        """``input_options`` to be pasted into a job; values in JSON, which YAML contains."""
        lines = [f"  {key}: {_plain(value)}" for key, value in self.input_options().items()]
        return "\n".join(["input:", *lines, ""])


def _plain(value: object) -> str:
    """Bare where YAML would read nothing else into it: 010000 would be a number."""
    return value if isinstance(value, str) and _BARE.fullmatch(value) else json.dumps(value)
