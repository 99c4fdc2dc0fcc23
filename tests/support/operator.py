"""What an operator of a running stack uses: the API, the command line, input files; and queries of the database."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx

from deploy.local.child import Child, ProcessSpec
from deploy.local.services import PROJECT
from deploy.local.stack import LocalStack
from services.orchestrator.store.stores import Stores, stores
from shared.batch.types import TableName
from shared.database.pool import SessionPool
from shared.database.settings import DatabaseSettings
from shared.jobs.compile import CompiledJob, compile_job
from shared.jobs.load import load_job
from shared.sample import Sample, generate

SCHEMA = "LRECL"
Report = dict[str, Any]
Json = dict[str, Any]


class Operator:
    """Operates a stack and reads its database."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.data = stack.data_root
        self.http = httpx.Client(
            base_url=f"{stack.api_url}/api/v1", headers={"Authorization": f"Bearer {stack.token}"}, timeout=60
        )
        database = stack.database
        self._pool = SessionPool(
            DatabaseSettings(
                host=database.host,
                port=database.port,
                name=database.name,
                user=database.user,
                password_file=database.password_file,
                dialect="derby",
            )
        )

    def close(self) -> None:
        """Close the HTTP client and the database sessions."""
        self.http.close()
        self._pool.close()

    def generate(self, job: str, name: str, records: int, bad_ratio: float = 0.0, seed: int = 1) -> Sample:
        """A sample file of ``job`` in the data root, with its control file and the list of its bad records."""
        return generate(
            load_job(self.stack.jobs_root, job), self.compiled(job), records, bad_ratio, seed, self.data / name
        )

    def put(self, name: str, data: bytes, control: Json | None = None) -> str:
        """A file in the data root, with a control file where ``control`` is given; its name."""
        (self.data / name).write_bytes(data)
        if control is not None:
            (self.data / f"{name}.ctl").write_text(json.dumps(control))
        return name

    def start(self, job: str, file: str, **more: Any) -> str:
        """Start a run; its id."""
        response = self.http.post("/runs", json={"job": job, "file": file, **more})
        assert response.status_code == 201, response.text
        return str(response.json()["run_id"])

    def refused(self, job: str, file: str, **more: Any) -> tuple[int, Json]:
        """Start a run that must be refused; status and error of the refusal."""
        response = self.http.post("/runs", json={"job": job, "file": file, **more})
        assert response.is_client_error, response.text
        return response.status_code, response.json()["error"]

    def progress(self, run_id: str) -> Json | None:
        """The run's progress; None while the orchestrator is away."""
        try:
            response = self.http.get(f"/runs/{run_id}")
        except httpx.TransportError:
            return None
        if response.is_server_error:
            return None
        assert response.status_code == 200, response.text
        return dict(response.json())

    def wait(self, run_id: str, until: Callable[[Json], bool] | None = None, seconds: float = 120.0) -> Json:
        """The first progress for which ``until`` holds (default: it has ended), also during outages of services."""
        wanted = until or (lambda progress: progress["finished_at"] is not None)
        # Each request costs the stack several queries. Only a condition within the run needs an answer at once.
        pause = 0.02 if until else 0.1
        deadline = time.monotonic() + seconds
        progress = self.progress(run_id)
        while progress is None or not wanted(progress):
            assert time.monotonic() < deadline, f"the condition did not hold within {seconds:g} s: {progress}"
            time.sleep(pause)
            progress = self.progress(run_id)
        return progress

    def report(self, run_id: str) -> Report:
        """The report of a run that has ended."""
        response = self.http.get(f"/runs/{run_id}/report")
        assert response.status_code == 200, response.text
        return dict(response.json())

    def run(self, job: str, file: str, **more: Any) -> Report:
        """Run a job to its end; the report."""
        run_id = self.start(job, file, **more)
        self.wait(run_id)
        return self.report(run_id)

    def cli(self, *arguments: str, token: bool = True) -> subprocess.CompletedProcess[str]:
        """``lrecl ARGUMENTS`` as in an operator's shell."""
        own = {"LRECL_API_URL": self.stack.api_url, "LRECL_JOBS_ROOT": str(self.stack.jobs_root), "COLUMNS": "200"}
        if token:
            own["LRECL_API_TOKEN_FILE"] = str(self.stack.token_file)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LRECL_")}
        command = [sys.executable, "-m", "lrecl", *arguments]
        return subprocess.run(
            command, env={**inherited, **own}, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False
        )

    @contextmanager
    def altered(self, role: str, **environment: object) -> Iterator[Child]:
        """The process ``role`` with other variables during the block; it is stopped gracefully before and after."""
        child = self.stack.process(role)
        usual = child.spec
        changed = {name: str(value) for name, value in environment.items()}
        self._restart_as(role, replace(usual, environment={**usual.environment, **changed}))
        try:
            yield child
        finally:
            self._restart_as(role, usual)

    @contextmanager
    def stores(self) -> Iterator[Stores]:
        """The orchestrator's own stores, with a session of the test."""
        with stores(self._pool) as opened:
            yield opened

    def query(self, sql: str, *parameters: Any, **names: object) -> list[Json]:
        """Rows of a SELECT; ``{schema}`` in it is the control schema, and so on for ``names``."""
        with self._pool.session() as session:
            return session.query(sql.format(schema=SCHEMA, **names), parameters)

    def rejects(self, run_id: str) -> list[Json]:
        """The run's rejects in file order, as the database holds them."""
        return self.query("SELECT * FROM {schema}.REJECT WHERE RUN_ID = ? ORDER BY RECORD_OFFSET, PART", run_id)

    def compiled(self, job: str) -> CompiledJob:
        """The job as lrecl compiles it."""
        return compile_job(load_job(self.stack.jobs_root, job), SCHEMA)

    def final_table(self, job: str) -> TableName:
        """The job's final table."""
        return self.compiled(job).tables[0].final

    def final_rows(self, job: str) -> list[Json]:
        """The business columns of the job's final table, in the order of its key."""
        compiled = self.compiled(job)
        columns = ", ".join(target.name for target in compiled.tables[0].targets)
        key = ", ".join(compiled.tables[0].key)
        return self.query(
            "SELECT {columns} FROM {table} ORDER BY {key}", columns=columns, table=compiled.tables[0].final, key=key
        )

    def final_hash(self, job: str) -> str:
        """`hash_of` the job's final table without RUN_ID and MERGED_AT."""
        return hash_of(self.final_rows(job))

    def _restart_as(self, role: str, spec: ProcessSpec) -> None:
        self.stack.stop(role)
        self.stack.supervisor.add(spec)
        self.stack.start_process(role)


def hash_of(rows: list[Json]) -> str:
    """SHA-256 over the values of rows."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr(list(row.values())).encode())
    return digest.hexdigest()
