"""What a declaration itself holds of its suspensions: enough to stop goods, and to decide, without reading the suspensions."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

from msgspec import Struct

from gateway.domain.declaration import GoodsItem

SCOPE_LOST = "SW-DEC-309"
"""The finding that an amendment changed goods that are suspended: all goods are held until an officer sets the scope."""


class SuspensionState(StrEnum):
    """The states of a suspension."""

    OPEN = "open"
    MAINTAINED = "maintained"
    UNCONFIRMED = "unconfirmed"
    """Its clock has run out, and nobody has confirmed that no word came by then."""
    REFUSED = "refused"
    TO_DESTROY = "to_destroy"
    LIFTED = "lifted"
    EXPIRED = "expired"
    """Its clock ran out, and no word came by then."""

    @property
    def is_over(self) -> bool:
        """Whether it holds nothing any more."""
        return self in (SuspensionState.LIFTED, SuspensionState.EXPIRED)


class Awaited(StrEnum):
    """Who has to speak next in an open suspension."""

    PARTY = "party"
    """Its authority or right-holder, or the clock."""
    DECLARANT = "declarant"
    OFFICER = "officer"


class SuspendedItem(Struct, frozen=True, kw_only=True):
    """A goods item as it was when its suspension was opened, or its scope set last."""

    number: int
    digest: str
    """Of what the suspension is about: the commodity and its quantities."""


class Suspended(Struct, frozen=True, kw_only=True):
    """A suspension that is not over, as the declaration holds it."""

    number: int
    """In its declaration, from 1."""
    regime: str
    title: str
    """The regime as sentences name it, in English."""
    state: SuspensionState
    items: tuple[SuspendedItem, ...]
    opened_at: datetime
    awaits: Awaited = Awaited.PARTY
    deadline: date | None = None
    """The last day by which somebody has to speak; None: no clock runs, or its end is not known."""
    ends_at: datetime | None = None
    """The first moment after the deadline of the clock that runs; None: none runs, or its end is not known."""
    told: bool = False
    """Whether the parties of the declaration are told of it."""
    blocks_invalidation: bool = False
    """Whether an invalidation that a party wants waits for its end."""
    legal_basis: str = ""

    @property
    def goods_items(self) -> frozenset[int]:
        """The numbers of its goods items."""
        return frozenset(one.number for one in self.items)

    def has_changed(self, goods: Iterable[GoodsItem]) -> bool:
        """Whether one of its goods items is gone, or is about other goods, among these of a declaration."""
        now = {one.number: digest_of_goods(one) for one in goods}
        return any(now.get(one.number) != one.digest for one in self.items)


def told_of(suspended: Iterable[Suspended], *, as_party: bool) -> tuple[Suspended, ...]:
    """Return the suspensions of which a reader is told: a party not of all."""
    return tuple(one for one in suspended if one.told or not as_party)


def digest_of_goods(item: GoodsItem) -> str:
    """Return the digest of what a suspension of a goods item is about: its commodity and its quantities."""
    figures = (item.net_mass, item.gross_mass, item.supplementary_units)
    about = (item.commodity_code, *("" if one is None else f"{one.normalize():f}" for one in figures))
    return sha256("|".join(about).encode()).hexdigest()[:32]


def kept(suspended: Iterable[Suspended], goods_items: Iterable[int], *, all_of_it: bool = False) -> tuple[int, ...]:
    """Return those of some goods items that suspensions keep; with `all_of_it`, their scope being lost, each of them."""
    by = frozenset[int]().union(*(one.goods_items for one in suspended))
    return tuple(one for one in goods_items if (all_of_it and by) or one in by)
