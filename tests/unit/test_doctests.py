"""The examples in docstrings run, and give the results that they show."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

MODULES = (
    "shared.codec.decoder",
    "shared.copybook.compile",
    "shared.copybook.parser",
    "shared.errors",
    "shared.framing.detector.inspect",
    "shared.jobs.compile",
    "shared.scaled_decimals",
    "shared.transform.transformer",
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module(name: str) -> None:
    failed, tried = doctest.testmod(import_module(name))
    assert tried > 0, "the module has no examples"
    assert failed == 0
