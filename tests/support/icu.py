"""ICU's converters through ctypes. They hold IBM's own tables (CDRA), from which the code pages are generated."""

from __future__ import annotations

import ctypes
import re
from ctypes import byref, c_char_p, c_int, c_int32, c_uint16, c_void_p, cast
from ctypes.util import find_library
from functools import cache

_MOST_UNITS = 8


@cache
def _library() -> tuple[ctypes.CDLL, str] | None:
    name = find_library("icuuc")
    version = re.search(r"\.so\.(\d+)", name or "")
    return (ctypes.CDLL(name), version.group(1)) if version else None


def available() -> bool:
    """Whether ICU is installed."""
    return _library() is not None


class Converter:
    """One of ICU's converters to Unicode. LookupError when ICU does not have the page."""

    def __init__(self, name: str) -> None:
        found = _library()
        assert found is not None, "ICU is not installed"
        self._icu, self._version = found
        error = c_int(0)
        self._handle = self._function("ucnv_open", c_void_p)(c_char_p(name.encode()), byref(error))
        if error.value > 0:
            raise LookupError(name)
        stop = cast(self._function("UCNV_TO_U_CALLBACK_STOP"), c_void_p)
        old = c_void_p(), c_void_p()
        handle = c_void_p(self._handle)
        self._function("ucnv_setToUCallBack")(handle, stop, None, byref(old[0]), byref(old[1]), byref(error))

    def _function(self, name: str, result: object = c_int32) -> ctypes._CFuncPtr:
        function = getattr(self._icu, f"{name}_{self._version}")
        function.restype = result
        return function

    def decode(self, raw: bytes) -> str | None:
        """The characters; None when a byte has no character."""
        error, out = c_int(0), (c_uint16 * (_MOST_UNITS * len(raw) + _MOST_UNITS))()
        length = self._function("ucnv_toUChars")(
            c_void_p(self._handle), out, len(out), raw, c_int32(len(raw)), byref(error)
        )
        return None if error.value > 0 else bytes(out)[: 2 * length].decode("utf-16-le")

    def single(self) -> str:
        """The characters of the 256 bytes, U+FFFD where a byte has none; shifts are kept."""
        text = "".join(self.decode(bytes([byte])) or "\ufffd" for byte in range(256))
        return text[:0x0E] + "\x0e\x0f" + text[0x10:]

    def double(self) -> dict[int, str]:
        """The characters of pairs of bytes, both X'40' to X'FE', in a mixed page."""
        places = [high << 8 | low for high in range(0x40, 0xFF) for low in range(0x40, 0xFF)]
        decoded = ((place, self.decode(b"\x0e" + place.to_bytes(2, "big") + b"\x0f")) for place in places)
        return {place: text for place, text in decoded if text}
