"""The adapters that are off, which every replica stops using at the same moment, and the overruns that quarantine them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

import structlog

from gateway import observe
from gateway.domain.actor import Actor
from gateway.domain.adapter_switch import AdapterState, OverrunKind, SwitchedOff
from gateway.lifecycle.processes.poll import PollLoop
from gateway.lifecycle.processes.pulses import Pulses
from gateway.process_life import take_left
from gateway.store import AdapterSwitches

log = structlog.get_logger(__name__)

LOOP = "adapter switches"
"""Its name among the loops that a process lives by."""
_MOST_NOTED = 1_000
"""Overruns that wait for a database which does not answer."""


class AdaptersInForce:
    """A follower that stores overruns of adapters' code, and passes the disabled adapters on to what runs them."""

    def __init__(
        self,
        *,
        switches: AdapterSwitches,
        disable: Callable[[Mapping[str, datetime]], None],
        declarations: int,
        declarants: int,
        every_s: float,
        drain: Callable[[Mapping[str, datetime]], None] = lambda _: None,
        pulses: Pulses | None = None,
    ) -> None:
        """Take what is called with those that are disabled, and with those that drain, how many declarations of how many declarants quarantine an adapter, and how often its state is read again."""
        self._switches = switches
        self._disable = disable
        self._drain = drain
        self._declarations = declarations
        self._declarants = declarants
        self._noted: dict[tuple[str, str], OverrunKind] = {}
        self._off: Mapping[str, SwitchedOff] = {}
        self._again = PollLoop(self.refresh, name=LOOP, every_s=every_s, pulses=pulses)

    def overran(self, adapter: str, record_id: str | None, kind: OverrunKind) -> None:
        """Note that an adapter's code overran, for a stored declaration or for none, and what it did; it is stored soon.

        It is called in whichever thread waited for the code.
        """
        observe.overran(adapter)
        log.warning("adapter_overran", adapter=adapter, declaration=record_id, kind=kind.value)
        if record_id is not None and len(self._noted) < _MOST_NOTED:
            self._noted[adapter, record_id] = kind
            self.wake()

    def wake(self) -> None:
        """Poll at once: something was switched."""
        self._again.wake()

    async def run(self) -> None:
        """Poll again and again, until it is cancelled."""
        await self._again.run()

    async def refresh(self) -> None:
        """Store the noted overruns, and those of processes that were killed in a step, and read which adapters are off.

        Raises:
            StoreUnavailable: the database does not answer; what was noted is kept, and what is known goes on.
        """
        take_left(partial(self.overran, kind=OverrunKind.ENDED))
        for (adapter, record_id), kind in list(self._noted.items()):
            limits = {"declarations": self._declarations, "declarants": self._declarants}
            quarantine = await self._switches.overran(adapter, record_id, kind, **limits)
            if quarantine is not None:
                log.error("adapter_quarantined", adapter=adapter, declaration=record_id, why=quarantine.why)
            self._noted.pop((adapter, record_id), None)
        await self._follow()

    async def switch_off(self, adapter: str, *, by: Actor, reason: str, draining: bool = False) -> None:
        """Disable an adapter on all replicas, or have it drain: it finishes what is under way and asks nothing new.

        Raises:
            AdapterQuarantined: it was to drain, and is quarantined.
            StoreUnavailable: the database does not answer.
        """
        await self._switches.switch_off(adapter, by=by, reason=reason, draining=draining)
        log.warning("adapter_switched_off", adapter=adapter, draining=draining, **by.body())
        await self._follow()

    def off(self) -> Mapping[str, SwitchedOff]:
        """Return the adapters that are not enabled, as this process heard of them last."""
        return self._off

    async def enable(self, adapter: str, *, by: Actor, reason: str) -> None:
        """Enable an adapter on all replicas.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        await self._switches.enable(adapter, by=by, reason=reason)
        log.info("adapter_enabled", adapter=adapter, **by.body())
        await self._follow()

    async def _follow(self) -> None:
        self._off = off = await self._switches.off()
        draining = {name: one.since for name, one in off.items() if one.state is AdapterState.DRAINING}
        self._disable({name: one.since for name, one in off.items() if name not in draining})
        self._drain(draining)
        observe.adapters_disabled.set(len(off))
