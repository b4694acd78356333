"""The renewal of keys and the adapters' settings while the gateway serves: what is broken changes nothing.

Their code, and every other setting, is what the process was started with.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

from gateway.access import Authenticator, Issuers
from gateway.dispatch import Dispatcher, LoadedAdapter, load_adapters
from gateway.domain.adapter_tier import StoredTiers
from gateway.domain.errors import ConfigurationError
from gateway.settings import Settings, exposure, load, waiting_for_a_restart

log = structlog.get_logger(__name__)


class Renewal:
    """The renewal of keys and the adapters' settings from the configuration, all of it or nothing."""

    def __init__(
        self,
        settings: Settings,
        *,
        dispatcher: Dispatcher,
        tiers: StoredTiers | None = None,
        authenticator: Authenticator | None = None,
        read: Callable[[], Settings] = lambda: load(os.environ),
        renewed: Callable[[Settings], None] = lambda _: None,
    ) -> None:
        """Take the settings that the process was started with, what uses them, how they are read again, and what is called with them then."""
        self._renewed = renewed
        self._settings = settings
        self._dispatcher = dispatcher
        self._tiers = tiers
        self._authenticator = authenticator
        self._read = read
        self._requested = asyncio.Event()

    @asynccontextmanager
    async def at_hangup(self) -> AsyncIterator[None]:
        """Read keys and settings again whenever SIGHUP comes, until the context ends; one that came before counts."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._requested.set)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
        task = asyncio.create_task(self._run(), name="renewal")
        try:
            yield
        finally:
            # It must not end what is being stopped in order.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
            loop.remove_signal_handler(signal.SIGHUP)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._requested.wait()
            self._requested.clear()
            await self.renew()

    async def renew(self) -> bool:
        """Read keys and settings again; return whether they count now. What is wrong is logged, and changes nothing."""
        try:
            # In a thread: files are read and the adapters are tried in a process of their own.
            settings, adapters = await asyncio.to_thread(self._loaded)
        except ConfigurationError as error:
            log.error("configuration_not_taken", faults=error.faults)
            return False
        except Exception as error:
            log.error("configuration_not_taken", error=type(error).__name__, exc_info=True)
            return False
        self._dispatcher.renew(adapters)
        if self._authenticator is not None:
            self._authenticator.renew(settings.security)
        self._renewed(settings)
        log.info("configuration_taken", keys=len(settings.security.keys), adapters=sorted(adapters))
        if others := waiting_for_a_restart(settings, self._settings):
            log.warning("settings_wait_for_a_restart", settings=others)
        return True

    def _loaded(self) -> tuple[Settings, Mapping[str, LoadedAdapter]]:
        settings = self._read()
        # The address that is listened on is the one of the start.
        if fault := exposure(settings.security.mode, self._settings.host):
            raise ConfigurationError((fault,))
        if settings.simulators != self._settings.simulators:
            raise ConfigurationError(("simulators: whether the authorities are simulated ones takes a restart",))
        Issuers(settings.security)
        adapters = load_adapters(
            settings.enabled_adapters(),
            allow_draft=self._settings.allow_draft,
            tiers=self._tiers,
            memory_mb=self._settings.adapter_memory_mb,
        )
        if unlike := self._dispatcher.unlike(adapters):
            raise ConfigurationError(
                tuple(f"adapters.{name}: it came, went or has other code: this takes a restart" for name in unlike)
            )
        return settings, adapters
