"""RUN_DOCUMENT: longer texts of a run (the compiled job, the report, long figures), kept in parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.orchestrator.store.base import Store
from shared.errors import PermanentError
from shared.jobs.compile import CompiledJob
from shared.texts import cut_text, printable

_PART: Final = 7_000
"""Bytes: in a Unicode database Db2 counts the length of a VARCHAR in bytes of UTF-8."""


class DocumentStore(Store):
    """A text by run and kind."""

    table = "run_document"

    def put(self, run_id: str, kind: str, text: str) -> None:
        """Keep a text, replacing the one before."""
        self._change("delete", (run_id, kind))
        for part, content in enumerate(_parts(text)):
            self._change("insert", (run_id, kind, part, content))

    def get(self, run_id: str, kind: str) -> str | None:
        """A text kept by ``put``; None when there is none."""
        parts = self._rows("get", (run_id, kind))
        return "".join(row["content"] for row in parts) if parts else None

    def compiled_job(self, run_id: str) -> CompiledJob:
        """The job as it was compiled for the run; LRR098 when it is missing."""
        text = self.get(run_id, "job")
        if text is None:
            raise PermanentError("LRR098", f"the compiled job of run {run_id} is missing")
        return CompiledJob.model_validate_json(text)

    def put_job(self, run_id: str, compiled: CompiledJob) -> None:
        """Keep the run's compiled job."""
        self.put(run_id, "job", compiled.model_dump_json())


def _parts(given: str) -> Iterator[str]:
    text, start = printable(given), 0
    while start < len(text):
        content = cut_text(text[start : start + _PART], _PART)
        yield content
        start += len(content)
