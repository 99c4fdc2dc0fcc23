"""What rows of delimited files became. Apart from ``rows``, which needs the csv module and the framing: most pool
children never meet such a file, and there are several of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.shaping import Shaped

if TYPE_CHECKING:
    from shared.transform.rows import RowFaults


@dataclass(frozen=True, slots=True, eq=False)
class SplitRows(Shaped):
    """Rows as a matrix, and what tells where in a row a value stands."""

    faults: RowFaults
