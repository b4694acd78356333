"""The stream of an open queue: how many are newer, what changed of the rows that stand there, and their ages."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from fastapi.sse import ServerSentEvent
from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call, Caller
from gateway.api.localization import Wording
from gateway.api.views import lists
from gateway.domain.errors import CallInvalid
from gateway.domain.record import State
from gateway.domain.subject import Room
from gateway.domain.work_list import FoundDeclaration, ListOrder, Search
from gateway.lifecycle.work_list import ListedPage, held_from
from gateway.web.console.queue import QUEUE, address_of, asked_of, page_of, search_of
from gateway.web.console.rows import QueueRow, mark_of, owners_of, queue_row, turn_for_reader
from gateway.web.context import WebContext
from gateway.web.live_route import live_route, proven, stream
from gateway.web.open_counts import OpenCounts
from gateway.web.page_news import PageNews
from gateway.web.times import Times
from gateway.web.visit import Visit

_SHOWN = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9a-f]{8})", re.ASCII)
_MOST_SHOWN = 50
_MOST_CHANGED = 200
"""Beyond so many at once the whole list is looked through instead."""
_MOST_NEWER = 99
_OWN = frozenset({"shown", "since", "all", "waiting"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownQueue:
    """The state of an open page: its rows, each with its mark, and since when what is held was not on it."""

    rows: Mapping[str, str]
    since: datetime
    is_whole: bool
    """Whether all that was found is shown: then whatever else is found is newer."""
    waiting: OpenCounts


@dataclass(slots=True, kw_only=True)
class QueueNow:
    """The changes to such a page since."""

    newer: set[str] = field(default_factory=set)
    changed: dict[str, tuple[str, QueueRow]] = field(default_factory=dict)
    """Rows that read otherwise, with their marks."""
    rows: dict[str, QueueRow] = field(default_factory=dict)
    """Rows as they read now, whether otherwise or not."""
    gone: dict[str, str] = field(default_factory=dict)
    """The reasons why rows are not found any more."""
    held_since: dict[str, datetime] = field(default_factory=dict)
    ages: dict[str, str] = field(default_factory=dict)
    """The ages as the page writes them."""

    def forget(self, ids: Iterable[str]) -> None:
        """Forget what was known of some declarations: they are looked at anew."""
        for one in ids:
            self.newer.discard(one)
            self.changed.pop(one, None)
            self.gone.pop(one, None)
            self.held_since.pop(one, None)
            self.rows.pop(one, None)

    @property
    def state(self) -> tuple[str, ...]:
        """The rows that the page is to show, for comparison."""
        changed = (f"{one} {mark}" for one, (mark, _) in self.changed.items())
        return tuple(sorted((*changed, *(f"{one} {why}" for one, why in self.gone.items()))))


def register(app: Starlette, web: WebContext) -> None:
    """Serve the streams of queues."""
    live_route(app, web, f"{QUEUE}/live", _live, room=Room.CONSOLE)


async def _live(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.READ)
    watch = _Watch(visit)
    return await stream(visit, watch.read, watch.wait)


class _Watch:
    """The watch over one open page."""

    def __init__(self, visit: Visit) -> None:
        own = {name: visit.asked(name) for name in _OWN}
        self._asked = asked_of(visit, beside=_OWN)
        self._visit = visit
        self._shown = _shown(own)
        self._now = QueueNow()
        self._news = PageNews(visit, "console/live/queue.html", waiting=self._shown.waiting)
        self._changes = visit.web.lifecycle.changes
        self._place = self._changes.place
        self._to_look_at: frozenset[str] | None = None
        """The declarations that changed; None: whatever may have."""
        self._sent: dict[str, str] = {}
        """The marks of the rows, and why others are gone, as they were sent last."""

    async def wait(self, within_s: float) -> None:
        """Wait until something may have changed."""
        changed = await self._changes.after(self._place, within_s=within_s)
        self._place = changed.place
        if self._to_look_at is not None:
            self._to_look_at = None if changed.ids is None else self._to_look_at | changed.ids

    async def read(self, last: str) -> ServerSentEvent | None:
        """Return what the page does not show yet."""
        visit, now = self._visit, self._now
        caller = await proven(visit, Call.READ)
        ids = self._to_look_at
        if ids is None or len(ids) > _MOST_CHANGED:
            read = await self._looked(caller, frozenset(self._shown.rows), anew=True)
        else:
            read = await self._looked(caller, ids, anew=False) if ids else []
        self._to_look_at = frozenset()
        times = self._times()
        ages = self._ages(times)
        told = await self._news.event(
            last,
            _sentence(visit, len(now.newer), len(now.changed) + len(now.gone)),
            state=now.state,
            quiet=bool(ages),
            link=address_of(self._asked),
            link_text=visit.text("live.show_them"),
            ages=ages,
            **self._rows(last),
        )
        if told is not None and read:
            await visit.web.cases.note(caller, read, Call.READ)
        if told is not None:
            now.ages.update(ages)
        return told

    async def _looked(self, caller: Caller, ids: frozenset[str], *, anew: bool) -> list[FoundDeclaration]:
        """Look at some declarations, and with `anew` also at those that were held since; return those of which the page shows something."""
        shown, now, search = self._shown, self._now, search_of(self._asked)
        now.forget(set(ids) | now.newer if anew else ids)
        listed = await page_of(self._visit, replace(search, among=ids), cursor=None, limit=max(1, len(ids)))
        found = {one.id: one for one in listed.found}
        bodies = dict(zip(found, self._bodies(listed, caller), strict=True))
        if anew:
            newest = await page_of(
                self._visit,
                replace(search, order=ListOrder.HELD_SINCE),
                cursor=held_from(shown.since),
                limit=_MOST_SHOWN + _MOST_NEWER,
            )
            found |= {one.id: one for one in newest.found if one.id not in shown.rows}
        times, systems = self._times(), self._visit.web.systems(self._visit.language)
        here = [one for one in found if one in shown.rows]
        goods, owners = await self._visit.web.lifecycle.work_list.goods(here), await owners_of(self._visit, here)
        for record_id, one in found.items():
            if record_id not in shown.rows:
                if shown.is_whole or (one.held_since or one.received_at) > shown.since:
                    now.newer.add(record_id)
                continue
            told = goods.get(record_id), owners.get(record_id)
            row = queue_row(self._visit, one, bodies[record_id], times, systems, self._asked, *told)
            now.rows[record_id] = row
            if (mark := mark_of(row)) != shown.rows[record_id]:
                now.changed[record_id] = mark, row
            if one.held_since is not None:
                now.held_since[record_id] = one.held_since
        gone = ids & shown.rows.keys() - found.keys()
        left = await self._left(gone) if gone else {}
        now.gone.update({one: _why(self._visit, left.get(one)) for one in gone})
        return [found[one] for one in found if one in now.changed] + list(left.values())

    async def _left(self, ids: frozenset[str]) -> Mapping[str, FoundDeclaration]:
        """Return declarations that are not on the list any more, as their reader may see them still."""
        listed = await page_of(self._visit, Search(among=ids), cursor=None, limit=len(ids))
        return {one.id: one for one in listed.found}

    def _bodies(self, listed: ListedPage, caller: Caller) -> list[dict[str, Any]]:
        web = self._visit.web
        wording = Wording.chosen(web.catalogue, [self._visit.language], at_once=True)
        return lists.rows(listed, caller, wording, web.lifecycle.limits)

    def _rows(self, last: str) -> dict[str, Any]:
        """Return the rows to send: those that read otherwise than what was sent, and why others are gone."""
        now = self._now
        stands = {one: mark for one, (mark, _) in now.changed.items()} | now.gone
        differing = [one for one in stands if self._sent.get(one) != stands[one]]
        back = [one for one in self._sent if one not in stands]
        # What a page shows that comes back is not marked as fresh once more.
        is_fresh = not last or bool(self._sent)
        self._sent = stands
        rows = [now.rows[one] for one in (*differing, *back) if one in now.rows]
        return {"rows": rows, "gone": {one: now.gone[one] for one in differing if one in now.gone}, "fresh": is_fresh}

    def _ages(self, times: Times) -> dict[str, str]:
        now = self._now
        if not now.ages:
            loaded = replace(times, now=self._shown.since)
            now.ages = {one: loaded.age(since) for one, since in now.held_since.items()}
        ages = {one: times.age(since) for one, since in now.held_since.items()}
        return {one: age for one, age in ages.items() if now.ages.get(one) != age}

    def _times(self) -> Times:
        return Times(self._visit.web.lifecycle.now(), self._visit.web.calendar.zone, self._visit.templates)


def _shown(own: Mapping[str, str]) -> ShownQueue:
    """Return what the page shows.

    Raises:
        CallInvalid: it does not say so.
    """
    parts = own["shown"].split(",") if own["shown"] else []
    rows = [_SHOWN.fullmatch(one) for one in parts]
    since, waiting = own["since"], OpenCounts.read(own["waiting"])
    is_moment = since.isascii() and since.isdecimal() and len(since) < 17
    if len(parts) > _MOST_SHOWN or not is_moment or waiting is None:
        raise CallInvalid("shown, since, waiting: the stream of a queue has no such value.")
    known = {one[1]: one[2] for one in rows if one is not None}
    if len(known) != len(parts):
        raise CallInvalid("shown: the stream of a queue has no such value.")
    at = datetime.fromtimestamp(int(since) / 1e6, UTC)
    return ShownQueue(rows=known, since=at, is_whole=own["all"] == "yes", waiting=waiting)


def _sentence(visit: Visit, newer: int, changed: int) -> str:
    parts = []
    if newer:
        many = visit.text("live.many", count=_MOST_NEWER) if newer > _MOST_NEWER else str(newer)
        parts.append(visit.text("live.newer", count=many))
    if changed:
        parts.append(visit.text("live.changed", count=changed))
    return f"{', '.join(parts)}." if parts else ""


def _why(visit: Visit, one: FoundDeclaration | None) -> str:
    """Return why a row is not found any more."""
    if one is None:
        return visit.text("live.gone")
    if one.state in {State.DECIDED, State.RECEIVED} and one.turn is not None and one.held_since is not None:
        return visit.text("live.gone_turn", party=visit.text(f"party.{turn_for_reader(one, visit.caller)}"))
    return visit.text("live.gone_state", state=visit.text(f"case.state_{one.state.value}"))
