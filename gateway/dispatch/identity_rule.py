"""A rule of identity of a package that runs in sandboxes: it is asked before a message is judged, for all of its references in one order.

Whoever judges looks up what it said. Of what it was not asked, and of what it did not say in time, it says nothing: the document is not determined.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from typing import TypeVar

import structlog

from gateway import observe
from gateway.contract import AdapterError
from gateway.dispatch.exchange_time import GRACE_S
from gateway.dispatch.sandboxes import PATIENCE, START_S, SandboxedCode
from gateway.dispatch.step_record import ShownStep
from gateway.domain.adapter_switch import OverrunKind
from gateway.domain.identity import Learn, Named
from gateway.domain.storable import is_storable
from gateway.sandbox import wire
from gateway.sandbox.sandbox import Sandbox, SandboxEnded, SandboxLate

log = structlog.get_logger(__name__)

BUDGET_S = 2.0
"""Seconds by the clock within which all rules together say which documents a declaration cites."""
WAIT_S = 0.25
"""Seconds of the processor that a rule may take for one reference."""
SLOW_S = 0.005
"""Seconds for a reference, on average over the last `OVER`, above which a rule loses its place."""
OVER = 100
PIECE = 250
"""References of one order: a rule that keeps to its time is asked no more of them than it can say in what is left."""
MOST_REMEMBERED = 50_000
"""Identities that are kept of one rule from when they were asked for last: more than are in use at the same time."""
MOST_REFUSED = 1_000
"""References for which it took too long, which it is not asked about again in this process."""

_Document = tuple[str, str]
T = TypeVar("T")


class NoIdentity(Exception):
    """The rule gave no identity: the document is not determined."""


class _Failed(Exception):
    """The sandbox came to its end over a document; without a kind by no fault of its code."""

    def __init__(self, kind: OverrunKind | None, document: _Document | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.document = document
        """The one that is not asked about again."""


class _Said:
    """The answers of a rule about documents, in two generations: when the younger one is full, what was asked for in none of them is forgotten.

    It is read beside the loop too, so nothing is taken out of where it is found.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._young: dict[_Document, str | None] = {}
        self._old: dict[_Document, str | None] = {}

    def __contains__(self, document: _Document) -> bool:
        return document in self._young or document in self._old

    def of(self, document: _Document) -> str | None:
        """Return the identity of a document; None: it was not said."""
        found = self._young.get(document)
        return self._old.get(document) if found is None else found

    def put(self, document: _Document, said: str | None) -> None:
        """Keep what was said of a document, or that nothing was."""
        if document not in self._young and len(self._young) >= self._most:
            self._old, self._young = self._young, {}
        self._young[document] = said


class SandboxedRule:
    """A rule in a sandbox of its own, which is asked for one message after the other."""

    def __init__(
        self, code: SandboxedCode, sandbox: Sandbox, *, wait_s: float = WAIT_S, remembered: int = MOST_REMEMBERED
    ) -> None:
        """Take the code, and the sandbox in which it was tried and is ready."""
        self._code = code
        self._sandbox: Sandbox | None = sandbox
        self._starting: asyncio.Future[wire.Ready] | None = None
        self._wait_s = wait_s
        self._turn = asyncio.Lock()
        self._said = _Said(remembered)
        self._refused: OrderedDict[_Document, None] = OrderedDict()
        self._not_counted: OrderedDict[_Document, OverrunKind] = OrderedDict()
        self._took_s: deque[float] = deque(maxlen=OVER)
        self._probe: tuple[_Document, str] | None = None
        self.on_overrun: Callable[[OverrunKind], None] = lambda _: None
        self.shown: ShownStep = nullcontext

    def __call__(self, document_type: str, reference: str) -> str:
        """Return what the rule said.

        Raises:
            NoIdentity: it said nothing, or was not asked.
        """
        document = document_type, reference
        found = self._said.of(document)
        if found is None:
            if document not in self._said:
                log.error("identity_not_learned", adapter=self._code.name, type=document_type)
            raise NoIdentity
        return found

    async def learn(self, documents: Collection[_Document], until: float) -> None:
        """Have the rule say the identities of documents, those that are not known yet, until a time of the loop.

        One that it hangs or dies on costs a moment once, and none of the others its identity.
        """
        self._count_late(documents)
        missing: Sequence[_Document] = self._missing(documents)
        now = asyncio.get_running_loop().time
        try:
            while missing and now() < until:
                async with asyncio.timeout_at(until):
                    await self._turn.acquire()
                # A turn for each piece: what others ask comes between those of a large message, and may be the same.
                try:
                    missing = await self._ask(self._missing(missing), until)
                finally:
                    self._turn.release()
        except TimeoutError:
            return
        except (NoIdentity, AdapterError, OSError) as error:
            log.warning("identity_rule_not_run", adapter=self._code.name, error=type(error).__name__)

    def close(self) -> None:
        """End its sandbox."""
        if self._sandbox is not None:
            self._sandbox.kill()
            self._sandbox.reap()
            self._sandbox = None

    def _missing(self, documents: Collection[_Document]) -> list[_Document]:
        """Return those that are to be asked about; all of them count as asked for last."""
        missing = []
        for one in dict.fromkeys(documents):
            found = self._said.of(one)
            self._said.put(one, found)
            if found is None and one not in self._refused and is_storable(*one):
                missing.append(one)
        return missing

    async def _ask(self, missing: Sequence[_Document], until: float) -> Sequence[_Document]:
        """Ask about the first piece of some documents, and return those that are to be asked about still."""
        if not missing:
            return ()
        sandbox = await self._started(until)
        left_s = until - asyncio.get_running_loop().time()
        piece = missing[: min(PIECE, max(1, int(left_s / SLOW_S)))]
        try:
            with self.shown():
                await self._told(sandbox, piece, until)
        except _Failed as failed:
            await self._kill(sandbox)
            return self._left(missing, piece, failed)
        except BaseException:
            # Whoever asked is gone; what it still says is for nobody.
            sandbox.kill()
            self._sandbox = None
            raise
        # Of what it does not say it is asked again for the next message.
        return missing[len(piece) :]

    def _left(self, missing: Sequence[_Document], piece: Sequence[_Document], failed: _Failed) -> Sequence[_Document]:
        """Return what is to be asked about still when a sandbox came to its end over a piece; its code is held to account for that."""
        if failed.kind is not None:
            observe.sandbox_killed(self._code.name, failed.kind)
            # Of a message that was too much for it the rest is asked once more, and counts then.
            over = [failed.document] if failed.document is not None else []
            self._overran(failed.kind, piece if failed.kind is OverrunKind.CHANGED else over)
        if failed.document is not None:
            _keep(self._refused, failed.document, None, MOST_REFUSED)
        if failed.kind is OverrunKind.CHANGED:
            return ()
        return [one for one in missing if one not in self._refused and self._said.of(one) is None]

    async def _told(self, sandbox: Sandbox, piece: Sequence[_Document], until: float) -> None:
        """Ask about some documents in one order, and remember the answer for each.

        One that is known is asked about behind them: a rule that says something else of it now is not believed in any of this.
        """
        began, waited_before = asyncio.get_running_loop().time(), sandbox.waited_s
        told: list[wire.Identified] = []
        probe, known = self._probe or (piece[0], None)
        asked = (*piece, probe)
        try:
            await self._heard(sandbox, sandbox.order(wire.IdentifyAll(documents=asked)), until)
            while len(told) < len(asked):
                for reply in await self._heard(sandbox, sandbox.replies(), until):
                    if isinstance(reply, wire.OutOfMemory):
                        raise _Failed(OverrunKind.MEMORY, asked[len(told)])
                    if not isinstance(reply, wire.Identified) or len(told) == len(asked):
                        raise SandboxEnded
                    told.append(reply)
            if told[-1].identity is not None and told[-1].identity != (known or told[0].identity):
                told.clear()
                log.error("identity_changed", adapter=self._code.name, type=probe[0])
                raise _Failed(OverrunKind.CHANGED)
        except TimeoutError:
            # Its time is over for all of them together, and not for the one that it is at.
            own_s = asyncio.get_running_loop().time() - began - (sandbox.waited_s - waited_before)
            slow = own_s > SLOW_S * (len(told) + 1) and not sandbox.is_stopped
            raise _Failed(OverrunKind.LATE if slow else None) from None
        except SandboxEnded:
            raise _Failed(OverrunKind.ENDED, asked[min(len(told), len(piece))]) from None
        except SandboxLate:
            raise _Failed(OverrunKind.LATE, asked[len(told)]) from None
        finally:
            for document, reply in zip(piece, told, strict=False):
                self._remember(document, reply.identity)
        self._measure(piece, [one.took_s for one in told], sandbox.waited_s - waited_before)

    def _remember(self, document: _Document, identity: str | None) -> None:
        if identity is not None:
            self._said.put(document, identity)
            self._probe = document, identity

    async def _heard(self, sandbox: Sandbox, hearing: Awaitable[T], until: float) -> T:
        """Wait for a sandbox, as long as its code keeps to its time for one reference.

        Raises:
            SandboxEnded: it has ended.
            SandboxLate: its code took longer.
            _Failed: somebody stopped it, or the machine did not let it.
            TimeoutError: the time of all is over.
        """
        now, used_before = asyncio.get_running_loop().time, sandbox.used_s
        task = asyncio.ensure_future(hearing)
        try:
            for _ in range(PATIENCE):
                await asyncio.wait((task,), timeout=max(0.0, min(self._wait_s, until - now())))
                used_s = sandbox.used_s - used_before
                if task.done() or used_s >= self._wait_s or now() >= until:
                    break
            if not task.done():
                # What it has said may wait for the loop.
                await asyncio.wait((task,), timeout=max(0.0, min(GRACE_S, until + GRACE_S - now())))
            if task.done():
                return task.result()
            if used_s >= self._wait_s:
                raise SandboxLate
            if now() >= until:
                raise TimeoutError
            raise _Failed(None) if sandbox.is_stopped or sandbox.is_starved else SandboxLate
        finally:
            task.cancel()

    def _measure(self, piece: Sequence[_Document], told: Sequence[float], waited_s: float) -> None:
        """Take what it took for some references, without what it waited for the processor, and find a rule that is slow."""
        whole_s = sum(told)
        observe.identified(self._code.name, whole_s / len(told))
        share = max(0.0, 1 - waited_s / whole_s) if whole_s > 0 else 0.0
        own = [one * share for one in told]
        self._took_s.extend(own)
        slow = len(self._took_s) == OVER and sum(self._took_s) > SLOW_S * OVER
        if slow and sum(own) > SLOW_S * len(own):
            # Whoever cites another one of them has nothing to do with that.
            self._overran(OverrunKind.LATE, [one for one, took_s in zip(piece, own, strict=False) if took_s > SLOW_S])

    def _overran(self, kind: OverrunKind, documents: Collection[_Document]) -> None:
        self.on_overrun(kind)
        if observe.declaration_id.get() is None:
            for one in documents:
                _keep(self._not_counted, one, kind, MOST_REMEMBERED)

    def _count_late(self, documents: Collection[_Document]) -> None:
        """Count what it did over these documents before the declaration had a name: that of a declaration alone can cost it its place."""
        if self._not_counted and observe.declaration_id.get() is not None:
            kinds = [kind for one in documents if (kind := self._not_counted.pop(one, None)) is not None]
            if kinds:
                self.on_overrun(kinds[0])

    async def _started(self, until: float) -> Sandbox:
        """Return its sandbox once it is ready; one that takes too long goes on, for whoever asks next.

        Raises:
            NoIdentity: it is not.
            AdapterError, OSError: it cannot be started.
        """
        if self._sandbox is None:
            self._sandbox = self._code.sandbox()
            self._starting = asyncio.ensure_future(asyncio.to_thread(self._sandbox.ready, START_S))
            self._starting.add_done_callback(_heard_of)
        if (starting := self._starting) is not None:
            await asyncio.wait((starting,), timeout=max(0.0, until - asyncio.get_running_loop().time()))
            if not starting.done():
                raise NoIdentity
            self._starting = None
            if starting.exception() is not None or starting.result().fault is not None:
                await self._kill(self._sandbox)
                raise NoIdentity
        return self._sandbox

    async def _kill(self, sandbox: Sandbox) -> None:
        self._sandbox = None
        sandbox.kill()
        await asyncio.to_thread(sandbox.reap)


def learning(rules: Mapping[str, SandboxedRule], *, budget_s: float = BUDGET_S) -> Learn | None:
    """Return what has these rules say the identities of documents, within one budget; None: there are no such rules."""
    if not rules:
        return None

    async def learn(named: Collection[Named]) -> None:
        asked: dict[str, list[_Document]] = {}
        for adapter, document_type, reference in named:
            asked.setdefault(adapter or "", []).append((document_type, reference))
        if asked:
            until = asyncio.get_running_loop().time() + budget_s
            await asyncio.gather(*(rules[name].learn(documents, until) for name, documents in asked.items()))

    return learn


def _keep(kept: OrderedDict[_Document, T], document: _Document, value: T, most: int) -> None:
    """Keep one more, and forget the oldest above so many."""
    kept[document] = value
    if len(kept) > most:
        kept.popitem(last=False)


def _heard_of(starting: "asyncio.Future[wire.Ready]") -> None:
    """Take note of how a start ended: whoever waited for it may be gone."""
    if not starting.cancelled():
        starting.exception()
