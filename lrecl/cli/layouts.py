"""A layout as a table for people."""

from __future__ import annotations

from rich.table import Table

from shared.copybook import Layout, LayoutField, Usage


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
