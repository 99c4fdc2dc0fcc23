"""The items of a layout as jobs see them: their names, and which of the items that share storage is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from shared.copybook import FILLER, Element, Layout, LayoutField, elementary
from shared.jobs.model import FieldOptions, Policies

Path = tuple[str, ...]


class Tree:
    """A layout's items by their index, with the groups around them, and whether they are active.

    Of the items that share storage (REDEFINES), one is active: the first, unless the job names another.
    """

    def __init__(self, layout: Layout, redefinitions: Collection[str] = ()) -> None:
        """``redefinitions`` are names of redefining items that are active; CopybookError LRC025 or LRC026."""
        self.layout = layout
        self.parents = _parents(layout)
        self.active_here = _active(layout, self.parents, {layout.find(name).path for name in redefinitions})
        self._indices = {id(field): index for index, field in enumerate(layout.fields)}

    def index(self, field: object) -> int:
        """The index of a field of the layout. It is found by identity, because paths of FILLERs are not unique."""
        return self._indices[id(field)]

    def with_groups(self, index: int) -> Iterator[int]:
        """The item and the groups around it, from the inside out."""
        at: int | None = index
        while at is not None:
            yield at
            at = self.parents[at]

    def is_active(self, index: int) -> bool:
        """Whether the item and all groups around it are active."""
        return all(self.active_here[at] for at in self.with_groups(index))


def _parents(layout: Layout) -> list[int | None]:
    """The index of the group that contains each field, from the lengths of the paths."""
    parents: list[int | None] = []
    groups: list[int] = []
    for index, field in enumerate(layout.fields):
        del groups[len(field.path) - 1 :]
        parents.append(groups[-1] if groups else None)
        groups.append(index)
    return parents


def _active(layout: Layout, parents: list[int | None], chosen: Collection[Path]) -> list[bool]:
    """Whether each field is the active one of those that share its storage."""
    last_owner: dict[int | None, int] = {}
    owners: list[int] = []
    active: dict[int, int] = {}
    for index, (field, parent) in enumerate(zip(layout.fields, parents, strict=True)):
        if field.redefines is None or parent is None:
            last_owner[parent] = active[index] = index
        elif field.path in chosen:
            active[last_owner[parent]] = index
        owners.append(last_owner[parent])
    return [active[owner] == index for index, owner in enumerate(owners)]


class Names:
    """The names that a job can use for a layout's items.

    ``elements`` are the elementary items by name; in tables the name has subscripts: ``NAME(3)``. ``wholes`` are the
    indices of groups, and of items that are tables, by name. An item's name is its own or, if several items have it,
    the name with the groups around it: ``GROUP.NAME``.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        layout = tree.layout
        self.elements = dict(named_elements(layout))
        self.wholes: dict[str, int] = {}
        counts = Counter(field.name for field in layout.fields if field.is_group or field.occurs)
        for index, field in enumerate(layout.fields):
            if field.name != FILLER and (field.is_group or field.occurs):
                self._add(index, field, is_unique=counts[field.name] == 1)
        self._names = {index: name for name, index in self.wholes.items()}

    def _add(self, index: int, field: LayoutField, *, is_unique: bool) -> None:
        choices = (field.name if is_unique else "", ".".join(field.path[1:]), ".".join(field.path))
        name = next((one for one in choices if one and one not in self.elements and one not in self.wholes), None)
        if name is not None:  # else only FILLERs distinguish items of one name
            self.wholes[name] = index

    def __contains__(self, name: object) -> bool:
        return name in self.elements or name in self.wholes

    def __iter__(self) -> Iterator[str]:
        yield from self.elements
        yield from self.wholes

    def with_groups(self, name: str, element: Element) -> list[str]:
        """The names under which the job can state options of an element, from the outermost group to its own."""
        around = [*self._tree.with_groups(self._tree.index(element.field))]
        names = [self._names[index] for index in reversed(around) if index in self._names]
        return [*names, name]

    def is_loaded(self, name: str, element: Element, fields: Mapping[str, FieldOptions]) -> bool:
        """Whether the job loads the element: the job names it or a group around it, or everything around is active.

        An inactive redefinition is loaded only if the job names it, because most are another view of the same bytes.
        """
        if name in fields:
            return True
        for index in self._tree.with_groups(self._tree.index(element.field)):
            if self._names.get(index) in fields:
                return True
            if not self._tree.active_here[index]:
                return False
        return True


def named_elements(layout: Layout) -> Iterator[tuple[str, Element]]:
    """The elementary items with the names that jobs use: the item's own or, if ambiguous, with its groups."""
    elements = [element for element in elementary(layout) if element.field.name != FILLER]
    counts = Counter(element.name for element in elements)
    for element in elements:
        if counts[element.name] == 1:
            yield element.name, element
        else:
            yield ".".join((*element.field.path[1:-1], element.name)), element


def merged(policies: Policies, *options: FieldOptions) -> FieldOptions:
    """The options of a field: what is stated later replaces what is stated earlier."""
    stated = policies.model_dump(exclude_unset=True)
    for one in options:
        stated |= one.model_dump(exclude_unset=True)
    return FieldOptions(**stated)
