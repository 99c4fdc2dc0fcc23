"""The job definition: the models that check its YAML file. Every key has a description; unknown keys are refused."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from shared.jobs.input_section import ByteOrder, FieldName, Input, Positive, Section, without_booleans


class CopybookRef(Section):
    """The copybook of the records."""

    path: str | None = Field(
        None, description="Path of the copybook, relative to the job's folder.", examples=["customer.cpy"]
    )
    paths: list[str] = Field([], description="Paths of several copybooks; their 01 levels describe the same bytes.")
    record: str | None = Field(None, description="Name of the 01 level, if there are several.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.path is None) == (not self.paths):
            raise ValueError("a copybook needs either path, or paths for several copybooks")
        return self

    @property
    def files(self) -> list[str]:
        """The paths of the copybooks."""
        return [self.path] if self.path is not None else self.paths


class Policies(Section):
    """How fields are decoded. Options that a field does not state come from its group, and then from the job."""

    trim: Literal["none", "left", "right", "both"] | None = Field(None, description="Which spaces of text to remove.")
    controls: Literal["keep", "space", "drop"] | None = Field(
        None, description="What happens to control characters in text: they stay, become spaces, or are removed."
    )
    null_when: list[Literal["spaces", "low_values", "high_values", "zeros"]] | None = Field(
        None, description="Contents that mean NULL."
    )
    invalid: Literal["reject", "null", "raw"] | None = Field(
        None,
        description="Values that do not decode: the record is rejected, the value is NULL, or it is NULL and "
        "a second column has its bytes.",
    )
    strict_sign: bool | None = Field(None, description="Accept only the signs that COBOL programs write.")
    padded_digits: bool | None = Field(
        None,
        description="Accept DISPLAY numbers with fewer digits than their picture, and spaces or X'00' around them.",
    )
    float_form: Literal["ibm", "ieee"] | None = Field(None, description="Form of COMP-1 and COMP-2.")
    byte_order: ByteOrder | None = Field(
        None, description="Byte order of COMP-5, COMP-1 and COMP-2; stated for a field, also of COMP."
    )
    binary: Literal["picture", "native"] | None = Field(
        None, description="Range of COMP: the digits of its picture, or all values of its bytes (TRUNC(BIN))."
    )
    edited: Literal["text", "number"] | None = Field(None, description="What edited numbers such as PIC ZZ9.99 become.")


class FieldOptions(Policies):
    """Options of one field, or of all fields of a group or table."""

    column: str | None = Field(None, description="Name of the column; by default that of the field with _ for -.")
    skip: bool | None = Field(None, description="Do not load the field.")
    type: Literal["char", "varchar", "smallint", "integer", "bigint", "decimal", "double", "date"] | None = Field(
        None, description="Type of the column, instead of the type that the picture implies."
    )
    format: str | None = Field(None, description="Form of a date.", examples=["YYYYMMDD"])
    code_page: str | None = Field(None, description="Code page, if it is not that of the file.")
    pii: bool | None = Field(None, description="Marks personal data, for readers of the definition.")

    @model_validator(mode="after")
    def _dates_have_a_form(self) -> Self:
        if (self.type == "date") != (self.format is not None):
            raise ValueError("type: date needs format, and format needs type: date")
        return self


class Range(Section):
    """A range including its bounds; one of them may be missing."""

    min: Decimal | None = None
    max: Decimal | None = None


class RuleSpec(Section):
    """A rule for one field: exactly one of required, range, in_list, date."""

    field: FieldName
    required: Literal[True] | None = Field(None, description="The field must not be empty or NULL.")
    range: Range | None = Field(None, description="The number must be in the range.")
    in_list: list[str | int | Decimal] | None = Field(None, min_length=1, description="The value must be one of these.")
    date: str | None = Field(None, description="The value must be a calendar date of this form.")

    @field_validator("in_list", mode="before")
    @classmethod
    def _no_booleans(cls, values: object) -> object:
        return without_booleans(values)

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name in ("required", "range", "in_list", "date") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a rule needs exactly one of required, range, in_list, date; found {given or 'none'}")
        return self


class Target(Section):
    """The tables for the rows."""

    staging_table: str = Field(description="Table into which batches are inserted; lrecl creates it.")
    final_table: str = Field(description="Table into which the staged rows are merged.")
    key: list[str] = Field(min_length=1, description="Columns that identify a row of the final table.")
    merge: Literal["upsert"] = Field("upsert", description="Rows with existing keys are updated, others are inserted.")
    create_final: bool = Field(False, description="Whether lrecl creates the final table if it does not exist.")


Values = Annotated[list[str | int | Decimal], Field(min_length=1)]


TypeName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,62}$")]


class RecordSpec(Section):
    """A record type: its conditions, its fields, and its tables."""

    when: dict[FieldName, Values] = Field(
        {}, description="Fields, each with the values of which it has one; without fields, all other records."
    )
    record: str | None = Field(None, description="Name of the 01 level of these records.")
    redefines: list[FieldName] = Field([], description="Redefinitions that are active in these records.")
    parent: str | None = Field(None, description="Type of the records above these in a hierarchical file.")
    inherit: dict[str, str] = Field(
        {}, description="Columns that come from a record above.", examples=[{"CUSTOMER_ID": "CUSTOMER.CUST-ID"}]
    )
    fields: dict[FieldName, FieldOptions] = Field({}, description="Options of fields.")
    rules: list[RuleSpec] = Field([], description="Rules for the values of fields.")
    target: Target | None = Field(None, description="Tables for the rows; without it the records are skipped.")

    @field_validator("when", mode="before")
    @classmethod
    def _single_values(cls, when: object) -> object:
        """A single value becomes a list of one."""
        if not isinstance(when, dict):
            return when
        listed = {name: values if isinstance(values, list) else [values] for name, values in when.items()}
        return {name: without_booleans(values) for name, values in listed.items()}


class Control(Section):
    """What the sender states about the content of the file."""

    totals: list[FieldName] = Field([], description="Fields whose sums are compared with those of the sender.")
    side_file: str | None = Field(
        None,
        description="Name of the control file in the folder of the input; {name} stands for the input's name.",
        examples=["{name}.ctl"],
    )


class Gate(Section):
    """When a run stops instead of merging."""

    max_reject_ratio: float = Field(
        0.05, ge=0, le=1, description="Share of rejected records above which the run fails."
    )
    max_rejects: int | None = Field(None, ge=0, description="Count of rejected records above which the run fails.")
    ratio_after_records: Positive = Field(
        10_000, description="Records after which the share can stop a run that is still loading."
    )
    max_consecutive_rejects: Positive = Field(
        1_000, description="Consecutive rejected records above which the run fails, because records may be misaligned."
    )
    stall_seconds: float = Field(
        300.0, gt=0, description="Seconds without a new batch in the database after which a run is stalled."
    )


class Tuning(Section):
    """Sizes that rarely need to be changed."""

    batch_records: Positive = Field(5_000, le=100_000, description="Most records in a batch.")
    batch_bytes: Positive = Field(1_048_576, le=8 * 1_048_576, description="Most bytes in a batch.")
    merge_chunk_rows: Positive = Field(200_000, description="Rows that are merged in one transaction.")


class Generator(Section):
    """How ``lrecl generate`` fills a field of sample data. By default the picture decides."""

    kind: Literal["sequence", "choice", "number", "date", "words", "constant"]
    start: int = 1
    values: list[str] = Field([], description="The values for choice, words and constant.")
    min: int = 0
    max: int | None = None
    spoil: bool = Field(True, description="Whether bad records may have their fault in this field.")

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        if self.kind in ("choice", "words", "constant") and not self.values:
            raise ValueError(f"generator {self.kind} needs values")
        return self


class Job(Section):
    """A job definition."""

    job: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$", description="Name of the job and of its folder.")
    description: str = Field("", description="What the job loads.")
    input: Input = Field(default_factory=Input, description="Form of the file.")
    copybook: CopybookRef
    decoding: Policies = Field(
        default_factory=Policies, description="How fields are decoded, unless they state otherwise."
    )
    fields: dict[FieldName, FieldOptions] = Field({}, description="Options of fields.")
    rules: list[RuleSpec] = Field([], description="Rules for the values of fields.")
    target: Target | None = Field(None, description="Tables for the rows.")
    records: dict[TypeName, RecordSpec] = Field({}, description="Record types, which are tried in their order.")
    unmatched: Literal["reject", "skip"] = Field("reject", description="What happens to records without a type.")
    control: Control = Field(default_factory=Control)
    gate: Gate = Field(default_factory=Gate)
    tuning: Tuning = Field(default_factory=Tuning)
    sample: dict[FieldName, Generator] = Field({}, description="How sample data is generated, by field.")

    def problems(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Keys that do not fit each other, each with a message."""
        for name, message in self.input.misplaced():
            yield ("input", name), message
        if not self.records:
            if self.target is None:
                yield (), "a job needs a target, or records with targets"
            if self.unmatched == "skip":
                yield ("unmatched",), "only a job with records has unmatched records"
            return
        for name in ("target", "rules"):
            if getattr(self, name):
                yield (name,), f"a job with records states {name} for each type"
        if self.sample:
            yield ("sample",), "sample data is generated only for jobs with one record type"
        if not any(one.target for one in self.records.values()):
            yield ("records",), "no record type has a target"


def schema() -> dict[str, Any]:
    """The JSON schema of a job definition."""
    return Job.model_json_schema()
