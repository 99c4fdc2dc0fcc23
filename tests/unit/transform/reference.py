"""Batches of records of several types, random ones, and the slow way through them: one record and field at a time.

The layouts are of three levels, customers with orders with items. An order has a table that its counter may leave
short; an item shows the bytes of a code that does not decode.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from shared.batch.types import SqlType, TargetColumn
from shared.codec import DateForm, Decoder, FieldSpec, Invalid, Kind, Null, Sign, explain
from shared.records.conditions import Condition, RecordType, type_of
from shared.records.open_records import OpenRecords
from shared.shaping import CounterField, Shape, Table
from shared.transform.plan import Inherited, Plan, PlanColumn, RecordPlan, Rule, RuleKind, SummedField

FILLER = b"\x40"
Row = tuple[Any, ...]


def text(name: str, offset: int, length: int) -> FieldSpec:
    return FieldSpec(name, Kind.TEXT, offset, length)


def digits(name: str, offset: int, length: int, **more: Any) -> FieldSpec:
    return FieldSpec(name, Kind.DISPLAY, offset, length, length, **more)


def packed(name: str, offset: int, length: int, **more: Any) -> FieldSpec:
    return FieldSpec(name, Kind.PACKED, offset, length, 2 * length - 1, sign=Sign.TRAILING, **more)


def number(spec: FieldSpec, *, nullable: bool = True) -> PlanColumn:
    return PlanColumn(spec, TargetColumn(name_of(spec), SqlType.INTEGER, nullable=nullable))


def varchar(spec: FieldSpec) -> PlanColumn:
    return PlanColumn(spec, TargetColumn(name_of(spec), SqlType.VARCHAR, spec.length))


def name_of(spec: FieldSpec) -> str:
    return spec.name.translate(str.maketrans("-() ", "____"))


def kind_is(letter: str) -> tuple[Condition, ...]:
    return (Condition("KIND", 0, frozenset({letter.encode("cp037")}), FILLER[0]),)


CID = number(digits("CID", 1, 3, null_when=(Null.ZEROS,)))
DAY = PlanColumn(digits("DAY", 1, 8), TargetColumn("DAY_", SqlType.DATE, 10), DateForm.YYYYMMDD)
COUNT = digits("COUNT", 9, 2)
TABLE, STRIDE, MOST = 11, 4, 3
CODE = replace(number(packed("CODE", 1, 2, invalid=Invalid.NULL)))
RAW = PlanColumn(FieldSpec("CODE RAW", Kind.RAW, 1, 2), TargetColumn("CODE_RAW", SqlType.VARCHAR, 4), shows_raw=True)


def in_table(column: PlanColumn, subscript: int) -> PlanColumn:
    return replace(column, occurrence=((0, subscript),))


def customers() -> RecordPlan:
    return RecordPlan(
        RecordType("C", kind_is("C")), Shape(10, 10, shifting=True),
        (varchar(text("KIND", 0, 1)), CID, varchar(text("NAME", 4, 4)), number(packed("BALANCE", 8, 2))),
        (Rule(RuleKind.REQUIRED, "NAME"),), (SummedField("C.BALANCE", "BALANCE"),), "S.C",
    )  # fmt: skip


def orders(*, shifting: bool, loaded: bool) -> RecordPlan:
    columns = [varchar(text("KIND", 0, 1)), DAY, number(COUNT)]
    for at in range(1, MOST + 1):
        begin = TABLE + (at - 1) * STRIDE
        columns.append(in_table(number(digits(f"QTY({at})", begin, 2)), at))
        columns.append(in_table(varchar(text(f"TAG({at})", begin + 2, 2)), at))
    end = TABLE + MOST * STRIDE
    columns.append(varchar(text("TAIL", end, 3)))
    rules = (
        Rule(RuleKind.RANGE, "QTY(1)", maximum=80), Rule(RuleKind.REQUIRED, "QTY(2)"), Rule(RuleKind.REQUIRED, "TAIL"),
    )  # fmt: skip
    smallest = end + 3 - MOST * STRIDE if shifting else end + 3
    tables = (Table(TABLE, STRIDE, 0, MOST, 0, None, "LINE"),)
    shape = Shape(end + 3, smallest, shifting, tables, (CounterField(COUNT),))
    summed = (SummedField("O.QTY(2)", "QTY(2)"),)
    return RecordPlan(
        RecordType("O", kind_is("O"), "C"), shape, tuple(columns), rules, summed, "S.O" if loaded else "",
        (Inherited("C", CID),),
    )  # fmt: skip


def items() -> RecordPlan:
    first = in_table(number(digits("QTY(1)", TABLE, 2)), 1)
    inherited = (Inherited("O", DAY), Inherited("C", replace(CID, target=replace(CID.target, nullable=False))),
                 Inherited("O", first))  # fmt: skip
    columns = (CODE, RAW, number(packed("AMOUNT", 3, 3)))
    return RecordPlan(
        RecordType("I", kind_is("I"), "O"), Shape(6, 6, shifting=False), columns, (),
        (SummedField("I.AMOUNT", "AMOUNT"),), "S.I", inherited,
    )  # fmt: skip


def remarks() -> RecordPlan:
    return RecordPlan(RecordType("R", kind_is("R")), Shape(4, 4, shifting=False), (), (), (), "")


def plan_of(dice: random.Random) -> Plan:
    shifting = dice.random() < 0.6
    records = (customers(), orders(shifting=shifting, loaded=dice.random() < 0.7), items(), remarks())
    return Plan(None, records, skip_unmatched=dice.random() < 0.5)


@dataclass
class Input:
    """Records with their offsets, headers between them."""

    offsets: list[int] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)

    def add(self, record: bytes) -> None:
        last = self.offsets[-1] + len(self.records[-1]) if self.offsets else 100
        self.offsets.append(last + 4)
        self.records.append(record)


def input_of(dice: random.Random, plan: Plan, count: int) -> Input:
    made = Input()
    for _ in range(count):
        record = _record(dice, plan)
        if dice.random() < 0.15:
            record = record[: dice.randint(0, len(record))]
        if record and dice.random() < 0.25:
            spoilt = bytearray(record)
            spoilt[dice.randrange(len(record))] = dice.choice(b"\x00\x40\xf0\xf9\xff")
            record = bytes(spoilt)
        made.add(record)
    return made


def _record(dice: random.Random, plan: Plan) -> bytes:
    letter = dice.choices("COIRZ", (2, 3, 5, 1, 1))[0]
    if letter == "C":
        name = dice.choice(["ADA ", "BOB ", "    "])
        return f"C{dice.choice([0, 7, 123]):03}{name}".encode("cp037") + dice.choice([b"\x12\x3c", b"\x00\x1d"])
    if letter == "I":
        code = dice.choice([b"\x01\x2c", b"\xff\xff"])
        return "I".encode("cp037") + code + bytes([0, dice.randrange(10), 0x5C])
    if letter == "O":
        count = dice.randint(0, MOST)
        lines = [f"{dice.randrange(100):02}T{number}" for number in range(count)]
        if not plan.records[1].shape.shifting:
            lines += ["zzzz"] * (MOST - count)
        day = dice.choice(["20240229", "20230229"])
        return f"O{day}{count:02}{''.join(lines)}{dice.choice(['END', '   '])}".encode("cp037")
    return f"{letter}xyz".encode("cp037")


BEYOND, LOST, GONE, CUT = "beyond", "lost", "gone", "cut"


@dataclass
class Read:
    """One field of one record: its value as a column shows it, or why there is none."""

    value: Any = None
    fault: tuple[str, int] | None = None
    """Code and offset in the record."""
    state: str = ""
    at: int = 0
    summed: int = 0
    failed: bool = False


@dataclass
class Expected:
    """What a batch becomes; rows by table, each with its record's offset in front."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    rejects: list[tuple[int, int, str, int, str, str, int]] = field(default_factory=list)
    totals: dict[str, list[int]] = field(default_factory=dict)
    skipped: int = 0


@dataclass
class _Record:
    """One record's fields by their specs, and the fault of its counter."""

    plan: RecordPlan
    record: bytes
    fault: tuple[str, str, int] | None = None

    def counted(self) -> int:
        """How many occurrences the table has."""
        shape = self.plan.shape
        if not shape.tables:
            return 0
        raw = self.record[COUNT.offset : COUNT.end]
        if not raw:
            return 0
        value = raw.decode("cp037")
        if len(raw) < 2 or not (value.isascii() and value.isdigit()):
            place = next((at for at, byte in enumerate(raw) if not 0xF0 <= byte <= 0xF9), 0) if len(raw) == 2 else 0
            self.fault = ("LRD040", "COUNT", COUNT.offset + place)
            return 0
        if int(value) > MOST:
            self.fault = ("LRD041", "COUNT", COUNT.offset)
            return 0
        return int(value)

    def place(self, column: PlanColumn) -> tuple[str, int]:
        """Whether the field is there, and where."""
        shape, spec, count = self.plan.shape, column.spec, self.counted()
        at, state = spec.offset, ""
        if column.occurrence and column.occurrence[0][1] > count:
            state = LOST if self.fault else BEYOND
        elif shape.tables and shape.shifting and spec.offset >= TABLE + MOST * STRIDE:
            at -= (MOST - count) * STRIDE
            state = LOST if self.fault else ""
        if not state and at >= len(self.record):
            state = GONE
        elif not state and at + spec.length > len(self.record) and spec.kind is not Kind.TEXT:
            state = CUT
        return state, at

    def read(self, column: PlanColumn) -> Read:
        state, at = self.place(column)
        if state:
            fault = {CUT: ("LRV008", at), LOST: self.fault and (self.fault[0], self.fault[2])}.get(state)
            found = Read(None, fault, state, at, failed=fault is not None)
        else:
            found = _value(column, self.record[at : at + column.spec.length], at)
        if found.fault and column.spec.invalid is Invalid.NULL:
            found.fault = None
        return found


def _value(column: PlanColumn, raw: bytes, at: int) -> Read:
    spec = replace(column.spec, offset=0, invalid=Invalid.REJECT)
    raw = raw.ljust(spec.length, FILLER)
    decoded = Decoder([spec], spec.length).decode(np.frombuffer(raw, np.uint8).reshape(1, -1))[0]
    if decoded.valid is not None and not decoded.valid[0]:
        fault = explain(spec, raw)
        return Read(None, (fault.code, at + fault.position), at=at, failed=True)
    if decoded.null is not None and decoded.null[0]:
        return Read(None, at=at)
    if spec.kind is Kind.TEXT:
        return Read(raw.decode("cp037").rstrip(), at=at)
    value = int(decoded.values[0])
    if column.date_form is not None:
        iso = f"{value:08}"
        iso = f"{iso[:4]}-{iso[4:6]}-{iso[6:]}"
        return Read(iso, at=at) if _is_day(iso) else Read(None, ("LRV004", at), at=at, failed=True)
    return Read(value, at=at, summed=value)


def _is_day(iso: str) -> bool:
    try:
        return bool(date.fromisoformat(iso))
    except ValueError:
        return False


def expect(plan: Plan, made: Input, first: int, start: int, stop: int) -> Expected:
    """The records [start, stop) of the input; those before it are only there to be parents."""
    found = Expected(rows={record.staging_table: [] for record in plan.loaded})
    found.totals = {summed.name: [0, 0, 0] for record in plan.loaded for summed in record.totals}
    hierarchy = OpenRecords(plan.types)
    for number in range(stop):
        record, offset = made.records[number], made.offsets[number]
        if number >= start:
            _one(plan, record, (offset, first + number - start), dict(_open(plan, hierarchy)), found)
        hierarchy.add(offset, record)
    return found


def _open(plan: Plan, hierarchy: OpenRecords) -> Iterator[tuple[str, tuple[int, bytes]]]:
    for offset, record in hierarchy.current():
        place = type_of(plan.types, record)
        assert place is not None
        yield plan.records[place].type.name, (offset, record)


def _one(plan: Plan, record: bytes, at: tuple[int, int], above: dict[str, tuple[int, bytes]], found: Expected) -> None:
    place = type_of(plan.types, record)
    if place is None and not plan.skip_unmatched:
        found.rejects.append((*at, "KIND", 0, "LRV005", record.hex(), 1))
    elif place is None or not plan.records[place].staging_table:
        found.skipped += 1
    else:
        _loaded(plan, plan.records[place], record, at, above, found)


def _loaded(
    plan: Plan, kind: RecordPlan, record: bytes, at: tuple[int, int], above: dict[str, tuple[int, bytes]],
    found: Expected,
) -> None:  # fmt: skip
    one = _Record(kind, record)
    own = {column.spec.name: one.read(column) for column in kind.columns if not column.shows_raw}
    faults: list[tuple[int, str, str, int, str]] = []  # order, of what, field, offset, code
    row: list[Any] = []
    for name in dict.fromkeys([kind.type.parent, *(one.ancestor for one in kind.inherited)]):
        if name is not None and name not in above:
            faults.append((-200, "", "", 0, "LRV006"))
    for place, inherited in enumerate(kind.inherited):
        if inherited.ancestor not in above:
            row.append(None)
            continue
        parent = next(other for other in plan.records if other.type.name == inherited.ancestor)
        value = _Record(parent, above[inherited.ancestor][1]).read(inherited.column)
        if value.fault:
            faults.append((place - 100, f"inherited {place}", inherited.column.spec.name
                           if value.state != LOST else "COUNT", 0, "LRV007"))  # fmt: skip
        elif not inherited.column.target.nullable and value.value is None:
            faults.append((place - 100, f"inherited {place}", inherited.column.spec.name, 0, "LRV001"))
        row.append(value.value)
    for column in kind.columns:
        if column.shows_raw:
            end = column.spec.end
            row.append(
                record.ljust(end, FILLER)[column.spec.offset : end].hex().upper() if own["CODE"].failed else None
            )
            continue
        value = own[column.spec.name]
        if value.fault and value.state != LOST:
            faults.append((column.spec.offset, column.spec.name, column.spec.name, value.fault[1], value.fault[0]))
        row.append(value.value)
    faults += _broken(kind, own)
    if one.fault:
        faults = [(-300, "", one.fault[1], one.fault[2], one.fault[0])]
    if faults:
        _, _, name, offset, code = min(faults, key=lambda fault: fault[0])
        found.rejects.append((*at, name, offset, code, record.hex(), len({fault[1] for fault in faults})))
    else:
        found.rows[kind.staging_table].append((at[0], *row))
    for summed in kind.totals:
        value = own[summed.field]
        sums = found.totals[summed.name]
        if value.fault or value.state == LOST:
            sums[2] += 1
        else:
            sums[1 if faults else 0] += value.summed


def _broken(kind: RecordPlan, own: dict[str, Read]) -> Iterator[tuple[int, str, str, int, str]]:
    specs = {column.spec.name: column.spec for column in kind.columns}
    for rule in kind.rules:
        value, spec = own[rule.field], specs[rule.field]
        broken = ""
        if rule.kind is RuleKind.REQUIRED and value.value in (None, "") and value.state != BEYOND:
            broken = "LRV001"
        if rule.kind is RuleKind.RANGE and value.value is not None and value.value > (rule.maximum or 0):
            broken = "LRV002"
        if broken and not value.fault:
            yield spec.offset, spec.name, spec.name, value.at, broken
