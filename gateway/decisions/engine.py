"""The engine: asks every rule, reads the meaning of the findings from the tables, and takes the gravest."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from operator import attrgetter

from gateway.contract import Direction, Money, Quantity
from gateway.decisions.account import Account, Intended, intend
from gateway.decisions.advice import advised
from gateway.decisions.case import Case, Dossier, OpenedCase, Raised
from gateway.decisions.coverage import Coverage
from gateway.decisions.findings import RULE_FAILED, Failure, RaisedKey, ask, capped, deserved, failed, meaning, meant
from gateway.decisions.national.codes import national
from gateway.decisions.positions import LinePosition, Stated, plain, positions
from gateway.decisions.progress import Gone, Taken, gone
from gateway.decisions.rules.attempts import attempts_lost
from gateway.decisions.ruleset import CHECKS, CLASS_CHECKS, MOVEMENT_CHECKS
from gateway.decisions.told_once import told_once
from gateway.domain.contingency import RELEASED_UNVERIFIED
from gateway.domain.decision import (
    Advice,
    Decision,
    DocumentOutcome,
    Effect,
    Finding,
    ItemEffect,
    Mode,
    QuantityLine,
    RulesIdentity,
    TaricCover,
    Unasked,
    gravest,
)
from gateway.domain.declaration import Kind
from gateway.domain.document import DocumentKey
from gateway.domain.movement import OwnPosition
from gateway.domain.tables.in_force import InForce
from gateway.domain.tables.rows import QuantityMode
from gateway.domain.verification import CitedDocument, DocumentStatus, Plan, holders_of

Check = Callable[[OpenedCase], Iterable[Raised]]
MovementCheck = Callable[[Account], Iterable[Raised]]
ClassCheck = Callable[[Coverage], Iterable[Raised]]
Judged = list[tuple[RaisedKey, Finding]]

Uncovered = Mapping[DocumentKey, frozenset[int]]
"""The goods items that a document holds because nobody has verified it; none: every one that it is for."""

_OPENING = "opening"
"""The step that failed where nothing can be said of a declaration at all."""

_BASE = {DocumentStatus.VALID: Effect.RELEASE, DocumentStatus.UNROUTED: Effect.NONE}
"""The effect of a document before any finding: everything but a confirmation is a hold, and so is one of which nobody is asked if its
class needs an officer (`Coverage.unverified`)."""

_WORSE = {
    status: rank
    for rank, status in enumerate(
        (
            DocumentStatus.UNROUTED,
            DocumentStatus.VALID,
            DocumentStatus.NOT_YET_VALID,
            DocumentStatus.PENDING,
            DocumentStatus.PARTIALLY_REFUSED,
            DocumentStatus.SUSPENDED,
            DocumentStatus.UNDETERMINED,
            DocumentStatus.NOT_FOUND,
            DocumentStatus.EXPIRED,
            DocumentStatus.WITHDRAWN,
            DocumentStatus.REFUSED,
        )
    )
}
"""The rank of each status: of several that are true of a document, the decision states the one with the highest."""


def decide(
    case: Case,
    *,
    checks: Sequence[Check] = CHECKS,
    movement_checks: Sequence[MovementCheck] = MOVEMENT_CHECKS,
    class_checks: Sequence[ClassCheck] = CLASS_CHECKS,
) -> Decision:
    """Judge a declaration. The order of items, documents, verifications, positions and checks changes nothing.

    A check that fails, a finding that the tables do not know, a document without a verification and a quantity that is
    not reserved or written off at its authority are holds. On a supplementary declaration findings never hold or refuse:
    the goods were released already.
    """
    return Judgement(case, checks=checks, movement_checks=movement_checks, class_checks=class_checks).decision()


class Judgement:
    """One assessment of a declaration: the quantities that it has to hold, and its decision once that was tried."""

    def __init__(
        self,
        case: Case,
        *,
        checks: Sequence[Check] = CHECKS,
        movement_checks: Sequence[MovementCheck] = MOVEMENT_CHECKS,
        class_checks: Sequence[ClassCheck] = CLASS_CHECKS,
    ) -> None:
        """Ask the rules about anything but movements; never raise.

        Where process after process ended over the declaration, any rule may be the cause: only that is stated.
        """
        if case.facts.attempts_lost:
            checks, movement_checks, class_checks = (attempts_lost,), (), ()
        self._case = case
        self._movement_checks = movement_checks
        self._class_checks = class_checks
        self._judged: Judged = []
        self._held: frozenset[DocumentKey] = frozenset()
        self._intended: tuple[Intended, ...] = ()
        self._file: OpenedCase | None = None
        self._failures: list[Failure] = []
        try:
            self._file = self._opened(OpenedCase(case), checks)
        except Exception as error:  # a case that cannot even be opened is not determined
            self._failures.append(Failure(_OPENING, error))

    def _opened(self, file: OpenedCase, checks: Sequence[Check]) -> OpenedCase:
        self._judged = self._judge(ask(checks, file, self._failures), file)
        self._held = frozenset(
            raised.document
            for raised, finding in self._judged
            if raised.document is not None
            and _counts(finding)
            and (finding.effect.stops or _base(raised.status, file).stops)
        )
        try:
            self._intended = intend(file, self._held) if not self._case.facts.attempts_lost else ()
        except Exception as error:
            self._judged.append(self._not_carried_out("intend", error, file))
        return file

    def _judge(self, raised: Iterable[RaisedKey], file: OpenedCase) -> Judged:
        return [(one, meant(one, file, self._failures)) for one in raised]

    def _not_carried_out(self, what: str, error: Exception, file: OpenedCase) -> tuple[RaisedKey, Finding]:
        self._failures.append(Failure(what, error))
        raised = RaisedKey.of(Raised(code=RULE_FAILED, params={"rule": what}))
        return raised, meaning(raised, file)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The gateway's own faults so far, each once: the declaration is held for them, and the operator has to know."""
        return tuple({failure.rule: failure for failure in self._failures}.values())

    def intended(self) -> tuple[Intended, ...]:
        """Return what the declaration has to hold of each fit document, in their order: released, cancelled or not.

        A document that is missing here is not fit, or not known enough; what is held of it stays as it is.
        """
        if any(finding.code == RULE_FAILED for _, finding in self._judged):
            return ()  # what a rule that failed would have said is not known
        return self._intended

    def counting(self) -> frozenset[DocumentKey]:
        """Return the documents that it cites and whose quantity counts at an authority, fit or not."""
        if self._file is None:
            return frozenset()
        return frozenset(dossier.key for dossier, _ in self._file.counting)

    def released_unverified(self, own_positions: Sequence[OwnPosition]) -> frozenset[DocumentKey]:
        """Return the documents with which a part of the goods was released unverified under a contingency window, and whose
        quantity is known by now: what is released has to be written off like any part, by our own positions.
        """
        if self._file is None or any(finding.code == RULE_FAILED for _, finding in self._judged):
            return frozenset()
        return self._account(self._file, own_positions).released_unverified

    @property
    def opened(self) -> bool:
        """Whether the case could be opened; else nothing is known of what it has to hold."""
        return self._file is not None

    def refused_items(self) -> frozenset[int]:
        """Return the goods items that are refused regardless of the outcome of their quantities: each is judged for itself."""
        refusing = [one for _, one in self._judged if _counts(one) and one.effect is Effect.REFUSE]
        if self._file is None or not refusing:
            return frozenset()
        every = frozenset(item.number for item in self._file.items)
        of_document: dict[DocumentKey, set[int]] = {}
        for dossier in self._file.dossiers:
            of_document.setdefault(dossier.key, set()).update(item.number for item in dossier.items)
        found: set[int] = set()
        for finding in refusing:
            if finding.goods_item in every:
                found.add(finding.goods_item)
            else:
                found |= (of_document.get(finding.document.key) if finding.document is not None else None) or every
        return frozenset(found)

    def gives_all_back(self) -> bool:
        """Whether every goods item is refused regardless of the outcome of its quantities."""
        refused = self.refused_items()
        return bool(refused) and self._file is not None and all(one.number in refused for one in self._file.items)

    def decision(self, own_positions: tuple[OwnPosition, ...] | None = None) -> Decision:
        """Decide, with the positions after what was tried; without them with the case's own. Never raise."""
        file = self._file
        if file is None:
            return _unopened(self._case)
        try:
            return self._decided(file, self._case.own_positions if own_positions is None else own_positions)
        except Exception as error:  # no finding can be relied on
            self._failures.append(Failure(_OPENING, error))
            return _unopened(self._case)

    def _account(self, file: OpenedCase, own_positions: Sequence[OwnPosition]) -> Account:
        return Account(
            file, intended=self._intended, own_positions=own_positions, held=self._held, refused=self.refused_items()
        )

    def _decided(self, file: OpenedCase, own_positions: tuple[OwnPosition, ...]) -> Decision:
        account = self._account(file, own_positions)
        raised = ask(self._movement_checks, account, self._failures)
        judged = [*self._judged, *self._judge(raised, file)]
        try:
            unheld = account.unheld
        except Exception as error:
            unheld = frozenset()
            judged.append(self._not_carried_out("unheld", error, file))
        coverage = Coverage(file, _not_covering(account, judged, unheld))
        judged += self._judge(ask(self._class_checks, coverage, self._failures), file)
        unverified = self._unverified(coverage, judged)
        findings = tuple(sorted(told_once(judged), key=_place))
        groups = _grouped(file)
        lifted = _lifted(groups, findings)
        of_document = _by_document(judged)
        documents = [
            _outcome(group, of_document.get(group[0].key, ()), account, unheld, unverified, lifted) for group in groups
        ]
        counted = [finding for finding in findings if _counts(finding)]
        items = _items(file, findings, documents, unheld, unverified, lifted)
        effect = gravest(
            (
                Effect.RELEASE,
                *[finding.effect for finding in counted],
                *[document.effect for document in documents],
                *[item.effect for item in items],
            )
        )
        has_advice = effect.stops or file.declaration.kind is Kind.SUPPLEMENTARY
        return Decision(
            effect=effect,
            advice=advised(counted, effect) if has_advice else Advice.NONE,
            forecast=file.forecast,
            items=items,
            findings=findings,
            documents=tuple(documents),
            rules=identity_of(file.tables, file.direction, [item.commodity_code for item in file.items]),
        )

    def _unverified(self, coverage: Coverage, judged: Judged) -> Uncovered:
        """Return what documents hold that nobody is asked about; where that is not known, all that they are for."""
        try:
            return coverage.unverified
        except Exception as error:
            judged.append(self._not_carried_out("unverified", error, coverage.file))
            return {dossier.key: frozenset() for dossier in coverage.file.dossiers if dossier.needs_officer}


def _not_covering(account: Account, judged: Judged, unheld: frozenset[DocumentKey]) -> frozenset[DocumentKey] | None:
    """Return the documents that cover no other one; None: none does, because a rule failed and its findings are not known.

    A finding counts whatever the kind of declaration makes of it: a record that does not fit shows nothing.
    """
    if any(finding.code == RULE_FAILED for _, finding in judged):
        return None
    return unheld | {
        raised.document
        for raised, finding in judged
        if raised.document is not None and _counts(finding) and _is_against(raised, finding, account.file)
    }


def _is_against(raised: RaisedKey, finding: Finding, file: OpenedCase) -> bool:
    by_status = Effect.NONE if raised.status is None else _BASE.get(raised.status, Effect.HOLD)
    return deserved(finding.code, file.tables).stops or by_status.stops


def _base(status: DocumentStatus | None, file: OpenedCase) -> Effect:
    """Return the effect of a document by its status alone; none where there is no status."""
    return Effect.NONE if status is None else capped(_BASE.get(status, Effect.HOLD), file)


def _counts(finding: Finding) -> bool:
    return finding.mode is Mode.ACTIVE


def unverified(plan: Plan, view: InForce | None) -> tuple[DocumentOutcome, ...]:
    """Return the outcomes of documents before the first decision, by the tables of the plan's day.

    Nothing is determined where an authority is to be asked; what nobody is asked about holds where its class needs an officer,
    and everything holds without tables.
    """
    return tuple([_before(document, view) for document in sorted(plan.documents, key=attrgetter("key"))])


def _before(document: CitedDocument, view: InForce | None) -> DocumentOutcome:
    kind, additional = document.type, document.additional
    status, effect = DocumentStatus.UNDETERMINED, Effect.HOLD
    document_class = unasked = None
    if document.adapter is None:
        status = DocumentStatus.UNROUTED
        if view is not None:
            document_class = view.document_class(kind, additional=additional)
            needs_officer = not document.elsewhere and view.needs_officer(kind, additional=additional)
            effect = Effect.HOLD if needs_officer else Effect.NONE
            if view.has_classes:
                unasked = Unasked.BY_OFFICER if needs_officer else Unasked.NOT_JUDGED
    return DocumentOutcome(
        type=kind,
        reference=document.reference,
        goods_items=document.goods_items,
        authority=document.adapter,
        status=status,
        verified_by=None,
        effect=effect,
        document_class=document_class,
        unasked=unasked,
    )


def _unopened(case: Case) -> Decision:
    view = None
    with suppress(Exception):  # the tables may be what cannot be opened
        view = case.tables.at(case.plan.on)
    return Decision(
        effect=Effect.HOLD,
        advice=Advice.CONTROL,
        forecast=case.declaration.kind is Kind.PRE_LODGED and not case.accepted,
        items=tuple(ItemEffect(goods_item=item.number, effect=Effect.HOLD) for item in case.declaration.items),
        findings=(failed(_OPENING, None, None, Effect.HOLD),),
        documents=unverified(case.plan, view),
        rules=RulesIdentity(version=case.tables.version, digest=case.tables.digest, coverage=TaricCover.NONE),
    )


def identity_of(tables: InForce, direction: Direction, commodity_codes: Sequence[str]) -> RulesIdentity:
    """Return the identity of the tables of a decision, with how far a load of TARIC in them covers the goods."""
    as_of = tables.taric_as_of
    if as_of is None:
        return RulesIdentity(version=tables.version, digest=tables.digest, coverage=TaricCover.NONE)
    whole = bool(commodity_codes) and all(tables.covers(code, direction) for code in commodity_codes)
    cover = TaricCover.WHOLE if whole else TaricCover.PART
    return RulesIdentity(version=tables.version, digest=tables.digest, coverage=cover, as_of=as_of)


def _place(finding: Finding) -> tuple[object, ...]:
    document = finding.document
    return (
        finding.mode is not Mode.ACTIVE,
        -finding.effect.gravity,
        finding.goods_item or 0,
        finding.code,
        document.type if document is not None else "",
        document.reference if document is not None else "",
        finding.message,
        finding.remedy,
    )


def _grouped(file: OpenedCase) -> list[list[Dossier]]:
    groups: dict[DocumentKey, list[Dossier]] = {}
    for dossier in file.dossiers:
        groups.setdefault(dossier.key, []).append(dossier)
    return list(groups.values())  # in their order, as they were opened


def _by_document(judged: Judged) -> Mapping[DocumentKey, Judged]:
    """Group findings by document, so that each is judged by its own findings, without a walk over all there are."""
    found: dict[DocumentKey, Judged] = {}
    for raised, finding in judged:
        if raised.document is not None:
            found.setdefault(raised.document, []).append((raised, finding))
    return found


def _lifted(groups: Iterable[list[Dossier]], findings: Iterable[Finding]) -> frozenset[DocumentKey]:
    """Return the documents that a counting finding releases unverified, unless something but a confirmation is known."""
    released = {f.document.key for f in findings if f.document and f.code == RELEASED_UNVERIFIED and _counts(f)}
    if not released:
        return frozenset()
    liftable = (DocumentStatus.VALID, DocumentStatus.UNDETERMINED)
    return frozenset(
        group[0].key
        for group in groups
        if group[0].key in released and all(dossier.status in liftable for dossier in group)
    )


def _outcome(
    group: list[Dossier],
    judged: Iterable[tuple[RaisedKey, Finding]],
    account: Account,
    unheld: frozenset[DocumentKey],
    unverified: Uncovered,
    lifted: frozenset[DocumentKey],
) -> DocumentOutcome:
    file, first = account.file, group[0]
    statuses = [dossier.status for dossier in group]
    status = max(statuses, key=_WORSE.__getitem__)
    effects = [Effect.HOLD] if first.key in unheld or first.key in unverified else []
    for raised, finding in judged:
        if finding.mode is not Mode.ACTIVE:
            continue
        effects.append(deserved(finding.code, file.tables))
        if raised.status is not None and all(dossier.valid for dossier in group):
            status = max(status, raised.status, key=_WORSE.__getitem__)
    # The status that a document is given in the decision holds by itself: no table takes the effect away and leaves the status.
    by_status = [_BASE.get(one, Effect.HOLD) for one in (status, *statuses)]
    effects += [Effect.RELEASE] if first.key in lifted else by_status
    verification = first.verification
    effect = capped(gravest(effects), file)
    return DocumentOutcome(
        type=first.key.type,
        reference=first.key.reference,
        goods_items=first.document.goods_items,
        authority=first.document.adapter,
        status=status,
        verified_by=verification.verified_by if verification is not None else None,
        effect=effect,
        quantity=_quantities(first, account.position(first), file),
        # What it would come to anywhere: neither a kind of declaration nor a contingency window makes a document acceptable.
        national=national(file.case.tables.profile, group, gravest((*by_status, *effects)), on=file.tables.day),
        document_class=first.document_class,
        unasked=_unasked(first, effect, unverified, file),
        holder=_holder(first, file),
    )


def _holder(dossier: Dossier, file: OpenedCase) -> str | None:
    """Return the party that the certificate names as its holder, of several the first."""
    return next((one for one in holders_of(dossier.certificate) if one in file.declaration.eoris), None)


def _unasked(dossier: Dossier, effect: Effect, unverified: Uncovered, file: OpenedCase) -> Unasked | None:
    """Return the treatment of a document that nobody is asked about, where no finding of its own states it."""
    if dossier.status is not DocumentStatus.UNROUTED or not file.tables.has_classes:
        return None
    if not dossier.needs_officer:
        return None if effect.stops else Unasked.NOT_JUDGED
    return Unasked.BY_OFFICER if dossier.key in unverified else Unasked.COVERED


def _quantities(dossier: Dossier, own_position: OwnPosition | None, file: OpenedCase) -> tuple[QuantityLine, ...]:
    route = dossier.route
    if route is None or route.quantity is QuantityMode.NONE or dossier.key in file.case.untold:
        return ()
    try:
        worked_out = positions(file, dossier, route)
        taken = [_taken(position) for position in worked_out]
        how_far = gone(taken, own_position, file.tables)
    except Exception:  # the rule that needs it has said so already
        return ()
    return tuple([_quantity(*one) for one in zip(worked_out, taken, how_far, strict=True)])


def _taken(position: LinePosition) -> Taken:
    declared, left = position.declared, position.left
    value, unit = (None, None) if declared is None else (declared.value, declared.unit)
    there = left.quantity.value if left is not None and position.read else None
    return Taken(position.citation.item.number, position.line, value, unit, position.unit or None, there)


def _quantity(position: LinePosition, taken: Taken, how_far: Gone) -> QuantityLine:
    declared, available, amount, certified = position.declared, position.available, position.amount, position.certified
    stated = position.stated.quantity if position.stated is not None else None
    declared_text, left = _written(declared), _written(available)
    comparable = available is not None and declared is not None and available.unit == declared.unit
    own = how_far.own
    return QuantityLine(
        goods_item=taken.goods_item,
        line=taken.line,
        declared=declared_text,
        unit=taken.unit,
        available=left if comparable else None,
        movement=how_far.movement,
        reason=position.fault.value if position.fault is not None else how_far.reason,
        moved=how_far.moved,
        amount=_written(amount) if amount is not None else None,
        currency=amount.currency if amount is not None else None,
        # What needs no conversion is the same in both.
        stated=declared_text if stated is declared else _written(stated),
        stated_unit=stated.unit if stated is not None else None,
        stated_available=_left_as_stated(position.stated, available, left),
        certificate_unit=taken.certificate_unit,
        certificate_available=left,
        certified=_written(certified),
        others=_by_others(certified, taken.left),
        reserved=own.reserved,
        written_off=own.written_off,
        left_after=own.left_after,
        read=position.read,
    )


def _written(amount: Quantity | Money | None) -> str | None:
    return plain(amount.value) if amount is not None else None


def _left_as_stated(stated: Stated | None, available: Quantity | None, left: str | None) -> str | None:
    """Return what is left in the unit in which the declaration states its quantity."""
    if stated is None or available is None or not stated.scale:
        return None
    return left if stated.scale == 1 else plain(available.value / stated.scale)


def _by_others(certified: Quantity | None, left: Decimal | None) -> str | None:
    """Return what others have of a line: what it certifies, less what is left for this declaration, whoever is named."""
    if certified is None or left is None or certified.value < left:
        return None
    return plain(certified.value - left)


def _items(
    file: OpenedCase,
    findings: Iterable[Finding],
    documents: Iterable[DocumentOutcome],
    unheld: frozenset[DocumentKey],
    unverified: Uncovered,
    lifted: frozenset[DocumentKey],
) -> tuple[ItemEffect, ...]:
    items = _ItemEffects(file)
    for finding in findings:
        if finding.mode is not Mode.ACTIVE or not finding.effect.stops:
            continue
        if finding.goods_item in items.effects:
            items.raise_to(finding.effect, (finding.goods_item,))
        else:
            items.raise_all(finding.effect, finding.document.key if finding.document is not None else None)
    for document in documents:
        key = document.key
        if key in unheld:
            items.raise_all(capped(Effect.HOLD, file), key)
        if key in unverified:
            if unverified[key]:
                items.raise_to(capped(Effect.HOLD, file), unverified[key])
            else:
                items.raise_all(capped(Effect.HOLD, file), key)
        if document.status is not DocumentStatus.VALID and key not in lifted:
            items.raise_all(_base(document.status, file), key)
    return items.gathered()


class _ItemEffects:
    """The effects of goods items, each the gravest of all that concerns it.

    What holds for all items that a document is for, or for all there are, is gathered first and given to each item once.
    """

    def __init__(self, file: OpenedCase) -> None:
        self.effects = {item.number: Effect.RELEASE for item in file.items}
        self._covers: dict[DocumentKey, list[int]] = {}
        for dossier in file.dossiers:
            self._covers.setdefault(dossier.key, []).extend([item.number for item in dossier.items])
        self._of_documents: dict[DocumentKey, Effect] = {}
        self._of_all = Effect.RELEASE

    def raise_to(self, effect: Effect, numbers: Iterable[int]) -> None:
        """Give an effect to items whose own is milder."""
        for number in numbers:
            if number in self.effects and effect.gravity > self.effects[number].gravity:
                self.effects[number] = effect

    def raise_all(self, effect: Effect, key: DocumentKey | None) -> None:
        """Give an effect to all items that a document is for; to all there are, where it is for none or there is no document."""
        if not effect.stops:
            return
        if key is not None and self._covers.get(key):
            self._of_documents[key] = gravest((self._of_documents.get(key, Effect.RELEASE), effect))
        else:
            self._of_all = gravest((self._of_all, effect))

    def gathered(self) -> tuple[ItemEffect, ...]:
        """Return the effect of each item, in the order of their numbers."""
        for key, effect in self._of_documents.items():
            self.raise_to(effect, self._covers[key])
        if self._of_all.stops:
            self.raise_to(self._of_all, tuple(self.effects))
        return tuple(ItemEffect(goods_item=number, effect=effect) for number, effect in sorted(self.effects.items()))
