"""A rule of identity of a package that runs in sandboxes: it is waited for a moment only, in a sandbox of its own."""

import threading
from collections.abc import Callable
from contextlib import nullcontext

import structlog
from msgspec import ValidationError

from gateway import observe
from gateway.contract import AdapterError
from gateway.dispatch.exchange import PATIENCE
from gateway.dispatch.sandboxes import SandboxedCode
from gateway.dispatch.step_record import ShownStep
from gateway.domain.adapter_switch import OverrunKind
from gateway.sandbox import wire
from gateway.sandbox.sandbox import Sandbox, SandboxEnded, SandboxLate

log = structlog.get_logger(__name__)

WAIT_S = 0.25
"""Seconds of the processor that a rule may take for one reference; the loop stands still meanwhile."""
MOST_REMEMBERED = 1_000
"""References for which it took too long, which it is not asked about again in this process."""


class NoIdentity(Exception):
    """The rule gave no identity: the document is not determined."""


class _OutOfMemory(SandboxEnded):
    """The rule wanted more memory than it may have."""


def _kind(failed: SandboxEnded | SandboxLate) -> OverrunKind:
    if isinstance(failed, _OutOfMemory):
        return OverrunKind.MEMORY
    return OverrunKind.LATE if isinstance(failed, SandboxLate) else OverrunKind.ENDED


class SandboxedRule:
    """A rule in a sandbox; it is asked by the loop and, for a large declaration, by the thread beside it."""

    def __init__(self, code: SandboxedCode, sandbox: Sandbox, *, wait_s: float = WAIT_S) -> None:
        """Take the code, and the sandbox in which it was tried and is ready."""
        self._code = code
        self._sandbox: Sandbox | None = sandbox
        self._ready = True
        self._wait_s = wait_s
        self._too_long: dict[tuple[str, str], None] = {}
        self._lock = threading.Lock()
        self.on_overrun: Callable[[OverrunKind], None] = lambda _: None
        self.shown: ShownStep = nullcontext

    def __call__(self, document_type: str, reference: str) -> str:
        """Return what the rule returns.

        Raises:
            NoIdentity: it gives none, or took too long, now or before.
        """
        key = document_type, reference
        with self._lock:
            if key in self._too_long:
                raise NoIdentity
            try:
                with self.shown():
                    return self._asked(wire.Identify(document_type=document_type, reference=reference))
            except (SandboxEnded, SandboxLate) as error:
                if self._sandbox is not None and self._sandbox.is_stopped:
                    self._kill()
                    raise NoIdentity from error
                self._too_long[key] = None
                if len(self._too_long) > MOST_REMEMBERED:
                    del self._too_long[next(iter(self._too_long))]
                self._kill()
                failed = error
        kind = _kind(failed)
        observe.sandbox_killed(self._code.name, kind)
        self.on_overrun(kind)
        raise NoIdentity from failed

    def close(self) -> None:
        """End its sandbox."""
        with self._lock:
            self._kill()

    def _asked(self, order: wire.Identify) -> str:
        sandbox = self._started()
        if not self._ready and sandbox.ready(self._wait_s * PATIENCE).fault is not None:
            self._kill()
            raise NoIdentity
        self._ready = True
        sandbox.order_now(order, self._wait_s)
        reply = sandbox.reply_within(self._wait_s, PATIENCE)
        if isinstance(reply, wire.OutOfMemory):
            raise _OutOfMemory
        try:
            found = wire.read(reply.value, str) if isinstance(reply, wire.Gave) else None
        except ValidationError:
            found = None
        if found is None:
            raise NoIdentity
        return str(found)

    def _started(self) -> Sandbox:
        if self._sandbox is None:
            try:
                self._sandbox = self._code.sandbox()
            except (AdapterError, OSError) as error:
                raise NoIdentity from error
            self._ready = False
        return self._sandbox

    def _kill(self) -> None:
        if self._sandbox is not None:
            self._sandbox.kill()
            self._sandbox.reap()
            self._sandbox = None
