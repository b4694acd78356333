"""Models of a certificate with the declarations that draw on it, for the documentation."""

from datetime import datetime

from pydantic import BaseModel

from gateway.api.schemas.answers import DocumentCheck
from gateway.domain.decision import Effect
from gateway.domain.movement import Shown
from gateway.domain.record import State


class DrawnLine(BaseModel):
    """What a declaration has of one line of a document; null: not known."""

    line: int
    unit: str
    declared: str | None
    reserved: str | None
    written_off: str | None
    told_reserved: str | None
    """What the authority has reserved for it, where it told after the last order; as all that follows not told to traders."""
    told_written_off: str | None
    agrees: bool | None


class DrawingBody(BaseModel):
    """A declaration that draws on a document."""

    declaration: str
    version: int
    lrn: str
    mrn: str | None
    declarant: str
    office: str | None
    state: State
    effect: Effect | None
    movement: Shown
    last_order_at: datetime | None
    lines: list[DrawnLine]
    agrees: bool | None
    """Whether the authority has the same as we; null: not known, or not told to traders."""
    link: str


class CertificatePage(BaseModel):
    """A page of the declarations that draw on a document: those that differ first, else the newest first."""

    stored: DocumentCheck | None
    """The latest answer of its authority that is stored."""
    position: DocumentCheck | None
    """The latest one that told a position, where the latest of all did not."""
    items: list[DrawingBody]
    other_offices: int | None
    """How many of this page belong to other offices; not told to traders."""
    next: str | None
