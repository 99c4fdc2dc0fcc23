"""Cobrix's options, one after the other, each with what it means in a job definition. What is not here is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.copybook import FILLER, Layout
from shared.rows.nested import Look
from shared.rows.tree import FillerNames, Naming

SILENT = {
    "pedantic", "enable_indexes", "allow_indexing", "enable_index_cache", "improve_locality", "optimize_allocation",
    "input_split_size_mb", "debug_layout_positions", "metadata", "enable_self_checks", "strict_integral_precision",
    "segment_id_prefix", "generate_record_id", "data_paths", "copybook", "copybooks", "copybook_contents",
}  # fmt: skip
"""Options about the cluster, the schema's types and columns that are made up: they change no value of a record."""


class UnknownOptionError(Exception):
    """The case asks for something that the adapter has no words for."""


@dataclass
class Settings:
    """What a case's options come to. ``input`` and ``decoding`` are sections of the job; the rest is worked on with the
    copybook at hand.
    """

    input: dict[str, Any] = field(default_factory=dict)
    decoding: dict[str, Any] = field(default_factory=dict)
    tuning: dict[str, Any] = field(default_factory=dict)
    look: dict[str, Any] = field(default_factory=dict)
    naming: dict[str, Any] = field(default_factory=dict)
    collapse_root: bool = True
    null_detection: bool = True
    floats_little: bool = False
    variable_size: bool = False
    ascii_charset: str = "us-ascii"
    field_pages: dict[str, list[str]] = field(default_factory=dict)
    segment_field: str = ""
    segment_filter: list[str] | None = None
    segments: dict[str, list[str]] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)
    record_length: int | None = None
    length_field: str = ""
    length_map: dict[str, int] | None = None
    rdw_adjustment: int = 0
    rdw_counted: bool = False
    comment_columns: tuple[int, int] | None = None
    header: str = ""

    def rows_look(self) -> Look:
        """How rows shall look."""
        return Look(Naming(**self.naming), **self.look)


def settings_of(options: dict[str, str]) -> Settings:
    """All options of a case; UnknownOptionError for the first that is not known."""
    found = Settings()
    found.input["record_format"] = "F"
    for key, value in options.items():
        name, _, number = key.replace("-", "_").partition(":")
        if name in SILENT or name.startswith("segment_id_level") or name == "segment_id_root":
            continue
        if name not in _HANDLERS:
            raise UnknownOptionError(f"option {key}={value}")
        _HANDLERS[name](found, value, number)
    return found


def _is_true(value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise UnknownOptionError(f"{value!r} is neither true nor false")
    return value.lower() == "true"


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()]


Handler = Callable[[Settings, str, str], None]


def _flag(name: str) -> Handler:
    def handle(found: Settings, value: str, _: str) -> None:
        setattr(found, name, _is_true(value))

    return handle


def _number(section: str, name: str) -> Handler:
    def handle(found: Settings, value: str, _: str) -> None:
        getattr(found, section)[name] = int(value)

    return handle


def _only(*allowed: str) -> Handler:
    def handle(_found: Settings, value: str, _: str) -> None:
        if value.lower() not in allowed:
            raise UnknownOptionError(f"value {value!r}")

    return handle


def _record_format(found: Settings, value: str, _: str) -> None:
    known = {"F": "F", "FB": "FB", "V": "V", "VB": "VB", "D": "TEXT", "D2": "TEXT"}
    if value not in known:
        raise UnknownOptionError(f"record_format {value}")
    found.input["record_format"] = known[value]
    if known[value] == "TEXT":
        found.input["encoding"] = "ascii"


def _record_sequence(found: Settings, value: str, _: str) -> None:
    if _is_true(value) and found.input["record_format"] == "F":
        found.input["record_format"] = "V"


def _is_text(found: Settings, value: str, _: str) -> None:
    if _is_true(value):
        _record_format(found, "D", "")


def _order(name: str) -> Handler:
    def handle(found: Settings, value: str, _: str) -> None:
        found.input[name] = "big" if _is_true(value) else "little"

    return handle


def _rdw_adjustment(found: Settings, value: str, _: str) -> None:
    found.rdw_adjustment = int(value)


def _record_length(found: Settings, value: str, _: str) -> None:
    found.record_length = int(value)


def _length_field(found: Settings, value: str, _: str) -> None:
    found.length_field = value.strip()


def _length_map(found: Settings, value: str, _: str) -> None:
    found.length_map = {str(key): int(length) for key, length in json.loads(value).items()}


def _code_page(found: Settings, value: str, _: str) -> None:
    """The page ``common`` reads control characters as spaces; the others keep some, see ``rows``."""
    page = value.lower()
    found.input["code_page"] = page.removesuffix("_extended")
    found.decoding["controls"] = "space" if page == "common" else "keep"


def _ascii_charset(found: Settings, value: str, _: str) -> None:
    found.ascii_charset = value.lower()


def _trimming(found: Settings, value: str, _: str) -> None:
    if value == "keep_all":
        found.decoding |= {"trim": "none", "controls": "keep"}
    elif value in ("none", "left", "right", "both"):
        found.decoding["trim"] = value
    else:
        raise UnknownOptionError(f"string_trimming_policy {value}")


def _floats(found: Settings, value: str, _: str) -> None:
    form, _, little = value.lower().partition("_")
    if form not in ("ibm", "ieee754") or little not in ("", "little_endian"):
        raise UnknownOptionError(f"floating_point_format {value}")
    found.decoding["float_form"] = "ibm" if form == "ibm" else "ieee"
    found.floats_little = bool(little)


def _strict_sign(found: Settings, value: str, _: str) -> None:
    found.decoding["strict_sign"] = _is_true(value)


def _field_page(found: Settings, value: str, page: str) -> None:
    found.field_pages[page] = _words(value)


def _occurs_mapping(found: Settings, value: str, _: str) -> None:
    mapping = json.loads(value)
    found.input["counter_values"] = {
        name.replace("_", "-"): {str(key): int(count) for key, count in counts.items()}
        for name, counts in mapping.items()
    }


def _segment_field(found: Settings, value: str, _: str) -> None:
    found.segment_field = value


def _segment_filter(found: Settings, value: str, _: str) -> None:
    found.segment_filter = _words(value)


def _arrow(section: str) -> Handler:
    def handle(found: Settings, value: str, _: str) -> None:
        name, arrow, others = value.partition("=>")
        if not arrow:
            raise UnknownOptionError(f"{value!r} has no =>")
        getattr(found, section).setdefault(name.strip(), []).extend(_words(others))

    return handle


def _filler_names(found: Settings, value: str, _: str) -> None:
    found.naming["filler_names"] = FillerNames(value)


def _drop(name: str) -> Handler:
    def handle(found: Settings, value: str, _: str) -> None:
        found.naming[name] = not _is_true(value)

    return handle


def _texts(found: Settings, value: str, _: str) -> None:
    found.naming["texts"] = [name.replace("_", "-") for name in _words(value)]


def _debug(found: Settings, value: str, _: str) -> None:
    if value.lower() not in ("true", "hex", "false", "none"):
        raise UnknownOptionError(f"debug {value}")
    found.look["show_hex"] = value.lower() in ("true", "hex")


def _retention(found: Settings, value: str, _: str) -> None:
    if value not in ("collapse_root", "keep_original"):
        raise UnknownOptionError(f"schema_retention_policy {value}")
    found.collapse_root = value == "collapse_root"


def _encoding(found: Settings, value: str, _: str) -> None:
    if value.lower() not in ("ascii", "ebcdic"):
        raise UnknownOptionError(f"encoding {value}")
    found.input["encoding"] = value.lower()


def _header(found: Settings, value: str, _: str) -> None:
    found.header = value


def _truncate(found: Settings, value: str, _: str) -> None:
    found.comment_columns = (6, 72) if _is_true(value) else (0, 1000)


def _bound(place: int) -> Handler:
    def handle(found: Settings, value: str, _: str) -> None:
        bounds = list(found.comment_columns or (6, 72))
        bounds[place] = int(value)
        found.comment_columns = (bounds[0], bounds[1])

    return handle


_HANDLERS: dict[str, Handler] = {
    "record_format": _record_format,
    "is_record_sequence": _record_sequence,
    "is_xcom": _record_sequence,
    "is_text": _is_text,
    "record_length": _record_length,
    "block_length": _number("input", "block_length"),
    "records_per_block": _number("input", "records_per_block"),
    "is_rdw_big_endian": _order("rdw_byte_order"),
    "is_bdw_big_endian": _order("bdw_byte_order"),
    "is_rdw_part_of_record_length": _flag("rdw_counted"),
    "rdw_adjustment": _rdw_adjustment,
    "bdw_adjustment": _number("input", "bdw_adjustment"),
    "record_length_field": _length_field,
    "record_length_map": _length_map,
    "record_header_parser": _header,
    "record_start_offset": _number("input", "record_start_offset"),
    "record_end_offset": _number("input", "record_end_offset"),
    "file_start_offset": _number("input", "header_bytes"),
    "file_end_offset": _number("input", "trailer_bytes"),
    "minimum_record_length": _number("input", "minimum_record_length"),
    "maximum_record_length": _number("input", "maximum_record_length"),
    "input_split_records": _number("tuning", "batch_records"),
    "encoding": _encoding,
    "ebcdic_code_page": _code_page,
    "ascii_charset": _ascii_charset,
    "field_code_page": _field_page,
    "is_utf16_big_endian": _only("true"),
    "string_trimming_policy": _trimming,
    "floating_point_format": _floats,
    "strict_sign_overpunching": _strict_sign,
    "improved_null_detection": _flag("null_detection"),
    "variable_size_occurs": _flag("variable_size"),
    "occurs_mapping": _occurs_mapping,
    "occurs_mappings": _occurs_mapping,
    "segment_field": _segment_field,
    "segment_filter": _segment_filter,
    "redefine_segment_id_map": _arrow("segments"),
    "segment_children": _arrow("children"),
    "schema_retention_policy": _retention,
    "drop_group_fillers": _drop("group_fillers"),
    "drop_value_fillers": _drop("value_fillers"),
    "filler_naming_policy": _filler_names,
    "non_terminals": _texts,
    "debug": _debug,
    "truncate_comments": _truncate,
    "comments_lbound": _bound(0),
    "comments_ubound": _bound(1),
    "allow_partial_records": _only("false"),
    "debug_ignore_file_size": _only("false"),
    "display_pic_always_string": _only("false"),
    "generate_record_bytes": _only("false"),
    "binary_as_hex": _only("false"),
}


def cobol_name(layout: Layout, name: str) -> str:
    """The item that Cobrix calls ``name``, which has ``_`` for ``-``; the name itself where there is none."""
    wanted = re.sub(r"[-_]", "_", name.strip()).upper()
    names = {item.name for item in layout.fields if item.name != FILLER}
    return next((known for known in sorted(names) if known.replace("-", "_") == wanted), name.strip())
