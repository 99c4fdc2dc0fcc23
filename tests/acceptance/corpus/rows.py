"""A case's rows, decoded by lrecl, as the source's tool shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.batch.rejects import Reject
from shared.copybook import FILLER, Category, Layout, Usage
from shared.framing.protocol import Batch
from shared.rows.input import input_batches
from shared.rows.nested import Row
from shared.rows.reader import NestedReader
from tests.acceptance.corpus.cases import Case
from tests.acceptance.corpus.definition import Prepared
from tests.acceptance.corpus.options import Settings, UnknownOptionError, cobol_name

_CONTROLS = {"\r": "\n", "\n": "\r", "\x85": "\x85"}
_C0 = "".join(map(chr, range(0x20)))
_C1 = "".join(map(chr, range(0x80, 0xA0)))
_INTEGER_BYTES = (4, 8)
_NUMERIC = (Category.NUMERIC, Category.NUMERIC_EDITED, Category.FLOAT)


@dataclass
class Outcome:
    """Rows and rejects of all files, one after the other, and how many records were read over."""

    rows: list[Row] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    skipped: int = 0


def decoded(case: Prepared, paths: list[Path]) -> Outcome:
    """What ``lrecl decode --nested`` is made of makes of the case's files."""
    reader = NestedReader(case.source, case.compiled, case.settings.rows_look())
    names = [kind.name for kind in case.kinds]
    done = Outcome()
    for path in paths:
        for found in reader.objects(_counted(case, path, done), done.rejects.extend):
            done.rows.append(_as_shown(case, names[found.place], found.row or {}))
    return done


def _counted(case: Prepared, path: Path, done: Outcome) -> Iterator[Batch]:
    for batch in input_batches(case.compiled, path):
        done.skipped += batch.skipped
        yield batch


def _as_shown(case: Prepared, type_name: str, row: Row) -> Row:
    settings, layout = case.settings, case.layout
    if settings.children:
        row = _hierarchical(settings, layout, type_name, row)
    elif settings.segments and type_name == "OTHERS":
        row = {name: item for name, item in row.items() if name not in _segment_names(settings, layout)}
    row = _limited(row, layout)
    if settings.input.get("encoding") == "ascii" and settings.ascii_charset in ("us-ascii", "ascii"):
        row = _texts(row, _replaced)
    decoding = case.source.job.decoding
    if decoding.controls == "keep":
        page = case.source.job.input.page
        row = _texts(row, lambda text: _with_its_controls(text, page, decoding.trim or "none"))
    return _rooted(settings, layout, row)


def _segment_names(settings: Settings, layout: Layout) -> set[str]:
    return {cobol_name(layout, name).replace("-", "_") for name in settings.segments}


def _hierarchical(settings: Settings, layout: Layout, type_name: str, row: Row) -> Row:
    """Children stand in the group of their parent, and are only their own group."""
    group = type_name.replace("-", "_")
    inner = dict(row[group])
    for parent, children in settings.children.items():
        if cobol_name(layout, parent) != type_name:
            continue
        for child in children:
            name = cobol_name(layout, child)
            key = name.replace("-", "_")
            inner[key] = [_hierarchical(settings, layout, name, one)[key] for one in row.get(key, [])]
    return {name: item for name, item in row.items() if not isinstance(item, list)} | {group: inner}


def _rooted(settings: Settings, layout: Layout, row: Row) -> Row:
    """With the 01 levels around the items, or without them; several copybooks have several."""
    several = layout.fields[1:] and all(item.level == 1 for item in layout.fields if len(item.path) == 2)
    if several:
        return {name: item for part in row.values() for name, item in part.items()} if settings.collapse_root else row
    return row if settings.collapse_root else {layout.name.replace("-", "_"): row}


def _limited(row: Row, layout: Layout) -> Row:
    """An unsigned binary integer of four or eight bytes is null in the source's tool when its first bit is set, because
    it becomes a signed integer there.
    """
    limits = {
        item.name.replace("-", "_"): 2 ** (8 * item.length - 1)
        for item in layout.fields
        if item.usage in (Usage.COMP, Usage.COMP_5, Usage.COMP_9)
        and item.length in _INTEGER_BYTES and not item.signed and not item.scale and item.name != FILLER
    }  # fmt: skip

    def shown(name: str, item: Any) -> Any:
        if isinstance(item, dict):
            return {key: value for key, one in item.items() if (value := shown(key, one)) is not None}
        if isinstance(item, list):
            return [shown(name, one) for one in item]
        return None if isinstance(item, int) and item >= limits.get(name, item + 1) else item

    found: Row = shown("", row)
    return found


def _with_its_controls(text: str, page: str, trim: str) -> str:
    """The tool has no C1 controls but NEL, and in 037 no C0 ones but CR and LF; it takes these two for one another, and
    trims as Java does, controls as well.
    """
    masked = _C0 + "\x7f" + _C1 if page == "cp037" else _C1
    shown = "".join(_CONTROLS.get(char, " " if char in masked else char) for char in text)
    shown = shown.lstrip(_C0 + " ") if trim in ("left", "both") else shown
    return shown.rstrip(_C0 + " ") if trim in ("right", "both") else shown


def _replaced(text: str) -> str:
    """US-ASCII has no bytes above X'7F': each is U+FFFD in the source's tool, where lrecl is told cp437."""
    return "".join(char if char < "\x80" else "\ufffd" for char in text)


def _texts(item: Any, change: Callable[[str], str]) -> Any:
    """The item with all of its texts changed."""
    if isinstance(item, dict):
        return {key: _texts(one, change) for key, one in item.items()}
    if isinstance(item, list):
        return [_texts(one, change) for one in item]
    return change(item) if isinstance(item, str) else item


def posted(rows: list[Row], case: Prepared, of: Case) -> list[Row]:
    """What the source's test does to its rows before it compares them."""
    for step in of.given.get("post", ()):
        if step == "fill numeric nulls with 0":
            rows = [dict.fromkeys(_numbers(case.layout), 0) | row for row in rows]
        elif not step.startswith("drop "):
            raise UnknownOptionError(f"post {step!r}")
    return rows


def _numbers(layout: Layout) -> list[str]:
    """Numbers that are neither in groups nor in tables."""
    return [
        item.name.replace("-", "_")
        for item in layout.fields
        if len(item.path) == 2 and not item.occurs and not item.is_group and item.category in _NUMERIC
    ]


def ordered(rows: list[Row], of: Case) -> list[Row]:
    """In the order that the case says; columns of the source's tool only number the records in the file's order."""
    names = [name for name in of.given.get("order_by", ()) if name not in of.ignored]
    return sorted(rows, key=lambda row: [row[name] for name in names]) if names else rows
