"""EBCDIC code pages: their names, and their characters against those of ICU and glibc."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from shared.codec import code_page
from shared.codec.charset_forms import DOUBLE, MIXED, Form, charset
from shared.codec.double_byte_pages import double_page
from shared.codec.generated_pages import PAGES
from shared.codec.page_tables import UNDEFINED
from shared.codec.single_byte_pages import characters
from tests.support import code_page_tables, icu

COBRIX = """037 273 274 275 277 278 280 284 285 297 300 500 838 870 871 875 880 905 918 924 1025 1026 1047 1140 1141
1142 1143 1144 1145 1146 1147 1148 1149 1160 1364 1388 common"""
EBCDIC_PACKAGE = "290 420 424 833 1097 1112 1122 1123 500ms 1148ms"
OTHERS = (
    "930 933 935 937 939 1390 1399 ascii latin-1 iso8859-1 iso8859-5 iso8859-15 windows-1252 utf-8 utf-16 utf-16-le"
)
NAMED = f"{COBRIX} {EBCDIC_PACKAGE} {OTHERS}".split()

# Pages for which glibc has the older tables of RFC 1345, with gaps and with swapped characters.
OLDER_IN_GLIBC = {"cp274", "cp275", "cp278", "cp285", "cp290", "cp420", "cp870", "cp871", "cp880", "cp905", "cp918",
                  "cp1132"}  # fmt: skip
NOT_IN_GLIBC = {"cp833", "cp836", "cp838", "cp924", "cp1027", "cp1159", "cp5123", "cp8482", "cp9067", "cp13121",
                "cp13124", "cp28709"}  # fmt: skip
NEWLINE = 0x25
WITH_ICU = pytest.mark.skipif(not icu.available(), reason="ICU is not installed")
WITH_ICONV = pytest.mark.skipif(shutil.which("iconv") is None, reason="iconv is not installed")


def iconv(page: str, raw: bytes) -> str:
    command = ["iconv", "-c", "-f", "IBM" + page.removeprefix("cp"), "-t", "UTF-8"]
    return subprocess.run(command, input=raw, capture_output=True, check=False).stdout.decode()


@pytest.mark.parametrize("name", NAMED)
def test_pages_are_found_by_their_names(name: str) -> None:
    page = code_page(name)
    assert len(page.code_points) == 256
    digits = bytes(page.code_points[page.zone + digit] for digit in range(10))
    assert digits == b"0123456789"
    assert (page.code_points[page.space], page.code_points[page.plus], page.code_points[page.minus]) == (32, 43, 45)


@pytest.mark.parametrize("name", sorted({*PAGES, *MIXED, *DOUBLE}))
def test_what_all_ebcdic_pages_have_in_common(name: str) -> None:
    text = characters(name)
    capitals = "".join(text[start:end] for start, end in ((0xC1, 0xCA), (0xD1, 0xDA), (0xE2, 0xEA)))
    assert capitals == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert [text[byte] for byte in (0x40, 0x4B, 0x4E, 0x60, 0x6B, 0xF9)] == [" ", ".", "+", "-", ",", "9"]
    assert code_page(name).ebcdic


@WITH_ICU
def test_the_tables_are_the_ones_that_icu_has() -> None:
    assert (code_page_tables.CODEC / "generated_pages.py").read_text() == code_page_tables.module()


@WITH_ICU
@pytest.mark.parametrize("language", sorted(code_page_tables.DOUBLES))
def test_the_double_bytes_are_the_ones_that_icu_has(language: str) -> None:
    for number, mixed in code_page_tables.DOUBLES[language].items():
        table = double_page(f"cp{number}")
        found = {code: table.text(code) for code in range(65536) if table.points[code] != UNDEFINED}
        assert found == icu.Converter(f"ibm-{mixed}").double()


@WITH_ICU
@pytest.mark.parametrize("name", sorted(MIXED))
def test_mixed_pages_name_the_right_parts(name: str) -> None:
    converter = icu.Converter("ibm-" + name.removeprefix("cp"))
    assert characters(name) == converter.single().replace("\x0e\x0f", "\ufffd\ufffd", 1)
    table = double_page(MIXED[name][1])
    for code in (0x4040, 0x4281, 0x42F0, 0x4541, 0x4F5A, 0x5051, 0x56C1, 0x68B0, 0xB446, 0xD8E9):
        assert table.text(code) == (converter.decode(b"\x0e" + code.to_bytes(2, "big") + b"\x0f") or "\ufffd")


@WITH_ICONV
@pytest.mark.parametrize("name", sorted(PAGES.keys() - OLDER_IN_GLIBC - NOT_IN_GLIBC))
def test_glibc_has_the_same_single_bytes(name: str) -> None:
    asked = [byte for byte in range(256) if byte != NEWLINE]
    lines = iconv(name, b"".join(bytes([byte, NEWLINE]) for byte in asked)).split("\n")[:-1]
    assert [line or "\ufffd" for line in lines] == [characters(name)[byte] for byte in asked]


@WITH_ICONV
@pytest.mark.parametrize("name", sorted(MIXED))
def test_glibc_has_the_same_double_bytes(name: str) -> None:
    table = double_page(MIXED[name][1])
    codes = [code for code in range(65536) if table.points[code] != UNDEFINED]
    lines = b"".join(b"\x0e" + code.to_bytes(2, "big") + b"\x0f\x25" for code in codes)
    assert iconv(name, lines) == "".join(table.text(code) + "\n" for code in codes)


def test_common_has_the_characters_of_all_pages() -> None:
    text = characters("common")
    own = characters("cp037")
    assert all(char in (" ", own[byte]) or byte in (0x6A, 0xCA) for byte, char in enumerate(text))
    assert text[0x00:0x40] == " " * 64
    assert (text[0x6A], text[0xCA], text[0x4A], text[0x41]) == ("|", "-", " ", " ")
    assert code_page("common").space == 0x40


@pytest.mark.parametrize(
    ("name", "canonical", "form"),
    [
        ("IBM-930", "cp930", Form.MIXED),
        ("5035", "cp939", Form.MIXED),
        ("300", "cp300", Form.DOUBLE),
        ("ccsid 1388", "cp1388", Form.SINGLE),
        ("CCSID1388", "cp1388", Form.MIXED),
        ("UTF8", "utf-8", Form.UTF8),
        ("1208", "utf-8", Form.UTF8),
        ("utf_16", "utf-16-be", Form.UTF16),
        ("UTF-16LE", "utf-16-le", Form.UTF16),
        ("1200", "utf-16-be", Form.UTF16),
        ("cp500ms", "cp500", Form.SINGLE),
    ],
)
def test_names_and_forms(name: str, canonical: str, form: Form) -> None:
    if " " in name:
        assert charset(name).form is form
    else:
        assert (charset(name).name, charset(name).form) == (canonical, form)


def test_single_byte_text_imports_no_double_byte_tables() -> None:
    code = (
        "import sys, numpy as np\n"
        "from shared.codec import Decoder, FieldSpec, Kind\n"
        "spec = FieldSpec('T', Kind.TEXT, 0, 8)\n"
        "Decoder([spec], 8).decode(np.full((1, 8), 0xC1, np.uint8))\n"
        "names = ('generated_pages', 'multibyte_text', 'double_byte_pages')\n"
        "loaded = {f'shared.codec.{name}' for name in names} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == 0
