"""The results of reports of released goods: of sending one to an authority, of reading those that it has, and of both."""

from dataclasses import dataclass

from gateway.contract import Reported
from gateway.domain.verification import EvidenceItem


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSent:
    """The result of sending one report."""

    reported: Reported | None
    """The receipt. None: no clear answer came, so whether the authority has it is read back."""
    cause: str | None = None
    """Without a receipt: the code of the fault, `SW-ADP-0n`; `SW-ADP-03`: the authority refuses it."""
    sent: bool = True
    """False only if certainly nothing was sent."""
    evidence: tuple[EvidenceItem, ...] = ()
    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsRead:
    """The result of reading which reports an authority has."""

    reports: tuple[Reported, ...] | None
    """None: it is not known."""
    cause: str | None = None
    """Without reports: the code of the fault, `SW-ADP-0n`."""
    evidence: tuple[EvidenceItem, ...] = ()
    message_ids: tuple[str, ...] = ()

    def has(self, key: str) -> bool | None:
        """Whether the report of a key is among them; None: it is not known."""
        return None if self.reports is None else any(one.key == key for one in self.reports)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDelivery:
    """The result of one attempt to deliver a report, whether it had to be sent or not."""

    has: bool | None
    """Whether the authority has it. None: it is not known, so it is read back before it is sent again."""
    cause: str | None = None
    """Where the authority does not have it for certain: the code of the fault, `SW-ADP-0n`."""
    evidence: tuple[EvidenceItem, ...] = ()
    message_ids: tuple[str, ...] = ()
