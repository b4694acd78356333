"""`gateway webhook`: list, show, try again and end the webhooks of all callers."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar

import typer

from gateway.domain.actor import at_the_command_line
from gateway.store import Store
from gateway.terminal.console import WholeTable, output_console
from gateway.terminal.moments import printed
from gateway.terminal.opened_store import in_store
from gateway.terminal.options import Orderer
from gateway.terminal.user import user
from gateway.wings.webhooks.addresses import WebhookAddresses
from gateway.wings.webhooks.kept import Webhooks
from gateway.wings.webhooks.steps import WebhookSteps
from gateway.wings.webhooks.webhook import Delivery, Webhook
from gateway.wings.webhooks.webhook_secrets import WebhookSecrets

T = TypeVar("T")
_PAGE = 200
Id = Annotated[str, typer.Argument(metavar="ID", help="The webhook's id.")]


def list_webhooks(
    everything: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
) -> None:
    """Prints all webhooks: whose, where to, how they stand, and what waits. No secret is ever shown."""
    table = WholeTable("id", "of", "address", "stands", "waiting", "dead", "last delivered", expand=False)
    table.columns[0].no_wrap = True
    for one in _with_webhooks(_all):
        if everything or one.ended_at is None:
            counts = (str(one.waiting), str(one.dead))
            table.add_row(one.id, one.owner, one.scope.address, _stands(one), *counts, _at(one.delivered_at))
    output_console().print(table)


def show_webhook(
    webhook_id: Id, limit: Annotated[int, typer.Option(min=1, max=1_000, help="Of its newest events.")] = 20
) -> None:
    """Prints a webhook and its newest events, with what became of each."""

    async def order(steps: WebhookSteps) -> tuple[Webhook, tuple[Delivery, ...]]:
        webhook = await steps.get(webhook_id, owner=None)
        return webhook, await steps.deliveries(webhook, limit=limit)

    webhook, deliveries = _with_webhooks(order)
    scope = webhook.scope
    print(f"{webhook.id} of {webhook.owner} ({webhook.role}): {_stands(webhook)}")
    print(f"to {scope.address}")
    print(f"about {', '.join(sorted(scope.eoris)) if scope.eoris is not None else 'everybody'}", end="")
    kinds = ", ".join(sorted(scope.kinds)) or ("no notices" if scope.digest else "all kinds")
    digest = ", a digest each morning" if scope.digest else ""
    print(f", {kinds}{digest}; {webhook.waiting} waiting, {webhook.dead} dead")
    table = WholeTable("number", "kind", "declaration", "stands", "attempts", "last", "answer", "next", expand=False)
    for one in deliveries:
        answer = " ".join(str(part) for part in (one.status, one.fault) if part is not None)
        stands = (one.state.value, str(one.attempts), _at(one.tried_at), answer, _at(one.next_at))
        table.add_row(str(one.number), one.kind, one.declaration_id or "", *stands)
    output_console().print(table)


def redrive_webhook(
    webhook_id: Id,
    number: Annotated[int, typer.Argument(min=1, metavar="NUMBER", help="The event to begin with.")],
    everything: Annotated[
        bool, typer.Option("--everything", help="Also what was delivered behind it; else only what is dead.")
    ] = False,
) -> None:
    """Has an event sent again, and what is dead behind it."""

    async def order(steps: WebhookSteps) -> int:
        return await steps.redeliver(await steps.get(webhook_id, owner=None), number, everything=everything)

    events = _with_webhooks(order)
    print(f"{events} event{'' if events == 1 else 's'} will be sent again")


def end_webhook(
    webhook_id: Id, reason: Annotated[str, typer.Option(help="Why; its owner reads it.")], officer: Orderer = None
) -> None:
    """Ends a webhook: nothing is sent there from now on."""
    by = at_the_command_line(officer or user()).person

    async def order(steps: WebhookSteps) -> Webhook:
        return await steps.end(await steps.get(webhook_id, owner=None), by=by, because=reason)

    ended = _with_webhooks(order)
    print(f"{ended.id} has ended: {_at(ended.ended_at)}")


async def _all(steps: WebhookSteps) -> list[Webhook]:
    found: list[Webhook] = []
    while page := await steps.page(owner=None, after=found[-1].id if found else None, limit=_PAGE):
        found += page
    return found


def _with_webhooks(order: Callable[[WebhookSteps], Awaitable[T]]) -> T:
    def steps(store: Store) -> WebhookSteps:
        return WebhookSteps(
            Webhooks(store.database, store.announcements),
            secrets=WebhookSecrets(store.place_keys.key),
            addresses=WebhookAddresses(),
            number_notices=store.notices.number,
            new_id=lambda: str(uuid.uuid4()),
        )

    return in_store(lambda store: order(steps(store)))


def _stands(webhook: Webhook) -> str:
    if webhook.ended_at is not None:
        return f"ended {_at(webhook.ended_at)} by {webhook.ended_by}: {webhook.ended_because}"
    return webhook.health if webhook.failing_since is None else f"retrying since {_at(webhook.failing_since)}"


def _at(moment: datetime | None) -> str:
    return "" if moment is None else printed(moment)
