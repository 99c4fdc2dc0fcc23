"""COPY … REPLACING: reading the phrase and applying it (Enterprise COBOL Language Reference, "COPY statement")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shared.copybook.errors import BAD_COPY, TOO_LARGE, Position, failure
from shared.copybook.lexer import Kind, Token, joined
from shared.copybook.limits import MAX_REPLACING, MAX_TOKENS


class Replacement(NamedTuple):
    """One ``old BY new``; ``part`` is '' for whole text words, or LEADING or TRAILING for a part of a word."""

    old: tuple[Token, ...]
    new: tuple[Token, ...]
    part: str


def read_replacements(phrase: Sequence[Token], at: Position) -> list[Replacement]:
    """Read what stands behind REPLACING up to the period; raises ``CopybookError`` LRC005."""
    found: list[Replacement] = []
    index = 0
    while index < len(phrase):
        part = phrase[index].upper if phrase[index].upper in ("LEADING", "TRAILING") else ""
        old, index = _operand(phrase, index + bool(part), at)
        if index >= len(phrase) or phrase[index].upper != "BY":
            raise failure(BAD_COPY, "REPLACING without BY", phrase[min(index, len(phrase) - 1)].at)
        new, index = _operand(phrase, index + 1, at)
        if not old or (part and len(old) != 1):
            raise failure(BAD_COPY, "REPLACING needs a text to replace", at)
        found.append(Replacement(old, new, part))
    if not 0 < sum(len(replacement.old) for replacement in found) <= MAX_REPLACING:
        raise failure(BAD_COPY, f"REPLACING takes 1 to {MAX_REPLACING} words to replace", at)
    return found


def _operand(phrase: Sequence[Token], index: int, at: Position) -> tuple[tuple[Token, ...], int]:
    """One pseudo-text, or one word, literal or run of glued tokens; and the index behind it."""
    if index >= len(phrase):
        raise failure(BAD_COPY, "REPLACING ends too early", at)
    end = index + 1
    if phrase[index].kind is not Kind.PSEUDO:
        while end < len(phrase) and phrase[end].glued:
            end += 1
        return tuple(phrase[index:end]), end
    while end < len(phrase) and phrase[end].kind is not Kind.PSEUDO:
        end += 1
    if end == len(phrase):
        raise failure(BAD_COPY, "pseudo-text without its closing ==", phrase[index].at)
    return tuple(phrase[index + 1 : end]), end + 1


def replaced(text: list[Token], replacements: Sequence[Replacement]) -> list[Token]:
    """Apply the first replacement that matches at each place, once, from left to right, and join touching words."""
    result: list[Token] = []
    index = 0
    glue_lost = False
    while index < len(text):
        new, length = _at(text, index, replacements)
        # Where a replacement is empty, the next token touches what the replaced one touched, and no more.
        if glue_lost and new:
            new = [new[0]._replace(glued=False), *new[1:]]
        glue_lost = not new and (glue_lost or not text[index].glued)
        result.extend(new)
        index += length
        if len(result) > MAX_TOKENS:
            raise failure(TOO_LARGE, f"more than {MAX_TOKENS:,} words after REPLACING", text[0].at)
    return joined(result)


def _at(text: list[Token], index: int, replacements: Sequence[Replacement]) -> tuple[list[Token], int]:
    for replacement in replacements:
        if replacement.part:
            changed = _partial(text[index], replacement)
            if changed is not None:
                return changed, 1
        elif _matches(text, index, replacement.old):
            return _moved(replacement.new, text[index]), len(replacement.old)
    return [text[index]], 1


def _matches(text: list[Token], index: int, old: tuple[Token, ...]) -> bool:
    if index + len(old) > len(text):
        return False
    return all(
        text[index + n].kind is token.kind and text[index + n].upper == token.upper for n, token in enumerate(old)
    )


def _partial(token: Token, replacement: Replacement) -> list[Token] | None:
    old = replacement.old[0].upper
    new = "".join(part.text for part in replacement.new)
    if token.kind is not Kind.WORD or len(token.text) <= len(old):
        return None
    if replacement.part == "LEADING" and token.upper.startswith(old):
        return [token._replace(text=new + token.text[len(old) :])]
    if replacement.part == "TRAILING" and token.upper.endswith(old):
        return [token._replace(text=token.text[: -len(old)] + new)]
    return None


def _moved(new: tuple[Token, ...], first: Token) -> list[Token]:
    """Replacement text stands, for messages, where the replaced text stood."""
    return [
        token._replace(at=first.at, glued=first.glued if number == 0 else token.glued)
        for number, token in enumerate(new)
    ]
