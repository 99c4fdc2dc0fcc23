"""Mutated rows of delimited files through a plan: held to what ``transforming`` holds records to."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Final

from shared.framing.delimited import DelimitedFraming
from shared.transform.plan import RowForm
from tests.benchmarks import rows
from tests.fuzz.records import RECORDS, mutated
from tests.fuzz.transforming import Case, Transforming

_DIALECTS: Final = (DelimitedFraming(), DelimitedFraming(quote=""), DelimitedFraming(escape="\\"))
_PAGES: Final = ("latin-1", "utf-8", "ascii")


class Rows(Transforming):
    """The target; a unit is a row."""

    def make(self, dice: random.Random) -> Case:
        plan = rows.plan()
        page = dice.choice(_PAGES)
        record = plan.records[0]
        columns = tuple(replace(one, spec=replace(one.spec, code_page=page)) for one in record.columns)
        cells = plan.rows.cells if plan.rows else ()
        form = RowForm(dice.choice(_DIALECTS).to_dict(), cells)
        made = rows.rows(RECORDS, dice.randrange(1_000), 0.3)
        spoilt = dice.choice((0.1, 1))
        spoiled = [mutated(one, dice) if dice.random() < spoilt else one for one in made]
        return Case(replace(plan, records=(replace(record, columns=columns),), rows=form), spoiled)
