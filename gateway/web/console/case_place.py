"""The place of a case in the queue that it was opened from, with the cases before and behind it."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from gateway.domain.errors import CallInvalid
from gateway.web.console.queue import QUEUE, address_of, asked_in, counted, page_of, search_of
from gateway.web.console.rows import CASES
from gateway.web.fields import fields_once
from gateway.web.visit import Visit

_LONGEST = 500
_LOOKED_THROUGH = 200
"""Rows of the queue among which a case has its place; behind them only the way back stands there."""


def with_queue(address: str, queue: str) -> str:
    """Return an address that takes along which queue a case was opened from."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'queue': queue})}" if queue else address


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePlace:
    """The place of a case in a queue."""

    back: str
    number: int = 0
    """The place, from 1; 0: it is not among the first."""
    count: int = 0
    order: str = ""
    before: str = ""
    behind: str = ""


async def place_of(visit: Visit, record_id: str, queue: str) -> CasePlace:
    """Return the place of a case in a queue, by the address that came with it; without one there is only the way back.

    Raises:
        CallInvalid: it is no address of a queue.
    """
    if not queue:
        return CasePlace(back=QUEUE)
    if len(queue) > _LONGEST:
        raise CallInvalid("queue: it is longer than the address of a queue.")
    asked = asked_in(fields_once(parse_qsl(queue)))
    back = address_of(asked, cursor="", rows="")
    listed = await page_of(visit, search_of(asked), cursor=None, limit=_LOOKED_THROUGH)
    ids = [one.id for one in listed.found]
    if record_id not in ids or listed.summary is None:
        return CasePlace(back=back)
    at, passed = ids.index(record_id), urlencode({"queue": queue})

    def address(place: int) -> str:
        return f"{CASES}/{ids[place]}?{passed}" if 0 <= place < len(ids) else ""

    return CasePlace(
        back=back,
        number=at + 1,
        count=counted(listed.summary).get(asked["turn"], 0),
        order=asked["order"],
        before=address(at - 1),
        behind=address(at + 1),
    )
