"""The wing of webhooks in one replica."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cached_property

from fastapi import FastAPI
from starlette.applications import Starlette

from gateway.access import Authenticator
from gateway.api.context import ApiContext
from gateway.jobs import Chore
from gateway.store import Patience, patience
from gateway.web import WebContext
from gateway.wing import Wing
from gateway.wings.webhooks import calls, events, fan_out, sender
from gateway.wings.webhooks.addresses import WebhookAddresses
from gateway.wings.webhooks.deliveries import WebhookDeliveries
from gateway.wings.webhooks.fan_out import FanOut
from gateway.wings.webhooks.kept import EVENTS, Webhooks
from gateway.wings.webhooks.pages import own_webhook, own_webhooks
from gateway.wings.webhooks.payload import Payloads
from gateway.wings.webhooks.receivers import Receivers
from gateway.wings.webhooks.sender import Sender, SenderLimits
from gateway.wings.webhooks.settings import WebhookSettings
from gateway.wings.webhooks.steps import WebhookSteps
from gateway.wings.webhooks.webhook_secrets import WebhookSecrets

DIGESTS = "0 4 * * *"
"""When digests are made: before work begins, in UTC."""


class WebhooksWing(Wing):
    """Owners make webhooks by calls and on pages; notices are made events, and events are sent."""

    @cached_property
    def settings(self) -> WebhookSettings:
        """Where webhooks may lead, and how they are sent."""
        return self.kernel.settings.of_wing(WebhookSettings)

    @cached_property
    def addresses(self) -> WebhookAddresses:
        """The addresses that they may have."""
        return WebhookAddresses(allowed_hosts=self.settings.allowed_hosts, ports=self.settings.ports)

    @cached_property
    def kept(self) -> Webhooks:
        """The webhooks in the database."""
        return Webhooks(self.kernel.store.database, self.kernel.store.announcements)

    @cached_property
    def deliveries(self) -> WebhookDeliveries:
        """Their events there."""
        return WebhookDeliveries(self.kernel.store.database, self.kernel.store.announcements)

    @cached_property
    def steps(self) -> WebhookSteps:
        """What their owners do."""
        return WebhookSteps(
            self.kept,
            secrets=WebhookSecrets(self.kernel.store.place_keys.key),
            addresses=self.addresses,
            number_notices=self.kernel.store.notices.number,
            new_id=lambda: str(uuid.uuid4()),
            of_one=self.settings.of_one,
        )

    def chores(self) -> Sequence[Chore]:
        """Make digests, forget what has been there long enough, and give up what could not be delivered for too long."""
        kept, dead_after = timedelta(days=self.settings.kept_days), timedelta(days=self.settings.dead_after_days)
        return (
            Chore(name="forget_deliveries", cron="41 * * * *", work=lambda: self.kept.forget(kept)),
            Chore(name="make_digests", cron=DIGESTS, work=self.deliveries.make_digests),
            Chore(name="bury_deliveries", cron="*/10 * * * *", work=lambda: self.deliveries.bury(dead_after)),
        )

    def followers(self) -> Mapping[str, Callable[[], None]]:
        """Send at once what another replica has made."""
        return {EVENTS: lambda: self.steps.wake()}

    def calls(self, app: FastAPI, context: ApiContext) -> None:
        """Add the calls, and to the description what receivers are sent."""
        calls.register(app, context, self.steps)
        events.register(app)

    def pages(self, app: Starlette, web: WebContext) -> None:
        """Serve a trader's own webhooks."""
        own_webhooks.register(app, web, self.steps)
        own_webhook.register(app, web, self.steps)

    @asynccontextmanager
    async def running(self, context: ApiContext, authenticator: Authenticator) -> AsyncIterator[None]:
        """Make events of notices and send them, until the context ends.

        Raises:
            ConfigurationError: the file of further authorities cannot be read.
        """
        settings, kernel = self.settings, self.kernel
        sending = Sender(
            deliveries=self.deliveries,
            webhooks=self.kept,
            notices=kernel.store.notices,
            secrets=self.steps.secrets,
            payloads=Payloads(context.case, authenticator, declaration_bytes=settings.declaration_bytes),
            receivers=Receivers(self.addresses, timeout_s=settings.timeout_seconds, ca_file=settings.ca_file),
            limits=SenderLimits(
                at_once=settings.at_once,
                at_once_of_one=settings.at_once_of_one,
                timeout_s=settings.timeout_seconds,
                first_s=settings.first_seconds,
                longest_s=settings.longest_seconds,
                probe_s=settings.probe_seconds,
                dead_after=timedelta(days=settings.dead_after_days),
            ),
            pulses=kernel.pulses,
        )
        making = FanOut(self.deliveries, kernel.store.notices, made=sending.wake, pulses=kernel.pulses)
        kernel.lifecycle.notices.wake_also(making.wake)
        self.steps.wake = sending.wake
        # Nobody waits for them as for the answer of a call.
        own = patience.set(Patience.LOOP)
        loops = [
            asyncio.create_task(making.run(), name=fan_out.LOOP),
            asyncio.create_task(sending.run(), name=sender.LOOP),
        ]
        patience.reset(own)
        kernel.pulses.follow(loops)
        try:
            yield
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)

    def close(self) -> None:
        """Ask for no further names."""
        self.addresses.close()
