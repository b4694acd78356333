"""What is known of a goods item in Surveillance: as what it was sent last, what the receiver answered, and what follows now."""

from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain.codec import encode
from gateway.wings.reporting.judged import ItemState, JudgedItem


class Change(StrEnum):
    """As what a record is sent."""

    NEW = "new"
    REPLACED = "replaced"
    CANCELLED = "cancelled"


class KeptItem(Struct, frozen=True, kw_only=True):
    """A goods item as it stands in the database."""

    id: str
    """Its declaration's."""
    item: int
    state: ItemState
    reason: str
    gone: bool = False
    file: int | None = None
    """With which it was sent last."""
    change: Change | None = None
    digest: str | None = None
    mrn: str | None = None
    answer: str | None = None
    """`accepted` or `rejected`."""
    held: bool = False
    """Whether the receiver has a record of it, as far as it answered."""

    @property
    def may_be_held(self) -> bool:
        """Whether the receiver has a record of it, or may have."""
        if self.change is Change.CANCELLED and self.answer is None:
            return False
        return self.held or (self.file is not None and self.answer is None)


class SurveillanceLine(Struct, frozen=True, kw_only=True):
    """A record of a file."""

    change: Change
    mrn: str
    item: int
    columns: Any = None
    """None: it is cancelled."""

    def written(self) -> bytes:
        """Return it as it stands in the file."""
        said = {"change": self.change, "mrn": self.mrn, "item": self.item}
        return encode(said if self.columns is None else {**said, "columns": self.columns}) + b"\n"


def following(
    kept: KeptItem | None, now: JudgedItem, declaration: str, mrn: str | None
) -> tuple[KeptItem, SurveillanceLine | None]:
    """Return how an item stands after it was judged, and what is sent of it; None: nothing is new.

    What the receiver may have is replaced where its columns changed and cancelled where nothing of it is to be reported any more; what only lacks something
    now stays as it was sent.
    """
    before = kept or KeptItem(id=declaration, item=now.item, state=now.state, reason=now.reason)
    stands = replace(before, state=now.state, reason=now.reason, gone=now.gone)
    if now.state is ItemState.SENT and mrn is not None:
        if before.digest == now.digest:
            return stands, None
        change = Change.REPLACED if before.may_be_held else Change.NEW
        sent = replace(stands, change=change, digest=now.digest, mrn=mrn, answer=None)
        return sent, SurveillanceLine(change=change, mrn=mrn, item=now.item, columns=now.columns)
    if now.reason == "erased" and before.change is not None:
        return before, None
    if now.state in (ItemState.EXCLUDED, ItemState.WAITING) and before.mrn is not None:
        if before.may_be_held:
            sent = replace(stands, state=ItemState.SENT, change=Change.CANCELLED, digest=None, answer=None)
            return sent, SurveillanceLine(change=Change.CANCELLED, mrn=before.mrn, item=now.item)
        if before.change is Change.CANCELLED:
            return replace(before, gone=now.gone), None
    return stands, None
