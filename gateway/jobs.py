"""Periodic work, and work that is due in days. Each task is thin, safe to run twice, and calls one step of the lifecycle.

Later assessments of a declaration are no jobs: the declaration's own row has their time (`lifecycle.leases` takes them).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from secrets import token_hex
from typing import ParamSpec

import structlog
from procrastinate import App, RetryStrategy

from gateway import observe
from gateway.lifecycle import Lifecycle
from gateway.store import Store

log = structlog.get_logger(__name__)

EVERY_TEN_SECONDS = "* * * * * */10"
"""The sixth, last field of a cron line counts seconds."""
HEARTBEAT_S = 5
AGAIN_S = 1
"""Between an unexpected end of the worker and its next start."""
STALLED_S = 15
"""A worker that gave no sign for so long is dead: its jobs are taken up again."""

_AGAIN = RetryStrategy(max_attempts=20, exponential_wait=2)
P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Periodic work of a wing; it is safe to do twice, and done by one process at a time."""

    name: str
    cron: str
    work: Callable[[], Awaitable[None]]


def traced(name: str) -> Callable[[Callable[P, Awaitable[None]]], Callable[P, Awaitable[None]]]:
    """Return what makes a job a span of its own, whose log lines and whose work have one id."""

    def traced_job(job: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
        @wraps(job)
        async def spanned(*args: P.args, **kwargs: P.kwargs) -> None:
            observe.correlation_id.set(token_hex(16))
            with observe.span("job", job=name):
                await job(*args, **kwargs)

        return spanned

    return traced_job


def register(
    app: App,
    lifecycle: Lifecycle,
    store: Store,
    *,
    abandoned_after: timedelta,
    notices_kept: timedelta,
    sessions_kept: timedelta,
    chores: Iterable[Chore] = (),
) -> None:
    """Register every task and every periodic task on the App, those of wings (`chores`) too."""
    _register_chores(app, chores)
    _register_forgetting(app, store, notices_kept=notices_kept, sessions_kept=sessions_kept)
    _register_completion(app, lifecycle, store)

    @app.task(name="lapse", retry=_AGAIN)
    @traced("lapse")
    async def lapse(id: str) -> None:
        """Have the time limit of a pre-lodged declaration looked at: versions before 0.3.0 deferred such jobs."""
        await lifecycle.running_clocks.count_again(id)

    @app.periodic(cron="* * * * *")
    @app.task(name="end_time_limits", queueing_lock="end_time_limits")
    @traced("end_time_limits")
    async def end_time_limits(timestamp: int) -> None:
        """Act on the time limits of the law that have ended, and then send the reports of releases that are due.

        One job for both, as below; and a worker of a version before, which knows this one, fails at none.
        """
        try:
            await lifecycle.running_clocks.act()
        finally:
            await lifecycle.due_reports.send()

    @app.periodic(cron="7 * * * *")
    @app.task(name="checkpoint", retry=_AGAIN)
    @traced("checkpoint")
    async def checkpoint(timestamp: int) -> None:
        """Write the root over all declarations' event chains."""
        await store.audit.checkpoint()

    @app.periodic(cron="*/10 * * * *")
    @app.task(name="give_back_abandoned", queueing_lock="give_back_abandoned")
    @traced("give_back_abandoned")
    async def cancel_dormant(timestamp: int) -> None:
        """Cancel the reservations of declarations that reserved long ago and were never released."""
        for record_id in await store.movements.dormant(store.clock.now() - abandoned_after):
            log.info("declaration_abandoned", declaration=record_id)
            await lifecycle.steps.cancel_reservations(record_id)

    @app.task(name="verify_afterwards", queueing_lock="verify_afterwards")
    @traced("verify_afterwards")
    async def verify_afterwards(timestamp: int) -> None:
        """Assess again what was decided inside contingency windows that have ended, some at a time.

        A task of its own for the jobs that versions before this one defer.
        """
        if assessed := await lifecycle.contingency.verify_afterwards():
            log.info("verified_afterwards", declarations=assessed)

    @app.periodic(cron="* * * * *")
    @app.task(name="count_hours", queueing_lock="count_hours")
    @traced("count_hours")
    async def count_hours(timestamp: int) -> None:
        """Count what became of declarations in the present hour and the one before."""
        await store.hours.count()

    @app.periodic(cron="17 * * * *")
    @app.task(name="make_days", retry=_AGAIN)
    @traced("make_days")
    async def make_days(timestamp: int) -> None:
        """Make the partitions of the evidence for the days to come."""
        await store.audit.make_days()

    @app.periodic(cron=EVERY_TEN_SECONDS)
    @app.task(name="take_up_stalled", queueing_lock="take_up_stalled")
    @traced("take_up_stalled")
    async def take_up_stalled(timestamp: int) -> None:
        """Retry the jobs of workers that died, and then verify afterwards.

        One job for both: what it costs to defer, fetch and finish one every ten seconds is most of what an idle database does.
        """
        try:
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
                await app.job_manager.retry_job(job, retry_at=datetime.now(UTC))
        finally:
            await verify_afterwards(timestamp)


def _register_chores(app: App, chores: Iterable[Chore]) -> None:
    for chore in chores:
        _register_chore(app, chore)


def _register_chore(app: App, chore: Chore) -> None:
    @app.periodic(cron=chore.cron)
    @app.task(name=chore.name, queueing_lock=chore.name)
    @traced(chore.name)
    async def do(timestamp: int) -> None:
        await chore.work()


def _register_forgetting(app: App, store: Store, *, notices_kept: timedelta, sessions_kept: timedelta) -> None:
    @app.periodic(cron="37 * * * *")
    @app.task(name="forget_notices", queueing_lock="forget_notices")
    @traced("forget_notices")
    async def forget_notices(timestamp: int) -> None:
        """Forget the notices that have been there long enough."""
        await store.notices.forget(notices_kept)

    @app.periodic(cron="47 * * * *")
    @app.task(name="forget_sessions", queueing_lock="forget_sessions")
    @traced("forget_sessions")
    async def forget_sessions(timestamp: int) -> None:
        """Forget sessions that were over long enough, what issuers said long ago, and who had a case until a while ago."""
        await store.sessions.forget(sessions_kept)
        await store.case_owners.forget()


def _register_completion(app: App, lifecycle: Lifecycle, store: Store) -> None:
    """Register what completes the rows that older versions wrote, and has nothing to do after that."""

    @app.periodic(cron="* * * * *")
    @app.task(name="identify_citations", queueing_lock="identify_citations")
    @traced("identify_citations")
    async def identify_citations(timestamp: int) -> None:
        """File cited documents under identities that are only known now; nothing to do once all are."""
        if done := await lifecycle.identify_citations():
            log.info("citations_identified", documents=done)

    @app.periodic(cron="* * * * *")
    @app.task(name="fill_work_list", queueing_lock="fill_work_list")
    @traced("fill_work_list")
    async def fill_work_list(timestamp: int) -> None:
        """Fill in what lists show of declarations that another version decided; nothing to do once all are."""
        if filled := await lifecycle.work_list.fill():
            log.info("work_list_filled", declarations=filled)


async def run_worker(app: App, *, concurrency: int = 4) -> None:
    """Run jobs until it is cancelled; a database that goes away is waited for."""
    while True:
        try:
            await _run_worker(app, concurrency)
        except Exception as error:
            log.warning("worker_interrupted", error=type(error).__name__)
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # A worker whose database is gone ends its cancellation with an error of its own.
            return
        await asyncio.sleep(AGAIN_S)


async def _run_worker(app: App, concurrency: int) -> None:
    await app.run_worker_async(
        concurrency=concurrency,
        install_signal_handlers=False,
        delete_jobs="successful",
        update_heartbeat_interval=HEARTBEAT_S,
        stalled_worker_timeout=STALLED_S,
        shutdown_graceful_timeout=10,
    )
