"""The answer that is a page as a PDF, to keep and to pass on."""

import re

from starlette.responses import Response

from gateway.api.admission import share_of
from gateway.domain.errors import PaperNotPossible
from gateway.web.paper_sheet import is_possible
from gateway.web.visit import Visit


async def paper_of(visit: Visit, page: Response, name: str) -> Response:
    """Return a page that a visit was answered with as a PDF; `name` becomes part of the file's.

    Raises:
        PaperNotPossible, PaperNotMade, Later, Overloaded: as `pressed` does.
    """
    if not is_possible():
        raise PaperNotPossible
    # The page is read: whoever waits for its paper keeps nobody from reading.
    visit.web.api.admitted(visit.request).rests()
    made = await visit.web.press.pressed(bytes(page.body), client=share_of(visit.caller, visit.address))
    answer = Response(made, media_type="application/pdf")
    kept = re.sub(r"[^A-Za-z0-9-]", "_", name)[:80]
    answer.headers["Content-Disposition"] = f'inline; filename="decision-{kept}.pdf"'
    return visit.finished(answer)
