"""The results that dispatch returns: of orders to authorities, and of reading positions there."""

from dataclasses import dataclass

from gateway.contract import Ledger, Receipt
from gateway.domain.verification import EvidenceItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The result of one order to an authority."""

    receipt: Receipt | None
    """None: no clear answer came, or one that the authority's position does not confirm."""
    cause: str | None = None
    """Without a receipt: the code of the fault, `SW-ADP-0n`."""
    sent: bool = True
    """False only if certainly nothing was sent that could move anything."""
    unconfirmed: Receipt | None = None
    """Without a receipt: what the authority said, and its position did not confirm."""
    by_receipt_alone: bool = False
    """The receipt says that it was done, and its authority returns no position that could confirm it."""
    evidence: tuple[EvidenceItem, ...] = ()
    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionRead:
    """The result of reading a document's quantity position."""

    ledger: Ledger | None
    """None: it is not known."""
    cause: str | None = None
    """Without a ledger: the code of the fault, `SW-ADP-0n`."""
    evidence: tuple[EvidenceItem, ...] = ()
    message_ids: tuple[str, ...] = ()
