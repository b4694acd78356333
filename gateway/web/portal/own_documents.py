"""A trader's documents: where each stands, and how much is declared, reserved and left for the trader."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.domain.verification import DocumentClass
from gateway.web.console.case_quantities import Bar
from gateway.web.console.case_view import Body, CaseReading, capitalized

_MOST, _DRAWN = 200, 40
_MOVED = ("reserved", "written_off")
_LET_THROUGH = frozenset({"release", "none"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftForTrader:
    """The quantity of a document that is declared, reserved and left, in one unit, on one line of it."""

    sentence: str
    over: str
    """The quantity that is declared in excess; empty: none."""
    bar: Bar | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDocument:
    """One document."""

    type: str
    reference: str
    name: str
    items: str
    kind: str
    word: str
    quantities: Sequence[LeftForTrader]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDocuments:
    """All of them, and how many are left out."""

    rows: Sequence[OwnDocument]
    left_out: int


def own_documents(reading: CaseReading) -> OwnDocuments:
    """Return the documents of a declaration in the order in which it cites them."""
    documents = reading.declared["documents"]
    rows = [_row(reading, one) for one in documents[:_MOST]]
    if len(documents) > _DRAWN:
        rows = [replace(row, quantities=[_drawn_if_over(one) for one in row.quantities]) for row in rows]
    return OwnDocuments(rows=rows, left_out=max(0, len(documents) - _MOST))


def _drawn_if_over(one: LeftForTrader) -> LeftForTrader:
    """Return a quantity of many without its drawing where nothing is declared in excess: the sentence says it all."""
    return one if one.over else replace(one, bar=None)


def _row(reading: CaseReading, document: Body) -> OwnDocument:
    quantities = list(_quantities(reading, document))
    is_over = any(one.over for one in quantities)
    return OwnDocument(
        type=document["type"],
        reference=document["reference"],
        name=reading.wording.called(document["type"]) or "",
        items=_numbers(document["goods_items"], reading),
        kind=document["effect_kind"],
        word=_word(reading, document, is_over=is_over),
        quantities=quantities,
        note=_note(reading, document),
    )


def _note(reading: CaseReading, document: Body) -> str:
    if document["status"] == "not_told":
        return reading.text("portal.not_told_why")
    if document["effect_kind"] != "none":
        return ""
    if document["document_class"] == DocumentClass.WAIVER:
        return reading.text("portal.own_statement")
    return reading.text("portal.keep_ready")


def _numbers(numbers: Sequence[int], reading: CaseReading) -> str:
    named = ", ".join(map(str, numbers[:8]))
    return named if len(numbers) <= 8 else reading.text("portal.numbers_more", numbers=named, more=len(numbers) - 8)


def _word(reading: CaseReading, document: Body, *, is_over: bool) -> str:
    kind, status = document["effect_kind"], document["status"]
    if status == "not_told":
        return reading.text("portal.not_told")
    if kind == "release":
        return reading.text("portal.confirmed")
    if kind == "none":
        return reading.text("effect.none")
    if status == "valid":
        return reading.text("portal.too_much_declared" if is_over else "portal.does_not_fit")
    return capitalized(reading.words.term("status", status))


def _quantities(reading: CaseReading, document: Body) -> Iterator[LeftForTrader]:
    by_line: dict[tuple[int | None, str | None], list[Body]] = {}
    for one in document["quantity"]:
        by_line.setdefault((one["line"], one["unit"]), []).append(one)
    for (_, unit), lines in by_line.items():
        if all(one["declared"] is not None for one in lines) and unit is not None:
            yield _quantity(reading, unit, lines, holds=document["effect_kind"] not in _LET_THROUGH)


def _quantity(reading: CaseReading, unit: str, lines: Sequence[Body], *, holds: bool) -> LeftForTrader:
    declared = sum((Decimal(one["declared"]) for one in lines), Decimal(0))
    said = reading.quantity(declared, unit)
    if any(one["movement"] == "in_doubt" for one in lines):
        return LeftForTrader(sentence=reading.text("portal.in_doubt"), over="", bar=None)
    available = {one["available"] for one in lines}
    if None in available or len(available) != 1:
        return LeftForTrader(sentence=reading.text("portal.left_unknown", declared=said), over="", bar=None)
    left = Decimal(available.pop())
    moved = sum((Decimal(one["moved"]) for one in lines if one["movement"] in _MOVED and one["moved"]), Decimal(0))
    if moved and moved >= declared:
        return _moved(reading, unit, lines, moved, max(Decimal(0), left - moved))
    over = max(Decimal(0), declared - left)
    if holds and not over:
        # It holds for something else: what was read of it then is not what the trader may draw on now.
        return LeftForTrader(sentence=reading.text("portal.left_unknown", declared=said), over="", bar=None)
    whole = max(declared, left)
    amounts = {"declared": said, "left": reading.quantity(left, unit)}
    much = reading.text("case.too_much", amount=reading.quantity(over, unit)) if over else ""
    sentence = reading.text("portal.declared_left", **amounts)
    parts = [("over", _percent(left, whole), _percent(over, whole))] if over else []
    parts.append(("want", "0.00", _percent(declared, whole)))
    bar = Bar(sentence=f"{sentence}: {much}." if over else f"{sentence}.", frame=_percent(left, whole), parts=parts)
    return LeftForTrader(sentence=sentence, over=much, bar=bar if whole > 0 else None)


def _moved(reading: CaseReading, unit: str, lines: Sequence[Body], moved: Decimal, left: Decimal) -> LeftForTrader:
    is_off = all(one["movement"] == "written_off" for one in lines)
    amounts = {"moved": reading.quantity(moved, unit), "left": reading.quantity(left, unit)}
    sentence = reading.text("portal.off_left", **amounts) if is_off else reading.text("portal.reserved_left", **amounts)
    parts = [("off" if is_off else "res", "0.00", _percent(moved, moved + left))]
    return LeftForTrader(sentence=sentence, over="", bar=Bar(sentence=f"{sentence}.", frame="100.00", parts=parts))


def _percent(part: Decimal, whole: Decimal) -> str:
    return f"{part * 100 / whole:.2f}" if whole else "0.00"
