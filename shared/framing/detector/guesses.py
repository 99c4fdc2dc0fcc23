"""Trials of a record format on the first bytes of a file, and the guesses that follow, as a job's ``input`` section."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from shared.errors import InputError
from shared.framing.protocol import Framing

_MOST_RECORDS: Final = 20_000
_CUT_OFF: Final = frozenset({"LRF022", "LRF025", "LRF028", "LRF036"})
_UNSAID: Final[tuple[object, ...]] = (None, "", {}, 0)
_BARE: Final = re.compile(r"[A-Za-z]+[-_A-Za-z0-9]+|[FV]")
_DEFAULTS: Final = {"rdw_largest": 32_760, "bdw_largest": 32_760}


@dataclass(frozen=True, slots=True)
class Head:
    """The first bytes of the uncompressed file. ``size`` is that of the whole file, None if unknown."""

    data: bytes
    size: int | None

    @property
    def is_whole(self) -> bool:
        """Whether the head is the whole file."""
        return self.size == len(self.data)


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of a trial: the records' payload lengths and offsets, and whether the format fits all bytes."""

    framing: Framing
    lengths: tuple[int, ...]
    offsets: tuple[int, ...]
    fits: bool


def attempt(framing: Framing, head: Head) -> Attempt:
    """Cut the head into records. If the head is not the whole file, its last record may be incomplete."""
    lengths: list[int] = []
    offsets: list[int] = []
    fits = True
    batches = framing.cut(io.BytesIO(head.data), 0, len(head.data), 1, 1)
    try:
        for batch in islice(batches, _MOST_RECORDS):
            lengths += batch.lengths
            offsets += batch.offsets
    except InputError as error:
        fits = not head.is_whole and error.code in _CUT_OFF
    return Attempt(framing, tuple(lengths), tuple(offsets), fits)


@dataclass(frozen=True, slots=True)
class Guess:
    """One possible record format of the file. ``confidence`` is between 0 and 1; ``evidence`` are sentences for people.

    ``edges`` are the figures of ``survey.Edges`` that are not zero.
    """

    framing: Framing
    confidence: float
    evidence: tuple[str, ...]
    edges: dict[str, int] = field(default_factory=dict)

    def options(self) -> dict[str, Any]:
        """The options of the format that differ from the defaults."""
        said = {key: value for key, value in self.framing.to_dict().items() if key != "format"}
        kept = {
            key: value
            for key, value in said.items()
            if value is True or value is False or (value not in _UNSAID and value != _DEFAULTS.get(key))
        }
        return {"record_format": self.framing.to_dict()["format"], **kept, **self.edges}


@dataclass(frozen=True, slots=True)
class Findings:
    """The form of a file. ``guesses`` come in order of confidence; there is at least one unless the file is empty.

    ``encoding`` is ebcdic or ascii, ``compression`` gzip, bzip2 or None. ``evidence`` is about encoding and code page.
    """

    compression: str | None
    encoding: str
    code_page: str
    evidence: tuple[str, ...]
    guesses: tuple[Guess, ...]

    @property
    def best(self) -> Guess | None:
        """The likeliest guess; None for an empty file."""
        return self.guesses[0] if self.guesses else None

    def input_options(self) -> dict[str, Any]:
        """The ``input`` section for the best guess."""
        packed = {"compression": self.compression} if self.compression else {}
        options = self.best.options() if self.best else {}
        return {**options, "encoding": self.encoding, "code_page": self.code_page, **packed}

    def to_yaml(self) -> str:
        """``input_options`` as text for a job definition. Values are written in JSON, which is valid YAML."""
        lines = [f"  {key}: {_plain(value)}" for key, value in self.input_options().items()]
        return "\n".join(["input:", *lines, ""])


def _plain(value: object) -> str:
    """The value without quotes if YAML reads it as text: 010000 would be a number."""
    return value if isinstance(value, str) and _BARE.fullmatch(value) else json.dumps(value)
