"""COBOL copybooks: text → tree of items → flat layout of one record.

    copybook = parse_copybook(text, source="CUSTOMER.cpy", copy_roots=[folder])
    layout = lay_out(copybook, record="CUSTOMER-RECORD")
    for element in elementary(layout): ...

The stages; each module imports only those before it:

    reference, source       columns, comments, continuation       → logical lines
    lexer                   words, literals, marks                → tokens with their positions
    members, replacing      COPY members, REPLACING
    preprocessor            COPY expanded, EXEC blocks removed    → tokens of the whole text
    picture                 the meaning of a picture              → category, digits, scale
    ast, entry              tree, and one entry of it             → ``Item``, ``Entry``
    values, clauses         the clauses of an entry
    storage                 the meaning of a usage                → bytes, boundary
    tree, parser            entries by their level numbers        → ``Copybook`` of ``Item``
    placement               offsets, slack bytes, redefinitions
    layout, compile         one record                            → ``Layout`` of ``LayoutField``
    expansion               tables expanded                       → ``Element``

Sizes and rules are those of IBM Enterprise COBOL for z/OS (Language Reference). The modules name the differences of
other dialects. Every error in a copybook is a ``CopybookError`` of the family LRC (``errors.py``) with line, column and
a remedy. ``limits.py`` has the limits of a copybook.
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
