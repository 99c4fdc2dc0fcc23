"""The job definition: one YAML file, checked by these models. Every key has a description; unknown keys are refused."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from shared.jobs.inputs import ByteOrder, Input
from shared.jobs.section import FieldName, Positive, Section, without_booleans


class CopybookRef(Section):
    """Which copybook describes the records."""

    path: str | None = Field(
        None, description="Path of the copybook, relative to the job's folder.", examples=["customer.cpy"]
    )
    paths: list[str] = Field([], description="Several copybooks; their 01 levels describe the same bytes.")
    record: str | None = Field(None, description="Name of the 01 level, when there are several.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.path is None) == (not self.paths):
            raise ValueError("a copybook needs path, or paths for several")
        return self

    @property
    def files(self) -> list[str]:
        """The paths."""
        return [self.path] if self.path is not None else self.paths


class Policies(Section):
    """How fields are read; what is not said falls back to the group around the field, then to the job's decoding."""

    trim: Literal["none", "left", "right", "both"] | None = Field(None, description="Which blanks of text to drop.")
    controls: Literal["keep", "space", "drop"] | None = Field(
        None, description="What becomes of control characters in text: they stay, become spaces, or are left out."
    )
    null_when: list[Literal["spaces", "low_values", "high_values", "zeros"]] | None = Field(
        None, description="Fillings that mean: no value."
    )
    invalid: Literal["reject", "null", "raw"] | None = Field(
        None, description="Values that do not decode: reject the record, be NULL, or NULL with their bytes beside."
    )
    strict_sign: bool | None = Field(None, description="Take only the signs that COBOL programs write.")
    padded_digits: bool | None = Field(
        None, description="Read DISPLAY numbers with fewer digits than their picture, blanks or X'00' around them."
    )
    float_form: Literal["ibm", "ieee"] | None = Field(None, description="Form of COMP-1 and COMP-2.")
    byte_order: ByteOrder | None = Field(
        None, description="Byte order of COMP-5, COMP-1 and COMP-2; at a field also of COMP."
    )
    binary: Literal["picture", "native"] | None = Field(
        None, description="What COMP may hold: the digits of its picture, or all that its bytes can (TRUNC(BIN))."
    )
    edited: Literal["text", "number"] | None = Field(None, description="What becomes of edited numbers, as PIC ZZ9.99.")


class FieldOptions(Policies):
    """What to do differently with one field, or with all fields of a group or table."""

    column: str | None = Field(None, description="Column name; by default the field's with _ for -.")
    skip: bool | None = Field(None, description="Leave the field out of the tables.")
    type: Literal["char", "varchar", "smallint", "integer", "bigint", "decimal", "double", "date"] | None = Field(
        None, description="Column type instead of the one that the picture implies."
    )
    format: str | None = Field(None, description="Form of a date.", examples=["YYYYMMDD"])
    code_page: str | None = Field(None, description="Code page, where it is not the file's.")
    pii: bool | None = Field(None, description="Marks personal data; shown in layouts and reports.")

    @model_validator(mode="after")
    def _dates_have_a_form(self) -> Self:
        if (self.type == "date") != (self.format is not None):
            raise ValueError("type: date and format belong together")
        return self


class Range(Section):
    """Both ends included; one may be left open."""

    min: Decimal | None = None
    max: Decimal | None = None


class RuleSpec(Section):
    """One rule over one field: exactly one of required, range, in_list, date."""

    field: FieldName
    required: Literal[True] | None = Field(None, description="The field must not be empty or null.")
    range: Range | None = Field(None, description="A number must lie within.")
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
    """Where the rows go."""

    staging_table: str = Field(description="Table that batches are inserted into; made by lrecl.")
    final_table: str = Field(description="Table that the staged rows are merged into.")
    key: list[str] = Field(min_length=1, description="Columns that identify a row of the final table.")
    merge: Literal["upsert"] = Field("upsert", description="Existing keys are updated, new ones inserted.")
    create_final: bool = Field(False, description="Let lrecl make the final table when it is missing.")


Values = Annotated[list[str | int | Decimal], Field(min_length=1)]


TypeName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,62}$")]


class RecordSpec(Section):
    """One type of records: how to tell them, what they hold, and where they go."""

    when: dict[FieldName, Values] = Field(
        {}, description="Fields and the values of which each holds one; none: the rest."
    )
    record: str | None = Field(None, description="Name of the 01 level that describes them.")
    redefines: list[FieldName] = Field([], description="The redefinitions that hold in these records.")
    parent: str | None = Field(None, description="Type of the records above them in a hierarchical file.")
    inherit: dict[str, str] = Field(
        {}, description="Columns that come from the record above.", examples=[{"CUSTOMER_ID": "CUSTOMER.CUST-ID"}]
    )
    fields: dict[FieldName, FieldOptions] = Field({}, description="What to do differently with fields.")
    rules: list[RuleSpec] = Field([], description="What the values must hold to.")
    target: Target | None = Field(None, description="Where the rows go; without it the records are read over.")

    @field_validator("when", mode="before")
    @classmethod
    def _single_values(cls, when: object) -> object:
        """A value alone is a list of one."""
        if not isinstance(when, dict):
            return when
        listed = {name: values if isinstance(values, list) else [values] for name, values in when.items()}
        return {name: without_booleans(values) for name, values in listed.items()}


class Control(Section):
    """What the sender says the file holds."""

    totals: list[FieldName] = Field([], description="Fields whose values are summed and reconciled.")
    side_file: str | None = Field(
        None,
        description="Name of a control file beside the input; {name} is the input's name.",
        examples=["{name}.ctl"],
    )


class Gate(Section):
    """When a run must stop instead of merging."""

    max_reject_ratio: float = Field(
        0.05, ge=0, le=1, description="Share of rejected records above which the run fails."
    )
    max_rejects: int | None = Field(None, ge=0, description="Count of rejected records above which the run fails.")
    ratio_after_records: Positive = Field(
        10_000, description="Records that must have been read before the share can stop a run that still loads."
    )
    max_consecutive_rejects: Positive = Field(
        1_000, description="Records rejected in a row above which the run fails: the records may be misaligned."
    )
    stall_seconds: float = Field(
        300.0, gt=0, description="Seconds without a new batch in the database after which a run counts as stalled."
    )


class Tuning(Section):
    """Sizes that rarely need a change."""

    batch_records: Positive = Field(5_000, le=100_000, description="Records in a batch, at most.")
    batch_bytes: Positive = Field(1_048_576, le=8 * 1_048_576, description="Bytes in a batch, at most.")
    merge_chunk_rows: Positive = Field(200_000, description="Rows merged in one transaction.")


class Generator(Section):
    """How ``lrecl generate`` fills a field of sample data; by default from its picture."""

    kind: Literal["sequence", "choice", "number", "date", "words", "constant"]
    start: int = 1
    values: list[str] = Field([], description="What choice, words and constant take from.")
    min: int = 0
    max: int | None = None
    spoil: bool = Field(True, description="Whether bad records may be spoilt in this field.")

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        if self.kind in ("choice", "words", "constant") and not self.values:
            raise ValueError(f"generator {self.kind} needs values")
        return self


class Job(Section):
    """A job definition."""

    job: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$", description="Name of the job; its folder's name.")
    description: str = Field("", description="What the job loads, for people.")
    input: Input = Field(default_factory=Input, description="The file's form.")
    copybook: CopybookRef
    decoding: Policies = Field(default_factory=Policies, description="How fields are read, unless said otherwise.")
    fields: dict[FieldName, FieldOptions] = Field({}, description="What to do differently with fields.")
    rules: list[RuleSpec] = Field([], description="What the values must hold to.")
    target: Target | None = Field(None, description="Where the rows go.")
    records: dict[TypeName, RecordSpec] = Field({}, description="Types of records, tried in their order.")
    unmatched: Literal["reject", "skip"] = Field("reject", description="What becomes of records of no type.")
    control: Control = Field(default_factory=Control)
    gate: Gate = Field(default_factory=Gate)
    tuning: Tuning = Field(default_factory=Tuning)
    sample: dict[FieldName, Generator] = Field({}, description="How sample data is made, per field.")

    def problems(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """What does not go together: keys, and what is wrong with each."""
        for name, message in self.input.misplaced():
            yield ("input", name), message
        if not self.records:
            if self.target is None:
                yield (), "a job needs a target, or records with targets"
            if self.unmatched == "skip":
                yield ("unmatched",), "only a job with records can have unmatched ones"
            return
        for name in ("target", "rules"):
            if getattr(self, name):
                yield (name,), f"{name} stands at each type when a job has records"
        if self.sample:
            yield ("sample",), "sample data is made for jobs with one type of records only"
        if not any(one.target for one in self.records.values()):
            yield ("records",), "no type of records has a target"


def schema() -> dict[str, Any]:
    """The JSON schema of a job definition."""
    return Job.model_json_schema()
