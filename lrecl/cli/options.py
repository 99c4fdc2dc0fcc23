"""Options that several commands have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

JobsRoot = Annotated[Path, typer.Option("--jobs", envvar="LRECL_JOBS_ROOT", help="Folder of job definitions.")]
DEFAULT_JOBS: Final = Path("jobs")
SCHEMA: Final = os.environ.get("LRECL_DB_CONTROL_SCHEMA", "LRECL")
"""Where tables without a schema go."""
