"""``lrecl layout``: a copybook's fields with their places, as a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from lrecl.cli.display import console
from lrecl.cli.files import INPUT_HELP, STANDARD_INPUT, read_text, title
from lrecl.cli.options import AsJson, RecordName
from shared.copybook import Copybook, Layout, LayoutField, Usage, lay_out, parse_copybook
from shared.copybook.limits import MAX_TEXT


def layout(
    copybook: Annotated[Path, typer.Argument(metavar="COPYBOOK", help=f"A COBOL copybook. {INPUT_HELP}")],
    record: RecordName = None,
    as_json: AsJson = False,
) -> None:
    """Print offsets, lengths and types of a copybook's fields."""
    laid_out = lay_out(read_copybook(copybook), record=record)
    if as_json:
        print(json.dumps(laid_out.to_dict()))
    else:
        console().print(layout_table(laid_out))


def read_copybook(path: Path) -> Copybook:
    """The copybook with the COPY members of its folder, or of the current one for standard input.

    LRF011 when it cannot be read, LRC001 when it is larger than any copybook.
    """
    folder = Path() if path == STANDARD_INPUT else path.parent
    source = title(path) if path == STANDARD_INPUT else path.name
    return parse_copybook(read_text(path, 4 * MAX_TEXT), source=source, copy_roots=[folder])


def layout_table(layout: Layout) -> Table:
    """Every item in storage order, indented by its depth; offsets count from 0 as in the file."""
    length = f"{layout.length} bytes" if not layout.is_variable else f"{layout.minimum_length}–{layout.length} bytes"
    table = Table(title=f"{layout.name}: {length}", box=None, pad_edge=False, title_justify="left")
    for name, right in (("lvl", 0), ("field", 0), ("offset", 1), ("length", 1), ("picture", 0), ("usage", 0)):
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    for name in ("digits", "scale", "occurs"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("redefines", "88"):
        table.add_column(name, no_wrap=True)
    for field in layout.fields:
        table.add_row(*_row(field))
    return table


def _row(field: LayoutField) -> tuple[str, ...]:
    numeric = field.digits > 0
    usage = "" if field.is_group else field.usage.value
    if field.signed and field.usage is Usage.DISPLAY:
        usage += f" {field.sign.value}"
    return (
        f"{field.level:02d}",
        "  " * (len(field.path) - 1) + field.name,
        str(field.offset),
        str(field.length),
        field.picture or "",
        usage,
        str(field.digits) if numeric else "",
        str(field.scale) if numeric else "",
        _occurs(field),
        field.redefines or "",
        " ".join(condition.name for condition in field.conditions),
    )


def _occurs(field: LayoutField) -> str:
    if not field.occurs:
        return ""
    own = field.occurs[-1]
    if own.depending_on is None:
        return "×".join(str(dimension.maximum) for dimension in field.occurs)
    return f"{own.minimum}–{own.maximum} by {own.depending_on[-1]}"
