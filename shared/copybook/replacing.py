"""COPY … REPLACING: reading the phrase and applying it (Enterprise COBOL Language Reference, "COPY statement")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shared.copybook.errors import BAD_COPY, TOO_LARGE, Position, failure
from shared.copybook.lexer import Kind, Token, joined
from shared.copybook.limits import MAX_REPLACING, MAX_TEXT, MAX_TOKENS


class Replacement(NamedTuple):
    """One ``old BY new``. ``part`` is '' for whole words, or LEADING or TRAILING for a part of a word."""

    old: tuple[Token, ...]
    new: tuple[Token, ...]
    part: str


def read_replacements(phrase: Sequence[Token], at: Position) -> list[Replacement]:
    """Read the phrase after REPLACING. Raises ``CopybookError`` LRC005."""
    found: list[Replacement] = []
    index = 0
    while index < len(phrase):
        part = phrase[index].upper if phrase[index].upper in ("LEADING", "TRAILING") else ""
        old, index = _operand(phrase, index + bool(part), at)
        if index >= len(phrase) or phrase[index].upper != "BY":
            raise failure(BAD_COPY, "REPLACING has no BY", phrase[min(index, len(phrase) - 1)].at)
        new, index = _operand(phrase, index + 1, at)
        if not old or (part and len(old) != 1):
            raise failure(BAD_COPY, "REPLACING has no text to replace", at)
        found.append(Replacement(old, new, part))
    if not 0 < sum(len(replacement.old) for replacement in found) <= MAX_REPLACING:
        raise failure(BAD_COPY, f"REPLACING can replace 1 to {MAX_REPLACING} words", at)
    return found


def _operand(phrase: Sequence[Token], index: int, at: Position) -> tuple[tuple[Token, ...], int]:
    """One pseudo-text, word, literal or run of glued tokens; and the index after it."""
    if index >= len(phrase):
        raise failure(BAD_COPY, "the REPLACING phrase is not complete", at)
    end = index + 1
    if phrase[index].kind is not Kind.PSEUDO:
        while end < len(phrase) and phrase[end].glued:
            end += 1
        return tuple(phrase[index:end]), end
    while end < len(phrase) and phrase[end].kind is not Kind.PSEUDO:
        end += 1
    if end == len(phrase):
        raise failure(BAD_COPY, "the pseudo-text has no closing ==", phrase[index].at)
    return tuple(phrase[index + 1 : end]), end + 1


def replaced(text: list[Token], replacements: Sequence[Replacement]) -> list[Token]:
    """Apply the first matching replacement at each position, once, from left to right, and join adjacent words.

    Raises ``CopybookError`` LRC001 when the result is too large.
    """
    result: list[Token] = []
    index = size = 0
    glue_lost = False
    finder = _Finder(text, replacements)
    while index < len(text):
        new, length = _at(text[index], finder.first(index))
        # After an empty replacement, the next token is glued only if the replaced token was.
        if glue_lost and new:
            new = [new[0]._replace(glued=False), *new[1:]]
        glue_lost = not new and (glue_lost or not text[index].glued)
        result.extend(new)
        index += length
        size += sum(len(token.text) for token in new)
        if len(result) > MAX_TOKENS or size > MAX_TEXT:
            limits = f"{MAX_TOKENS:,} words or {MAX_TEXT:,} characters"
            raise failure(TOO_LARGE, f"there are more than {limits} after REPLACING", text[0].at)
    return joined(result)


_Key = tuple[Kind, str]


class _Finder:
    """Finds the replacement at a position with one look-up for each length of the texts to be replaced."""

    def __init__(self, text: Sequence[Token], replacements: Sequence[Replacement]) -> None:
        self._keys: list[_Key] = [(token.kind, token.upper) for token in text]
        self._replacements = replacements
        self._begins: set[_Key] = set()
        self._whole: dict[int, dict[tuple[_Key, ...], int]] = {}
        self._leading: dict[int, dict[str, int]] = {}
        self._trailing: dict[int, dict[str, int]] = {}
        for number, replacement in enumerate(replacements):
            self._enter(number, replacement)

    def _enter(self, number: int, replacement: Replacement) -> None:
        keys = tuple((token.kind, token.upper) for token in replacement.old)
        if replacement.part:
            parts = self._leading if replacement.part == "LEADING" else self._trailing
            parts.setdefault(len(keys[0][1]), {}).setdefault(keys[0][1], number)
        else:
            self._begins.add(keys[0])
            self._whole.setdefault(len(keys), {}).setdefault(keys, number)

    def first(self, index: int) -> Replacement | None:
        """The first replacement that matches the text at ``index``."""
        numbers: list[int | None] = []
        kind, word = key = self._keys[index]
        if key in self._begins:
            numbers += [olds.get(tuple(self._keys[index : index + size])) for size, olds in self._whole.items()]
        if kind is Kind.WORD:
            numbers += [olds.get(word[:size]) for size, olds in self._leading.items() if size < len(word)]
            numbers += [olds.get(word[-size:]) for size, olds in self._trailing.items() if size < len(word)]
        found = min((number for number in numbers if number is not None), default=None)
        return None if found is None else self._replacements[found]


def _at(token: Token, replacement: Replacement | None) -> tuple[list[Token], int]:
    """The replacement of ``token`` and the tokens after it, and how many tokens it replaces."""
    if replacement is None:
        return [token], 1
    if not replacement.part:
        return _moved(replacement.new, token), len(replacement.old)
    new, size = "".join(part.text for part in replacement.new), len(replacement.old[0].upper)
    leading = replacement.part == "LEADING"
    return [token._replace(text=new + token.text[size:] if leading else token.text[:-size] + new)], 1


def _moved(new: tuple[Token, ...], first: Token) -> list[Token]:
    """In messages, replacement text has the position of the replaced text."""
    return [
        token._replace(at=first.at, glued=first.glued if number == 0 else token.glued)
        for number, token in enumerate(new)
    ]
