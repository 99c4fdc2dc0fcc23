"""The client of the API: its settings, what it sends, and answers that are not the orchestrator's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.api import RUN, Api, Lrecl


@pytest.fixture(autouse=True)
def answers(api: Api) -> None:
    api.answers = {"GET /runs": []}


def refused(lrecl: Lrecl, *words: str) -> dict[str, Any]:
    shown = lrecl(*(words or ("runs",)), "--json")
    assert (shown.exit_code, shown.stdout) == (2, "")
    error: dict[str, Any] = json.loads(shown.stderr)["error"]
    return error


def test_the_token_of_file_or_variable_is_sent(
    lrecl: Lrecl, api: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert lrecl("runs").exit_code == 0
    assert "authorization" not in api.requests[-1].headers
    monkeypatch.setenv("LRECL_API_TOKEN", "from-variable")
    lrecl("runs")
    assert api.requests[-1].headers["authorization"] == "Bearer from-variable"
    (tmp_path / "token").write_text("from-file\n")
    monkeypatch.setenv("LRECL_API_TOKEN_FILE", str(tmp_path / "token"))
    lrecl("runs")
    assert api.requests[-1].headers["authorization"] == "Bearer from-file"


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_an_empty_token_is_said_to_be_empty(
    lrecl: Lrecl, api: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    monkeypatch.setenv("LRECL_API_TOKEN", value)
    error = refused(lrecl)
    assert (error["code"], "LRECL_API_TOKEN holds nothing" in error["message"]) == ("LRQ084", True)
    (tmp_path / "token").write_text(value)
    monkeypatch.setenv("LRECL_API_TOKEN_FILE", str(tmp_path / "token"))
    error = refused(lrecl)
    assert (error["code"], "the token file holds nothing" in error["message"]) == ("LRQ084", True)
    monkeypatch.setenv("LRECL_API_TOKEN_FILE", value)
    error = refused(lrecl)
    assert (error["code"], error["message"]) == ("LRQ084", "LRECL_API_TOKEN_FILE is empty.")
    assert api.requests == []


@pytest.mark.parametrize("token", ["töken", "two words", "a\tb", "a\nb"])
def test_a_token_that_no_header_can_carry(lrecl: Lrecl, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("LRECL_API_TOKEN", token)
    error = refused(lrecl)
    assert error["code"] == "LRQ084"
    assert token not in json.dumps(error)


@pytest.mark.parametrize("name", ["none", "."])
def test_a_token_file_that_cannot_be_read(
    lrecl: Lrecl, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv("LRECL_API_TOKEN_FILE", str(tmp_path / name))
    assert refused(lrecl)["code"] == "LRQ003"


@pytest.mark.parametrize("url", ["", "host", "host:8000", "http://host:port", "http://"])
def test_a_url_that_is_none(lrecl: Lrecl, api: Api, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LRECL_API_URL", url)
    error = refused(lrecl)
    assert error["code"] in ("LRQ084", "LRQ004")
    assert "LRECL_API_URL" in error["message"] + error["remedy"]
    assert api.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(302, headers={"Location": "/login"}),
        httpx.Response(404, text="not found"),
        httpx.Response(404, json={"detail": "Not Found"}),
        httpx.Response(400, json={"error": "text"}),
        httpx.Response(400, json={"error": {"code": "LRQ010"}}),
        httpx.Response(502, json=[]),
    ],
)
def test_an_answer_that_is_not_the_orchestrators(lrecl: Lrecl, api: Api, answer: httpx.Response) -> None:
    api.answers["GET /runs"] = answer
    assert refused(lrecl)["code"] == "LRQ005"


@pytest.mark.parametrize(
    "words", [("show",), ("report",), ("rejects",), ("cancel",), ("resume",), ("retry",), ("purge",)]
)
def test_latest_is_the_newest_run(lrecl: Lrecl, api: Api, words: tuple[str, ...]) -> None:
    assert refused(lrecl, *words, "latest")["code"] == "LRQ010"
    assert [str(one.url).partition("/api/v1")[2] for one in api.requests] == ["/runs?limit=1"]
    api.answers["GET /runs"] = [{"run_id": RUN}]
    lrecl(*words, "latest")
    assert f"/runs/{RUN}" in str(api.requests[-1].url)


@pytest.mark.parametrize("words", [("run", "customers", "m\udcfc.dat"), ("runs", "--job", "m\udcfc")])
def test_a_word_that_is_not_utf_8_is_shown_escaped(lrecl: Lrecl, api: Api, words: tuple[str, ...]) -> None:
    error = refused(lrecl, *words)
    assert error["code"] == "LRQ082"
    assert error["message"].startswith(r"m\udcfc")
    assert api.requests == []
