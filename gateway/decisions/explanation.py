"""The explanation of a decision: the rows that it stands on, and how the gravest of its findings won."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from heapq import merge
from itertools import count as count_up
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from gateway.decisions.case import Case, OpenedCase
from gateway.decisions.comparison import ComparedFact, compared
from gateway.decisions.engine import decide
from gateway.decisions.findings import RULE_FAILED
from gateway.decisions.ruleset import RULESET
from gateway.domain.decision import Decision, DocumentOutcome, Effect, Finding, Mode, Named
from gateway.domain.document import DocumentKey
from gateway.domain.tables.consulted import Consulted, Recorder
from gateway.domain.verification import DocumentStatus

Covers = Mapping[DocumentKey, frozenset[int]]
"""The goods items that each document is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """A decision, made once more, with the rows that it rests on."""

    decision: Decision
    consulted: tuple[Consulted, ...]
    covers: Covers
    compared: Mapping[DocumentKey, tuple[ComparedFact, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """The facts of each document that were compared with what is declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause of an effect."""

    code: str | None
    """The finding's; None: the document itself does not release, whatever the findings say."""
    goods_item: int | None
    document: Named | None
    says: str
    """The finding's sentence; of a document its status, or `unheld` where its quantity is not held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedItem:
    """A goods item's effect, with its causes."""

    goods_item: int
    effect: Effect
    because: tuple[Cause, ...]
    """The causes in the order of the decision; above `CAUSES_NAMED` there may be more than are given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The weighing by which the gravest effect won."""

    effect: Effect
    items: tuple[WeighedItem, ...]
    less_grave: tuple[tuple[Effect, int], ...]
    """The number of findings of each lesser effect that did not count against it; the gravest first."""
    shadow: tuple[tuple[Effect, int], ...]
    """The number of shadow findings that would have had each effect."""


UNHELD = "unheld"
CAUSES_NAMED = 100
"""Causes of one goods item's effect that are named: what is said of the whole declaration would stand at each of its items."""


class _Counted(NamedTuple):
    place: int
    effect: Effect
    cause: Cause


def grounds(case: Case) -> Grounds:
    """Decide once more, and note every row of the tables that gave an answer."""
    recorder, unrecorded = Recorder(), case
    case = replace(case, tables=case.tables.recorded(case.plan.on, recorder))
    decision = decide(case)
    consulted, covers = recorder.consulted, _covers(case)
    # Nobody looks up a row anew for what is only compared once more.
    return Grounds(
        decision=decision, consulted=consulted, covers=covers, compared=_compared(unrecorded, decision.findings)
    )


_FAILED = "A rule that fails is a hold."


def rules_behind(finding: Finding) -> tuple[tuple[str, str], ...]:
    """Return the name and the promise of each rule that may raise a finding; of one that failed what it left out."""
    if finding.code == RULE_FAILED:
        name = (finding.params or {}).get("rule", "")
        failed = next((rule.promise for rule in RULESET if rule.name == name), "")
        return ((name or RULE_FAILED, f"{_FAILED} {failed}".strip()),)
    return tuple({rule.name: rule.promise for rule in RULESET if finding.code in rule.codes}.items())


def weigh(decision: Decision, covers: Covers = MappingProxyType({})) -> Weighed:
    """Return the causes of each goods item's effect; without `covers` as far as the decision itself has them."""
    active = [finding for finding in decision.findings if finding.mode is Mode.ACTIVE]
    cited = {document.key: frozenset(document.goods_items) for document in decision.documents}
    reach = {**cited, **covers}
    because: dict[int, list[_Counted]] = {item.goods_item: [] for item in decision.items}
    # What reaches every item is kept once, not once for each of them.
    of_all: dict[Effect, list[_Counted]] = {}
    places = count_up()

    def count(effect: Effect, cause: Cause) -> None:
        counted = _Counted(next(places), effect, cause)
        reached = (cause.goods_item,) if cause.goods_item is not None else reach.get((cause.document or _NOBODY).key)
        if not reached:
            if len(of_all.setdefault(effect, [])) < CAUSES_NAMED:
                of_all[effect].append(counted)
            return
        for number in reached:
            if number in because:
                because[number].append(counted)

    counted_already = set()
    for finding in active:
        if finding.effect.gravity >= Effect.HOLD.gravity:
            counted_already.add((finding.document, finding.effect))
            count(finding.effect, _cause_of(finding))
    for document in decision.documents:
        named = Named(document.type, document.reference)
        if document.effect.gravity >= Effect.HOLD.gravity and (named, document.effect) not in counted_already:
            count(document.effect, _effect_of_document(document, named))
    items = tuple(
        WeighedItem(
            goods_item=item.goods_item,
            effect=item.effect,
            because=_causes(because[item.goods_item], of_all.get(item.effect, ()), item.effect),
        )
        for item in decision.items
    )
    return Weighed(
        effect=decision.effect,
        items=items,
        less_grave=_counted(f for f in active if f.effect.gravity < decision.effect.gravity),
        shadow=_counted(f for f in decision.findings if f.mode is Mode.SHADOW),
    )


def _causes(own: Iterable[_Counted], of_all: Iterable[_Counted], effect: Effect) -> tuple[Cause, ...]:
    """Return the causes of an item's effect in the order in which they were counted, as many as are named."""
    both = merge((one for one in own if one.effect is effect), of_all, key=lambda one: one.place)
    return tuple(one.cause for one in islice(both, CAUSES_NAMED))


_NOBODY = Named("", "")


def _covers(case: Case) -> Covers:
    try:
        file = OpenedCase(case)
    except Exception:  # a case that cannot be opened is held as a whole
        return {}
    found: dict[DocumentKey, set[int]] = {}
    for dossier in file.dossiers:
        found.setdefault(dossier.key, set()).update(citation.item.number for citation in dossier.citations)
    return {key: frozenset(numbers) for key, numbers in found.items()}


def _compared(case: Case, findings: Iterable[Finding]) -> Mapping[DocumentKey, tuple[ComparedFact, ...]]:
    try:
        return compared(OpenedCase(case), findings)
    except Exception:  # a rule that cannot judge it has said so
        return {}


def _cause_of(finding: Finding) -> Cause:
    return Cause(code=finding.code, goods_item=finding.goods_item, document=finding.document, says=finding.message)


def _effect_of_document(document: DocumentOutcome, named: Named) -> Cause:
    says = UNHELD if document.status is DocumentStatus.VALID else document.status.value
    return Cause(code=None, goods_item=None, document=named, says=says)


def _counted(findings: Iterable[Finding]) -> tuple[tuple[Effect, int], ...]:
    counts: dict[Effect, int] = {}
    for finding in findings:
        counts[finding.effect] = counts.get(finding.effect, 0) + 1
    return tuple(sorted(counts.items(), key=lambda pair: -pair[0].gravity))
