"""A pack of risk criteria as it is written: its rows, what they measure, and how many of what they meet are chosen."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from msgspec import Meta, Struct

from gateway.contract import Direction
from gateway.wings.controls.order import ControlStage
from gateway.wings.controls.parties.facts import AeoType

Text = Annotated[str, Meta(min_length=1, max_length=400)]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Values = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=70)], ...], Meta(min_length=1, max_length=100_000)
]

SHORTEST = 2
"""The digits of the shortest beginning of a commodity code that a row names."""
_FEW_ORIGINS = 10
"""A row of more is found by its goods alone: each origin is a place of its own."""


class PackKind(StrEnum):
    """The kind of a pack."""

    COMMON = "common"
    FINANCIAL = "financial"
    NATIONAL = "national"
    PRIORITY_AREA = "priority_area"
    CRISIS = "crisis"
    RANDOM = "random"
    ALERT = "alert"
    """Exact criteria without a draw: what meets them is shown to analysts alone, and controlled only where types are named."""


class EarlierDeclarations(StrEnum):
    """Which declarations a pack is about that were assessed before it counted."""

    NONE = "none"
    OPEN = "open"
    """Those of which goods are still to be released."""


class IfMissing(StrEnum):
    """What follows where what a row measures is not declared."""

    COUNT = "count"
    """It is counted as not assessable."""
    ORDER = "order"
    """It is drawn as in the first band."""


class WeightGroup(StrEnum):
    """What criteria look for, and so the type of authorisation that counts (UCC Art. 38(6))."""

    FINANCIAL = "financial"
    SAFETY = "safety"


class TrustWeight(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By how much fewer of a trusted operator's goods are chosen."""

    group: WeightGroup
    types: Annotated[tuple[AeoType, ...], Meta(min_length=1, max_length=3)]
    """One of them is enough."""
    roles: Annotated[tuple[str, ...], Meta(min_length=1, max_length=5)]
    """Those who stand in each of these are trusted."""
    factor: Decimal
    floor: Decimal
    """The share below which it lowers none."""

    def is_for(self, trusted: Mapping[str, frozenset[AeoType]]) -> bool:
        """Whether the operators in all of its roles are trusted so."""
        return all(not trusted.get(role, frozenset()).isdisjoint(self.types) for role in self.roles)

    def lowered(self, share: Decimal) -> Fraction:
        """Return a share as it is with it: never more than without."""
        whole = Fraction(share)
        return min(whole, max(whole * Fraction(self.factor), Fraction(self.floor)))


class RowScope(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The goods items that a row is about: those that have one of the values in every field that says any."""

    direction: tuple[Direction, ...] = ()
    goods: tuple[Annotated[str, Meta(pattern=r"^[0-9]{2,10}$")], ...] = ()
    """Beginnings of commodity codes."""
    origin: tuple[str, ...] = ()
    dispatch: tuple[str, ...] = ()
    destination: tuple[str, ...] = ()
    procedures: tuple[Annotated[str, Meta(pattern=r"^[0-9]{2}([0-9]{2})?$")], ...] = ()
    """Requested ones, or with the previous one."""
    offices: tuple[str, ...] = ()
    """Where the goods are presented, or else declared."""
    modes: tuple[Annotated[str, Meta(pattern=r"^[1-9]$")], ...] = ()
    """Of transport at the border (19 03)."""
    parties: dict[str, Values] = {}
    """EORIs, by role."""

    @property
    def narrows(self) -> bool:
        """Whether it names goods, procedures, routes, modes of transport or operators (UCC Art. 46(8))."""
        routes = self.origin or self.dispatch or self.destination or self.modes
        return bool(self.goods or self.procedures or routes or self.parties)

    @property
    def found_by(self) -> Iterator[tuple[str, str | None]]:
        """Yield the beginnings of commodity codes, each with an origin or None for any, by which its row is found."""
        named, origins = set(self.goods), set(self.origin)
        for beginning in named:
            # One that lies in another of them finds nothing more.
            if not any(beginning[:digits] in named for digits in range(SHORTEST, len(beginning))):
                for origin in origins if 0 < len(origins) <= _FEW_ORIGINS else (None,):
                    yield beginning, origin


class Measure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is measured of a goods item: one of the members, a figure with its bounds."""

    always: bool | None = None
    compare: str | None = None
    """A figure of the goods item."""
    ratio: Annotated[tuple[str, ...], Meta(min_length=2, max_length=2)] | None = None
    """Two figures, the first by the second."""
    price: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] | None = None
    """The value in a currency, by unit."""
    per: str | None = None
    """The figure that `price` is divided by."""
    count: str | None = None
    """How many there are of something."""
    list: str | None = None
    """Whether it is one of `values`."""
    values: Values | None = None
    text: Annotated[str, Meta(min_length=1, max_length=1_000)] | None = None
    """A regular expression (RE2) that the description holds."""
    finding: Annotated[str, Meta(pattern=r"^SW-DEC-[0-9]{3}$")] | None = None
    """A finding of the decision on the goods item."""
    at_least: Decimal | None = None
    below: Decimal | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The members that say what is measured: one, if it is sound."""
        return tuple(one for one in MEASURES if getattr(self, one) is not None)

    @property
    def is_figure(self) -> bool:
        """Whether bounds and bands are for it."""
        return self.names in FIGURES

    @property
    def is_bounded(self) -> bool:
        """Whether it has bounds of its own."""
        return self.at_least is not None or self.below is not None


MEASURES = ("always", "compare", "ratio", "price", "count", "list", "text", "finding")
FIGURES = (("compare",), ("ratio",), ("price",), ("count",))


class Band(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """Figures from a bound to below another, and how many of what lies there are chosen."""

    start: Decimal | None = None
    """None: where the band before it ends."""
    to: Decimal | None = None
    """None: without end."""
    level: str
    share: Decimal
    types: Annotated[tuple[int, ...], Meta(max_length=20)] = ()
    """Of CL716; of an alert alone none, which orders nothing."""
    stage: ControlStage = ControlStage.BEFORE_RELEASE


class PackRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A criterion."""

    criterion: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,17}$")]
    area: Text | None = None
    scope: RowScope = RowScope()
    measure: Annotated[tuple[Measure, ...], Meta(min_length=1, max_length=4)]
    """All of them hold."""
    band: Annotated[tuple[Band, ...], Meta(min_length=1, max_length=20)]
    if_missing: IfMissing = IfMissing.COUNT
    instruction: Annotated[str, Meta(min_length=1, max_length=35)] | None = None
    """A code of a list that officers share; random rows use codes that criteria use, too."""
    weight: WeightGroup | None = None
    """The group of the pack's weights that lower its shares; None: none does."""
    elevated: bool = False
    """A threat by which no operator is trusted more than others (Del. Reg. (EU) 2015/2446 Art. 25): no weight counts."""

    may_tell: bool = False
    """Whether an authorised operator that lodged before its goods are presented is told by itself that they are examined, which does not
    jeopardise the control (Del. Reg. (EU) 2015/2446 Art. 24(3))."""

    unless_done: bool = False
    """Whether its order is void once the same control was satisfactory at entry, before the goods are presented."""

    @property
    def banded(self) -> Measure | None:
        """The figure that the bands are of; None: there is none, and one band."""
        return next((one for one in self.measure if one.is_figure and not one.is_bounded), None)


class Pack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A pack of criteria, for a span of days."""

    name: Name
    kind: PackKind
    owner: Text
    legal_basis: Text
    valid_from: date
    valid_to: date | None = None
    """The last day; None: without end."""
    review_on: date | None = None
    look_back: EarlierDeclarations = EarlierDeclarations.NONE
    target: Decimal | None = None
    """How many of its controls with a result are to find something, as a share; None: none is set."""
    suspends: tuple[Name, ...] = ()
    """The packs that do not count while this one does: a crisis alone has any."""
    weight: Annotated[tuple[TrustWeight, ...], Meta(max_length=40)] = ()
    """The first one of a row's group that is for the operators of a declaration counts."""
    row: Annotated[tuple[PackRow, ...], Meta(min_length=1, max_length=20_000)]

    def weights_of(self, row: PackRow) -> tuple[TrustWeight, ...]:
        """Return the weights that may lower the shares of one of its rows."""
        return (
            () if row.weight is None or row.elevated else tuple(one for one in self.weight if one.group is row.weight)
        )

    def counts_on(self, day: date) -> bool:
        """Whether a day lies in its span."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def in_force(packs: tuple[Pack, ...], day: date) -> tuple[Pack, ...]:
    """Return the packs that count on a day: none that one of them suspends."""
    now = [one for one in packs if one.counts_on(day)]
    suspended = {name for one in now for name in one.suspends}
    return tuple(one for one in now if one.name not in suspended)


def most_of_the_same_goods(scopes: Iterable[RowScope]) -> int:
    """Return how many of the rows of some scopes one goods item is held against at most."""
    rest, places = 0, defaultdict[str, Counter[str | None]](Counter)
    for scope in scopes:
        rest += not scope.goods
        for beginning, origin in scope.found_by:
            places[beginning][origin] += 1
    most = 0
    for beginning in places:
        met: Counter[str | None] = sum(
            (places[beginning[:one]] for one in range(SHORTEST, len(beginning) + 1) if beginning[:one] in places),
            Counter(),
        )
        of_any = met.pop(None, 0)
        most = max(most, of_any + max(met.values(), default=0))
    return rest + most
