"""Shared by the copybook tests: layouts of free-form text, fixed-form lines, and generated copybooks."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from shared.copybook import Layout, lay_out, parse_copybook


def layout_of(text: str, **options: object) -> Layout:
    record = options.pop("record", None)
    return lay_out(parse_copybook(text, **{"reference_format": "free", **options}), record=record)


def under_01(*lines: str) -> str:
    return "01 REC.\n" + "\n".join(lines)


def offsets(layout: Layout) -> dict[str, tuple[int, int]]:
    return {one.name: (one.offset, one.length) for one in layout.fields}


@dataclass
class Node:
    """A generated item, from which its COBOL text and its size are made without the code under test."""

    name: str
    clause: str = ""
    bytes: int = 0
    times: int = 1
    redefines: Node | None = None
    children: list[Node] = field(default_factory=list)

    @property
    def one(self) -> int:
        """Bytes of one occurrence."""
        if not self.children:
            return self.bytes
        size = 0
        position: dict[str, int] = {}
        for child in self.children:
            start = position[child.redefines.name] if child.redefines else size
            position[child.name] = start
            size = max(size, start + child.one * child.times)
        return size

    def lines(self, level: int = 1) -> list[str]:
        words = [f"{level:02}", self.name]
        words += ["REDEFINES", self.redefines.name] if self.redefines else []
        words += [self.clause] if self.clause else []
        words += [f"OCCURS {self.times} TIMES"] if self.times > 1 else []
        head = "  " * min(level, 8) + " ".join(words) + "."
        return [head, *(line for child in self.children for line in child.lines(level + 2))]

    def walk(self) -> list[Node]:
        return [self, *(below for child in self.children for below in child.walk())]


def in_fixed_format(lines: list[str]) -> str:
    """Card images: sequence numbers, text in 8–72 cut into lines at blanks, an identification in 73–80."""
    cards = []
    for line in lines:
        words, text = line.split(" "), ""
        for word in words:
            if len(text) + len(word) + 1 > 60:
                cards.append(text)
                text = "    "
            text += word + " "
        cards.append(text)
    return "\n".join(f"{number * 100:06} {text:<65}ID{number:06}" for number, text in enumerate(cards, 1))


def _pictures() -> st.SearchStrategy[tuple[str, int]]:
    size = st.integers(1, 30)
    digits = st.integers(1, 18)
    return st.one_of(
        size.map(lambda n: (f"PIC X({n})", n)),
        size.map(lambda n: (f"PIC N({n})", 2 * n)),
        digits.map(lambda n: (f"PIC S9({n})", n)),
        digits.map(lambda n: (f"PIC S9({n}) SIGN LEADING SEPARATE", n + 1)),
        digits.map(lambda n: (f"PIC S9({n})V99 COMP-3", (n + 2) // 2 + 1)),
        digits.map(lambda n: (f"PIC 9({n}) COMP-6", -(-n // 2))),
        digits.map(lambda n: (f"PIC S9({n}) COMP", 2 if n < 5 else 4 if n < 10 else 8)),
        digits.map(lambda n: (f"PIC Z({n})9.99-", n + 5)),
        st.sampled_from([("COMP-1", 4), ("COMP-2", 8), ("PIC A", 1), ("PIC XX/XX", 5)]),
    )


@st.composite
def copybooks(draw: st.DrawFn) -> Node:
    """A record of groups, tables, elementary items of every usage and redefinitions, up to 40 items."""
    counter = iter(range(1000))

    def build(depth: int) -> Node:
        name = f"ITEM-{next(counter)}"
        times = draw(st.sampled_from([1, 1, 1, 2, 5])) if depth else 1
        if depth and (depth > 3 or draw(st.booleans())):
            clause, size = draw(_pictures())
            return Node(name, clause, size, times)
        group = Node(name, times=times)
        for _ in range(draw(st.integers(1, 4))):
            child = build(depth + 1)
            if group.children and draw(st.integers(0, 3)) == 0:
                before = group.children[-1]
                child.redefines = before.redefines or before
            group.children.append(child)
        return group

    return build(0)
