"""What the corpus' index lists."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Case:
    """One case; ``given`` is its entry in the index, as it stands there."""

    root: Path
    given: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.given["id"])

    @property
    def kind(self) -> str:
        return str(self.given["kind"])

    @property
    def options(self) -> dict[str, str]:
        return {key: str(value) for key, value in self.given.get("options", {}).items()}

    @property
    def copybooks(self) -> list[str]:
        """Their texts."""
        if "copybook_text" in self.given:
            return [self.given["copybook_text"]]
        return [(self.root / path).read_text("utf-8") for path in _listed(self.given, "copybooks", "copybook")]

    @property
    def data(self) -> list[bytes]:
        """The contents of the data files."""
        if "data_hex" in self.given:
            return [bytes.fromhex(self.given["data_hex"])]
        return [path.read_bytes() for path in self.paths]

    @property
    def paths(self) -> list[Path]:
        """The data files."""
        return [self.root / path for path in _listed(self.given, "data")]

    @property
    def expected_rows(self) -> list[dict[str, Any]]:
        """Rows with their numbers as exact decimals."""
        if self.given.get("expected_rows") is not None:
            return list(json.loads(json.dumps(self.given["expected_rows"]), parse_float=Decimal))
        lines = (self.root / self.given["expected"]).read_text("utf-8").split("\n")
        return [json.loads(line, parse_float=Decimal) for line in lines if line.strip()]

    @property
    def ignored(self) -> set[str]:
        """Columns that exist in the source's tool only."""
        return set(self.given.get("ignore_columns", ()))


def cases_of(root: Path) -> list[Case]:
    """All cases of the index, in its order."""
    index = json.loads((root / "index.json").read_text("utf-8"))
    return [Case(root, given) for given in index["cases"]]


def _listed(given: dict[str, Any], *names: str) -> list[str]:
    found = next(given[name] for name in names if name in given)
    return [found] if isinstance(found, str) else list(found)
