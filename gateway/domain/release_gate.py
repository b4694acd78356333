"""What stands against the release of each goods item, in one order: each counts as a declaration of its own (UCC Art. 194(2)).

Release gate, in this order: the declaration ended or is not accepted; a release runs or the goods are out; it is not decided on all
that was received; goods are suspended; an examination is awaited; the decision on these goods; a contingency window that has ended.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.contingency import RELEASED_UNVERIFIED
from gateway.domain.control import Examination
from gateway.domain.decision import Decision, Effect, NumberedDecision
from gateway.domain.declaration import Kind
from gateway.domain.errors import (
    AgainstDecision,
    BeingCarriedOut,
    Conflict,
    DeclarationOver,
    GoodsSuspended,
    ItemObstacle,
    NotAcceptedYet,
    NotDecidedYet,
    ReleasedAlready,
    SecondNeeded,
    UnderExamination,
    WindowEnded,
)
from gateway.domain.obstacles import effect_on, effects_on, obstacles
from gateway.domain.record import Reached
from gateway.domain.release import Obstacle, Released, ReleasedItem, ReleaseOrder, obstacle
from gateway.domain.suspension import SCOPE_LOST, kept


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDecision:
    """The decision that a release rests on."""

    decision: NumberedDecision
    assessed: bool
    """The documents were asked about after everything that was received of them."""
    ended_windows: Sequence[int] = ()
    """The contingency windows that it was made inside and that have ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemGate:
    """Whether a goods item may be released as it stands, and what stands against it."""

    goods_item: int
    may_release: bool
    obstacles: tuple[ItemObstacle, ...]


def out(released: Released | None) -> frozenset[int]:
    """Return the goods items that were released as whole ones."""
    if released is None:
        return frozenset()
    return frozenset(one.goods_item for one in released.items if one.quantity is None)


def named_items(order: ReleaseOrder, released: Released | None, every: Iterable[int]) -> tuple[int, ...]:
    """Return the goods items that an order names; without any all that are left of `every` item."""
    if order.items:
        return tuple(sorted({one.goods_item for one in order.items}))
    return tuple(sorted(set(every) - out(released)))


def share_goods(one: ReleaseOrder, other: ReleaseOrder) -> bool:
    """Whether two orders are about some of the same goods items; one without items is about all that are left."""
    if not one.items or not other.items:
        return True
    return not {item.goods_item for item in one.items}.isdisjoint(item.goods_item for item in other.items)


def against(decision: Decision, goods_items: Iterable[int]) -> tuple[Obstacle, ...]:
    """Return what of a decision stands against the release of some goods items, with what concerns none by itself; nothing where it
    allows it.
    """
    numbers = frozenset(goods_items)
    if not effect_on(decision, numbers).stops:
        return ()
    known = {one.goods_item for one in decision.items}
    all_of_it = obstacles(decision)
    # Whatever holds these items never stands against nothing.
    return tuple(one for one in all_of_it if one.goods_item in numbers or one.goods_item not in known) or all_of_it


def all_against(
    reached: Reached, order: ReleaseOrder, last: LastDecision | None, *, under_way: bool
) -> Iterator[tuple[Conflict, tuple[int, ...]]]:
    """Yield everything that stands against an order, the first thing first, each with the goods items that it concerns.

    Args:
        reached: how far the declaration has come.
        order: what is to be released.
        last: the decision that it rests on; None: there is none.
        under_way: whether another release is being carried out to which this one does not give way.
    """
    decision = last.decision.decision if last is not None else None
    named = named_items(order, reached.released, (one.goods_item for one in decision.items) if decision else ())
    if reached.ended is not None or reached.invalidating:
        yield DeclarationOver(f"The declaration is {reached.ended or 'being invalidated'}."), named
    if reached.accepted_at is None or reached.mrn is None:
        yield NotAcceptedYet("The declaration is not accepted yet."), named
    if under_way:
        yield BeingCarriedOut("Another release of this declaration is being carried out."), named
    if reached.released is not None and reached.released.whole:
        yield ReleasedAlready("All goods of the declaration were released already."), named
    elif gone := tuple(one for one in named if one in out(reached.released)):
        yield ReleasedAlready(f"{_goods(gone)} {'was' if len(gone) == 1 else 'were'} released already."), gone
    # A decision from before acceptance, or before a newer version, says nothing of what is reserved.
    if last is None or decision is None or last.decision.version != reached.version or not last.assessed:
        yield NotDecidedYet("The declaration is not decided yet."), named
        last = decision = None
    if suspended := kept(reached.suspended, named, all_of_it=_has_lost_scope(decision)):
        be = "is" if len(suspended) == 1 else "are"
        yield GoodsSuspended(f"{_goods(suspended)} {be} suspended: no override releases what is."), suspended
    if reached.words_wait:
        yield (
            GoodsSuspended(
                "An authority said something of these goods before they were declared: that is entered first."
            ),
            named,
        )
    if stopped := examined(reached.examination, reached.kind, reached.version, named):
        be = "is" if len(stopped) == 1 else "are"
        detail = f"{_goods(stopped)} {be} not released before the examination that customs announced took place or was withdrawn."
        yield UnderExamination(detail), stopped
    if last is not None and decision is not None:
        yield from _by_decision(order, last, decision, named)


def _has_lost_scope(decision: Decision | None) -> bool:
    """Whether the goods of a suspension are not known any more, since an amendment changed them."""
    return decision is not None and any(one.code == SCOPE_LOST for one in decision.findings)


def examined(examination: Examination | None, kind: Kind, version: int, named: Sequence[int]) -> tuple[int, ...]:
    """Return those of some goods items that an announced examination keeps; those of a supplementary declaration are out already."""
    if examination is None or kind is Kind.SUPPLEMENTARY:
        return ()
    return tuple(one for one in named if examination.keeps(one, version=version))


def _by_decision(
    order: ReleaseOrder, last: LastDecision, decision: Decision, named: Sequence[int]
) -> Iterator[tuple[Conflict, tuple[int, ...]]]:
    effects = effects_on(decision)
    of_items = {one: effects.get(one, decision.effect) for one in named}
    # The gravest first: an answer's own sentence is the first one's. What concerns no goods item has the decision's own effect.
    for effect in (Effect.REFUSE, Effect.HOLD) if of_items else (decision.effect,):
        held = tuple(one for one, its_own in of_items.items() if its_own is effect)
        reason = obstacle(effect, order)
        if reason is not None and (held or not of_items):
            reason = f"{_goods(held)}: {reason}" if 0 < len(held) < len(decision.items) else reason
            yield SecondNeeded(reason) if order.override is not None else AgainstDecision(reason), held
    unverified = any(finding.code == RELEASED_UNVERIFIED for finding in decision.findings)
    if last.ended_windows and unverified and order.override is None:
        detail = (
            f"The decision rests on contingency window {last.ended_windows[-1]}, which has ended: "
            "the declaration is verified now, and can be released once it is decided again."
        )
        yield WindowEnded(detail), tuple(named)


def refusal(found: Sequence[tuple[Conflict, tuple[int, ...]]], last: LastDecision | None) -> Conflict:
    """Return the first of the things that stand against an order as its refusal, which tells all of them by goods item."""
    first = found[0][0]
    first.obstacles = tuple(_told(found, last.decision.decision if last is not None else None))
    return first


def _told(found: Iterable[tuple[Conflict, tuple[int, ...]]], decision: Decision | None) -> Iterator[ItemObstacle]:
    codes = _codes(decision) if decision is not None else {}
    for error, numbers in found:
        by_decision = isinstance(error, AgainstDecision | SecondNeeded)
        for number in numbers or (0,):
            findings = tuple(sorted(codes.get(number, set()) | codes.get(0, set()))) if by_decision else ()
            yield ItemObstacle(
                goods_item=number, code=error.code, title=error.title(), detail=error.detail, findings=findings
            )


def _codes(decision: Decision) -> Mapping[int, set[str]]:
    """Return the codes of what stands against the release of each goods item; below 0 those of what concerns none by itself."""
    known = {one.goods_item for one in decision.items}
    found: dict[int, set[str]] = {}
    for one in obstacles(decision):
        found.setdefault(one.goods_item if one.goods_item in known else 0, set()).add(one.code)
    return found


def gates(reached: Reached, last: LastDecision | None, *, under_way: bool) -> tuple[ItemGate, ...]:
    """Return the gate of every goods item that the decision knows, each by itself; none before the first decision."""
    if last is None:
        return ()
    decision, gone = last.decision.decision, out(reached.released)
    every = sorted(one.goods_item for one in decision.items)
    asked = ReleaseOrder(items=tuple(ReleasedItem(goods_item=number) for number in every if number not in gone))
    found: dict[int, list[ItemObstacle]] = {number: [] for number in every}
    if asked.items:
        for one in _told(all_against(reached, asked, last, under_way=under_way), decision):
            found[one.goods_item].append(one)
    for number in gone & found.keys():
        found[number] = [*_told([(ReleasedAlready(), (number,))], None)]
    return tuple(
        ItemGate(goods_item=number, may_release=not found[number], obstacles=tuple(found[number])) for number in every
    )


def _goods(numbers: Sequence[int]) -> str:
    return ("Goods item " if len(numbers) == 1 else "Goods items ") + ", ".join(map(str, numbers))
