"""A rule of identity of a package that was not delivered with the gateway: it runs beside the loop, for a moment only."""

import threading
from collections.abc import Callable

from gateway.contract import IdentityRule
from gateway.dispatch.exchange import MOST_LEFT, PATIENCE, own_clock, used

WAIT_S = 0.25
"""Seconds of the processor that a rule may take for one reference; the loop stands still meanwhile."""


class NoIdentity(Exception):
    """The rule gave no identity: the document is not determined."""


class RuleBeside:
    """A rule that is waited for a moment only, and is not asked again about what it still reckons with.

    It is asked by the loop and, for a large declaration, by the thread beside it.
    """

    def __init__(self, rule: IdentityRule, *, wait_s: float = WAIT_S) -> None:
        self._rule = rule
        self._wait_s = wait_s
        self._left: dict[tuple[str, str], threading.Thread] = {}
        self._lock = threading.Lock()
        """Of what is left; nobody waits for the rule under it."""
        self.on_overrun: Callable[[], None] = lambda: None

    def __call__(self, document_type: str, reference: str) -> str:
        """Return what the rule returns.

        Raises:
            NoIdentity: it took too long, now or before.
            Exception: whatever it raises.
        """
        key = document_type, reference
        with self._lock:
            self._left = {one: thread for one, thread in self._left.items() if thread.is_alive()}
            if key in self._left or len(self._left) >= MOST_LEFT:
                raise NoIdentity
        found: list[str] = []
        failed: list[BaseException] = []

        clocks: list[int] = []

        def run() -> None:
            clocks.append(own_clock())
            try:
                found.append(self._rule(document_type, reference))
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=run, name="rule of identity", daemon=True)
        thread.start()
        for _ in range(PATIENCE):
            thread.join(self._wait_s)
            if not thread.is_alive() or used(clocks) >= self._wait_s:
                break
        if found:
            return found[0]
        if not failed:
            with self._lock:
                self._left[key] = thread
            self.on_overrun()
        # Its SystemExit is none of ours.
        raise NoIdentity from (failed[0] if failed else None)
