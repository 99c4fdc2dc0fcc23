"""What jobs may name in a layout: elements, tables as a whole, and groups; and which options each element has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from shared.copybook import FILLER, Element, Layout, LayoutField, elementary
from shared.jobs.holding import Tree
from shared.jobs.model import FieldOptions, Policies


class Names:
    """The names of a layout's items.

    ``elements`` are elementary items by name, those in tables with their subscripts: ``NAME(3)``. ``wholes`` are the
    indices of groups, and of items that are tables, by name. An item's name is its own, or with the groups around it
    (``GROUP.NAME``) where that stands for several.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        layout = tree.layout
        self.elements = dict(named_elements(layout))
        self._element_names = {id(element): name for name, element in self.elements.items()}
        self.wholes: dict[str, int] = {}
        counts = Counter(field.name for field in layout.fields if field.is_group or field.occurs)
        for index, field in enumerate(layout.fields):
            if field.name != FILLER and (field.is_group or field.occurs):
                self._add(index, field, alone=counts[field.name] == 1)
        self._names = {index: name for name, index in self.wholes.items()}

    def _add(self, index: int, field: LayoutField, *, alone: bool) -> None:
        choices = (field.name if alone else "", ".".join(field.path[1:]), ".".join(field.path))
        name = next((one for one in choices if one and one not in self.elements and one not in self.wholes), None)
        if name is not None:  # else FILLERs around items of one name: nothing can tell them apart
            self.wholes[name] = index

    def __contains__(self, name: object) -> bool:
        return name in self.elements or name in self.wholes

    def __iter__(self) -> Iterator[str]:
        yield from self.elements
        yield from self.wholes

    def line(self, name: str, element: Element) -> list[str]:
        """The names that the options of an element may stand under, from the outermost group to its own."""
        around = [*self._tree.around(self._tree.index(element.field))]
        names = [self._names[index] for index in reversed(around) if index in self._names]
        return [*names, name]

    def is_loaded(self, name: str, element: Element, fields: Mapping[str, FieldOptions]) -> bool:
        """Whether the job loads it: it, or a group around it, is named; or no redefinition is in its way.

        A redefinition is loaded only where the job names it: most often it is another reading of the same bytes.
        """
        if name in fields:
            return True
        for index in self._tree.around(self._tree.index(element.field)):
            if self._names.get(index) in fields:
                return True
            if not self._tree.holds_here[index]:
                return False
        return True


def named_elements(layout: Layout) -> Iterator[tuple[str, Element]]:
    """Elementary items with the names that jobs use: the item's own, or with its groups where that is ambiguous."""
    elements = [element for element in elementary(layout) if element.field.name != FILLER]
    counts = Counter(element.name for element in elements)
    for element in elements:
        if counts[element.name] == 1:
            yield element.name, element
        else:
            yield ".".join((*element.field.path[1:-1], element.name)), element


def merged(policies: Policies, *options: FieldOptions) -> FieldOptions:
    """The options of a field: what is stated later goes before what is stated earlier."""
    stated = policies.model_dump(exclude_unset=True)
    for one in options:
        stated |= one.model_dump(exclude_unset=True)
    return FieldOptions(**stated)
