"""The place of a case in the queue that it was opened from, with the cases before and behind it: it outlasts the case's own row."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from gateway.access import Call
from gateway.domain.errors import CallInvalid
from gateway.domain.work_list import FoundDeclaration
from gateway.lifecycle.work_list import place_of as place_in
from gateway.web.console.queue import QUEUE, address_of, asked_in, page_of, search_by
from gateway.web.console.rows import CASES, from_queue
from gateway.web.fields import fields_once
from gateway.web.visit import Visit

_LONGEST = 500


def with_queue(address: str, queue: str) -> str:
    """Return an address that takes along which queue a case was opened from."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'queue': queue})}" if queue else address


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePlace:
    """The place of a case in a queue."""

    back: str
    number: int = 0
    """The place, from 1; 0: it is not in the queue, or not any more."""
    count: int = 0
    order: str = ""
    before: str = ""
    behind: str = ""


def back_to(queue: str) -> str:
    """Return the address of the queue that a page was opened from.

    Raises:
        CallInvalid: it is no address of a queue.
    """
    return address_of(_asked(queue), cursor="", rows="", at="") if queue else QUEUE


def _asked(queue: str) -> dict[str, str]:
    if len(queue) > _LONGEST:
        raise CallInvalid("queue: it is longer than the address of a queue.")
    return asked_in(fields_once(parse_qsl(queue)))


async def next_case(visit: Visit, record_id: str | None) -> tuple[str, str] | None:
    """Return where the next case of the queue stands that a page was opened from, with the words that lead there; None: nowhere."""
    queue = visit.asked("queue")
    if not queue or record_id is None:
        return None
    place = await place_of(visit, record_id, queue)
    if not place.behind:
        return place.back, visit.text("case.back")
    return place.behind, visit.text("live.next_of", count=place.count)


async def place_of(visit: Visit, record_id: str, queue: str) -> CasePlace:
    """Return the place of a case in a queue, by the address that came with it; without one there is only the way back.

    Raises:
        CallInvalid: it is no address of a queue.
    """
    if not queue:
        return CasePlace(back=QUEUE)
    asked = _asked(queue)
    search, back = search_by(visit, asked), back_to(queue)
    own = await page_of(visit, search, cursor=None, limit=1, among=frozenset({record_id}))
    at = place_in(own.found[0], search.order) if own.found else asked["at"]
    if not at:
        return CasePlace(back=back)
    offices = visit.caller.offices_for(Call.READ)
    around, _ = await visit.web.lifecycle.work_list.around(search, at, offices=offices)

    def address(found: FoundDeclaration | None) -> str:
        return "" if found is None else f"{CASES}/{found.id}{from_queue(asked, place_in(found, search.order))}"

    return CasePlace(
        back=back,
        number=around.passed if own.found else 0,
        count=around.count,
        order=asked["order"],
        before=address(next(iter(around.before), None)),
        # Behind the last one the first that is left is next.
        behind=address(around.behind),
    )
