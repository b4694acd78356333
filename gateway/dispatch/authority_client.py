"""The client of one authority: each call gets a turn, a deadline and a judged answer, or the code of a fault."""

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, TypeVar

import structlog
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential,
    wait_random,
)

from gateway import observe
from gateway.contract import AccessRefused, AdapterError, Occasion, RequestRejected, Unavailable, UnexpectedAnswer
from gateway.contract.errors import FOUND, Overrun
from gateway.dispatch.auth import Credentials, TokenIssuer
from gateway.dispatch.authority import Authority
from gateway.dispatch.authority_clock import AuthorityClock
from gateway.dispatch.breaker import AdmittedCall, Allowance, AuthorityAway, Breaker, CallSubject, NotAsked, OwnLimits
from gateway.dispatch.declarative.authority_file import ENTRY_POINT
from gateway.dispatch.evidence import MessageRecord, Redaction
from gateway.dispatch.exchange import LoopStepper, Stepper
from gateway.dispatch.health import AdapterHealth, HealthRecord
from gateway.dispatch.http import MaySend, Withheld
from gateway.dispatch.own_time import own_time
from gateway.dispatch.registry import LoadedAdapter
from gateway.dispatch.sandboxes import SandboxedCode, SandboxStepper
from gateway.dispatch.step_record import ShownStep
from gateway.dispatch.transport import Transport
from gateway.domain.adapter_switch import OverrunKind
from gateway.domain.adapter_tier import DELIVERED, Placement
from gateway.resources import Resource, UsedUp, declarant
from gateway.resources import client as client_at_work
from gateway.sandbox.noted_place import noted_place
from gateway.sandbox.steps import AdapterCall

log = structlog.get_logger(__name__)

T = TypeVar("T")

_TIMES_LEFT = 3.0
"""The multiple of what is left of an authority's places that one declarant may have: whatever hangs, others find some."""
LEAST_S = 0.05
"""Seconds below which a call is not worth beginning: it would only look like an outage."""

_QUOTED = re.compile(r"""(['"]).*\1|['"].*""", re.DOTALL)
"""The text in quotes, from the first one to the last."""

OnCall = Callable[[str, str, float], None]
"""Called after every call, with the adapter, the outcome (the answer's, or the code of the fault) and the seconds."""

_WORTH_ASKING_AGAIN = retry_if_exception(
    lambda error: isinstance(error, Unavailable) and not isinstance(error, NotAsked)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """The limits of time and attempts within which authorities are asked."""

    attempts: int = 3
    first_pause_s: float = 0.2
    longest_pause_s: float = 2.0
    pause_jitter_s: float = 0.3
    breaker_threshold: int = 5
    """Unavailable answers in a row after which an authority is left alone."""
    breaker_rest_s: float = 10.0
    step_budget_s: float = 2.0
    """Seconds of the processor that one step of an adapter's code may take."""
    sandboxes: int = 2
    """Processes of one adapter whose code is neither delivered nor proven."""


@dataclass(frozen=True, slots=True)
class CallFault:
    """The fault for which a call has no clear result: a code, `SW-ADP-0n`."""

    code: str


def utc_now() -> datetime:
    """Read this process's own clock."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class AuthorityCall(Generic[T]):
    """A call to an authority, and what is known of it so far."""

    of: AdapterCall
    judge: Callable[[object], T]
    outcome_of: Callable[[T], str]
    """The outcome of an answer, for `OnCall`."""
    until: float
    """The loop's time at which it is over, all its attempts and its waiting together."""
    trail: MessageRecord
    heed: Callable[[object], Awaitable[None]] | None = None
    """Is waited for with what came, before that is judged."""
    reads: bool = True
    """Whether it may change nothing at the authority."""
    may_send: MaySend | None = None
    """Is asked before the bytes of each of its requests go; None: they go."""
    requested_at: datetime
    message_ids: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class AuthorityClient:
    """The client of one authority, over its adapter: permits, breaker, retries, and what is known of its calls."""

    name: str
    authority: Authority
    permits: Resource
    breaker: Breaker
    redaction: Redaction
    policy: RetryPolicy
    on_call: OnCall | None = None
    on_return: Callable[[str], None] | None = None
    """Called when its authority answers for the first time in this process, or again after it did not."""
    now: Callable[[], datetime] = utc_now
    """The clock by which a call's time is noted."""
    delivered: bool = False
    """Whether its code was tested and delivered with the gateway."""
    placement: Placement = DELIVERED
    """Its tier on this installation, and why its code runs where it does."""
    disabled_at: datetime | None = None
    """Since when its code is not run; None: it is."""
    draining_at: datetime | None = None
    """Since when no new calls are begun; None: they are."""
    record: HealthRecord = field(default_factory=HealthRecord)

    def call(
        self,
        of: AdapterCall,
        judge: Callable[[object], T],
        outcome_of: Callable[[T], str],
        *,
        within_s: float,
        trail: MessageRecord | None = None,
        heed: Callable[[object], Awaitable[None]] | None = None,
        reads: bool = True,
        may_send: MaySend | None = None,
    ) -> AuthorityCall[T]:
        """Return a call that may take so many seconds from now."""
        return AuthorityCall(
            of=of,
            judge=judge,
            outcome_of=outcome_of,
            until=asyncio.get_running_loop().time() + within_s,
            trail=trail or MessageRecord(self.redaction),
            heed=heed,
            reads=reads,
            may_send=may_send,
            requested_at=self.now(),
        )

    def once(self, call: AuthorityCall[T]) -> Coroutine[Any, Any, T | CallFault]:
        """Make a call and never a second one, even if the first fails. Never raises, unless it is cancelled."""
        return self._ended(self._attempt, call)

    def insistently(self, call: AuthorityCall[T]) -> Coroutine[Any, Any, T | CallFault]:
        """Make a call, again where that is harmless and worth it. Never raises, unless it is cancelled."""
        return self._ended(self._insist, call)

    async def _ended(self, carry: Callable[[AuthorityCall[T]], Awaitable[T]], call: AuthorityCall[T]) -> T | CallFault:
        self.record.in_flight += 1
        try:
            if (own := own_time.get()) is None:
                return await carry(call)
            with own.exchanging():
                return await carry(call)
        except AdapterError as error:
            if isinstance(error, NotAsked):
                self._report(code_of(error), 0.0)
            return CallFault(code_of(error))
        except Exception as error:
            # A fault of ours is no answer either.
            log.error("asking_failed", adapter=self.name, error=type(error).__name__, exc_info=True)
            return CallFault(AdapterError.code)
        finally:
            self.record.in_flight -= 1

    async def _insist(self, call: AuthorityCall[T]) -> T:
        try:
            return await self._attempt(call)
        except Unavailable as error:
            if not self.authority.manifest.idempotent:
                raise
            return await self._again(call, error)

    async def _again(self, call: AuthorityCall[T], first: Unavailable) -> T:
        """Ask again as long as it is worth it; the first attempt, which nearly always suffices, has been made."""
        made: list[Unavailable] = [first]

        async def attempt() -> T:
            if made:
                raise made.pop()
            return await self._attempt(call)

        policy = self.policy
        retrying = AsyncRetrying(
            retry=_WORTH_ASKING_AGAIN,
            stop=stop_after_attempt(policy.attempts)
            | stop_before_delay(call.until - asyncio.get_running_loop().time()),
            wait=wait_exponential(multiplier=policy.first_pause_s, max=policy.longest_pause_s)
            + wait_random(0, policy.pause_jitter_s),
            sleep=_pause,
            reraise=True,
        )
        return await retrying(attempt)

    async def _attempt(self, call: AuthorityCall[T]) -> T:
        if self.draining_at is not None:
            raise OwnLimits("somebody has switched this authority off: what was under way comes to its end")
        subject = CallSubject.of(call.of.subject, observe.declaration_id.get())
        while True:
            self.breaker.refuse_if_open()
            whose = declarant.get() or client_at_work.get()
            if not self.permits.take_if_free(whose):
                await _beside_own_time(self._wait_in_line(call, whose))
            try:
                if call.until - asyncio.get_running_loop().time() < LEAST_S:
                    raise OwnLimits("the calls under way left no time for this one")
                admitted = self.breaker.admit(subject, lost=own_time.get() is not None)
                if admitted is not None:
                    with observe.span("ask authority", "client", adapter=self.name, operation=call.of.method) as span:
                        return await self._answered(call, admitted, span)
            finally:
                self.permits.put_back(whose)
            await _beside_own_time(self._wait_for_a_probe(call))

    async def _answered(self, call: AuthorityCall[T], admitted: AdmittedCall, span: observe.OpenSpan) -> T:
        began, sent_before = time.perf_counter(), call.trail.requests
        try:
            answer = await self._exchange(call)
        except AdapterError as error:
            asked = call.trail.requests > sent_before
            self._note_failure(call, admitted, error, time.perf_counter() - began, asked=asked)
            self._tell(call, span, code_of(error), time.perf_counter() - began, asked=asked)
            raise
        except BaseException:
            self.breaker.abandoned(admitted)
            raise
        self.breaker.answered(admitted)
        outcome, seconds = call.outcome_of(answer), time.perf_counter() - began
        news = self.record.answered(seconds, call.requested_at, outcome)
        if news and self.on_return is not None:
            self.on_return(self.name)
        self._report(outcome, seconds)
        self._tell(call, span, outcome, seconds, asked=True)
        return answer

    def _tell(
        self, call: AuthorityCall[T], span: observe.OpenSpan, outcome: str, seconds: float, *, asked: bool
    ) -> None:
        """Write the line about an attempt, and the attributes of its span; `asked`: something was sent."""
        attempt, message_id = len(call.message_ids), call.message_ids[-1] if call.message_ids else None
        span.tell(outcome=outcome, attempt=attempt, message_id=message_id)
        observe.line(
            "authority_asked",
            adapter=self.name,
            operation=call.of.method,
            outcome=outcome,
            sent=asked,
            attempt=attempt,
            message_id=message_id,
            seconds=round(seconds, 6),
        )

    async def _wait_in_line(self, call: AuthorityCall[T], whose: str) -> None:
        """Wait for a permit as long as the call may take."""
        try:
            await self.permits.acquire(whose, within_s=max(0.0, call.until - asyncio.get_running_loop().time()))
        except UsedUp as error:
            raise OwnLimits("the calls under way left no time for this one") from error

    async def _wait_for_a_probe(self, call: AuthorityCall[T]) -> None:
        """Wait until others have found out something about an authority in doubt, as long as the call may take."""
        try:
            async with asyncio.timeout_at(call.until):
                await self.breaker.probe_ended()
        except TimeoutError as error:
            raise NotAsked("the authority answers none of those who ask it") from error

    async def _exchange(self, call: AuthorityCall[T]) -> T:
        """Make one attempt; the occasion is made when its turn has come, as its nonce and its time are worth seconds."""
        authority = self.authority
        drawn = secrets.token_bytes(32)
        # By this process's own clock, which it shows to others: the database's is for what is kept here.
        occasion = Occasion(at=utc_now(), nonce=drawn[:16], message_id=drawn[16:].hex())
        call.requested_at = self.now()
        call.message_ids.append(occasion.message_id)
        until = min(call.until, asyncio.get_running_loop().time() + authority.limits.deadline_s)
        came = await authority.run(
            call.of, occasion, until=until, trail=call.trail, reads=call.reads, may_send=call.may_send
        )
        if call.heed is not None:
            await call.heed(came)
        value = call.judge(came)
        # A delivered adapter passes on only what its authority said.
        return value if self.delivered and not call.trail.contained_secret else self._cleaned(value, call)

    def _cleaned(self, value: T, call: AuthorityCall[T]) -> T:
        cleaned = call.trail.cleaned(value)
        if cleaned is not value:
            log.warning("secret_in_an_answer", adapter=self.name, message_id=call.message_ids[-1])
        return cleaned

    def _note_failure(
        self, call: AuthorityCall[T], admitted: AdmittedCall, error: AdapterError, seconds: float, *, asked: bool
    ) -> None:
        code = code_of(error)
        if isinstance(error, NotAsked):
            self.breaker.abandoned(admitted)
            if isinstance(error, Withheld):
                observe.not_sent.labels(self.name).inc()
                log.warning("order_not_sent", adapter=self.name, why=str(error), message_id=call.message_ids[-1])
            return
        away = isinstance(error, AccessRefused)
        if isinstance(error, Unavailable):
            away = self.breaker.failed(admitted, certain=isinstance(error, AuthorityAway))
        elif asked or away:
            self.breaker.answered(admitted)
        else:
            # It failed before anybody was asked: that says nothing of the authority.
            self.breaker.abandoned(admitted)
        self.record.failed(seconds, code, call.requested_at, away=away)
        call.trail.failed(error)
        self._report(code, seconds)
        log.warning(
            "adapter_overran" if isinstance(error, Overrun) else "authority_gave_no_answer",
            adapter=self.name,
            code=code,
            error=type(error).__name__,
            why=self._in_own_words(error),
            place=noted_place(error) or None if self._is_file else None,
            message_id=call.message_ids[-1],
        )

    @property
    def _is_file(self) -> bool:
        return self.authority.manifest.entry_point == ENTRY_POINT

    def _in_own_words(self, error: AdapterError) -> str | None:
        """Return why there is no answer, as far as the words are the gateway's own; an adapter's may quote the answer."""
        if type(error) in FOUND or isinstance(error, Overrun):
            return str(error)
        # Of a file the interpreter speaks, which quotes nothing but a code that is in no list.
        return _QUOTED.sub("...", str(error)) if self._is_file and noted_place(error) else None

    def _report(self, outcome: str, seconds: float) -> None:
        if self.on_call is not None:
            with suppress(Exception):
                self.on_call(self.name, outcome, seconds)

    def followed_by(self, later: "AuthorityClient") -> "AuthorityClient":
        """Return the client of other settings for the same code: what is known of the code and of the calls goes on."""
        stepper, before = later.authority.stepper, self.authority.stepper
        stepper.enabled, stepper.overruns = before.enabled, before.overruns
        return replace(
            later,
            record=self.record,
            delivered=self.delivered,
            placement=self.placement,
            disabled_at=self.disabled_at,
            draining_at=self.draining_at,
        )

    def disable(self, at: datetime | None) -> None:
        """Run the adapter's code no more, since a time; None: it is run again."""
        self.disabled_at = at
        self.authority.stepper.enabled = at is None

    def health(self) -> AdapterHealth:
        """Return the adapter's health as this process sees it."""
        manifest, record = self.authority.manifest, self.record
        return AdapterHealth(
            name=manifest.name,
            title=manifest.title,
            authority=manifest.authority,
            tier=self.placement.tier.value,
            why=self.placement.why,
            reason=self.placement.reason,
            runs_in="loop" if isinstance(self.authority.stepper, LoopStepper) else "sandbox",
            last_exchange=record.last_exchange,
            document_types=manifest.document_types,
            breaker=self.breaker.state,
            unanswered=self.breaker.unanswered,
            delivered=self.delivered,
            enabled=self.authority.stepper.enabled and self.draining_at is None,
            disabled_at=self.disabled_at or self.draining_at,
            draining=self.draining_at is not None,
            overruns=self.authority.stepper.overruns,
            in_flight=record.in_flight,
            latency_p50_ms=record.latency_ms(0.5),
            latency_p95_ms=record.latency_ms(0.95),
            calls=record.calls,
            failures=record.failures,
            last_failure_code=record.last_failure_code,
            last_ok_at=record.last_ok_at,
            down_since=record.down_since,
        )


async def _beside_own_time(waiting: Coroutine[Any, Any, None]) -> None:
    """Wait for something that is none of the declaration's own time."""
    await (waiting if (own := own_time.get()) is None else own.waited(waiting))


async def _pause(seconds: float) -> None:
    """Pause before a call is made again."""
    await _beside_own_time(asyncio.sleep(seconds))


def open_client(
    name: str,
    loaded: LoadedAdapter,
    policy: RetryPolicy,
    on_call: OnCall | None,
    clock: Callable[[], float],
    on_overrun: Callable[[str, OverrunKind], None],
    allowance: Callable[[str, int], Allowance],
    on_return: Callable[[str], None] | None = None,
    shown: Callable[[LoadedAdapter], ShownStep | None] = lambda _: None,
    now: Callable[[], datetime] = utc_now,
) -> AuthorityClient:
    """Make the client of a loaded adapter; nothing is connected before the first call."""
    limits, auth = loaded.limits, loaded.manifest.auth
    transport = Transport(
        base_url=loaded.config.base_url,
        limits=limits,
        tls=loaded.tls,
        allowance=allowance(name, limits.requests_per_minute),
        clock=AuthorityClock(partial(observe.ahead_of_authority, name)),
    )
    return AuthorityClient(
        name=name,
        authority=Authority(
            manifest=loaded.manifest,
            limits=limits,
            transport=transport,
            credentials=Credentials(
                auth, loaded.auth_secrets, transport, deadline_s=limits.deadline_s, issuer=_issuer_of(loaded)
            ),
            stepper=_stepper(loaded, policy, partial(on_overrun, name), shown(loaded)),
        ),
        permits=Resource("authority_requests", limits.in_flight, times_left=_TIMES_LEFT, of=name),
        breaker=Breaker(threshold=policy.breaker_threshold, rest_s=policy.breaker_rest_s, clock=clock),
        redaction=Redaction(loaded.all_secrets, headers=(auth.header,) if "header" in auth.kinds else ()),
        policy=policy,
        on_call=on_call,
        on_return=on_return,
        now=now,
        delivered=loaded.delivered,
        placement=loaded.placement,
    )


def _issuer_of(loaded: LoadedAdapter) -> TokenIssuer | None:
    return None if loaded.token_url is None else TokenIssuer.of(loaded.token_url, loaded.limits, loaded.tls)


def _stepper(
    loaded: LoadedAdapter, policy: RetryPolicy, on_overrun: Callable[[OverrunKind], None], shown: ShownStep | None
) -> Stepper:
    adapter, budget_s = loaded.adapter, policy.step_budget_s
    if isinstance(adapter, SandboxedCode):
        return SandboxStepper(adapter, most=policy.sandboxes, budget_s=budget_s, on_overrun=on_overrun, shown=shown)
    return LoopStepper(adapter, budget_s=budget_s, on_overrun=on_overrun, watched=shown)


def code_of(error: AdapterError) -> str:
    """Return the code by the kind of fault: an adapter's own subclass cannot bring one of its own."""
    if isinstance(error, OwnLimits):
        return AdapterError.code
    kinds: tuple[type[AdapterError], ...] = (*FOUND, Unavailable, AccessRefused, RequestRejected, UnexpectedAnswer)
    return next((kind.code for kind in kinds if isinstance(error, kind)), UnexpectedAnswer.code)
