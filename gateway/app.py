"""The composition root: the only file that knows every part, and how one replica starts and ends."""

import asyncio
import os
import socket
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import cast

import structlog
import uvicorn

from gateway import figures_address, jobs, observe, parts, web
from gateway.access import Authenticator, Budget, Issuers, SessionReader, SignIn, readers_of
from gateway.api import create_api
from gateway.api.connections import protocol
from gateway.api.context import ApiContext
from gateway.api.server import Server
from gateway.api.streams import Streams
from gateway.configured_rules import read_rules
from gateway.decisions import unserved
from gateway.dispatch import Dispatcher, LoadedAdapter, RetryPolicy, load_adapters, require_adapters
from gateway.domain.adapter_tier import StoredTiers
from gateway.domain.calendar import Calendar
from gateway.domain.errors import ConfigurationError, StoreError
from gateway.domain.tables.in_force import Tables
from gateway.lifecycle import (
    AdaptersInForce,
    AnnouncementListener,
    Assessment,
    LeasedDeclarations,
    Lifecycle,
    NoticeFeed,
    Processor,
    Pulses,
    TablesInForce,
    TableSwitches,
    Throttle,
    WaitingCallers,
    WaitingRoom,
)
from gateway.lifecycle.authorities.adapters_in_force import LOOP as OVERRUNS
from gateway.lifecycle.authorities.authority_figures import LOOP as FIGURES
from gateway.lifecycle.authorities.authority_figures import FiguresOverAll
from gateway.lifecycle.authorities.authority_returns import LOOP as RETURNS
from gateway.lifecycle.authorities.authority_returns import AuthorityReturns
from gateway.lifecycle.authorities.divided_requests import LOOP as SHARES
from gateway.lifecycle.authorities.divided_requests import DividedRequests
from gateway.lifecycle.processes.announcements import LOOP as HEARING
from gateway.lifecycle.processes.notice_feed import LOOP as NOTICES
from gateway.lifecycle.tables.configured_tables import ConfiguredTables
from gateway.lifecycle.tables.table_switches import LOOP as SWITCHES
from gateway.observe.scrape import Scrape
from gateway.process_life import BEAT_S, ProcessLife
from gateway.renewal import Renewal
from gateway.resources import Threads
from gateway.settings import SIMULATED, NotifyRefusal, Settings, without_effect
from gateway.settings.adapters import AdapterConfig
from gateway.settings.certificate_files import ConfiguredCertificates
from gateway.settings.messages import Catalogue
from gateway.settings.tables import completed, read_written, written
from gateway.settings.taric import texts_of
from gateway.store import ADAPTERS, REQUESTS, SWITCHED, Patience, SetContent, Store, StoredSet, jobs_app, patience
from gateway.watchdog import Watchdog
from gateway.wing import Kernel, Wing
from gateway.wings.listed import WINGS

log = structlog.get_logger(__name__)


def stored(tables: Tables) -> StoredSet:
    """Return a set as it is stored."""
    taric = tables.taric
    return StoredSet(
        digest=tables.digest,
        version=tables.version,
        content=written(tables),
        parts=lambda: texts_of(taric) if taric is not None else {},
    )


def _compiled(
    content: SetContent,
    digest: str,
    loaded: Mapping[str, LoadedAdapter],
    configured: Mapping[str, AdapterConfig],
    *,
    delivered: Tables,
    on: date,
) -> Tables:
    """Make a stored set ready to be served on a day; one of an older gateway is completed, so that no check is lost with it.

    Raises:
        ConfigurationError: it cannot be served here.
    """
    tables = completed(read_written(content.text, digest, content.parts), delivered).tables
    if faults := unserved(tables):
        raise ConfigurationError(faults)
    require_adapters(tables, loaded, configured)
    tables.at(on)
    return tables


_THREADS = 8
"""For what would keep the loop waiting: files, sandboxes that begin and end, figures."""
_JOBS = "jobs"
_WAITED = 0.5
"""The share of the time that a stopping process has in which it lets callers wait on."""
_FORCE_S = 10.0
"""Beyond the time that a process takes to finish what is in hand, before one that must end is ended by force."""
_SOFTWARE = 70
"""What it ends with then (sysexits(3))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """An open replica."""

    lifecycle: Lifecycle
    dispatcher: Dispatcher
    store: Store
    pulses: Pulses
    catalogue: Catalogue
    tiers: StoredTiers
    """What this installation knew of adapters' code when the replica was opened."""
    watching: "asyncio.Task[None]"
    """Done once the replica must end; `pulses.over` says why."""
    life: ProcessLife
    """The signs of this process for its supervisor."""
    wings: Sequence[Wing]


@asynccontextmanager
async def opened(
    settings: Settings, *, database_url: str, worker: bool = True, publishing: bool = True
) -> AsyncIterator[Gateway]:
    """Open a replica: adapters checked and loaded, leases swept, jobs run; close it in order afterwards.

    One that is not `publishing` puts no tables of its files into force: it goes by those that are. It may open a database that was restored.

    Raises:
        ConfigurationError: the replica does not start.
        StoreUnavailable: the database does not answer.
    """
    rules = read_rules(settings)
    process = f"{socket.gethostname()}/{os.getpid()}"
    direct_url, waits, pulses = (
        settings.database_direct_url or database_url,
        parts.waits(settings),
        parts.pulses(settings),
    )
    store = await Store.open(
        database_url,
        # A container's processes have the same numbers after each start.
        owner=f"{process}/{uuid.uuid4().hex}",
        lease_s=settings.lease_seconds,
        lease_margin=settings.lease_margin,
        pool_size=settings.pool_size,
        direct_url=direct_url,
        waits=waits,
    )
    try:
        if publishing:
            await store.served_identity.require()
        tiers = await store.adapter_tiers.all()
        adapters = load_adapters(
            settings.enabled_adapters(),
            allow_draft=settings.allow_draft,
            tiers=tiers,
            memory_mb=settings.adapter_memory_mb,
        )
        require_adapters(rules.tables, adapters, settings.adapters)
        parts.warn_of_drafts(settings, adapters)
    except BaseException:
        await store.close()
        raise
    now = store.clock.now
    # What is begun from here on is what the process does by itself; calls come later.
    own = patience.set(Patience.LOOP)
    waiting, tables = WaitingCallers(), TablesInForce(rules.tables)
    room = WaitingRoom(all=settings.notices_waiting, of_one=settings.notices_waiting_of_one)
    notices = NoticeFeed(notices=store.notices, room=room, pulses=pulses)
    calendar = Calendar(zone=settings.zone())
    watchdog = Watchdog(adapters, limit_s=settings.adapter_step_seconds, database_url=direct_url)
    dispatcher = Dispatcher(
        adapters,
        record=watchdog.record,
        life=(life := ProcessLife.here()),
        divided=True,
        deadline_s=settings.deadline_seconds,
        on_call=observe.authority_called,
        on_overrun=lambda name, declaration, kind: in_force.overran(name, declaration, kind),
        on_return=lambda name: returns.back(name),
        policy=RetryPolicy(step_budget_s=settings.adapter_step_seconds, sandboxes=settings.adapter_sandboxes),
        convert=lambda quantity, unit: tables.current().at(calendar.day(now())).convert(quantity, unit),
        now=now,
    )
    in_force = AdaptersInForce(
        switches=store.adapters,
        disable=dispatcher.disable,
        drain=dispatcher.drain,
        declarations=settings.overrun_declarations,
        declarants=settings.overrun_declarants,
        every_s=settings.sweep_seconds,
        pulses=pulses,
    )
    assessment = Assessment(
        asking=dispatcher,
        calendar=calendar,
        moved_under=store.movements.moved_under,
        told_often=store.citations.told_often,
        taken_before=store.citations.taken_before,
        windows_in_force=store.contingency.in_force,
        identify=dispatcher.identities,
    )
    acting = Processor(
        assessment=assessment,
        ordering=dispatcher,
        tables=tables,
        retries=parts.retries(settings),
        clock=now,
        new_key=lambda: uuid.uuid4().hex,
        calendar=calendar,
        cancel_refused=settings.give_back_refused == "at_once",
        refusals_at_once=settings.notify_refusal is NotifyRefusal.AT_ONCE,
        attempts=settings.attempts,
    )
    leases = LeasedDeclarations(
        store=store, acting=acting, waiting=waiting, capacity=parts.capacity(settings), pulses=pulses
    )
    returns = AuthorityReturns(
        waiting=store.waiting,
        leases=leases,
        health=dispatcher.health,
        every_s=settings.sweep_seconds,
        works=worker,
        probe_every=timedelta(seconds=settings.probe_seconds),
        pulses=pulses,
    )
    figures = FiguresOverAll(
        store=store.authority_figures,
        own=dispatcher.figures,
        processes=store.adapter_processes,
        here=lambda: [one.here() for one in dispatcher.health()],
        clock=now,
        every_s=settings.sweep_seconds,
        pulses=pulses,
    )
    requests = DividedRequests(
        store=store.request_shares, allowances=dispatcher.allowances, every_s=settings.sweep_seconds, pulses=pulses
    )
    configured = ConfiguredTables(
        table_sets=store.table_sets,
        tables=rules.tables,
        delivered=rules.delivered,
        new=stored(rules.tables),
        owner=process,
    )
    lifecycle = Lifecycle(
        store=store,
        formats=rules.formats,
        tables=tables,
        asking=dispatcher,
        acting=acting,
        leases=leases,
        waiting=waiting,
        notices=notices,
        clock=now,
        new_id=lambda: str(uuid.uuid4()),
        calendar=calendar,
        throttle=Throttle(at_once=settings.verify_afterwards_at_once, pauses=parts.pauses(settings)),
        approvals_for=timedelta(hours=settings.approval_hours),
        adapters=in_force,
        figures=figures,
        pulses=pulses,
        configured_tables=configured,
    )
    kernel = Kernel(settings=settings, store=store, lifecycle=lifecycle, dispatcher=dispatcher, pulses=pulses)
    wings = tuple(wing(kernel) for wing in WINGS)
    switching = TableSwitches(
        table_sets=store.table_sets,
        tables=tables,
        compile=lambda content, digest: _compiled(
            content, digest, adapters, settings.adapters, delivered=rules.delivered, on=calendar.day(now())
        ),
        every_s=settings.sweep_seconds,
        pulses=pulses,
    )

    def switched() -> None:
        switching.wake()
        configured.wake()

    followers = {SWITCHED: switched, ADAPTERS: in_force.wake, REQUESTS: requests.wake}
    for wing in wings:
        followers |= wing.followers()
    hearing = AnnouncementListener(
        store=store, waiting=waiting, notices=notices, changes=lifecycle.changes, followers=followers, pulses=pulses
    )
    loops = [asyncio.create_task(hearing.run(), name=HEARING), asyncio.create_task(notices.run(), name=NOTICES)]
    app = jobs_app(direct_url, waits=waits, answered=lambda: pulses.beat(_JOBS))
    jobs.register(
        app,
        lifecycle,
        store,
        abandoned_after=timedelta(days=settings.abandoned_after_days),
        notices_kept=timedelta(days=settings.notices_days),
        sessions_kept=timedelta(days=settings.security.sessions.kept_days),
        chores=[chore for wing in wings for chore in wing.chores()],
    )
    try:
        if publishing:
            await configured.begin()
        await switching.begin()
        await in_force.refresh()
        await requests.settle()
        for wing in wings:
            await wing.begin()
        loops += [
            asyncio.create_task(switching.run(), name=SWITCHES),
            asyncio.create_task(in_force.run(), name=OVERRUNS),
            asyncio.create_task(returns.run(), name=RETURNS),
            asyncio.create_task(figures.run(), name=FIGURES),
            asyncio.create_task(requests.run(), name=SHARES),
        ]
        await leases.start(due_work=worker)
        async with app.open_async():
            working = [asyncio.create_task(jobs.run_worker(app), name=_JOBS)] if worker else []
            pulses.follow((*loops, *working))
            if publishing:
                # No process lives by it: it looks once an hour.
                loops.append(asyncio.create_task(configured.run(), name="configured tables"))
            watch = pulses.watch(store.ping, store.require_served, lifecycle.readiness.note)
            watching = asyncio.create_task(watch, name="watch")
            patience.reset(own)
            try:
                yield Gateway(
                    lifecycle=lifecycle,
                    dispatcher=dispatcher,
                    store=store,
                    pulses=pulses,
                    catalogue=rules.catalogue,
                    tiers=tiers,
                    watching=watching,
                    life=life,
                    wings=wings,
                )
            finally:
                await _ended(watching)
                await leases.stop()
                for loop in working:
                    await _ended(loop)
    finally:
        for loop in reversed(loops):
            await _ended(loop)
        with suppress(StoreError):
            await figures.leave()
            await requests.leave()
        for wing in wings:
            wing.close()
        await dispatcher.close()
        watchdog.close()
        life.leave()
        await store.close()


async def serve(
    settings: Settings,
    *,
    database_url: str,
    listening: Sequence[socket.socket],
    scraped: Sequence[socket.socket] = (),
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve one replica on bound sockets of one address, and its figures on those `scraped`, until SIGTERM or SIGINT; what is in hand is finished first.

    At SIGHUP keys and the adapters' settings are read anew.

    `ready` is called once it answers.

    Raises:
        ConfigurationError: the replica does not start, or may not serve any more beside what was migrated.
        StoreUnavailable: the database does not answer.
        LoopStopped: a loop that the process lives by does nothing any more.
    """
    observe.hide_secrets_in_output()
    observe.configure_logging(settings.log_level, beside=True)
    if settings.simulators:
        log.warning("simulated_authorities", means=SIMULATED)
    for sentence in without_effect(settings):
        log.warning("setting_without_effect", means=sentence)
    asyncio.get_running_loop().set_default_executor(Threads("threads", _THREADS))
    async with AsyncExitStack() as open_parts:
        open_parts.enter_context(parts.traces(settings))
        gateway = await open_parts.enter_async_context(
            opened(settings, database_url=database_url, worker=settings.worker)
        )
        issuers = Issuers(settings.security)
        sessions = SessionReader(settings.security, gateway.store, issuers)
        authenticator = Authenticator(settings.security, readers_of(settings, gateway.store, issuers, sessions))
        certificates = ConfiguredCertificates(settings)
        renewal = Renewal(
            settings,
            dispatcher=gateway.dispatcher,
            tiers=gateway.tiers,
            authenticator=authenticator,
            renewed=certificates.read,
        )
        await open_parts.enter_async_context(renewal.at_hangup())
        scrape = Scrape(gateway.lifecycle.installation_figures, certificates=certificates.found)
        api = create_api(
            gateway.lifecycle,
            gateway.dispatcher,
            settings,
            gateway.catalogue,
            authenticator,
            scrape,
            [wing.calls for wing in gateway.wings],
        )
        pages = web_context(settings, gateway, issuers, sessions, authenticator, api.state.context)
        web.register(api, pages, [wing.pages for wing in gateway.wings])
        for wing in gateway.wings:
            await open_parts.enter_async_context(wing.running(api.state.context, authenticator))
        await open_parts.enter_async_context(figures_address.served(scraped, scrape))
        # Its first sign of life: who asks how many processes there are hears of it from now on.
        await gateway.store.require_served()

        beating = asyncio.create_task(_beat(gateway.life), name="signs of life")
        open_parts.push_async_callback(_ended, beating)

        def leaves() -> None:
            # From here on it is ended if it takes too long, and nothing counts against anybody.
            gateway.life.leave()
            gateway.lifecycle.readiness.leave()

        def serves() -> None:
            gateway.lifecycle.readiness.note(answered=True)
            ready()

        server = Server(
            uvicorn.Config(
                api,
                http=cast(type[asyncio.Protocol], protocol(parts.bounds(settings), api.state.refusal, api.state.drain)),
                ws="none",
                access_log=False,
                log_config=None,
                lifespan="off",
                server_header=False,
                proxy_headers=bool(settings.security.trusted_proxies),
                forwarded_allow_ips=list(settings.security.trusted_proxies),
                timeout_graceful_shutdown=int(settings.stop_seconds),
                timeout_keep_alive=75,
            ),
            drain=api.state.drain,
            drain_s=settings.drain_seconds,
            ready=serves,
            leaves=leaves,
            stops=lambda: _stops(gateway, api.state.streams, settings.stop_seconds),
        )
        gateway.watching.add_done_callback(lambda _: _end(server, gateway.pulses, settings.stop_seconds))
        await server.serve(sockets=list(listening))
    if gateway.pulses.over is not None:
        raise gateway.pulses.over


def web_context(
    settings: Settings,
    gateway: Gateway,
    issuers: Issuers,
    sessions: SessionReader,
    authenticator: Authenticator,
    api: ApiContext,
) -> web.WebContext:
    """Return what the pages of an open replica are made with."""
    catalogue = web.on_pages(gateway.catalogue)
    return web.WebContext(
        lifecycle=gateway.lifecycle,
        dispatcher=gateway.dispatcher,
        settings=settings,
        authenticator=authenticator,
        sessions=sessions,
        sign_in=SignIn(sessions, gateway.store, issuers),
        sign_ins=Budget(settings.security.sessions.sign_ins_per_minute, time.monotonic),
        admission=api.admission,
        api=api,
        known_sessions=web.KnownSessions(),
        templates=web.Templates.of(gateway.catalogue, simulated=settings.simulators),
        catalogue=catalogue,
        calendar=Calendar(zone=settings.zone()),
        cases=replace(api.case, catalogue=catalogue),
        press=web.PaperPress(),
    )


def _stops(gateway: Gateway, streams: Streams, stop_s: float) -> None:
    """End what lasts: event streams at once, and in time for their answers whoever waits for a decision or for notices."""
    streams.end()
    asyncio.get_running_loop().call_later(stop_s * _WAITED, gateway.lifecycle.end_waits)


async def _beat(life: ProcessLife) -> None:
    while True:
        life.beat()
        await asyncio.sleep(BEAT_S)


def _end(server: uvicorn.Server, pulses: Pulses, stop_s: float) -> None:
    """End a replica that may not go on: politely, and by force if that takes too long."""
    if pulses.over is not None:
        server.should_exit = True
        end_by_force(stop_s)


def end_by_force(stop_s: float) -> None:
    """End this process if it has not ended by itself some seconds after the time that it has for that."""
    force = threading.Timer(stop_s + _FORCE_S, os._exit, (_SOFTWARE,))
    force.daemon = True
    force.start()


async def _ended(task: "asyncio.Task[None] | None") -> None:
    if task is None:
        return
    task.cancel()
    (outcome,) = await asyncio.gather(task, return_exceptions=True)
    if isinstance(outcome, Exception):
        log.error("background_work_failed", task=task.get_name(), error=type(outcome).__name__)
