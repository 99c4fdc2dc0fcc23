"""Descriptors and rows: where a row ends, UTF-16 to UTF-8, and arrays as chains of single rows."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.derby.gateway import arrays, ddm
from deploy.derby.gateway.codepoints import CodePoint
from deploy.derby.gateway.dss import Dss, DssReader
from deploy.derby.gateway.errors import ProtocolError
from deploy.derby.gateway.fdoca import RowPlan, is_array
from deploy.derby.gateway.requests import Command, PlanCache

INTEGER, DECIMAL, TEXT, GRAPHIC, DATE, DOUBLE = 0x02, 0x0E, 0x3E, 0x38, 0x20, 0x0A
SINGLE, ARRAY = bytes.fromhex("0671e4d00001"), bytes.fromhex("0671e4d000010671f4e40000")
COMMAND = ddm.encode(CodePoint.EXCSQLSTT, ddm.encode(CodePoint.PKGNAMCSN, b"package"))


def descriptor(*kinds: int, many: bool = True) -> bytes:
    sizes = {INTEGER: b"\0\x04", DECIMAL: b"\x09\x02", DATE: b"\0\x0a", DOUBLE: b"\0\x08"}
    columns = [bytes((kind, *sizes.get(kind & 0xFE, b"\x7f\xff"))) for kind in kinds]
    groups = [columns[:80], columns[80:]]
    pieces = [
        bytes((3 + 3 * len(group), 0x7F if n else 0x76, 0xD0)) + b"".join(group)
        for n, group in enumerate(groups)
        if group
    ]
    return b"".join(pieces) + (ARRAY if many else SINGLE)


def value(kind: int, text: str | None, encoding: str) -> bytes:
    """One value; None is NULL, which only odd kinds have."""
    if text is None:
        return b"\xff"
    indicator = b"\0" if kind & 1 else b""
    base = kind & 0xFE
    if base in (TEXT, GRAPHIC):
        data = text.encode(encoding)
        return indicator + struct.pack(">H", len(data) // (2 if encoding == "utf-16-be" else 1)) + data
    return indicator + {INTEGER: b"\0\0\0\0", DECIMAL: b"\x12" * 5, DATE: b"2020-01-02", DOUBLE: b"\xff" * 8}[base]


kinds = st.lists(
    st.sampled_from([k | n for k in (INTEGER, DECIMAL, TEXT, GRAPHIC, DATE, DOUBLE) for n in (0, 1)]),
    min_size=1,
    max_size=90,
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(kinds, st.data())
def test_rows_of_any_shape_are_parted_and_become_utf_8(columns: list[int], data: st.DataObject) -> None:
    drawn = st.tuples(*(st.one_of(texts, st.none()) if kind & 1 else texts for kind in columns))
    rows = data.draw(st.lists(drawn, max_size=5))
    sent, wanted = b"", []
    for row in rows:
        pairs = list(zip(columns, row, strict=True))
        sent += b"\0" + b"".join(value(k, t, "utf-16-be" if k & 0xFE == GRAPHIC else "utf-8") for k, t in pairs)
        wanted.append(b"\0" + b"".join(value(k, t, "utf-8") for k, t in pairs))
    plan = RowPlan(descriptor(*columns))
    assert list(plan.rows(sent)) == wanted
    assert list(plan.rows(sent + b"\xfd")) == wanted
    assert not is_array(plan.descriptor)
    assert not any(column.graphic for column in RowPlan(plan.descriptor).columns)


def test_a_descriptor_without_graphics_keeps_its_columns() -> None:
    plan = RowPlan(descriptor(INTEGER | 1, TEXT | 1))
    assert plan.descriptor == descriptor(INTEGER | 1, TEXT | 1, many=False)
    assert not plan.rewrites


@pytest.mark.parametrize("kind", [TEXT | 1, GRAPHIC | 1])
@pytest.mark.parametrize("data", [b"\0\0", b"\0\0\0\x05ab", b"\0\0\0\0\x07\x07", b"\x01\x02"])
def test_rows_that_do_not_fit(kind: int, data: bytes) -> None:
    with pytest.raises(ProtocolError) as error:
        list(RowPlan(descriptor(kind)).rows(data))
    assert error.value.code == "LRG005"


@pytest.mark.parametrize("broken", ["00", "0976d0030004", "0876d00300040500", "01"])
def test_descriptors_that_are_none(broken: str) -> None:
    with pytest.raises(ProtocolError) as error:
        RowPlan(bytes.fromhex(broken))
    assert error.value.code == "LRG005"


def array_of(rows: list[bytes], *columns: int) -> Command:
    data = ddm.encode(CodePoint.FDODSC, descriptor(*columns)) + ddm.encode(CodePoint.FDODTA, b"".join(rows) + b"\xfd")
    numbered = ddm.encode(CodePoint.NBRROW, len(rows).to_bytes(4, "big"))
    command = ddm.encode(CodePoint.EXCSQLSTT, ddm.body_of(COMMAND) + numbered)
    return Command(1, command, [ddm.encode(CodePoint.SQLDTA, data)])


def single_rows(part: arrays.Slice) -> list[tuple[Dss, bytes]]:
    chain = DssReader(io.BytesIO(part.data)).read_chain()
    found = []
    for command, data in zip(chain[::2], chain[1::2], strict=True):
        assert command.correlator == data.correlator
        found.append((command, ddm.by_code_point(ddm.body_of(data.payload))[CodePoint.FDODTA]))
    assert len({command.correlator for command, _ in found}) == part.rows
    return found


@given(st.lists(st.one_of(st.none(), st.text("aé中", max_size=9), st.just("x" * 33_000)), min_size=1, max_size=60))
def test_an_array_becomes_single_rows_in_order(values: list[str | None]) -> None:
    rows = [b"\0" + value(TEXT | 1, text, "utf-8") for text in values]
    slices = arrays.slices_of(array_of(rows, TEXT | 1), PlanCache())
    assert slices is not None
    found = [pair for part in slices for pair in single_rows(part)]
    assert [row for _, row in found] == rows
    assert {command.payload for command, _ in found} == {COMMAND}


def test_slices_grow_from_one_row() -> None:
    slices = arrays.slices_of(array_of([b"\0\0abcd"] * 1000, INTEGER | 1), PlanCache())
    assert slices is not None
    sizes = [part.rows for part in slices]
    assert sizes[:5] == [1, 4, 16, 64, 128]
    assert sum(sizes) == 1000
    assert max(sizes) == arrays.LARGEST_SLICE


def test_rows_with_large_objects_keep_them_and_padding_is_dropped() -> None:
    def objects(row: bytes) -> bytes:
        data = ddm.encode(CodePoint.FDODSC, descriptor(INTEGER | 1, many=False)) + ddm.encode(CodePoint.FDODTA, row)
        return ddm.encode(CodePoint.SQLDTA, data)

    first, second = ddm.encode(0x146C, b"first"), ddm.encode(0x146C, b"second")
    row = b"\0\0abcd"
    sent = [objects(row), first, objects(row), objects(row), second, objects(b"\xfd"), objects(b"\xfd")]
    slices = arrays.slices_of(Command(1, COMMAND, sent), PlanCache())
    assert slices is not None
    chains = [DssReader(io.BytesIO(part.data)).read_chain() for part in slices]
    extra = [frame.payload for chain in chains for frame in chain if frame.code_point == 0x146C]
    assert extra == [first, second]
    assert [len(chain) for chain in chains] == [3, 5]


@pytest.mark.parametrize("objects", [[], [b"\0\x04\x24\x14"]])
def test_a_command_without_an_array_is_none(objects: list[bytes]) -> None:
    assert arrays.slices_of(Command(1, COMMAND, objects), PlanCache()) is None
    assert arrays.slices_of(Command(1, ddm.encode(CodePoint.OPNQRY, b""), objects), PlanCache()) is None
