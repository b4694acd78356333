"""The webhooks of callers: made, given new secrets, tested, tried again and ended by whoever owns them."""

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from gateway.domain.errors import CallInvalid, Conflict, NotKnown
from gateway.domain.notice import FOR_OFFICE, NoticeKind
from gateway.resources import Resource
from gateway.store.rows import is_id
from gateway.wings.webhooks.addresses import WebhookAddresses
from gateway.wings.webhooks.errors import WebhookOver
from gateway.wings.webhooks.kept import KeptWebhook, Webhooks
from gateway.wings.webhooks.webhook import Delivery, DeliveryState, DigestKind, Webhook, WebhookKind, WebhookScope
from gateway.wings.webhooks.webhook_secrets import WebhookSecrets

OF_ONE = 20
"""Webhooks of one owner, unless it is said otherwise."""
_REPEATED_WITHIN = timedelta(hours=1)
"""How long the same call is a repeated one, which gets the same answer: whoever has the key later gets no secret by it."""
WITHDRAWN = "ended by its owner"
ACCESS_ENDED = "the access of its owner ended"
GONE = "the receiver answered 410 Gone"
"""The reasons why a webhook ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOwner:
    """The caller whose webhooks they are, and what the caller may see now."""

    name: str
    counts_for: str
    """The owner whose share of webhooks theirs take: of a key of one's own, its maker's."""
    role: str
    eoris: frozenset[str] | None
    offices: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSecret:
    """A webhook with a secret that was made now, which is shown this once."""

    webhook: Webhook
    secret: str


class WebhookSteps:
    """The webhooks that are kept in the database; of another owner's it is said that there are none."""

    def __init__(
        self,
        webhooks: Webhooks,
        *,
        secrets: WebhookSecrets,
        addresses: WebhookAddresses,
        number_notices: Callable[[], Awaitable[None]],
        new_id: Callable[[], str],
        of_one: int = OF_ONE,
    ) -> None:
        """Take where they are kept, and what numbers earlier notices; `of_one`: so many webhooks one owner may have."""
        self._webhooks = webhooks
        self.secrets = secrets
        self.addresses = addresses
        self._number_notices = number_notices
        self._new_id = new_id
        self._own = Resource("webhooks_of_owner", math.inf, share=of_one)
        self.wake: Callable[[], None] = lambda: None
        """Called once there is something to send that no notice announces."""

    async def make(
        self,
        address: str,
        *,
        of: WebhookOwner,
        eoris: frozenset[str] | None = None,
        kinds: frozenset[WebhookKind] = frozenset(),
        language: str,
    ) -> ShownSecret:
        """Make a webhook, which is sent what happens from now on; an equal one of the last hour is that one: its answer was lost.

        Args:
            address: where it leads.
            of: whose it is.
            eoris: whose declarations it is about; None: all that the owner may see.
            kinds: which notices, and whether a digest; empty: all notices.
            language: that of the sentences.

        Raises:
            WebhookAddressRefused: it may not lead there.
            CallInvalid: an EORI is not the owner's, or a kind is for customs alone.
            WebhookThere: an equal one was made longer ago.
            Conflict: the owner has as many as they may.
        """
        if of.eoris is None and eoris is not None:
            raise CallInvalid("eoris: by EORIs traders choose; leave it out, you are told of all declarations.")
        if of.eoris is not None:
            eoris = of.eoris if eoris is None else eoris
            if not eoris or not eoris <= of.eoris:
                raise CallInvalid("eoris: name EORIs of yours, or none for all of them.")
            if officers := sorted(FOR_OFFICE.intersection(kinds)):
                raise CallInvalid(f"kinds: `{officers[0]}` is told to customs alone; leave it out.")
        await self.addresses.must_be_good(address, owner=of.counts_for)
        # What happened before has its number then, and is not what the webhook is told.
        await self._number_notices()
        webhook_id = self._new_id()
        _, sealed = await self.secrets.new(webhook_id)
        notices = frozenset(one for one in kinds if isinstance(one, NoticeKind))
        digest = DigestKind.DIGEST in kinds
        scope = WebhookScope(
            address=address, eoris=eoris, offices=of.offices, kinds=notices, language=language, digest=digest
        )
        new = KeptWebhook(
            id=webhook_id, owner=of.name, counts_for=of.counts_for, role=of.role, scope=scope, secret=sealed
        )
        made, kept = await self._webhooks.make(new, most=int(self._own.share), repeated_within=_REPEATED_WITHIN)
        return ShownSecret(webhook=made, secret=await self.secrets.shown(made.id, kept))

    async def get(self, webhook_id: str, *, owner: str | None) -> Webhook:
        """Return a webhook; of one owner if one is given.

        Raises:
            NotKnown: there is none, or it is another one's: the two look the same.
        """
        found = await self._webhooks.by_id(webhook_id, owner=owner)
        if found is None:
            raise NotKnown("There is no such webhook.")
        return found

    async def page(self, *, owner: str | None, after: str | None = None, limit: int = 50) -> tuple[Webhook, ...]:
        """Return webhooks, the newest first, behind the one with an id; of one owner if one is given.

        Raises:
            CallInvalid: what should be an id is none.
        """
        if after is not None and not is_id(after):
            raise CallInvalid("`cursor` is the `next` of the page before, as it was given.")
        return await self._webhooks.page(owner=owner, after=after, limit=limit)

    async def end(self, webhook: Webhook, *, by: str, because: str = WITHDRAWN) -> Webhook:
        """End a webhook, which is sent nothing from now on; a second time changes nothing."""
        await self._webhooks.end(webhook.id, by=by, because=because)
        return await self.get(webhook.id, owner=None)

    async def rotate(self, webhook: Webhook) -> ShownSecret:
        """Give a webhook a new secret; the one before it signs as well for a day.

        Raises:
            WebhookOver: it has ended.
        """
        secret, sealed = await self.secrets.new(webhook.id)
        if not await self._webhooks.rotate(webhook.id, sealed):
            raise WebhookOver
        return ShownSecret(webhook=await self.get(webhook.id, owner=None), secret=secret)

    async def test(self, webhook: Webhook) -> Delivery:
        """Have an event sent that is about nothing, like any other.

        Raises:
            WebhookOver: the webhook has ended.
            Conflict: such an event waits already.
        """
        made = await self._webhooks.add_test(webhook.id)
        if made is None:
            if (await self.get(webhook.id, owner=None)).ended_at is not None:
                raise WebhookOver
            raise Conflict("A test event waits already: see what becomes of it.")
        self.wake()
        return made

    async def deliveries(
        self,
        webhook: Webhook,
        *,
        before: int | None = None,
        states: frozenset[DeliveryState] = frozenset(),
        limit: int = 50,
    ) -> tuple[Delivery, ...]:
        """Return events of a webhook, the newest first, before a number; of some states if any are named."""
        return await self._webhooks.deliveries(webhook.id, before=before, states=tuple(states), limit=limit)

    async def delivery(self, webhook: Webhook, number: int) -> Delivery:
        """Return one event of a webhook.

        Raises:
            NotKnown: it has none with this number, or none any more.
        """
        found = await self._webhooks.delivery(webhook.id, number)
        if found is None:
            raise NotKnown("The webhook has no event with this number.")
        return found

    async def redeliver(self, webhook: Webhook, number: int, *, everything: bool = False) -> int:
        """Have an event sent again, and all behind it that are dead, or `everything` behind it; return how many.

        Raises:
            WebhookOver: the webhook has ended.
            NotKnown: it has no event with this number.
        """
        if webhook.ended_at is not None:
            raise WebhookOver
        await self.delivery(webhook, number)
        events = await self._webhooks.redeliver(webhook.id, number, everything=everything)
        self.wake()
        return events
