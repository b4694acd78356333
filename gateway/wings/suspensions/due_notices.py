"""The notices that authorities are owed under suspensions: sent by the adapters that take them, until each authority has them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Protocol

import structlog

from gateway import observe
from gateway.contract import SuspensionNotice
from gateway.dispatch.http import MaySend
from gateway.domain.actor import GATEWAY
from gateway.domain.errors import GatewayError
from gateway.domain.notice import NoticeKind
from gateway.domain.permission import Asker, Role
from gateway.domain.suspension_results import NoticeSent
from gateway.lifecycle import Lifecycle
from gateway.quantities.pauses import LATE_EFFECT, Pauses
from gateway.store import Store
from gateway.wings.suspensions.acts import Saying
from gateway.wings.suspensions.errors import NotNow
from gateway.wings.suspensions.fold import to_tell
from gateway.wings.suspensions.kept import DueSuspension, KeptSuspensions, SentNotice
from gateway.wings.suspensions.rows import REQUESTED, Regime, RegimeDuty
from gateway.wings.suspensions.steps import SuspensionSteps
from gateway.wings.suspensions.suspension import Suspension

log = structlog.get_logger(__name__)

IN_VAIN = 3
"""The attempts in vain after which officers and customs are informed. It is tried on."""
CASE = "case"
"""The name under which the authority's number of the case is kept, where its receipt gives one."""
NO_ADAPTER = "no_adapter"
"""The cause where no adapter of the regime takes notices: an officer gives them."""
NOT_KNOWN = "not_known"
"""The cause where what it has to tell was erased, or the declaration names no customs office: an officer gives it."""
FAULT = "fault"
"""The cause where the gateway failed at it: an officer gives it, and it is tried on."""
_AT_ONCE = 40
_FOR_S = 45.0
"""Seconds after which a job takes no more of them: an authority that hangs does not keep one of the worker's places."""
_TAKEN_FOR = timedelta(minutes=10)
"""The time after which another process sends what one has taken and not finished: the same key, which counts once."""
_SENT_WITHIN_S = 300.0
"""Seconds after which a process that has taken notices sends none of them any more: others take them soon."""
_NOBODY = timedelta(days=1)
"""The time after which it is looked again whether an adapter takes notices."""
_PAUSES = Pauses(first=LATE_EFFECT)
_ASKER = Asker(roles=frozenset({Role.OFFICER}))


class ToldAuthorities(Protocol):
    """The authorities, as far as they can be told something."""

    def offers(self, adapter: str) -> Sequence[str]:
        """Return which of `tell` and `said` an adapter has."""
        ...

    async def tell(self, adapter: str, notice: SuspensionNotice, *, may_send: MaySend | None = None) -> NoticeSent:
        """Send a notice, once."""
        ...


class DueNotices:
    """The sender of the notices that are due. Every call raises `StoreUnavailable` without a database."""

    def __init__(
        self,
        kept: KeptSuspensions,
        steps: SuspensionSteps,
        store: Store,
        lifecycle: Lifecycle,
        authorities: ToldAuthorities,
    ) -> None:
        self._kept = kept
        self._steps = steps
        self._store = store
        self._lifecycle = lifecycle
        self._authorities = authorities

    async def send(self) -> int:
        """Send the notices that are due, for a while; return of how many suspensions. The job of the next minute goes on."""
        number, loop = 0, asyncio.get_running_loop()
        end = loop.time() + _FOR_S
        while True:
            begun = loop.time()
            found = await self._kept.take_to_tell(_AT_ONCE, again=_TAKEN_FOR)
            async with asyncio.TaskGroup() as group:
                for one in found:
                    group.create_task(self._send_or_later(one, until=begun + _SENT_WITHIN_S))
            number += len(found)
            if len(found) < _AT_ONCE or loop.time() > end:
                return number

    async def _send_or_later(self, taken: DueSuspension, *, until: float) -> None:
        observe.declaration_id.set(taken.declaration_id)
        try:
            await self._send(taken, until=until)
        except GatewayError as error:
            log.warning("suspension_notice_not_noted", declaration=taken.declaration_id, code=error.code)

    async def _send(self, taken: DueSuspension, *, until: float) -> None:
        adapter = self._adapter_of(taken.suspension.terms.regime)
        if adapter is None:
            await self._in_vain(taken, NO_ADAPTER, again=_NOBODY, at_once=True)
            return
        causes = {
            cause for duty in to_tell(taken.suspension) if (cause := await self._sent(taken, adapter, duty, until))
        }
        # What the gateway cannot do itself is an officer's at once; what an authority did not take is tried on beside it.
        at_once = not causes.isdisjoint((NOT_KNOWN, FAULT))
        if tried_on := causes - {NOT_KNOWN}:
            await self._in_vain(taken, min(tried_on), again=_PAUSES.after(taken.attempt), at_once=at_once)
        elif causes:
            await self._in_vain(taken, NOT_KNOWN, again=_NOBODY, at_once=at_once)

    async def _sent(self, taken: DueSuspension, adapter: str, duty: RegimeDuty, until: float) -> str | None:
        """Send one notice; return why the authority does not have it; None: it has."""
        loop = asyncio.get_running_loop()
        try:
            notice = await self._notice(taken, duty)
            if notice is None:
                return NOT_KNOWN
            sent = await self._authorities.tell(adapter, notice, may_send=lambda: loop.time() < until)
            if sent.receipt is None:
                return sent.cause
            receipt = SentNotice(adapter=adapter, key=notice.key, case=sent.receipt.reference, evidence=sent.evidence)
            await self._done(taken, duty, receipt)
        except GatewayError:
            raise
        except Exception as error:  # whatever it trips over: one notice's fault delays no other
            log.error(
                "suspension_notice_failed", declaration=taken.declaration_id, error=type(error).__name__, exc_info=True
            )
            return FAULT
        return None

    async def _done(self, taken: DueSuspension, duty: RegimeDuty, sent: SentNotice) -> None:
        saying = Saying(name=duty.name, stated={CASE: sent.case} if sent.case is not None else {})
        try:
            await self._steps.say(
                taken.declaration_id, taken.suspension.number, saying, by=GATEWAY, asker=_ASKER, duty=True, sent=sent
            )
        except NotNow:
            # Somebody stated meanwhile that it was given: that stands.
            log.info("suspension_notice_given_twice", declaration=taken.declaration_id)

    async def _in_vain(self, taken: DueSuspension, cause: str, *, again: timedelta, at_once: bool) -> None:
        informs = at_once or taken.attempt >= IN_VAIN
        if await self._kept.told_in_vain(taken, cause, again=again, informs=informs):
            observe.noticed(NoticeKind.DUTY)
            log.warning("suspension_notice_not_given", declaration=taken.declaration_id, cause=cause)

    def _adapter_of(self, regime: Regime) -> str | None:
        return next((one for one in regime.speakers if "tell" in self._authorities.offers(one)), None)

    async def _notice(self, taken: DueSuspension, duty: RegimeDuty) -> SuspensionNotice | None:
        """Return the notice that a duty owes; None: what it has to tell was erased."""
        suspension = taken.suspension
        stated = await self._kept.stated(taken.declaration_id, suspension)
        record = await self._lifecycle.steps.current(taken.declaration_id)
        declaration = await self._store.declarations.declaration(record.id, record.current_version)
        office = declaration.customs_office if declaration is not None else None
        if office is None or record.mrn is None or any(one not in stated for one in duty.needs):
            return None
        return SuspensionNotice(
            key=key_of(taken.declaration_id, suspension, duty),
            regime=suspension.terms.regime.name,
            duty=duty.name,
            mrn=record.mrn,
            customs_office=office,
            opened_at=suspension.opened_at,
            reference=suspension.reference if _is_requested(suspension) else stated.get(CASE),
            goods_items=tuple(one.number for one in suspension.items),
            fields={name: stated[name] for name in duty.needs},
        )


def key_of(declaration_id: str, suspension: Suspension, duty: RegimeDuty) -> str:
    """Return the key of a notice: the same for every sending of it, and for no other."""
    return sha256(f"{declaration_id} {suspension.number} {duty.name}".encode()).hexdigest()[:32]


def _is_requested(suspension: Suspension) -> bool:
    return any(one.name == REQUESTED for one in suspension.words)
