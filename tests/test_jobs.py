"""Periodic work comes when it is said to."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import croniter
from procrastinate import App
from procrastinate.testing import InMemoryConnector

from gateway import jobs


def test_what_is_due_every_ten_seconds_comes_every_ten_seconds() -> None:
    app = App(connector=InMemoryConnector())
    nothing: Any = cast(Any, None)
    jobs.register(
        app,
        nothing,
        nothing,
        abandoned_after=timedelta(days=1),
        notices_kept=timedelta(days=1),
        sessions_kept=timedelta(days=1),
    )
    begun = datetime(2026, 11, 25, 9, 53, 1, tzinfo=UTC)
    first = {
        task.task.name: croniter.croniter(task.cron, begun).get_next(datetime) - begun
        for task in app.periodic_registry.periodic_tasks.values()
    }
    assert {name for name, wait in first.items() if wait < timedelta(seconds=10)} == {"take_up_stalled"}
