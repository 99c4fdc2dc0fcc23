"""Tables that are there before the run, on Derby: those that fit are loaded, each other one is refused by name."""
# ruff: noqa: S608 - the names in the statements are the tests' own

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.orchestrator.store.stores import stores
from shared.database.ddl import final_ddl, staging_ddl
from shared.database.pool import SessionPool
from shared.errors import TableError
from shared.jobs.compile import CompiledJob, CompiledTable, compile_job
from shared.jobs.load import load_job
from tests.support.batches import load_of, raw_batch
from tests.support.definitions import JOBS, compiled, payments
from tests.support.derby import DerbyEndpoint
from tests.support.own_tables import with_own_tables
from tests.support.runs import new_run
from tests.support.sessions import fresh_name, migrated_pool
