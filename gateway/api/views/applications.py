"""The view of an application: for calls of the API and for pages alike."""

from datetime import UTC, date, datetime
from typing import Literal

from gateway.access import Caller
from gateway.api.body import Body
from gateway.api.views.declaration import location
from gateway.domain.application import Application, ApplicationState, RefusedBecause
from gateway.domain.calendar import in_utc
from gateway.domain.clocks import Deadline, NotCovered
from gateway.domain.permission import Party
from gateway.domain.tables.applications import ApplicationKind
from gateway.lifecycle.time_limits import TimeLimits

BASE = "/v1/applications"


class ApplicationOf(Body):
    """The declaration that an application speaks of."""

    id: str
    lrn: str
    mrn: str | None
    version: int
    """The version: with another one the application is refused by itself."""
    link: str


class ApplicationDecided(Body):
    """How an application ended."""

    granted: bool
    because: RefusedBecause | None
    """Why it was refused: by customs, or by itself."""
    reason: str | None
    """In the words of customs; null: refused by itself, or erased."""
    at: datetime
    officer: str | None
    """Not told to traders."""


class ApplicationBody(Body):
    """An application: nothing of it moves before it is granted."""

    resource: Literal["application"]
    """What this is, where a call has several answers."""
    id: str
    kind: ApplicationKind
    state: ApplicationState
    declaration: ApplicationOf
    grounds: str
    """A row of `applications.toml`."""
    reason: str | None
    """In the applicant's own words."""
    party: Party
    applicant: str | None
    applied_at: datetime
    last_day: date | None
    last_day_not_before: date | None
    """The earliest last day, where holidays on the way are not listed yet."""
    """Until when it could be made; null: there is no limit."""
    content: str | None
    """The digest of the amended declaration."""
    decision: ApplicationDecided | None
    withdrawn_at: datetime | None
    """When a party took it back."""
    link: str

    @classmethod
    def of(cls, application: Application, caller: Caller, limits: TimeLimits) -> "ApplicationBody":
        """Return an application as a caller may see it."""
        last = None if application.last_day is None else limits.last_day(application.office, application.last_day)
        applied, ruling = application.applied, application.decided
        decision = None
        withdrawn = application.state is ApplicationState.WITHDRAWN
        if application.decided_at is not None and not withdrawn:
            decision = ApplicationDecided(
                granted=application.state is ApplicationState.GRANTED,
                because=application.because,
                reason=ruling.reason if ruling is not None else None,
                at=application.decided_at.astimezone(UTC),
                officer=ruling.by.person if ruling is not None and not caller.sees_as_trader else None,
            )
        return ApplicationBody(
            resource="application",
            id=application.id,
            kind=application.kind,
            state=application.state,
            declaration=ApplicationOf(
                id=application.declaration,
                lrn=application.lrn,
                mrn=application.mrn,
                version=application.version,
                link=location(application.declaration),
            ),
            grounds=application.grounds,
            reason=applied.reason if applied is not None else None,
            party=application.party,
            applicant=applied.by.person if applied is not None else None,
            applied_at=application.applied_at,
            last_day=last.last_day if isinstance(last, Deadline) else None,
            last_day_not_before=last.not_before if isinstance(last, NotCovered) else None,
            content=application.content,
            decision=decision,
            withdrawn_at=in_utc(application.decided_at) if withdrawn else None,
            link=f"{BASE}/{application.id}",
        )
