"""REJECT: rejected records, each joined from the parts in which its bytes are stored."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from services.orchestrator.store.base import Char, Record, Store
from shared.messaging.messages import FILE_STRIDE


class RejectRow(Record):
    """A rejected record as a whole: its first fault, how many there were, and its bytes in hex.

    ``record_offset`` counts over all files of the run, ``field_offset`` from the record's start.
    """

    record_offset: int
    batch_no: int
    record_no: int
    field: str
    field_offset: int
    code: Char
    message: str
    faults: int
    raw_hex: str

    @property
    def file_no(self) -> int:
        """The number of the record's file."""
        return self.record_offset // FILE_STRIDE


class RejectPage(NamedTuple):
    """Rejects in the order of the input; ``next`` is the cursor of the page after this, None after the last."""

    rejects: list[RejectRow]
    next: int | None


class RejectSummary(Record):
    """How many records were rejected for one code at one field, with one of their messages."""

    code: Char
    field: str
    rejects: int
    message: str


class NumberedReject(Record):
    """A rejected record by its number and offset."""

    record_no: int
    record_offset: int


class RejectStore(Store):
    """The rejects of runs."""

    table = "reject"

    def page(
        self,
        run_id: str,
        after: int,
        limit: int,
        *,
        code: str | None = None,
        field: str | None = None,
        raw: bool = True,
    ) -> RejectPage:
        """At most ``limit`` rejects whose offset is greater than ``after``; of one code or field where given.

        Without ``raw`` their bytes are left out, which is much faster where records are long.
        """
        given = {"CODE = ?": code, "FIELD = ?": field}
        conditions = {text: value for text, value in given.items() if value is not None}
        where = "".join(f" AND {text}" for text in conditions)
        values = (run_id, after, *conditions.values())
        found = self._whole(values, where, limit) if raw else self._without_bytes(values, where, limit)
        return RejectPage(found, found[-1].record_offset if len(found) == limit else None)

    def _whole(self, values: tuple[object, ...], where: str, limit: int) -> list[RejectRow]:
        rows = self._rows("list_whole", (*values, *values), filter=where, limit=str(int(limit)))
        return [_joined(list(parts)) for _, parts in groupby(rows, key=lambda row: row["record_offset"])]

    def _without_bytes(self, values: tuple[object, ...], where: str, limit: int) -> list[RejectRow]:
        return self._records(RejectRow, "list", values, filter=where, limit=str(int(limit)))

    def summary(self, run_id: str) -> list[RejectSummary]:
        """Rejects by code and field, the most frequent first."""
        return self._records(RejectSummary, "summary", (run_id,))

    def counts(self, run_id: str) -> dict[str, int]:
        """Rejected records by error code."""
        return {row["code"].strip(): int(row["rejects"]) for row in self._rows("counts", (run_id,))}

    def numbers(self, run_id: str, batch_no: int) -> list[NumberedReject]:
        """Number and offset of a batch's rejected records, in order."""
        return self._records(NumberedReject, "numbers", (run_id, batch_no))


def _joined(parts: list[dict[str, object]]) -> RejectRow:
    """The first part with the bytes of all."""
    return RejectRow.model_validate(parts[0] | {"raw_hex": "".join(str(part["raw_hex"]) for part in parts)})
