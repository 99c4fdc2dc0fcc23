"""The detector is right on files of every kind that are made here, and says why."""

from __future__ import annotations

import bz2
import gzip
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.framing.descriptor import Descriptor
from shared.framing.detector import HEAD_BYTES, inspect
from shared.framing.registry import framing_from_dict
from tests.unit.framing.writers import block, blocks, cut, rdw, segments

_NAMES = ["Ada Lovelace", "Grace Hopper", "Konrad Zuse", "Jean Bartik", "Kay McNulty", "Alan Turing"]


def _customers(count: int, page: str = "cp037") -> list[bytes]:
    """Records of 60 bytes: number, name, packed amount, binary counter, code."""
    choose = random.Random(7)
    return [
        f"{number:08d}{choose.choice(_NAMES):24}".encode(page)
        + bytes.fromhex(f"{choose.randrange(10**9):09d}c")
        + choose.randrange(10**6).to_bytes(4, "big")
        + f"{choose.choice(['A', 'B'])}{choose.choice(['EUR', 'USD'])}{'':15}".encode(page)
        for number in range(count)
    ]


def _varied(count: int, page: str = "cp037") -> list[bytes]:
    """Every second record is shorter."""
    return [record if number % 2 else record[:41] for number, record in enumerate(_customers(count, page))]


def _each(write: Callable[..., bytes], records: Sequence[bytes], *options: Any) -> bytes:
    return b"".join(write(record, *options) for record in records)


def _best(text: bytes, record_length: int | None = None) -> dict[str, Any]:
    return inspect(text[:HEAD_BYTES], len(text), record_length).input_options()


def _holds(options: dict[str, Any], **expected: object) -> bool:
    return {key: options.get(key) for key in expected} == expected


@pytest.mark.parametrize("count", [20, 700])
@pytest.mark.parametrize("record_length", [None, 60])
@pytest.mark.parametrize(("page", "encoding"), [("cp037", "ebcdic"), ("latin-1", "ascii")])
def test_fixed(count: int, record_length: int | None, page: str, encoding: str) -> None:
    text = b"".join(_customers(count, page))
    assert _holds(_best(text, record_length), record_format="F", record_length=60, encoding=encoding)


@pytest.mark.parametrize("order", ["big", "little"])
@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("page", ["cp037", "latin-1"])
def test_variable(order: str, counted: bool, page: str) -> None:
    options = _best(_each(rdw, _varied(50, page), order, counted))
    assert _holds(options, record_format="V", rdw_byte_order=order, rdw_counts_itself=counted)


@pytest.mark.parametrize("order", ["big", "little"])
@pytest.mark.parametrize("counted", [True, False])
def test_variable_blocked(order: str, counted: bool) -> None:
    options = _best(blocks(_varied(50), 7, order=order, counted=counted))
    assert _holds(options, record_format="VB", bdw_byte_order=order, bdw_counts_itself=counted, rdw_counts_itself=True)


def test_spanned() -> None:
    parts = [part for record in _varied(40) for part in segments(record, [30])]
    assert _holds(_best(b"".join(map(block, parts))), record_format="VBS", rdw_byte_order="big")
    assert _holds(_best(b"".join(parts)), record_format="VS")


@pytest.mark.parametrize(
    ("end", "line_end", "page"),
    [("\n", "lf", "ascii"), ("\r\n", "crlf", "ascii"), ("\x85", "nel", "cp500"), ("\n", "ebcdic_lf", "cp037")],
)
def test_text(end: str, line_end: str, page: str) -> None:
    lines = [f"{number} {_NAMES[number % 6]} {'x' * (number % 9)}{end}" for number in range(200)]
    text = "".join(lines).encode(page)
    options = _best(text)
    assert _holds(options, record_format="TEXT", line_end=line_end), options
    assert options["encoding"] == ("ascii" if page == "ascii" else "ebcdic")


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
@pytest.mark.parametrize("header", [True, False])
def test_delimited(delimiter: str, header: bool) -> None:
    rows = [["ID", "NAME", "AMOUNT"]] * header + [[str(n), f'"{_NAMES[n % 6]}"', f"{n}.50"] for n in range(80)]
    text = "\n".join(map(delimiter.join, rows)).encode()
    options = _best(text)
    assert options["record_format"] == "DELIMITED"
    assert options["delimiter"] == delimiter
    assert options.get("header_records", 0) == header


def test_custom_header() -> None:
    text = b"".join(b"\x01\x00\x00" + len(one).to_bytes(2, "little") + one for one in _varied(40))
    options = _best(text)
    assert _holds(options, record_format="HEADER", header_length=5, marker="010000", skip_unmarked=False)
    assert options["length_field"] == {"offset": 3, "length": 2, "kind": "binary_little"}


def test_custom_header_with_fillers() -> None:
    filler = bytes.fromhex("000000 0800") + bytes(8)
    text = b"".join(b"\x01\x00\x00" + len(one).to_bytes(2, "little") + one + filler for one in _varied(40))
    findings = inspect(text, len(text))
    assert _holds(findings.input_options(), marker="010000", skip_unmarked=True)
    assert findings.best
    assert sum(batch.records for batch in cut(findings.best.framing, text)) == 40


def test_file_header_and_trailer_around_fixed_records() -> None:
    text = b"\x01" * 10 + b"".join(_customers(50)) + b"\x02" * 12
    options = _best(text, 60)
    assert _holds(options, record_format="F", record_length=60, header_bytes=10, trailer_bytes=12)
    assert _holds(_best(text), header_bytes=10, trailer_bytes=12)


def test_a_last_record_that_is_cut_off() -> None:
    text = b"".join(_customers(50))[:-17]
    findings = inspect(text, len(text), 60)
    assert _holds(findings.input_options(), record_format="F", record_length=60, header_bytes=None)
    assert findings.best
    assert any("cut off" in sentence for sentence in findings.best.evidence)


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gzip"), (bz2.compress, "bzip2")])
def test_compressed(pack: Callable[[bytes], bytes], name: str) -> None:
    text = pack(b"".join(_customers(500)))
    assert _holds(_best(text), record_format="F", record_length=60, compression=name)
    damaged = text[:10] + b"garbage" + text[20:]
    assert inspect(damaged, len(damaged)).compression == name


_MANY = 1_500


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_each(rdw, _varied(_MANY)), {"record_format": "V"}),
        (blocks(_varied(_MANY), 100), {"record_format": "VB"}),
        (b"".join(block(part) for one in _varied(_MANY) for part in segments(one, [30])), {"record_format": "VBS"}),
        (b"".join(_customers(_MANY)), {"record_format": "F", "record_length": 60}),
        (b"".join(f'{n},{_NAMES[n % 6]},"\n"\n'.encode() for n in range(2_500)), {"record_format": "DELIMITED"}),
    ],
    ids=["V", "VB", "VBS", "F", "delimited"],
)
def test_the_head_of_a_larger_file_is_enough(text: bytes, expected: dict[str, object]) -> None:
    for length in (40_000, 40_001, 40_013):
        findings = inspect(text[:length], len(text))
        assert _holds(findings.input_options(), **expected)
        assert findings.best
        assert findings.best.confidence > 0.8


def test_more_than_the_head_is_not_looked_at() -> None:
    text = b"".join(_customers(700)) * (HEAD_BYTES // 42_000 + 1)
    assert inspect(text + b"\xff" * 60, len(text) + 60) == inspect(text[:HEAD_BYTES], len(text) + 60)


@pytest.mark.parametrize(
    ("text", "page"),
    [("plain text only", "cp037"), ("naïve café señor été à Genève", "cp037"), ("hübsche Größe über Öl", "cp273")],
)
def test_code_pages(text: str, page: str) -> None:
    lines = [f"{text:40}".encode(page)] * 9 + _customers(30)
    assert _best(b"".join(line[:40] for line in lines))["code_page"] == page


def test_utf8_is_told_from_latin1() -> None:
    assert _best("naïve café, crème brûlée\n".encode() * 20)["code_page"] == "utf-8"
    assert _best("naïve café, crème brûlée\n".encode("latin-1") * 20)["code_page"] == "latin-1"


def test_the_options_can_be_pasted_and_read_the_file() -> None:
    text = b"".join(b"\x01\x00\x00" + len(one).to_bytes(2, "little") + one for one in _varied(40))
    findings = inspect(text, len(text))
    pasted = yaml.safe_load(findings.to_yaml())["input"]
    assert pasted == findings.input_options()
    framing = framing_from_dict({**pasted, "format": pasted.pop("record_format")})
    assert findings.best
    assert framing == findings.best.framing


def test_evidence_is_given() -> None:
    text = _each(rdw, _varied(50))
    findings = inspect(text, len(text))
    assert findings.best
    assert findings.best.evidence == (
        "RDW big-endian, whose length includes its own four bytes",
        "50 records of 41 to 60 bytes follow each other without a gap",
    )
    assert any("EBCDIC" in sentence for sentence in findings.evidence)


def test_an_empty_file_has_no_form() -> None:
    findings = inspect(b"", 0)
    assert findings.best is None
    assert findings.guesses == ()
    assert "record_format" not in findings.input_options()


@example(b"\x00\x00\x00\x00\x00\x01", 4, 0)
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.one_of(st.none(), st.integers(1, 400)), st.integers(0, 5_000))
def test_no_bytes_break_it(text: bytes, record_length: int | None, more: int) -> None:
    findings = inspect(text, len(text) + more, record_length)
    assert all(0 < guess.confidence <= 1 for guess in findings.guesses)
    yaml.safe_load(findings.to_yaml())


def test_descriptor_defaults_are_left_unsaid() -> None:
    options = _best(_each(rdw, _varied(50)))
    assert not {"rdw_adjustment", "rdw_largest"} & set(options)
    assert Descriptor().largest == 32_760
