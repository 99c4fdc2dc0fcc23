"""Rows as they are written for people and scripts: JSON lines, CSV, a table. A screen is slower than any of it."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any

from rich.table import Table

from lrecl.cli.display import console
from shared.errors import RequestError

_TABLE_ROWS = 1000
TYPE = "_type"
"""The key under which a row says which type of records it is of."""


class Format(StrEnum):
    """Forms of rows."""

    JSONL = "jsonl"
    CSV = "csv"
    TABLE = "table"


class Tables:
    """The columns of rows by their type; ``types`` are those that are wanted."""

    def __init__(self, names: Mapping[str, Sequence[str]], form: Format, wanted: str | None) -> None:
        """LRQ081 for an unknown type, and where one has to be chosen."""
        known = ", ".join(names)
        if wanted is not None and wanted not in names:
            raise RequestError("LRQ081", f"the job has no record type {wanted!r}", remedy=f"Its types are {known}.")
        if wanted is None and len(names) > 1 and form is not Format.JSONL:
            message = f"rows of several record types have no columns in common for {form.value}"
            raise RequestError("LRQ081", message, remedy=f"Choose one with --type: {known}.")
        self.names = names if wanted is None else {wanted: names[wanted]}
        self._form = form

    def write(self, rows: Iterable[tuple[str, Sequence[Any]]]) -> None:
        """Write the rows of wanted types to standard output; a table holds the first thousand."""
        if self._form is Format.JSONL:
            print_json(self._objects(rows))
            return
        ((name, columns),) = self.names.items()
        chosen = (values for of, values in rows if of == name)
        if self._form is Format.CSV:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(chosen)
            return
        table = Table(*columns, box=None, pad_edge=False)
        for row in islice(chosen, _TABLE_ROWS):
            table.add_row(*("NULL" if value is None else str(value) for value in row))
        console().print(table)

    def _objects(self, rows: Iterable[tuple[str, Sequence[Any]]]) -> Iterator[dict[str, Any]]:
        several = len(self.names) > 1
        for name, values in rows:
            if name in self.names:
                row = dict(zip(self.names[name], values, strict=True))
                yield {TYPE: name} | row if several else row


def print_json(rows: Iterable[dict[str, Any]]) -> None:
    """A line each; numbers that JSON's readers would round are strings."""
    for row in rows:
        print(json.dumps(row, default=str, ensure_ascii=False))
