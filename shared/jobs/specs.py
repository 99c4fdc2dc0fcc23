"""From the copybook's elements to the codec's fields: the one place where the two vocabularies meet."""

from __future__ import annotations

from typing import Final

from shared.codec import FieldSpec, Kind, Null, Sign, Trim
from shared.copybook import Category, Element, SignPosition, Usage
from shared.errors import JobError
from shared.jobs.model import FieldOptions

_SIGNS: Final = {
    SignPosition.TRAILING: Sign.TRAILING,
    SignPosition.LEADING: Sign.LEADING,
    SignPosition.TRAILING_SEPARATE: Sign.TRAILING_SEPARATE,
    SignPosition.LEADING_SEPARATE: Sign.LEADING_SEPARATE,
}
_BINARY: Final = {Usage.COMP, Usage.COMP_5, Usage.COMP_9}
_PACKED: Final = {Usage.COMP_3, Usage.COMP_6}
_TEXT: Final = {Category.ALPHANUMERIC, Category.ALPHABETIC, Category.NUMERIC_EDITED, Category.ALPHANUMERIC_EDITED}


def field_spec(element: Element, name: str, code_page: str, options: FieldOptions) -> FieldSpec:
    """The codec's view of an element; LRJ030 for a type that cannot be decoded yet."""
    field = element.field
    kind = _kind(element, name)
    number = kind is not Kind.TEXT
    return FieldSpec(
        name,
        kind,
        element.offset,
        field.length,
        digits=field.digits if number else 0,
        scale=field.scale if number else 0,
        sign=_sign(element),
        little_endian=field.usage is Usage.COMP_9,
        native_binary=field.usage is Usage.COMP_5,
        signless=field.usage is Usage.COMP_6,
        code_page=code_page,
        trim=Trim(options.trim),
        null_when=tuple(Null(word) for word in options.null_when),
    )


def _kind(element: Element, name: str) -> Kind:
    field = element.field
    if field.category in _TEXT:
        return Kind.TEXT
    if field.category is not Category.NUMERIC:
        raise JobError(
            "LRJ030",
            f"field {name} ({field.usage.value} {field.picture or ''}) is of category {field.category.value}, which is "
            f"not decoded",
            remedy=f"Leave it out: fields: {{{name}: {{skip: true}}}}.",
        )
    if field.usage in _BINARY:
        return Kind.BINARY
    return Kind.PACKED if field.usage in _PACKED else Kind.DISPLAY


def _sign(element: Element) -> Sign:
    if not element.field.signed:
        return Sign.NONE
    return _SIGNS.get(element.field.sign, Sign.TRAILING)
