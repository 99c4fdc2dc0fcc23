"""The wire form of every message: a JSON header and named binary parts.

    magic "LRECL" (5) | version (1) | header length, big-endian (4) | header JSON | part | part …

The header is a pydantic model of ``messages``; its ``parts`` gives the names and lengths of the binary parts in order.
There is no pickle and nothing executable. Bulk bytes are neither escaped nor copied through JSON.
"""

from __future__ import annotations

import json
import struct
from typing import Any, Final

from shared.errors import PoisonError

_MAGIC: Final = b"LRECL"
_VERSION: Final = 1
_PREFIX: Final = struct.Struct(">5sBI")

Parts = dict[str, bytes | memoryview]


def pack(header: dict[str, Any], parts: dict[str, bytes] | None = None) -> bytes:
    """The message's body."""
    parts = parts or {}
    sized = header | {"parts": {name: len(part) for name, part in parts.items()}}
    text = json.dumps(sized, separators=(",", ":")).encode()
    return b"".join([_PREFIX.pack(_MAGIC, _VERSION, len(text)), text, *parts.values()])


def unpack(body: bytes) -> tuple[dict[str, Any], dict[str, memoryview]]:
    """Header and parts of a body; the parts are views of it. LRP001–LRP003 for a body that is not such a message."""
    if len(body) < _PREFIX.size:
        raise PoisonError("LRP001", f"a message of {len(body)} bytes is too short to be one of lrecl's")
    magic, version, length = _PREFIX.unpack_from(body)
    if magic != _MAGIC:
        raise PoisonError("LRP001", "the message is not one of lrecl's", hex=body[:16].hex())
    if version != _VERSION:
        raise PoisonError("LRP002", f"wire version {version} is not understood; this is version {_VERSION}")
    start = _PREFIX.size
    try:
        header = json.loads(body[start : start + length])
        sizes: dict[str, int] = header["parts"]
        well_formed = all(type(size) is int and size >= 0 for size in sizes.values())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PoisonError("LRP003", f"the message's header cannot be read: {error}") from error
    if not well_formed:
        raise PoisonError("LRP003", f"the lengths of the message's parts are not numbers: {sizes}")
    return header, _cut(memoryview(body)[start + length :], sizes)


def _cut(rest: memoryview, sizes: dict[str, int]) -> dict[str, memoryview]:
    if sum(sizes.values()) != len(rest):
        raise PoisonError("LRP003", f"the message's parts hold {len(rest)} bytes, its header promises {sizes}")
    parts, position = {}, 0
    for name, size in sizes.items():
        parts[name] = rest[position : position + size]
        position += size
    return parts
