"""``lrecl inspect``: what kind of file this is, why, and how to say it in a job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from lrecl.cli.copybooks import read_copybook
from lrecl.cli.display import console
from shared.copybook import lay_out
from shared.errors import InputError
from shared.framing.detector import HEAD_BYTES, Findings, Guess
from shared.framing.detector import inspect as findings_of


def inspect(
    file: Annotated[Path, typer.Argument(help="The file, anywhere on this machine; it may be compressed.")],
    copybook: Annotated[Path | None, typer.Option(help="The copybook that describes its records.")] = None,
    record: Annotated[str | None, typer.Option(help="Name of the 01 level, when there are several.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Tell from FILE's first bytes its record format, and print the job's section ``input`` that reads it so."""
    length = None if copybook is None else _fixed_length(copybook, record)
    head, size = _head(file)
    findings = findings_of(head, size, length)
    if as_json:
        print(json.dumps({"path": str(file), "bytes": size, **_as_json(findings)}))
        return
    _show(findings)


def _fixed_length(copybook: Path, record: str | None) -> int | None:
    layout = lay_out(read_copybook(copybook), record=record)
    return None if layout.is_variable else layout.length


def _head(path: Path) -> tuple[bytes, int]:
    """The first bytes and the size; LRF011 when the file cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES), path.stat().st_size
    except OSError as error:
        raise InputError("LRF011", f"{path} cannot be read: {error}") from error


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


def _show(findings: Findings) -> None:
    screen = console()
    for line in findings.evidence:
        screen.print(line, markup=False, highlight=False)
    for guess in findings.guesses:
        screen.print(_headline(guess), markup=False, highlight=False)
        for line in guess.evidence:
            screen.print(f"    {line}", markup=False, highlight=False)
    if findings.best is None:
        screen.print("the file is empty", markup=False)
        return
    print(f"\n{findings.to_yaml()}", end="")


def _headline(guess: Guess) -> str:
    options = guess.options()
    name = options.pop("record_format")
    said = ", ".join(f"{key} {value}" for key, value in options.items())
    return f"{guess.confidence:4.0%}  {name}  {said}".rstrip()
