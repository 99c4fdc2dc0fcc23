"""The section ``input`` of a job definition, which describes the form of the file, and the base of all sections.

Its keys are those of the record formats, which ``lrecl inspect`` prints.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

FieldName = Annotated[str, Field(min_length=1, max_length=256)]
Positive = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]


class Section(BaseModel):
    """A section of a job definition. It has no unknown keys and does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def without_booleans(values: object) -> object:
    """The values, unless one is a boolean: YAML reads NO and ON as booleans, also in a list of countries."""
    if isinstance(values, list) and any(isinstance(value, bool) for value in values):
        raise ValueError("YAML reads an unquoted yes, no, on, off, true or false as a boolean, so that it needs quotes")
    return values


Format = Literal["F", "FB", "V", "VB", "VS", "VBS", "TEXT", "DELIMITED", "LENGTH_FIELD", "HEADER", "COUNTED"]
ByteOrder = Literal["big", "little"]

FIXED: Final = ("F", "FB")
_RDW: Final = ("V", "VB", "VS", "VBS")
_BDW: Final = ("VB", "VBS")
_FORMATS_OF: Final[dict[str, tuple[str, ...]]] = {
    "record_length": FIXED,
    "short_records": FIXED,
    "block_length": ("FB",),
    "records_per_block": ("FB",),
    **{f"rdw_{name}": _RDW for name in ("byte_order", "counts_itself", "adjustment", "largest")},
    **{f"bdw_{name}": _BDW for name in ("byte_order", "counts_itself", "adjustment", "largest")},
    "line_end": ("TEXT",),
    **dict.fromkeys(("delimiter", "quote", "escape", "header", "decimal_point"), ("DELIMITED",)),
    **dict.fromkeys(("fields", "expression", "lengths", "default_length"), ("LENGTH_FIELD",)),
    "length_field": ("LENGTH_FIELD", "HEADER"),
    "adjustment": ("LENGTH_FIELD", "HEADER"),
    **dict.fromkeys(("header_length", "counts_header", "marker", "marker_offset", "skip_unmarked"), ("HEADER",)),
}
"""The record formats of an option. Options that are not listed apply to all formats."""

EDGES: Final = ("header_bytes", "trailer_bytes", "header_records", "trailer_records")


class FieldPlace(Section):
    """The place of a length. ``offset`` counts from 0 at the start of the record or of its header."""

    offset: Count
    length: Positive
    kind: Literal["binary", "binary_little", "display", "display_ascii", "zoned", "packed"] = "binary"


class Input(Section):
    """The form of the file."""

    record_format: Format = Field("F", description="RECFM, or another way in which records are separated.")
    record_length: Positive | None = Field(
        None, le=32_760, description="LRECL in bytes; by default the length of the copybook.", examples=[300]
    )
    block_length: Positive | None = Field(None, description="BLKSIZE of FB files, a multiple of the record length.")
    records_per_block: Positive | None = Field(None, description="Records per block of FB files.")
    rdw_byte_order: ByteOrder = Field("big", description="Byte order of RDWs and SDWs.")
    rdw_counts_itself: bool = Field(True, description="Whether the length in an RDW includes its own four bytes.")
    rdw_adjustment: int = Field(0, description="Added to the length in an RDW.")
    rdw_largest: Positive = Field(32_760, description="Longest record in bytes, including its RDW.")
    bdw_byte_order: ByteOrder = Field("big", description="Byte order of BDWs.")
    bdw_counts_itself: bool = Field(True, description="Whether the length in a BDW includes its own four bytes.")
    bdw_adjustment: int = Field(0, description="Added to the length in a BDW.")
    bdw_largest: Positive = Field(32_760, description="Longest block in bytes, including its BDW.")
    line_end: Literal["any", "lf", "crlf", "nel", "ebcdic_lf"] = Field(
        "any", description="What ends a line of a TEXT file."
    )
    delimiter: str = Field(",", description="Character between the values of a DELIMITED file.")
    quote: str = Field('"', description="Character around values that contain delimiters; empty for none.")
    escape: str = Field("", description="Character before a quote that is data; empty for none.")
    header: bool = Field(False, description="Whether the first row names the values, in the order of the copybook.")
    decimal_point: Literal[".", ","] = Field(".", description="Decimal point of a DELIMITED file.")
    length_field: FieldName | FieldPlace | None = Field(
        None, description="Field with the length of the record: its name in the copybook, or its place."
    )
    fields: dict[FieldName, FieldPlace] = Field({}, description="Places of fields in expression, by name.")
    expression: str = Field(
        "", description="Length in bytes as an expression over fields.", examples=["ITEMS * 20 + 14"]
    )
    lengths: dict[str | int, Positive] = Field({}, description="Length in bytes for each value of length_field.")
    default_length: Positive | None = Field(None, description="Length in bytes for values that are not in lengths.")
    adjustment: int = Field(0, description="Added to the length in a field or header.")
    header_length: Positive | None = Field(None, description="Bytes of the header of each record (HEADER).")
    counts_header: bool = Field(False, description="Whether the length in a header includes the header.")
    marker: str = Field("", pattern=r"^([0-9A-Fa-f]{2})*$", description="Bytes, in hex, that each header has.")
    marker_offset: Count = Field(0, description="Offset of the marker in the header.")
    skip_unmarked: bool = Field(False, description="Skip records without the marker instead of stopping.")
    minimum_record_length: Count = Field(0, description="Shorter records are skipped.")
    maximum_record_length: Positive | None = Field(None, description="Longer records are skipped.")
    record_start_offset: Count = Field(0, description="Bytes to remove from the start of each record.")
    record_end_offset: Count = Field(0, description="Bytes to remove from the end of each record.")
    header_bytes: Count = Field(0, description="Bytes before the first record.")
    trailer_bytes: Count = Field(0, description="Bytes after the last record.")
    header_records: Count = Field(0, description="Records at the start of the file that are not data.")
    trailer_records: Count = Field(0, description="Records at the end of the file that are not data.")
    encoding: Literal["ebcdic", "ascii"] = Field("ebcdic", description="Family of the code page.")
    code_page: str | None = Field(
        None, description="Code page of text; by default cp037 for EBCDIC and latin-1 for ASCII."
    )
    compression: Literal["auto", "none", "gzip", "bzip2"] = Field(
        "auto", description="How the file is compressed; for auto its first bytes decide."
    )
    shifting: bool | None = Field(
        None, description="Whether items after an OCCURS DEPENDING ON table move up; by default not in F and FB files."
    )
    counter_values: dict[FieldName, dict[str, Count]] = Field(
        {}, description="For a text that is the counter of a table: the count for each text."
    )
    short_records: bool = Field(
        False, description="Whether record_length may be less than the length of the copybook; missing fields are NULL."
    )
    strict_length: bool = Field(False, description="Reject records with bytes after the last item of the copybook.")
    splits: Positive = Field(1, le=64, description="Most parts of a file that are read at the same time.")
    on_loaded: Literal["refuse", "skip"] = Field(
        "skip",
        description="What happens to files of a run whose content this job has loaded before: skip leaves them out and "
        "reports them, refuse refuses the run. A run with no files left is always refused.",
        examples=["refuse"],
        exclude_if=lambda value: value == "skip",  # so that the previous release can read the stored job
    )

    @property
    def page(self) -> str:
        """The code page of text."""
        return self.code_page or {"ebcdic": "cp037", "ascii": "latin-1"}[self.encoding]

    @property
    def point(self) -> str:
        """The decimal point of delimited rows; empty for records that COBOL stores."""
        return self.decimal_point if self.record_format == "DELIMITED" else ""

    @property
    def fixed(self) -> bool:
        """Whether all records have the same length."""
        return self.record_format in FIXED

    @property
    def moves(self) -> bool:
        """Whether items after a table that is not full move up."""
        return not self.fixed if self.shifting is None else self.shifting

    def given(self, *names: str) -> dict[str, Any]:
        """The options among ``names`` that the job states."""
        return {name: getattr(self, name) for name in names if name in self.model_fields_set}

    @property
    def format_options(self) -> dict[str, Any]:
        """The options of the record format that the job states."""
        return self.given(*(name for name, formats in _FORMATS_OF.items() if self.record_format in formats))

    def misplaced(self) -> Iterator[tuple[str, str]]:
        """Options of other record formats, each with a message."""
        for name, formats in _FORMATS_OF.items():
            if name in self.model_fields_set and self.record_format not in formats:
                yield name, f"{name} is an option of record_format {' or '.join(formats)}, not of {self.record_format}"
