"""``lrecl rejects``: the rejected records of a run, their counts, and a file of them to correct and load again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from lrecl.cli.client import Client
from lrecl.cli.files import replacement
from lrecl.cli.options import AsJson, Run, flag
from lrecl.cli.tables import Column, printable, table, terminal_width

_FIRST_PAGE: Final = 500
_LARGEST_PAGE: Final = 10_000
_PAGE_CHARACTERS: Final = 16 * 1024 * 1024
"""A page after the first holds about so much hex: records have from one byte to 32 KB."""

_COLUMNS: Final = (
    Column("code"),
    Column("field"),
    Column("count", right=True),
    Column("message of the first", least=20),
)


def rejects(
    run: Run,
    summary: Annotated[bool, flag("--summary", "Count them by code and field instead.")] = False,
    code: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only rejects with this code, such as LRD001.")
    ] = None,
    field: Annotated[str | None, typer.Option(metavar="FIELD", help="Only rejects for this field.")] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Stop after N rejects.")] = None,
    export: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the rejected records, as they were, to FILE in the run's format."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the rejected records of RUN, in the order of the input.

    With --export they become a file that can be corrected and loaded in a run of its own. With --json each reject is
    a line that holds its record in hex.
    """
    client = Client()
    run_id = client.run_id(run)
    if summary:
        _print_summary(client, run_id, code, field, as_json=as_json)
        return
    found = rejected(client, run_id, code, field, limit, raw=export is not None or as_json)
    if export is not None:
        _export(client, run_id, found, export, as_json=as_json)
    elif as_json:
        for one in found:
            print(json.dumps(one))
    else:
        _print_lines(client, run_id, found)


def rejected(
    client: Client,
    run_id: str,
    code: str | None = None,
    field: str | None = None,
    limit: int | None = None,
    *,
    raw: bool = True,
) -> Iterator[dict[str, Any]]:
    """The rejects in the order of the input, page by page, each with its whole record in ``raw_hex`` if ``raw``.

    With a ``limit``, at most as many are fetched.
    """
    after: Any = None
    size, left = _FIRST_PAGE, limit
    while left is None or left > 0:
        asked = size if left is None else min(size, left)
        page = client.get(f"/runs/{run_id}/rejects", after=after, limit=asked, code=code, field=field, raw=raw)
        yield from page["rejects"]
        after = page["next"]
        if after is None:
            return
        characters = sum(len(one["raw_hex"]) for one in page["rejects"])
        size = max(1, min(_LARGEST_PAGE, _PAGE_CHARACTERS * len(page["rejects"]) // max(characters, 1)))
        left = None if left is None else left - len(page["rejects"])


def _print_summary(client: Client, run_id: str, code: str | None, field: str | None, *, as_json: bool) -> None:
    counted = [
        one
        for one in client.get(f"/runs/{run_id}/rejects/summary")
        if code in (None, one["code"]) and field in (None, one["field"])
    ]
    if as_json:
        print(json.dumps(counted))
        return
    rows = [(one["code"], one["field"], f"{one['count']:,}", one["message"]) for one in counted]
    print("\n".join(table(_COLUMNS, rows, terminal_width())))


def _print_lines(client: Client, run_id: str, found: Iterable[dict[str, Any]]) -> None:
    """A line each, as they come: a table that fits its columns would have to wait for the last one."""
    several = client.get(f"/runs/{run_id}")["files_count"] > 1
    for one in found:
        file = f" of {one['file']}" if several else ""
        place = f"record {one['record_no']}{file} at byte {one['record_offset']}"
        print(printable(f"{one['code']} {place}, field {one['field']} (+{one['field_offset']}): {one['message']}"))


def _export(client: Client, run_id: str, found: Iterable[dict[str, Any]], path: Path, *, as_json: bool) -> None:
    from shared.framing.registry import framing_from_dict
    from shared.framing.writing import writer_for

    write = writer_for(framing_from_dict(client.get(f"/runs/{run_id}/framing")))
    records = _Records(found)
    with replacement(path) as file:
        for piece in write(records):
            file.write(piece)
    size = path.stat().st_size
    figures = {"path": str(path), "records": records.count, "bytes": size}
    print(json.dumps(figures) if as_json else f"{path}: {records.count:,} records, {size:,} bytes")


class _Records:
    """The bytes of rejected records, counted as they are fetched."""

    def __init__(self, found: Iterable[dict[str, Any]]) -> None:
        self._found = found
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        for one in self._found:
            self.count += 1
            yield bytes.fromhex(one["raw_hex"])
