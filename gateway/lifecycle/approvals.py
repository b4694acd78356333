"""Approvals of what an officer ordered: a second person approves or rejects it, by a call of their own."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from gateway.domain.actor import GATEWAY, Actor
from gateway.domain.approval import Approval, ApprovalEnding, ApprovalKind, ApprovalState, AskedOrder
from gateway.domain.errors import ApprovalOver, NotAllowed, NotKnown
from gateway.domain.persons import is_same_person
from gateway.lifecycle.contingency import Contingency
from gateway.lifecycle.steps import CustomsSteps, two_people
from gateway.store import Store, UsedApproval
from gateway.store.approvals import require_open

Knows = Callable[[Actor], Awaitable[bool]]
"""Whether who ordered something is still known, and may still order it."""


class ApprovalSteps:
    """The orders that wait for a second person."""

    def __init__(
        self, *, store: Store, steps: CustomsSteps, contingency: Contingency, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._steps = steps
        self._contingency = contingency
        self._clock = clock

    async def get(self, approval_id: str) -> Approval:
        """Return an approval in its present state.

        Raises:
            NotKnown: there is no such approval.
        """
        found = await self._store.approvals.get(approval_id)
        if found is None:
            raise NotKnown("There is no such approval.")
        return found

    async def page(
        self,
        *,
        state: ApprovalState | None = ApprovalState.OPEN,
        kind: ApprovalKind | None = None,
        record_id: str | None = None,
        person: str | None = None,
        of_others: bool = False,
        before: int | None = None,
        limit: int = 50,
        offices: frozenset[str] | None = None,
    ) -> tuple[Approval, ...]:
        """Return the approvals below a number, the newest first; of declarations those at some offices if given.

        With a `person` those of their asking, or `of_others`.
        """
        return await self._store.approvals.page(
            state=state,
            kind=kind,
            record_id=record_id,
            person=person,
            of_others=of_others,
            before=before,
            limit=limit,
            offices=offices,
        )

    async def approve(self, approval_id: str, *, by: Actor, reason: str | None, knows: Knows) -> Approval:
        """Approve an order, which is taken in the same transaction; approving it again changes nothing.

        Raises:
            NotKnown: there is no such approval.
            SamePerson: whoever ordered it may not approve it.
            ApprovalOver: it was rejected, it is void, or its time is over.
            Conflict, CallInvalid: it cannot be carried out as things stand.
        """
        approval = await self.get(approval_id)
        if approval.state is ApprovalState.APPROVED:
            return approval
        order = await self._order(approval, by, knows)
        approving = UsedApproval(id=approval.id, ending=ApprovalEnding(by=by, reason=reason))
        try:
            await self._carry_out(approval, order, approving)
        except ApprovalOver:
            # Somebody else was quicker.
            approval = await self.get(approval_id)
            if approval.state is not ApprovalState.APPROVED:
                raise
            return approval
        return await self.get(approval_id)

    async def reject(self, approval_id: str, *, by: Actor, reason: str | None) -> Approval:
        """Reject an order; rejecting it again changes nothing. Whoever gave it may withdraw it so.

        Raises:
            NotKnown: there is no such approval.
            ApprovalOver: it was approved, it is void, or its time is over.
        """
        return await self._ended_as(
            ApprovalState.REJECTED, await self.get(approval_id), ApprovalEnding(by=by, reason=reason)
        )

    async def withdraw(self, approval_id: str, *, by: Actor) -> Approval:
        """Take back an order of one's own; taking it back again changes nothing.

        Raises:
            NotKnown: there is no such approval.
            NotAllowed: somebody else ordered it.
            ApprovalOver: it was approved or rejected, it is void, or its time is over.
        """
        approval = await self.get(approval_id)
        if approval.asked is None or not is_same_person(approval.asked.by, by):
            raise NotAllowed("Only whoever asked for it takes it back; others approve or reject it.")
        return await self._ended_as(ApprovalState.WITHDRAWN, approval, ApprovalEnding(by=by))

    async def _ended_as(self, state: ApprovalState, approval: Approval, ending: ApprovalEnding) -> Approval:
        """End an approval in a state; one that ended so already is returned as it is."""
        if approval.state is state:
            return approval
        require_open(approval)
        try:
            await self._store.approvals.end(approval, state, ending, self._clock())
        except ApprovalOver:
            # Somebody else was quicker.
            approval = await self.get(approval.id)
            if approval.state is not state:
                raise
        return await self.get(approval.id)

    async def _order(self, approval: Approval, by: Actor, knows: Knows) -> AskedOrder:
        require_open(approval)
        order = approval.asked
        if order is None or not await knows(order.by):
            # Erased, or a key that was revoked since: nobody stands for the order any more.
            await self._store.approvals.end(approval, ApprovalState.VOID, ApprovalEnding(by=GATEWAY), self._clock())
            require_open(replace(approval, state=ApprovalState.VOID))
            raise AssertionError("a void approval is not open")
        two_people(order.by, by)
        return order

    async def _carry_out(self, approval: Approval, order: AskedOrder, approving: UsedApproval) -> None:
        ordered, by, second = order.ordered, order.by, approving.ending.by
        here = approval.record_id or ""
        if ordered.release is not None:
            await self._steps.release(here, ordered.release, by=by, second=second, approving=approving)
        elif ordered.verification is not None:
            await self._steps.take_verification(here, ordered.verification, by=by, second=second, approving=approving)
        elif ordered.intervention is not None:
            await self._steps.intervene(here, ordered.intervention, by=by, second=second, approving=approving)
        elif ordered.window is not None:
            statement = replace(ordered.window.word, second_officer=second.person, second=second)
            await self._contingency.open(replace(ordered.window, word=statement), approving=approving)
        elif ordered.tables is not None:
            await self._store.table_sets.approve(ordered.tables, by=by, approving=approving)
