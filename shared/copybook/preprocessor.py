"""Text → tokens for the parser, with COPY members inserted and EXEC blocks removed.

DCLGEN puts ``EXEC SQL DECLARE … TABLE … END-EXEC`` before its record; this block does not describe storage. ``EXEC SQL
INCLUDE member END-EXEC`` and Panvalet's ``++INCLUDE member`` mean the same as COPY.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shared.copybook.errors import BAD_COPY, COPY_CYCLE, TOO_LARGE, Position, failure, shown
from shared.copybook.lexer import Kind, Token, tokens
from shared.copybook.limits import MAX_COPIED, MAX_COPIES, MAX_COPY_DEPTH, MAX_TOKENS
from shared.copybook.members import read_member
from shared.copybook.reference import ChosenFormat, ReferenceFormat
from shared.copybook.replacing import read_replacements, replaced
from shared.copybook.source import logical_lines


def preprocess(
    text: str, source: str, reference_format: ReferenceFormat, copy_roots: Sequence[Path]
) -> tuple[ChosenFormat, list[Token]]:
    """The reference format of ``text``, and its tokens with every COPY expanded.

    Raises ``CopybookError`` LRC001–LRC009.
    """
    expansion = _Expansion(reference_format, copy_roots)
    chosen, lines = logical_lines(text, source, reference_format)
    return chosen, expansion.expand(tokens(lines, source), ())


class _Expansion:
    """Expands one copybook and the members that it copies, and counts what they add."""

    def __init__(self, reference_format: ReferenceFormat, roots: Sequence[Path]) -> None:
        self.reference_format = reference_format
        self.roots = roots
        self.copies = 0
        self.copied = 0
        self.total = 0

    def expand(self, text: list[Token], active: tuple[Path, ...]) -> list[Token]:
        """Replace the COPY statements in ``text``; ``active`` are the members being copied, outermost first."""
        result: list[Token] = []
        index = 0
        while index < len(text):
            if text[index].kind is Kind.WORD and text[index].upper in ("COPY", "EXEC"):
                inserted, index = self._statement(text, index, active)
                result.extend(inserted)
            elif _is_plus_include(text, index):
                result.extend(self._member(text[index + 3], "", active))
                index += 4
            else:
                result.append(text[index])
                index += 1
        self._count(len(result), text)
        return result

    def _count(self, added: int, text: list[Token]) -> None:
        self.total += added
        if self.total > MAX_TOKENS:
            raise failure(TOO_LARGE, f"there are more than {MAX_TOKENS:,} words after COPY", text[0].at)

    def _statement(self, text: list[Token], index: int, active: tuple[Path, ...]) -> tuple[list[Token], int]:
        if text[index].upper == "EXEC":
            return self._exec(text, index, active)
        end = index
        while end < len(text) and text[end].kind is not Kind.PERIOD:
            end = _after_pseudo_text(text, end) if text[end].kind is Kind.PSEUDO else end + 1
        if end >= len(text):
            raise failure(BAD_COPY, "the COPY statement has no period", text[index].at)
        return self._copy(text[index + 1 : end], text[index].at, active), end + 1

    def _copy(self, operands: list[Token], at: Position, active: tuple[Path, ...]) -> list[Token]:
        run = _glued_run(operands, 0)
        if not run or run[0].kind not in (Kind.WORD, Kind.LITERAL):
            raise failure(BAD_COPY, "COPY has no member name", at)
        member = run[0]._replace(text="".join(token.text for token in run))
        rest, library = operands[len(run) :], ""
        if len(rest) > 1 and rest[0].upper in ("OF", "IN"):
            library, rest = _unquoted(rest[1]), rest[2:]
        if rest and rest[0].upper == "SUPPRESS":
            rest = rest[1:]
        copied = self._member(member, library, active)
        if not rest:
            return copied
        if rest[0].upper != "REPLACING":
            raise failure(BAD_COPY, f"{shown(rest[0].text)} is not part of a COPY statement", rest[0].at)
        return replaced(copied, read_replacements(rest[1:], rest[0].at))

    def _exec(self, text: list[Token], index: int, active: tuple[Path, ...]) -> tuple[list[Token], int]:
        end = index
        while end < len(text) and text[end].upper != "END-EXEC":
            end += 1
        if end == len(text):
            raise failure(BAD_COPY, "EXEC has no END-EXEC", text[index].at, "Close the block with END-EXEC.")
        words = [token.upper for token in text[index:end]]
        copied = (
            self._member(text[index + 3], "", active) if words[1:3] == ["SQL", "INCLUDE"] and end > index + 3 else []
        )
        closed = end + 1 < len(text) and text[end + 1].kind is Kind.PERIOD
        return copied, end + 1 + closed

    def _member(self, name: Token, library: str, active: tuple[Path, ...]) -> list[Token]:
        self.copies += 1
        if self.copies > MAX_COPIES or len(active) >= MAX_COPY_DEPTH:
            limits = f"{MAX_COPIES} COPY statements, or more than {MAX_COPY_DEPTH} levels of them"
            raise failure(TOO_LARGE, f"there are more than {limits}", name.at, "Use fewer COPY statements.")
        member = read_member(_unquoted(name), library, self.roots, name.at)
        if member.path in active:
            cycle = " → ".join(path.name for path in (*active, member.path))
            raise failure(COPY_CYCLE, f"members copy each other: {cycle}", name.at)
        self.copied += len(member.text)
        if self.copied > MAX_COPIED:
            raise failure(
                TOO_LARGE,
                f"the members have more than {MAX_COPIED:,} characters",
                name.at,
                "Use fewer or smaller members.",
            )
        source = member.path.name
        _, lines = logical_lines(member.text, source, self.reference_format)
        return self.expand(tokens(lines, source), (*active, member.path))


def _after_pseudo_text(text: list[Token], start: int) -> int:
    end = start + 1
    while end < len(text) and text[end].kind is not Kind.PSEUDO:
        end += 1
    return end + 1


def _glued_run(text: list[Token], start: int) -> list[Token]:
    end = start + 1
    while end < len(text) and text[end].glued:
        end += 1
    return text[start:end]


def _unquoted(token: Token) -> str:
    return token.text[1:-1] if token.text[:1] in "'\"" else token.text


def _is_plus_include(text: list[Token], index: int) -> bool:
    if text[index].text != "+" or index + 3 >= len(text):
        return False
    return [token.upper for token in text[index : index + 3]] == ["+", "+", "INCLUDE"]
