"""What of a decision stands against the release of goods, by goods item."""

from collections.abc import Collection, Iterator, Mapping

from gateway.domain.decision import Decision, Effect, Mode, gravest
from gateway.domain.document import DocumentKey
from gateway.domain.release import Obstacle

WITHOUT_FINDING = "document"
"""What stands in place of a code where a document holds without a finding of its own."""
_WHOLE = (0,)


def effects_on(decision: Decision) -> Mapping[int, Effect]:
    """Return the effect of a decision on each goods item, with what concerns no item.

    The decision's own on each, where none has what the decision says: nothing of it is lost.
    """
    effects = {one.goods_item: one.effect for one in decision.items}
    if decision.effect.stops and gravest(effects.values()) is not decision.effect:
        return dict.fromkeys(effects, decision.effect)
    return effects


def effect_on(decision: Decision, goods_items: Collection[int]) -> Effect:
    """Return the gravest effect of a decision on some goods items; on none of them, or on one that it does not know, its own."""
    effects = effects_on(decision)
    if not goods_items:
        return decision.effect
    return gravest(effects.get(number, decision.effect) for number in goods_items)


def obstacles(decision: Decision) -> tuple[Obstacle, ...]:
    """Return what stands against a release, each by the goods items that it concerns; nothing of a decision to release."""
    if not decision.effect.stops:
        return ()
    # Whatever holds, a decision that does never stands against nothing.
    return tuple(sorted(set(_against(decision)))) or (_obstacle(0, WITHOUT_FINDING, None),)


def _against(decision: Decision) -> Iterator[Obstacle]:
    items = {one.key: one.goods_items for one in decision.documents}
    explained = set()
    for finding in decision.findings:
        if finding.mode is not Mode.ACTIVE or not finding.effect.stops:
            continue
        key = finding.document.key if finding.document is not None else None
        if key is not None:
            explained.add(key)
        own = (finding.goods_item,) if finding.goods_item is not None else ()
        for number in own or (items.get(key) if key is not None else None) or _WHOLE:
            yield _obstacle(number, finding.code, key)
    for document in decision.documents:
        if document.effect.stops and document.key not in explained:
            for number in document.goods_items or _WHOLE:
                yield _obstacle(number, WITHOUT_FINDING, document.key)


def _obstacle(number: int, code: str, key: DocumentKey | None) -> Obstacle:
    return Obstacle(
        goods_item=number, code=code, type=key.type if key is not None else "", reference=key.reference if key else ""
    )
