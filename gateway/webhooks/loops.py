"""The loops of webhooks in one process, from their start to their end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from gateway.lifecycle import Lifecycle, Pulses
from gateway.settings import WebhookSettings
from gateway.store import Patience, Store, patience
from gateway.webhooks import fan_out, sender
from gateway.webhooks.fan_out import FanOut
from gateway.webhooks.payload import Payloads
from gateway.webhooks.receivers import Receivers
from gateway.webhooks.sender import Sender, SenderLimits


@asynccontextmanager
async def running(
    settings: WebhookSettings, store: Store, lifecycle: Lifecycle, payloads: Payloads, pulses: Pulses
) -> AsyncIterator[None]:
    """Make events of notices and send them, until the context ends.

    Raises:
        ConfigurationError: the file of further authorities cannot be read.
    """
    steps = lifecycle.webhooks
    sending = Sender(
        deliveries=store.webhook_deliveries,
        webhooks=store.webhooks,
        notices=store.notices,
        secrets=steps.secrets,
        payloads=payloads,
        receivers=Receivers(steps.addresses, timeout_s=settings.timeout_seconds, ca_file=settings.ca_file),
        limits=SenderLimits(
            at_once=settings.at_once,
            at_once_of_one=settings.at_once_of_one,
            timeout_s=settings.timeout_seconds,
            first_s=settings.first_seconds,
            longest_s=settings.longest_seconds,
            probe_s=settings.probe_seconds,
            dead_after=timedelta(days=settings.dead_after_days),
        ),
        pulses=pulses,
    )
    making = FanOut(store.webhook_deliveries, store.notices, made=sending.wake, pulses=pulses)
    lifecycle.notices.wake_also(making.wake)
    steps.wake = sending.wake
    # Nobody waits for them as for the answer of a call.
    own = patience.set(Patience.LOOP)
    loops = [asyncio.create_task(making.run(), name=fan_out.LOOP), asyncio.create_task(sending.run(), name=sender.LOOP)]
    patience.reset(own)
    pulses.follow(loops)
    try:
        yield
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
