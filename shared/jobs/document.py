"""YAML read safely, with the line of every key kept for error messages.

``yaml.safe_load`` semantics only (no tags, no objects); aliases are refused, because a job needs none and a bomb needs
them.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from shared.errors import JobError

_MAX_BYTES: Final = 256 * 1024
_MAX_DEPTH: Final = 20

Key = tuple[str | int, ...]
"""The way from the document's root to a value: keys and list positions."""


class Document:
    """A parsed YAML mapping and the lines (1-based) its keys stand in."""

    def __init__(self, data: dict[str, Any], lines: dict[Key, int], source: str) -> None:
        self.data = data
        self.source = source
        self._lines = lines

    def line(self, key: Key) -> int:
        """The line of ``key``, or of its nearest parent that is in the document."""
        while key not in self._lines and key:
            key = key[:-1]
        return self._lines.get(key, 1)


def read_document(text: str, source: str) -> Document:
    """The mapping in ``text``; JobError LRJ001–LRJ005 with the line when it is none."""
    if len(text.encode()) > _MAX_BYTES:
        raise JobError("LRJ001", f"{source} is larger than {_MAX_BYTES} bytes; that is no job definition")
    try:
        _refuse_bombs(text, source)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = 0 if error.problem_mark is None else error.problem_mark.line + 1
        raise JobError("LRJ002", f"{source}, line {line}: not valid YAML: {error.problem}", line=line) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # ValueError: a day or number that cannot be
        raise JobError("LRJ002", f"{source} is not valid YAML: {error}") from error
    if not isinstance(data, dict) or root is None:
        raise JobError("LRJ003", f"{source} must hold a mapping of sections (job, input, copybook, …)")
    lines: dict[Key, int] = {(): 1}
    _collect(root, (), lines, source)
    return Document(data, lines, source)


def _refuse_bombs(text: str, source: str) -> None:
    """LRJ004 for aliases and tags, and for nesting that no job needs and that costs the parser quadratic time.

    A tag (``!!int ''``) makes the parser convert what it cannot, with errors of Python's own.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            raise JobError("LRJ004", f"{source}, line {line}: aliases (*name) are not allowed", line=line)
        if getattr(event, "tag", None) is not None:
            raise JobError("LRJ004", f"{source}, line {line}: tags (!name) are not allowed", line=line)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise JobError("LRJ004", f"{source}, line {line}: nested deeper than {_MAX_DEPTH} levels", line=line)


def _collect(node: yaml.Node, key: Key, lines: dict[Key, int], source: str) -> None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            below = (*key, str(name.value))
            if below in lines:
                line = name.start_mark.line + 1
                message = f"{source}, line {line}: the key {name.value} stands here for the second time"
                raise JobError("LRJ005", message, line=line, key=str(name.value))
            lines[below] = name.start_mark.line + 1
            _collect(value, below, lines, source)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[(*key, number)] = value.start_mark.line + 1
            _collect(value, (*key, number), lines, source)
