"""How many places an owner's events have, and a receiver's that is slow: however many are due, others' are sent meanwhile."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import psycopg

from gateway.domain.permission import Role
from gateway.store import Store
from gateway.wings.webhooks.deliveries import SendingLimits
from gateway.wings.webhooks.sender import Sender
from gateway.wings.webhooks.webhook import DeliveryState, Webhook
from tests.builders.receiver import Received, Receiver, Reply
from tests.wings.webhooks.conftest import OWN, Post

PLACES, SHARE, SLOW_S = 64, 8, 0.05


class Stalling:
    """An answer that does not come until it may."""

    def __init__(self) -> None:
        self._may = threading.Event()

    def __call__(self, _: Received) -> Reply:
        self._may.wait(60)
        return Reply()

    def go(self) -> None:
        self._may.set()


@asynccontextmanager
async def sending(sender: Sender, *stalling: Stalling) -> AsyncIterator[None]:
    """Has it send until the context ends, and lets all answer then."""
    task = asyncio.create_task(sender.run())
    try:
        yield
    finally:
        for one in stalling:
            one.go()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def wait(is_so: Callable[[], bool], *senders: Sender) -> None:
    while not is_so():
        for one in senders:
            one.wake()
        await asyncio.sleep(0.02)


async def all_delivered(post: Post, webhook: Webhook) -> None:
    # Rows are waited for: nobody would set an event.
    while {one.state for one in await post.deliveries(webhook)} != {DeliveryState.DELIVERED}:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def test_twenty_slow_webhooks_of_one_owner_have_an_eighth_of_the_places(
    post: Post, receivers: Callable[..., Receiver]
) -> None:
    slow, quick, stalling = receivers(), receivers(), Stalling()
    slow.answer = stalling
    trader = await post.key(Role.TRADER, OWN)
    for _ in range(20):
        await post.webhook(slow, trader)
    for number in range(50):
        await post.tell(f"L{number}")
    at_quick = await post.webhook(quick, await post.key(Role.CUSTOMS))
    for number in range(10):
        await post.tell(f"C{number}")
    await post.fan_out()
    async with sending(post.sender(at_once=PLACES), stalling):
        await all_delivered(post, at_quick.webhook)
        assert len(quick.seen) == 10
        assert len(slow.seen) <= SHARE


async def test_an_owner_has_an_eighth_in_each_process_and_no_more(
    post: Post, receivers: Callable[..., Receiver], database_url: str
) -> None:
    slow, stalling = receivers(), Stalling()
    slow.answer = stalling
    trader = await post.key(Role.TRADER, OWN)
    for _ in range(3):
        await post.webhook(slow, trader)
    for number in range(12):
        await post.tell(f"L{number}")
    await post.fan_out()
    other = await Store.open(database_url, owner="other")
    one, two = post.sender(at_once=PLACES), post.sender(store=other, at_once=PLACES)
    async with sending(one, stalling), sending(two, stalling):
        await wait(lambda: len(slow.seen) == 2 * SHARE, one, two)
        assert _claimed(post) == 2 * SHARE, "none that it cannot send"
    await other.close()


async def test_who_has_least_under_way_comes_first_however_much_of_others_is_due(
    post: Post, receiver: Receiver
) -> None:
    busy, other = await post.key(Role.CUSTOMS), await post.key(Role.CUSTOMS)
    for _ in range(20):
        await post.webhook(receiver, busy)
    await post.tell("L1")
    await post.fan_out()
    await post.webhook(receiver, other)
    for number in range(5):
        await post.tell(f"M{number}")
    await post.fan_out()
    limits = SendingLimits(
        at_once_of_one=8, of_owner=8, lease=timedelta(60), probe=timedelta(60), dead_after=timedelta(days=7)
    )

    async def claimed(most: int, **under_way: int) -> list[tuple[str, int]]:
        found, _ = await post.wing.deliveries.claim(limits, most=most, under_way=under_way, slow={})
        return [(one.counts_for, len(one.webhook.deliveries)) for one in found]

    assert await claimed(2, **{busy.counts_for: 2}) == [(other.counts_for, 2)]
    post.change("UPDATE webhook_queue SET due_at = now()")
    turns = await claimed(4)
    assert sum(events for owner, events in turns if owner == other.counts_for) == 2
    assert await claimed(64, **{busy.counts_for: 8, other.counts_for: 8}) == []


async def test_a_receiver_that_was_slow_has_one_place_until_it_answers_soon(
    post: Post, receivers: Callable[..., Receiver]
) -> None:
    slow, quick, first, then = receivers(), receivers(), Stalling(), Stalling()
    slow.answer = first
    trader = await post.key(Role.TRADER, OWN)
    for _ in range(19):
        await post.webhook(slow, trader)
    await post.tell("L1")
    await post.fan_out()
    sender = post.sender(at_once=PLACES, slow_s=SLOW_S)
    async with sending(sender, first, then):
        await wait(lambda: len(slow.seen) == SHARE, sender)
        late_at = time.monotonic() + SLOW_S
        await wait(lambda: time.monotonic() > late_at)
        at_quick = await post.webhook(quick, trader)
        await post.tell("L4")
        await post.fan_out()
        slow.answer = then
        first.go()
        await all_delivered(post, at_quick.webhook)
        await wait(lambda: len(slow.seen) > SHARE, sender)
        for number in range(2):
            await post.tell(f"M{number}")
        await post.fan_out()
        await all_delivered(post, at_quick.webhook)
        assert len(slow.seen) == SHARE + 1, "its one place"
        slow.answer = lambda _: Reply()
        then.go()
        await wait(lambda: len(slow.seen) == 19 * 4, sender)


def _claimed(post: Post) -> int:
    """How many events are claimed now."""
    with psycopg.connect(post.url) as connection:
        found = connection.execute("SELECT count(*) FROM webhook_delivery WHERE claimed_until > now()").fetchone()
    assert found is not None
    return int(found[0])
