"""Coded errors about the input: each says at which byte, and shows the bytes around it."""

from __future__ import annotations

from typing import Final

from shared.errors import InputError

_BEFORE: Final = 8
_AFTER: Final = 24


def neighbourhood(data: bytes, pos: int) -> str:
    """The bytes around ``data[pos]`` in hex; a bar stands before the byte meant."""
    return f"{data[max(0, pos - _BEFORE) : pos].hex()}|{data[pos : pos + _AFTER].hex()}"


def fault(code: str, what: str, *, offset: int, data: bytes, pos: int, remedy: str) -> InputError:
    """An error at ``data[pos]``, which is byte ``offset`` of the input."""
    hex_ = neighbourhood(data, pos)
    return InputError(code, f"byte {offset}: {what} (hex {hex_})", remedy=remedy, offset=offset, hex=hex_)


def ended_early(offset: int, promised: int) -> InputError:
    """LRF002: the file has fewer bytes than it had when the work began."""
    return InputError(
        "LRF002",
        f"the file ends at byte {offset}, but {promised} bytes were promised",
        remedy="It was truncated or replaced while being read; transfer it again and start a new run.",
        offset=offset,
    )


def wrong_option(what: str, remedy: str = "") -> InputError:
    """LRF040: options of the record format that cannot be."""
    return InputError("LRF040", what, remedy=remedy or "Correct the options of the record format in the job's input.")


def named(error: InputError, path: str) -> InputError:
    """``error`` with the name of the file in its message, if it is not there yet."""
    if "path" in error.context:
        return error
    message = f"{path}: {error.message}"
    return InputError(error.code, message, remedy=error.remedy, **error.context, path=path)
