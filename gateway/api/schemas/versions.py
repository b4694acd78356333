"""Models of a declaration's versions, for the documentation."""

from datetime import datetime

from pydantic import BaseModel

from gateway.api.views.actors import ActorBody
from gateway.domain.decision import Effect


class VersionDecision(BaseModel):
    """A decision that was made on a version."""

    number: int
    effect: Effect
    decided_at: datetime
    link: str
    """Its explanation."""


class VersionBody(BaseModel):
    """A version of a declaration, with the decisions on it."""

    version: int
    received_at: datetime
    by: ActorBody | None
    """Who brought it; null: not told to traders, or from before that was written down."""
    application: str | None
    """The application that it was received by once customs granted it."""
    decisions: list[VersionDecision]
    link: str


class VersionList(BaseModel):
    """A page of versions; `next` is what `after` continues with."""

    items: list[VersionBody]
    next: int | None
