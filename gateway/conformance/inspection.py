"""The inspection of one adapter: its package and recordings, its code in a process, and what it makes of answers, judged."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from gateway.conformance.exchanges import AdapterProcess, Ending, KitCall
from gateway.conformance.expectation import PUSHED, Expectation
from gateway.conformance.package import AdapterPackage
from gateway.conformance.recording import Recording
from gateway.conformance.simulated import SimulatedAuthority
from gateway.contract import (
    AdapterError,
    Answer,
    Change,
    DocumentSummary,
    Intervention,
    Ledger,
    MovementKind,
    Receipt,
    Request,
    Response,
    SuspensionEvent,
    UnexpectedAnswer,
)
from gateway.contract.errors import Unasked
from gateway.dispatch.answers import judged, judged_ledger, judged_receipt, judged_report, judged_reports
from gateway.dispatch.parties import judged_party
from gateway.dispatch.receipts import make_sure_of_order
from gateway.dispatch.suspension_words import judged_pushed, judged_words
from gateway.dispatch.suspension_words import judged_receipt as judged_notice
from gateway.domain.order_lines import unconverted
from gateway.domain.values import make_sure_of

CODE = "code"
"""The name under which the adapter is constructed with the recordings' settings."""
FRESH = "fresh"
"""The name under which it is constructed once more, for a single call."""
MOST_KILLS = 2
"""Places at which the adapter's process is ended before nothing more of it is run."""
READING = frozenset({"verify", "position", "list", "reported", "said", "party"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedResult:
    """The outcome of a call, as the gateway would take it: a value, or the fault for which there is none."""

    value: Any = None
    fault: str | None = None
    """The name of the contract's error; None: there is a value."""
    why: str = ""
    place: str = ""
    """File and line of the adapter's code that raised it."""
    ending: Ending = field(default_factory=Ending)

    @property
    def requests(self) -> tuple[Any, ...]:
        """The requests that were made."""
        return self.ending.requests

    def shown(self) -> str:
        """Return it in a few words."""
        if self.fault is not None:
            return f"{self.fault} ({self.why})" if self.why else self.fault
        if isinstance(self.value, Answer):
            return self.value.status.value
        if isinstance(self.value, Receipt):
            refusal = f" ({self.value.refusal.value})" if self.value.refusal is not None else ""
            return self.value.outcome.value + refusal
        if isinstance(self.value, Ledger):
            return f"a position of {len(self.value.lines)} lines"
        if isinstance(self.value, tuple):
            return f"{len(self.value)} documents"
        return "a receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFault:
    """The reason why an adapter cannot be loaded, and where."""

    place: str
    """File and line of its own code; its module where none of its lines had a part in it."""
    what: str


@dataclass(kw_only=True)
class Inspection:
    """An adapter under inspection: what checks need, and what they note."""

    package: AdapterPackage
    process: AdapterProcess
    authority: SimulatedAuthority | None = None
    """Its simulator or another base URL; None: nothing is asked over the wire."""
    most: int = 60
    """Places of one answer that are altered, and beginnings of it that are tried."""
    remarks: list[str] = field(default_factory=list)
    """The remarks that are no faults, and worth knowing."""
    kills: dict[str, str] = field(default_factory=dict)
    """The places where the adapter's process ended, and how."""
    printed_before: int = 0
    """Bytes that were printed in the process before this adapter was loaded."""
    _results: dict[str, JudgedResult] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.identity = cache(self._identity)

    def load(self) -> "LoadFault | None":
        """Construct the adapter; return why that cannot be done, None where it can."""
        module, _ = self.package.entry
        self.printed_before = len(self.process.output())
        ending = self._loaded(CODE)
        if ending.killed is not None:
            return LoadFault(place=module, what=ending.killed)
        if ending.raised is None:
            return None
        raised = ending.raised
        return LoadFault(place=self.package.relative(raised.place) or module, what=f"{raised.type}: {raised.text}")

    def _loaded(self, name: str) -> Ending:
        module, cls = self.package.entry
        return self.process.load(
            name,
            module=module,
            cls=cls,
            values=self.package.values,
            secrets=self.package.secrets,
            identity=self.package.identity,
            types=self.package.manifest.document_types,
            contract=self.package.contract,
        )

    def fresh(self, recording: Recording) -> JudgedResult:
        """Return what an adapter object makes of a recording that has not been asked anything before."""
        if self._loaded(FRESH).killed is not None:
            return JudgedResult(fault="killed", why="not run: it cannot be constructed again")
        (ending,) = self.process.replay(FRESH, recording.call, [recording.answers])
        return self.judge(recording.call, ending, recording.place)

    @property
    def is_given_up(self) -> bool:
        """Whether nothing more of the adapter is run: its process was ended too often."""
        return len(self.kills) >= MOST_KILLS

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """All recordings."""
        return self.package.recordings

    def of(self, *methods: str) -> tuple[Recording, ...]:
        """Return the recordings of methods that end in an answer."""
        return tuple(
            one
            for one in self.recordings
            if one.method in methods and one.expect.raises is None and self.result(one).fault is None
        )

    def answered(self) -> tuple[Recording, ...]:
        """Return the recordings of exchanges that end in an answer."""
        return self.of(*(one.method for one in self.recordings if one.method != PUSHED))

    def result(self, recording: Recording) -> JudgedResult:
        """Return what the adapter makes of an unchanged recording."""
        if recording.name not in self._results:
            if recording.method == PUSHED:
                self._results[recording.name] = self.notified(recording.subject, recording.place)
            else:
                self._results[recording.name] = self.results(recording, [recording.answers], free=True)[0]
        return self._results[recording.name]

    def results(
        self, recording: Recording, rows: Sequence[Sequence[Response]], *, free: bool = False
    ) -> list[JudgedResult]:
        """Return what the adapter makes of other answers to a recorded call; with `free` whatever it asks for."""
        if self.is_given_up:
            return [JudgedResult(fault="killed", why="not run: it was ended before") for _ in rows]
        # As it asks with the recorded answers, which is not always as it is recorded: that is another finding.
        asked = None if free else [(one.method, one.path) for one in self.result(recording).requests]
        endings = self.process.replay(CODE, recording.call, rows, asked)
        return [self.judge(recording.call, one, recording.place) for one in endings]

    def notified(self, request: Request, place: str) -> JudgedResult:
        """Return what the adapter makes of a pushed message."""
        ending = self.process.notify(CODE, request)
        return self._settled(ending, lambda: judged_pushed(ending.value), place)

    def judge(self, call: KitCall, ending: Ending, place: str) -> JudgedResult:
        """Judge the ending of a call as the gateway does."""

        def read() -> Any:
            if not ending.requests:
                raise Unasked("the adapter answered without having asked")
            return self._judged(call, ending.value)

        return self._settled(ending, read, place)

    def _settled(self, ending: Ending, read: Callable[[], Any], place: str) -> JudgedResult:
        if ending.killed is not None:
            self.kills.setdefault(place, ending.killed)
            return JudgedResult(fault="killed", why=ending.killed, ending=ending)
        if ending.raised is not None:
            raised = ending.raised
            why = raised.text if raised.kind else f"{raised.type}: {raised.text}"
            at = self.package.relative(raised.place)
            return JudgedResult(fault=raised.kind or UnexpectedAnswer.__name__, why=why[:200], place=at, ending=ending)
        if not ending.returned:
            return JudgedResult(fault="Unanswered", why="it asks for more than is recorded", ending=ending)
        try:
            return JudgedResult(value=read(), ending=ending)
        except AdapterError as error:
            return JudgedResult(fault=type(error).__name__, why=str(error), ending=ending)

    def _judged(self, call: KitCall, value: Any) -> Any:
        match call.method:
            case "verify":
                return judged(value, call.subject, self.package.manifest.document_types, unconverted, self.same)
            case "position":
                return judged_ledger(value)
            case "list":
                make_sure_of(value, tuple[DocumentSummary, ...])
                return value
            case "report":
                return judged_report(value, call.subject)
            case "reported":
                return judged_reports(value)
            case "tell":
                return judged_notice(value, call.subject)
            case "said":
                return judged_words(value, call.subject)
            case "party":
                return judged_party(value, call.subject)
        receipt = judged_receipt(value)
        order = call.subject.order if isinstance(call.subject, Intervention) else call.subject
        make_sure_of_order(receipt, MovementKind(call.method), order, unconverted)
        return receipt

    def same(self, one: str, other: str) -> bool:
        """Whether two references are one document by the adapter's rule of identity."""
        first = self.identity(one)
        return first is not None and first == self.identity(other)

    def _identity(self, reference: str) -> str | None:
        (found,) = self.process.identities(CODE, self.package.manifest.document_types[0], [reference])
        return found


def meets(expected: Expectation, result: JudgedResult) -> bool:
    """Whether a result comes to what a recording expects: the status, the outcome, the extent. Its facts are compared apart."""
    if expected.raises is not None:
        raised = result.ending.raised
        return result.fault is not None and (raised is None or raised.is_found or _is(result, expected.raises))
    if result.fault is not None:
        return False
    value = result.value
    match value:
        case Answer():
            return value.status is expected.status
        case Receipt():
            return (value.outcome, value.refusal) == (expected.outcome, expected.refusal)
        case Ledger():
            return expected.count in (None, len(value.lines))
    return expected.references is None or sorted(references(value)) == sorted(expected.references)


def _is(result: JudgedResult, name: str) -> bool:
    return result.fault == name


def references(documents: Sequence[DocumentSummary | Change | SuspensionEvent]) -> Iterator[str]:
    """Yield the references of listed or changed documents, and of cases."""
    return (one.reference for one in documents)
