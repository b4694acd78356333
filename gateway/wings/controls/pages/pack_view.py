"""What the pages of packs and alerts share: their addresses, and what is said of a publication."""

from starlette.responses import Response

from gateway.domain.actor import Actor
from gateway.domain.errors import CallInvalid, CallRefused, SamePerson
from gateway.web.visit import Visit
from gateway.wings.controls.risk.ledger import EntryKind
from gateway.wings.controls.risk.publication import Publication

PACKS = "/console/risk"
ALERT = f"{PACKS}/new/alert"
OWED = "/console/risk-information"


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
