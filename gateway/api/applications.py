"""The applications that a caller may see: for calls of the API and for pages alike."""

import uuid

from gateway.access import Caller
from gateway.api.case import CaseAnswers
from gateway.domain.application import Application
from gateway.domain.errors import NotKnown


async def seen(cases: CaseAnswers, caller: Caller, application_id: str) -> Application:
    """Return an application that a caller may see.

    Raises:
        NotKnown: there is none, or it is not theirs: the two look the same.
    """
    try:
        found = await cases.lifecycle.applications.get(str(uuid.UUID(application_id)), caller.eoris)
    except ValueError:
        raise NotKnown("There is no such application.") from None
    if not await cases.at_their_offices(caller, (found.declaration,)):
        raise NotKnown("There is no such application.")
    return found
