"""The events of a trader's declarations, newest first, from the API's notices."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.api.places import PlaceIn
from gateway.api.routes.notices import notice
from gateway.domain.notice import NoticeKind
from gateway.web.portal.address import declaration_address
from gateway.web.times import ShownMoment, Times
from gateway.web.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One notice."""

    kind: str
    sentence: str
    href: str
    at: ShownMoment


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsPage:
    """Notices, the newest first, and the place from which older ones follow."""

    items: Sequence[News]
    older: str | None
    """Sealed: a number over all notices would count what is not this trader's; None: there are none."""


async def news(
    visit: Visit, times: Times, *, limit: int, kind: NoticeKind | None = None, before: str | None = None
) -> NewsPage:
    """Return the newest notices of one kind, or of all; with `before` the next older ones behind that place.

    Raises:
        CallInvalid: `before` is no place of this list.
        StoreUnavailable: the database does not answer.
    """
    caller, cases, places = visit.caller, visit.web.cases, visit.web.api.places
    view = cases.trail(cases.wording([visit.language]))
    posted = await visit.web.lifecycle.notices.newest(
        limit=limit,
        before=await places.number(caller, PlaceIn.NEWEST_NOTICES, before),
        kinds=frozenset() if kind is None else frozenset({kind}),
        eoris=caller.eoris or frozenset(),
    )
    bodies = [notice(one, caller, view, at_once=cases.at_once) for one in posted.items]
    items = [
        News(
            kind=one["kind"],
            sentence=one["sentence"],
            href=declaration_address(one["declaration"]),
            at=times.moment(one["at"]),
        )
        for one in bodies
    ]
    older = None if posted.before is None else str(posted.before)
    return NewsPage(items=items, older=await places.written(caller, PlaceIn.NEWEST_NOTICES, older))
