"""Events reach their receivers: signed, at least once, in order for each declaration, whatever others do."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from gateway.domain.decision import Effect
from gateway.domain.errors import Conflict, NotKnown
from gateway.domain.notice import Notice, NoticeKind
from gateway.domain.permission import Role
from gateway.store import Store
from gateway.wings.webhooks.errors import WebhookOver
from gateway.wings.webhooks.events import WebhookEventBody
from gateway.wings.webhooks.sender import SenderLimits
from gateway.wings.webhooks.webhook import DeliveryFault, DeliveryState, WebhookHealth
from tests.builders.lodging import declaration
from tests.builders.receiver import Received, Receiver, Reply
from tests.wings.webhooks.conftest import OTHER, OWN, TOLD, Post

DELIVERED = (DeliveryState.DELIVERED, None, 200)
CHANGED = Notice(kind=NoticeKind.CHANGED, decision=1, effect=Effect.RELEASE)
ALERT = Notice(kind=NoticeKind.ALERT, decision=1, effect=Effect.RELEASE)


def failing(*numbers: int, status: int = 500) -> Callable[[Received], Reply]:
    """A receiver that takes none of some events."""
    return lambda received: Reply(status=status if received.number in numbers else 204)


async def test_an_event_says_what_its_owner_reads_and_is_signed(post: Post, receiver: Receiver) -> None:
    made = await post.webhook(receiver)
    record_id = await post.tell("L1")
    await post.tell("L2", what=declaration("L2", declarant=OTHER, importer=OTHER))
    await post.send()
    (seen,) = receiver.seen
    verified = Verifier(made.secret).verify(seen.body, dict(seen.headers))
    assert verified == seen.event
    WebhookEventBody.model_validate(seen.event)
    with pytest.raises(WebhookVerificationError):
        Verifier(made.secret).verify(seen.body.replace("L1", "L2"), dict(seen.headers))
    data = seen.event["data"]
    assert (seen.event["type"], data["number"], data["link"]) == (
        "declaration.decided", 1, f"/v1/declarations/{record_id}",
    )  # fmt: skip
    assert (data["notice"]["number"], data["notice"]["declaration"], data["declaration"]["id"]) == (
        None,
        record_id,
        record_id,
    )
    assert (data["declaration"]["acts"], data["declaration"]["decision"]["effect"]) == (None, "release")
    assert seen.headers["webhook-id"] == (await post.deliveries(made.webhook))[0].message_id
    assert await post.outcomes(made.webhook) == [DELIVERED]
    assert made.secret.encode() not in (await _row(post, "SELECT secret FROM webhook"))


async def _row(post: Post, statement: str) -> Any:
    import psycopg

    with psycopg.connect(post.url) as connection:
        found = connection.execute(statement.encode()).fetchone()
    assert found is not None
    return found[0]


async def test_each_is_told_of_what_is_theirs_and_counted_from_one(
    post: Post, receivers: Callable[..., Receiver]
) -> None:
    own, other, customs, some, here = (receivers() for _ in range(5))
    await post.tell("BEFORE")
    mine = await post.webhook(own)
    await post.webhook(other, await post.key(Role.TRADER, OTHER))
    await post.webhook(customs, await post.key(Role.CUSTOMS), kinds=frozenset({NoticeKind.CHANGED, NoticeKind.ALERT}))
    await post.webhook(some, await post.key(Role.TRADER, OWN, OTHER), eoris=frozenset({OTHER}))
    await post.webhook(here, await post.key(Role.OFFICER, offices=("FR000001",)))
    await post.tell("L1", TOLD, CHANGED, ALERT)
    await post.tell("L2", what=declaration("L2", declarant=OTHER, customs_office="FR000001"))
    await post.send()
    kinds = {
        name: sorted((one.number, one.event["type"].removeprefix("declaration.")) for one in receiver.seen)
        for name, receiver in (("own", own), ("other", other), ("customs", customs), ("some", some), ("here", here))
    }
    assert kinds == {
        "own": [(1, "decided"), (2, "changed")],
        "other": [(1, "decided")],
        "customs": [(1, "changed"), (2, "alert")],
        "some": [(1, "decided")],
        "here": [(1, "decided")],
    }
    assert here.seen[0].event["data"]["notice"]["number"] == 5
    assert (await post.wing.steps.get(mine.webhook.id, owner=None)).health is WebhookHealth.HEALTHY


async def test_a_failed_event_holds_back_those_of_its_declaration_at_its_receiver_only(
    post: Post, receivers: Callable[..., Receiver]
) -> None:
    bad, good = receivers(), receivers()
    bad.answer = failing(1)
    at_bad, at_good = await post.webhook(bad), await post.webhook(good)
    await post.tell("L1", TOLD, CHANGED)
    await post.tell("L2", TOLD, CHANGED)
    await post.send()
    assert sorted(bad.numbers) == [1, 3, 4]
    assert bad.numbers.index(3) < bad.numbers.index(4)
    assert await post.outcomes(at_good.webhook) == [DELIVERED] * 4
    waiting = (DeliveryState.WAITING, DeliveryFault.STATUS, 500)
    taken = (DeliveryState.DELIVERED, None, 204)
    assert await post.outcomes(at_bad.webhook) == [waiting, (DeliveryState.WAITING, None, None), taken, taken]
    bad.answer = lambda _: Reply()
    post.later()
    bad.seen.clear()
    await post.send()
    assert bad.numbers == [1, 2]


async def test_a_failing_receiver_is_tried_with_one_event_and_gets_all_once_it_is_back(
    post: Post, receiver: Receiver
) -> None:
    receiver.answer = failing(*range(1, 30), status=503)
    made = await post.webhook(receiver)
    for number in range(12):
        await post.tell(f"L{number}")
    await post.send()
    assert len(receiver.seen) == 8, "as many as are sent at once"
    stands = await post.wing.steps.get(made.webhook.id, owner=None)
    assert (stands.health, stands.waiting, stands.next_at is not None) == (WebhookHealth.RETRYING, 12, True)
    post.change("UPDATE webhook_queue SET due_at = now(), paused_until = now()")
    await post.send()
    assert len(receiver.seen) == 9
    receiver.answer = lambda _: Reply()
    receiver.seen.clear()
    post.change("UPDATE webhook_queue SET due_at = now(), paused_until = now()")
    await post.send()
    assert sorted(receiver.numbers) == list(range(1, 13))
    assert (await post.wing.steps.get(made.webhook.id, owner=None)).health is WebhookHealth.HEALTHY


async def test_a_receiver_that_is_away_for_a_week_is_tried_no_more_until_somebody_says_so(
    post: Post, receiver: Receiver
) -> None:
    receiver.answer = failing(1, 2, 3)
    made = await post.webhook(receiver)
    await post.tell("L1", TOLD, CHANGED)
    await post.tell("L2")
    await post.send()
    post.change("UPDATE webhook_delivery SET tried_for = now() - interval '8 days' WHERE number = 1")
    post.later()
    await post.send()
    states = [one.state for one in await post.deliveries(made.webhook)]
    assert states == [DeliveryState.DEAD, DeliveryState.WAITING, DeliveryState.WAITING]
    post.later()
    await post.send()
    assert 2 in receiver.numbers, "what is dead holds nothing back"
    post.change("UPDATE webhook_delivery SET tried_for = now() - interval '8 days'")
    await post.wing.deliveries.bury(timedelta(days=7))
    assert {one.state for one in await post.deliveries(made.webhook)} == {DeliveryState.DEAD}
    receiver.answer = lambda _: Reply()
    receiver.seen.clear()
    steps = post.wing.steps
    assert await steps.redeliver(made.webhook, 2) == 2
    await post.send()
    assert sorted(receiver.numbers) == [2, 3]
    assert await steps.redeliver(made.webhook, 1, everything=True) == 3
    await post.send()
    assert sorted(receiver.numbers) == [1, 2, 2, 3, 3]
    assert {one.state for one in await post.deliveries(made.webhook)} == {DeliveryState.DELIVERED}
    with pytest.raises(NotKnown):
        await steps.redeliver(made.webhook, 4)


@pytest.mark.parametrize("act", ["redeliver", "end"])
async def test_an_order_about_a_queue_and_its_sender_do_not_wait_for_each_other(
    post: Post, receiver: Receiver, act: str
) -> None:
    made = await post.webhook(receiver)
    await post.tell("L1")
    receiver.answer = failing(1)
    await post.send()
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
    async with await psycopg.AsyncConnection.connect(post.url) as sender:
        await sender.execute("SELECT FROM webhook_queue FOR UPDATE")
        steps = post.wing.steps
        order = steps.redeliver(made.webhook, 1) if act == "redeliver" else steps.end(made.webhook, by="one")
        ordered = asyncio.ensure_future(order)
        async with asyncio.timeout(60):
            while not (await (await sender.execute(waits)).fetchone() or (0,))[0]:  # noqa: ASYNC110
                await asyncio.sleep(0)
        # As a sender does, which has the queue: with the deliveries locked by the order, each would wait for the other.
        await sender.execute("UPDATE webhook_delivery SET attempts = attempts")
        await sender.commit()
    await ordered


async def test_one_slow_receiver_keeps_nobody_waiting(post: Post, receivers: Callable[..., Receiver]) -> None:
    slow, quick = receivers(), receivers()
    answered = threading.Event()

    def stall(_: Received) -> Reply:
        answered.wait(60)
        return Reply()

    slow.answer = stall
    await post.webhook(slow)
    at_quick = await post.webhook(quick)
    for number in range(20):
        await post.tell(f"L{number}")
    await post.fan_out()
    sender = post.sender()
    sending = asyncio.create_task(sender.run())
    try:
        # What is sent to the slow one may come later than all that the quick one has taken.
        while len(slow.seen) < 8 or await post.outcomes(at_quick.webhook) != [DELIVERED] * 20:
            sender.wake()
            await asyncio.sleep(0.02)
        assert len(slow.seen) == 8
    finally:
        answered.set()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def test_what_was_sent_and_not_noted_is_sent_again_under_the_same_id(
    post: Post, receiver: Receiver, database_url: str
) -> None:
    made = await post.webhook(receiver)
    await post.tell("L1", TOLD, CHANGED)
    await post.fan_out()
    killed = await Store.open(database_url, owner="killed")
    sender, came, dead = post.sender(store=killed), threading.Event(), threading.Event()

    def taken(_: Received) -> Reply:
        came.set()
        dead.wait(60)
        return Reply()

    receiver.answer = taken
    await sender.poll()
    assert await asyncio.to_thread(came.wait, 60)
    await killed.close()  # it can note nothing any more
    dead.set()
    await sender.settled()
    assert receiver.numbers == [1]
    await post.send()
    assert receiver.numbers == [1], "its claim lasts"
    post.change("UPDATE webhook_delivery SET claimed_until = now() WHERE claimed_until IS NOT NULL")
    post.later()
    await post.send()
    assert receiver.numbers == [1, 1, 2]
    assert len({one.headers["webhook-id"] for one in receiver.seen}) == 2
    assert await post.outcomes(made.webhook) == [DELIVERED] * 2


async def test_two_processes_make_no_event_twice_and_send_none_twice(
    post: Post, receiver: Receiver, database_url: str
) -> None:
    made = await post.webhook(receiver)
    other = await Store.open(database_url, owner="other")
    senders = [post.sender(), post.sender(store=other)]
    try:
        for number in range(10):
            await post.tell(f"L{number}", TOLD, CHANGED)
            await asyncio.gather(post.fan_out(), post.fan_out(), *(one.poll() for one in senders))
        await post.fan_out()
        for _ in range(20):
            await asyncio.gather(*(one.poll() for one in senders))
            await asyncio.gather(*(one.settled() for one in senders))
    finally:
        await other.close()
    assert sorted(receiver.numbers) == list(range(1, 21))
    assert await post.outcomes(made.webhook) == [DELIVERED] * 20
    order: dict[str, list[int]] = {}
    for seen in receiver.seen:
        order.setdefault(seen.event["data"]["link"], []).append(seen.number)
    assert all(numbers == sorted(numbers) for numbers in order.values())


async def test_a_new_secret_signs_and_the_old_one_does_for_a_day(post: Post, receiver: Receiver) -> None:
    first = await post.webhook(receiver)
    second = await post.wing.steps.rotate(first.webhook)
    assert first.secret != second.secret
    await post.tell("L1")
    await post.send()
    for secret in (first.secret, second.secret):
        Verifier(secret).verify(receiver.seen[0].body, dict(receiver.seen[0].headers))
    post.change("UPDATE webhook SET rotated_at = now() - interval '25 hours'")
    await post.tell("L2")
    await post.send()
    Verifier(second.secret).verify(receiver.seen[1].body, dict(receiver.seen[1].headers))
    with pytest.raises(WebhookVerificationError):
        Verifier(first.secret).verify(receiver.seen[1].body, dict(receiver.seen[1].headers))


async def test_a_test_event_is_sent_like_any_other(post: Post, receiver: Receiver) -> None:
    made = await post.webhook(receiver)
    asked = await post.wing.steps.test(made.webhook)
    with pytest.raises(Conflict):
        await post.wing.steps.test(made.webhook)
    await post.send()
    (seen,) = receiver.seen
    assert Verifier(made.secret).verify(seen.body, dict(seen.headers)) == seen.event
    assert (seen.event["type"], seen.number, set(seen.event["data"])) == (
        "webhook.test", asked.number, {"webhook", "number", "series"},
    )  # fmt: skip
    assert (await post.wing.steps.delivery(made.webhook, asked.number)).state is DeliveryState.DELIVERED


async def test_a_webhook_ends(post: Post, receiver: Receiver) -> None:
    made = await post.webhook(receiver)
    await post.tell("L1")
    await post.fan_out()
    ended = await post.wing.steps.end(made.webhook, by="owner")
    await post.tell("L2")
    await post.send()
    assert receiver.seen == []
    assert (ended.health, await post.outcomes(made.webhook)) == (
        WebhookHealth.ENDED, [(DeliveryState.DROPPED, DeliveryFault.ENDED, None)],
    )  # fmt: skip
    for step in (post.wing.steps.rotate, post.wing.steps.test):
        with pytest.raises(WebhookOver):
            await step(made.webhook)
    with pytest.raises(WebhookOver):
        await post.wing.steps.redeliver(ended, 1)


async def test_nobody_has_more_than_a_number_of_them(post: Post, receiver: Receiver) -> None:
    owner = await post.key(Role.TRADER, OWN)
    own = replace(owner, name=f"{owner.name}/erp")
    made = await asyncio.gather(
        *(post.webhook(receiver, own if number % 2 else owner) for number in range(22)), return_exceptions=True
    )
    assert sum(isinstance(one, Conflict) for one in made) == 2


async def test_what_was_forgotten_is_not_sent_and_old_deliveries_are_forgotten(post: Post, receiver: Receiver) -> None:
    made = await post.webhook(receiver)
    await post.tell("L1")
    await post.fan_out()
    post.change("DELETE FROM notice")
    await post.send()
    assert await post.outcomes(made.webhook) == [(DeliveryState.DROPPED, DeliveryFault.FORGOTTEN, None)]
    await post.wing.steps.end(made.webhook, by="owner")
    post.change("UPDATE webhook_delivery SET made_at = now() - interval '31 days'")
    post.change("UPDATE webhook SET ended_at = now() - interval '31 days'")
    await post.wing.kept.forget(timedelta(days=30))
    with pytest.raises(NotKnown):
        await post.wing.steps.get(made.webhook.id, owner=None)


async def test_after_a_restore_events_go_on_and_are_told_apart(post: Post, receiver: Receiver) -> None:
    await post.webhook(receiver)
    await post.tell("L1")
    await post.send()
    await post.store.notices.begin_feed()
    await post.tell("L2")
    await post.send()
    before, after = (one.event["data"] for one in receiver.seen)
    assert (before["number"], after["number"]) == (1, 2)
    assert before["series"] != after["series"]


def test_pauses_grow_up_to_the_longest_and_none_is_the_same() -> None:
    limits = SenderLimits(
        at_once=1, at_once_of_one=1, timeout_s=1, first_s=5, longest_s=3_600, probe_s=60, dead_after=timedelta(days=7)
    )
    assert [limits.pause_s(attempts, 0.5) for attempts in (1, 2, 3, 10, 11, 99_999)] == [5, 10, 20, 2_560, 3_600, 3_600]
    assert (limits.pause_s(1, 0.0), limits.pause_s(1, 1.0)) == (2.5, 7.5)


@pytest.mark.timeout(60)
async def test_waiting_until_all_is_sent_ends_though_it_begins_as_the_last_one_has_ended(
    post: Post, receiver: Receiver
) -> None:
    owner = await post.key(Role.TRADER, OWN)
    await post.webhook(receiver, owner)
    await post.tell("L1")
    await post.fan_out()
    await post.revoke(owner)  # nothing is noted of what is not sent for want of access
    sender = post.sender()
    await sender.poll()
    sent = [task for task in asyncio.all_tasks() if task.get_name().startswith("webhook ")]
    while not all(task.done() for task in sent):  # noqa: ASYNC110 - an event would be set a turn too late
        await asyncio.sleep(0)
    await sender.settled()
    assert receiver.numbers == []
