"""Asks authorities: each requirement becomes a verification, whatever happens on the way."""

import asyncio
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

import structlog
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential,
    wait_random,
)

from gateway.contract import (
    AccessRefused,
    AdapterError,
    Answer,
    Occasion,
    RequestRejected,
    Unavailable,
    UnexpectedAnswer,
)
from gateway.dispatch.auth import Credentials
from gateway.dispatch.authority import Authority, judged
from gateway.dispatch.breaker import Allowance, Breaker, NotAsked
from gateway.dispatch.evidence import Redaction, Trail
from gateway.dispatch.health import AdapterHealth, Record
from gateway.dispatch.registry import LoadedAdapter
from gateway.dispatch.stepping import Stepper
from gateway.dispatch.transport import Transport
from gateway.domain.verification import DocumentStatus, EvidenceItem, Requirement, Verification

log = structlog.get_logger(__name__)

LEAST_S = 0.05
"""Seconds below which a call is not worth beginning: it would only look like an outage."""

OnCall = Callable[[str, str, float], None]
"""Is told of every call: the adapter, the document's status or the code of the fault, the seconds."""


_WORTH_ASKING_AGAIN = retry_if_exception(
    lambda error: isinstance(error, Unavailable) and not isinstance(error, NotAsked)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking about one document."""

    verification: Verification
    evidence: tuple[EvidenceItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How insistently authorities are asked."""

    attempts: int = 3
    first_pause_s: float = 0.2
    longest_pause_s: float = 2.0
    pause_jitter_s: float = 0.3
    breaker_threshold: int = 5
    """Unavailable answers in a row after which an authority is left alone."""
    breaker_rest_s: float = 10.0
    step_budget_s: float = 2.0
    """Seconds that one step of an adapter's code may take."""
    overruns_allowed: int = 2
    """The next one disables the adapter."""


@dataclass(slots=True, kw_only=True)
class _Line:
    """One adapter's desk: what it takes to ask, and who is waiting."""

    authority: Authority
    permits: asyncio.Semaphore
    breaker: Breaker
    redaction: Redaction
    record: Record = field(default_factory=Record)


@dataclass(slots=True, kw_only=True)
class _Case:
    """One question on its way: what is known of it so far."""

    requirement: Requirement
    line: _Line
    until: float
    trail: Trail
    asked_at: datetime
    message_ids: list[str] = field(default_factory=list)


class Dispatcher:
    """Asks every loaded adapter's authority, within limits that one authority's trouble cannot stretch for the others.

    `deadline_s` bounds one question with all its waiting, attempts and pauses. `clock` counts the
    seconds of breakers and allowances.
    """

    def __init__(
        self,
        adapters: Mapping[str, LoadedAdapter],
        *,
        deadline_s: float = 20.0,
        on_call: OnCall | None = None,
        habits: Habits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deadline_s = deadline_s
        self._on_call = on_call
        self._habits = habits or Habits()
        self._enough = stop_after_attempt(self._habits.attempts)
        self._pause = wait_exponential(
            multiplier=self._habits.first_pause_s, max=self._habits.longest_pause_s
        ) + wait_random(0, self._habits.pause_jitter_s)
        self._lines = MappingProxyType({name: self._line(loaded, clock) for name, loaded in adapters.items()})

    def _line(self, loaded: LoadedAdapter, clock: Callable[[], float]) -> _Line:
        limits, habits = loaded.limits, self._habits
        transport = Transport(
            base_url=loaded.config.base_url,
            limits=limits,
            tls=loaded.tls,
            allowance=Allowance(per_minute=limits.requests_per_minute, clock=clock),
        )
        auth = loaded.manifest.auth
        return _Line(
            authority=Authority(
                manifest=loaded.manifest,
                limits=limits,
                adapter=loaded.adapter,
                transport=transport,
                credentials=Credentials(auth, loaded.auth_secrets, transport, deadline_s=limits.deadline_s),
                stepper=Stepper(
                    trusted=loaded.manifest.tier == "conformant",
                    budget_s=habits.step_budget_s,
                    overruns_allowed=habits.overruns_allowed,
                ),
            ),
            permits=asyncio.Semaphore(limits.in_flight),
            breaker=Breaker(threshold=habits.breaker_threshold, rest_s=habits.breaker_rest_s, clock=clock),
            redaction=Redaction(loaded.all_secrets, headers=(auth.header,) if "header" in auth.kinds else ()),
        )

    async def ask(self, requirement: Requirement) -> Asked:
        """Asks about one document; whatever fails makes it undetermined, with its cause. Never raises.

        Cancelling ends the question; the authority may have seen it.
        """
        line = self._lines.get(requirement.adapter)
        if line is None:
            log.error("adapter_not_loaded", adapter=requirement.adapter)
            return Asked(verification=_undetermined(requirement, AdapterError.code, datetime.now(UTC)))
        case = _Case(
            requirement=requirement,
            line=line,
            until=asyncio.get_running_loop().time() + self._deadline_s,
            trail=Trail(line.redaction),
            asked_at=datetime.now(UTC),
        )
        line.record.in_flight += 1
        try:
            return self._answered(case, await self._insist(case))
        except AdapterError as error:
            if isinstance(error, NotAsked):
                self._tell(requirement.adapter, _code(error), 0.0)
            return self._failed(case, _code(error))
        except Exception as error:
            # A fault of ours is no answer either.
            log.error("asking_failed", adapter=requirement.adapter, error=type(error).__name__, exc_info=True)
            return self._failed(case, AdapterError.code)
        finally:
            line.record.in_flight -= 1

    def health(self) -> tuple[AdapterHealth, ...]:
        """Gives every adapter as this process sees it, in the order of their names."""
        return tuple(_health(line) for _, line in sorted(self._lines.items()))

    def enable(self, name: str) -> bool:
        """Lets an adapter's code run again that was disabled; False if there is no such adapter."""
        line = self._lines.get(name)
        if line is not None:
            line.authority.stepper.enable()
        return line is not None

    async def close(self) -> None:
        """Closes all connections."""
        await asyncio.gather(*(line.authority.close() for line in self._lines.values()))

    async def _insist(self, case: _Case) -> Answer:
        try:
            return await self._attempt(case)
        except Unavailable as error:
            if not case.line.authority.manifest.idempotent:
                raise
            return await self._again(case, error)

    async def _again(self, case: _Case, first: Unavailable) -> Answer:
        """Asks again as long as it is worth it; the first attempt, which nearly always suffices, has been made."""
        made: list[Unavailable] = [first]

        async def attempt() -> Answer:
            if made:
                raise made.pop()
            return await self._attempt(case)

        left = case.until - asyncio.get_running_loop().time()
        retrying = AsyncRetrying(
            retry=_WORTH_ASKING_AGAIN,
            stop=self._enough | stop_before_delay(left),
            wait=self._pause,
            sleep=asyncio.sleep,
            reraise=True,
        )
        return await retrying(attempt)

    async def _attempt(self, case: _Case) -> Answer:
        line = case.line
        line.breaker.refuse_if_open()
        try:
            async with asyncio.timeout_at(case.until):
                await line.permits.acquire()
        except TimeoutError as error:
            raise NotAsked("the calls under way left no time for this one") from error
        try:
            if case.until - asyncio.get_running_loop().time() < LEAST_S:
                raise NotAsked("the calls under way left no time for this one")
            line.breaker.admit()
            began = time.perf_counter()
            try:
                answer = await self._call(case)
            except AdapterError as error:
                self._note_failure(case, error, time.perf_counter() - began)
                raise
            except BaseException:
                line.breaker.abandoned()
                raise
            line.breaker.answered()
            line.record.answered(time.perf_counter() - began, case.asked_at)
            self._tell(case.requirement.adapter, answer.status.value, time.perf_counter() - began)
            return answer
        finally:
            line.permits.release()

    async def _call(self, case: _Case) -> Answer:
        """One attempt: the occasion is made when its turn has come, as its nonce and its time are worth seconds."""
        authority = case.line.authority
        occasion = Occasion(at=datetime.now(UTC), nonce=secrets.token_bytes(16), message_id=uuid.uuid4().hex)
        case.asked_at = occasion.at
        case.message_ids.append(occasion.message_id)
        until = min(case.until, asyncio.get_running_loop().time() + authority.limits.deadline_s)
        try:
            async with asyncio.timeout_at(until):
                make = partial(authority.adapter.verify, case.requirement.query, occasion)
                return judged(await authority.run(make, until=until, trail=case.trail))
        except TimeoutError as error:
            raise Unavailable("the authority did not answer in time") from error

    def _note_failure(self, case: _Case, error: AdapterError, seconds: float) -> None:
        line, code = case.line, _code(error)
        if isinstance(error, NotAsked):
            line.breaker.abandoned()
            return
        if isinstance(error, Unavailable):
            line.breaker.failed()
        else:
            line.breaker.answered()
        line.record.failed(seconds, code)
        case.trail.failed(error)
        self._tell(case.requirement.adapter, code, seconds)
        log.warning(
            "authority_gave_no_answer",
            adapter=case.requirement.adapter,
            code=code,
            error=type(error).__name__,
            message_id=case.message_ids[-1],
        )

    def _tell(self, adapter: str, outcome: str, seconds: float) -> None:
        if self._on_call is not None:
            with suppress(Exception):
                self._on_call(adapter, outcome, seconds)

    def _answered(self, case: _Case, answer: Answer) -> Asked:
        evidence = case.trail.items()
        requirement = case.requirement
        return Asked(
            verification=Verification(
                type=requirement.query.type,
                reference=requirement.query.reference,
                status=DocumentStatus(answer.status.value),
                adapter=requirement.adapter,
                certificate=answer.certificate,
                ledger=answer.ledger,
                asked_at=case.asked_at,
                evidence=tuple(item.digest for item in evidence),
                message_ids=tuple(case.message_ids),
                attempts=len(case.message_ids),
            ),
            evidence=evidence,
        )

    def _failed(self, case: _Case, code: str) -> Asked:
        evidence = case.trail.items()
        return Asked(
            verification=_undetermined(
                case.requirement,
                code,
                case.asked_at,
                evidence=tuple(item.digest for item in evidence),
                message_ids=tuple(case.message_ids),
            ),
            evidence=evidence,
        )


def _undetermined(
    requirement: Requirement,
    cause: str,
    at: datetime,
    evidence: tuple[str, ...] = (),
    message_ids: tuple[str, ...] = (),
) -> Verification:
    return Verification(
        type=requirement.query.type,
        reference=requirement.query.reference,
        status=DocumentStatus.UNDETERMINED,
        adapter=requirement.adapter,
        cause=cause,
        asked_at=at,
        evidence=evidence,
        message_ids=message_ids,
        attempts=len(message_ids),
    )


def _code(error: AdapterError) -> str:
    """Gives the code by the kind of fault: an adapter's own subclass cannot bring one of its own."""
    kinds = (Unavailable, AccessRefused, RequestRejected, UnexpectedAnswer)
    return next((kind.code for kind in kinds if isinstance(error, kind)), UnexpectedAnswer.code)


def _health(line: _Line) -> AdapterHealth:
    manifest, record = line.authority.manifest, line.record
    return AdapterHealth(
        name=manifest.name,
        title=manifest.title,
        authority=manifest.authority,
        tier=manifest.tier,
        document_types=manifest.document_types,
        breaker=line.breaker.state,
        enabled=line.authority.stepper.enabled,
        in_flight=record.in_flight,
        latency_p50_ms=record.latency_ms(0.5),
        latency_p95_ms=record.latency_ms(0.95),
        calls=record.calls,
        failures=record.failures,
        last_failure_code=record.last_failure_code,
        last_ok_at=record.last_ok_at,
    )
