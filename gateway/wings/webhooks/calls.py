"""Calls about webhooks: an owner makes, sees, tests and ends its own, and has events sent again."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from starlette.responses import Response

from gateway.access import Call, Caller
from gateway.api.context import ApiContext, documented, json
from gateway.api.requests import call
from gateway.domain.codec import encode
from gateway.wings.webhooks import views
from gateway.wings.webhooks.bodies import (
    DeliveryBody,
    DeliveryPage,
    NewWebhook,
    Redelivery,
    RedeliveryBody,
    ShownWebhookBody,
    WebhookBody,
    WebhookPage,
)
from gateway.wings.webhooks.steps import WebhookSteps
from gateway.wings.webhooks.webhook import DeliveryState, Webhook

BASE = views.COLLECTION
ALIAS = "/v1/subscriptions"
"""The other name of the same calls."""
_MOST = 2**63 - 1
Id = Annotated[str, Path(description="The webhook's id")]
Number = Annotated[int, Path(ge=1, le=_MOST, description="The event's number at this webhook")]
Limit = Annotated[int, Query(ge=1, le=200)]


def register(app: FastAPI, context: ApiContext, steps: WebhookSteps) -> None:
    """Add the calls to the application, under both names."""
    limit_bytes = context.settings.limits.body_bytes

    async def own(request: Request, webhook_id: str) -> tuple[Caller, Webhook]:
        caller = context.caller(request, Call.WEBHOOKS)
        return caller, await steps.get(webhook_id, owner=caller.name)

    async def webhooks(
        request: Request,
        cursor: Annotated[str | None, Query(max_length=36, description="`next` of the page before")] = None,
        limit: Limit = 50,
    ) -> Response:
        """Gives the caller's own webhooks, the newest first, also those that ended lately."""
        caller = context.caller(request, Call.WEBHOOKS)
        found = await steps.page(owner=caller.name, after=cursor, limit=limit + 1)
        following = found[limit - 1].id if len(found) > limit else None
        return json(encode({"items": [views.webhook_body(one) for one in found[:limit]], "next": following}))

    async def make(request: Request) -> Response:
        """Makes a webhook, told of what happens from now on, and shows its secret this once; it ends with the caller's access."""
        caller = context.caller(request, Call.WEBHOOKS)
        order = await call(request, limit_bytes, NewWebhook)
        made = await steps.make(
            order.address,
            of=views.owner(caller),
            eoris=None if order.eoris is None else frozenset(order.eoris),
            kinds=frozenset(order.kinds),
            language=context.wording(request).language,
        )
        answer = json(encode(views.shown_body(made)), HTTPStatus.CREATED)
        answer.headers["Location"] = views.location(made.webhook)
        return answer

    async def get(request: Request, webhook_id: Id) -> Response:
        """Gives a webhook as it stands now."""
        _, webhook = await own(request, webhook_id)
        return json(encode(views.webhook_body(webhook)))

    async def end(request: Request, webhook_id: Id) -> Response:
        """Ends a webhook: nothing is sent there from now on; doing it again changes nothing."""
        caller, webhook = await own(request, webhook_id)
        return json(encode(views.webhook_body(await steps.end(webhook, by=caller.name))))

    async def rotate(request: Request, webhook_id: Id) -> Response:
        """Gives a webhook a new secret, shown this once; the one before it signs as well for 24 hours."""
        _, webhook = await own(request, webhook_id)
        return json(encode(views.shown_body(await steps.rotate(webhook))))

    async def test(request: Request, webhook_id: Id) -> Response:
        """Has an event sent that is about no declaration; what became of it stands among the deliveries."""
        _, webhook = await own(request, webhook_id)
        made = await steps.test(webhook)
        answer = json(encode(views.delivery_body(made)), HTTPStatus.ACCEPTED)
        answer.headers["Location"] = f"{views.location(webhook)}/deliveries/{made.number}"
        return answer

    async def deliveries(
        request: Request,
        webhook_id: Id,
        before: Annotated[int | None, Query(ge=1, le=_MOST, description="`next` of the page before")] = None,
        state: Annotated[list[DeliveryState] | None, Query(description="Of these states only; may be repeated")] = None,
        limit: Limit = 50,
    ) -> Response:
        """Gives a webhook's events, the newest first, with how their delivery stands."""
        _, webhook = await own(request, webhook_id)
        found = await steps.deliveries(webhook, before=before, states=frozenset(state or ()), limit=limit + 1)
        following = found[limit - 1].number if len(found) > limit else None
        return json(encode({"items": [views.delivery_body(one) for one in found[:limit]], "next": following}))

    async def delivery(request: Request, webhook_id: Id, number: Number) -> Response:
        """Gives one event of a webhook, with how its delivery stands."""
        _, webhook = await own(request, webhook_id)
        return json(encode(views.delivery_body(await steps.delivery(webhook, number))))

    async def redeliver(request: Request, webhook_id: Id, number: Number) -> Response:
        """Has an event sent again, and what is dead behind it: "try again from here"."""
        _, webhook = await own(request, webhook_id)
        order = await call(request, limit_bytes, Redelivery)
        events = await steps.redeliver(webhook, number, everything=order.everything)
        answer = json(encode({"events": events}), HTTPStatus.ACCEPTED)
        answer.headers["Location"] = f"{views.location(webhook)}/deliveries/{number}"
        return answer

    one, event = "/{webhook_id}", "/{webhook_id}/deliveries/{number}"
    for base in (BASE, ALIAS):
        tagged: dict[str, Any] = {"tags": ["webhooks"], "include_in_schema": base == BASE}
        app.add_api_route(base, webhooks, methods=["GET"], **tagged, **documented({200: WebhookPage}))
        app.add_api_route(
            base, make, methods=["POST"], **tagged, **documented({201: ShownWebhookBody}, body=NewWebhook)
        )
        app.add_api_route(base + one, get, methods=["GET"], **tagged, **documented({200: WebhookBody}))
        app.add_api_route(base + one, end, methods=["DELETE"], **tagged, **documented({200: WebhookBody}))
        app.add_api_route(
            f"{base}{one}/secret", rotate, methods=["POST"], **tagged, **documented({200: ShownWebhookBody})
        )
        app.add_api_route(f"{base}{one}/test", test, methods=["POST"], **tagged, **documented({202: DeliveryBody}))
        app.add_api_route(
            f"{base}{one}/deliveries", deliveries, methods=["GET"], **tagged, **documented({200: DeliveryPage})
        )
        app.add_api_route(base + event, delivery, methods=["GET"], **tagged, **documented({200: DeliveryBody}))
        app.add_api_route(
            f"{base}{event}/redelivery",
            redeliver,
            methods=["POST"],
            **tagged,
            **documented({202: RedeliveryBody}, body=Redelivery),
        )
