"""The grounds of an application: which may be stated, and what a form stated."""

from collections.abc import Sequence

from pydantic import ValidationError

from gateway.api.schemas.bodies import GroundsQuery
from gateway.domain.errors import CallInvalid
from gateway.domain.tables.applications import ApplicationKind, Phase
from gateway.lifecycle.applications import ApplicationGrounds
from gateway.web.console.case_view import CaseReading
from gateway.web.ground_names import NOT_STATED, ground_name
from gateway.web.visit import Visit


def offered_grounds(visit: Visit, reading: CaseReading, kind: ApplicationKind) -> Sequence[tuple[str, str]]:
    """Return the grounds that an application of this kind may have now, with their names; unstated ones are the last."""
    phase = Phase.BEFORE_RELEASE if reading.declared["release"] is None else Phase.AFTER_RELEASE
    tables = visit.web.lifecycle.tables.at(visit.web.calendar.day(visit.web.lifecycle.now()))
    names = sorted(tables.grounds(kind, phase), key=lambda name: (name == NOT_STATED, name))
    return [(name, ground_name(visit, name)) for name in names]


def grounds_of(visit: Visit) -> ApplicationGrounds:
    """Return the grounds that a form states, and the applicant's own words.

    Raises:
        CallInvalid: they are none, or too long.
    """
    name, reason = visit.form.get("grounds", NOT_STATED), visit.form.get("reason", "").strip()
    if not name:
        # None is chosen beforehand: which one it is, the applicant says.
        raise CallInvalid("Choose the grounds, or that none of them is stated.")
    try:
        stated = GroundsQuery(grounds=name if name != NOT_STATED else None, reason=reason or None)
    except ValidationError:
        raise CallInvalid("The grounds are one of those offered, and the reason has at most 512 characters.") from None
    return ApplicationGrounds(name=stated.grounds, statement=stated.reason)
