"""Rows of the ledger and of REJECT as columns, for the array insert that staged rows use too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from shared.batch.columns import BatchColumn, constant
from shared.batch.rejects import Reject
from shared.batch.types import BATCH_NO, RECORD_OFFSET, RUN_ID, SqlType, TargetColumn
from shared.database.errors import encoded
from shared.messaging.messages import CODE_BYTES, ProcessedBatch
from shared.scaled_decimals import format_totals
from shared.texts import cut_text

_HEX_PER_ROW: Final = 16_000
_MESSAGE_BYTES: Final = 1000
_FIELD_BYTES: Final = 256
_CHECKSUM: Final = TargetColumn("CHECKSUM", SqlType.CHAR, 32)


def _text(name: str, length: int) -> TargetColumn:
    return TargetColumn(name, SqlType.VARCHAR, length)


def _number(name: str, kind: SqlType = SqlType.INTEGER) -> TargetColumn:
    return TargetColumn(name, kind)


LEDGER_COLUMNS: Final = (
    RUN_ID,
    BATCH_NO,
    _number("SPLIT_NO"),
    _number("START_OFFSET", SqlType.BIGINT),
    _number("BYTES", SqlType.BIGINT),
    _number("RECORDS_READ"),
    _number("RECORDS_VALID"),
    _number("RECORDS_REJECTED"),
    _number("RECORDS_SKIPPED"),
    _number("FIRST_RECORD_NO", SqlType.BIGINT),
    _number("BLOCK_END", SqlType.BIGINT),
    _text("CONTROL_TOTALS", 4000),
    _CHECKSUM,
    _text("PROCESSOR_ID", 64),
    _text("WRITER_ID", 64),
    _number("DECODE_MICROS", SqlType.BIGINT),
)

REJECT_COLUMNS: Final = (
    RUN_ID,
    RECORD_OFFSET,
    _number("PART", SqlType.SMALLINT),
    BATCH_NO,
    _number("RECORD_NO", SqlType.BIGINT),
    _text("FIELD", _FIELD_BYTES),
    _number("FIELD_OFFSET"),
    TargetColumn("CODE", SqlType.CHAR, CODE_BYTES),
    _text("MESSAGE", _MESSAGE_BYTES),
    _number("FAULTS"),
    _text("RAW_HEX", _HEX_PER_ROW),
)


def refuse_unfit(rejects: Sequence[Reject]) -> None:
    """Raise ValueError for a reject whose values no row can hold. Field and message are not among them: they are cut.

    The rejects of a batch are read from JSON without a model.
    """
    for reject in rejects:
        texts = (reject.field, reject.code, reject.message, reject.raw_hex)
        bigints, integers = (reject.offset, reject.record_no), (reject.field_offset, reject.faults)
        if not (
            all(type(text) is str for text in texts)
            and all(type(number) is int and -(2**63) <= number < 2**63 for number in bigints)
            and all(type(number) is int and -(2**31) <= number < 2**31 for number in integers)
            and 0 < len(reject.code) <= CODE_BYTES
            and (reject.code + reject.raw_hex).isascii()
        ):
            raise ValueError(f"the reject of the record at {reject.offset!r} does not fit its columns")


def ledger_row(message: ProcessedBatch, writer_id: str) -> list[BatchColumn]:
    """The batch's row of the ledger as columns of one value."""
    values: tuple[str | int, ...] = (
        message.run_id,
        message.batch_no,
        message.split_no,
        message.offset,
        message.end - message.offset,
        message.records_read,
        message.records_valid,
        message.records_rejected,
        message.records_skipped,
        message.first_record_no,
        message.block_end,
        format_totals(message.totals),
        message.checksum,
        message.processor_id,
        writer_id,
        message.decode_micros,
    )
    return [constant(target, value, 1) for target, value in zip(LEDGER_COLUMNS, values, strict=True)]


def duplicate_row(message: ProcessedBatch) -> list[BatchColumn]:
    """Run, batch number and checksum: the parameters that find the batch's row of the ledger."""
    return [
        constant(RUN_ID, message.run_id, 1),
        constant(BATCH_NO, message.batch_no, 1),
        constant(_CHECKSUM, message.checksum, 1),
    ]


def reject_rows(message: ProcessedBatch, rejects: Sequence[Reject]) -> list[BatchColumn]:
    """The rejects as columns, or an empty list without rejects.

    RAW_HEX of one row holds 8,000 bytes of a record. A longer record continues in rows of further parts.
    """
    rows = [
        (
            message.run_id,
            reject.offset,
            part,
            message.batch_no,
            reject.record_no,
            cut_text(reject.field, _FIELD_BYTES),
            reject.field_offset,
            reject.code,
            cut_text(reject.message, _MESSAGE_BYTES),
            reject.faults,
            reject.raw_hex[start : start + _HEX_PER_ROW],
        )
        for reject in rejects
        for part, start in enumerate(range(0, max(len(reject.raw_hex), 1), _HEX_PER_ROW))
    ]
    if not rows:
        return []
    return [_column(target, values) for target, values in zip(REJECT_COLUMNS, zip(*rows, strict=True), strict=True)]


def _column(target: TargetColumn, values: Sequence[str | int]) -> BatchColumn:
    if isinstance(values[0], int):
        return BatchColumn(target, np.array(values, np.int64))
    raw = [encoded(str(value)) for value in values]
    lengths = np.array([len(value) for value in raw], np.int32)
    stride = max(int(lengths.max()), 1)
    text = np.frombuffer(b"".join(value.ljust(stride) for value in raw), np.uint8)
    return BatchColumn(target, text.reshape(len(raw), stride), lengths)
