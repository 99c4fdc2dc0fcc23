"""How a command ends: exit codes, errors as text and as JSON, pipes that close and keys that interrupt."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from lrecl.cli import errors, layout
from lrecl.cli.errors import print_error
from shared.errors import JobError, LreclError, RequestError, TransientError
from tests.support.api import RUN, Api, Lrecl, progress, refusal
from tests.support.definitions import JOBS

ROOT = Path(__file__).parents[3]
ORDER = str(JOBS / "orders" / "order.cpy")
COMMAND = [sys.executable, "-m", "lrecl"]
FAULTS = [
    {"line": 3, "key": "copybok", "code": "LRJ007", "message": "unknown key"},
    {"line": None, "key": "copybook", "code": "LRJ007", "message": "Field required"},
]


def test_an_error_is_code_message_and_remedy(lrecl: Lrecl, api: Api) -> None:
    api.answers["GET /runs/none"] = refusal(404, "LRQ010", "There is no run none.", "`lrecl runs` lists them.")
    shown = lrecl("show", "none")
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr == "LRQ010 There is no run none.\n  `lrecl runs` lists them.\n"


def test_with_json_the_error_is_the_apis_on_standard_error(lrecl: Lrecl, api: Api) -> None:
    api.answers["GET /runs/none"] = refusal(
        404, "LRQ010", "There is no run [none] :smile:.", "See.", status="x", message="y"
    )
    shown = lrecl("show", "none", "--json")
    assert (shown.exit_code, shown.stdout) == (2, "")
    (line,) = shown.stderr.splitlines()
    context = {"status": "x", "message": "y"}
    expected = {"code": "LRQ010", "message": "There is no run [none] :smile:.", "remedy": "See.", "context": context}
    assert json.loads(line) == {"error": expected}
    assert lrecl("show", "none").stderr == "LRQ010 There is no run [none] :smile:.\n  See.\n"


def test_several_mistakes_take_a_line_each(lrecl: Lrecl, api: Api) -> None:
    api.answers["POST /runs"] = refusal(422, "LRJ007", "The job has 2 mistakes.", "Correct them.", faults=FAULTS)
    refused = lrecl("run", "customers", "customers.dat")
    assert refused.exit_code == 2
    assert refused.stderr.splitlines() == [
        "LRJ007 The job has 2 mistakes.",
        "  line 3, copybok: LRJ007 unknown key",
        "  copybook: LRJ007 Field required",
        "  Correct them.",
    ]
    as_json = json.loads(lrecl("run", "customers", "customers.dat", "--json").stderr)
    assert as_json["error"]["context"]["faults"] == FAULTS


def test_mistakes_of_a_job_on_this_machine_are_shown_alike(capsys: pytest.CaptureFixture[str]) -> None:
    error = JobError("LRJ007", "The job has 2 mistakes.", faults=FAULTS)
    assert errors.print_error(error, as_json=False) == 2
    assert capsys.readouterr().err.splitlines()[1:] == [
        "  line 3, copybok: LRJ007 unknown key",
        "  copybook: LRJ007 Field required",
    ]


def test_what_the_message_tells_is_not_told_twice(capsys: pytest.CaptureFixture[str]) -> None:
    faults = [{"where": "query.limit", "message": "too large"}]
    errors.print_error(RequestError("LRQ027", "query.limit: too large", faults=faults), as_json=False)
    assert capsys.readouterr().err == "LRQ027 query.limit: too large\n"


@pytest.mark.parametrize("faults", [None, "text", {}, [], ["bare"], [{}]])
def test_a_context_of_another_form_is_no_obstacle(faults: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert errors.print_error(JobError("LRJ007", "Wrong.", faults=faults), as_json=False) == 2
    assert capsys.readouterr().err.startswith("LRJ007 Wrong.\n")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("nonsense",), "No such command"),
        (("run", "customers"), "Missing argument 'FILE'"),
        (("runs", "--limit", "0"), "greater than or equal to 1"),
        (("runs", "--limit", "1001"), "less than or equal to 1000"),
        (("runs", "--limit", "many"), "'--limit'"),
        (("runs", "--since", "yesterday"), "'yesterday' is not a time."),
        (("runs", "--bogus"), "--bogus"),
        (("show", "../runs"), "'../runs' is not an id."),
        (("dlq", "show", ".."), "'..' is not an id."),
        (("dlq", "list", "--run", "a/b"), "'a/b' is not an id."),
        (("dlq", "discard", "--yes"), "--note"),
        (("retry", "latest", "--from", "cooking"), "--from"),
        (("ddl", "customers", "--dialect", "oracle"), "--dialect"),
    ],
)
def test_a_command_line_that_is_wrong_is_a_coded_error_too(
    lrecl: Lrecl, api: Api, words: tuple[str, ...], part: str
) -> None:
    refused = lrecl(*words)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith("LRQ082 ")
    assert part in refused.stderr
    assert "--help` shows what the command takes." in refused.stderr
    error = json.loads(lrecl(*words, "--json").stderr)["error"]
    assert (error["code"], part in error["message"]) == ("LRQ082", True)
    assert api.requests == []


def test_without_a_command_the_help_is_printed(lrecl: Lrecl) -> None:
    for words in ((), ("dlq",)):
        shown = lrecl(*words)
        assert shown.exit_code == 2
        assert "Usage:" in shown.stdout
        assert "LRQ" not in shown.output


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RequestError("LRQ010", "x", status=404), 2),
        (RequestError("LRQ045", "x", status=503), 2),
        (RequestError("LRQ099", "x", status=500), 3),
        (TransientError("LRQ004", "x"), 2),
    ],
)
def test_an_error_inside_the_orchestrator_is_an_internal_one(error: LreclError, code: int) -> None:
    assert errors.print_error(error, as_json=True) == code


def test_a_defect_of_the_command_line_itself_shows_where(lrecl: Lrecl, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr(layout, "lay_out", fail)
    words = ("layout", ORDER)
    shown = lrecl(*words)
    assert shown.exit_code == 3
    assert "Traceback" in shown.stderr
    assert "LRQ089 The command failed unexpectedly: KeyError: 'surprise'" in shown.stderr
    error = json.loads(lrecl(*words, "--json").stderr)["error"]
    assert error["code"] == "LRQ089"
    assert "KeyError" in error["context"]["traceback"]


@pytest.mark.parametrize("words", [("layout", ORDER, "--json"), ("layout", ORDER), ("inspect", ORDER)])
def test_a_reader_that_has_had_enough_ends_it_quietly(words: tuple[str, ...]) -> None:
    with subprocess.Popen([*COMMAND, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


class _Server(BaseHTTPRequestHandler):
    """A run that works for ever."""

    def do_GET(self) -> None:
        self._answer(progress())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer({"run_id": RUN})

    def _answer(self, answer: Any) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_ctrl_c_while_waiting_says_that_the_run_goes_on() -> None:
    with served() as url:
        environment = {**os.environ, "LRECL_API_URL": url}
        process = subprocess.Popen(
            [*COMMAND, "run", "customers", "c.dat", "--wait"],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            # A shell that runs the tests in the background lets its children ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        with process:
            assert process.stderr is not None
            assert process.stderr.readline().startswith(f"{RUN} loading")
            time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            try:
                out, err = process.communicate(timeout=20)
            finally:
                process.kill()
    assert (process.returncode, out) == (130, "")
    assert err == f"{RUN} goes on. `lrecl show {RUN}` shows its progress, `lrecl cancel {RUN}` stops it.\n"


def test_the_orchestrator_that_is_not_there(lrecl: Lrecl, api: Api) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused", request=request)

    api.answers["GET /runs"] = refuse
    shown = lrecl("runs")
    assert shown.exit_code == 2
    assert shown.stderr.startswith("LRQ004 The orchestrator at http://127.0.0.1:8000 does not answer: ")


def test_several_mistakes_take_a_line_each_after_the_sentence_that_counts_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    faults = [
        {"line": 3, "key": "copybok", "code": "LRJ007", "message": "copybok is an unknown key", "remedy": "Did you?"},
        {"line": 4, "key": "target.key", "code": "LRJ053", "message": "there is no column X", "remedy": ""},
    ]
    message = "job.yaml has 2 mistakes. Line 3, copybok (LRJ007): copybok is an unknown key. Did you? Line 4, …"
    print_error(JobError("LRJ013", message, remedy="Correct all of them.", faults=faults), as_json=False)
    assert capsys.readouterr().err.splitlines() == [
        "LRJ013 job.yaml has 2 mistakes.",
        "  line 3, copybok: LRJ007 copybok is an unknown key. Did you?",
        "  line 4, target.key: LRJ053 there is no column X",
        "  Correct all of them.",
    ]
