"""A case as a job in a folder of its own, written as a user would write it, and compiled by lrecl."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from shared.codec import charset
from shared.copybook import FILLER, Layout, Usage
from shared.jobs.compile import CompiledJob, compile_job
from shared.jobs.load import JobSource, load_job
from shared.jobs.record_types import RecordKind, record_kinds
from tests.acceptance.corpus.cases import Case
from tests.acceptance.corpus.options import Settings, UnknownOptionError, cobol_name, settings_of

_JOB = "corpus-case"
_SCHEMA = "LRECL"
_BINARY = (Usage.COMP, Usage.COMP_5, Usage.COMP_9, Usage.COMP_1, Usage.COMP_2)
_FLOATS = (Usage.COMP_1, Usage.COMP_2)
_MOST_DIGITS = 31
_LARGEST = 65_539
"""The most that two bytes can say, and four for the descriptor itself: Cobrix knows no limit of its own."""

# Bytes above X'7F' are no US-ASCII, which the tool shows by U+FFFD: see rows. In cp437 they are all printable.
_CHARSETS = {"us-ascii": "cp437", "ascii": "cp437", "iso-8859-1": "latin-1", "utf8": "utf-8"}
_HEADER = re.compile(r"(\d+)-byte header; byte(\d+)==(\d+) valid; length=byte(\d+)\+256\*byte(\d+)")


@dataclass(frozen=True)
class Prepared:
    """A case ready to be read."""

    settings: Settings
    source: JobSource
    compiled: CompiledJob

    @cached_property
    def kinds(self) -> list[RecordKind]:
        return record_kinds(self.source)

    @property
    def layout(self) -> Layout:
        """Of the first record type; types of one case differ in the readings that hold."""
        return self.kinds[0].layout


def prepared(case: Case, folder: Path) -> Prepared:
    """The case's job; UnknownOptionError, or lrecl's own errors."""
    settings = settings_of(case.options) if case.kind in ("rows", "inline") and case.options else _described(case)
    return prepare(settings, case.copybooks, folder)


def prepare(settings: Settings, copybooks: list[str], folder: Path, more: dict[str, Any] | None = None) -> Prepared:
    """The job of these settings, with further sections; it is written twice, because names come from the copybook."""
    names = [f"copybook{number}.cpy" for number in range(len(copybooks))]
    place = folder / _JOB
    place.mkdir(parents=True)
    for name, text in zip(names, copybooks, strict=True):
        (place / name).write_text(_columns(text, settings.comment_columns), "utf-8")
    definition: dict[str, Any] = {
        "job": _JOB,
        "copybook": {"paths": names} if len(names) > 1 else {"path": names[0]},
        "decoding": _decoding(settings),
        "tuning": settings.tuning,
        "target": {"staging_table": "STG_CASE", "final_table": "FIN_CASE", "key": ["ANY"]},
    }
    kind = record_kinds(_source(folder, definition))[0]
    definition["input"] = _input(settings, kind.layout)
    definition["fields"] = _fields(settings, kind)
    definition["target"]["key"] = [_key(kind, definition["fields"])]
    definition |= more or _records(settings, kind.layout)
    if "records" in definition:
        target = definition.pop("target")
        for number, spec in enumerate(definition["records"].values()):
            spec.setdefault(
                "target", target | {key: f"{target[key]}_{number}" for key in ("staging_table", "final_table")}
            )
    source = _source(folder, definition)
    return Prepared(settings, source, compile_job(source, _SCHEMA))


def _source(folder: Path, definition: dict[str, Any]) -> JobSource:
    plain = json.loads(json.dumps(definition))  # YAML of shared values has aliases, which jobs may not have
    (folder / _JOB / "job.yaml").write_text(yaml.safe_dump(plain, sort_keys=False), "utf-8")
    return load_job(folder, _JOB)


def _columns(text: str, bounds: tuple[int, int] | None) -> str:
    """The text with only these columns of it, in the place where COBOL has them."""
    if bounds is None:
        return text
    return "\n".join("      " + line[bounds[0] : bounds[1]] for line in text.splitlines())


def _described(case: Case) -> Settings:
    """Cases without options say in their own words what the file is."""
    given = case.given
    words = str(given.get("record_format", "F"))
    found = Settings(null_detection=False)
    found.input["record_format"] = words.split(",")[0].split(" ")[0]
    found.input["encoding"] = given.get("encoding", "ebcdic")
    if given.get("code_page"):
        found.input["code_page"] = given["code_page"]
    found.record_length = given.get("record_length")
    found.decoding |= {"trim": "right", "controls": "space", "strict_sign": False, "invalid": "reject"}
    if found.input["record_format"].startswith("V"):
        if "big-endian" not in words:
            raise UnknownOptionError(f"record format {words!r}")
        found.input["rdw_byte_order"] = "big"
        found.rdw_counted = "INCLUDES" in words
        found.variable_size = any("DEPENDING" in feature for feature in given.get("features", ()))
    return found


def _decoding(settings: Settings) -> dict[str, Any]:
    defaults = {"trim": "both", "invalid": "null", "strict_sign": True, "edited": "number", "binary": "native",
                "padded_digits": True}  # fmt: skip
    ascii_ = settings.input.get("encoding") == "ascii"
    defaults["controls"] = "drop" if ascii_ else "space"
    nulls = {"null_when": ["low_values"]} if settings.null_detection else {}
    return defaults | nulls | settings.decoding


def _input(settings: Settings, layout: Layout) -> dict[str, Any]:
    given = dict(settings.input)
    if given.setdefault("encoding", "ebcdic") == "ascii":
        given.setdefault("code_page", _CHARSETS.get(settings.ascii_charset, settings.ascii_charset))
    given.setdefault("code_page", "common")
    if settings.header:
        given |= _header(settings.header)
    elif settings.length_field:
        given |= _length(settings, layout)
    elif given["record_format"] in ("V", "VB"):
        given |= {"rdw_counts_itself": settings.rdw_counted, "rdw_adjustment": settings.rdw_adjustment}
        given = {"rdw_byte_order": "little", "rdw_largest": _LARGEST} | given
        if given["record_format"] == "VB":
            given = {"bdw_byte_order": "little", "bdw_counts_itself": False, "bdw_largest": _LARGEST} | given
    elif given["record_format"] == "F" and settings.variable_size and layout.is_variable:
        given["record_format"] = "COUNTED"
    elif settings.record_length is not None and given["record_format"] in ("F", "FB"):
        given["record_length"] = settings.record_length
        given["short_records"] = settings.record_length < layout.length
    given["shifting"] = settings.variable_size
    return given


def _header(words: str) -> dict[str, Any]:
    """A header parser, which is a class in the source, in the corpus' words for it."""
    match = _HEADER.search(words)
    if match is None:
        raise UnknownOptionError(f"record_header_parser {words!r}")
    size, marker_at, marker, low, high = map(int, match.groups())
    if high != low + 1:
        raise UnknownOptionError(f"record_header_parser {words!r}")
    return {
        "record_format": "HEADER",
        "header_length": size,
        "marker": f"{marker:02x}",
        "marker_offset": marker_at,
        "skip_unmarked": True,
        "length_field": {"offset": low, "length": 2, "kind": "binary_little"},
    }


def _length(settings: Settings, layout: Layout) -> dict[str, Any]:
    given: dict[str, Any] = {"record_format": "LENGTH_FIELD", "adjustment": settings.rdw_adjustment}
    names = {item.name for item in layout.fields}
    field = cobol_name(layout, settings.length_field)
    if field in names:
        given["length_field"] = field
    else:
        given["expression"] = re.sub(
            r"[A-Za-z@][\w@]*(-[\w@]+)*", lambda match: cobol_name(layout, match[0]), settings.length_field
        )
    if settings.length_map is not None:
        lengths = dict(settings.length_map)
        if "_" in lengths:
            given["default_length"] = lengths.pop("_")
        given["lengths"] = lengths
    return given


def _fields(settings: Settings, kind: RecordKind) -> dict[str, dict[str, Any]]:
    """What the source's tool does by the types of fields, said of each."""
    fields: dict[str, dict[str, Any]] = {}
    tables = {index: name for name, index in kind.names.wholes.items()}
    names = {id(element.field): name for name, element in kind.names.elements.items() if not element.subscripts}
    pages = {cobol_name(kind.layout, name): page for page, listed in settings.field_pages.items() for name in listed}
    for index, item in enumerate(kind.layout.fields):
        if item.is_group or item.name == FILLER:
            continue
        options: dict[str, Any] = {}
        if settings.null_detection and item.usage in _BINARY:
            options["null_when"] = []
        if settings.floats_little and item.usage in _FLOATS:
            options["byte_order"] = "little"
        if item.digits > _MOST_DIGITS:
            options["skip"] = True
        if item.name in pages:
            options["code_page"] = charset(pages[item.name]).name.replace("us-ascii", "ascii")
        if options:
            fields[tables[index] if item.occurs else names[id(item)]] = options
    return fields


def _key(kind: RecordKind, fields: dict[str, dict[str, Any]]) -> str:
    for name, element in kind.names.elements.items():
        if element.field.in_redefinition or fields.get(name, {}).get("skip"):
            continue
        return re.sub(r"[-.(,]", "_", name).rstrip(")")
    raise UnknownOptionError("a record without any field")


def _records(settings: Settings, layout: Layout) -> dict[str, Any]:
    """Record types, where segments are told apart."""
    if not settings.segments and settings.segment_filter is None:
        return {}
    field = cobol_name(layout, settings.segment_field)
    wanted = settings.segment_filter
    if not settings.segments:
        return {
            "records": {"WANTED": {"when": {field: _stored(settings, layout, field, wanted or [])}}},
            "unmatched": "skip",
        }
    parents = {child: parent for parent, children in settings.children.items() for child in children}
    records: dict[str, Any] = {}
    for group, ids in settings.segments.items():
        ids = [one for one in ids if wanted is None or one in wanted]
        if not ids:
            continue
        item = cobol_name(layout, group)
        records[item] = {"when": {field: _stored(settings, layout, field, ids)}, "redefines": [item]}
        if group in parents:
            records[item]["parent"] = cobol_name(layout, parents[group])
    if wanted is None and not settings.children:
        records["OTHERS"] = {}
        return {"records": records}
    return {"records": records, "unmatched": "skip"}


def _stored(settings: Settings, layout: Layout, field: str, ids: list[str]) -> list[str]:
    """The values, and for text the same with low-values behind them, which the source's tool takes for blanks."""
    item = layout.find(field)
    if item.digits:
        return list(ids)
    page = {"common": "cp037"}.get(settings.input.get("code_page", "common"), settings.input.get("code_page", "cp037"))
    if settings.input.get("encoding") == "ascii":
        page = "latin-1"
    padded = (one.encode(page)[: item.length].ljust(item.length, b"\0") for one in ids)
    return [*ids, *(f"X'{raw.hex()}'" for raw in padded)]
