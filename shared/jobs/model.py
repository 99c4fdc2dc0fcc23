"""The job definition: one YAML file, checked by these models. Every key has a description; unknown keys are refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

FieldName = Annotated[str, Field(min_length=1, max_length=256)]
Positive = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """What all sections share: no unknown keys, no changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Input(Section):
    """The file's form."""

    record_format: Literal["F", "FB"] = Field("F", description="RECFM: F or FB.")
    record_length: Positive | None = Field(
        None, le=32_760, description="LRECL in bytes; the copybook's length when absent.", examples=[300]
    )
    block_length: Positive | None = Field(None, description="BLKSIZE of FB files; a multiple of the record length.")
    encoding: Literal["ebcdic", "ascii"] = Field("ebcdic", description="Family of the code page.")
    code_page: str | None = Field(None, description="Code page of text; cp037 for EBCDIC, latin-1 for ASCII.")

    @model_validator(mode="after")
    def _blocks_hold_whole_records(self) -> Self:
        if self.block_length and self.record_format == "F":
            raise ValueError("block_length belongs to record_format FB")
        if self.block_length and self.record_length and self.block_length % self.record_length:
            raise ValueError(f"block_length {self.block_length} is no multiple of record_length {self.record_length}")
        return self


class CopybookRef(Section):
    """Which copybook describes the records."""

    path: str = Field(description="Path of the copybook, relative to the job's folder.", examples=["customer.cpy"])
    record: str | None = Field(None, description="Name of the 01 level, when the copybook has several.")


class FieldOptions(Section):
    """What to do differently with one field."""

    column: str | None = Field(None, description="Column name; by default the field's with _ for -.")
    skip: bool = Field(False, description="Leave the field out of the tables.")
    type: Literal["char", "varchar", "smallint", "integer", "bigint", "decimal", "date"] | None = Field(
        None, description="Column type instead of the one that the picture implies."
    )
    format: str | None = Field(None, description="Form of a date.", examples=["YYYYMMDD"])
    null_when: list[Literal["spaces", "low_values", "high_values", "zeros"]] = Field(
        [], description="Fillings that mean: no value."
    )
    trim: Literal["none", "right", "both"] = Field("right", description="Which blanks of text to drop.")
    pii: bool = Field(False, description="Marks personal data; shown in layouts and reports.")

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
        """YAML reads NO and ON as booleans: a list of countries would lose Norway without a word."""
        if isinstance(values, list) and any(isinstance(value, bool) for value in values):
            raise ValueError("YAML reads an unquoted yes, no, on, off, true or false as a boolean: put it in quotes")
        return values

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


class Tuning(Section):
    """Sizes that rarely need a change."""

    batch_records: Positive = Field(5_000, le=100_000, description="Records in a batch, at most.")
    batch_bytes: Positive = Field(1_048_576, le=8 * 1_048_576, description="Bytes in a batch, at most.")
    merge_chunk_rows: Positive = Field(200_000, description="Rows merged in one transaction.")


class Generator(Section):
    """How ``lrecl generate`` fills a field of sample data; by default from its picture."""

    kind: Literal["sequence", "choice", "number", "date", "words", "constant"]
    start: int = 1
    values: list[str] = []
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
    input: Input = Field(default_factory=Input)
    copybook: CopybookRef
    fields: dict[FieldName, FieldOptions] = {}
    rules: list[RuleSpec] = []
    target: Target
    control: Control = Field(default_factory=Control)
    gate: Gate = Field(default_factory=Gate)
    tuning: Tuning = Field(default_factory=Tuning)
    sample: dict[FieldName, Generator] = Field({}, description="How sample data is made, per field.")


def schema() -> dict[str, Any]:
    """The JSON schema of a job definition."""
    return Job.model_json_schema()
