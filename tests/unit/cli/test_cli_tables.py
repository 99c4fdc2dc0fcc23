"""Tables that fit: what stays whole, what is cut, what goes."""

from __future__ import annotations

from rich.cells import cell_len

from lrecl.cli.tables import Column, table

COLUMNS = (
    Column("id"),
    Column("job", least=8),
    Column("size", right=True, optional=True),
    Column("file", least=8),
    Column("started", optional=True),
)
ROWS = [
    ("20261121T120000Z-000001", "customers", "1.2 GB", "in/customers-of-the-whole-group.dat", "2026-11-21 12:00"),
    ("20261121T120000Z-000002", "a", "3 B", "b", "2026-11-21 12:00"),
]


def test_without_a_width_everything_is_shown() -> None:
    heading, first, second = table(COLUMNS, ROWS, None)
    assert heading.split() == ["id", "job", "size", "file", "started"]
    assert first.split("  ") == list(ROWS[0])
    assert second.split() == ["20261121T120000Z-000002", "a", "3", "B", "b", "2026-11-21", "12:00"]
    assert second.index("3 B") + 3 == first.index("1.2 GB") + 6


def test_lines_fit_and_ids_are_whole() -> None:
    natural = max(map(cell_len, table(COLUMNS, ROWS, None)))
    for width in range(43, 120):
        lines = list(table(COLUMNS, ROWS, width))
        assert max(map(cell_len, lines)) <= width
        for line, row in zip(lines[1:], ROWS, strict=True):
            assert line.startswith(row[0])
        assert (width >= natural) == (ROWS[0][3] in lines[1] and "started" in lines[0])


def test_optional_columns_go_from_the_right() -> None:
    assert "started" not in next(iter(table(COLUMNS, ROWS, 60)))
    assert "size" in next(iter(table(COLUMNS, ROWS, 60)))
    assert "size" not in next(iter(table(COLUMNS, ROWS, 44)))


def test_where_nothing_fits_ids_are_whole_all_the_same() -> None:
    lines = list(table(COLUMNS, ROWS, 10))
    assert lines[1] == "20261121T120000Z-000001  custome…  in/cust…"


def test_wide_characters_take_two_cells() -> None:
    columns = (Column("id"), Column("file", least=8))
    rows = [("1", "顧客ファイル一覧表二〇二六年"), ("2", "x")]
    for line in table(columns, rows, 20):
        assert cell_len(line) <= 20


def test_nothing_moves_the_cursor() -> None:
    (_, line) = table((Column("text"),), [("a\x1b[2Jb\nc",)], None)
    assert line == "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}c"
