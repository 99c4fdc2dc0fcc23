"""What lrecl adds to each staged row: which run and batch it came from, where in the file, and who wrote it."""

from __future__ import annotations

from typing import Final

from shared.batch.types import SqlType, TargetColumn

RUN_ID: Final = TargetColumn("RUN_ID", SqlType.VARCHAR, 32, nullable=False)
BATCH_NO: Final = TargetColumn("BATCH_NO", SqlType.BIGINT, nullable=False)
RECORD_OFFSET: Final = TargetColumn("RECORD_OFFSET", SqlType.BIGINT, nullable=False)
WORKER_ID: Final = TargetColumn("WORKER_ID", SqlType.VARCHAR, 64, nullable=False)

STAGING_COLUMNS: Final = (RUN_ID, BATCH_NO, RECORD_OFFSET, WORKER_ID)
"""In front of the job's columns, in every staging table; the key is (RUN_ID, RECORD_OFFSET)."""
