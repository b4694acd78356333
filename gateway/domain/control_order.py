"""What a declaration itself holds of its control orders: enough to stop goods, and to decide, without reading the orders.

An order of which the parties are told is the announced examination (`domain.control`), which stops its goods itself: it stands here
once it found something alone.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, structs

from gateway.domain.control import ExaminationOf
from gateway.domain.declaration import Kind


class OrderState(StrEnum):
    """The states of a control order."""

    PLANNED = "planned"
    """The goods are not presented yet."""
    DUE = "due"
    APPOINTED = "appointed"
    UNDER_WAY = "under_way"
    """It has begun, and its result is not known yet: a laboratory has samples."""
    SATISFACTORY = "satisfactory"
    ADVERSE = "adverse"
    """Something was found: the goods stay until an officer settles it."""
    SETTLED = "settled"
    WAIVED = "waived"
    TRANSFERRED = "transferred"
    """The goods are released, and the control goes on after that."""
    VOID = "void"
    """The declaration ended before the control did."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is done under the order any more."""
        return self in _OVER

    @property
    def shuts(self) -> bool:
        """Whether its goods are not released."""
        return not self.is_over and self is not OrderState.TRANSFERRED


_OVER = frozenset({OrderState.SATISFACTORY, OrderState.SETTLED, OrderState.WAIVED, OrderState.VOID})


class Controlled(Struct, frozen=True, kw_only=True):
    """A control order that keeps goods, as the declaration holds it."""

    number: int
    goods_items: tuple[int, ...] = ()
    """Empty: all."""
    version: int
    """The declaration's version of which these are."""
    since: datetime
    """When it was opened."""
    found: str | None = None
    """What it found, as sentences name it in English; None: it is open."""
    told: bool = False
    """Whether the parties are told what it found."""
    of: ExaminationOf = ExaminationOf.GOODS

    def keeps(self, goods_item: int, *, version: int) -> bool:
        """Whether it keeps a goods item of a version of the declaration: each one, once an amendment may have moved its goods."""
        return not self.goods_items or goods_item in self.goods_items or self.version < version

    @property
    def found_in_goods(self) -> bool:
        """Whether it found something in goods, and the parties are told: no party amends that (UCC Art. 173(2)(b))."""
        return self.found is not None and self.told and self.of is ExaminationOf.GOODS


def adverse(controlled: Iterable[Controlled], kind: Kind, version: int) -> tuple[Controlled, ...]:
    """Return the orders that found something in goods of a version, those of an earlier one with all of its goods."""
    found = (one for one in controlled if one.found is not None and kind is not Kind.SUPPLEMENTARY)
    return tuple(structs.replace(one, goods_items=()) if one.version < version else one for one in found)


def controlled_items(
    controlled: Iterable[Controlled], kind: Kind, version: int, named: Iterable[int]
) -> tuple[int, ...]:
    """Return those of some goods items that control orders keep; those of a supplementary declaration are out already."""
    orders = tuple(controlled) if kind is not Kind.SUPPLEMENTARY else ()
    return tuple(one for one in named if any(order.keeps(one, version=version) for order in orders))
