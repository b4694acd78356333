"""When the clocks of a suspension end: counted by the holidays of the day, and again when these change."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from gateway.domain.clocks import Deadline, HolidayCalendar, LegalPeriod, PeriodUnit, TimeLimit, deadline
from gateway.domain.suspension import SuspensionState
from gateway.wings.suspensions.fold import FoldedState, folded, is_any_said
from gateway.wings.suspensions.rows import HolidaysOf, RegimeClock
from gateway.wings.suspensions.suspension import ClockTime, Suspension


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """The public holidays by which clocks are counted."""

    of: Callable[[str], HolidayCalendar | None]
    """The calendar of a State; None: its holidays are not listed."""
    tables: str
    """The digest of their set of tables."""


def counted(suspension: Suspension, holidays: Holidays) -> Suspension:
    """Return a suspension with the ends of the clocks that its words began, as they are by these holidays.

    A clock that has acted, or that its words stopped, keeps its end.
    """
    now = folded(suspension)
    known = {one.name: one for one in suspension.clocks}
    still = {one.name for one in now.running}
    began = {one.name: one.counts_at for one in reversed(suspension.words) if one.counts}
    longer = dict(_extended(suspension))

    def clocks() -> Iterator[ClockTime]:
        for row in suspension.terms.clocks:
            before, start = known.get(row.name), began.get(row.start)
            if start is None:
                continue
            number = longer.get(row.name) or row.period.number
            is_same = before is not None and before.number == number
            if before is not None and is_same and row.name not in still and _is_settled(row, now):
                yield before
                continue
            state = _state_of(suspension, row)
            yield _time(row.name, start, LegalPeriod(number, row.period.unit), state, holidays, before)

    def dues() -> Iterator[ClockTime]:
        before = {one.name: one for one in suspension.dues}
        for row in suspension.terms.duties:
            if row.working_days and (start := began.get(row.on)) is not None:
                period = LegalPeriod(row.working_days, PeriodUnit.WORKING_DAYS)
                yield _time(row.name, start, period, suspension.state_of_office, holidays, before.get(row.name))

    return structs.replace(suspension, clocks=tuple(clocks()), dues=tuple(dues()))


def again(suspension: Suspension, clock: ClockTime, holidays: Holidays) -> ClockTime:
    """Return when a clock, or a duty, of a suspension ends by these holidays, begun as it was."""
    row = suspension.terms.clock(clock.name)
    unit = row.period.unit if row is not None else PeriodUnit.WORKING_DAYS
    state = _state_of(suspension, row) if row is not None else suspension.state_of_office
    return _time(clock.name, clock.start, LegalPeriod(clock.number, unit), state, holidays, None)


def _state_of(suspension: Suspension, row: RegimeClock) -> str | None:
    return suspension.state_of_office if row.calendar is HolidaysOf.OFFICE else suspension.granting_state


def _extended(suspension: Suspension) -> Iterator[tuple[str, int]]:
    """Yield the clocks that words made longer, each with its length in all."""
    for one in suspension.words:
        row = suspension.terms.word(one.name)
        if one.counts and one.extends_to is not None and row is not None and row.extends is not None:
            yield row.extends, one.extends_to


def _is_settled(row: RegimeClock, now: FoldedState) -> bool:
    """Whether a clock that does not run has acted or was stopped: words are judged by the end that it had."""
    is_open = now.state is SuspensionState.OPEN
    return not is_open or is_any_said(row.unless, now.said) or not row.when or is_any_said(row.when, now.said)


def _time(
    name: str, start: datetime, period: LegalPeriod, state: str | None, holidays: Holidays, before: ClockTime | None
) -> ClockTime:
    calendar = holidays.of(state) if state is not None else None
    found: TimeLimit | None = deadline(period, start, calendar) if calendar is not None else None
    made = ClockTime(name=name, start=start, number=period.number, tables=holidays.tables)
    if isinstance(found, Deadline):
        made = structs.replace(made, last_day=found.last_day, ends_at=found.ends_at)
    elif found is not None:
        made = structs.replace(made, not_before=found.not_before)
    same = before is not None and structs.replace(made, tables=before.tables) == before
    return before if same and before is not None else made
