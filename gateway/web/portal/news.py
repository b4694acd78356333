"""What happened to a trader's declarations, newest first, as the API tells it in its notices."""

from collections.abc import Sequence
from dataclasses import dataclass

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


async def news(visit: Visit, times: Times, *, limit: int, kind: NoticeKind | None = None) -> Sequence[News]:
    """Return the newest notices of one kind, or of all."""
    caller, cases = visit.caller, visit.web.cases
    view = cases.trail(cases.wording([visit.language]))
    posted = await visit.web.lifecycle.notices.newest(
        limit=limit, kinds=frozenset() if kind is None else frozenset({kind}), eoris=caller.eoris or frozenset()
    )
    bodies = [notice(one, caller, view, at_once=cases.at_once) for one in posted.items]
    return [
        News(
            kind=one["kind"],
            sentence=one["sentence"],
            href=declaration_address(one["declaration"]),
            at=times.moment(one["at"]),
        )
        for one in bodies
    ]
