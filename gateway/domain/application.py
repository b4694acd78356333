"""Applications: a party asks customs to amend or to invalidate a declaration that is accepted (UCC Art. 173, 174)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from gateway.domain.actor import Actor
from gateway.domain.declaration import Kind
from gateway.domain.permission import Party
from gateway.domain.tables.rows import Row

NOT_STATED = "not_stated"
"""The grounds of an application that states none, as most messages of foreign formats do."""


class ApplicationKind(StrEnum):
    """What is asked for."""

    AMENDMENT = "amendment"
    INVALIDATION = "invalidation"


class ApplicationState(StrEnum):
    """What became of it."""

    OPEN = "open"
    """Customs has not decided yet; nothing moves."""
    GRANTED = "granted"
    REFUSED = "refused"


class RefusedBecause(StrEnum):
    """Why an application was refused."""

    CUSTOMS = "customs"
    """Customs or an officer says so, with a reason."""
    VERSION_CHANGED = "version_changed"
    """By itself: there is a newer version than the one that it speaks of."""
    DECLARATION_ENDED = "declaration_ended"
    """By itself: the declaration was invalidated, or lapsed."""


class Phase(StrEnum):
    """Before release other grounds count than after."""

    BEFORE_RELEASE = "before_release"
    AFTER_RELEASE = "after_release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground(Row):
    """Grounds for an application, and until when they may be put forward."""

    name: str
    kind: ApplicationKind
    phases: tuple[Phase, ...]
    legal_basis: str
    days: int | None = None
    """From the day of acceptance; at most one of both is said."""
    years: int | None = None

    def last_day(self, accepted_on: date) -> date | None:
        """Gives the last day for the application; None: there is no limit.

        The day of acceptance is not counted (Reg. (EEC, Euratom) No 1182/71, Art. 3(1)); a limit in years ends on the
        same date, or on the last day of its month where that year has no such date (Art. 3(2)(c)).
        """
        if self.days is not None:
            return accepted_on + timedelta(days=self.days)
        if self.years is not None:
            year = accepted_on.year + self.years
            return accepted_on.replace(year=year, day=min(accepted_on.day, monthrange(year, accepted_on.month)[1]))
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptancePeriod(Row):
    """How long before its receipt here a declaration may have been accepted."""

    kinds: tuple[Kind, ...]
    days: int
    """Where customs says so of a declaration that it has lodged here, or that somebody has."""
    stated_days: int
    """Where the declaration's own message states the date (15 09): it may be sent again years later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicantsWord:
    """Who applies and in which words: personal data, kept apart so that it can be erased."""

    by: Actor
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidersWord:
    """Who granted or refused an application, and why: personal data, kept apart so that it can be erased."""

    by: Actor
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application as it is kept."""

    id: str
    number: int
    """The order of receipt, for paging."""
    declaration: str
    """The declaration's id."""
    lrn: str
    mrn: str | None
    eoris: tuple[str, ...]
    """Whose declaration it is."""
    kind: ApplicationKind
    version: int
    """The version of the declaration that it speaks of: with another one it is void."""
    grounds: str
    party: Party
    """What the applicant is to the declaration."""
    state: ApplicationState
    applied_at: datetime
    last_day: date | None = None
    """Until when it could be made; None: there is no limit."""
    content: str | None = None
    """The digest of the amended declaration; None: it asks for an invalidation."""
    raw: str | None = None
    """The digest of the message as it came."""
    applied: ApplicantsWord | None = None
    """None: erased."""
    decided_at: datetime | None = None
    because: RefusedBecause | None = None
    decided: DecidersWord | None = None
    """None: not decided by anybody, or erased."""

    @property
    def is_open(self) -> bool:
        """Whether customs has yet to decide."""
        return self.state is ApplicationState.OPEN
