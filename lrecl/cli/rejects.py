"""``lrecl rejects``: the rejected records of a run, and a file of them to be corrected and loaded again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from lrecl.cli.client import Client
from lrecl.cli.display import console
from shared.framing.registry import framing_from_dict
from shared.framing.writing import writer_for

_PAGE: Final = 500
"""Parts of rejects that the server answers with at most."""


def rejects(
    run_id: Annotated[str, typer.Argument(metavar="RUN")],
    export: Annotated[
        Path | None, typer.Option(help="Write the rejected records, as they were, to this file in the run's format.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines for scripts.")] = False,
) -> None:
    """List the rejected records of RUN. A file of them, once corrected, can be loaded as a run of its own."""
    client = Client()
    if export is not None:
        _export(client, run_id, export)
        return
    found = rejected(client, run_id)
    if as_json:
        for reject in found:
            print(json.dumps(reject))
        return
    table = Table("record", "byte", "field", "code", "what", box=None, pad_edge=False)
    for one in found:
        table.add_row(str(one["record_no"]), str(one["record_offset"]), one["field"], one["code"], one["message"])
    console().print(table)


def rejected(client: Client, run_id: str) -> Iterator[dict[str, Any]]:
    """The rejects in the order of the input, each with its record whole in ``raw_hex``, page by page."""
    after = -1
    while True:
        page: list[dict[str, Any]] = client.get(f"/runs/{run_id}/rejects?after={after}")
        groups = [list(parts) for _, parts in groupby(page, itemgetter("record_offset"))]
        if len(page) >= _PAGE and len(groups) > 1:
            groups.pop()  # the page may end amid its parts; the next one begins with it
        yield from map(_joined, groups)
        if len(page) < _PAGE:
            return
        after = groups[-1][0]["record_offset"]


def _joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return parts[0] | {"raw_hex": "".join(part["raw_hex"] for part in parts)}


def _export(client: Client, run_id: str, path: Path) -> None:
    """Write the file next to its place first, so that nobody loads a half of it."""
    write = writer_for(framing_from_dict(client.get(f"/runs/{run_id}/framing")))
    part = path.with_name(f".{path.name}.part")
    counted = _Counted(rejected(client, run_id))
    try:
        with part.open("wb") as file:
            for piece in write(counted):
                file.write(piece)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    print(f"{path}: {counted.count:,} records, {path.stat().st_size:,} bytes")


class _Counted:
    """The records of rejects, counted as they go by."""

    def __init__(self, found: Iterable[dict[str, Any]]) -> None:
        self._found = found
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        for one in self._found:
            self.count += 1
            yield bytes.fromhex(one["raw_hex"])
