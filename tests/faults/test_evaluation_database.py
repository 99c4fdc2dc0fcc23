"""What lrecl needs of Derby, where it stands in for Db2, to stay alive."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Site

pytestmark = pytest.mark.database


def test_derby_lets_no_prepared_statement_give_way_to_another(site: Site) -> None:
    """Evicting one may hang all sessions for ever (see deploy/derby/properties.py); 100 fit by default."""
    for number in range(150):
        site.operator.query("SELECT RUN_ID FROM {schema}.RUN WHERE FORCED = {number}", number=number)
    (row,) = site.operator.query("SELECT COUNT(*) AS STATEMENTS FROM SYSCS_DIAG.STATEMENT_CACHE")
    assert row["statements"] > 150
