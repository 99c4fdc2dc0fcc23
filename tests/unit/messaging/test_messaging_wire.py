"""The wire form: what is packed comes back; what is not ours is poison, and nothing else."""

from __future__ import annotations

import json
import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import PoisonError
from shared.messaging.wire import pack, unpack

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
HEADERS = st.dictionaries(st.text(), JSON)
PARTS = st.dictionaries(st.text(), st.binary())


def message(header: Any, rest: bytes = b"", version: int = 1, magic: bytes = b"LRECL") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack(">5sBI", magic, version, len(text)) + text + rest


@given(HEADERS, PARTS)
def test_what_is_packed_comes_back(header: dict[str, Any], parts: dict[str, bytes]) -> None:
    found, views = unpack(pack(header, parts))
    assert {name: bytes(view) for name, view in views.items()} == parts
    assert found == header | {"parts": {name: len(part) for name, part in parts.items()}}


def test_parts_are_views_not_copies() -> None:
    body = pack({}, {"records": bytes(1000)})
    assert unpack(body)[1]["records"].obj is body


@given(HEADERS, PARTS, st.data())
def test_a_truncated_message_is_poison(header: dict[str, Any], parts: dict[str, bytes], data: st.DataObject) -> None:
    body = pack(header, parts)
    cut = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(PoisonError) as caught:
        unpack(body[:cut])
    assert caught.value.code in {"LRP001", "LRP003"}


@given(st.binary(max_size=60) | st.binary(max_size=60).map(message))
def test_any_bytes_are_a_message_or_poison(body: bytes) -> None:
    with suppress(PoisonError):
        unpack(body)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "LRP001"),
        (b"{}", "LRP001"),
        (b'{"task": "celery"}', "LRP001"),
        (message({"parts": {}}, magic=b"LRECK"), "LRP001"),
        (message({"parts": {}}, version=2), "LRP002"),
        (message(b"{"), "LRP003"),
        (message(b"\xff"), "LRP003"),
        (message(b"[" * 100_000), "LRP003"),
        (message({}), "LRP003"),
        (message([]), "LRP003"),
        (message({"parts": [1]}), "LRP003"),
        (message({"parts": None}), "LRP003"),
        (message({"parts": {"a": "x"}}), "LRP003"),
        (message({"parts": {"a": -1, "b": 2}}, b"x"), "LRP003"),
        (message({"parts": {"a": 1}}, b"xy"), "LRP003"),
        (message({"parts": {"a": 3}}, b"xy"), "LRP003"),
        (message({"parts": {"a": True}}, b"x"), "LRP003"),
    ],
)
def test_what_is_no_message_has_its_code(body: bytes, code: str) -> None:
    with pytest.raises(PoisonError) as caught:
        unpack(body)
    assert caught.value.code == code


def test_a_foreign_message_shows_its_first_bytes() -> None:
    with pytest.raises(PoisonError) as caught:
        unpack(b"\x80\x04pickle, perhaps")
    assert caught.value.context["hex"] == b"\x80\x04pickle, perhap".hex()
