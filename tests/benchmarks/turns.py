"""One turn of one participant in one cell: a load, and the processor time and transactions that it took."""

import asyncio
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, takewhile
from types import TracebackType

from psycopg.conninfo import conninfo_to_dict

from tests.benchmarks.callers import after
from tests.benchmarks.cells import Cell, Way
from tests.benchmarks.figures import Turn
from tests.benchmarks.load import Answered, Call, arrive, load
from tests.benchmarks.participants import Field, Participant
from tests.benchmarks.processor import DatabaseTime, database_bytes, log_bytes, spent_s, transactions_written
from tests.builders.databases import database_of
from tests.builders.declarations import Goods, message
from tests.builders.running import until

WAIT_S = 30
_HANGING_PER_SECOND = 4
"""Declarations a second that ask who hangs."""
_NUMBERS = count(1)
"""Of declarations: every one another, whoever is asked."""
_RELEASED = {"release"}


class NotAsMeasured(Exception):
    """Something else came of a load than what is measured."""


@dataclass(slots=True)
class Work:
    """What work took, in seconds of processor time."""

    own_s: float = 0.0
    database_s: float = 0.0
    simulators_s: float = 0.0
    transactions: float = 0.0
    log_bytes: float = 0.0
    kept_bytes: float = 0.0
    seconds: float = 0.0

    def told(self, number: float) -> str:
        """Says it for each of so many declarations, or seconds."""
        costs = _costs(self, number)
        return (
            f"gateway {costs['own_ms']:.2f} + PostgreSQL {costs['database_ms']:.2f} ms of a processor,"
            f" simulators {costs['simulators_ms']:.2f} ms, {costs['transactions']:.1f} transactions"
        )


class Meter:
    """Measures what a participant's work takes while the context lasts: its processes, its database's backends, the simulators.

    Transactions are those of its server that wrote something.
    """

    def __init__(self, field: Field, one: Participant) -> None:
        self._field = field
        self._one = one
        # Not by the participant's database: looking on is no work of its.
        self._cluster = database_of(one.database_url, "postgres")
        self._name = str(conninfo_to_dict(one.database_url)["dbname"])
        self._database = DatabaseTime(self._cluster, self._name)
        self.work = Work()

    def __enter__(self) -> "Meter":
        """Begins."""
        self._began = time.perf_counter()
        self._log, self._kept = log_bytes(self._cluster), database_bytes(self._cluster, self._name)
        self._transactions = transactions_written(self._cluster)
        self._own, self._simulators = self._one.spent_s(), spent_s(self._field.simulated.pid) or 0.0
        self._database.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Ends."""
        self._database.__exit__(kind, error, at)
        own = self._one.spent_s()
        seconds = time.perf_counter() - self._began
        self.work = Work(
            own_s=sum(spent - self._own.get(pid, 0.0) for pid, spent in own.items()),
            database_s=self._database.total_s,
            simulators_s=(spent_s(self._field.simulated.pid) or 0.0) - self._simulators,
            transactions=transactions_written(self._cluster) - self._transactions - 1,
            log_bytes=log_bytes(self._cluster) - self._log,
            kept_bytes=database_bytes(self._cluster, self._name) - self._kept,
            seconds=seconds,
        )


def calls(cell: Cell, one: Participant) -> Iterator[Call]:
    """Declarations of a cell that were never sent before."""
    return (Call(body=cell.body(number, one.hot)) for number in _NUMBERS)


def loaded(cell: Cell, one: Participant, seconds: float) -> Answered:
    """Loads a participant for so long, or with as many as arrive in that time."""
    if cell.way in {Way.OPEN, Way.RESTART}:
        total = max(2, round(cell.per_second * seconds))
        return asyncio.run(arrive(one.urls, calls(cell, one), per_second=cell.per_second, total=total, wait_s=WAIT_S))
    return asyncio.run(_closed(cell, one, seconds))


async def _closed(cell: Cell, one: Participant, seconds: float) -> Answered:
    over = after(seconds)
    some = takewhile(lambda _: not over(), calls(cell, one))
    return await load(one.urls, some, total=sys.maxsize, in_flight=cell.in_flight, wait_s=WAIT_S)


def checked(answered: Answered) -> Answered:
    """Refuses figures of anything but success.

    Raises:
        NotAsMeasured: something else came.
    """
    if set(answered.statuses) != {200} or set(answered.effects) != _RELEASED:
        raise NotAsMeasured(f"statuses {answered.statuses}, decisions {answered.effects}")
    return answered


def turn(cell: Cell, field: Field, one: Participant, seconds: float) -> Turn:
    """Takes one turn of a closed or an open loop.

    Raises:
        NotAsMeasured: something else came of it.
    """
    with Meter(field, one) as meter:
        answered = checked(loaded(cell, one, seconds))
    return Turn(
        declarations=len(answered.ids), figures={**_latencies(answered), **_costs(meter.work, len(answered.ids))}
    )


def idle(field: Field, one: Participant, seconds: float) -> Turn:
    """Measures what a participant takes while nothing is lodged, for each second."""
    with Meter(field, one) as meter:
        time.sleep(seconds)
    return Turn(declarations=0, figures=_costs(meter.work, meter.work.seconds))


def hanging(cell: Cell, field: Field, one: Participant, seconds: float) -> tuple[Turn, Mapping[str, float]]:
    """Loads a participant with what one authority is asked about, alone and then beside declarations that ask another one, which hangs.

    Raises:
        NotAsMeasured: what does not ask the hanging one is not released.
    """
    alone = checked(loaded(cell, one, seconds))
    field.simulated.control("catch", "POST", "/faults", fault="hang")
    try:
        with Meter(field, one) as meter:
            beside = asyncio.run(_beside(cell, field, one, seconds))
    finally:
        field.simulated.control("catch", "POST", "/faults", fault=None)
    checked(beside)
    # Its breaker has to close before others are measured.
    until(lambda: _released_again(one), f"{one.name} asking the authority again that hung")
    figures = {**_latencies(beside), **_costs(meter.work, len(beside.ids))}
    more = {"alone_per_second": round(alone.per_second, 1), "alone_p95_ms": round(alone.percentile(0.95), 1)}
    return Turn(declarations=len(beside.ids), figures=figures), more


async def _beside(cell: Cell, field: Field, one: Participant, seconds: float) -> Answered:
    """Loads, while others arrive that wait for who hangs; those are answered once it does not any more, or are held."""
    fish = (Call(body=_fish(number)) for number in _NUMBERS)
    total = round(_HANGING_PER_SECOND * seconds)
    waiting = asyncio.create_task(arrive(one.urls, fish, per_second=_HANGING_PER_SECOND, total=total, wait_s=WAIT_S))
    found = await _closed(cell, one, seconds)
    await asyncio.to_thread(field.simulated.control, "catch", "POST", "/faults", fault=None)
    await waiting
    return found


def _fish(number: int) -> bytes:
    reference = f"CATCH.CC.XX.2026.1{number % 1_000_000:06d}"
    return message(f"FISH-{number:09d}", None, [Goods(number=1, reference=reference)], pre_lodged=False)


def _released_again(one: Participant) -> bool:
    some = (Call(body=_fish(number)) for number in _NUMBERS)
    answered = asyncio.run(load(one.urls, some, total=4, in_flight=2, wait_s=WAIT_S))
    return set(answered.effects) == _RELEASED


def restart(cell: Cell, field: Field, one: Participant, seconds: float) -> tuple[Turn, Mapping[str, float]]:
    """Kills a serving process in the first third of an open loop; counts what was not answered, and what never gets a decision."""
    before = one.undecided()

    async def both() -> Answered:
        loop = asyncio.create_task(asyncio.to_thread(loaded, cell, one, seconds))
        await asyncio.sleep(seconds / 3)
        await asyncio.to_thread(one.kill_one)
        return await loop

    answered = asyncio.run(both())
    lost = sum(number for status, number in answered.statuses.items() if status != 200)
    patience = after(one.comes_back_s)
    while one.undecided() > before and not patience():
        time.sleep(1)
    more = {"lost": lost, "never_decided": one.undecided() - before, "longest_ms": round(answered.latencies[-1] * 1000)}
    return Turn(declarations=len(answered.ids), figures=_latencies(answered)), more


def _latencies(answered: Answered) -> Mapping[str, float]:
    shares = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
    return {"per_second": answered.per_second, **{name: answered.percentile(share) for name, share in shares.items()}}


def _costs(work: Work, number: float) -> Mapping[str, float]:
    return {
        "own_ms": work.own_s * 1000 / number,
        "database_ms": work.database_s * 1000 / number,
        "simulators_ms": work.simulators_s * 1000 / number,
        "transactions": work.transactions / number,
        "log_kb": work.log_bytes / 1000 / number,
        "kept_kb": work.kept_bytes / 1000 / number,
    }
