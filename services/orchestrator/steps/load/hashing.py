"""Hashing: the SHA-256 of each file, and with it the certainty that its content is loaded once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import closing
from time import monotonic
from typing import BinaryIO, Final

from services.orchestrator.registration.control_files import side_files_figures
from services.orchestrator.registration.repetition import claim
from services.orchestrator.steps.context import RunContext
from services.orchestrator.store.files import FileRow
from shared.framing.files import inside, open_registered, reading
from shared.observability.logs import get_logger

_BUFFER_BYTES: Final = 1024 * 1024
_GATHER_SECONDS: Final = 0.5
"""Digests of many small files are written together: a transaction for each would take minutes."""

log = get_logger()


def claim_files(context: RunContext) -> list[FileRow]:
    """Hash the files that are not hashed yet, and claim their content; returns the files to load.

    ContentLoaded (LRQ020) when another run has loaded the content, or is loading it. Interrupted, it goes on with the
    files that are left.
    """
    with context.stores() as at:
        files = at.files.loaded(context.run_id)
    if context.run.file_digest:
        return files
    _hash(context, files)
    with context.between_runs, context.stores() as at:
        run = at.runs.hold(context.run_id)
        hashed = at.files.loaded(context.run_id)
        kept = claim(at, run, hashed, context.compiled.job.input.on_loaded)
        found = digest_of(kept)
        at.runs.set_digest(run.run_id, found)
        at.audit.append(run.run_id, "files hashed", "orchestrator", files=len(kept), digest=found)
        left_out = {file.file_no for file in hashed} - {file.file_no for file in kept}
        if left_out and context.control.from_files:
            paths = [inside(context.data_root, file.file_path) for file in kept]
            at.runs.set_control_figures(run.run_id, side_files_figures(paths, context.compiled).to_dict())
        if left_out:
            at.audit.append(run.run_id, "files left out", "orchestrator", files=len(left_out))
            log.info("files left out, because their content is loaded", files=len(left_out))
    return kept


def _hash(context: RunContext, files: Sequence[FileRow]) -> None:
    """Hash the files that have no digest yet; the bytes of the others count as done."""
    hashed: list[tuple[int, str]] = []
    done = sum(file.file_bytes for file in files if file.file_digest)
    due = monotonic() + _GATHER_SECONDS

    def advance(size: int) -> None:
        nonlocal done
        context.go_on()
        done += size
        context.hashed(done)

    for file in (file for file in files if not file.file_digest):
        registered = (context.data_root, file.file_path, file.file_bytes, file.file_mtime_ns)
        with reading(file.file_path), closing(open_registered(*registered)) as content:
            hashed.append((file.file_no, digest(content, advance)))
        if monotonic() >= due:
            _note(context, hashed)
            hashed, due = [], monotonic() + _GATHER_SECONDS
    _note(context, hashed)


def _note(context: RunContext, hashed: Sequence[tuple[int, str]]) -> None:
    with context.stores() as at:
        for file_no, found in hashed:
            at.files.set_digest(context.run_id, file_no, found)


def digest(content: BinaryIO, advance: Callable[[int], None]) -> str:
    """SHA-256 of the content, streamed; ``advance`` gets the bytes of each block; its exceptions end the work."""
    found = hashlib.sha256()
    while block := content.read(_BUFFER_BYTES):
        found.update(block)
        advance(len(block))
    return found.hexdigest()


def digest_of(files: Sequence[FileRow]) -> str:
    """The file's digest; of several, the SHA-256 over the JSON list of their names and digests."""
    if len(files) == 1:
        return files[0].file_digest
    return hashlib.sha256(json.dumps([[file.file_path, file.file_digest] for file in files]).encode()).hexdigest()
