"""What a receiver reads is what its owner may read at the time of sending, and nothing once that access is over."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.domain.decision import Effect
from gateway.domain.errors import CallInvalid, NotKnown
from gateway.domain.notice import Notice, NoticeKind
from gateway.domain.permission import Role
from gateway.settings import Security
from gateway.settings.callers import ApiKey
from gateway.wings.webhooks.settings import WebhookSettings
from gateway.wings.webhooks.steps import ACCESS_ENDED, WebhookOwner
from gateway.wings.webhooks.webhook import DeliveryFault, DeliveryState, WebhookHealth
from tests.builders.lodging import declaration
from tests.builders.receiver import Receiver, Reply
from tests.wings.webhooks.conftest import OTHER, OWN, Post

DROPPED = (DeliveryState.DROPPED, DeliveryFault.NOT_THEIRS, None)


def configured(*eoris: str) -> Security:
    if not eoris:
        return Security()
    return Security(keys=(ApiKey(name="broker", hash="a" * 64, role=Role.TRADER, eoris=eoris),))


async def test_a_key_that_is_revoked_between_event_and_sending_ends_the_webhook(post: Post, receiver: Receiver) -> None:
    owner = await post.key(Role.TRADER, OWN)
    made = await post.webhook(receiver, owner)
    await post.tell("L1")
    await post.fan_out()
    await post.revoke(owner)
    await post.tell("L2")
    await post.send()
    stands = await post.wing.steps.get(made.webhook.id, owner=None)
    assert (receiver.seen, stands.health, stands.ended_because) == ([], WebhookHealth.ENDED, ACCESS_ENDED)
    assert {one.state for one in await post.deliveries(made.webhook)} == {DeliveryState.DROPPED}


async def test_a_key_of_ones_own_ends_it_with_the_key_it_was_made_with(post: Post, receiver: Receiver) -> None:
    owner = await post.key(Role.TRADER, OWN)
    caller = await post.authenticator.now(owner.name)
    assert caller is not None
    own = await post.lifecycle.keys.make_own("erp", eoris=None, of=frozenset({OWN}), by=caller.actor(), expires_at=None)
    made = await post.webhook(receiver, replace(owner, name=own.key.scope.name))
    await post.tell("L1")
    await post.send()
    assert len(receiver.seen) == 1
    await post.revoke(owner)
    await post.tell("L2")
    await post.send()
    assert len(receiver.seen) == 1
    assert (await post.wing.steps.get(made.webhook.id, owner=None)).health is WebhookHealth.ENDED


async def test_an_eori_that_is_withdrawn_is_told_no_more_at_once(post: Post, receiver: Receiver) -> None:
    post.authenticator.renew(configured(OWN, OTHER))
    owner = WebhookOwner(name="broker", counts_for="broker", role="trader", eoris=frozenset({OWN, OTHER}), offices=None)
    made = await post.webhook(receiver, owner)
    await post.tell("L1")
    await post.tell("L2", what=declaration("L2", declarant=OTHER, importer=OTHER))
    await post.fan_out()
    post.authenticator.renew(configured(OTHER))
    await post.send()
    assert receiver.numbers == [2]
    assert (await post.outcomes(made.webhook))[0] == DROPPED
    post.authenticator.renew(configured())
    await post.tell("L3", what=declaration("L3", declarant=OTHER, importer=OTHER))
    await post.send()
    assert receiver.numbers == [2]
    assert (await post.wing.steps.get(made.webhook.id, owner=None)).health is WebhookHealth.ENDED


async def test_a_subject_whom_its_issuer_has_not_proven_lately_is_waited_for(post: Post, receiver: Receiver) -> None:
    owner = WebhookOwner(name="idp:42", counts_for="idp:42", role="trader", eoris=frozenset({OWN}), offices=None)
    made = await post.webhook(receiver, owner)
    await post.tell("L1")
    await post.send()
    stands = await post.wing.steps.get(made.webhook.id, owner=None)
    assert (receiver.seen, stands.health) == ([], WebhookHealth.RETRYING)
    assert await post.outcomes(made.webhook) == [(DeliveryState.WAITING, DeliveryFault.NO_ACCESS, None)]


async def test_another_role_under_the_same_name_is_another_access(post: Post, receiver: Receiver) -> None:
    owner = await post.key(Role.TRADER, OWN)
    await post.webhook(receiver, replace(owner, role="customs", eoris=None))
    await post.tell("L1")
    await post.send()
    assert receiver.seen == []


async def test_a_trader_reads_no_refusal_that_customs_has_not_confirmed(
    post: Post, receivers: Callable[..., Receiver]
) -> None:
    own, customs = receivers(), receivers()
    await post.webhook(own)
    await post.webhook(customs, await post.key(Role.CUSTOMS))
    refused = Notice(kind=NoticeKind.DECIDED, decision=1, effect=Effect.REFUSE)
    hidden = Notice(kind=NoticeKind.CHANGED, decision=1, effect=Effect.REFUSE, for_parties=False)
    await post.tell("L1", refused, hidden, effect=Effect.REFUSE)
    await post.send()
    assert ["refuse" in one.body for one in customs.seen] == [True, True]
    (seen,) = own.seen
    assert "refuse" not in seen.body
    assert (seen.event["data"]["notice"]["effect"], seen.event["data"]["declaration"]["decision"]["effect"]) == (
        "hold",
        "hold",
    )
    assert seen.event["data"]["declaration"]["acts"] is None


async def test_a_declaration_that_is_too_long_is_not_sent_along(post: Post, receiver: Receiver) -> None:
    post.settings = post.settings.model_copy(
        update={"webhooks": post.settings.of_wing(WebhookSettings).model_copy(update={"declaration_bytes": 500})}
    )
    await post.webhook(receiver)
    record_id = await post.tell("L1")
    await post.send()
    data = receiver.seen[0].event["data"]
    assert (data["declaration"], data["link"]) == (None, f"/v1/declarations/{record_id}")
    assert data["notice"]["declaration"] == record_id


async def test_a_receiver_that_is_gone_ends_the_webhook(post: Post, receiver: Receiver) -> None:
    receiver.answer = lambda _: Reply(status=410)
    made = await post.webhook(receiver)
    await post.tell("L1")
    await post.send()
    await post.tell("L2")
    await post.send()
    assert await post.outcomes(made.webhook) == [(DeliveryState.DROPPED, DeliveryFault.GONE, 410)]
    assert len(receiver.seen) == 1


async def test_nobody_makes_one_for_more_than_is_theirs(post: Post, receiver: Receiver) -> None:
    trader, customs = await post.key(Role.TRADER, OWN), await post.key(Role.CUSTOMS)
    for owner, more in (
        (trader, {"eoris": frozenset({OTHER})}),
        (trader, {"eoris": frozenset({OWN, OTHER})}),
        (trader, {"kinds": frozenset({NoticeKind.ALERT})}),
        (customs, {"eoris": frozenset({OWN})}),
    ):
        with pytest.raises(CallInvalid):
            await post.webhook(receiver, owner, **more)
    made = await post.webhook(receiver, trader)
    with pytest.raises(NotKnown):
        await post.wing.steps.get(made.webhook.id, owner=customs.name)
    assert await post.wing.steps.page(owner=customs.name) == ()


async def test_a_secret_is_sealed_for_its_webhook_alone(post: Post, receiver: Receiver) -> None:
    one, other = await post.webhook(receiver), await post.webhook(receiver)
    post.change(
        "UPDATE webhook SET secret = (SELECT secret FROM webhook WHERE id = %(other)s::uuid) WHERE id = %(one)s::uuid",
        one=one.webhook.id, other=other.webhook.id,
    )  # fmt: skip
    await post.tell("L1")
    await post.send()
    assert [one.event["data"]["webhook"] for one in receiver.seen] == [other.webhook.id]
