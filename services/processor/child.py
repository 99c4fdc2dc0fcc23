"""A pool child: raw batch in, processed batch out, over a pipe. It knows neither broker nor database.

It imports NumPy and the codec and nothing heavier, because a processor has several children. Bytes cross the pipe
without pickle. Each answer is two frames: a summary (JSON) and the processed message's body (empty after an error).
"""

from __future__ import annotations

import json
import signal
import traceback
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.batch.arrow import to_ipc
from shared.batch.rejects import encode_rejects
from shared.errors import InputError, LreclError, TransientError, unforeseen
from shared.messaging.wire import pack, unpack
from shared.transform.batch_records import bad_parts
from shared.transform.plan import Plan
from shared.transform.transformer import Outcome, Transformer

Header = dict[str, Any]
Parts = Mapping[str, bytes | memoryview]

_TRANSFORMERS: dict[str, Transformer] = {}
_KEPT_PLANS = 16
_DATA_ROOT: Final = Path("/data")


def serve(pipe: Connection, processor_id: str, data_root: Path) -> None:
    """Answer raw batches until the parent closes the pipe, or dies, which closes it, too.

    ``data_root`` is the folder of the files that batches without records refer to.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group; the parent decides
    with suppress(EOFError, ConnectionError):  # the parent was killed, perhaps during an exchange
        while True:
            summary, answer = _answer(pipe.recv_bytes(), processor_id, data_root)
            pipe.send_bytes(json.dumps(summary).encode())
            pipe.send_bytes(answer)


def _answer(body: bytes, processor_id: str, data_root: Path = _DATA_ROOT) -> tuple[Header, bytes]:
    try:
        return process(body, processor_id, data_root)
    except LreclError as error:
        return _refusal(error), b""
    except Exception as error:
        # It would happen again with this batch, so the batch is poison; the child goes on.
        return _refusal(unforeseen(error)) | {"traceback": traceback.format_exc(limit=5)}, b""


def _refusal(error: LreclError) -> Header:
    return {"error": error.code, "message": error.message, "remedy": error.remedy, "class": _class_of(error)}


def _class_of(error: LreclError) -> str:
    """What the error means for the batch. The batch arrived whole, so any other error would happen again: poison."""
    if isinstance(error, TransientError):
        return "transient"
    return "permanent" if isinstance(error, InputError) and error.code.startswith("LRF") else "poison"


def process(body: bytes, processor_id: str, data_root: Path = _DATA_ROOT) -> tuple[Header, bytes]:
    """The processed message of a raw one, and its summary."""
    header, parts = _opened(body, data_root)
    transformer = _transformer(header)
    started = perf_counter_ns()
    outcome = _transformed(transformer, header, parts)
    rows = [to_ipc(table) for table in outcome.tables]
    micros = (perf_counter_ns() - started) // 1000
    processed = _header(header, outcome, transformer.plan)
    processed |= {"processor_id": processor_id, "decode_micros": micros}
    return _summary(outcome, micros), pack(processed, _parts(rows, outcome))


def _opened(body: bytes, data_root: Path) -> tuple[Header, Parts]:
    header, parts = unpack(body)
    if not header.get("reference"):
        return header, parts
    from services.processor.fetching import fetch  # a child needs the framings only for payloads by reference

    return header, fetch(header, parts, data_root)


def _transformed(transformer: Transformer, header: Header, parts: Parts) -> Outcome:
    """The outcome of the message's records; LRP021 when their number is not the one that the header says."""
    outcome = transformer.run(
        parts["records"],
        header["offset"],
        header["first_record_no"],
        offsets=_figures(parts, "offsets", "<u8"),
        lengths=_figures(parts, "lengths", "<u4"),
        open_records=header["open_records"],
    )
    found = outcome.valid + len(outcome.rejects) + outcome.skipped
    if found != header["records"]:
        raise bad_parts(f"a batch promises {header['records']} records and holds {found}")
    return outcome


def _figures(parts: Parts, name: str, dtype: str) -> npt.NDArray[Any] | None:
    """The part ``name`` as an array; None when the message has none."""
    if name not in parts:
        return None
    if len(parts[name]) % np.dtype(dtype).itemsize:
        raise bad_parts(f"the part {name} of {len(parts[name])} bytes is not a whole number of figures")
    return np.frombuffer(parts[name], dtype)


def _transformer(header: Header) -> Transformer:
    """The transformer of the message's plan; transformers are kept by the plan's digest."""
    digest = header["plan_digest"]
    if digest not in _TRANSFORMERS:
        if len(_TRANSFORMERS) >= _KEPT_PLANS:
            _TRANSFORMERS.pop(next(iter(_TRANSFORMERS)))
        _TRANSFORMERS[digest] = Transformer(Plan.from_dict(header["plan"]))
    return _TRANSFORMERS[digest]


def _header(raw: Header, outcome: Outcome, plan: Plan) -> Header:
    """The fields of messages.ProcessedBatch; the writer validates them, and a test compares the two."""
    valid, rejected, skipped = outcome.valid, len(outcome.rejects), outcome.skipped + raw["skipped"]
    return {
        "kind": "processed",
        "version": 1,
        "run_id": raw["run_id"],
        "batch_no": raw["batch_no"],
        "split_no": raw["split_no"],
        "offset": raw["offset"],
        "end": raw["end"],
        "block_end": raw["block_end"],
        "first_record_no": raw["first_record_no"],
        "records_read": valid + rejected + skipped,
        "records_valid": valid,
        "records_rejected": rejected,
        "records_skipped": skipped,
        "totals": [
            {
                "name": total.name,
                "scale": total.scale,
                "valid": total.valid,
                "rejected": total.rejected,
                "unreadable": total.unreadable,
            }
            for total in outcome.totals
        ],
        "checksum": raw["checksum"],
        "tables": [
            {
                "table": record.staging_table,
                "rows": len(rows),
                "columns": [target.to_dict() for target in record.targets],
            }
            for record, rows in zip(plan.loaded, outcome.tables, strict=True)
        ],
    }


def _parts(rows: list[bytes], outcome: Outcome) -> dict[str, bytes]:
    tables = {f"rows.{place}": table for place, table in enumerate(rows)}
    return tables | {"rejects": encode_rejects(outcome.rejects)}


def _summary(outcome: Outcome, micros: int) -> Header:
    codes: dict[str, int] = {}
    for reject in outcome.rejects:
        codes[reject.code] = codes.get(reject.code, 0) + 1
    return {"valid": outcome.valid, "rejects": codes, "micros": micros}
