"""The engine: asks every rule, lets the tables say what the findings mean, and takes the gravest."""

from collections.abc import Callable, Iterable, Sequence

from gateway.decisions.case import Case, CaseFile, Dossier, Raised
from gateway.decisions.quantity import positions, shown
from gateway.decisions.ruleset import CHECKS, RULE_FAILED
from gateway.decisions.texts import TextFault, render
from gateway.domain.decision import (
    Advice,
    Decision,
    DocumentKey,
    DocumentOutcome,
    Effect,
    Finding,
    ItemEffect,
    Mode,
    QuantityLine,
    RulesIdentity,
    gravest,
)
from gateway.domain.declaration import Kind
from gateway.domain.tables import Nature, QuantityMode
from gateway.domain.verification import DocumentStatus, Plan

Check = Callable[[CaseFile], Iterable[Raised]]

_URGENCY = {Advice.NONE: 0, Advice.DOCUMENTS: 1, Advice.CONTROL: 2, Advice.REJECT: 3, Advice.NO_RELEASE: 4}

_BASE = {DocumentStatus.VALID: Effect.RELEASE, DocumentStatus.UNROUTED: Effect.NONE}
"""What a document means before any finding: everything but a confirmation is a hold."""

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
"""Which status a document is shown with when several are true of it: the one with the higher rank."""


def decide(case: Case, *, checks: Sequence[Check] = CHECKS) -> Decision:
    """Judges a declaration. The order of items, documents, verifications and checks changes nothing.

    A check that fails, a finding that the tables do not know and a document that nobody spoke about are holds. On a
    supplementary declaration findings never hold or refuse: the goods were released already.
    """
    try:
        file = CaseFile(case)
    except Exception:  # a case that cannot even be opened is not determined
        return _unopened(case)
    raised = [finding for check in checks for finding in _ask(check, file)]
    judged = [(one, _meaning(one, file)) for one in dict.fromkeys(_Said.of(one) for one in raised)]
    findings = tuple(sorted({finding for _, finding in judged}, key=_place))
    documents = tuple(_outcome(group, judged, file) for group in _grouped(file))
    counted = [finding for finding in findings if finding.mode is Mode.ACTIVE]
    effect = gravest(
        (Effect.RELEASE, *(finding.effect for finding in counted), *(document.effect for document in documents))
    )
    return Decision(
        effect=effect,
        advice=_advice(counted, effect, file),
        forecast=file.forecast,
        items=_items(file, findings, documents),
        findings=findings,
        documents=documents,
        rules=RulesIdentity(version=file.tables.version, digest=file.tables.digest),
    )


def unverified(plan: Plan) -> tuple[DocumentOutcome, ...]:
    """Gives what documents look like before the first decision: nothing is determined where an authority is to be asked."""
    return tuple(
        DocumentOutcome(
            type=document.type,
            reference=document.reference,
            goods_items=document.goods_items,
            authority=document.adapter,
            status=DocumentStatus.UNROUTED if document.adapter is None else DocumentStatus.UNDETERMINED,
            verified_by=None,
            effect=Effect.NONE if document.adapter is None else Effect.HOLD,
        )
        for document in sorted(plan.documents, key=lambda document: document.key)
    )


class _Said(tuple[str, int | None, DocumentKey | None, tuple[tuple[str, str], ...], DocumentStatus | None, str]):
    """What was raised, in a form in which the same twice is once."""

    __slots__ = ()

    @classmethod
    def of(cls, raised: Raised) -> "_Said":
        params = tuple(sorted(raised.params.items()))
        return cls((raised.code, raised.goods_item, raised.document, params, raised.status, raised.legal_basis))


def _ask(check: Check, file: CaseFile) -> list[Raised]:
    said: list[Raised] = []
    try:
        said.extend(check(file))
    except Exception:  # whatever a rule trips over, the declaration is held and an officer told which rule it was
        said.append(Raised(code=RULE_FAILED, params={"rule": getattr(check, "__name__", "a rule")}))
    return said


def _meaning(said: _Said, file: CaseFile) -> Finding:
    code, goods_item, document, pairs, _, own_basis = said
    params = dict(pairs)
    if authority := params.get("authority"):
        params["Authority"] = authority[0].upper() + authority[1:]
    if document is not None:
        params |= {"type": document.type, "reference": document.reference}
    row, message = file.tables.rule(code), file.tables.message(code)
    if row is None or message is None:
        return _failed(code, goods_item, document, _ceiling(file))
    try:
        sentence, remedy = render(message, params)
    except TextFault:
        return _failed(code, goods_item, document, _ceiling(file))
    effect = row.effect
    if row.nature is Nature.UNDETERMINED:
        effect = gravest((effect, Effect.HOLD))
    mode = Mode.ACTIVE
    if row.nature is not Nature.UNDETERMINED:
        mode = file.tables.mode(code, document.type if document is not None else None)
    return Finding(
        code=code,
        effect=_capped(effect, file),
        advice=file.tables.advice(row.nature, effect, file.stage),
        goods_item=goods_item,
        document=document,
        message=sentence,
        remedy=remedy,
        legal_basis=_basis((row.legal_basis, own_basis), document, file),
        mode=mode,
    )


def _failed(rule: str, goods_item: int | None, document: DocumentKey | None, ceiling: Effect) -> Finding:
    """The finding that needs no table, for when the tables are what is missing."""
    return Finding(
        code=RULE_FAILED,
        effect=min(Effect.HOLD, ceiling, key=lambda effect: effect.gravity),
        advice=Advice.CONTROL,
        goods_item=goods_item,
        document=document,
        message=f"A check could not be carried out ({rule}).",
        remedy="An officer decides; nothing is needed from the declarant.",
        legal_basis="",
    )


def _basis(bases: tuple[str, ...], document: DocumentKey | None, file: CaseFile) -> str:
    route = file.tables.route(document.type, file.direction) if document is not None else None
    named = (*bases, route.legal_basis if route is not None else "")
    return "; ".join(dict.fromkeys(basis for basis in named if basis))


def _ceiling(file: CaseFile) -> Effect:
    return Effect.RELEASE if file.declaration.kind is Kind.SUPPLEMENTARY else Effect.REFUSE


def _capped(effect: Effect, file: CaseFile) -> Effect:
    return min(effect, _ceiling(file), key=lambda one: one.gravity)


def _unopened(case: Case) -> Decision:
    return Decision(
        effect=Effect.HOLD,
        advice=Advice.CONTROL,
        forecast=case.declaration.kind is Kind.PRE_LODGED and not case.accepted,
        items=tuple(ItemEffect(goods_item=item.number, effect=Effect.HOLD) for item in case.declaration.items),
        findings=(_failed("the case", None, None, Effect.HOLD),),
        documents=unverified(case.plan),
        rules=RulesIdentity(version=case.tables.version, digest=case.tables.digest),
    )


def _place(finding: Finding) -> tuple[object, ...]:
    document = finding.document
    return (
        finding.mode is Mode.SHADOW,
        -finding.effect.gravity,
        finding.goods_item or 0,
        finding.code,
        document.type if document is not None else "",
        document.reference if document is not None else "",
        finding.message,
        finding.remedy,
    )


def _grouped(file: CaseFile) -> list[list[Dossier]]:
    groups: dict[DocumentKey, list[Dossier]] = {}
    for dossier in file.dossiers:
        groups.setdefault(dossier.key, []).append(dossier)
    planned = [DocumentKey(type=d.type, reference=d.reference) for d in file.case.plan.documents]
    return [groups[key] for key in sorted(set(planned), key=lambda key: (key.type, key.reference))]


def _outcome(group: list[Dossier], judged: list[tuple[_Said, Finding]], file: CaseFile) -> DocumentOutcome:
    first = group[0]
    status = max((dossier.status for dossier in group), key=_WORSE.__getitem__)
    effects = [_capped(_BASE.get(dossier.status, Effect.HOLD), file) for dossier in group]
    for (_, _, document, _, shown_as, _), finding in judged:
        if document != first.key or finding.mode is Mode.SHADOW:
            continue
        effects.append(finding.effect)
        if shown_as is not None and all(dossier.valid for dossier in group):
            status = max(status, shown_as, key=_WORSE.__getitem__)
    word = first.verification
    return DocumentOutcome(
        type=first.key.type,
        reference=first.key.reference,
        goods_items=first.document.goods_items,
        authority=first.document.adapter,
        status=status,
        verified_by=word.verified_by if word is not None else None,
        effect=gravest(effects),
        quantity=tuple(_quantities(first, file)),
    )


def _quantities(dossier: Dossier, file: CaseFile) -> list[QuantityLine]:
    route = dossier.route
    if route is None or route.quantity is QuantityMode.NONE:
        return []
    try:
        worked_out = positions(file, dossier, route)
    except Exception:  # the rule that needs it has said so already
        return []
    return [
        QuantityLine(
            goods_item=position.citation.item.number,
            line=position.line,
            declared=shown(position.declared.value) if position.declared is not None else None,
            unit=position.declared.unit if position.declared is not None else None,
            available=shown(position.available.value)
            if position.available is not None
            and position.declared is not None
            and position.available.unit == position.declared.unit
            else None,
            reason=position.fault.value if position.fault is not None else None,
        )
        for position in worked_out
    ]


def _items(file: CaseFile, findings: Iterable[Finding], documents: Iterable[DocumentOutcome]) -> tuple[ItemEffect, ...]:
    effects = {item.number: Effect.RELEASE for item in file.items}
    everything = tuple(effects)
    covers: dict[DocumentKey, set[int]] = {}
    for dossier in file.dossiers:
        covers.setdefault(dossier.key, set()).update(citation.item.number for citation in dossier.citations)

    def raise_to(effect: Effect, numbers: Iterable[int]) -> None:
        for number in numbers:
            if number in effects and effect.gravity > effects[number].gravity:
                effects[number] = effect

    for finding in findings:
        if finding.mode is Mode.SHADOW or finding.effect.gravity <= Effect.RELEASE.gravity:
            continue
        if finding.goods_item is not None:
            raise_to(finding.effect, (finding.goods_item,))
        else:
            raise_to(finding.effect, (covers.get(finding.document) if finding.document else None) or everything)
    for document in documents:
        if document.status is not DocumentStatus.VALID:
            key = DocumentKey(type=document.type, reference=document.reference)
            base = _capped(_BASE.get(document.status, Effect.HOLD), file)
            raise_to(base, covers.get(key) or everything)
    return tuple(ItemEffect(goods_item=number, effect=effect) for number, effect in sorted(effects.items()))


def _advice(counted: Iterable[Finding], effect: Effect, file: CaseFile) -> Advice:
    if effect.gravity <= Effect.RELEASE.gravity and file.declaration.kind is not Kind.SUPPLEMENTARY:
        return Advice.NONE
    given = [finding.advice for finding in counted if finding.effect is effect]
    fallback = Advice.CONTROL if effect.gravity > Effect.RELEASE.gravity else Advice.NONE
    return max(given, key=_URGENCY.__getitem__, default=fallback)
