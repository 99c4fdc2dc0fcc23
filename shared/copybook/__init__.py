"""COBOL copybooks: text → tree of items → flat layout of one record.

    copybook = parse_copybook(text, source="CUSTOMER.cpy", copy_roots=[folder])
    layout = lay_out(copybook, record="CUSTOMER-RECORD")
    for element in elementary(layout): ...

The stages, each a module that knows only the ones before it:

    reference, source   columns, comments, continuation     → logical lines
    lexer               words, literals, marks              → tokens with their places
    preprocessor        COPY … REPLACING, EXEC SQL          → tokens of the whole text
    parser, clauses     entries and their clauses           → tree (``Copybook`` of ``Item``)
    picture, storage    what a picture and a usage mean     → category, digits, bytes
    placement, compile  offsets, slack bytes, redefinitions → ``Layout`` of ``LayoutField``
    expansion           tables unrolled                     → ``Element``

Sizes and rules are those of IBM Enterprise COBOL for z/OS (Language Reference); where real copybooks of other dialects
differ, the module says so. Everything wrong with a copybook is a ``CopybookError`` of the family LRC (``errors.py``)
with line, column and a remedy; ``limits.py`` bounds what a copybook may cost.
"""

from shared.copybook.ast import (
    FILLER,
    Condition,
    Copybook,
    Item,
    Literal,
    LiteralKind,
    Occurs,
    Rename,
    SignPosition,
    Usage,
    ValueRange,
)
from shared.copybook.compile import lay_out, lay_out_together
from shared.copybook.expansion import Element, elementary
from shared.copybook.layout import Dimension, Layout, LayoutField, RenamedRange
from shared.copybook.parser import merge_copybooks, parse_copybook
from shared.copybook.picture import Category, Picture
from shared.copybook.reference import ReferenceFormat

__all__ = [
    "FILLER",
    "Category",
    "Condition",
    "Copybook",
    "Dimension",
    "Element",
    "Item",
    "Layout",
    "LayoutField",
    "Literal",
    "LiteralKind",
    "Occurs",
    "Picture",
    "ReferenceFormat",
    "Rename",
    "RenamedRange",
    "SignPosition",
    "Usage",
    "ValueRange",
    "elementary",
    "lay_out",
    "lay_out_together",
    "merge_copybooks",
    "parse_copybook",
]
