"""Decoded rows for people and scripts: JSON lines, CSV, a table. Python values, because a screen is slower anyway."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from pathlib import Path

from rich.table import Table

from services.orchestrator.cli.display import console
from shared.batch.rejects import Reject
from shared.errors import InputError
from shared.framing.fixed import FixedFraming
from shared.jobs.compile import CompiledJob
from shared.transform.plan import Plan

Value = str | int | float | Decimal | None
_TABLE_ROWS = 1000


class Format(StrEnum):
    """Forms of decoded rows."""

    JSONL = "jsonl"
    CSV = "csv"
    TABLE = "table"


def decoded_rows(
    compiled: CompiledJob, path: Path, limit: int | None
) -> tuple[Iterator[tuple[Value, ...]], list[Reject]]:
    """The good rows, lazily, and the list that rejects are put into while the rows are read.

    LRF001 when the file is not a whole number of records, LRF011 when it cannot be read.
    """
    framing = FixedFraming.from_dict(compiled.framing)
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputError("LRF011", f"{path} cannot be read: {error}") from error
    framing.check_size(path.name, size)
    end = size if limit is None else min(size, limit * framing.record_length)
    rejects: list[Reject] = []
    return _rows(compiled, path, framing, end, rejects), rejects


def _rows(
    compiled: CompiledJob, path: Path, framing: FixedFraming, end: int, rejects: list[Reject]
) -> Iterator[tuple[Value, ...]]:
    from shared.transform.transformer import Transformer
    from shared.transform.values import python_values

    transformer = Transformer(Plan.from_dict(compiled.plan))
    with path.open("rb") as file:
        for batch in framing.cut(file, 0, end, compiled.batch_records, 1):
            outcome = transformer.run(batch.data, batch.offset, batch.first_record_no)
            rejects += outcome.rejects
            yield from zip(*(python_values(column) for column in outcome.tables[0].columns), strict=True)


def write_rows(rows: Iterable[tuple[Value, ...]], names: list[str], form: Format) -> None:
    """Write the rows to standard output; a table holds the first thousand."""
    if form is Format.JSONL:
        for row in rows:
            print(json.dumps(dict(zip(names, row, strict=True)), default=str, ensure_ascii=False))
    elif form is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
    else:
        table = Table(*names, box=None, pad_edge=False)
        for row in islice(rows, _TABLE_ROWS):
            table.add_row(*("NULL" if value is None else str(value) for value in row))
        console().print(table)
