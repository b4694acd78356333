"""What is true of every declaration and every certificate once nothing is open any more."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from gateway.contract import OrderLine, Quantity
from gateway.domain.contingency import Afterwards
from gateway.domain.decision import Decision, Effect
from gateway.domain.events import EventKind
from gateway.domain.movement import Movement, own_positions
from gateway.domain.record import State
from gateway.domain.release import Released
from tests.builders.goods import Goods, weight
from tests.builders.replicas import Office, Said

Weights = dict[tuple[int, int], Decimal]


@dataclass(slots=True)
class Known:
    """A declaration as its test knows it, whatever the gateway believes."""

    id: str
    lrn: str
    mrn: str
    pre_lodged: bool
    goods: Goods
    accepted: bool
    version: int = 1
    altered: bool = False
    """Somebody else than the gateway changed what it holds: officers, or the authority itself."""
    amended: bool = False
    """After a release was ordered."""


@dataclass(slots=True)
class Books:
    """All declarations and certificates of one schedule."""

    references: tuple[str, ...]
    declarations: list[Known] = field(default_factory=list)
    forced: set[str] = field(default_factory=set)
    """Certificates on which officers wrote off whatever was left."""


async def check(office: Office, books: Books) -> None:
    """Checks everything that has to be true when nothing is open any more."""
    for reference in books.references:
        _nothing_lost(office, books, reference)
    for known in books.declarations:
        await _declaration(office, books, known)
    _strangers(office, books)
    blind = blind_repeats(office.said)
    assert not blind, blind
    _sent_as_often_as_ordered(office)
    assert (await office.store.audit.verify(None)).faults == ()


def _nothing_lost(office: Office, books: Books, reference: str) -> None:
    view = office.view
    for line in office.authority.told(reference)["lines"]:
        taken = Decimal(0)
        for part in office.authority.parts(reference):
            if part.line == line["line"]:
                converted = view.convert(_quantity(part.quantity, part.unit), line["unit"])
                assert converted is not None
                taken += converted.value
        assert Decimal(line["available"]) + taken == Decimal(line["certified"])
        assert Decimal(line["available"]) >= 0 or reference in books.forced, f"{reference} is overdrawn"


async def _declaration(office: Office, books: Books, known: Known) -> None:
    record = await office.lifecycle.steps.current(known.id)
    assert record is not None
    movements = await office.store.movements.of(known.id)
    assert not any(one.open for one in movements), movements
    assert all(step.outcome is not None for step in await office.store.steps.of(known.id))
    await _trail(office, known, movements)
    _agrees(office, books, known, movements)
    if record.state in (State.INVALIDATED, State.LAPSED):
        for reference in books.references:
            assert office.authority.parts(reference, known.mrn) == (), f"{known.lrn} ended and holds"
        return
    if not known.accepted:
        assert movements == ()
        return
    assert record.decision is not None
    releasing = record.decision.decision.effect is Effect.RELEASE
    if record.released is None:
        if releasing:
            _holds_all(office, known)
    elif not record.released.override and not known.altered and (releasing or not known.amended):
        owed = _owed(office, record.decision.decision)
        _has_used(office, known, record.released, owed, await _differing(office, known))


def _agrees(office: Office, books: Books, known: Known, movements: Sequence[Movement]) -> None:
    """The gateway's standing is the authority's position, document by document and line by line."""
    held = {own_position.reference: own_position.holding for own_position in own_positions(movements)}
    assert held.keys() <= set(books.references)
    for reference in books.references:
        holding = held.get(reference)
        for state, lines in (
            ("reserved", holding.reserved if holding is not None else ()),
            ("consumed", holding.written_off if holding is not None else ()),
        ):
            there = _there(office, reference, known.mrn, state)
            assert weight(lines, office.view) == there, f"{known.lrn} {reference} {state}: {lines} is not {there}"


def _there(office: Office, reference: str, mrn: str, state: str) -> Weights:
    found: Weights = {}
    for part in office.authority.parts(reference, mrn):
        if part.state == state:
            place = (part.goods_item, part.line)
            found[place] = found.get(place, Decimal(0)) + part.kilograms(office.view)
    return found


def _holds_all(office: Office, known: Known) -> None:
    """What the decision says can be released is reserved or written off, all of it and nothing else."""
    for reference in known.goods.references:
        there = {state: _there(office, reference, known.mrn, state) for state in ("reserved", "consumed")}
        wanted = weight(known.goods.of(reference), office.view)
        assert {**there["reserved"], **there["consumed"]} == wanted, f"{known.lrn} is released without {reference}"


def _owed(office: Office, decision: Decision) -> Mapping[str, Weights]:
    """By certificate, what officers are told to write off by hand after a contingency window."""
    found: dict[str, Weights] = {}
    for finding in decision.findings:
        if finding.code == "SW-DEC-134":
            assert finding.document is not None
            assert finding.params is not None
            told = finding.params
            place = (int(told["item"]), int(told["line"]))
            part = _kilograms(office, Decimal(told["quantity"]), told["unit"])
            found.setdefault(finding.document.reference, {})[place] = part
    return found


async def _differing(office: Office, known: Known) -> set[str]:
    """The certificates that turned out otherwise after a contingency window: what becomes of them is for officers."""
    listed = [
        one
        for window in await office.lifecycle.contingency.page()
        for one in await office.lifecycle.contingency.decided_inside(window.number, afterwards=Afterwards.DIFFERS)
    ]
    return {one.entry.reference for one in listed if one.id == known.id and one.entry.released}


def _has_used(
    office: Office, known: Known, released: Released, owed: Mapping[str, Weights], differing: Collection[str]
) -> None:
    """Exactly what is released is written off, or told to be written off by hand after a contingency window.

    Of documents of which nothing is released yet, all is reserved or nothing.
    """
    for reference in known.goods.references:
        lines = known.goods.of(reference)
        wanted = used(lines, released, office)
        consumed = _there(office, reference, known.mrn, "consumed")
        for place, part in owed.get(reference, {}).items():
            consumed[place] = consumed.get(place, Decimal(0)) + part
        assert consumed == wanted or reference in differing, f"{known.lrn} {reference}: {released}"
        reserved = _there(office, reference, known.mrn, "reserved")
        assert not reserved or (not wanted and reserved == weight(lines, office.view))


def used(lines: Iterable[OrderLine], released: Released, office: Office) -> Weights:
    """What is released of lines, in kilograms."""
    found = {}
    for place, whole in weight(lines, office.view).items():
        entries = [entry for entry in released.items if entry.goods_item == place[0]]
        if released.whole or any(entry.quantity is None for entry in entries):
            found[place] = whole
        elif entries:
            parts = [_kilograms(office, entry.quantity, entry.unit) for entry in entries]
            found[place] = min(whole, sum(parts, Decimal(0)))
    return found


def _kilograms(office: Office, value: Decimal | None, unit: str | None) -> Decimal:
    assert value is not None
    assert unit is not None
    converted = office.view.convert(_quantity(value, unit), "KGM")
    assert converted is not None
    return converted.value


def _quantity(value: Decimal, unit: str) -> Quantity:
    return Quantity(value=value, unit=unit)


def _strangers(office: Office, books: Books) -> None:
    """Nothing is held by an MRN that the gateway does not know, and nothing under an LRN."""
    ours = {known.mrn for known in books.declarations}
    for reference in books.references:
        for part in office.authority.parts(reference):
            assert part.kind == "MRN"
            assert part.value in ours


async def _trail(office: Office, known: Known, movements: Sequence[Movement]) -> None:
    """Each movement was planned or found before it is told of, and the trail ends with what is stored."""
    first: dict[int, str] = {}
    last: dict[int, str] = {}
    for event in await office.store.declarations.events(known.id):
        if event.kind in (EventKind.QUANTITY_PLANNED, EventKind.QUANTITY_DIFFERED, EventKind.QUANTITY_SETTLED):
            for told in json.loads(event.text)["body"]["movements"]:
                first.setdefault(told["number"], event.kind.value)
                last[told["number"]] = told["state"]
    assert EventKind.QUANTITY_SETTLED.value not in first.values()
    assert last == {movement.number: movement.state.value for movement in movements}
    assert list(last) == sorted(last)


def blind_repeats(said: Sequence[Said]) -> list[tuple[Said, Said]]:
    """Orders behind one without a clear receipt, or just like the one before, although nobody has read the position since."""
    found = []
    last: dict[tuple[str, str], Said] = {}
    read: set[tuple[str, str]] = set()
    for one in said:
        place = (one.mrn, one.reference)
        if one.forgotten:
            read.discard(place)
        elif one.kind is None:
            if one.clear:
                read.add(place)
        else:
            before = last.get(place)
            if before is not None and place not in read and (not before.clear or _same_order(before, one)):
                found.append((before, one))
            last[place] = one
            read.discard(place)
    return found


def _same_order(one: Said, other: Said) -> bool:
    assert one.order is not None
    assert other.order is not None
    return one.kind is other.kind and one.order.lines == other.order.lines


def _sent_as_often_as_ordered(office: Office) -> None:
    """Nothing travels twice for one order, whatever becomes of its connection."""
    ordered = Counter((one.mrn, one.reference, one.kind.value) for one in office.said if one.kind is not None)
    came = Counter((one.mrn, one.reference, one.operation) for one in office.authority.came if one.mrn)
    assert not came - ordered
