"""The documents and statements that a form adds to a declaration: those that findings offer as a cure, and any other."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from gateway.api.localization import Wording
from gateway.api.views.declaration import for_caller
from gateway.domain.decision import Mode, Nature
from gateway.domain.declaration import Declaration
from gateway.domain.record import Record
from gateway.domain.tables.in_force import InForce
from gateway.domain.tables.rows import Element
from gateway.domain.texts.listing import codes
from gateway.intake.editable_message import AddedCitation, CitedIn
from gateway.web.console.act_form import ActForm
from gateway.web.portal.field_text import message_text, text_fault
from gateway.web.visit import Visit

MOST_OFFERED, MOST_OTHERS = 10, 3
_PARTS = ("items", "type", "reference", "quantity", "unit")
_SPAN = re.compile(r"([0-9]{1,5})(?:\s*[-–]\s*([0-9]{1,5}))?", re.ASCII)
_MOST_ITEMS = 2_000
_ROW = re.compile(r"a([1-9][0-9]?)-(?:items|type|reference)", re.ASCII)
_MOST_ROWS = MOST_OFFERED + 2 * MOST_OTHERS
_OF_AUTHORISATIONS = frozenset({"SW-DEC-227", "SW-DEC-228"})
"""The findings that an authorisation cures, by its code (12 12)."""
_CITED_IN = {
    Element.SUPPORTING_DOCUMENT: CitedIn.DOCUMENTS,
    Element.ADDITIONAL_REFERENCE: CitedIn.REFERENCES,
    Element.PREVIOUS_DOCUMENT: CitedIn.PREVIOUS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The codes that findings admit as a cure, of which one is declared on each of these goods items."""

    items: str
    """The numbers of the goods items: 1-4, 7; empty: all."""
    number: int
    """How many goods items these are."""
    documents: Sequence[tuple[str, str]]
    """Codes, each with its name."""
    statements: Sequence[tuple[str, str]]
    """Waiver codes, each with its name: declared only if true."""

    @property
    def codes(self) -> frozenset[str]:
        """All of the codes."""
        return frozenset(code for code, _ in (*self.documents, *self.statements))

    @property
    def first(self) -> str:
        """The code that is chosen beforehand: the one document there is. What a person states is never preset."""
        return self.documents[0][0] if len(self.documents) == 1 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """One row of the form: a document or statement that may be added."""

    name: str
    offer: Offer | None
    """None: any other document."""
    typed: Mapping[str, str]
    is_filled: bool
    cited_in: CitedIn | None = None
    positions: Sequence[int | None] = ()
    """The positions of the goods items that cite it; None: the shipment does, for all of them."""
    values: Mapping[str, str] | None = None
    """The texts of its fields as a message has them."""

    def field(self, part: str) -> str:
        """Return the name of one of its fields in the form."""
        return f"{self.name}-{part}"

    @property
    def citations(self) -> Sequence[AddedCitation]:
        """The citations that it adds."""
        if self.cited_in is None or self.values is None:
            return ()
        return [AddedCitation(item=one, cited_in=self.cited_in, values=self.values) for one in self.positions]


def offers(record: Record, visit: Visit, wording: Wording) -> Sequence[Offer]:
    """Return what the findings that are the reader's to cure offer, alike ones once for all of their goods items."""
    numbered = for_caller(record, visit.caller, wording).decision
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], set[int]] = {}
    for one in () if numbered is None else numbered.decision.findings:
        params = one.params or {}
        if one.mode is not Mode.ACTIVE or not one.effect.stops or one.nature is not Nature.CORRECTION:
            continue
        documents, statements = codes(params.get("alternatives", ""))
        others, _ = codes(params.get("in_its_place", ""))
        if one.code in _OF_AUTHORISATIONS:
            others = tuple(params["authorisation"].split(", "))
        if not documents and not statements and not others:
            continue
        items = found.setdefault((documents or others, statements), set())
        items |= {one.goods_item} if one.goods_item is not None else set()
    return [
        Offer(
            items=spans(items),
            number=len(items),
            documents=_named(documents, wording),
            statements=_named(statements, wording),
        )
        for (documents, statements), items in found.items()
    ]


def spans(numbers: Iterable[int]) -> str:
    """Write numbers with those that follow one another together: 1-4, 7."""
    parts: list[list[int]] = []
    for one in sorted(numbers):
        if parts and one == parts[-1][1] + 1:
            parts[-1][1] = one
        else:
            parts.append([one, one])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def _named(kinds: Sequence[str], wording: Wording) -> Sequence[tuple[str, str]]:
    return [(kind, wording.called(kind) or "") for kind in kinds]


def additions(offered: Sequence[Offer], typed: Mapping[str, str]) -> Sequence[Addition]:
    """Return the rows of the form: what was typed under its own name, then the offers that nothing typed answers, then empty ones."""
    rows: list[Addition] = []
    left = list(offered[:MOST_OFFERED])
    for name in _typed_rows(typed):
        own = {part: typed.get(f"{name}-{part}", "").strip() for part in _PARTS}
        own["type"] = own["type"].upper()
        offer = next((one for one in left if one.items == own["items"] and own["type"] in one.codes | {""}), None)
        unchosen = {"", offer.first if offer is not None else ""}
        is_filled = own["type"] not in unchosen or any(own[part] for part in ("reference", "quantity", "unit"))
        if offer is not None:
            left.remove(offer)
        if is_filled or offer is not None:
            rows.append(Addition(name=name, offer=offer, typed=own, is_filled=is_filled))
    taken = {row.name for row in rows}
    names = (name for number in count(1) if (name := f"a{number}") not in taken)
    for one in (*left, *([None] * MOST_OTHERS)):
        preset = {} if one is None else {"items": one.items, "type": one.first}
        own = {**dict.fromkeys(_PARTS, ""), **preset}
        rows.append(Addition(name=next(names), offer=one, typed=own, is_filled=False))
    return rows


def _typed_rows(typed: Mapping[str, str]) -> Sequence[str]:
    """Return the names of the rows that were typed, in their order."""
    found = {int(row[1]) for one in typed if (row := _ROW.fullmatch(one)) is not None}
    return [f"a{number}" for number in sorted(found)[:_MOST_ROWS]]


class AddedRows:
    """Reads the rows of a form, and notes what is wrong with each."""

    def __init__(self, visit: Visit, words: ActForm, declared: Declaration, tables: InForce) -> None:
        self._visit, self._words, self._tables = visit, words, tables
        self._positions = {item.number: at for at, item in enumerate(declared.items)}
        self.faults: list[tuple[str, str]] = []

    def read(self, row: Addition) -> Addition:
        """Return a row as it is added; of what is wrong with it the faults are noted, and nothing is added."""
        if not row.is_filled:
            return row
        before = len(self.faults)
        positions = self._items(row)
        cited_in = self._cited_in(row)
        values = dict(self._values(row, cited_in))
        if len(self.faults) > before or cited_in is None:
            return row
        return Addition(
            name=row.name,
            offer=row.offer,
            typed=row.typed,
            is_filled=True,
            cited_in=cited_in,
            positions=positions,
            values=values,
        )

    def _fault(self, row: Addition, part: str, sentence: str) -> None:
        self.faults.append((row.field(part), sentence))

    def _items(self, row: Addition) -> Sequence[int | None]:
        typed = row.typed["items"]
        if not typed:
            return (None,)
        numbers: dict[int, None] = {}
        for part in typed.split(","):
            found = _SPAN.fullmatch(part.strip())
            first, last = (int(found[1]), int(found[2] or found[1])) if found is not None else (1, 0)
            if not first <= last < first + _MOST_ITEMS or any(
                one not in self._positions for one in range(first, last + 1)
            ):
                self._fault(row, "items", self._visit.text("adding.fault_items"))
                return ()
            numbers |= dict.fromkeys(range(first, last + 1))
        return [self._positions[one] for one in numbers]

    def _cited_in(self, row: Addition) -> CitedIn | None:
        """Return the list in which a code is cited; None: it is none, which is noted."""
        kind = row.typed["type"]
        if not kind:
            offered = row.offer is not None
            text = self._visit.text("adding.fault_choose") if offered else self._visit.text("adding.fault_code")
            self._fault(row, "type", text)
            return None
        if fault := text_fault(self._visit, "type", kind):
            self.faults.append((row.field("type"), fault))
            return None
        tables = self._tables
        if tables.records.is_authorisation(kind):
            if row.typed["items"]:
                self._fault(row, "items", self._visit.text("adding.fault_whole"))
            return CitedIn.AUTHORISATIONS
        is_known = tables.is_listed(kind) or tables.by_goods.is_named_by_taric(kind)
        # It may be right all the same: told once, and taken if it is sent again so.
        if not is_known and self._words.get(row.field("unknown")) != kind:
            self._fault(row, "type", self._visit.text("adding.fault_unknown", code=kind))
        places = tables.places(kind)
        if places is not None:
            found = [_CITED_IN[one] for one in (*_CITED_IN,) if one in places.elements]
            if not found:
                self._fault(
                    row,
                    "type",
                    self._visit.text("adding.fault_elsewhere", code=kind, element=places.elements[0].number),
                )
            return found[0] if found else None
        return CitedIn.REFERENCES if tables.states(kind) or kind.startswith("Y") else CitedIn.DOCUMENTS

    def _values(self, row: Addition, cited_in: CitedIn | None) -> Iterator[tuple[str, str]]:
        yield "type", row.typed["type"]
        if not row.typed["reference"] and cited_in not in {CitedIn.REFERENCES, None}:
            self._fault(row, "reference", self._visit.text("adding.fault_reference"))
        quantity, unit = row.typed["quantity"], row.typed["unit"]
        if bool(quantity) != bool(unit):
            self._fault(row, "unit" if quantity else "quantity", self._visit.text("adding.fault_together"))
        if quantity and cited_in is not None and cited_in is not CitedIn.DOCUMENTS:
            self._fault(row, "quantity", self._visit.text("adding.fault_no_quantity"))
        for part in ("reference", "quantity", "unit"):
            text = message_text(self._words, part, row.field(part), row.typed[part])
            if fault := text_fault(self._visit, part, text):
                self.faults.append((row.field(part), fault))
            yield part, text
