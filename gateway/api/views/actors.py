"""The views of actors, acts and orders that wait for a second person; for customs only."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel
from starlette.responses import Response

from gateway.api.body import Body
from gateway.api.views.declaration import location
from gateway.domain.actor import Actor
from gateway.domain.acts import Act, Who
from gateway.domain.approval import NO_END, Approval, ApprovalKind, ApprovalState, Ordered
from gateway.domain.codec import encode
from gateway.domain.events import EventKind
from gateway.domain.record import Record

APPROVALS = "/v1/approvals"


class ActorBody(Body):
    """Who acts; `asserted_by`: the system that names the person; not `proven`: no key was shown."""

    id: str | None
    """The key's; null: from before who acts was written down."""
    role: str | None
    person: str | None
    """Null: no name is kept of such an act, or it was erased."""
    asserted_by: str | None
    proven: bool

    @classmethod
    def of(cls, who: Actor) -> "ActorBody":
        """Return an actor."""
        return ActorBody(id=who.id, role=who.role, person=who.person, asserted_by=who.asserted_by, proven=who.proven)


class ActBody(BaseModel):
    """Something that somebody did: `ordered` in codes and numbers, `reason` and `means` in their words until erased."""

    seq: int
    event: EventKind
    at: datetime
    by: ActorBody | None
    second: ActorBody | None
    reason: str | None
    means: str | None
    ordered: dict[str, Any]
    approval: str | None


class AboutDeclaration(Body):
    """The declaration that an order is about."""

    id: str
    lrn: str
    mrn: str | None
    link: str


class ApprovalBody(Body):
    """An order that waits for a second person, or waited for one; `ordered` and `by` are null once erased."""

    resource: Literal["approval"]
    """What this is, where a call has several answers."""
    id: str
    kind: ApprovalKind
    state: ApprovalState
    declaration: AboutDeclaration | None
    ordered: dict[str, Any] | None
    by: ActorBody | None
    asked_at: datetime
    ends_at: datetime
    """In the year 9999: it waits until somebody decides, as a set of tables does."""
    ended_at: datetime | None
    second: ActorBody | None
    """Who approved or rejected it; the gateway itself where it became void or nobody did in time."""
    reason: str | None
    """Of the second person."""
    released: bool | None
    """In the answer to the approval of a release: whether it was carried out; null: it is open, or this is another answer."""
    links: dict[str, str]

    @classmethod
    def of(cls, approval: Approval, *, released: bool | None = None) -> "ApprovalBody":
        """Return an approval; `released`: whether the release that it approves was carried out."""
        order, ending = approval.asked, approval.ending
        links, about = {"self": f"{APPROVALS}/{approval.id}"}, None
        if approval.record_id is not None:
            there = links["declaration"] = location(approval.record_id)
            assert approval.lrn is not None, "a declaration has an LRN"
            about = AboutDeclaration(id=approval.record_id, lrn=approval.lrn, mrn=approval.mrn, link=there)
        return ApprovalBody(
            resource="approval",
            id=approval.id,
            kind=approval.kind,
            state=approval.state,
            declaration=about,
            ordered=None if order is None else _ordered(order.ordered),
            by=None if order is None else ActorBody.of(order.by),
            asked_at=approval.asked_at.astimezone(UTC),
            ends_at=(approval.ends_at or NO_END).astimezone(UTC),
            ended_at=None if approval.ended_at is None else approval.ended_at.astimezone(UTC),
            second=None if ending is None else ActorBody.of(ending.by),
            reason=None if ending is None else ending.reason,
            released=released,
            links=links,
        )


def waits(approval: Approval) -> Response:
    """Answer an order that waits for a second person: 202 with the approval's address."""
    headers = {"Location": f"{APPROVALS}/{approval.id}"}
    written = encode(ApprovalBody.of(approval))
    return Response(written, status_code=HTTPStatus.ACCEPTED, headers=headers, media_type="application/json")


def lodged(record: Record, by: Actor) -> Act:
    """Return the first act on a declaration: its lodging, as the event of just now has it."""
    identity = by.body()
    who = Who(
        id=identity["id"],
        role=identity["role"],
        person=None,
        asserted_by=identity.get("asserted_by"),
        proven=identity.get("proven", True),
    )
    return Act(seq=1, event=EventKind.RECEIVED, at=record.received_at.astimezone(UTC), by=who, ordered={"version": 1})


def _ordered(ordered: Ordered) -> Any:
    """Return the content of an order; without the person who gave it."""
    if ordered.release is not None:
        override = ordered.release.override
        return {
            "items": ordered.release.items,
            "reference": ordered.release.reference,
            "reason": override.reason if override is not None else None,
        }
    if ordered.verification is not None:
        verification = ordered.verification
        names = ("type", "reference", "outcome", "quantity", "unit", "means", "reason")
        return {name: getattr(verification, name) for name in names}
    if ordered.intervention is not None:
        order = ordered.intervention
        document = {"type": order.type, "reference": order.document_reference}
        numbers = {"lines": order.lines, "reference": order.reference, "reason": order.reason}
        return {"kind": order.kind, "document": document, **numbers}
    if ordered.window is not None:
        window = ordered.window
        return {"adapter": window.adapter, "mode": window.mode, "until": window.until, "reason": window.word.reason}
    return ordered.tables
