"""Rows about time limits that the law sets while goods are held: nothing acts on them, they are shown to whoever has to act."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.contract import Direction
from gateway.domain.clocks import LegalPeriod, PeriodUnit
from gateway.domain.decision import Effect, Nature
from gateway.domain.declaration import Declaration, GoodsItem, Kind
from gateway.domain.row_kind import row_kind
from gateway.domain.tables.holidays import Counting, Weekday
from gateway.domain.tables.rows import Codes, Row
from gateway.domain.turn import Turn


class FirstDay(StrEnum):
    """The event that begins a time limit: its day does not count (Reg. 1182/71, Art. 3(1))."""

    LODGED = "lodged"
    """The declaration was lodged."""
    ACCEPTED = "accepted"
    """Customs accepted the declaration."""
    PRESENTED = "presented"
    """The goods were presented to customs: when that was, nobody says here, and receipt of the declaration does not stand for it."""
    REFUSAL_TOLD = "refusal_told"
    """Customs communicated a refusal to the declarant."""
    AUTHORITY_TOLD = "authority_told"
    """The authority communicated its own decision on the goods: when that was, nobody says here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldCause:
    """One thing that holds goods, as far as time limits go by it and its reader is told of it."""

    code: str
    """Of the finding."""
    effect: Effect
    nature: Nature | None
    """None: its reader is not told what holds."""
    turn: Turn | None
    type: str | None = None
    """The document type that it is about."""
    goods_item: int | None = None


@row_kind("time_limit", "time_limits.toml", key="name", decides_nothing=True)
class HoldLimit(Row):
    """A time limit of the law that runs while goods are held; an empty list stands for everything."""

    name: str
    """By which its text is found in `messages/time_limits`."""
    first_day: FirstDay
    days: int | None = None
    """One of the three is said; the period includes the days that do not count, but ends with none of them."""
    working_days: int | None = None
    years: int | None = None
    counting: Counting | tuple[Weekday, ...] | None = None
    """The rule by which days count; None: that of the State of the customs office."""
    turn: Turn | None = None
    """Who has to act in it; None: whoever has to because of what holds."""
    directions: tuple[Direction, ...]
    kinds: tuple[Kind, ...] = ()
    declaration_types: Codes = ()
    """Types of declaration (11 01)."""
    procedures: Codes = ()
    """Requested procedures; in transit there is none, and none is compared."""
    previous: Codes = ()
    """Previous procedures; compared as the requested ones are."""
    effects: tuple[Effect, ...] = ()
    natures: tuple[Nature, ...] = ()
    turns: tuple[Turn, ...] = ()
    types: Codes = ()
    """Document types that what holds is about."""
    legal_basis: str

    @property
    def period(self) -> LegalPeriod:
        """The length of the limit."""
        if self.days is not None:
            return LegalPeriod(self.days, PeriodUnit.DAYS)
        if self.working_days is not None:
            return LegalPeriod(self.working_days, PeriodUnit.WORKING_DAYS)
        return LegalPeriod(self.years or 0, PeriodUnit.YEARS)

    def goods_items(self, declared: Declaration) -> frozenset[int]:
        """Return the numbers of the goods items of a declaration that the limit may be one of."""
        if (
            declared.direction not in self.directions
            or (self.kinds and declared.kind not in self.kinds)
            or (self.declaration_types and declared.declaration_type not in self.declaration_types)
        ):
            return frozenset()
        return frozenset([item.number for item in declared.items if self._is_of(item)])

    def runs_for(self, cause: HoldCause, goods_items: frozenset[int]) -> bool:
        """Whether the limit runs while some of these goods items are held for this."""
        return (
            (not self.effects or cause.effect in self.effects)
            and (not self.natures or cause.nature in self.natures)
            and (not self.turns or cause.turn in self.turns)
            and (not self.types or cause.type in self.types)
            and (cause.goods_item is None or cause.goods_item in goods_items)
        )

    def _is_of(self, item: GoodsItem) -> bool:
        if item.requested_procedure is None:
            return True
        return (not self.procedures or item.requested_procedure in self.procedures) and (
            not self.previous or (item.previous_procedure or "00") in self.previous
        )
