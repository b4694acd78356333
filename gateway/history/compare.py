"""The differences between two decisions about the same declaration: in effect, by finding, or in wording alone."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.decisions.undetermined import ALWAYS_HELD
from gateway.domain.decision import Advice, Decision, Effect, Finding, Mode, Named, gravest

Place = tuple[str, int | None, Named | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """The weight of a finding: its effect on the goods, and whether it counts."""

    effect: Effect
    advice: Advice
    mode: Mode

    @property
    def counted(self) -> Effect:
        """The effect that it contributes: none while it comes from a shadow rule."""
        return self.effect if self.mode is Mode.ACTIVE else Effect.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingChange:
    """A finding that appears, disappears, or changes its meaning."""

    code: str
    before: Weight | None
    """None: it appears."""
    after: Weight | None
    """None: it disappears."""
    flips: bool
    """Whether it carries the declaration's effect, which is another one than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionChange:
    """The change from one decision to another."""

    before: Effect
    after: Effect
    findings: tuple[FindingChange, ...]
    otherwise: bool
    """Something else that is acted on differs: the advice, an item's effect, a document's status or the quantity reserved of it."""
    wording: bool
    """Something differs, be it a text or a legal basis alone."""

    @property
    def flips(self) -> bool:
        """Whether the declaration's effect changes."""
        return self.before is not self.after

    @property
    def acted_on(self) -> bool:
        """Whether a reader would act otherwise."""
        return self.flips or self.otherwise or bool(self.findings)

    @property
    def nothing(self) -> bool:
        """Whether the two have the same meaning and wording."""
        return not self.acted_on and not self.wording


def change(before: Decision, after: Decision) -> DecisionChange:
    """Compare two decisions; the order of findings and documents changes nothing."""
    same = before.means_the_same(after)
    findings = () if same else tuple(_findings(before, after))
    otherwise = not same and not _bare(before).means_the_same(_bare(after))
    return DecisionChange(
        before=before.effect, after=after.effect, findings=findings, otherwise=otherwise, wording=not same
    )


def counting_shadows(decision: Decision) -> Decision:
    """Return a decision as if its shadow rules had counted."""
    shadows = [finding for finding in decision.findings if finding.mode is Mode.SHADOW]
    if not shadows:
        return decision
    return replace(
        decision,
        effect=gravest((decision.effect, *(finding.effect for finding in shadows))),
        findings=tuple(
            replace(finding, mode=Mode.ACTIVE) if finding.mode is Mode.SHADOW else finding
            for finding in decision.findings
        ),
    )


def _bare(decision: Decision) -> Decision:
    """Return a decision without its findings: what is acted on beside them."""
    return replace(decision, findings=(), documents=tuple(sorted(decision.documents, key=lambda d: d.key)))


def _findings(before: Decision, after: Decision) -> Iterator[FindingChange]:
    old, new = _by_place(before.findings), _by_place(after.findings)
    for place in sorted(old.keys() | new.keys(), key=repr):
        was, now = old.get(place, ()), new.get(place, ())
        alike = Counter(was) & Counter(now)
        was, now = _without(was, alike), _without(now, alike)
        for index in range(max(len(was), len(now))):
            gone = was[index] if index < len(was) else None
            come = now[index] if index < len(now) else None
            yield FindingChange(code=place[0], before=gone, after=come, flips=_carries(gone, come, before, after))


def _without(weights: Sequence[Weight], taken: Counter[Weight]) -> list[Weight]:
    """Return the weights without those that are taken, in their order."""
    left, kept = taken.copy(), []
    for weight in weights:
        if left[weight] > 0:
            left[weight] -= 1
        else:
            kept.append(weight)
    return kept


def _carries(gone: Weight | None, come: Weight | None, before: Decision, after: Decision) -> bool:
    """Whether the coming of this finding makes the effect graver, or its going makes it milder."""
    if after.effect.gravity > before.effect.gravity:
        return come is not None and come.counted is after.effect
    return after.effect is not before.effect and gone is not None and gone.counted is before.effect


def _by_place(findings: Iterable[Finding]) -> Mapping[Place, Sequence[Weight]]:
    found: dict[Place, list[Weight]] = {}
    for one in findings:
        weight = Weight(effect=one.effect, advice=one.advice, mode=one.mode)
        found.setdefault((one.code, one.goods_item, one.document), []).append(weight)
    for weights in found.values():
        weights.sort(key=lambda weight: (weight.effect.gravity, weight.advice, weight.mode))
    return found


def explained_by(before: Decision, after: Decision, later: Collection[str]) -> tuple[str, ...]:
    """Return the findings that explain why a past decision comes out otherwise; none: it is not explained.

    Args:
        before: the decision as it was made.
        after: the same one made again.
        later: codes of findings that its set of tables did not know yet.

    It is explained where such a finding comes for every document about which something is new, what goes away stood in
    the way of nothing, and nothing gets milder.
    """
    changed = change(before, after)
    old, new = _by_place(before.findings), _by_place(after.findings)
    come = {place for place in new if place not in old}
    why = {place for place in come if place[0] in later and any(map(_hinders, new[place]))}
    # What a row of today takes back may have kept from being said that the document is not determined, and nothing else.
    beside = come - why
    if not why or not {document for _, _, document in beside} <= {document for _, _, document in why}:
        return ()
    if any(
        code not in ALWAYS_HELD and any(map(_hinders, new[code, item, document])) for code, item, document in beside
    ):
        return ()
    if any(one.before is not None and (one.after is not None or _hinders(one.before)) for one in changed.findings):
        return ()
    return tuple(sorted({code for code, _, _ in why})) if _nowhere_milder(before, after) else ()


def _hinders(weight: Weight) -> bool:
    return weight.counted.gravity > Effect.RELEASE.gravity


def _nowhere_milder(before: Decision, after: Decision) -> bool:
    now = {one.goods_item: one.effect for one in after.items} | {one.key: one.effect for one in after.documents}
    was = {one.goods_item: one.effect for one in before.items} | {one.key: one.effect for one in before.documents}
    return (
        after.effect.gravity >= before.effect.gravity
        and now.keys() == was.keys()
        and all(now[place].gravity >= effect.gravity for place, effect in was.items())
    )
