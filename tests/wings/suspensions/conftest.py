"""An office whose declarations are suspended: the wing over a real database, and days that are gone by when it begins."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from adapters.icsms.simulator import CLIENT_ID, CLIENT_SECRET
from adapters.simulation import Frame, run_simulator
from gateway.configured_rules import Rules, read_rules
from gateway.dispatch import Dispatcher, LoadedAdapter, load_adapters
from gateway.domain.actor import Actor
from gateway.domain.events import EventKind
from gateway.domain.permission import Asker, Role
from gateway.domain.record import Record
from gateway.domain.tables.in_force import Tables
from gateway.settings import load
from gateway.settings.adapters import AdapterConfig
from gateway.settings.tables.content import compose
from gateway.settings.tables.kinds import KINDS
from gateway.wings.suspensions.acts import Order, Saying
from gateway.wings.suspensions.due_notices import DueNotices
from gateway.wings.suspensions.kept import KeptSuspensions
from gateway.wings.suspensions.rows import Opener
from gateway.wings.suspensions.silence import AuthoritySilence
from gateway.wings.suspensions.steps import SuspensionSteps
from gateway.wings.suspensions.suspension import Suspension
from tests.builders.actors import ONE
from tests.builders.authority import Authority
from tests.builders.goods import goods, milk
from tests.builders.offices import SECRETS, authority, loaded
from tests.builders.replicas import Office
from tests.builders.small_cases import releasing
from tests.dispatch.server import dispatching
from tests.wings.suspensions.course import STATED

__all__ = ["authority", "loaded"]  # fixtures

CHEDS = ("CHEDP.FR.2026.9700001", "CHEDP.FR.2026.9700002")
WHENEVER = timedelta(days=99)
ICSMS_SECRETS = {"client_id": "env:I", "client_secret": "env:S"}
AS_OFFICER = Asker(roles=frozenset({Role.OFFICER}))


def listed(tables: Tables, last: date = date(2099, 12, 31)) -> Tables:
    """The tables with holidays listed up to a day."""
    rows = {into: tables.rows_of(into) for into in KINDS}
    rows["state_calendars"] = tuple(replace(one, covered_to=last) for one in rows["state_calendars"])
    return compose(tables.version, rows)


@dataclass(slots=True)
class SuspendingOffice:
    """One replica, and its suspensions."""

    office: Office

    @property
    def kept(self) -> KeptSuspensions:
        return KeptSuspensions(self.office.store.database, self.office.store.announcements)

    @property
    def steps(self) -> SuspensionSteps:
        return SuspensionSteps(self.kept, self.office.store, self.office.lifecycle)

    async def lodged(self, lrn: str) -> Record:
        """Two goods items, each on a good certificate."""
        for one in CHEDS:
            self.office.authority.issue(one, ("0401", "500", "KGM"))
        return await self.office.lodge(lrn, goods(milk(CHEDS[0], "100"), milk(CHEDS[1], "100")))

    async def suspend(
        self,
        record: Record,
        *goods_items: int,
        ago: timedelta = timedelta(0),
        regime: str = "product_safety",
        **how: Any,
    ) -> Suspension:
        """Suspends goods items, so long ago."""
        order = Order(regime=regime, by=Opener.OFFICER, goods_items=goods_items, stated=STATED[regime], **how)  # fmt: skip
        at = datetime.now(UTC) - ago if ago else None
        made = await self.steps.open(record.id, order, by=ONE, reason="x", at=at)
        await self.office.settled(record.id)
        return made

    async def say(self, record: Record, name: str, *, by: Actor = ONE, asker: Asker = AS_OFFICER, **how: Any) -> Suspension:  # fmt: skip
        """Enters a word of the first suspension."""
        duty = bool(how.pop("duty", False))
        made = await self.steps.say(record.id, 1, Saying(name=name, **how), by=by, asker=asker, duty=duty)
        await self.office.settled(record.id)
        return made

    async def run_out(self, record: Record) -> int:
        """Lets the clocks act."""
        looked_at = await self.steps.run_out()
        await self.office.settled(record.id)
        return looked_at

    def change(self, statement: str, **values: object) -> None:
        """Changes the database behind everybody's back."""
        with psycopg.connect(self.office.url, autocommit=True) as connection:
            connection.execute(statement.encode(), values)


@dataclass(slots=True)
class HearingOffice(SuspendingOffice):
    """An office that can ask simulated ICSMS, however long after the end of a clock."""

    dispatcher: Dispatcher
    silence: AuthoritySilence
    frame: Frame

    @property
    def steps(self) -> SuspensionSteps:
        return SuspensionSteps(self.kept, self.office.store, self.office.lifecycle, self.silence)

    async def tell(self) -> int:
        """Sends the notices that are due."""
        return await DueNotices(self.kept, self.steps, self.office.store, self.office.lifecycle, self.dispatcher).send()

    def told(self) -> list[dict[str, Any]]:
        """The notices that ICSMS took."""
        return [one["notice"] for one in self.frame.documents.stored().values() if "notice" in one]

    def says(self, record: Record, decision: str, said_at: str, *, second: Any = None, **more: object) -> None:
        """ICSMS has a message, or two, of which no push came."""
        message = {
            "decision": decision, "said_at": said_at, "all_items": True, "goods_items": [], "authority": "FR", "category": "toys",
            "legal_acts": [], **more,
        }  # fmt: skip
        self.frame.documents.put(
            "CASE-1", {"mrn": record.mrn, "messages": [message, *([message | second] if second else [])]}
        )


@pytest.fixture(scope="session")
def rules() -> Rules:
    """As delivered, with holidays listed for as long as these tests are, and contingency windows that may release."""
    read = read_rules(load(SECRETS))
    return replace(read, tables=listed(releasing(read.tables)))


@pytest.fixture
async def suspending(
    authority: Authority, database_url: str, rules: Rules, loaded: LoadedAdapter
) -> AsyncIterator[SuspendingOffice]:
    """One replica over an empty database, which is sound in the end."""
    opened = Office(authority, database_url, rules, loaded)
    await opened.open()
    yield SuspendingOffice(opened)
    await opened.must_be_sound()
    await opened.close()


@pytest.fixture
async def hearing(suspending: SuspendingOffice) -> AsyncIterator[HearingOffice]:
    async with run_simulator("adapters.icsms") as running:
        config = AdapterConfig(name="icsms", package="adapters.icsms", base_url=running.url, secrets=ICSMS_SECRETS)
        loaded = load_adapters([config], allow_draft=False, environment={"I": CLIENT_ID, "S": CLIENT_SECRET})["icsms"]
        async with dispatching(loaded) as dispatcher:
            silence = AuthoritySilence(dispatcher, latest=WHENEVER)
            yield HearingOffice(suspending.office, dispatcher, silence, running.frame)


async def kinds(office: Office, record: Record) -> list[EventKind]:
    """The kinds of the events about suspensions of a declaration."""
    found = await office.store.declarations.events(record.id)
    return [one.kind for one in found if one.kind.startswith("suspension.")]
