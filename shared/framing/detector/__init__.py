"""Detects the form of a file from its first megabytes: compression, code page, and guesses at the record format."""

from shared.framing.detector.guesses import Findings, Guess
from shared.framing.detector.inspect import HEAD_BYTES, inspect

__all__ = ["HEAD_BYTES", "Findings", "Guess", "inspect"]
