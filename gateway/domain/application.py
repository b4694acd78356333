"""Applications: a party asks customs to amend or to invalidate a declaration that is accepted (UCC Art. 173, 174)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from gateway.domain.actor import Actor
from gateway.domain.permission import Party
from gateway.domain.tables.applications import ApplicationKind

NOT_STATED = "not_stated"
"""The grounds of an application that states none, as most messages of foreign formats do."""


class ApplicationState(StrEnum):
    """The state of an application."""

    OPEN = "open"
    """Customs has not decided yet; nothing moves."""
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """A party took it back."""


class RefusedBecause(StrEnum):
    """The reason why an application was refused."""

    CUSTOMS = "customs"
    """Customs or an officer says so, with a reason."""
    VERSION_CHANGED = "version_changed"
    """By itself: there is a newer version than the one that it speaks of."""
    DECLARATION_ENDED = "declaration_ended"
    """By itself: the declaration was invalidated, or lapsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicantStatement:
    """The applicant and the text of the application: personal data, kept apart so that it can be erased."""

    by: Actor
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomsStatement:
    """The officer who decided on an application, and why: personal data, kept apart so that it can be erased."""

    by: Actor
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application as it is stored."""

    id: str
    number: int
    """The order of receipt, for paging."""
    declaration: str
    """The declaration's id."""
    lrn: str
    mrn: str | None
    eoris: tuple[str, ...]
    """Whose declaration it is."""
    office: str | None
    """The customs office of the declaration."""
    kind: ApplicationKind
    version: int
    """The version of the declaration that it speaks of: with another one it is void."""
    grounds: str
    party: Party
    """What the applicant is to the declaration."""
    state: ApplicationState
    applied_at: datetime
    last_day: date | None = None
    """Until when it could be made, at the earliest where that is not known; None: there is no limit."""
    content: str | None = None
    """The digest of the amended declaration; None: it asks for an invalidation."""
    raw: str | None = None
    """The digest of the message as it came."""
    applied: ApplicantStatement | None = None
    """None: erased."""
    decided_at: datetime | None = None
    because: RefusedBecause | None = None
    decided: CustomsStatement | None = None
    """None: not decided by anybody, or erased."""

    @property
    def is_open(self) -> bool:
        """Whether customs has yet to decide."""
        return self.state is ApplicationState.OPEN
