"""A lifecycle and who holds its declarations, over a real store and no authority."""

import uuid
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from gateway.configured_rules import Rules, read_rules
from gateway.decisions import Case, Judgement
from gateway.dispatch import Dispatcher
from gateway.domain.calendar import Calendar
from gateway.lifecycle import (
    Assessment,
    Capacity,
    LeasedDeclarations,
    Lifecycle,
    Processor,
    Pulses,
    Retries,
    TablesInForce,
    WaitingCallers,
)
from gateway.settings import load
from gateway.store import Store

XML = "application/xml"


def now() -> datetime:
    return datetime.now(UTC)


def delivered() -> Rules:
    """Formats and tables as they are delivered."""
    secrets = (
        "TRACES_AUTHENTICATION_KEY",
        "CATCH_API_KEY",
        "CITES_API_KEY",
        "DUAL_USE_CLIENT_ID",
        "DUAL_USE_CLIENT_SECRET",
    )
    return read_rules(load(dict.fromkeys(secrets, "x")))


@pytest.fixture(scope="module")
def rules() -> Rules:
    return delivered()


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(database_url, owner="test")
    yield opened
    await opened.close()


def living(
    store: Store,
    rules: Rules,
    clock: Callable[[], datetime],
    capacity: Capacity,
    judging: Callable[[Case], Judgement] = Judgement,
    processor: type[Processor] = Processor,
    pulses: Pulses | None = None,
) -> tuple[Lifecycle, LeasedDeclarations]:
    dispatcher, waiting, calendar = Dispatcher({}), WaitingCallers(), Calendar()
    tables = TablesInForce(rules.tables)
    assessment = Assessment(
        asking=dispatcher,
        calendar=calendar,
        moved_under=store.movements.moved_under,
        told_often=store.citations.told_often,
        taken_before=store.citations.taken_before,
        windows_in_force=store.contingency.in_force,
        judging=judging,
    )
    acting = processor(
        assessment=assessment,
        ordering=dispatcher,
        tables=tables,
        retries=Retries(),
        clock=clock,
        new_key=lambda: uuid.uuid4().hex,
        calendar=calendar,
    )
    holding = LeasedDeclarations(store=store, acting=acting, waiting=waiting, capacity=capacity)
    lifecycle = Lifecycle(
        store=store,
        formats=rules.formats,
        tables=tables,
        asking=dispatcher,
        acting=acting,
        leases=holding,
        waiting=waiting,
        pulses=pulses,
        clock=now,
        new_id=lambda: str(uuid.uuid4()),
        calendar=calendar,
    )
    return lifecycle, holding
