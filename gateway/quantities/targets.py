"""The targets of a declaration for its documents' quantities, and the next order that brings one nearer to it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.contract import MovementKind, OrderLine
from gateway.domain.document import DocumentKey
from gateway.domain.movement import OwnPosition, OwnQuantity
from gateway.domain.order_lines import Convert, in_their_years, same


class Aim(StrEnum):
    """The state that a document's quantity is to be brought to."""

    HOLD = "hold"
    """The lines are reserved."""
    RELEASE = "release"
    """The lines are written off, and nothing more is reserved."""
    NOTHING = "nothing"
    """Nothing is held."""
    UNRESERVED = "unreserved"
    """Nothing is reserved, and what is written off stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The quantities that a declaration has to hold of one document."""

    type: str
    reference: str
    adapter: str
    aim: Aim
    lines: tuple[OrderLine, ...] = ()
    reserves: bool = True
    """Whether the authority takes reservations; else usage is reported to it."""
    yearly: bool = False
    """Whether the lines are years of an account: what was taken of another year stays there."""

    @property
    def document(self) -> DocumentKey:
        """The key of the document."""
        return tuple.__new__(DocumentKey, (self.type, self.reference))


@dataclass(frozen=True, slots=True, kw_only=True)
class NextOrder:
    """The next order towards a target."""

    kind: MovementKind
    lines: tuple[OrderLine, ...] = ()
    restates: bool = False


def next_order(own: OwnQuantity, target: Target, convert: Convert) -> NextOrder | None:
    """Return the order that brings our own quantity nearer to its target; None: it is there, or nothing can be done."""
    match target.aim:
        case Aim.NOTHING:
            if own.written_off:
                return NextOrder(kind=MovementKind.DELETE)
            return NextOrder(kind=MovementKind.CANCEL) if own.reserved else None
        case Aim.UNRESERVED:
            # Beside what is written off no reservation can be cancelled alone: officers see it.
            return NextOrder(kind=MovementKind.CANCEL) if own.reserved and not own.written_off else None
        case Aim.HOLD:
            # What is written off already stays so: a reservation beside it is refused by every authority.
            if own.written_off or not target.reserves or same(own.reserved, target.lines, convert):
                return None
            return NextOrder(kind=MovementKind.RESERVE, lines=target.lines)
        case Aim.RELEASE:
            if target.yearly:
                target = replace(target, lines=in_their_years(target.lines, own.written_off))
            return _towards_release(own, target, convert)


def _towards_release(own: OwnQuantity, target: Target, convert: Convert) -> NextOrder | None:
    if own.written_off:
        if same(own.written_off, target.lines, convert):
            return None
        return (
            NextOrder(kind=MovementKind.AMEND, lines=target.lines)
            if target.lines
            else NextOrder(kind=MovementKind.DELETE)
        )
    if not target.lines:
        return NextOrder(kind=MovementKind.CANCEL) if own.reserved else None
    restates = target.reserves and not same(own.reserved, target.lines, convert)
    return NextOrder(kind=MovementKind.WRITE_OFF, lines=target.lines, restates=restates)


def reservation_targets(
    intended: Sequence[Target],
    own_positions: Sequence[OwnPosition],
    *,
    cited: Collection[DocumentKey],
    refused: Collection[int],
    gives_all_back: bool,
) -> tuple[Target, ...]:
    """Return what an accepted declaration has to hold before release.

    Args:
        intended: what its fit documents have to hold, by the rules.
        own_positions: our own positions.
        cited: the documents that it still cites and whose quantity counts.
        refused: the goods items for which nothing is reserved, because they are refused. What others hold stays.
        gives_all_back: whether all reservations are cancelled, because all of it is refused, or it is dormant.
    """
    reserved = [one for one in own_positions if one.holding.reserved]
    if gives_all_back:
        return tuple(nothing(one) for one in reserved)
    wanted = but_for(intended, refused)
    documents = {one.document for one in wanted}
    rest = [one for one in reserved if one.document not in documents]
    # A document that is not fit now keeps its reservation: only what is not cited any more, or is for refused goods, has it cancelled.
    return (
        *wanted,
        *(nothing(one) for one in rest if one.document not in cited),
        *given_back([one for one in rest if one.document in cited], refused),
    )


def told_at_once(
    intended: Sequence[Target], own_positions: Sequence[OwnPosition], cited: Collection[DocumentKey]
) -> tuple[Target, ...]:
    """Return what a supplementary declaration has to have told, whose goods are out: nothing of what is not `cited` any more."""
    dropped = [one for one in own_positions if one.holding.written_off and one.document not in cited]
    return (*(replace(one, aim=Aim.RELEASE) for one in intended), *(nothing(one) for one in dropped))


def but_for(targets: Sequence[Target], refused: Collection[int]) -> tuple[Target, ...]:
    """Return the targets without the lines of some goods items, as if the declaration did not have these."""
    if not refused:
        return tuple(targets)
    left = [replace(one, lines=_others(one.lines, refused)) for one in targets]
    return tuple(one for one in left if one.lines)


def given_back(own_positions: Sequence[OwnPosition], refused: Collection[int]) -> tuple[Target, ...]:
    """Return the targets by which what is reserved for some goods items is given back, and nothing of the others."""
    found = []
    for one in own_positions:
        left = _others(one.holding.reserved, refused)
        if not left:
            found.append(nothing(one))
        elif len(left) < len(one.holding.reserved):
            found.append(Target(type=one.type, reference=one.reference, adapter=one.adapter, aim=Aim.HOLD, lines=left))
    return tuple(found)


def _others(lines: Sequence[OrderLine], refused: Collection[int]) -> tuple[OrderLine, ...]:
    return tuple(line for line in lines if line.goods_item not in refused)


def nothing(own_position: OwnPosition, aim: Aim = Aim.NOTHING) -> Target:
    """Return the target of a document of which nothing is to be held any more, or by the `aim` nothing reserved."""
    return Target(type=own_position.type, reference=own_position.reference, adapter=own_position.adapter, aim=aim)
