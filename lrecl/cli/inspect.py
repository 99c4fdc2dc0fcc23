"""``lrecl inspect``: what kind of file this is, the evidence for it, and the job's section that reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lrecl.cli.display import console
from lrecl.cli.files import INPUT_HELP, head
from lrecl.cli.layout import read_copybook
from lrecl.cli.options import AsJson, RecordName
from shared.copybook import lay_out

if TYPE_CHECKING:
    from shared.framing.detector import Findings, Guess


def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=f"A file, which may be compressed. {INPUT_HELP}")],
    copybook: Annotated[
        Path | None, typer.Option(metavar="COPYBOOK", help="The copybook that describes its records.")
    ] = None,
    record: RecordName = None,
    as_json: AsJson = False,
) -> None:
    """Find FILE's record format from its first bytes, and print the `input` section of a job that reads it."""
    from shared.framing.detector import HEAD_BYTES
    from shared.framing.detector import inspect as findings_of

    length = None if copybook is None else _fixed_length(copybook, record)
    first, size = head(file, HEAD_BYTES)
    findings = findings_of(first, size, length)
    if as_json:
        print(json.dumps({"path": str(file), "bytes": size, **_as_json(findings)}))
    else:
        _print(findings)


def _fixed_length(copybook: Path, record: str | None) -> int | None:
    layout = lay_out(read_copybook(copybook), record=record)
    return None if layout.is_variable else layout.length


def _as_json(findings: Findings) -> dict[str, Any]:
    return {
        "compression": findings.compression,
        "encoding": findings.encoding,
        "code_page": findings.code_page,
        "evidence": list(findings.evidence),
        "guesses": [
            {"confidence": round(one.confidence, 3), "evidence": list(one.evidence), "options": one.options()}
            for one in findings.guesses
        ],
        "input": findings.input_options(),
    }


def _print(findings: Findings) -> None:
    screen = console()
    for line in findings.evidence:
        screen.print(line, markup=False, highlight=False)
    for guess in findings.guesses:
        screen.print(_headline(guess), markup=False, highlight=False)
        for line in guess.evidence:
            screen.print(f"    {line}", markup=False, highlight=False)
    if findings.best is None:
        screen.print("the file is empty", markup=False)
    else:
        print(f"\n{findings.to_yaml()}", end="")


def _headline(guess: Guess) -> str:
    options = guess.options()
    name = options.pop("record_format")
    said = ", ".join(f"{key} {value}" for key, value in options.items())
    return f"{guess.confidence:4.0%}  {name}  {said}".rstrip()
