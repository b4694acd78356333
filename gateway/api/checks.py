"""The checks of a declaration before it is lodged, and of a document that is cited, as the API answers them: for calls and for pages."""

from starlette.requests import Request

from gateway.access import Caller
from gateway.api.context import ApiContext
from gateway.api.localization import Wording
from gateway.api.views import declaration as resources
from gateway.api.views.certificates import is_untold
from gateway.beside import beside_if_large
from gateway.domain.errors import NotKnown, Overloaded
from gateway.domain.record import Record
from gateway.domain.verification import DocumentStatus, Verification

MOST = 100
"""The number of a trader's newest declarations that are read to find whether one keeps silent on a document's status."""


def charged(context: ApiContext, request: Request, caller: Caller) -> None:
    """Take one check off the caller's budget, before anything of it is read.

    Raises:
        Later: the budget is used up.
        Overloaded: nothing is checked now.
    """
    context.charge_preflight(request, caller)
    if context.lifecycle.overloaded():
        raise Overloaded


async def preflight(
    context: ApiContext,
    request: Request,
    caller: Caller,
    raw: bytes,
    media_type: str | None,
    wording: Wording,
    *,
    amends: Record | None = None,
) -> bytes:
    """Write the decision that a declaration would get now, for a check that is charged; nothing is stored, nothing reserved.

    `amends` is the declaration whose next version it would be.

    Raises:
        DeclarationRefused: it could not be taken as a declaration.
        NotAllowed: it is not the caller's to lodge.
        Later: the budget does not hold as many documents.
    """

    def charge(documents: int) -> None:
        # The call itself has paid for the first one.
        if caller.sees_as_trader and documents > 1:
            context.charge_preflight(request, caller, documents - 1)

    judged = await context.lifecycle.lodging.preflight(
        raw, media_type, asker=caller.asker, charge=charge, amends=amends
    )
    view = context.requirement_view(judged.tables, wording, caller, await context.lifecycle.contingency.in_force())
    told = wording.violations(judged.warnings) if judged.warnings else []

    def written() -> bytes:
        asked = view.of_items(judged.declaration)
        form = {"name": judged.declaration.format, "title": judged.format_title}
        return resources.preflight(
            judged.decision, context.lifecycle.now(), caller, wording, asked, told, judged.places, form
        )

    return await beside_if_large(judged.declaration.size, written)


async def document(
    context: ApiContext, caller: Caller, document_type: str, reference: str, wording: Wording, *, stored: bool
) -> bytes:
    """Write what the authority says of a document, or with `stored` what it said last; a trader's is one that they cite.

    While a declaration of the trader's does not tell how it stands, nor does this.

    Raises:
        NotKnown: no declaration of theirs cites it, or no answer is stored.
    """
    if caller.eoris is not None and not await context.lifecycle.cites(caller.eoris, document_type, reference):
        raise NotKnown("No declaration of this caller cites such a document.")
    untold = caller.sees_as_trader and await _untold(context, caller, document_type, reference, wording)
    if stored:
        answer = await context.lifecycle.certificates.stored(document_type, reference)
        if answer is None or untold:
            raise NotKnown("No answer about such a document is stored.")
        return resources.document(answer, answer.asked_at or context.lifecycle.now(), caller)
    if untold:
        # Nobody is asked, so nothing of how long an answer took tells either.
        withheld = Verification(type=document_type, reference=reference, status=DocumentStatus.NOT_TOLD)
        return resources.document(withheld, context.lifecycle.now(), caller)
    verification = await context.lifecycle.check_document(document_type, reference)
    return resources.document(verification, context.lifecycle.now(), caller)


async def _untold(context: ApiContext, caller: Caller, document_type: str, reference: str, wording: Wording) -> bool:
    found = await context.lifecycle.certificates.page(document_type, reference, eoris=caller.eoris, limit=MOST)
    return is_untold(found, caller, wording)
