"""The orders of officers that bodies of calls and forms of pages alike describe, and whose they are."""

from datetime import datetime

from gateway.access import Caller
from gateway.api.schemas import bodies
from gateway.domain.actor import Actor
from gateway.domain.errors import OfficerNamed, SamePerson
from gateway.domain.persons import is_same_person
from gateway.domain.record import OfficerVerification
from gateway.domain.release import InterventionLine, InterventionOrder, Override, ReleasedItem, ReleaseOrder

SECOND_CALLS = (
    "Leave second_officer out: the second officer approves by a second call that names them (POST /v1/approvals/{id})."
)


def officers_of(caller: Caller, named: str | None, second: str | None = None) -> tuple[Actor, Actor | None]:
    """Return the officer who acts, and the second one where the call may name one.

    Raises:
        OfficerNamed: an officer is named, and the officer is whoever the key belongs to; or a second one by a proven caller,
            who approves by a call of their own.
        SamePerson: the two are one person.
    """
    by = caller.actor(named)
    if second is None:
        return by, None
    if caller.proven:
        raise OfficerNamed(SECOND_CALLS if caller.asserts_officers else "")
    other = caller.actor(second)
    if is_same_person(by, other):
        raise SamePerson
    return by, other


def officer_verification(
    document_type: str,
    reference: str,
    sent: bodies.OfficersVerification,
    by: Actor,
    second: Actor | None = None,
    *,
    at: datetime,
) -> OfficerVerification:
    """Return the verification that a call's body states of a document."""
    return OfficerVerification(
        type=document_type,
        reference=reference,
        outcome=sent.outcome,
        quantity=sent.quantity,
        unit=sent.unit,
        means=sent.means,
        reason=sent.reason,
        officer=by.person,
        second_officer=second.person if second is not None else None,
        at=at,
    )


def release_order(sent: bodies.Release, by: Actor, second: Actor | None = None) -> ReleaseOrder:
    """Return the release that a call's body orders."""
    items = sent.items or ()
    override = None
    if sent.override is not None:
        override = Override(
            officer=by.person, reason=sent.override.reason, second_officer=second.person if second is not None else None
        )
    return ReleaseOrder(
        items=tuple(ReleasedItem(goods_item=i.goods_item, quantity=i.quantity, unit=i.unit) for i in items),
        override=override,
        reference=sent.reference,
    )


def intervention_order(sent: bodies.Intervention, by: Actor, second: Actor | None = None) -> InterventionOrder:
    """Return the intervention that a call's body orders."""
    return InterventionOrder(
        kind=sent.order,
        type=sent.document.type,
        document_reference=sent.document.reference,
        lines=tuple(
            InterventionLine(goods_item=i.goods_item, line=i.line, quantity=i.quantity, unit=i.unit) for i in sent.items
        ),
        officer=by.person,
        second_officer=second.person if second is not None else None,
        reason=sent.reason,
        reference=sent.reference,
    )
