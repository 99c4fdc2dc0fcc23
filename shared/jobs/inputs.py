"""The section ``input``: the form of the file. Keys are those that record formats have and ``lrecl inspect`` prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

from pydantic import Field

from shared.jobs.section import Count, FieldName, Positive, Section

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
"""The record formats that have an option; all others go with every format."""

EDGES: Final = ("header_bytes", "trailer_bytes", "header_records", "trailer_records")
SHAPING: Final = ("minimum_record_length", "maximum_record_length", "record_start_offset", "record_end_offset")


class FieldPlace(Section):
    """Where a length stands; ``offset`` counts from 0 at the record's or its header's begin."""

    offset: Count
    length: Positive
    kind: Literal["binary", "binary_little", "display", "display_ascii", "zoned", "packed"] = "binary"


class Input(Section):
    """The file's form."""

    record_format: Format = Field("F", description="RECFM, or how else records are told apart.")
    record_length: Positive | None = Field(
        None, le=32_760, description="LRECL in bytes; the copybook's length when absent.", examples=[300]
    )
    block_length: Positive | None = Field(None, description="BLKSIZE of FB files; a multiple of the record length.")
    records_per_block: Positive | None = Field(None, description="Records in a block of FB files.")
    rdw_byte_order: ByteOrder = Field("big", description="Byte order of RDWs and SDWs.")
    rdw_counts_itself: bool = Field(True, description="Whether an RDW's length includes its own four bytes.")
    rdw_adjustment: int = Field(0, description="Added to the length in an RDW.")
    rdw_largest: Positive = Field(32_760, description="The longest record, its RDW counted.")
    bdw_byte_order: ByteOrder = Field("big", description="Byte order of BDWs.")
    bdw_counts_itself: bool = Field(True, description="Whether a BDW's length includes its own four bytes.")
    bdw_adjustment: int = Field(0, description="Added to the length in a BDW.")
    bdw_largest: Positive = Field(32_760, description="The longest block, its BDW counted.")
    line_end: Literal["any", "lf", "crlf", "nel", "ebcdic_lf"] = Field("any", description="What ends a line of TEXT.")
    delimiter: str = Field(",", description="What separates the values of DELIMITED files.")
    quote: str = Field('"', description="What stands around a value with delimiters in it; empty for none.")
    escape: str = Field("", description="What stands before a quote that is data; empty for none.")
    header: bool = Field(False, description="Whether the first row names the values, in the copybook's order.")
    decimal_point: Literal[".", ","] = Field(".", description="What stands before the decimal places in DELIMITED.")
    length_field: FieldName | FieldPlace | None = Field(
        None, description="The field that tells the length: its name in the copybook, or its place."
    )
    fields: dict[FieldName, FieldPlace] = Field({}, description="Places of fields that expression names, by name.")
    expression: str = Field("", description="Length in bytes as arithmetic over fields.", examples=["ITEMS * 20 + 14"])
    lengths: dict[str | int, Positive] = Field({}, description="Length in bytes for each value of length_field.")
    default_length: Positive | None = Field(None, description="Length for values that lengths does not have.")
    adjustment: int = Field(0, description="Added to the length that a field or header tells.")
    header_length: Positive | None = Field(None, description="Bytes of the header before each record (HEADER).")
    counts_header: bool = Field(False, description="Whether the length in a header includes the header.")
    marker: str = Field("", pattern=r"^([0-9A-Fa-f]{2})*$", description="Bytes, in hex, that each header holds.")
    marker_offset: Count = Field(0, description="Where the marker stands in the header.")
    skip_unmarked: bool = Field(False, description="Read over records without the marker instead of stopping.")
    minimum_record_length: Count = Field(0, description="Shorter records are read over.")
    maximum_record_length: Positive | None = Field(None, description="Longer records are read over.")
    record_start_offset: Count = Field(0, description="Bytes to cut off the front of each record.")
    record_end_offset: Count = Field(0, description="Bytes to cut off the end of each record.")
    header_bytes: Count = Field(0, description="Bytes before the first record.")
    trailer_bytes: Count = Field(0, description="Bytes behind the last record.")
    header_records: Count = Field(0, description="Records at the file's begin that are no data.")
    trailer_records: Count = Field(0, description="Records at the file's end that are no data.")
    encoding: Literal["ebcdic", "ascii"] = Field("ebcdic", description="Family of the code page.")
    code_page: str | None = Field(None, description="Code page of text; cp037 for EBCDIC, latin-1 for ASCII.")
    compression: Literal["auto", "none", "gzip", "bzip2"] = Field(
        "auto", description="How the file is compressed; auto looks at its first bytes."
    )
    shifting: bool | None = Field(
        None, description="Whether what follows an OCCURS DEPENDING ON moves up; by default not in F and FB files."
    )
    counter_values: dict[FieldName, dict[str, Count]] = Field(
        {}, description="For text that counts a table: the count each text stands for."
    )
    short_records: bool = Field(
        False, description="Whether record_length may be less than the copybook's: NULL stands for what is not there."
    )
    strict_length: bool = Field(False, description="Reject records with bytes behind the copybook's last item.")
    splits: Positive = Field(1, le=64, description="Parts that a file is read in at the same time, at most.")
    on_loaded: Literal["refuse", "skip"] = Field(
        "skip",
        description="What a run does with those of its files whose content this job has loaded already: skip leaves "
        "them out and names them, refuse refuses the run. A run of which no file is left is refused in any case.",
        examples=["refuse"],
        exclude_if=lambda value: value == "skip",  # the orchestrator of the release before can read the stored job
    )

    @property
    def page(self) -> str:
        """The code page of text."""
        return self.code_page or {"ebcdic": "cp037", "ascii": "latin-1"}[self.encoding]

    @property
    def point(self) -> str:
        """The decimal point of numbers that are written out, in rows; empty where they are stored as COBOL does."""
        return self.decimal_point if self.record_format == "DELIMITED" else ""

    @property
    def fixed(self) -> bool:
        """Whether all records have one length."""
        return self.record_format in FIXED

    @property
    def moves(self) -> bool:
        """Whether tables that are not full shorten the record."""
        return not self.fixed if self.shifting is None else self.shifting

    def given(self, *names: str) -> dict[str, Any]:
        """Those of the options that the job states."""
        return {name: getattr(self, name) for name in names if name in self.model_fields_set}

    @property
    def format_options(self) -> dict[str, Any]:
        """The stated options of the record format."""
        return self.given(*(name for name, formats in _FORMATS_OF.items() if self.record_format in formats))

    def misplaced(self) -> Iterator[tuple[str, str]]:
        """Options of other record formats, each with what is wrong."""
        for name, formats in _FORMATS_OF.items():
            if name in self.model_fields_set and self.record_format not in formats:
                yield name, f"{name} belongs to record_format {' or '.join(formats)}, not {self.record_format}"
