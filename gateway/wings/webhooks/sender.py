"""The loop that sends events: each process claims some, sends them beside each other, and notes many at once.

Between sending and noting a process may die: then its claim ends, and another one sends the event again under the same id.
"""

import asyncio
import random
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from cryptography.exceptions import InvalidTag

from gateway import observe
from gateway.access import Caller
from gateway.domain.actor import GATEWAY
from gateway.domain.errors import GatewayError, StoreError
from gateway.domain.notice import PostedNotice
from gateway.lifecycle.processes.poll import PollLoop
from gateway.lifecycle.processes.pulses import Pulses
from gateway.resources import Resource
from gateway.store import Notices
from gateway.wings.webhooks.answer import ReceiverAnswer
from gateway.wings.webhooks.deliveries import Claim, ClaimedAttempt, SendingLimits, WebhookDeliveries
from gateway.wings.webhooks.kept import Webhooks
from gateway.wings.webhooks.payload import NoPayload, Payloads
from gateway.wings.webhooks.receivers import Receivers
from gateway.wings.webhooks.steps import ACCESS_ENDED, GONE
from gateway.wings.webhooks.webhook import Attempt, ClaimedWebhook, Delivery, DeliveryFault
from gateway.wings.webhooks.webhook_secrets import Signatures, WebhookSecrets

log = structlog.get_logger(__name__)

LOOP = "webhooks"
"""Its name among the loops that a process lives by."""
EVERY_S = 1.0
"""The seconds between two looks for events that are due, besides when it is woken."""
NOTED_S = 0.05
"""The seconds for which outcomes of events gather before they are noted."""
SLOW_S = 2.0
"""A receiver whose last answer took longer is slow, and one that has not answered by then: it has one place."""
_SLOW_ONES = 1_000
"""Slow receivers that are remembered."""
_OF_OWNER = 8
"""An owner has this part of the places at most: an eighth."""
_LEASE_BESIDE_S = 30.0
"""A claim lasts so much longer than an answer may take."""
_DROPPED = frozenset({DeliveryFault.NOT_THEIRS, DeliveryFault.FORGOTTEN, DeliveryFault.ENDED, DeliveryFault.GONE})
"""Faults after which an event is not tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderLimits:
    """The limits on what one process sends, and the pauses after failures."""

    at_once: int
    at_once_of_one: int
    timeout_s: float
    first_s: float
    longest_s: float
    probe_s: float
    dead_after: timedelta
    slow_s: float = SLOW_S

    @property
    def of_owner(self) -> int:
        """The number of events of one owner that are sent at the same time."""
        return max(1, self.at_once // _OF_OWNER)

    def pause_s(self, attempts: int, chance: float) -> float:
        """Return the seconds until an event is tried again that failed so often; `chance` lies between 0 and 1."""
        doubled: float = self.first_s * 2 ** min(max(attempts, 1) - 1, 30)
        return min(doubled, self.longest_s) * (0.5 + chance)

    @property
    def of_store(self) -> SendingLimits:
        """The part that holds for all processes."""
        return SendingLimits(
            at_once_of_one=self.at_once_of_one,
            of_owner=self.of_owner,
            lease=timedelta(seconds=self.timeout_s + _LEASE_BESIDE_S),
            probe=timedelta(seconds=self.probe_s),
            dead_after=self.dead_after,
        )


class Sender:
    """Sends the events that are due, those of one owner never in the way of another's."""

    def __init__(
        self,
        *,
        deliveries: WebhookDeliveries,
        webhooks: Webhooks,
        notices: Notices,
        secrets: WebhookSecrets,
        payloads: Payloads,
        receivers: Receivers,
        limits: SenderLimits,
        pulses: Pulses | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._deliveries = deliveries
        self._webhooks = webhooks
        self._notices = notices
        self._secrets = secrets
        self._payloads = payloads
        self._receivers = receivers
        self._limits = limits
        self._clock = clock
        self._under_way: set[asyncio.Task[None]] = set()
        self._places = Resource("webhook_places", limits.at_once, share=limits.of_owner)
        """Events that are being sent, by whom they count for."""
        self._at: Counter[str] = Counter()
        """The same by receiver."""
        self._slow: OrderedDict[str, None] = OrderedDict()
        """Receivers that are slow, as this process saw them last."""
        self._attempts: list[ClaimedAttempt] = []
        self._noting: asyncio.Task[None] | None = None
        self._loop = PollLoop(self.poll, name=LOOP, every_s=EVERY_S, pulses=pulses)

    def wake(self) -> None:
        """Have it look at once: there are events to send."""
        self._loop.wake()

    async def run(self) -> None:
        """Send until it is cancelled; what is under way then is sent again by whoever comes next."""
        try:
            await self._loop.run()
        finally:
            tasks = [*self._under_way, *([self._noting] if self._noting is not None else [])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._note_what_gathered()

    async def poll(self) -> None:
        """Claim what is due, as far as there is room, and begin to send it.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        more = await self._deliveries.due()
        while more and (room := round(self._places.bound - self._places.in_use)) > 0:
            claims, more = await self._deliveries.claim(
                self._limits.of_store,
                most=room,
                under_way={owner: round(events) for owner, events in self._places.by_client.items()},
                slow={receiver: 0 if self._at[receiver] else 1 for receiver in self._slow},
            )
            for claim in claims:
                events = len(claim.webhook.deliveries)
                self._places.take(claim.counts_for, events)
                self._at[claim.receiver] += events
                task = asyncio.create_task(self._sent(claim), name=f"webhook {claim.webhook.id}")
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

    async def settled(self) -> None:
        """Wait until all that was begun is sent and noted."""
        while self._under_way or (self._noting is not None and not self._noting.done()):
            noting = [] if self._noting is None else [self._noting]
            # `wait` gives way even when all have ended, so that they are taken out of what is under way; `gather` does not.
            await asyncio.wait([*self._under_way, *noting])

    async def _sent(self, claim: Claim) -> None:
        """Send the claimed events of one webhook beside each other, by its owner's access as it is now."""
        webhook = claim.webhook
        try:
            if webhook.is_over:
                self._note_all(claim, DeliveryFault.ENDED)
                return
            owner = await self._payloads.owner(webhook)
            if owner is None:
                await self._without_access(claim)
                return
            signatures = await self._signatures(webhook)
            if signatures is None:
                self._note_all(claim, DeliveryFault.OWN)
                return
            numbers = [one.notice for one in webhook.deliveries if one.notice is not None]
            notices = await self._notices.by_number(numbers) if numbers else {}

            sending = (self._one(claim, delivery, owner, signatures, notices) for delivery in webhook.deliveries)
            for failed in await asyncio.gather(*sending, return_exceptions=True):
                if failed is not None:
                    raise failed
        except GatewayError as error:
            # The claim ends by itself, and they are sent then.
            log.warning("webhook_not_sent", webhook=webhook.id, code=error.code)
        except Exception as error:
            log.error(
                "webhook_failed", webhook=webhook.id, error=type(error).__name__, raised_at=observe.raised_at(error)
            )
        finally:
            self._places.put_back(claim.counts_for, len(webhook.deliveries))
            self._at[claim.receiver] -= len(webhook.deliveries)
            self._at += Counter()  # without those at which nothing is under way

    async def _one(
        self, claim: Claim, delivery: Delivery, owner: Caller, signatures: Signatures, notices: dict[int, PostedNotice]
    ) -> None:
        self._note(claim, delivery, *await self._attempt(claim, delivery, owner, signatures, notices))

    async def _attempt(
        self, claim: Claim, delivery: Delivery, owner: Caller, signatures: Signatures, notices: dict[int, PostedNotice]
    ) -> tuple[ReceiverAnswer, int | None]:
        webhook = claim.webhook
        try:
            body = await self._payloads.written(webhook, delivery, owner, notices)
        except NoPayload as none:
            return ReceiverAnswer(fault=none.fault), None
        except StoreError:
            raise
        except Exception as error:
            # One event that cannot be written keeps no other one waiting.
            log.error(
                "webhook_event_not_written",
                webhook=webhook.id,
                number=delivery.number,
                error=type(error).__name__,
                raised_at=observe.raised_at(error),
            )
            return ReceiverAnswer(fault=DeliveryFault.OWN), None
        headers = signatures.headers(delivery.message_id, self._clock(), body)
        began = time.monotonic()
        with observe.span("send webhook", "client", declaration=delivery.declaration_id, webhook=webhook.id) as span:
            with self._timed(claim.receiver):
                answer = await self._receivers.send(
                    webhook.scope.address, body.encode(), headers, owner=claim.counts_for
                )
            span.tell(outcome="delivered" if answer.fault is None else answer.fault.value, status=answer.status)
        if answer.fault is DeliveryFault.GONE:
            await self._webhooks.end(webhook.id, by=GATEWAY.id, because=GONE)
        return answer, round((time.monotonic() - began) * 1000)

    @contextmanager
    def _timed(self, receiver: str) -> Iterator[None]:
        """Note that a receiver is slow as soon as it takes too long, and that it is not any more once it answers in time."""
        late = asyncio.get_running_loop().call_later(self._limits.slow_s, self._is_slow, receiver)
        began = time.monotonic()
        try:
            yield
        finally:
            late.cancel()
            if time.monotonic() - began < self._limits.slow_s:
                self._slow.pop(receiver, None)

    def _is_slow(self, receiver: str) -> None:
        self._slow[receiver] = None
        if len(self._slow) > _SLOW_ONES:
            self._slow.popitem(last=False)

    async def _without_access(self, claim: Claim) -> None:
        """Send nothing: an access that has ended ends the webhook, one that may come back is waited for."""
        if await self._payloads.ended(claim.webhook):
            await self._webhooks.end(claim.webhook.id, by=GATEWAY.id, because=ACCESS_ENDED)
            return
        self._note_all(claim, DeliveryFault.NO_ACCESS)

    async def _signatures(self, webhook: ClaimedWebhook) -> Signatures | None:
        """Return what signs; None: a secret in the database is not the one that was put there."""
        sealed = (webhook.secret,) if webhook.old_secret is None else (webhook.secret, webhook.old_secret)
        try:
            return await self._secrets.signatures(webhook.id, sealed)
        except InvalidTag:
            log.error("webhook_secret_changed", webhook=webhook.id)
            return None

    def _note_all(self, claim: Claim, fault: DeliveryFault) -> None:
        for delivery in claim.webhook.deliveries:
            self._note(claim, delivery, ReceiverAnswer(fault=fault), None)

    def _note(self, claim: Claim, delivery: Delivery, answer: ReceiverAnswer, milliseconds: int | None) -> None:
        again = None
        if answer.fault is not None and answer.fault not in _DROPPED:
            again = self._limits.pause_s(delivery.attempts, random.random())
        attempt = Attempt(
            webhook_id=claim.webhook.id,
            number=delivery.number,
            fault=answer.fault,
            status=answer.status,
            milliseconds=milliseconds,
            again_after_s=again,
        )
        self._attempts.append(ClaimedAttempt(attempt=attempt, until=claim.until))
        if self._noting is None or self._noting.done():
            self._noting = asyncio.create_task(self._noted(), name="webhooks noted")

    async def _noted(self) -> None:
        """Note what became of events, a moment's at once; what cannot be noted is sent again once its claim is over."""
        while self._attempts:
            await asyncio.sleep(NOTED_S)
            await self._note_what_gathered()
            self._loop.wake()

    async def _note_what_gathered(self) -> None:
        attempts, self._attempts = self._attempts, []
        if not attempts:
            return
        try:
            await self._deliveries.note(attempts, self._limits.of_store)
        except StoreError as error:
            log.warning("webhook_attempts_not_noted", events=len(attempts), code=error.code)
