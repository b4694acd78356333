"""The dispatcher: each requirement becomes a verification, each order a receipt or a doubt, whatever happens on the way."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from operator import attrgetter
from types import MappingProxyType

import structlog
from msgspec import Struct

from gateway import observe
from gateway.contract import (
    AdapterError,
    Answer,
    Change,
    DocumentQuery,
    MovementKind,
    PartyQuery,
    QuantityOrder,
    ReportOrder,
    Request,
    RequestRejected,
    SuspensionEvent,
    SuspensionNotice,
    SuspensionQuery,
    UnexpectedAnswer,
)
from gateway.dispatch.answers import judged, whether_same
from gateway.dispatch.authority_client import (
    AuthorityCall,
    AuthorityClient,
    CallFault,
    OnCall,
    RetryPolicy,
    open_client,
    utc_now,
)
from gateway.dispatch.breaker import Allowance
from gateway.dispatch.health import AdapterHealth
from gateway.dispatch.http import MaySend
from gateway.dispatch.identity_rule import SandboxedRule
from gateway.dispatch.movements import has_position, move, read_position, takes
from gateway.dispatch.parties import knows_parties, read_party
from gateway.dispatch.registry import LoadedAdapter, identities
from gateway.dispatch.reports import is_told, read_reports, send_report
from gateway.dispatch.sandboxes import SandboxedCode
from gateway.dispatch.shown_steps import shown_steps
from gateway.dispatch.step_record import StepRecord
from gateway.dispatch.suspension_words import is_heard, judged_pushed, read_words, send_notice
from gateway.domain.adapter_switch import OverrunKind
from gateway.domain.adapter_tier import AdapterTier
from gateway.domain.authority_figures import AdapterFigures
from gateway.domain.movement_results import Moved, PositionRead
from gateway.domain.order_lines import Convert, unconverted
from gateway.domain.party_results import PartyRead
from gateway.domain.report_results import ReportSent, ReportsRead
from gateway.domain.suspension_results import NoticeSent, WordsRead
from gateway.domain.verification import DocumentStatus, EvidenceItem, Requirement, Verification
from gateway.process_life import ProcessLife
from gateway.sandbox.steps import AdapterCall
from gateway.turns import in_line

log = structlog.get_logger(__name__)

OnOverrun = Callable[[str, str | None, OverrunKind], None]
"""Called whenever an adapter's code overran, with the adapter, the declaration that was worked on, if one was, and what it did."""
_CALLS = 3
"""Times the deadline of one call after which no call that began before new settings is under way."""


class AuthorityAnswer(Struct, frozen=True, kw_only=True):
    """The result of asking about one document."""

    verification: Verification
    evidence: tuple[EvidenceItem, ...] = ()


class Dispatcher:
    """The client of all authorities, within limits that one authority's trouble cannot stretch for the others.

    `deadline_s` bounds one question or movement with all its waiting, attempts and pauses. `clock` counts the
    seconds of breakers and allowances. `on_overrun` is called at each overrun of an adapter's code, `on_return` when an authority answers for the first time, or again. `convert` compares what an authority states in two units. `record`
    tells a watchdog of the steps of proven adapters in the loop, `life` whoever supervises this process of those of all that were not delivered. `divided`: requests a minute are those of all processes, and
    nothing is sent before this one has its share.
    `now` tells when each was asked; what is sent to them has the time of this process's own clock.
    """

    def __init__(
        self,
        adapters: Mapping[str, LoadedAdapter],
        *,
        deadline_s: float = 20.0,
        on_call: OnCall | None = None,
        on_overrun: OnOverrun | None = None,
        on_return: Callable[[str], None] | None = None,
        policy: RetryPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
        convert: Convert = unconverted,
        record: StepRecord | None = None,
        life: ProcessLife | None = None,
        divided: bool = False,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._now = now
        self._deadline_s = deadline_s
        self._clock = clock
        self._divided = divided
        self._allowances: dict[str, Allowance] = {}
        self._convert = convert
        policy = policy or RetryPolicy()
        self._on_overrun = on_overrun
        self.identities = identities(adapters, is_run=self._is_enabled)
        """The rules by which each authority knows its documents."""
        rules = self.identities.rules
        self._rules = {name: rule for name, rule in rules.items() if isinstance(rule, SandboxedRule)}
        for name, rule in self._rules.items():
            rule.on_overrun = partial(self._overran, name)
            rule.shown = shown_steps(None, life, adapters[name]) or rule.shown
        self._opened = partial(
            open_client,
            policy=policy,
            on_call=on_call,
            clock=clock,
            on_overrun=self._overran,
            allowance=self._allowance,
            on_return=on_return,
            shown=partial(shown_steps, record, life),
            now=now,
        )
        self._clients = MappingProxyType({name: self._opened(name, loaded) for name, loaded in adapters.items()})
        self._loaded = MappingProxyType(dict(adapters))
        self._leaving: set[asyncio.Task[None]] = set()

    async def ask_all(self, requirements: Sequence[Requirement]) -> Sequence[AuthorityAnswer]:
        """Ask about all documents of a declaration within the time of one question; as `ask` does."""
        until = asyncio.get_running_loop().time() + self._deadline_s
        ask = partial(self.ask, until=until)
        return await in_line(requirements, ask, line=attrgetter("adapter"), share=self._share)

    async def ask(self, requirement: Requirement, *, until: float | None = None) -> AuthorityAnswer:
        """Ask about one document; whatever fails makes it undetermined, with its cause. Never raises.

        Cancelling ends the question; the authority may have seen it. `until` is the loop's time at which it is over.
        """
        client = self._client(requirement.adapter)
        if client is None:
            return AuthorityAnswer(verification=_undetermined(requirement, AdapterError.code, self._now()))
        if client.disabled_at is not None:
            # Nobody runs its code, not even to tell documents apart.
            return AuthorityAnswer(verification=_undetermined(requirement, AdapterError.code, self._now()))
        if not requirement.identified:
            log.error("reference_not_identified", adapter=requirement.adapter, type=requirement.query.type)
            return AuthorityAnswer(verification=_undetermined(requirement, UnexpectedAnswer.code, self._now()))
        query = requirement.query
        types = client.authority.manifest.document_types
        same, heed = whether_same(self.identities, requirement.adapter, query)
        call = client.call(
            AdapterCall(method="verify", subject=query),
            lambda answer: judged(answer, query, types, self._convert, same),
            _status,
            heed=heed,
            within_s=self._deadline_s if until is None else until - asyncio.get_running_loop().time(),
        )
        came = await client.insistently(call)
        return _answer_of(requirement, call, came)

    async def move(
        self, adapter: str, kind: MovementKind, order: QuantityOrder, *, may_send: MaySend | None = None
    ) -> Moved:
        """Order one movement, once, even if the call fails: without a receipt it is to be read back. Never raises.

        `may_send` is asked at the last point before the bytes of each request go; where it says no, nothing is sent.

        Cancelling leaves it in doubt: the authority may have done it.
        """
        client = self._client(adapter)
        if client is None:
            return Moved(receipt=None, cause=AdapterError.code, sent=False)
        if not takes(client.authority.manifest, kind):
            return Moved(receipt=None, cause=RequestRejected.code, sent=False)
        began = time.perf_counter()
        with observe.span("order", adapter=adapter, movement=kind.value) as span:
            moved = await move(client, kind, order, self._convert, within_s=self._deadline_s, may_send=may_send)
            outcome = moved.cause if moved.receipt is None else moved.receipt.outcome.value
            span.tell(outcome=outcome)
        observe.line(
            "order_ended",
            adapter=adapter,
            movement=kind.value,
            outcome=outcome,
            sent=moved.sent,
            seconds=round(time.perf_counter() - began, 6),
        )
        return moved

    async def read_position(self, adapter: str, query: DocumentQuery) -> PositionRead:
        """Read a document's quantity position; whatever fails leaves it not known, with its cause. Never raises."""
        client = self._client(adapter)
        if client is None:
            return PositionRead(ledger=None, cause=AdapterError.code)
        if not has_position(client.authority.manifest):
            return PositionRead(ledger=None, cause=RequestRejected.code)
        return await read_position(client, query, within_s=self._deadline_s)

    async def report(self, adapter: str, order: ReportOrder, *, may_send: MaySend | None = None) -> ReportSent:
        """Report a release, once, even if the call fails: without a receipt it is to be read back. Never raises.

        `may_send` is asked at the last point before the bytes go; where it says no, nothing is sent. Cancelling leaves it in doubt.
        """
        client = self._client(adapter)
        if client is None or not is_told(client.authority.manifest):
            return ReportSent(reported=None, cause=_unable(client), sent=False)
        return await send_report(client, order, within_s=self._deadline_s, may_send=may_send)

    async def read_reports(self, adapter: str, query: DocumentQuery) -> ReportsRead:
        """Read which reports of the asking declaration an authority has; whatever fails leaves it not known, with its cause. Never raises."""
        client = self._client(adapter)
        if client is None or not is_told(client.authority.manifest):
            return ReportsRead(reports=None, cause=_unable(client))
        return await read_reports(client, query, within_s=self._deadline_s)

    async def tell(self, adapter: str, notice: SuspensionNotice, *, may_send: MaySend | None = None) -> NoticeSent:
        """Send a notice about suspended goods, once, even if the call fails. Never raises.

        `may_send` is asked at the last point before the bytes go; where it says no, nothing is sent. Cancelling leaves it in doubt.
        """
        client = self._client(adapter)
        if client is None or "tell" not in self.offers(adapter):
            return NoticeSent(receipt=None, cause=_unable(client), sent=False)
        return await send_notice(client, notice, within_s=self._deadline_s, may_send=may_send)

    async def said(self, adapter: str, query: SuspensionQuery) -> WordsRead:
        """Read what an authority said about a suspension; whatever fails leaves it not known, with its cause. Never raises."""
        client = self._client(adapter)
        if client is None or "said" not in self.offers(adapter):
            return WordsRead(events=None, cause=_unable(client))
        return await read_words(client, query, within_s=self._deadline_s)

    async def party(self, adapter: str, query: PartyQuery, *, within_s: float | None = None) -> PartyRead:
        """Ask what an authority knows of an operator, in less time than a question has where that is wanted; whatever fails leaves it
        not known, with its cause. Never raises.
        """
        client = self._client(adapter)
        if client is None or not knows_parties(client.authority.manifest):
            return PartyRead(answer=None, cause=_unable(client))
        if client.disabled_at is not None:
            return PartyRead(answer=None, cause=AdapterError.code)
        return await read_party(client, query, within_s=min(self._deadline_s, within_s or self._deadline_s))

    def knowing_parties(self) -> tuple[str, ...]:
        """Return the adapters whose authorities are asked about operators, by name."""
        return tuple(sorted(name for name, one in self._loaded.items() if knows_parties(one.manifest)))

    def is_examined(self, adapter: str) -> bool:
        """Whether an adapter passed the kit on this installation, or came with the gateway."""
        loaded = self._loaded.get(adapter)
        return loaded is not None and loaded.placement.tier is not AdapterTier.DRAFT

    def offers(self, adapter: str) -> tuple[str, ...]:
        """Return which of `tell` and `said` an adapter has."""
        loaded = self._loaded.get(adapter)
        return () if loaded is None else loaded.offers

    async def read_notification(self, adapter: str, request: Request) -> tuple[Change | SuspensionEvent, ...]:
        """Read a notification that an authority pushed, without asking anybody.

        The changes are of documents of the types that the authority decides about, the events about goods that customs suspends.

        Raises:
            AdapterError: it is nothing that its adapter knows, or about other authorities' documents alone, or says something that
                the adapter does not claim; `RequestRejected` if there is no adapter that reads such.
        """
        client = self._clients.get(adapter)
        if client is None or not client.authority.manifest.capabilities & {"notifications", "suspensions"}:
            raise RequestRejected("no adapter of this name reads notifications")
        manifest = client.authority.manifest
        pushed = judged_pushed(await client.authority.stepper.read_notification(request))
        own = tuple(one for one in pushed if not isinstance(one, Change) or one.type in manifest.document_types)
        if len(own) < len(pushed):
            log.warning("changes_of_others", adapter=adapter, changes=len(pushed) - len(own))
        if pushed and not own:
            raise UnexpectedAnswer("the adapter returned changes of documents that its authority does not decide about")
        if not is_heard(manifest) and any(isinstance(one, SuspensionEvent) for one in own):
            raise UnexpectedAnswer("the adapter returned words about suspensions, which its manifest does not claim")
        return own

    def health(self) -> tuple[AdapterHealth, ...]:
        """Return the health of every adapter as this process sees it, in the order of their names."""
        return tuple(client.health() for _, client in sorted(self._clients.items()))

    def figures(self) -> tuple[AdapterFigures, ...]:
        """Return the figures of the latest calls of every adapter in this process, in the order of their names."""
        return tuple(client.record.figures(name) for name, client in sorted(self._clients.items()))

    def allowances(self) -> Mapping[str, Allowance]:
        """Return what each authority may be asked a minute, by adapter."""
        return self._allowances

    def knows(self, name: str) -> bool:
        """Whether there is an adapter of this name."""
        return name in self._clients

    def disable(self, disabled: Mapping[str, datetime]) -> None:
        """Run the code of these adapters no more, each since a time, and that of all others again."""
        for name, client in self._clients.items():
            if (at := disabled.get(name)) != client.disabled_at:
                client.disable(at)

    def drain(self, draining: Mapping[str, datetime]) -> None:
        """Begin no new calls to these authorities, each since a time; what is under way comes to its end."""
        for name, client in self._clients.items():
            client.draining_at = draining.get(name)

    def _allowance(self, name: str, per_minute: int) -> Allowance:
        """Return the allowance of an authority, which other settings change without starting it again."""
        if (known := self._allowances.get(name)) is None:
            made = Allowance(per_minute=per_minute, clock=self._clock, divided=self._divided)
            known = self._allowances.setdefault(name, made)
        known.renew(per_minute)
        return known

    def _is_enabled(self, name: str) -> bool:
        client = self._clients.get(name)
        return client is None or client.disabled_at is None

    def _overran(self, name: str, kind: OverrunKind) -> None:
        if self._on_overrun is not None:
            self._on_overrun(name, observe.declaration_id.get(), kind)

    def unlike(self, adapters: Mapping[str, LoadedAdapter]) -> tuple[str, ...]:
        """Return the names of adapters that are not those loaded here: others, fewer, or of other packages."""
        known = self._loaded
        changed = (
            name
            for name in known.keys() & adapters.keys()
            if known[name].manifest != adapters[name].manifest
            or known[name].config.package != adapters[name].config.package
            or _digest(known[name]) != _digest(adapters[name])
        )
        return tuple(sorted({*(known.keys() ^ adapters.keys()), *changed}))

    def renew(self, adapters: Mapping[str, LoadedAdapter]) -> None:
        """Use other settings of the same adapters from the next call on; the calls under way end as they began."""
        before = self._clients
        self._clients = MappingProxyType(
            {name: before[name].followed_by(self._opened(name, loaded)) for name, loaded in adapters.items()}
        )
        self._loaded = MappingProxyType(dict(adapters))
        # The rules of before go on, with what they said.
        rules = [one.identity for one in adapters.values() if isinstance(one.identity, SandboxedRule)]
        unused = [one for one in rules if one not in self._rules.values()]
        task = asyncio.create_task(self._close_later(tuple(before.values()), unused), name="connections of before")
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _close_later(self, clients: Sequence[AuthorityClient], rules: Sequence[SandboxedRule]) -> None:
        try:
            for rule in rules:
                await asyncio.to_thread(rule.close)
            # A movement and the reading that confirms it may each take as long.
            await asyncio.sleep(_CALLS * self._deadline_s)
        finally:
            await asyncio.gather(*(client.authority.close() for client in clients))

    async def close(self) -> None:
        """Close all connections, and end all sandboxes."""
        for task in self._leaving:
            task.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)
        await asyncio.gather(*(client.authority.close() for client in self._clients.values()))
        for rule in self._rules.values():
            await asyncio.to_thread(rule.close)

    def _client(self, adapter: str) -> AuthorityClient | None:
        client = self._clients.get(adapter)
        if client is None:
            log.error("adapter_not_loaded", adapter=adapter)
        return client

    def _share(self, adapter: str) -> int:
        """Return how many questions of one declaration an authority is asked at once: half of what it takes is left to others."""
        client = self._clients.get(adapter)
        return 1 if client is None else max(1, client.authority.limits.in_flight // 2)


def _digest(loaded: LoadedAdapter) -> str | None:
    """Return the digest of code that runs in sandboxes."""
    return loaded.adapter.digest if isinstance(loaded.adapter, SandboxedCode) else None


def _status(answer: Answer) -> str:
    return answer.status.value


def _answer_of(requirement: Requirement, call: AuthorityCall[Answer], came: Answer | CallFault) -> AuthorityAnswer:
    evidence = call.trail.items()
    digests, message_ids = tuple([item.digest for item in evidence]), tuple(call.message_ids)
    if isinstance(came, CallFault):
        lost = _undetermined(requirement, came.code, call.requested_at, evidence=digests, message_ids=message_ids)
        return AuthorityAnswer(verification=lost, evidence=evidence)
    accounts = came.accounts if came.account is None else (came.account,)
    account = accounts[0] if len(accounts) == 1 else None
    return AuthorityAnswer(
        verification=Verification(
            type=requirement.document.type,
            reference=requirement.document.reference,
            status=DocumentStatus(came.status.value),
            adapter=requirement.adapter,
            certificate=came.certificate,
            ledger=came.ledger if account is None else account.ledger,
            account=account,
            accounts=() if account is not None else accounts,
            ask_again_at=came.ask_again_at,
            asked_at=call.requested_at,
            evidence=digests,
            message_ids=message_ids,
            attempts=len(message_ids),
        ),
        evidence=evidence,
    )


def _unable(client: AuthorityClient | None) -> str:
    """Return the fault of an authority to which no releases are reported: there is none here, or its adapter cannot tell it."""
    return AdapterError.code if client is None else RequestRejected.code


def _undetermined(
    requirement: Requirement,
    cause: str,
    at: datetime,
    evidence: tuple[str, ...] = (),
    message_ids: tuple[str, ...] = (),
) -> Verification:
    return Verification(
        type=requirement.document.type,
        reference=requirement.document.reference,
        status=DocumentStatus.UNDETERMINED,
        adapter=requirement.adapter,
        cause=cause,
        asked_at=at,
        evidence=evidence,
        message_ids=message_ids,
        attempts=len(message_ids),
    )
