"""The list of declarations, searched and counted in the database: no decision is read for it."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg.rows import DictRow

from gateway.domain.calendar import in_utc
from gateway.domain.codec import decode
from gateway.domain.decision import NumberedDecision
from gateway.domain.declaration import Direction, Kind
from gateway.domain.document import DocumentKey
from gateway.domain.identity import IdentitiesOf
from gateway.domain.matter import TOLD, TURNS
from gateway.domain.record import Record, State
from gateway.domain.storable import is_storable
from gateway.domain.transport import compact_number
from gateway.domain.unknown_codes import UnknownCode
from gateway.domain.work_list import (
    HELD_UP_TO_S,
    FoundDeclaration,
    HeldAge,
    HeldAlike,
    Listed,
    ListedAs,
    ListedGoods,
    ListOrder,
    ListPlace,
    SameCause,
    Search,
    Summary,
    Turn,
)
from gateway.store import rows
from gateway.store.citations import spellings
from gateway.store.database import Database
from gateway.store.listing import ListReader, listing_text
from gateway.store.statements import STATEMENTS

_NEWEST = 2**63 - 1
WINDOW = 5_000
"""The newest declarations among which one page is searched where nothing else bounds the search: the next page goes on behind them."""
PAGE_BYTES = 4 * 1024 * 1024
"""Bytes of the decisions on one page."""
_SHORTEST_NUMBER = 4
"""Characters that are left of what is typed of the number of a container or a means of transport: fewer would find too many."""
MOST_CODES = 50
"""Codes that one list names."""
_BY_WINDOW = frozenset({"parties", "newest"})
_AGES = tuple(HeldAge)
_LAST = "\U0010ffff"
_LONG_AGO, _IN_THE_END = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotListed:
    """A decided declaration whose columns for lists are not filled in."""

    id: str
    seq: int
    decision: NumberedDecision
    state: State
    gave_up: bool
    held_from: datetime | None
    office: str | None
    presentation_office: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands around a place of a list."""

    before: tuple[FoundDeclaration, ...] = ()
    """The nearest first."""
    places: tuple[ListPlace, ...] = ()
    """Those of the same."""
    behind: FoundDeclaration | None = None
    passed: int = 0
    """How many stand before the place, or at it."""
    count: int = 0
    """How many are listed."""


class WorkLists:
    """The lists of declarations. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self, search: Search, *, limit: int, after: ListPlace | None, counting: bool, identify: IdentitiesOf
    ) -> tuple[tuple[FoundDeclaration, ...], ListPlace | None, Summary | None]:
        """Return a page of what is searched, the place of its last row if others follow, and the counts if wanted.

        A page may be short, and others follow: it ends where `WINDOW` declarations were searched.
        """
        if not is_storable(*search.texts()):
            return (), None, Summary() if counting else None
        values = {**await self._values(search, after, identify), "limit": limit + 1, "counting": False}
        bounded = values["driver"] not in _BY_WINDOW
        if search.is_of_all:
            values["window"] = limit + 1
        wanted = [{**values, "counting": counting and bounded}]
        if counting and not bounded:
            # A window of the newest is not all: what is held of the search is counted by itself.
            wanted.append({**values, "driver": "held", "only_open": True, "by_age": True, "limit": 0, "counting": True})
        found, *held = await self._rows(wanted)
        head, there = found[0], [row for row in found if row["number"] is not None]
        page = there[:limit]
        summary = _summary(held[0][0] if held else head) if counting else None
        following = None
        if len(there) > limit:
            following = _place(page[-1], search.order)
        elif not bounded and head["candidates"] >= values["window"]:
            following = ListPlace(number=head["last_candidate"])
        return tuple(_found(row) for row in page), following, summary

    async def around(self, search: Search, place: ListPlace, *, many: int, identify: IdentitiesOf) -> Around:
        """Return what stands around a place of a list: the rows before it, the nearest first, the one behind it, and the counts."""
        if not is_storable(*search.texts()):
            return Around()
        counting = {"counting": False, "window": WINDOW}
        behind = {**await self._values(search, place, identify), **counting, "limit": 1}
        before = {**await self._values(search, place, identify, backwards=True), **counting, "limit": many}
        found, earlier = await self._rows([behind, before])
        following, nearest = ([_found(row) for row in rows if row["number"] is not None] for rows in (found, earlier))
        return Around(
            before=tuple(nearest),
            places=tuple(_place(row, search.order) for row in earlier if row["number"] is not None),
            behind=following[0] if following else None,
            passed=found[0]["passed"],
            count=found[0]["of_all"],
        )

    async def cited(
        self, ends: Collection[str], *, offices: Collection[str] | None, limit: int
    ) -> tuple[DocumentKey, ...]:
        """Return the documents with references that end like one of these, cited at some offices."""
        if not is_storable(*ends):
            return ()
        lows = [text[::-1] for text in ends]
        values = {"lows": lows, "highs": [low + _LAST for low in lows], "offices": _sorted(offices), "limit": limit}
        found = await self._database.rows("cited_by_end", values)
        return tuple(DocumentKey(row["type"], row["reference"]) for row in found)

    async def goods(self, ids: Sequence[str]) -> Mapping[str, ListedGoods]:
        """Return what the newest versions of declarations declare, by id; of what was erased, or is large, nothing."""
        found = await self._database.rows("listed_goods", {"ids": list(ids)}) if ids else []
        return {
            row["id"]: ListedGoods(
                description=row["description"] or "",
                items=row["items"],
                importer=row["importer"],
                country=row["origin"] or row["dispatch"],
            )
            for row in found
        }

    async def records(self, numbers: Sequence[int], *, most: int = PAGE_BYTES) -> tuple[Record, ...]:
        """Return the declarations with these numbers, in their order, up to `most` bytes of decisions; the first one in any case."""
        if not numbers:
            return ()
        found = await self._database.rows("records", {"numbers": list(numbers), "most": most})
        return tuple(rows.read_record(row) for row in found)

    async def unknown_codes(
        self, *, eoris: Collection[str] | None, offices: Collection[str] | None
    ) -> tuple[UnknownCode, ...]:
        """Return the document codes that nobody knew in the last day, of what is held for them, the commonest first."""
        values = {"eoris": _sorted(eoris), "offices": _sorted(offices), "limit": MOST_CODES}
        found = await self._database.rows("unknown_codes", values)
        return tuple(UnknownCode(code=row["code"], declarations=row["declarations"]) for row in found)

    async def not_listed(self, before: int | None, limit: int) -> tuple[tuple[NotListed, ...], int | None]:
        """Return decided declarations whose columns are not filled in, newest first, and the number to go on below."""
        values = {"before": _NEWEST if before is None else before, "limit": limit}
        found = await self._database.rows("not_listed", values)
        return tuple(_not_listed(row) for row in found), found[-1]["number"] if found else None

    async def fill(self, filled: Sequence[tuple[NotListed, Listed]]) -> int:
        """Fill in the columns of declarations to which nothing happened meanwhile; return of how many."""
        columns = [
            {
                "id": one.id,
                "seq": one.seq,
                "number": shown.number,
                "held_since": (one.held_from or shown.decided_at) if shown.held else None,
                "listing": listing_text(shown),
                "office": one.office,
                "presentation_office": one.presentation_office,
            }
            for one, shown in filled
        ]
        return len(await self._database.rows("list_decided", {"filled": rows.json_text(columns)}))

    async def _rows(self, wanted: Sequence[Mapping[str, Any]]) -> list[list[DictRow]]:
        """Search for each of these, all in one exchange: a busy process has its turn once."""
        async with self._database.transaction() as connection, connection.pipeline():
            # Planned for where it searches: without that it would have to expect every way of searching at once.
            await connection.execute("SET LOCAL plan_cache_mode TO 'force_custom_plan'")
            cursors = [await connection.cursor().execute(STATEMENTS["work_list"], values) for values in wanted]
            return [await cursor.fetchall() for cursor in cursors]

    async def _values(
        self, search: Search, after: ListPlace | None, identify: IdentitiesOf, *, backwards: bool = False
    ) -> dict[str, Any]:
        references = None
        if search.document is not None:
            kind, reference = search.document_type, search.document
            known = await spellings(self._database, kind, (reference,), identify) if kind is not None else [reference]
            references = known
        by_age, backwards = search.order.by_age, backwards is not (search.order is ListOrder.HELD_LAST)
        ends = [text[::-1] for text in search.ends]
        numbers = [number[::-1] for number in map(compact_number, search.ends) if len(number) >= _SHORTEST_NUMBER]
        officers = search.eoris is None
        untold = ListReader.OFFICER if officers else ListReader.TRADER
        told = ListReader.OFFICER_ONCE_CONFIRMED if officers else ListReader.TRADER_ONCE_TOLD
        driver = _driver(search)
        return {
            "driver": driver,
            "only_open": driver == "held" or (driver == "among" and search.only_open),
            "among": _sorted(search.among),
            "drivers": [search.declarant] if search.declarant is not None else _sorted(search.eoris),
            "mrn": search.mrn,
            "lrn": search.lrn,
            "references": references,
            "document_type": search.document_type,
            "lows": ends,
            "highs": [end + _LAST for end in ends],
            "number_lows": numbers,
            "number_highs": [number + _LAST for number in numbers],
            "window": WINDOW,
            "before": after.number if after is not None and not by_age and not backwards else _NEWEST,
            "by_age": by_age,
            "backwards": backwards,
            **_behind(after, by_age=by_age, backwards=backwards),
            "eoris": _sorted(search.eoris),
            "declarant": search.declarant,
            "since": search.since,
            "until": search.until,
            "officers": officers,
            "untold": told if search.at_once and not officers else untold,
            "told": told,
            "states": _sorted(search.states),
            "offices": _sorted(search.of_offices),
            "wanted_offices": _sorted(search.offices),
            "effects": _sorted(search.effects),
            "effect_kinds": _sorted(search.effect_kinds),
            "turns": _sorted(search.turns),
            "person": search.person,
            "own_request": search.own_request,
            "refused": search.refused,
            "held": search.held,
            "ages": None if search.ages is None else sorted(map(_AGES.index, search.ages)),
            "age_ends": list(HELD_UP_TO_S),
            "matters": sorted(TURNS.keys() if officers else TURNS.keys() & TOLD),
            "turn_of": json.dumps(dict(TURNS)),
            "turn_order": [*Turn],
            "advices": _sorted(search.advices),
            "findings": _sorted(search.findings),
            "authorities": _sorted(search.authorities),
        }


def _behind(after: ListPlace | None, *, by_age: bool, backwards: bool) -> dict[str, Any]:
    """Return the place behind which a page begins: places grow in the order of the list, which may be gone through backwards."""
    if after is None:
        held = _IN_THE_END if backwards and by_age else _LONG_AGO
        return {"after_held": held, "after": _NEWEST if backwards else -_NEWEST}
    return {"after_held": after.held_at or _LONG_AGO, "after": after.number if by_age else -after.number}


def _driver(search: Search) -> str:
    """Return where the search begins, so that it never goes over all declarations."""
    if search.among is not None:
        return "among"
    if search.order.by_age and search.is_unnamed:
        return "held"
    if search.ends:
        return "end"
    if search.document is not None:
        return "document"
    if search.mrn is not None or search.lrn is not None:
        return "name"
    if search.only_open:
        return "held"
    return "parties" if search.eoris is not None or search.declarant is not None else "newest"


def _sorted(values: Collection[str] | None) -> list[str] | None:
    return None if values is None else sorted(str(one) for one in values)


def _place(row: Mapping[str, Any], order: ListOrder) -> ListPlace:
    return ListPlace(number=row["number"], held_at=in_utc(row["held_at"]) if order.by_age else None)


def _found(row: Mapping[str, Any]) -> FoundDeclaration:
    return FoundDeclaration(
        number=row["number"],
        id=row["id"],
        version=row["current_version"],
        lrn=row["lrn"],
        mrn=row["mrn"],
        declarant=row["declarant"],
        direction=Direction(row["direction"]),
        kind=Kind(row["kind"]),
        office=row["lodged_at"],
        presentation_office=row["presented_at"],
        received_at=in_utc(row["received_at"]),
        accepted_at=in_utc(row["accepted_at"]),
        state=State(row["state"]),
        held_since=in_utc(row["held_since"]),
        filled=not row["unfilled"],
        entry=decode(row["entry"], ListedAs) if row["entry"] is not None else None,
        turn=Turn(row["turn"]) if row["turn"] is not None else None,
        assess_at=in_utc(row["look_due_at"]),
        place=_place(row, ListOrder.HELD_SINCE),
        matters=rows.read_matters(row["matters"]),
        suspended=rows.read_shut(row),
    )


def _summary(row: Mapping[str, Any]) -> Summary:
    counts = [
        HeldAlike(
            turn=Turn(one["turn"]) if one["turn"] is not None else None,
            age=_AGES[one["age"]],
            effect_kind=one["effect_kind"],
            office=one["office"],
            filled=not one["unfilled"],
            own_request=one["own"],
            held=one["held"],
            refused=one["refused"],
            declarations=one["declarations"],
            oldest=datetime.fromisoformat(one["oldest"]).astimezone(UTC),
        )
        for one in row["counts"] or ()
    ]
    causes = [
        SameCause(
            authority=one["authority"],
            declarations=one["declarations"],
            oldest=datetime.fromisoformat(one["oldest"]).astimezone(UTC),
        )
        for one in row["causes"] or ()
    ]
    return Summary(
        counts=tuple(counts),
        findings=row["findings"] or {},
        authorities=row["authorities"] or {},
        same_cause=tuple(sorted(causes, key=lambda one: (-one.declarations, one.authority))),
    )


def _not_listed(row: Mapping[str, Any]) -> NotListed:
    return NotListed(
        id=row["id"],
        seq=row["event_seq"],
        decision=decode(row["decision"], NumberedDecision),
        state=State(row["state"]),
        gave_up=row["gave_up"] == row["decision_count"],
        held_from=in_utc(row["held_from"]),
        office=row["office"],
        presentation_office=row["presentation_office"],
    )
