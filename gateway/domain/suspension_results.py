"""The results of telling an authority about suspended goods, and of reading what it said about them."""

from dataclasses import dataclass

from gateway.contract import NoticeReceipt, SuspensionEvent
from gateway.domain.verification import EvidenceItem


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSent:
    """The result of sending one notice."""

    receipt: NoticeReceipt | None
    """None: no clear answer came, so whether the authority has it is not known."""
    cause: str | None = None
    """Without a receipt: the code of the fault, `SW-ADP-0n`."""
    sent: bool = True
    """False only if certainly nothing was sent."""
    evidence: tuple[EvidenceItem, ...] = ()
    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsRead:
    """The result of reading what an authority said about a suspension."""

    events: tuple[SuspensionEvent, ...] | None
    """None: it is not known. Empty: the authority said nothing."""
    cause: str | None = None
    """Without events: the code of the fault, `SW-ADP-0n`."""
    evidence: tuple[EvidenceItem, ...] = ()
    message_ids: tuple[str, ...] = ()
