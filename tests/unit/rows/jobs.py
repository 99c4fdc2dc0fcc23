"""Jobs for one test, made from a copybook and a few sections."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Self

import yaml

from shared.batch.rejects import Reject
from shared.framing.writing import writer_for
from shared.jobs.compile import CompiledJob, compile_job
from shared.jobs.load import JobSource, load_job
from shared.rows.encoding import JobEncoder
from shared.rows.input import input_batches
from shared.rows.nested import Look
from shared.rows.reader import NestedReader, flat_rows

TARGET = {"staging_table": "STG", "final_table": "FIN", "key": ["K"]}


class TestJob:
    """A compiled job and what ``decode`` and ``encode`` make of files with it."""

    __test__ = False

    def __init__(self, copybook: str, **sections: Any) -> None:
        self._folder = tempfile.TemporaryDirectory()
        place = Path(self._folder.name) / "rows"
        place.mkdir()
        target = {} if "records" in sections else {"target": TARGET}
        definition = {"job": "rows", "copybook": {"path": "c.cpy"}} | target | sections
        (place / "job.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(definition))))
        (place / "c.cpy").write_text(copybook)
        self.source: JobSource = load_job(Path(self._folder.name), "rows")
        self.compiled: CompiledJob = compile_job(self.source, "S")
        self.rejects: list[Reject] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def _file(self, data: bytes) -> Path:
        path = Path(self._folder.name) / "data"
        path.write_bytes(data)
        return path

    def nested(self, data: bytes, look: Look | None = None) -> list[dict[str, Any]]:
        """Root objects."""
        reader = NestedReader(self.source, self.compiled, look or Look(nulls=True))
        batches = input_batches(self.compiled, self._file(data))
        return [found.row or {} for found in reader.objects(batches, self.rejects.extend)]

    def flat(self, data: bytes) -> list[dict[str, Any]]:
        """Rows of tables, with their type."""
        names = {table.record_type: [one.name for one in table.targets] for table in self.compiled.tables}
        rows = flat_rows(self.compiled, input_batches(self.compiled, self._file(data)), self.rejects.extend)
        return [{"_type": name, **dict(zip(names[name], row, strict=True))} for name, row in rows]

    def tried(self, rows: list[dict[str, Any]]) -> list[Any]:
        """A record for each row, or the error."""
        return list(JobEncoder(self.source, self.compiled).records(json.dumps(row, default=str) for row in rows))

    def encoded(self, rows: list[dict[str, Any]], **options: int) -> bytes:
        """The file of these rows. Raises the first error."""
        encoder = JobEncoder(self.source, self.compiled)
        records = [*encoder.heading]
        for record in encoder.records(json.dumps(row, default=str) for row in rows):
            if not isinstance(record, bytes):
                raise record
            records.append(record)
        return b"".join(writer_for(encoder.framing, **options)(records))
