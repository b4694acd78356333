"""Everything between a notice and its receivers: a real database, real HTTPS servers, and the loops one step at a time."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateway.access import Authenticator, KeyReader, key_hash
from gateway.api.case import CaseAnswers
from gateway.configured_rules import Rules
from gateway.dispatch import Dispatcher
from gateway.domain.actor import at_the_command_line
from gateway.domain.decision import Effect
from gateway.domain.declaration import Declaration
from gateway.domain.notice import Notice, NoticeKind
from gateway.domain.permission import Role
from gateway.domain.stored_key import KeyScope
from gateway.lifecycle import Capacity, Lifecycle, Pulses
from gateway.settings import Settings, load
from gateway.store import Store
from gateway.wing import Kernel
from gateway.wings.webhooks.addresses import Resolve, WebhookAddresses
from gateway.wings.webhooks.deliveries import WebhookDeliveries
from gateway.wings.webhooks.fan_out import FanOut
from gateway.wings.webhooks.kept import Webhooks
from gateway.wings.webhooks.payload import Payloads
from gateway.wings.webhooks.receivers import Receivers
from gateway.wings.webhooks.sender import Sender, SenderLimits
from gateway.wings.webhooks.settings import WebhookSettings
from gateway.wings.webhooks.steps import ShownSecret, WebhookOwner
from gateway.wings.webhooks.views import owner
from gateway.wings.webhooks.webhook import Delivery, DeliveryFault, DeliveryState, Webhook
from gateway.wings.webhooks.wing import WebhooksWing
from tests.builders.living import living, now, rules, store
from tests.builders.lodging import decided, declaration, new
from tests.builders.receiver import HOST, Receiver, authority_file, receiving

__all__ = ["rules", "store"]  # fixtures

OWN, OTHER = "FR12345678901234", "DE999999999999999"
TOLD = Notice(kind=NoticeKind.DECIDED, decision=1, effect=Effect.RELEASE)


@dataclass(slots=True, kw_only=True)
class Post:
    """The way from a notice to receivers, of one process."""

    url: str
    store: Store
    lifecycle: Lifecycle
    wing: WebhooksWing
    settings: Settings
    cases: CaseAnswers
    authenticator: Authenticator
    ca_file: Path
    webhooks: int = 0
    owners: int = 0

    async def key(self, role: Role = Role.TRADER, *eoris: str, **more: Any) -> WebhookOwner:
        """Makes a key in the database; gives the owner that its caller is."""
        self.owners += 1
        scope = KeyScope(name=f"owner {self.owners}", role=role, eoris=eoris, **more)
        made = await self.lifecycle.keys.make(scope, by=_COMMAND_LINE, taken=())
        caller = await self.authenticator.now(made.key.scope.name)
        assert caller is not None
        return owner(caller)

    async def revoke(self, of: WebhookOwner) -> None:
        key = await self.lifecycle.keys.named(of.name)
        await self.lifecycle.keys.revoke(key, by=_COMMAND_LINE, reason="lost")

    async def webhook(self, receiver: Receiver | str, of: WebhookOwner | None = None, **more: Any) -> ShownSecret:
        """Makes a webhook, at a receiver with a path of its own; of a trader's unless it is said."""
        self.webhooks += 1
        address = receiver if isinstance(receiver, str) else f"{receiver.url}/{self.webhooks}"
        of = of or await self.key(Role.TRADER, OWN)
        return await self.wing.steps.make(address, of=of, language="en", **more)

    async def tell(
        self, lrn: str, *told: Notice, what: Declaration | None = None, effect: Effect = Effect.RELEASE
    ) -> str:
        """Lodges and decides a declaration with notices; gives its id."""
        work = (await self.store.declarations.receive(new(what or declaration(lrn)), lease=True)).work
        assert work is not None
        await self.store.leases.decide(work, replace(decided(work, effect=effect), notices=told or (TOLD,)))
        return work.id

    def sender(self, *, store: Store | None = None, addresses: WebhookAddresses | None = None, **limits: Any) -> Sender:
        store = store or self.store
        limits = {"at_once": 64, "at_once_of_one": 8, "timeout_s": 10, "first_s": 3_600, "longest_s": 36_000,
                  "probe_s": 60, "dead_after": timedelta(days=7), **limits}  # fmt: skip
        return Sender(
            deliveries=WebhookDeliveries(store.database, store.announcements),
            webhooks=Webhooks(store.database, store.announcements),
            notices=store.notices,
            secrets=self.wing.steps.secrets,
            payloads=Payloads(
                self.cases,
                self.authenticator,
                declaration_bytes=self.settings.of_wing(WebhookSettings).declaration_bytes,
            ),
            receivers=Receivers(
                addresses or self.wing.steps.addresses, timeout_s=limits["timeout_s"], ca_file=self.ca_file
            ),
            limits=SenderLimits(**limits),
        )

    async def fan_out(self) -> None:
        """Makes events of all notices."""
        await FanOut(self.wing.deliveries, self.store.notices, made=lambda: None, gather_s=0).poll()

    async def send(self, **limits: Any) -> None:
        """Makes events of all notices, and sends all that is due, once."""
        await self.fan_out()
        sender = self.sender(**limits)
        for _ in range(20):
            await sender.poll()
            await sender.settled()

    async def deliveries(self, webhook: Webhook) -> list[Delivery]:
        """The events of a webhook, the oldest first."""
        return list(reversed(await self.wing.steps.deliveries(webhook, limit=200)))

    async def outcomes(self, webhook: Webhook) -> list[tuple[DeliveryState, DeliveryFault | None, int | None]]:
        return [(one.state, one.fault, one.status) for one in await self.deliveries(webhook)]

    def change(self, statement: str, **values: Any) -> None:
        """Changes the database behind everybody's back: time that passes."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode(), values)

    def later(self) -> None:
        """Every pause is over."""
        self.change("UPDATE webhook_delivery SET next_at = now() WHERE state = 'waiting'")
        self.change("UPDATE webhook_queue SET due_at = now(), paused_until = NULL")


_COMMAND_LINE = at_the_command_line("Oda")


@pytest.fixture(scope="session")
def receivers_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authority_file(tmp_path_factory.mktemp("receivers"))


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path) as running:
        yield running


@pytest.fixture
def receivers(tmp_path: Path) -> Iterator[Callable[..., Receiver]]:
    """Runs further receivers."""
    with ExitStack() as running:
        yield lambda **how: running.enter_context(receiving(tmp_path, **how))


@pytest.fixture
async def post(store: Store, rules: Rules, database_url: str, receivers_authority: Path) -> Post:
    keys = [{"name": "customs", "hash": key_hash("customs"), "role": "customs"}]
    settings = load(
        {
            **dict.fromkeys(
                (
                    "TRACES_AUTHENTICATION_KEY",
                    "CATCH_API_KEY",
                    "CITES_API_KEY",
                    "DUAL_USE_CLIENT_ID",
                    "DUAL_USE_CLIENT_SECRET",
                ),
                "x",
            ),
            "GATEWAY_SECURITY__KEYS": json.dumps(keys),
        }
    )
    lifecycle, _ = living(store, rules, now, Capacity())
    wing = WebhooksWing(
        Kernel(
            settings=settings,
            store=store,
            lifecycle=lifecycle,
            dispatcher=Dispatcher({}),
            pulses=Pulses(within_s=60, every_s=1),
        )
    )
    wing.addresses = anywhere()
    return Post(
        url=database_url,
        store=store,
        lifecycle=lifecycle,
        wing=wing,
        settings=settings,
        cases=CaseAnswers.of(lifecycle, settings, rules.catalogue),
        authenticator=Authenticator(settings.security, [KeyReader(settings.security, store.keys)]),
        ca_file=receivers_authority,
    )


def anywhere(*hosts: str, resolve: Resolve | None = None) -> WebhookAddresses:
    """Addresses at any port; `hosts` are allowed besides this machine's name."""
    more = {} if resolve is None else {"resolve": resolve}
    return WebhookAddresses(allowed_hosts=[HOST, *hosts], ports=range(1, 65_536), **more)
