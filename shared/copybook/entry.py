"""One data description entry while it is read: what its clauses said, before its groups and children are known."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.copybook.ast import Condition, Item, Literal, Occurs, Rename, SignPosition, Usage
from shared.copybook.errors import Position
from shared.copybook.picture import Picture


@dataclass(slots=True)
class Entry:
    """A mutable draft of an ``Item``; None where no clause spoke. ``clauses`` guards against a clause given twice."""

    level: int
    name: str
    at: Position
    picture: Picture | None = None
    usage: Usage | None = None
    sign: SignPosition | None = None
    occurs: Occurs | None = None
    redefines: str | None = None
    synchronized: bool = False
    justified: bool = False
    blank_when_zero: bool = False
    value: Literal | None = None
    implicit: bool = False
    clauses: set[str] = field(default_factory=set)
    conditions: list[Condition] = field(default_factory=list)
    renames: list[Rename] = field(default_factory=list)
    children: list[Item] = field(default_factory=list)
