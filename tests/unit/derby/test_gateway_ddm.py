"""DDM objects and SQLCAs: lengths short and extended, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.derby.gateway import ddm, sqlca
from deploy.derby.gateway.codepoints import CodePoint, name_of
from deploy.derby.gateway.ddm import Variable
from deploy.derby.gateway.errors import ProtocolError
from deploy.derby.gateway.sqlca import Sqlca

bodies = st.one_of(st.binary(max_size=50), st.sampled_from([b"x" * n for n in (32763, 32764, 70_000)]))
variables = st.builds(Variable, st.integers(0, 0xFFFF), bodies)


@given(st.lists(variables, max_size=6))
def test_objects_come_back_as_they_went_in(items: list[Variable]) -> None:
    assert list(ddm.decode_all(ddm.encode_all(items))) == items


@pytest.mark.parametrize("width", [4, 6, 8])
def test_extended_lengths_of_every_width(width: int) -> None:
    body = b"y" * 40_000
    data = (0x8004 + width).to_bytes(2, "big") + b"\x24\x1b" + len(body).to_bytes(width, "big") + body
    assert ddm.decode(data) == (Variable(CodePoint.QRYDTA, body), len(data))


@pytest.mark.parametrize("data", ["", "0004", "0003200b", "0000200b", "0006200b00", "8008200b00000002aa", "8002200b"])
def test_malformed_objects(data: str) -> None:
    with pytest.raises(ProtocolError) as error:
        ddm.decode(bytes.fromhex(data))
    assert error.value.code == "LRG002"


def test_names_for_logs() -> None:
    assert (name_of(0x200B), name_of(0x7777)) == ("EXCSQLSTT", "7777")


sqlcas = st.builds(
    Sqlca,
    code=st.integers(-(2**31), 2**31 - 1),
    state=st.binary(min_size=5, max_size=5),
    product=st.binary(min_size=8, max_size=8),
    words=st.binary(min_size=24, max_size=24),
    warnings=st.binary(min_size=11, max_size=11),
    message=st.binary(max_size=200),
)


@given(sqlcas, st.binary(max_size=9), st.binary(max_size=9))
def test_an_sqlca_comes_back(what: Sqlca, before: bytes, after: bytes) -> None:
    data = before + what.encode() + after
    assert sqlca.decode(data, len(before)) == (what, len(data) - len(after))


@given(sqlcas, st.integers(-(2**31), 2**31 - 1))
def test_the_row_count_is_the_third_word(what: Sqlca, rows: int) -> None:
    changed = what.with_rows(rows)
    assert changed.rows == rows
    assert changed.words[:8] + changed.words[12:] == what.words[:8] + what.words[12:]


@given(st.binary(max_size=120))
def test_bytes_that_are_no_sqlca_are_none(data: bytes) -> None:
    found, end = sqlca.decode(data)
    assert found is None or found.encode()[0] == 0
    assert end >= 1


@given(st.text(max_size=60))
def test_messages_are_cut_between_characters(text: str) -> None:
    short = sqlca.shortened(text.encode())
    assert len(short) <= sqlca.MESSAGE_LIMIT
    assert text.encode().startswith(short)
    assert short.decode() == text or len(short) > sqlca.MESSAGE_LIMIT - 4
