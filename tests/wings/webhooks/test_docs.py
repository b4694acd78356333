"""A receiver that is written from the docs alone takes every event once, and none that is not the gateway's."""

import re
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from gateway_client import verify_webhook
from tests.builders.places import ROOT
from tests.builders.receiver import Received, Receiver, Reply
from tests.wings.webhooks.conftest import Post


def documented() -> dict[str, Any]:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8"), re.DOTALL)
    made: dict[str, Any] = {}
    exec(compile(code, "docs/webhooks.md", "exec"), made)
    return made


async def test_the_receiver_of_the_docs(post: Post, receiver: Receiver) -> None:
    made, take, taken = await post.webhook(receiver), documented()["take"], []

    def answer(received: Received) -> Reply:
        try:
            taken.append(take(made.secret, received.headers, received.body))
        except WebhookVerificationError:
            return Reply(status=401)
        return Reply(status=204)

    receiver.answer = answer
    await post.tell("L1")
    await post.tell("L2")
    await post.send()
    await post.wing.steps.redeliver(made.webhook, 1, everything=True)
    await post.send()
    assert sorted(one["data"]["number"] for one in taken if one is not None) == [1, 2]
    assert taken.count(None) == 2
    with pytest.raises(WebhookVerificationError):
        take(made.secret, receiver.seen[0].headers, receiver.seen[0].body.replace("L", "M"))


async def test_the_client_takes_what_is_sent(post: Post, receiver: Receiver) -> None:
    made, events = await post.webhook(receiver), []

    def answer(received: Received) -> Reply:
        events.append(verify_webhook(received.body.encode(), received.headers, ["whsec_" + "A" * 32, made.secret]))
        return Reply(status=204)

    receiver.answer = answer
    record_id = await post.tell("L1")
    await post.send()
    (event,) = events
    assert (event.type, event.number, event.notice["declaration"]) == ("declaration.decided", 1, record_id)
    assert event.declaration is not None
    assert (event.declaration.id, event.declaration.effect) == (record_id, "release")
    assert not event.declaration.may_be_released, "customs has not accepted it yet"
