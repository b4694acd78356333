"""The list of declarations: what is searched, page by page, with what is held of it counted."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gateway.decisions import listed
from gateway.domain.calendar import Calendar
from gateway.domain.decision import Nature
from gateway.domain.document import DocumentKey
from gateway.domain.errors import CallInvalid
from gateway.domain.identity import IdentitiesOf
from gateway.domain.record import Record, State
from gateway.domain.unknown_codes import UnknownCode
from gateway.domain.work_list import FoundDeclaration, ListedGoods, ListOrder, ListPlace, Search, Summary
from gateway.lifecycle.tables.table_set import TablesInForce
from gateway.store.work_list import PAGE_BYTES, Around, WorkLists

_CURSOR = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?", re.ASCII)
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
FILLED_AT_ONCE = 200
BATCHES = 50
"""The number of batches in one run of the job: a minute's work, and the next run goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPage:
    """A page of a list."""

    found: tuple[FoundDeclaration, ...]
    records: tuple[Record, ...]
    """The same declarations as a whole, if they were wanted."""
    next: str | None
    """The cursor of the next page; None: there is none."""
    summary: Summary | None
    """On the first page."""
    order: ListOrder = ListOrder.RECEIVED

    @property
    def size(self) -> int:
        """The number of documents and goods items of the declarations that were read as a whole."""
        return sum(one.size for one in self.records)

    def first(self, many: int) -> "ListedPage":
        """Return the page that ends after so many of its declarations, one at least."""
        many = max(many, 1)
        if many >= len(self.found):
            return self
        last = self.found[many - 1]
        return replace(self, found=self.found[:many], records=self.records[:many], next=_cursor(last.place, self.order))


class WorkList:
    """The one list of declarations, for officers and for traders."""

    def __init__(
        self,
        *,
        store: WorkLists,
        tables: TablesInForce,
        calendar: Calendar,
        clock: Callable[[], datetime],
        identify: IdentitiesOf,
    ) -> None:
        self._store = store
        self._tables = tables
        self._calendar = calendar
        self._clock = clock
        self._identify = identify

    async def unknown_codes(
        self, *, eoris: frozenset[str] | None, offices: frozenset[str] | None
    ) -> tuple[UnknownCode, ...]:
        """Return the document codes that nobody knew in the last day, of declarations that a caller may see."""
        return await self._store.unknown_codes(eoris=eoris, offices=offices)

    async def page(
        self,
        search: Search,
        *,
        eoris: frozenset[str] | None,
        offices: frozenset[str] | None = None,
        at_once: bool = False,
        cursor: str | None = None,
        limit: int = 50,
        whole: bool = True,
        most: int = PAGE_BYTES,
    ) -> ListedPage:
        """Return a page of what is searched; of what a caller may not see nothing is found, counted or in its order.

        Args:
            search: what is searched for.
            eoris: whose declarations the caller may see, as a trader; None: everybody's, as an officer.
            offices: those whose cases an officer may see; None: all. One that names no office is at none of them.
            at_once: whether traders are told of a refusal before it is confirmed.
            cursor: where the page begins; None: at the beginning, and the summary is counted.
            limit: how many rows at most.
            whole: whether the declarations are read as a whole, too.
            most: bytes of their decisions at most.

        Raises:
            CallInvalid: the cursor is none of this list's.
        """
        search = replace(search, eoris=eoris, of_offices=offices, at_once=at_once)
        found, after, summary = await self._store.find(
            search, limit=limit, after=_place(cursor, search.order), counting=cursor is None, identify=self._identify
        )
        following = _cursor(after, search.order) if after is not None else None
        page = ListedPage(found=found, records=(), next=following, summary=summary, order=search.order)
        if not whole or not found:
            return page
        records = await self._store.records([one.number for one in found], most=most)
        return replace(page.first(len(records)), records=records)

    async def cited(
        self, ends: Collection[str], *, offices: frozenset[str] | None, limit: int
    ) -> Sequence[DocumentKey]:
        """Return the documents with references that end like one of these, cited at an officer's offices."""
        return await self._store.cited(ends, offices=offices, limit=limit)

    async def goods(self, ids: Sequence[str]) -> Mapping[str, ListedGoods]:
        """Return what the newest versions of declarations declare, by id; of what was erased nothing."""
        return await self._store.goods(ids)

    async def around(
        self, search: Search, cursor: str, *, offices: frozenset[str] | None, many: int = 1
    ) -> tuple[Around, str | None]:
        """Return what stands around a place of an officer's list, with the cursor of a page that begins `many` - 1 rows before it.

        Raises:
            CallInvalid: the cursor is none of this list's.
        """
        place = _place(cursor, search.order)
        assert place is not None
        found = await self._store.around(replace(search, of_offices=offices), place, many=many, identify=self._identify)
        return found, _cursor(found.places[-1], search.order) if len(found.places) == many else None

    async def fill(self) -> int:
        """Fill in what lists show of declarations that another version of the gateway decided; return of how many.

        Safe to run twice; what is not filled in yet is on every list.
        """
        filled, below = 0, None
        for _ in range(BATCHES):
            found, below = await self._store.not_listed(below, FILLED_AT_ONCE)
            if not found:
                break
            shown = [
                (
                    one,
                    listed(
                        one.decision,
                        held=one.state in {State.DECIDED, State.RECEIVED},
                        gave_up=one.gave_up,
                        nature_of_code=self.nature_of,
                    ),
                )
                for one in found
            ]
            filled += await self._store.fill(shown)
        return filled

    def nature_of(self, code: str) -> Nature | None:
        """Return the nature of a finding by the tables of today: for those stored before it was kept."""
        row = self._tables.current().at(self._calendar.day(self._clock())).rule(code)
        return row.nature if row is not None else None


def place_of(found: FoundDeclaration, order: ListOrder) -> str:
    """Return the cursor of a declaration's own place in a list."""
    return _cursor(found.place, order)


def held_from(moment: datetime) -> str:
    """Return the cursor of a list by age behind everything that was held before a moment."""
    return f"{(moment - _BEGIN) // _TICK}-0"


def _cursor(place: ListPlace, order: ListOrder) -> str:
    if order is ListOrder.RECEIVED or place.held_at is None:
        return str(place.number)
    return f"{(place.held_at - _BEGIN) // _TICK}-{place.number}"


def _place(cursor: str | None, order: ListOrder) -> ListPlace | None:
    """Read a cursor.

    Raises:
        CallInvalid: it is none of a list in this order.
    """
    if cursor is None:
        return None
    parts = _CURSOR.fullmatch(cursor)
    by_age = order.by_age
    if parts is None or (parts[2] is not None) is not by_age:
        raise CallInvalid("cursor: it is none of a list in this order; leave it out to begin anew.")
    if not by_age:
        return ListPlace(number=int(parts[1]))
    try:
        return ListPlace(number=int(parts[2]), held_at=_BEGIN + int(parts[1]) * _TICK)
    except OverflowError:
        raise CallInvalid("cursor: it is none of a list in this order; leave it out to begin anew.") from None
