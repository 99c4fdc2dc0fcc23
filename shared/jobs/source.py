"""A job as it was read: its definition with the line of every key, its copybooks, its folder.

The definition is one YAML file. Every later error names the line of the key that it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from shared.errors import JobError, LreclError
from shared.jobs.faults import Faults, JobFault, did_you_mean
from shared.jobs.model import Job

_MAX_BYTES: Final = 256 * 1024
_MAX_DEPTH: Final = 20
_CORRECT: Final = "Correct the line; a text with a colon or a hash sign needs quotes."

Key = tuple[str | int, ...]
"""The path from the root of the document to a value: keys and list indices."""


class Document:
    """A parsed YAML mapping, with the line (1-based) of each key."""

    def __init__(self, data: dict[str, Any], lines: dict[Key, int], source: str) -> None:
        self.data = data
        self.source = source
        self._lines = lines

    def line(self, key: Key) -> int:
        """The line of ``key``, or of its nearest parent that is in the document."""
        while key not in self._lines and key:
            key = key[:-1]
        return self._lines.get(key, 1)

    def fault(self, code: str, message: str, key: Key, *, remedy: str = "") -> JobFault:
        """A fault at ``key``."""
        return JobFault(self.source, self.line(key), ".".join(map(str, key)), code, message, remedy)

    def place(self, key: Key) -> Key:
        """``key`` without the parts that are not in the document, such as the names of a union's members."""
        data: Any = self.data
        found: list[str | int] = []
        for part in key:
            if _has(data, part):
                data = data[part]
                found.append(part)
        return tuple(found)

    def without(self, key: Key) -> Document:
        """The document without ``key``."""
        data = deepcopy(self.data)
        _parent(data, key).pop(key[-1])
        return Document(data, self._lines, self.source)

    def renamed(self, key: Key, name: str) -> Document:
        """The document with another name for the last part of ``key``, and the same lines."""
        data = deepcopy(self.data)
        parent = _parent(data, key)
        parent[name] = parent.pop(key[-1])
        below = {(*key[:-1], name, *at[len(key) :]): line for at, line in self._lines.items() if at[: len(key)] == key}
        return Document(data, self._lines | below, self.source)


@dataclass(frozen=True, slots=True)
class JobSource:
    """A job as it was read. ``document`` has the lines for later errors; the digests are those of the texts.

    ``copybooks`` are pairs of a path, as the job states it, and a text.
    """

    job: Job
    document: Document
    copybooks: tuple[tuple[str, str], ...]
    folder: Path
    job_digest: str
    copybook_digest: str

    def error(self, code: str, message: str, key: Key, *, remedy: str = "") -> JobError:
        """A JobError about ``key``, with file and line."""
        return self.document.fault(code, message, key, remedy=remedy).error()

    def coded(self, error: LreclError, key: Key) -> JobError:
        """The error with its code, as one about ``key``."""
        return self.error(error.code, error.message, key, remedy=error.remedy)


def unknown_field(source: JobSource, key: Key, name: str, known: Iterable[str]) -> JobError:
    """LRJ051 for an unknown name, with known names that are similar."""
    remedy = did_you_mean(name, known, "lrecl layout COPYBOOK lists the fields.")
    return source.error("LRJ051", f"the copybook has no field {name}", key, remedy=remedy)


def not_loaded(source: JobSource, key: Key, name: str) -> JobError:
    """LRJ051 for a field that the job does not load."""
    remedy = "Name it under fields without skip, or remove this."
    return source.error("LRJ051", f"the field {name} is not loaded", key, remedy=remedy)


def read_document(text: str, source: str) -> Document:
    """The mapping in ``text``; JobError LRJ001 to LRJ004 if there is none, LRJ005 for keys that are there twice.

    The semantics are those of ``yaml.safe_load`` (no tags, no objects). Aliases are refused, because a job needs none,
    and a short text with aliases can expand without limit.
    """
    if len(text.encode()) > _MAX_BYTES:
        message = f"the file is larger than {_MAX_BYTES} bytes, which no job definition is"
        raise _not_yaml(source, 1, "LRJ001", message, "Check that this is the job definition.")
    try:
        _refuse_bombs(text, source)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = 1 if error.problem_mark is None else error.problem_mark.line + 1
        raise _not_yaml(source, line, "LRJ002", f"this is not valid YAML: {error.problem}", _CORRECT) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # ValueError: an invalid date or number
        raise _not_yaml(source, 1, "LRJ002", f"the file is not valid YAML: {error}", _CORRECT) from error
    if not isinstance(data, dict) or root is None:
        message = "the file does not hold a mapping of sections"
        raise _not_yaml(source, 1, "LRJ003", message, "Write sections such as job, input, copybook and target.")
    lines: dict[Key, int] = {(): 1}
    faults = Faults()
    for key, line in _collect(root, (), lines):
        message = f"the key {key[-1]} is here for the second time"
        faults.note(JobFault(source, line, ".".join(map(str, key)), "LRJ005", message, "Keep one of them."))
    faults.refuse()
    return Document(data, lines, source)


def _not_yaml(source: str, line: int, code: str, message: str, remedy: str) -> JobError:
    return JobFault(source, line, "", code, message, remedy).error()


def _refuse_bombs(text: str, source: str) -> None:
    """LRJ004 for aliases, tags, and deep nesting, for which the parser needs quadratic time.

    A tag (``!!int ''``) makes the parser convert values that it cannot convert, with uncoded errors.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise _not_yaml(source, line, "LRJ004", "aliases (*name) are not allowed", "Write the value out.")
        if isinstance(event, yaml.ScalarEvent) and any("\ud800" <= character <= "\udfff" for character in event.value):
            message = "a text has half of a surrogate pair, which has no form in UTF-8"
            raise _not_yaml(source, line, "LRJ002", message, _CORRECT)
        if getattr(event, "tag", None) is not None:
            raise _not_yaml(source, line, "LRJ004", "tags (!name) are not allowed", "Leave the tag out.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            message = f"the file is nested deeper than {_MAX_DEPTH} levels"
            raise _not_yaml(source, line, "LRJ004", message, "A job definition needs no such nesting.")


def _collect(node: yaml.Node, key: Key, lines: dict[Key, int]) -> Iterator[tuple[Key, int]]:
    """Adds the lines of all keys below the node; yields keys that are there for the second time, with their lines."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            below = (*key, str(name.value))
            line = name.start_mark.line + 1
            if below in lines:
                yield below, line
            else:
                lines[below] = line
                yield from _collect(value, below, lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[(*key, number)] = value.start_mark.line + 1
            yield from _collect(value, (*key, number), lines)


def _has(data: Any, part: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(part, int) and part < len(data)
    return isinstance(data, dict) and part in data


def _parent(data: Any, key: Key) -> Any:
    for part in key[:-1]:
        data = data[part]
    return data
