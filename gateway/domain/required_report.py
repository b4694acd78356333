"""The report of released goods that an authority has to be sent, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.contract import ReportOrder


class ReportState(StrEnum):
    """The state of one report."""

    DUE = "due"
    """Its authority has not confirmed it yet; it is sent by itself."""
    DELAYED = "delayed"
    """So many attempts were in vain that officers are told; it is still tried again by itself."""
    REPORTED = "reported"
    """Its authority has it: by its receipt, or as it was read back."""
    OTHERWISE = "otherwise"
    """An officer states that its authority was told in another way: it is not sent any more."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is sent any more."""
        return self in (ReportState.REPORTED, ReportState.OTHERWISE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredReport:
    """A report that an authority has to be sent."""

    adapter: str
    order: ReportOrder
    identified: bool
    """Whether the authority's rule says which document that is; else it is not sent: by another spelling it may be another document."""
    state: ReportState = ReportState.DUE
    cause: str | None = None
    """Of one that is delayed: the code of the fault, `SW-ADP-0n`."""
    at: datetime | None = None
    """Since when it is in this state; None: since the release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseReports:
    """The reports of one release."""

    declaration_id: str
    step: int
    """The number of the event that reports the order to release."""
    attempt: int
    """How often they were taken to be sent."""
    reports: tuple[RequiredReport, ...]
