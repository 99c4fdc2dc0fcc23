"""What all sections of a job definition share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

FieldName = Annotated[str, Field(min_length=1, max_length=256)]
Positive = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]


class Section(BaseModel):
    """No unknown keys, no changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def without_booleans(values: object) -> object:
    """YAML reads NO and ON as booleans: a list of countries would lose Norway without a word."""
    if isinstance(values, list) and any(isinstance(value, bool) for value in values):
        raise ValueError("YAML reads an unquoted yes, no, on, off, true or false as a boolean: put it in quotes")
    return values
