"""The input of rules: the declaration, each cited document with its route, its verifications and its goods items."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from operator import attrgetter, itemgetter
from types import MappingProxyType

from msgspec import Struct

from gateway.contract import Certificate, CertificateLine, Ledger, Reference, ReferenceKind
from gateway.decisions.commodity_match import LineIndex
from gateway.domain.contingency import RELEASED_UNVERIFIED, WindowMode
from gateway.domain.decision import Mode
from gateway.domain.declaration import MIXED_TRANSIT, Declaration, Direction, GoodsItem, Kind, PreviousDocument
from gateway.domain.document import DocumentKey
from gateway.domain.facts import Facts, news_since, verification_that_counts
from gateway.domain.movement import OwnPosition, own_positions
from gateway.domain.tables.in_force import InForce, Tables
from gateway.domain.tables.rows import DecisionStage, DocumentRoute, QuantityMode
from gateway.domain.verification import (
    Cited,
    CitedDocument,
    DocumentClass,
    DocumentStatus,
    Plan,
    Verification,
    VerifiedBy,
)

ISSUER = "issuer"
"""The word that names the authority, and its system, of a document about which the tables name nobody to ask."""
_AT_AUTHORITY = frozenset({QuantityMode.LEDGER, QuantityMode.USAGE, QuantityMode.ACCOUNT})


@dataclass(frozen=True, kw_only=True)
class Case:
    """The facts, plan and tables that a decision is made from."""

    declaration: Declaration
    plan: Plan
    tables: Tables = field(repr=False)
    on: date | None
    """The date that counts for validity; None: there is none yet (pre-lodged, before presentation)."""
    accepted: bool
    """Whether customs has accepted the declaration."""
    facts: Facts
    """The known facts, stored with the decision so that it can be made again."""
    untold: frozenset[DocumentKey] = frozenset()
    """The documents whose quantity is not compared: those of the fact `told_often`, and those of which whoever asks beforehand is not
    told, which is no fact, since nothing that is asked beforehand is stored."""
    unpublished_untold: bool = False
    """Whether bounds that are not published are not compared, because a trader asks beforehand: they would be found out by trying."""

    @cached_property
    def own_positions(self) -> tuple[OwnPosition, ...]:
        """Our position with each document's quantity at its authority."""
        return own_positions(self.facts.movements)

    @cached_property
    def size(self) -> int:
        """The size of the case."""
        return self.declaration.size + len(self.facts.movements) + len(self.facts.before)


class Raised(Struct, frozen=True, kw_only=True):
    """A finding as a rule raises it, before the tables give its meaning."""

    code: str
    goods_item: int | None = None
    document: DocumentKey | None = None
    params: Mapping[str, str] = MappingProxyType({})
    """Named parameters of the message; the document's type and reference are added by the engine."""
    status: DocumentStatus | None = None
    """The status that the finding gives to a document that the authority confirms."""
    legal_basis: str = ""
    """The measure's own, beside the rule's and the document's."""


class Citation(Struct, frozen=True, kw_only=True):
    """A document on a goods item, cited by the item itself or by the shipment."""

    item: GoodsItem
    cited: Cited
    by_shipment: bool = False


class Dossier(Struct, frozen=True, kw_only=True):
    """One cited document with one verification of it; a document with several verifications has a dossier for each."""

    document: CitedDocument
    key: DocumentKey
    route: DocumentRoute | None
    verification: Verification | None
    """None: nothing is known."""
    lines: LineIndex | None
    """The certificate's lines, if the record names any."""
    citations: tuple[Citation, ...]
    """The goods items that it is for, as often as they are cited with it."""
    items: tuple[GoodsItem, ...]
    """The same, each once."""
    elsewhere: tuple[Citation, ...]
    """The goods items that cite it under procedures in which documents of its type are not judged: it holds none of them."""
    status: DocumentStatus
    """The status that was given; without a verification not determined, or unrouted if nobody is to be asked."""
    document_class: DocumentClass | None = None
    """The class of its code, where nobody is asked about it; None: it is asked about, or its code is known nowhere."""
    needs_officer: bool = False
    """Whether nobody is asked about it although its class needs it, so that by itself it holds the goods."""

    @property
    def authority(self) -> str:
        """The authority's name for a trader: that of the route, or the word for whoever issued what has none."""
        return self.route.authority if self.route is not None else ISSUER

    @property
    def valid(self) -> bool:
        """Whether the document is confirmed."""
        return self.status is DocumentStatus.VALID

    @property
    def by_officer(self) -> bool:
        """Whether an officer verified it."""
        return self.verification is not None and self.verification.verified_by is VerifiedBy.OFFICER

    @property
    def judged_elsewhere(self) -> bool:
        """Whether it is cited under procedures alone in which documents of its type are not judged, and no officer spoke of it."""
        return self.document.elsewhere and not self.by_officer

    def is_judged_elsewhere(self, item: GoodsItem) -> bool:
        """Whether it is cited for a goods item under a procedure in which it is not judged, and no officer spoke of it."""
        return bool(self.elsewhere) and not self.by_officer and any(one.item is item for one in self.elsewhere)

    @property
    def certificate(self) -> Certificate | None:
        """The authority's record."""
        return self.verification.certificate if self.verification is not None else None

    @property
    def ledger(self) -> Ledger | None:
        """The authority's quantity position."""
        return self.verification.ledger if self.verification is not None else None

    @property
    def at_shipment(self) -> bool:
        """Whether the shipment cites it."""
        return any(cited.goods_item is None for cited in self.document.cited)

    def fitting(self, item: GoodsItem) -> tuple[CertificateLine, ...]:
        """Return the certificate's lines whose commodity the item's code starts with."""
        return self.lines.fitting(item.commodity_code) if self.lines is not None else ()


class OpenedCase:
    """An opened case: everything that rules need, computed once."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.facts = case.facts
        self.declaration = case.declaration
        self.direction = case.declaration.direction
        self.tables: InForce = case.tables.at(case.plan.on)
        self.on = case.on
        self.union_goods = self.tables.by_goods.union_transit(
            case.declaration.direction, case.declaration.declaration_type
        )
        """The row by which the goods are Union goods in transit, so that no authority is asked about what they cite."""
        self.items = tuple(sorted(case.declaration.items, key=attrgetter("number")))
        self.items_out = _items_out(self.facts, self.items)
        """The numbers of those that are released as whole ones."""
        self._numbered: dict[int, list[GoodsItem]] = {}
        for item in self.items:
            self._numbered.setdefault(item.number, []).append(item)
        self.before = {one.key: one for one in self.facts.before}
        """The facts of earlier assessments about the documents."""
        self.put_aside: dict[DocumentKey, tuple[Verification, int]] = {}
        """The authorities' last news of documents on which goods were released, and which change that is."""
        known = _by_key(self._verifications_that_count())
        dossiers: list[Dossier] = []
        for key, document in sorted([(one.key, one) for one in case.plan.documents], key=itemgetter(0)):
            dossiers += self._open(key, document, known.get(key, ()))
        self.dossiers = tuple(dossiers)
        self.on_item = self._on_item()
        """The documents for each goods item, with where they are cited."""
        self.declared = {
            number: (cited[0][0],)
            if len(cited) == 1
            else tuple({id(dossier): dossier for dossier, _ in cited}.values())
            for number, cited in self.on_item.items()
        }
        """The documents for each goods item."""
        self.worked_out: dict[object, object] = {}
        """The values that rules share, under keys of their own."""
        self.windows = {window.adapter: window for window in self.facts.windows}
        self.released_under = {
            DocumentKey(kind, reference): number for kind, reference, number in sorted(self.facts.released_under)
        }
        """The documents with which goods were released unverified, each with its last contingency window."""
        self.moved_before = frozenset(self.facts.moved_before)

    @cached_property
    def at_entry(self) -> bool | None:
        """Whether goods in transit can depart from the place at which they entered the Union; None: that is not known."""
        return False if self.union_goods else self.tables.by_goods.is_at_entry(self.declaration.customs_office)

    def is_of_union_goods(self, item: GoodsItem) -> bool:
        """Whether a goods item in transit is of Union goods: by the declaration's type, or in a mixed one by its own."""
        if self.union_goods is not None:
            return True
        own = item.declaration_type if self.declaration.declaration_type == MIXED_TRANSIT else None
        return own is not None and self.tables.by_goods.union_transit(self.direction, own) is not None

    def is_spared(self, kind: str) -> bool:
        """Whether the goods are Union goods in transit, so that an authority that is asked about documents of a type is not asked."""
        return self.union_goods is not None and self.is_asked_in_transit(kind)

    def is_asked_in_transit(self, kind: str) -> bool:
        """Whether an authority is asked about documents of a type in transit of goods that are not Union goods."""
        route = self.tables.route(kind, Direction.TRANSIT)
        return route is not None and route.adapter is not None

    @cached_property
    def forecast(self) -> bool:
        """Whether goods are not presented yet, so that findings are a forecast."""
        return self.declaration.kind is Kind.PRE_LODGED and not self.case.accepted

    @property
    def stage(self) -> DecisionStage:
        """The stage of the declaration."""
        if self.declaration.kind is Kind.SUPPLEMENTARY or self.facts.released:
            return DecisionStage.AFTER_RELEASE
        return DecisionStage.AFTER_ACCEPTANCE if self.case.accepted else DecisionStage.BEFORE_ACCEPTANCE

    @cached_property
    def is_deferred(self) -> bool:
        """Whether the figures of a simplified declaration are judged at its supplementary declaration."""
        if self.declaration.kind is Kind.SUPPLEMENTARY:
            return False
        return self.tables.credibility.is_deferred(self.declaration.additional_type)

    @cached_property
    def types(self) -> frozenset[str]:
        """The types of all documents that are cited."""
        return frozenset([dossier.key.type for dossier in self.dossiers])

    @cached_property
    def routed(self) -> tuple[Dossier, ...]:
        """The documents that an authority is to be asked about."""
        return tuple([dossier for dossier in self.dossiers if dossier.document.adapter is not None])

    @cached_property
    def recorded(self) -> tuple[tuple[Dossier, DocumentRoute, Certificate], ...]:
        """The documents whose record an authority returned: what is on the record is judged whatever its status."""
        found = [(dossier, dossier.route, dossier.certificate) for dossier in self.dossiers]
        return tuple([(one, route, record) for one, route, record in found if route is not None and record is not None])

    def releasing_window(self, dossier: Dossier) -> int | None:
        """Return the number of the contingency window under which a document is released unverified; None: it is not.

        Only one that its authority could not be asked about: never an answered one, nor one nobody asked about. Where the
        finding of it does not count, nothing is released. What goods were released under counts once all of them are: their
        rest is released by a window that is in force, and by none that has ended.
        """
        if self.tables.mode(RELEASED_UNVERIFIED, dossier.document.type) is not Mode.ACTIVE:
            return None
        verification = dossier.verification
        if dossier.status is not DocumentStatus.UNDETERMINED or verification is None or dossier.by_officer:
            return None
        if not self.tables.is_outage(verification.cause):
            return None
        number = None if self.facts.partly else self.released_under.get(dossier.key)
        if number is not None:
            return number
        window = self.windows.get(dossier.document.adapter or "")
        released = window is not None and window.mode is WindowMode.RELEASE
        return window.number if window is not None and released and self.may_be_released(dossier) else None

    def may_be_released(self, dossier: Dossier) -> bool:
        """Whether the tables allow a contingency window to release documents of this type without verification."""
        return WindowMode.RELEASE in self.tables.window_modes(dossier.document.type)

    @cached_property
    def previous(self) -> tuple[tuple[int | None, PreviousDocument], ...]:
        """Every previous document with its goods item; None: the shipment cites it for all of them."""
        return tuple(self.declaration.previous())

    @cached_property
    def own_mrns(self) -> frozenset[Reference]:
        """The MRNs of this declaration. An LRN is not unique among declarants: a quantity under one is not taken for ours."""
        named = {r.query.declaration for r in self.case.plan.requirements if r.query.declaration is not None}
        if self.declaration.mrn is not None:
            named.add(Reference(kind=ReferenceKind.MRN, value=self.declaration.mrn))
        return frozenset(reference for reference in named if reference.kind is ReferenceKind.MRN)

    def counts_quantity(self, dossier: Dossier, route: DocumentRoute, item: GoodsItem) -> bool:
        """Whether a quantity of this document counts under the item's procedure: none of one that stands behind another."""
        return item.requested_procedure in route.reserves and not self.stands_behind(dossier, item)

    def stands_behind(self, dossier: Dossier, item: GoodsItem) -> bool:
        """Whether a document accompanies another one on a goods item, which speaks for the goods: it is not compared with them."""
        return bool(self.behind) and (dossier.key, item.number) in self.behind

    @cached_property
    def behind(self) -> frozenset[tuple[DocumentKey, int]]:
        """The documents that another one on the same goods item lists as those that accompany it, each with the item."""
        accompanied = {id(one): self.accompanied_by(one) for one in self.dossiers}
        if all(listed is None for listed in accompanied.values()):
            return frozenset()
        return frozenset(
            (dossier.key, number)
            for number, declared in self.declared.items()
            for leading in declared
            if (listed := accompanied[id(leading)]) is not None
            for dossier in declared
            if plain_reference(dossier.document.reference) in listed and dossier.document.type == leading.document.type
        )

    def accompanied_by(self, dossier: Dossier) -> frozenset[str] | None:
        """Return the references, plainly written, of the documents that have to accompany one; None: it stands alone."""
        row = self.tables.records.accompaniment(dossier.document.type)
        if row is None:
            return None
        certificate = dossier.certificate
        if certificate is None or certificate.facts.get(row.fact) != row.value:
            return None
        return listed_references(certificate, row.by) or frozenset()

    @cached_property
    def counting(self) -> tuple[tuple[Dossier, DocumentRoute], ...]:
        """The documents whose authority keeps a position and whose quantity counts on some goods item, each once."""
        found = {
            dossier.key: (dossier, dossier.route)
            for dossier in self.routed
            if dossier.route is not None and dossier.route.quantity in _AT_AUTHORITY
            if any(self.counts_quantity(dossier, dossier.route, citation.item) for citation in dossier.citations)
        }
        return tuple(found.values())

    def _verifications_that_count(self) -> Iterator[Verification]:
        """Return the verifications that count, one way or the other."""
        if not self.before:
            yield from self.facts.verifications
            return
        unanswered = dict(self.before)
        for now in self.facts.verifications:
            before = unanswered.pop(now.key, None) or self.before.get(now.key)
            self._put_aside(now.key, news_since(now, before))
            yield verification_that_counts(now, before)
        for key, one in unanswered.items():
            self._put_aside(key, news_since(None, one))
            if one.counted is not None:
                yield one.counted

    def _put_aside(self, key: DocumentKey, news: tuple[Verification | None, int]) -> None:
        verification, number = news
        if verification is not None:
            self.put_aside[key] = verification, number

    def _open(self, key: DocumentKey, document: CitedDocument, known: Sequence[Verification]) -> list[Dossier]:
        found, tables, kind, additional = [], self.tables, document.type, document.additional
        by_officer = [v for v in known if v.verified_by is VerifiedBy.OFFICER]
        spared = self.is_spared(kind)
        route = None if spared else tables.route(kind, self.direction)
        if not by_officer and document.elsewhere:
            # What an authority once said of it, under another procedure, holds nothing here.
            known, route, spared = (), None, True
        divided = route is not None and bool(route.procedures) and not by_officer
        for verification in by_officer or known or (None,):
            lines = None
            if verification is not None and verification.certificate is not None and verification.certificate.lines:
                lines = LineIndex(verification.certificate.lines, transit=self.direction is Direction.TRANSIT)
            citations, elsewhere = tuple(self._citations(document, lines)), tuple[Citation, ...]()
            if divided and route is not None:
                citations, elsewhere = _divided(citations, route)
            elif document.elsewhere and not by_officer:
                elsewhere = citations
            status = _status(document, verification)
            unrouted = status is DocumentStatus.UNROUTED
            found.append(
                Dossier(
                    document=document,
                    key=key,
                    route=route,
                    verification=verification,
                    lines=lines,
                    citations=citations,
                    items=tuple({one.item.number: one.item for one in citations}.values()),
                    elsewhere=elsewhere,
                    status=status,
                    document_class=tables.document_class(kind, additional=additional) if unrouted else None,
                    needs_officer=unrouted and not spared and tables.needs_officer(kind, additional=additional),
                )
            )
        return found

    def _citations(self, document: CitedDocument, lines: LineIndex | None) -> list[Citation]:
        places: dict[int, list[Cited]] = {}
        shipment: list[Cited] = []
        for cited in document.cited:
            there = shipment if cited.goods_item is None else places.setdefault(cited.goods_item, [])
            there.append(cited)
        for there in (*places.values(), shipment):
            if len(there) > 1:
                there.sort(key=_place)
        if not shipment:
            return [
                Citation(item=item, cited=cited)
                for number in sorted(places)
                for item in self._numbered.get(number, ())
                for cited in places[number]
            ]
        found = []
        fits_any = lines is not None and any(lines.fitting(item.commodity_code) for item in self.items)
        for item in self.items:
            if item.number in places:
                found += [Citation(item=item, cited=cited) for cited in places[item.number]]
            elif lines is None or not fits_any or lines.fitting(item.commodity_code):
                found += [Citation(item=item, cited=cited, by_shipment=True) for cited in shipment]
        return found

    def _on_item(self) -> dict[int, list[tuple[Dossier, Citation]]]:
        gathered: dict[int, list[tuple[Dossier, Citation]]] = {item.number: [] for item in self.items}
        for dossier in self.dossiers:
            for citation in dossier.citations:
                gathered[citation.item.number].append((dossier, citation))
            if dossier.elsewhere and not dossier.judged_elsewhere:
                for citation in dossier.elsewhere:
                    gathered[citation.item.number].append((dossier, citation))
        return gathered


def _divided(
    citations: tuple[Citation, ...], route: DocumentRoute
) -> tuple[tuple[Citation, ...], tuple[Citation, ...]]:
    """Return the citations under whose procedures the document is judged, and the others."""
    judged = tuple(one for one in citations if route.judges(one.item.requested_procedure))
    if len(judged) == len(citations):
        return citations, ()
    return judged, tuple(one for one in citations if not route.judges(one.item.requested_procedure))


def _status(document: CitedDocument, verification: Verification | None) -> DocumentStatus:
    if verification is not None and verification.status is not DocumentStatus.UNROUTED:
        return verification.status
    return DocumentStatus.UNROUTED if document.adapter is None else DocumentStatus.UNDETERMINED


def _place(cited: Cited) -> tuple[object, ...]:
    """Return the place among several citations of one document on one goods item, or at shipment level."""
    quantity, amount = cited.quantity, cited.amount
    return (
        cited.certificate_line or 0,
        cited.stated,
        cited.quantity_fault or "",
        (quantity.unit, quantity.value) if quantity is not None else (),
        (amount.currency, amount.value) if amount is not None else (),
    )


def _by_key(verifications: Iterable[Verification]) -> dict[DocumentKey, list[Verification]]:
    known: dict[DocumentKey, list[Verification]] = {}
    for verification in verifications:
        known.setdefault(verification.key, []).append(verification)
    for of_document in known.values():
        if len(of_document) > 1:
            of_document.sort(key=lambda v: (v.status.value, v.cause or "", repr(v)))
    return known


def listed_references(certificate: Certificate, fact: str) -> frozenset[str] | None:
    """Return the references, plainly written, that a fact of a record lists as a JSON array; None: not all of it can be read."""
    try:
        listed = json.loads(certificate.facts.get(fact, "[]"))
    except ValueError:
        return None
    if not isinstance(listed, list) or not all(isinstance(one, str) and plain_reference(one) for one in listed):
        return None
    return frozenset(map(plain_reference, listed))


def plain_reference(reference: str) -> str:
    """Return a reference as it is compared: without blanks, in capitals."""
    return "".join(reference.split()).upper()


def _items_out(facts: Facts, items: Iterable[GoodsItem]) -> frozenset[int]:
    if not facts.released:
        return frozenset()
    if not facts.partly:
        return frozenset(item.number for item in items)
    return frozenset(one.goods_item for one in facts.parts or () if one.quantity is None)
