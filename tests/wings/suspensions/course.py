"""The course of one suspension, told by dates: opened, words, days that pass."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.contract import Direction
from gateway.domain.declaration import Declaration, GoodsItem, Kind
from gateway.domain.suspension import Awaited, Suspended, SuspensionState
from gateway.domain.tables.in_force import InForce
from gateway.wings.suspensions.acts import Order, Saying, next_word, opened, run_on, terms_of
from gateway.wings.suspensions.clock_times import Holidays
from gateway.wings.suspensions.fold import FoldedState, awaits, folded, owed, suspended
from gateway.wings.suspensions.rows import Opener
from gateway.wings.suspensions.suspension import Suspension
from tests.builders.story import shipped

STATED = {
    "product_safety": {"ground": "26_1_a", "act": "Dir. 2009/48/EC", "category": "toys", "authority": "DGCCRF"},
    "ipr": {"decision": "FR-2025-1", "right": "design"},
    "ipr_ex_officio": {"right": "trade_mark", "perishable": "no"},
    "ipr_small": {"decision": "FR-2025-1", "right": "trade_mark", "perishable": "no", "small": "three_units", "asked_for": "yes"},
    "dual_use": {"ground": "end user", "granting_state": "DE"},
    "firearms": {"ground": "end user"},
}  # fmt: skip
EXPORTED = ("dual_use", "firearms")


def at(text: str, zone: str = "Europe/Paris") -> datetime:
    """A moment of 2026, `03-02 10:00`, on the wall of a State."""
    day, _, hour = text.partition(" ")
    return datetime.fromisoformat(f"2026-{day}T{hour or '12:00'}").replace(tzinfo=ZoneInfo(zone))


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def declared(direction: Direction = Direction.IMPORT, *, procedure: str = "40", items: int = 2) -> Declaration:
    """A declaration of some goods items."""
    return Declaration(
        lrn="L1",
        declaration_type="EX" if direction is Direction.EXPORT else "IM",
        kind=Kind.STANDARD,
        direction=direction,
        declarant="FR12345678901234",
        customs_office="FR001260",
        items=tuple(
            GoodsItem(number=number, commodity_code="9503007500", requested_procedure=procedure)
            for number in range(1, items + 1)
        ),
    )


class Course:
    """A suspension, moved on."""

    def __init__(
        self,
        regime: str,
        when: str,
        *,
        goods_items: tuple[int, ...] = (1,),
        by: Opener = Opener.OFFICER,
        view: InForce | None = None,
        declaration: Declaration | None = None,
        zone: str = "Europe/Paris",
        known_silence: bool = False,
        stated: dict[str, str] | None = None,
        variant: str | None = None,
    ) -> None:
        self.view = view or shipped().at(date(2026, 3, 2))
        self.zone = zone
        self.holidays = Holidays(of=self.view.holidays.of, tables="sha256:tables")
        direction = Direction.EXPORT if regime in EXPORTED else Direction.IMPORT
        self.declaration = declaration or declared(direction, procedure="10" if regime in EXPORTED else "40")
        self.suspension: Suspension = opened(
            Order(
                regime=regime, by=by, goods_items=goods_items, stated=stated or STATED[regime], variant=variant
            ),
            terms_of(self.view, regime),
            self.declaration,
            number=1,
            version=1,
            seq=2,
            at=at(when, zone),
            office_state="FR",
            holidays=self.holidays,
            known_silence=known_silence,
        )  # fmt: skip

    def say(self, name: str, when: str, *, received: str | None = None, seconded: bool = True, **more: Any) -> "Course":
        """Says a word, or does a duty; by two where two are needed."""
        now = at(when, self.zone)
        saying = Saying(name=name, received_at=at(received, self.zone) if received else None, **more)
        self.suspension = next_word(
            run_on(self.suspension, now, self.holidays),
            saying,
            seq=self.suspension.words[-1].seq + 1,
            at=now,
            holidays=self.holidays,
            seconded=seconded,
        )
        return self.until(when)

    def until(self, when: str) -> "Course":
        """Lets time pass."""
        self.suspension = run_on(self.suspension, at(when, self.zone), self.holidays)
        return self

    def listed(self, view: InForce) -> "Course":
        """Changes the lists of holidays."""
        self.holidays = replace(self.holidays, of=view.holidays.of, tables="sha256:others")
        return self

    @property
    def now(self) -> FoldedState:
        return folded(self.suspension)

    @property
    def state(self) -> SuspensionState:
        return self.now.state

    @property
    def shut(self) -> Suspended | None:
        return suspended(self.suspension)

    @property
    def awaits(self) -> Awaited:
        return awaits(self.suspension, self.now)

    @property
    def owes(self) -> dict[str, tuple[str, ...]]:
        """The duties that are owed, each with what is not stated of it."""
        return {duty.name: missing for duty, _, missing in owed(self.suspension, self.now)}
