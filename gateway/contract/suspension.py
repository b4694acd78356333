"""What an authority says of goods that customs suspends, and what customs tells it about them (contract 1.9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionEvent:
    """What an authority says about goods that customs suspends, or is to suspend (contract 1.9). It counts as it stands: nobody asks again."""

    reference: str
    """The authority's own number of the case, of 1 to 140 characters; with `version` it names the message."""
    version: int
    """From 1; the higher one is the later word about the same case."""
    mrn: str
    """The declaration's MRN, 18 characters."""
    regime: str
    """The name of the regime's rows, `product_safety`."""
    word: str
    """What is said: one of the regime's words, `maintain`, `holder.agrees`; `request` asks customs to suspend."""
    goods_items: tuple[int, ...] = ()
    """The goods items that it is about, each once; empty: all of the suspension, in a request all of the declaration."""
    at: datetime | None = None
    """When the authority says that it was said, with a time zone; shown, and never counted."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What the word needs beside, by the names of the regime's rows: `finding`, `until`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionNotice:
    """What customs owes an authority about a suspension (contract 1.9)."""

    key: str
    """The same for every sending of this notice, and for no other: 32 hexadecimal digits."""
    regime: str
    """The name of the regime's rows."""
    duty: str
    """The duty of the regime that it fulfils, `notify.authority`."""
    mrn: str
    """The declaration's MRN."""
    customs_office: str
    """The declaration's own, never a default."""
    opened_at: datetime
    """When the goods were suspended, UTC."""
    reference: str | None = None
    """The authority's number of the case, where it began it."""
    goods_items: tuple[int, ...] = ()
    """The goods items that are suspended, each once; empty: all."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What the duty needs, by the names of the regime's rows: `ground`, `category`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeReceipt:
    """A notice that an authority has (contract 1.9)."""

    key: str
    """The notice's own, `SuspensionNotice.key`."""
    reference: str | None = None
    """The authority's number of the case; None: it gives none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionQuery:
    """The suspension of which an authority is asked what it said (contract 1.9)."""

    mrn: str
    """The declaration's MRN."""
    regime: str
    """The name of the regime's rows."""
    reference: str | None = None
    """The authority's number of the case, where it is known."""
