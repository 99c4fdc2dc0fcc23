"""Mutated messages: header and parts, or poison; nothing else, for a consumer dead-letters only poison."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.errors import LreclError, PoisonError
from shared.messaging.messages import Message, ProcessedBatch, RawBatch, ReadCommand, RunFault, SplitReport
from shared.messaging.wire import pack

_KINDS: Final[tuple[type[Message], ...]] = (ReadCommand, RawBatch, ProcessedBatch, SplitReport, RunFault)
_ODD: Final[tuple[Any, ...]] = (None, True, -1, 0, 1.5, 2**70, "", "x", "\ud800", [], {}, [[]], {"": 0}, float("nan"))


class Case(NamedTuple):
    """A body, and the kind it is taken for."""

    kind: type[Message]
    body: bytes


def header_of(kind: type[Message], dice: random.Random) -> dict[str, Any]:
    """A header whose every field has some value of about the right type."""
    filled = {"str": "x", "int": 7, "dict": {}, "list": [], "bool": True, "FileIdentity": _FILE}
    found: dict[str, Any] = {"kind": kind.kind, "version": kind.version}
    for name, field in kind.model_fields.items():
        if name != "parts":
            word = str(getattr(field.annotation, "__name__", field.annotation))
            found[name] = next((value for key, value in filled.items() if word.startswith(key)), dice.choice(_ODD))
    return found


_FILE: Final = {"path": "a.dat", "size": 10, "mtime_ns": 1}


class Messages:
    """The target."""

    units = 1
    refusals: tuple[type[LreclError], ...] = (PoisonError,)

    def __init__(self, _folder: Path) -> None:
        pass

    def make(self, dice: random.Random) -> Case:
        kind = dice.choice(_KINDS)
        header = header_of(kind, dice)
        for _ in range(dice.choice((0, 0, 1, 2))):
            name = dice.choice([*header, "parts", "unknown"])
            header[name] = dice.choice(_ODD)
        body = bytearray(pack(header, {"records": dice.randbytes(dice.randint(0, 40))}))
        for _ in range(dice.choice((0, 0, 1, 3))):
            at = dice.randrange(len(body) + 1)
            stop = at + dice.choice((0, 1, 1, 4))
            body[at:stop] = dice.choice((b"", dice.randbytes(stop - at), b"[" * 5_000, b'"', b"Infinity"))
        return Case(dice.choice((kind, dice.choice(_KINDS))), bytes(body))

    def hold(self, case: Case) -> Counter[str]:
        _, parts = case.kind.unpack(case.body)
        assert sum(map(len, parts.values())) <= len(case.body)
        return Counter({"unpacked": 1})
