"""Notices: what EORIs, customs and officers are notified of about a declaration, in an order that followers read."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from gateway.domain.decision import Effect
from gateway.domain.document import OfDocument
from gateway.domain.record import State
from gateway.domain.verification import DocumentStatus


class NoticeKind(StrEnum):
    """The kinds of notices. Kinds are retired, never renamed."""

    DECIDED = "decided"
    """The first decision on a version of the declaration."""
    CHANGED = "changed"
    """A further decision with another meaning."""
    ALERT = "alert"
    """For customs and officers only: a document changed of which goods were released, or vanished at its authority; the
    authority has a quantity of the declaration that no order puts right; a check calls what is declared suspicious; a
    release that was ordered was not carried out; or an authority could not be told of a release yet."""
    GAVE_UP = "gave_up"
    """Something is open, and the gateway does not ask about it again by itself."""
    CONFIRMED = "confirmed"
    """Customs confirmed the decision to the trader."""
    RELEASED = "released"
    """Goods were released, wholly or in part."""
    INVALIDATED = "invalidated"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"
    """Goods were suspended, or their suspension stands otherwise now; to the parties as far as they are told of it."""
    DUTY = "duty"
    """For customs and officers only: a notice is owed about suspended goods that an officer has to give or to complete."""
    CONTROL = "control"
    """For customs and officers only: a control was ordered, or stands otherwise now."""


FOR_OFFICE = frozenset({NoticeKind.ALERT, NoticeKind.DUTY, NoticeKind.CONTROL})
"""The kinds that no party gets."""


class NoticedDocument(OfDocument, Struct, frozen=True, kw_only=True):
    """A document that a notice is about, with its status then."""

    type: str
    reference: str
    status: DocumentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice as it is written, with its content."""

    kind: NoticeKind
    decision: int | None
    """The number of the decision that stands; None: there is none."""
    effect: Effect | None
    documents: tuple[NoticedDocument, ...] = ()
    """Those that it is about, the first few of many; empty: of a notice from before this was kept, too."""
    for_parties: bool = True
    """Whether the declaration's parties get it, besides customs and officers."""
    released: bool | None = None
    """Whether the release that was ordered was carried out; None: it is about none, or from before this was kept."""


_PLACE = re.compile(r"(\d{1,19})(?:\.([0-9a-f]{1,32})\.([0-9a-f]{1,32}))?", re.ASCII)
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The place of a follower of the notices: behind a notice, distinct from another one that came under its number."""

    number: int
    feed: str | None = None
    """The identity that the feed had when the place was given; None: a number alone, with which nothing is compared."""
    mark: str | None = None
    """The mark that distinguishes the notice at this place."""

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """Read a place as it was written, or a plain number; None: it is neither."""
        found = _PLACE.fullmatch(text)
        if found is None or int(found[1]) > _MOST:
            return None
        return cls(number=int(found[1]), feed=found[2], mark=found[3])

    @property
    def written(self) -> str:
        """The place as followers keep it."""
        if self.feed is None or self.mark is None:
            return str(self.number)
        return f"{self.number}.{self.feed}.{self.mark}"


START = Place(number=0)
"""Before the first notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedNotice:
    """A notice at its place in the order of all notices."""

    number: int
    at: datetime
    declaration_id: str
    lrn: str
    mrn: str | None
    version: int
    state: State
    notice: Notice
    eoris: frozenset[str]
    """The parties that it is for, besides customs and officers."""
    mark: str
    """The mark that distinguishes it from another notice under its number."""
    told: bool = False
    """Whether customs has confirmed the decision that it is about, or confirms it by this: a refusal is told then."""

    def is_for(self, kinds: Collection[NoticeKind], eoris: frozenset[str] | None) -> bool:
        """Whether a follower gets it: of some kinds, if any are named, and with `eoris` as one of these parties."""
        if kinds and self.notice.kind not in kinds:
            return False
        return eoris is None or (self.notice.kind not in FOR_OFFICE and not eoris.isdisjoint(self.eoris))


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePage:
    """A page of notices behind a number, in their order."""

    items: tuple[PostedNotice, ...]
    next: Place
    """Behind which the following page begins, whether there is anything yet or not."""
    more: bool
    """Whether the following page can be requested at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewestNotices:
    """Notices from a place backwards, the newest first."""

    items: tuple[PostedNotice, ...]
    before: int | None
    """The number before which older ones may stand; None: there are none."""
    last: int
    """The number of the newest notice of all readers; 0: there is none."""
