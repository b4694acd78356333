"""Digests: each morning what is one's own to do, counted as lists count it, for those who ask for it alone."""

from collections.abc import Callable
from typing import Any

from gateway.domain.decision import Effect
from gateway.domain.notice import NoticeKind
from gateway.domain.permission import Role
from gateway.wings.webhooks.events import WebhookEventBody
from gateway.wings.webhooks.webhook import DeliveryFault, DeliveryState, DigestKind
from tests.builders.lodging import declaration
from tests.builders.receiver import Receiver
from tests.wings.webhooks.conftest import OTHER, OWN, Post

DIGEST = frozenset({DigestKind.DIGEST})


async def morning(post: Post) -> None:
    """Makes the digests, and sends all that is due."""
    await post.lifecycle.work_list.fill()
    await post.wing.deliveries.make_digests()
    await post.send()


def told(receiver: Receiver) -> list[dict[str, Any]]:
    return [one.event["data"]["digest"] for one in receiver.seen if one.event["type"] == "work.digest"]


async def test_each_is_told_what_they_may_see_and_nothing_else(post: Post, receivers: Callable[..., Receiver]) -> None:
    own, other, office, all_ = (receivers() for _ in range(4))
    await post.webhook(own, await post.key(Role.TRADER, OWN), kinds=DIGEST)
    await post.webhook(other, await post.key(Role.TRADER, OTHER), kinds=DIGEST)
    await post.webhook(office, await post.key(Role.OFFICER, offices=("FR000001",)), kinds=DIGEST)
    await post.webhook(all_, await post.key(Role.CUSTOMS), kinds=DIGEST)
    await post.tell("D1", what=declaration("D1", declarant=OWN, customs_office="FR000001"), effect=Effect.HOLD)
    await post.tell("D2", what=declaration("D2", declarant=OWN, customs_office="FR000002"), effect=Effect.HOLD)
    await post.tell("D3", what=declaration("D3", declarant=OWN, customs_office="FR000002"))
    await morning(post)
    assert [one["held"] for one in told(own)] == [2]
    assert told(other) == [{"yours": 0, "oldest": None, "held": 0, "turns": {}}]
    assert [one["held"] for one in told(office)] == [1]
    assert [one["held"] for one in told(all_)] == [2]
    (event,) = [one.event for one in all_.seen]
    assert WebhookEventBody.model_validate(event).data.digest is not None
    assert event["data"]["link"] == "/v1/declarations?turn=officer"
    (of_customs,) = told(all_)
    assert of_customs["yours"] == of_customs["turns"].get("officer", 0)
    assert (of_customs["oldest"] is None) is (of_customs["yours"] == 0)


async def test_it_is_made_once_a_morning_and_for_those_alone_who_ask(
    post: Post, receivers: Callable[..., Receiver]
) -> None:
    alone, beside, without = (receivers() for _ in range(3))
    only = await post.webhook(alone, kinds=DIGEST)
    both = await post.webhook(beside, kinds=DIGEST | {NoticeKind.DECIDED})
    await post.webhook(without)
    await post.tell("L1")
    await morning(post)
    await morning(post)
    kinds = [sorted(one.event["type"] for one in receiver.seen) for receiver in (alone, beside, without)]
    assert kinds == [["work.digest"], ["declaration.decided", "work.digest"], ["declaration.decided"]]
    assert (only.webhook.scope.digest, only.webhook.scope.kinds) == (True, frozenset())
    assert (both.webhook.scope.digest, both.webhook.scope.kinds) == (True, frozenset({NoticeKind.DECIDED}))
    post.change("UPDATE webhook_delivery SET made_at = now() - interval '1 day'")
    await morning(post)
    assert len(told(alone)) == 2


async def test_whoever_lost_the_access_is_told_nothing(post: Post, receiver: Receiver) -> None:
    owner = await post.key(Role.TRADER, OWN)
    made = await post.webhook(receiver, owner, kinds=DIGEST)
    await post.revoke(owner)
    await morning(post)
    assert receiver.seen == []
    assert {(state, fault) for state, fault, _ in await post.outcomes(made.webhook)} <= {
        (DeliveryState.DROPPED, DeliveryFault.ENDED),
        (DeliveryState.DROPPED, DeliveryFault.NO_ACCESS),
        (DeliveryState.WAITING, DeliveryFault.NO_ACCESS),
    }
