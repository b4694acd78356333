"""What the pages of packs and alerts share: their addresses, and what is said of a publication."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from gateway.access import Call
from gateway.domain.actor import Actor
from gateway.domain.errors import CallInvalid, CallRefused, Conflict, SamePerson
from gateway.web.console.authorities import times_of
from gateway.web.visit import Visit
from gateway.wings.controls.risk.analysts import is_analyst
from gateway.wings.controls.risk.ledger import EntryKind
from gateway.wings.controls.risk.publication import Publication

PACKS = "/console/risk"
ALERT = f"{PACKS}/new/alert"
OWED = "/console/risk-information"


async def ending(publication: Callable[[], Publication], visit: Visit, _office: str) -> Mapping[str, Any] | None:
    """Return how many packs in force end or are to be reviewed soon; None: there are none, or its reader is no analyst."""
    if not visit.caller.may(Call.PACKS) or not is_analyst(visit.caller, visit.web.settings):
        return None
    try:
        found = await publication().notices()
    except Conflict:
        return None  # the page of packs says so
    if not found:
        return None
    first = times_of(visit).day(found[0].on)
    return {
        "name": "packs",
        "count": len(found),
        "href": PACKS,
        "beside": visit.text("controls.packs_first", day=first),
    }


async def published(publication: Publication, visit: Visit, text: str, by: Actor) -> Response:
    """Publish a pack, and lead to the list, which says what came of it."""
    made = await publication.publish(text, by=by)
    return visit.onward_done(PACKS, "published" if made.entry.kind is EntryKind.PUBLISHED else "proposed")


def refusal(visit: Visit, error: CallRefused) -> str:
    """Return why nothing was published; the faults of a pack are said as `gateway risk check` says them."""
    if isinstance(error, SamePerson):
        return visit.text("controls.pack_same_person")
    if isinstance(error, CallInvalid):
        return str(error)
    return visit.text("controls.pack_conflict")
