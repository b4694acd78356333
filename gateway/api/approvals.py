"""The approvals that a caller may see and give: for calls of the API and for pages alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.access import Authenticator, Call, Caller
from gateway.api.case import CaseAnswers
from gateway.domain.actor import Actor
from gateway.domain.approval import Approval, ApprovalKind
from gateway.domain.errors import NotKnown
from gateway.lifecycle import Lifecycle

NEEDED: Mapping[ApprovalKind, Call] = MappingProxyType(
    {
        ApprovalKind.OVERRIDE: Call.OVERRIDE,
        ApprovalKind.VERIFICATION: Call.VERIFY_DOCUMENT,
        ApprovalKind.INTERVENTION: Call.INTERVENE,
        ApprovalKind.WINDOW: Call.CONTINGENCY,
        ApprovalKind.TABLES: Call.APPROVE_TABLES,
    }
)
"""The permission that a person needs to approve: what the order itself needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondPerson:
    """The finder of approvals for a caller, who approves as far as the person who ordered it may still order it."""

    lifecycle: Lifecycle
    cases: CaseAnswers
    authenticator: Authenticator

    async def seen(self, caller: Caller, approval_id: str) -> Approval:
        """Return an approval that the caller may see.

        Raises:
            NotKnown: there is none, or it is of a declaration at another office: the two look the same.
        """
        found = await self.lifecycle.approvals.get(approval_id)
        if found.record_id is not None and not await self.cases.at_their_offices(caller, (found.record_id,)):
            raise NotKnown("There is no such approval.")
        return found

    async def approve(self, found: Approval, *, by: Actor, reason: str | None) -> Approval:
        """Approve an order; raise as `ApprovalSteps.approve` does."""

        async def knows(who: Actor) -> bool:
            return await self.authenticator.knows(who, NEEDED[found.kind])

        return await self.lifecycle.approvals.approve(found.id, by=by, reason=reason, knows=knows)
