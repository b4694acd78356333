"""The acceptance date of a declaration, as customs or its own message states it, and the questions on that day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from gateway.beside import beside_if_large
from gateway.decisions import unverified
from gateway.domain.calendar import Calendar, date_that_counts
from gateway.domain.decision import DocumentOutcome
from gateway.domain.declaration import Declaration, Kind
from gateway.domain.errors import AcceptanceTooEarly, BusinessRuleViolated, Violation
from gateway.domain.identity import Identities
from gateway.domain.verification import Plan
from gateway.lifecycle.identified import learn_cited
from gateway.lifecycle.tables.table_set import TablesInForce
from gateway.routing import plan

Charge = Callable[[int], None]
"""Takes about so many documents that authorities are asked about off a client's budget; what it raises ends what they are for."""
CODE_APPLIES_FROM = date(2016, 5, 1)
"""The day before which nothing was accepted under the Code (UCC Art. 288(2)), whatever the tables say."""


class AcceptanceCheck:
    """The checks of acceptance dates, and the plans that depend on them."""

    def __init__(self, tables: TablesInForce, calendar: Calendar, identify: Identities) -> None:
        self._identify = identify
        self._tables = tables
        self._calendar = calendar

    def implied(self, declaration: Declaration, now: datetime) -> datetime | None:
        """Return when a declaration that customs sends was accepted; None: it does not say that it was.

        One with an MRN was accepted, unless it was lodged before the goods are presented.
        """
        if declaration.mrn is None or declaration.kind is Kind.PRE_LODGED:
            return None
        day = declaration.acceptance_on
        return now if day is None or day == self._calendar.day(now) else self._calendar.start(day)

    def must_be_possible(self, declaration: Declaration, now: datetime) -> None:
        """Require that the declaration's own date of acceptance (15 09) is possible.

        Raises:
            BusinessRuleViolated: it lies in the future.
            AcceptanceTooEarly: it lies too far back.
        """
        day = declaration.acceptance_on
        if day is None:
            return
        if day > self._calendar.day(now):
            violation = Violation(
                code=BusinessRuleViolated.code,
                message=f"The acceptance date {day.isoformat()} lies in the future.",
                path=_PATH,
                rule="acceptance_not_in_future",
            )
            raise BusinessRuleViolated(violations=(violation,))
        earliest = self._earliest(declaration.kind, now, stated=True)
        if day < earliest:
            raise _too_early(earliest, path=_PATH)

    def must_be_late_enough(self, accepted_at: datetime, kind: Kind, received_at: datetime) -> None:
        """Require that an acceptance does not lie too long before the declaration was received here.

        Raises:
            AcceptanceTooEarly: it does.
        """
        earliest = self._earliest(kind, received_at, stated=False)
        # A day more, whatever the zone: the days at the ends of the calendar have none.
        if accepted_at < datetime.combine(earliest - timedelta(days=1), time.min, UTC):
            raise _too_early(earliest, path="/accepted_at")

    async def plan(
        self, declaration: Declaration, accepted_at: datetime | None, now: datetime, charge: Charge | None = None
    ) -> tuple[Plan, tuple[DocumentOutcome, ...]]:
        """Plan what is asked about a declaration on the date that counts, and charge it.

        With the outcomes of its documents before any authority is asked.
        """
        today = self._calendar.day(now)
        accepted_on = self._calendar.day(accepted_at) if accepted_at else None
        counts = date_that_counts(declaration, today, accepted_on)
        tables = self._tables.current()
        view = tables.at(counts or today)
        if self._identify.learning is not None:
            await learn_cited(self._identify, declaration, view)

        def planned() -> tuple[Plan, tuple[DocumentOutcome, ...]]:
            made = plan(declaration, tables, on=counts or today, mrn=declaration.mrn, identify=self._identify)
            return made, unverified(made, view)

        made, documents = await beside_if_large(declaration.size, planned)
        if charge is not None:
            charge(len(made.requirements))
        return made, documents

    def _earliest(self, kind: Kind, received_at: datetime, *, stated: bool) -> date:
        received_on = self._calendar.day(received_at)
        period = self._tables.current().at(received_on).acceptance_period(kind)
        if period is None:
            return CODE_APPLIES_FROM
        days = period.stated_days if stated else period.days
        return max(CODE_APPLIES_FROM, received_on - timedelta(days=days))


_PATH = "/Declaration/acceptanceDate"


def _too_early(earliest: date, *, path: str) -> AcceptanceTooEarly:
    message = f"A declaration that is received now was not accepted before {earliest.isoformat()}."
    violation = Violation(code=AcceptanceTooEarly.code, message=message, path=path, rule="acceptance_not_too_early")
    return AcceptanceTooEarly(message, violations=(violation,))
