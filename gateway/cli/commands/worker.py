"""`gateway worker`: the delayed and repeated work, without answering calls."""

import asyncio
import os
import signal

import uvloop

from gateway import observe, parts
from gateway.app import end_by_force, opened
from gateway.cli.simulated import require_real
from gateway.domain.errors import ConfigurationError, GatewayError
from gateway.renewal import Renewal
from gateway.settings import Settings, load
from gateway.terminal.database import DatabasePlace, database

_DATABASE_CHECK_S = 1.0


def worker() -> None:
    """Does the delayed and repeated work only, until SIGTERM."""
    # Until it is listened to: the adapters' settings are read anew at it.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    settings = load(os.environ)
    require_real(settings)
    observe.hide_secrets_in_output()
    observe.configure_logging(settings.log_level, beside=True)
    with parts.traces(settings), database(settings, makes=True) as store:
        uvloop.run(_work(settings, store))


async def _work(settings: Settings, store: DatabasePlace) -> None:
    stop = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stop.set)
    async with (
        opened(settings, database_url=store.url, worker=True) as gateway,
        Renewal(settings, dispatcher=gateway.dispatcher, tiers=gateway.tiers).at_hangup(),
    ):

        def must_end(_: "asyncio.Task[None]") -> None:
            if gateway.pulses.over is not None:
                end_by_force(settings.stop_seconds)
            stop.set()

        gateway.watching.add_done_callback(must_end)
        print("working", flush=True)
        while not stop.is_set():
            try:
                async with asyncio.timeout(_DATABASE_CHECK_S):
                    await stop.wait()
            except TimeoutError:
                await _watch_database(store)
    if gateway.pulses.over is not None:
        raise gateway.pulses.over


async def _watch_database(store: DatabasePlace) -> None:
    try:
        await asyncio.to_thread(store.ensure_alive)
    except (GatewayError, ConfigurationError, OSError) as error:
        print(f"the embedded PostgreSQL does not start: {error}", flush=True)
