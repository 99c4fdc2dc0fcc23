"""Of items that share storage, which one holds: the first, unless the job names another."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from shared.copybook import Layout

Path = tuple[str, ...]


class Tree:
    """A layout's items by their index, with what is around them and whether they hold their storage."""

    def __init__(self, layout: Layout, redefinitions: Collection[str] = ()) -> None:
        """``redefinitions`` names the redefining items that hold; CopybookError LRC025 or LRC026 for unknown names."""
        self.layout = layout
        self.parents = _parents(layout)
        self.holds_here = _holding(layout, self.parents, {layout.find(name).path for name in redefinitions})
        self._places = {id(field): index for index, field in enumerate(layout.fields)}

    def index(self, field: object) -> int:
        """The index of a field of the layout: the field itself, because paths of FILLERs are not unique."""
        return self._places[id(field)]

    def around(self, index: int) -> Iterator[int]:
        """The item itself and the groups around it, from the inside out."""
        at: int | None = index
        while at is not None:
            yield at
            at = self.parents[at]

    def holds(self, index: int) -> bool:
        """Whether the item, and each group around it, is the one whose reading of the storage holds."""
        return all(self.holds_here[at] for at in self.around(index))


def _parents(layout: Layout) -> list[int | None]:
    """The index of the group right above each field, from the depth of the paths."""
    parents: list[int | None] = []
    line: list[int] = []
    for index, field in enumerate(layout.fields):
        del line[len(field.path) - 1 :]
        parents.append(line[-1] if line else None)
        line.append(index)
    return parents


def _holding(layout: Layout, parents: list[int | None], chosen: Collection[Path]) -> list[bool]:
    """Whether each field is the one among those that redefine the same storage."""
    first: dict[int | None, int] = {}
    owners: list[int] = []
    holder: dict[int, int] = {}
    for index, (field, parent) in enumerate(zip(layout.fields, parents, strict=True)):
        if field.redefines is None or parent is None:
            first[parent] = holder[index] = index
        elif field.path in chosen:
            holder[first[parent]] = index
        owners.append(first[parent])
    return [holder[owner] == index for index, owner in enumerate(owners)]
