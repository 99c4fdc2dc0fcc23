"""Tables that are there before the run, on Derby: those that fit are loaded, each other one is refused by name."""

from __future__ import annotations
