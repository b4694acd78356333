"""The turn and the kind of effect of a decision: computed here alone, for officers and for traders.

A trader's are computed from what a trader may be told, so nothing that is not told changes them.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from gateway.decisions.advice import advised
from gateway.decisions.rest import without_rest
from gateway.decisions.undetermined import ALWAYS_HELD, BECOMES_KNOWN, FAULTS_OF_OURS, Way
from gateway.domain.decision import (
    Advice,
    Decision,
    Disclosure,
    DocumentOutcome,
    Effect,
    Finding,
    ItemEffect,
    Mode,
    Named,
    Nature,
    NumberedDecision,
    Unasked,
)
from gateway.domain.document import DocumentKey
from gateway.domain.obstacles import WITHOUT_FINDING
from gateway.domain.texts.listing import codes
from gateway.domain.turn import first_turn
from gateway.domain.verification import DocumentStatus
from gateway.domain.work_list import EffectKind, Listed, ListedAs, Stopper, Turn

HELD_CODE = "SW-API-HELD"
"""The code of the one finding that a trader reads in place of all that holds and may not be told."""
_CODES_SHOWN = 6
ITEMS_SHOWN = 8
"""Numbers of goods items that a list shows of one stopper."""

_NOT_ASKED_AGAIN = frozenset({"SW-DEC-901", *(code for code, way in BECOMES_KNOWN.items() if way is Way.ELSEWHERE)})
"""The codes of what is not determined and does not become known by asking: it waits for an officer."""
_TURN = {Nature.CORRECTION: Turn.DECLARANT, Nature.WAIT: Turn.AUTHORITY, Nature.UNDETERMINED: Turn.NOBODY}
_KIND = {Nature.UNDETERMINED: EffectKind.UNDETERMINED, Nature.WAIT: EffectKind.PENDING}
_KIND_BY_STATUS = {DocumentStatus.UNDETERMINED: EffectKind.UNDETERMINED, DocumentStatus.PENDING: EffectKind.PENDING}
_TURN_BY_STATUS = {DocumentStatus.UNDETERMINED: Turn.NOBODY, DocumentStatus.PENDING: Turn.AUTHORITY}
_OPEN = frozenset({DocumentStatus.UNDETERMINED, DocumentStatus.PENDING})
"""The statuses of documents that nobody has judged yet."""
_FIRST = {turn: place for place, turn in enumerate(Turn)}
_OF_EFFECT = {effect: EffectKind(effect.value) for effect in Effect}
_LOUDEST = {kind: place for place, kind in enumerate(EffectKind)}

NatureOf = Callable[[str], Nature | None]
"""The nature of a finding by its code, for those stored before it was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The parts of a decision that a trader may be told."""

    decision: Decision
    untold: bool
    """Whether the goods are held and nothing that holds them may be told: one sentence stands in its place."""


def nature_of(finding: Finding) -> Nature:
    """Return a finding's nature; of one that nobody knows the one that tells a trader nothing, and is an officer's."""
    if finding.nature is not None:
        return finding.nature
    fixed = ALWAYS_HELD.get(finding.code)
    if fixed is not None:
        return fixed
    return Nature.REFUSAL if finding.effect is Effect.REFUSE else Nature.CHECK


def kind_of_finding(finding: Finding) -> EffectKind:
    """Return the kind of a finding's effect."""
    return _kind(finding.effect, _KIND.get(nature_of(finding)))


def kind_of_document(document: DocumentOutcome) -> EffectKind:
    """Return the kind of a document's effect."""
    return _kind(document.effect, _KIND_BY_STATUS.get(document.status))


def turn_of_finding(
    finding: Finding, *, confirmed: bool = False, gave_up: bool = False, beforehand: bool = False
) -> Turn:
    """Return whose turn it is because of a finding.

    Args:
        finding: which one; without a hold it is nobody's.
        confirmed: whether customs has confirmed the refusal to the trader: till then that is an officer's.
        gave_up: whether nothing is asked again by itself any more: what is not determined waits for an officer then.
        beforehand: whether nothing is lodged yet: nobody but the declarant can do anything about what would be refused.
    """
    if not finding.effect.stops:
        return Turn.NOBODY
    nature = nature_of(finding)
    if finding.effect is Effect.REFUSE:
        if beforehand:
            return Turn.DECLARANT
        if not confirmed:
            return Turn.OFFICER
        return Turn.NOBODY if nature is Nature.REFUSAL else _TURN.get(nature, Turn.OFFICER)
    if nature is Nature.UNDETERMINED and (gave_up or finding.code in _NOT_ASKED_AGAIN):
        return Turn.OFFICER
    return _TURN.get(nature, Turn.OFFICER)


def told(decision: Decision, *, confirmed: bool, announced: bool = False) -> Told:
    """Return a decision as its trader may be told of it.

    Left out is whatever is in shadow or for officers alone, a refusal that is not confirmed, what its row keeps secret, and what
    waits for an officer and has no row that tells it. Advice to control is told once customs has announced an examination. Where
    something that holds is left out, no document that somebody has spoken of says how it stands, so that none shows what it is; if
    nothing that holds may be told, all goods items are held.

    Args:
        decision: as it was made.
        confirmed: whether refusals may be told: customs has confirmed them, or nothing is lodged and so nothing decided.
        announced: whether customs has announced an examination.
    """
    active = [one for one in decision.findings if one.mode is Mode.ACTIVE]
    findings = tuple(_with_told_advice(one, announced) for one in active if may_be_told(one, confirmed=confirmed))
    if not decision.effect.stops:
        advice = _told_advice(decision.advice, decision.effect, announced)
        documents = tuple(_told_document(one, confirmed=confirmed) for one in decision.documents)
        return Told(decision=replace(decision, findings=findings, advice=advice, documents=documents), untold=False)
    holding = [one for one in findings if one.effect.stops]
    explained = {one.document.key for one in holding if one.document is not None}
    left_out = len(holding) < sum(one.effect.stops for one in active)
    effect = decision.effect if confirmed else _softened(decision.effect)
    shown = replace(
        decision,
        effect=effect,
        advice=_told_advice(advised(holding, effect), effect, announced) if holding else Advice.DOCUMENTS,
        items=tuple(_told_item(one, confirmed=confirmed, untold=not holding) for one in decision.items),
        findings=findings,
        documents=_told_documents(
            decision.documents, explained=explained, left_out=left_out or not holding, confirmed=confirmed
        ),
    )
    return Told(decision=shown, untold=not holding)


def before_decision(documents: Iterable[DocumentOutcome]) -> tuple[DocumentOutcome, ...]:
    """Return documents as a trader may be told of them while nothing is decided: by what the tables say of their types alone."""
    return tuple(_told_document(one, confirmed=True) for one in documents)


def _told_documents(
    documents: Sequence[DocumentOutcome], *, explained: Collection[DocumentKey], left_out: bool, confirmed: bool
) -> tuple[DocumentOutcome, ...]:
    """Return the documents of what is held; `explained` are those of which a finding is told that holds them.

    A document that is held, and of which nobody is told why, has its reason among what is left out.
    """
    open_ones = [one.status in _OPEN or one.key in explained for one in documents]
    left_out = left_out or any(
        one.effect.stops and not is_open for one, is_open in zip(documents, open_ones, strict=True)
    )
    return tuple(
        _told_document(one, confirmed=confirmed) if is_open or not left_out else _untold_document(one)
        for one, is_open in zip(documents, open_ones, strict=True)
    )


def listed(numbered: NumberedDecision, *, held: bool, gave_up: bool, nature_of_code: NatureOf | None = None) -> Listed:
    """Return what lists show of a decided declaration, and find it by.

    Args:
        numbered: the decision.
        held: whether the declaration is neither released as a whole nor ended.
        gave_up: whether nothing of it is asked again by itself any more.
        nature_of_code: for decisions from before findings kept their nature.
    """
    decision = numbered.decision if nature_of_code is None else with_natures(numbered.decision, nature_of_code)
    if _nothing_stops(decision):
        # Nobody's turn it is, and no refusal waits for its confirmation.
        officer = once_confirmed = _unhindered(decision, decision.advice, (Mode.ACTIVE, Mode.OFFICERS))
        advice = _told_advice(decision.advice, decision.effect, announced=False)
        trader = once_told = _unhindered(decision, advice, (Mode.ACTIVE,))
    else:
        officer = _for_officers(decision, held=held, confirmed=False, gave_up=gave_up)
        once_confirmed = _for_officers(decision, held=held, confirmed=True, gave_up=gave_up)
        trader = _for_traders(told(decision, confirmed=False), held=held, confirmed=False, gave_up=gave_up)
        once_told = _for_traders(told(decision, confirmed=True), held=held, confirmed=True, gave_up=gave_up)
    return Listed(
        number=numbered.number,
        decided_at=numbered.decided_at,
        held=held and decision.effect.stops,
        officer=officer,
        officer_once_confirmed=once_confirmed,
        trader=trader,
        trader_once_told=once_told,
    )


def refuses_no_more(before: NumberedDecision | None, now: NumberedDecision) -> bool:
    """Whether a decision refuses, and for nothing but what the one before it on the same version refused for."""
    if before is None or before.version != now.version or now.decision.effect is not Effect.REFUSE:
        return False
    return _refused_for(now.decision) <= _refused_for(before.decision)


def reads_otherwise(
    before: NumberedDecision, now: NumberedDecision, *, rest_is_told: bool, were_told: bool, are_told: bool
) -> bool:
    """Whether a decision reads otherwise to the trader than the one before.

    Args:
        before: the decision before.
        now: the decision.
        rest_is_told: whether anybody is told what is left of certificates: once customs has accepted the declaration.
        were_told: whether the refusals of the one before were told.
        are_told: those of this one.
    """
    if before.version != now.version:
        return True
    was, is_now = (one.decision if rest_is_told else without_rest(one.decision, ()) for one in (before, now))
    return not reads_the_same(told(was, confirmed=were_told), told(is_now, confirmed=are_told))


def reads_the_same(before: Told, now: Told) -> bool:
    """Whether what a trader may be told of two decisions comes to the same."""
    return before.untold == now.untold and before.decision.means_the_same(now.decision)


def _refused_for(decision: Decision) -> frozenset[Hashable]:
    found = [one for one in decision.findings if one.mode is Mode.ACTIVE and one.effect is Effect.REFUSE]
    return frozenset(
        [(one.code, one.goods_item, one.document) for one in found]
        + [one.key for one in decision.documents if one.effect is Effect.REFUSE]
    )


def with_natures(decision: Decision, nature_of_code: NatureOf) -> Decision:
    """Return a decision whose findings have natures, if it was stored before they kept them."""
    if all(one.nature is not None for one in decision.findings):
        return decision
    findings = tuple(
        one if one.nature is not None else replace(one, nature=nature_of_code(one.code)) for one in decision.findings
    )
    return replace(decision, findings=findings)


def kind_and_turn(
    shown: Decision, *, as_trader: bool, confirmed: bool, gave_up: bool, held: bool
) -> tuple[EffectKind, Turn | None]:
    """Return kind and turn of a decision as a reader is shown it; of what a trader is not told there is no turn.

    Args:
        shown: the decision; to a trader as they may be told of it, with the one sentence if that stands there.
        as_trader: whether a trader reads it.
        confirmed: whether a refusal is told.
        gave_up: whether nothing is asked again by itself any more.
        held: whether the declaration is neither released as a whole nor ended.
    """
    stoppers = _stoppers(shown, confirmed=confirmed, gave_up=gave_up)
    return _kind_and_turn(shown, stoppers, as_trader=as_trader, held=held)


def _kind_and_turn(
    shown: Decision, stoppers: Sequence[Stopper], *, as_trader: bool, held: bool
) -> tuple[EffectKind, Turn | None]:
    if as_trader:
        if any(one.code == HELD_CODE for one in shown.findings):
            return EffectKind.HOLD, None if held else Turn.NOBODY
        # Of documents a trader reads the status, but what a finding would have said of one is only told by the finding.
        stoppers = [one for one in stoppers if one.code is not None]
    turns = [one.turn for one in stoppers if one.turn is not None]
    # A hold that nothing explains is no reason to wait for anybody.
    unexplained = Turn.OFFICER if shown.effect.stops else Turn.NOBODY
    turn = first_turn(turns, unexplained) if held and shown.effect.stops else Turn.NOBODY
    return _kind_of(shown.effect, stoppers), turn


def _nothing_stops(decision: Decision) -> bool:
    """Whether neither a finding that counts nor a document holds or refuses."""
    if decision.effect.stops or any(one.effect.stops for one in decision.documents):
        return False
    return not any(one.mode is Mode.ACTIVE and one.effect.stops for one in decision.findings)


def _softened(effect: Effect) -> Effect:
    return Effect.HOLD if effect is Effect.REFUSE else effect


def _kind(effect: Effect, of_hold: EffectKind | None) -> EffectKind:
    if effect is Effect.HOLD and of_hold is not None:
        return of_hold
    return _OF_EFFECT[effect]


def _kind_of(effect: Effect, stoppers: Iterable[Stopper]) -> EffectKind:
    if effect is not Effect.HOLD:
        return _OF_EFFECT[effect]
    return min((one.effect_kind for one in stoppers), key=_LOUDEST.__getitem__, default=EffectKind.HOLD)


def may_be_told(finding: Finding, *, confirmed: bool) -> bool:
    """Whether the declarant may be told of a finding: of one whose row says nothing if its nature makes it no officer's.

    A row that is not known says nothing, so what it stands for is not told.

    Args:
        finding: which one, of those that count.
        confirmed: whether refusals may be told.
    """
    if not finding.effect.stops:
        return True
    if finding.code in FAULTS_OF_OURS:
        return False
    if finding.told is None:
        return turn_of_finding(finding, confirmed=confirmed) is not Turn.OFFICER
    if finding.told.is_secret:
        return False
    return confirmed or (finding.effect is Effect.HOLD and finding.told is Disclosure.AT_ONCE)


def _told_advice(advice: Advice, effect: Effect, announced: bool) -> Advice:
    if advice is not Advice.CONTROL or announced:
        return advice
    return Advice.DOCUMENTS if effect.stops else Advice.NONE


def _with_told_advice(finding: Finding, announced: bool) -> Finding:
    advice = _told_advice(finding.advice, finding.effect, announced)
    return finding if advice is finding.advice else replace(finding, advice=advice)


def _told_item(item: ItemEffect, *, confirmed: bool, untold: bool) -> ItemEffect:
    if untold:
        return structs.replace(item, effect=Effect.HOLD)
    return item if confirmed else structs.replace(item, effect=_softened(item.effect))


def _told_document(document: DocumentOutcome, *, confirmed: bool) -> DocumentOutcome:
    """Return a document with its status, without national codes, which are for customs."""
    effect = document.effect if confirmed else _softened(document.effect)
    if (effect, None, ()) == (document.effect, document.national, document.quantity):
        return document
    # What others have of a line is customs' alone, and so is what is certified: less what is left, it is what others have.
    quantity = tuple(structs.replace(line, certified=None, others=None) for line in document.quantity)
    return structs.replace(document, effect=effect, national=None, quantity=quantity)


def _untold_document(document: DocumentOutcome) -> DocumentOutcome:
    """Return a document that keeps its status back; one that is judged nowhere says so, whatever holds."""
    not_judged = document.status is DocumentStatus.UNROUTED and document.unasked is Unasked.NOT_JUDGED
    return structs.replace(
        document,
        status=document.status if not_judged else DocumentStatus.NOT_TOLD,
        verified_by=None,
        effect=Effect.NONE,
        quantity=(),
        national=None,
        unasked=document.unasked if not_judged else None,
    )


def _stoppers(decision: Decision, *, confirmed: bool, gave_up: bool) -> list[Stopper]:
    """Return everything that stands against release: counting findings, and documents that none of them is about."""
    findings = [one for one in decision.findings if one.mode is Mode.ACTIVE and one.effect.stops]
    explained = {one.document.key for one in findings if one.document is not None}
    items = {one.key: one.goods_items for one in decision.documents}
    found = [
        _stopper(
            (finding.goods_item,) if finding.goods_item is not None else _items_of(finding, items),
            code=finding.code,
            effect_kind=kind_of_finding(finding),
            turn=turn_of_finding(finding, confirmed=confirmed, gave_up=gave_up),
            nature=finding.nature,
            document=finding.document,
            curing=codes((finding.params or {}).get("alternatives", "")) if finding.effect is Effect.HOLD else ((), ()),
        )
        for finding in findings
    ]
    return found + [
        _stopper(
            document.goods_items,
            code=None,
            effect_kind=kind_of_document(document),
            turn=_turn_of_document(document, gave_up=gave_up),
            document=Named(document.type, document.reference),
        )
        for document in decision.documents
        if document.effect.stops and document.key not in explained
    ]


def _turn_of_document(document: DocumentOutcome, *, gave_up: bool) -> Turn:
    if document.effect is Effect.REFUSE or gave_up:
        return Turn.OFFICER
    return _TURN_BY_STATUS.get(document.status, Turn.OFFICER)


def _items_of(finding: Finding, items: Mapping[DocumentKey, tuple[int, ...]]) -> tuple[int, ...]:
    return items.get(finding.document.key, ()) if finding.document is not None else ()


def _stopper(
    goods_items: Sequence[int],
    *,
    code: str | None,
    effect_kind: EffectKind,
    turn: Turn,
    nature: Nature | None = None,
    document: Named | None = None,
    curing: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
) -> Stopper:
    return Stopper(
        code=code,
        effect_kind=effect_kind,
        turn=turn,
        nature=nature,
        document=document,
        goods_items=tuple(goods_items[:ITEMS_SHOWN]),
        goods_items_in_all=len(goods_items),
        documents=curing[0][:_CODES_SHOWN],
        statements=curing[1][:_CODES_SHOWN],
    )


def _place(stopper: Stopper) -> tuple[int, int]:
    """Return the place in which stoppers are shown: first those of the party whose turn it is, the loudest of them first."""
    return _FIRST.get(stopper.turn or Turn.NOBODY, 0), _LOUDEST[stopper.effect_kind]


def _entry(
    decision: Decision, stoppers: Sequence[Stopper], *, held: bool, turn: Turn | None, kind: EffectKind
) -> ListedAs:
    """Return the entry of a decision with its obstacles to release, in the order in which they are shown."""
    ordered = sorted(stoppers, key=_place) if held else []
    against = {one.document.key for one in ordered if one.document is not None}
    authorities = {(one.authority, one.status) for one in decision.documents if one.key in against and one.authority}
    return ListedAs(
        effect=decision.effect,
        effect_kind=kind,
        turn=turn,
        advice=decision.advice,
        findings=tuple(sorted({one.code for one in decision.findings if one.mode is not Mode.SHADOW})),
        authorities=tuple(sorted({name for name, _ in authorities})),
        silent=tuple(sorted({name for name, status in authorities if status is DocumentStatus.UNDETERMINED})),
        stopper=ordered[0] if ordered else None,
        further=dict(Counter(one.code or WITHOUT_FINDING for one in ordered[1:])),
    )


def _for_officers(decision: Decision, *, held: bool, confirmed: bool, gave_up: bool) -> ListedAs:
    stoppers = _stoppers(decision, confirmed=confirmed, gave_up=gave_up)
    kind, turn = _kind_and_turn(decision, stoppers, as_trader=False, held=held)
    return _entry(decision, stoppers, held=held, turn=turn, kind=kind)


def _for_traders(shown: Told, *, held: bool, confirmed: bool, gave_up: bool) -> ListedAs:
    if shown.untold:
        return untold(shown.decision, held=held)
    stoppers = _stoppers(shown.decision, confirmed=confirmed, gave_up=gave_up)
    kind, turn = _kind_and_turn(shown.decision, stoppers, as_trader=True, held=held)
    of_findings = [one for one in stoppers if one.code is not None]
    return _entry(shown.decision, of_findings, held=held, turn=turn, kind=kind)


def _unhindered(decision: Decision, advice: Advice, modes: Collection[Mode]) -> ListedAs:
    """Return the one entry of a decision without obstacles, with the findings of these modes."""
    return ListedAs(
        effect=decision.effect,
        effect_kind=_OF_EFFECT[decision.effect],
        turn=Turn.NOBODY,
        advice=advice,
        findings=tuple(sorted({one.code for one in decision.findings if one.mode in modes})),
    )


def untold(decision: Decision, *, held: bool) -> ListedAs:
    """Return the one entry of a decision whose every cause may not be told: without turn and count."""
    codes = {one.code for one in decision.findings} | ({HELD_CODE} if held else set())
    return ListedAs(
        effect=decision.effect,
        effect_kind=EffectKind.HOLD,
        turn=None if held else Turn.NOBODY,
        advice=decision.advice,
        findings=tuple(sorted(codes)),
        stopper=Stopper(code=HELD_CODE, effect_kind=EffectKind.HOLD, turn=None) if held else None,
    )
