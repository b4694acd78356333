"""Models of answers about adapters and how their authorities answer."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from gateway.domain.adapter_switch import AdapterState, OverrunKind
from gateway.domain.adapter_tier import PlacementReason
from gateway.domain.contingency import WindowMode


class OverrunCount(BaseModel):
    """The declarations by which an adapter's code overran in one way."""

    kind: OverrunKind
    count: int


class QuarantineBody(BaseModel):
    """Why and since when the gateway runs an adapter's code no more, until somebody enables it."""

    since: datetime
    why: str
    """In a sentence."""
    declarations: int
    """Over so many declarations its code overran since it was enabled last."""
    kinds: list[OverrunCount]
    """What it did, as far as that is known."""


class ExchangeBody(BaseModel):
    """An exchange with an authority."""

    at: datetime
    """When it was begun."""
    outcome: str
    """The answer's, as the status of a document, or the code of the fault."""
    milliseconds: int


class AdapterBody(BaseModel):
    """One adapter's health in this process, since it started."""

    name: str
    title: str
    authority: str
    tier: str
    """`draft`, `conformant` or `proven`: computed on this installation for these very files."""
    document_types: list[str]
    breaker: Literal["closed", "open", "half_open"]
    delivered: bool
    enabled: bool
    disabled_at: datetime | None
    overruns: int
    in_flight: int
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    calls: int
    failures: int
    last_failure_code: str | None
    last_ok_at: datetime | None
    draining: bool
    """Whether it finishes what is under way and asks nothing new."""
    down_since: datetime | None
    """Since when its authority has not answered, or lets nobody in."""
    why: str
    """Why it has its tier, and where its code runs."""
    reason: PlacementReason
    """The same as a word."""
    runs_in: Literal["loop", "sandbox"]
    last_exchange: ExchangeBody | None
    """The last one of this process; null: it had none."""
    state: AdapterState
    """What it is switched to on all replicas; the gateway quarantines by itself what overran for several declarations."""
    quarantine: QuarantineBody | None


class OpenWindow(BaseModel):
    """A contingency window that is open."""

    number: int
    mode: WindowMode
    link: str


class FaultCount(BaseModel):
    """The calls that met one fault."""

    code: str
    count: int


class CallFigures(BaseModel):
    """How calls to an authority went over all replicas."""

    calls: int
    """Answered or not."""
    failures: int
    latency_p50_ms: int | None
    """Milliseconds within which half of them ended at most; null: there was none, or they took longer than 40 seconds."""
    latency_p95_ms: int | None
    faults: list[FaultCount]


class ProcessBody(BaseModel):
    """What a process said last of its adapter."""

    process: str
    """Its machine, number and start."""
    at: datetime
    tier: str
    why: str
    runs_in: Literal["loop", "sandbox"]
    breaker: Literal["closed", "open", "half_open"]
    in_flight: int
    last_exchange: ExchangeBody | None


class FiguresOverTime(CallFigures):
    """The same since a time, whether the authority answers, and how its adapter stands in each process."""

    breakers_open: int | None
    """In how many processes the breaker is open; null: none says."""
    in_flight: int | None
    """Calls that are under way or wait for their turn; null: none says."""
    last_exchange: ExchangeBody | None
    """Also of processes that are gone; null: none is known."""
    processes: list[ProcessBody]
    """Those that live, as each said a moment ago."""

    since: datetime
    last_ok_at: datetime | None
    down_since: datetime | None
    """When the first call was made that nobody was answered after; null: the last call was answered, or there was none."""


class SlotFigures(CallFigures):
    """The same for a slot of five minutes."""

    at: datetime
    """When they begin."""


class ListedAdapter(AdapterBody):
    """The same with what counts over all replicas."""

    waiting: int
    """Declarations that wait for its authority, which did not answer."""
    waiting_since: datetime | None
    back_at: datetime | None
    """Since when it is known that the authority answers again."""
    window: OpenWindow | None
    over_all: FiguresOverTime | None
    """How calls went over all replicas in the last hour."""


class OneAdapter(ListedAdapter):
    """One adapter, with its figures of the last 24 hours by slots of time."""

    process: int
    series: list[SlotFigures]


class AdapterList(BaseModel):
    """The adapters of this process."""

    process: int
    items: list[ListedAdapter]
