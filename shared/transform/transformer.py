"""One batch of records through a plan: sort by type, decode, hold to the rules, make rows, rejects and totals.

framed      where the records of a batch lie
sorting     which type each is of
needed      which columns of which type are decoded
decoding    the records of one type as columns (``cells``), with the shaper's help where they vary
kinship     which records stand above which; inheriting: what they hand down
loading     one type's columns, held to its rules (``rules``), as rows, rejects (``rejecting``) and totals
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.batch.columns import RowBatch
from shared.batch.rejects import Reject
from shared.scaled_decimals import Total
from shared.shaping.counters import ALL, Rows
from shared.transform.decoding import Decoded, TypeDecoder
from shared.transform.faults import bad_parts
from shared.transform.framed import Framed, frame_fixed, frame_parts
from shared.transform.inheriting import parents_of
from shared.transform.kinship import Kinship
from shared.transform.loading import Loaded, Loader
from shared.transform.needed import Needed
from shared.transform.plan import Plan
from shared.transform.rejecting import to_reject
from shared.transform.sorting import NO_TYPE, Places, Sorter

Data = bytes | memoryview
Part = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch: rows of each loaded type's table, rejects and ``skipped`` are the records read."""

    tables: list[RowBatch]
    rejects: list[Reject]
    totals: list[Total]
    skipped: int = 0

    @property
    def valid(self) -> int:
        """Rows of all tables."""
        return sum(map(len, self.tables))


class Transformer:
    """A plan made ready; it keeps nothing between batches.

    A record of a type with a parent needs one before it, open still; whether the parent itself is loaded or rejected
    does not matter, as long as the columns that are inherited from it have values.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._sorter, self._kinship = Sorter(plan.types), Kinship(plan.types)
        needed = Needed(plan)
        self._decoders = {
            place: TypeDecoder(plan, record, needed.columns[place])
            for place, record in enumerate(plan.records)
            if place in needed.columns
        }
        self._loaders = {
            place: Loader(record, needed.places_inherited(record))
            for place, record in enumerate(plan.records)
            if record.staging_table
        }

    def run(
        self,
        data: bytes | memoryview,
        offset: int,
        first_record_no: int,
        *,
        offsets: Part | None = None,
        lengths: Part | None = None,
        open_records: int = 0,
    ) -> Outcome:
        """Transform whole records, back to back in ``data``.

        Without ``offsets`` and ``lengths``, (n,) integers, they have the plan's record length and lie one after the
        other from the byte ``offset`` of the input. The first ``open_records`` lie before the batch, for their
        children.
        LRP020 when ``data`` is not a whole number of records, LRP021 when offsets and lengths are not theirs.
        """
        framed = self._framed(data, offset, first_record_no, (offsets, lengths), open_records)
        places = self._sorter.places(framed)
        decoded = {place: one.decode(framed, _rows_of(places, place)) for place, one in self._decoders.items()}
        loaded = [self._load(place, decoded, places) for place in self._loaders]
        rejects = [reject for one in loaded for reject in one.rejects]
        skipped, unknown = self._not_loaded(places[framed.context :])
        if len(loaded) > 1 or len(unknown):
            rejects += [self._unknown(framed, row + framed.context) for row in unknown.tolist()]
            rejects.sort(key=lambda reject: reject.record_no)
        totals = [total for one in loaded for total in one.totals]
        return Outcome([one.rows for one in loaded], rejects, totals, skipped)

    def _framed(
        self, data: Data, offset: int, first_record_no: int, parts: tuple[Part | None, Part | None], context: int
    ) -> Framed:
        length, (offsets, lengths) = self.plan.record_length, parts
        if offsets is not None and lengths is not None:
            return frame_parts(data, length, first_record_no, (offsets, lengths), context)
        if offsets is not None or lengths is not None or context:
            raise bad_parts(
                "a batch has offsets without lengths, lengths without offsets, or open records without both"
            )
        if length is None:
            raise bad_parts("records of the plan vary in length, but a batch does not say where they lie")
        return frame_fixed(data, length, offset, first_record_no)

    def _load(self, place: int, decoded: Mapping[int, Decoded], places: Places) -> Loaded:
        loader, mine = self._loaders[place], decoded[place]
        parents = {}
        for name in loader.ancestors:
            last = self._kinship.last(name, places)
            parents[name] = parents_of(mine, name, decoded[self._kinship.places[name]], last)
        return loader.load(mine, parents)

    def _not_loaded(self, places: Places) -> tuple[int, npt.NDArray[np.intp]]:
        """How many of these records are read over, and the rows of those that are of no type and are rejected."""
        count = len(places) - sum(int(np.count_nonzero(places == place)) for place in self._loaders)
        unknown = np.flatnonzero(places == NO_TYPE) if count and not self.plan.skip_unmatched else np.zeros(0, np.intp)
        return count - len(unknown), unknown

    def _unknown(self, framed: Framed, row: int) -> Reject:
        return to_reject(framed, row, self._sorter.explain(framed.record(row)))


def _rows_of(places: Places, place: int) -> Rows:
    rows = np.flatnonzero(places == place)
    return ALL if len(rows) == len(places) else rows
