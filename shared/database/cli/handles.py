"""Handles of the CLI driver, and the diagnostic records of a call that failed."""

from __future__ import annotations

import ctypes
from typing import Final

from shared.database.cli import library as cli
from shared.database.errors import DatabaseError, classify

_MESSAGE_BYTES: Final = 1024


class Handle:
    """An environment, connection or statement handle, allocated when it is made."""

    def __init__(self, kind: int, parent: Handle | None = None) -> None:
        self.kind = kind
        self.raw = cli.HANDLE(0)
        parent_raw = parent.raw if parent else cli.HANDLE(0)
        code = cli.load().SQLAllocHandle(kind, parent_raw, ctypes.byref(self.raw))
        (parent or self).check(code)

    def check(self, code: int) -> None:
        """Raise the classified DatabaseError unless ``code``, returned by a call on this handle, means success."""
        if code not in cli.SUCCEEDED:
            raise self.error()

    def error(self) -> DatabaseError:
        """The handle's diagnostic records as one error, classified by the most specific of them.

        The first record of an array statement may only say that at least one row failed. A record with the SQLSTATE of
        a lost connection, a rollback or refused data is therefore preferred.
        """
        records = self.diagnostics()
        if not records:
            return classify("HY000", 0, "The driver reported a failure without any diagnostic record.")
        state, code, _ = max(records, key=lambda record: _weight(record[0]))
        return classify(state, code, " | ".join(message for _, _, message in records))

    def diagnostics(self) -> list[tuple[str, int, str]]:
        """Every diagnostic record: SQLSTATE, SQLCODE, message."""
        state, native = ctypes.create_string_buffer(6), ctypes.c_int32()
        message, length = ctypes.create_string_buffer(_MESSAGE_BYTES), ctypes.c_int16()
        records: list[tuple[str, int, str]] = []
        while (
            cli.load().SQLGetDiagRec(
                self.kind,
                self.raw,
                len(records) + 1,
                state,
                ctypes.byref(native),
                message,
                _MESSAGE_BYTES,
                ctypes.byref(length),
            )
            in cli.SUCCEEDED
        ):
            text = message.value.decode("utf-8", "replace").strip()
            records.append((state.value.decode("ascii", "replace"), native.value, text))
        return records

    def free(self) -> None:
        """Free the handle. Freeing it again does nothing."""
        if self.raw.value:
            cli.load().SQLFreeHandle(self.kind, self.raw)
            self.raw = cli.HANDLE(0)


def _weight(sqlstate: str) -> int:
    return {"08": 3, "40": 3, "57": 3, "23": 2, "22": 2}.get(sqlstate[:2], 1 if sqlstate != "HY000" else 0)
