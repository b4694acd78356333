"""`gateway indicators`: which days were counted, and counting them again."""

import os
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from gateway.domain.calendar import Calendar
from gateway.settings import load
from gateway.store import Store
from gateway.terminal.opened_store import in_store
from gateway.wings.reporting.indicators.days import IndicatorDays

_MOST = timedelta(days=400)
First = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")]
Last = Annotated[
    datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The last day; else the same one.")
]


def list_days() -> None:
    """Prints the days of the last 400 that are over and were not counted: their figures are not known, on pages and to the API."""
    settings = load(os.environ)
    calendar = Calendar(zone=settings.zone())

    async def order(store: Store) -> None:
        days, today = IndicatorDays(store.database, calendar), calendar.day(datetime.now(UTC))
        first = await days.first_day()
        since = max(first, today - _MOST) if first is not None else today
        counted = await days.counted(since, today)
        for n in range((today - since).days):
            if (day := since + timedelta(days=n)) not in counted:
                print(f"{day} was not counted")
        print(f"{len(counted)} days were counted")

    in_store(order, settings)


def count(since: First, until: Last = None) -> None:
    """Counts days again, as far as they are over: those of which events came late, after more than the 35 days for which that is noticed by itself."""
    settings = load(os.environ)
    calendar = Calendar(zone=settings.zone())

    async def order(store: Store) -> None:
        last = (until or since).date()
        counted = await IndicatorDays(store.database, calendar).fold(since.date(), last, datetime.now(UTC))
        print(f"{len(counted)} days were counted")

    in_store(order, settings)
