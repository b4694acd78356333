"""The figures of quantities: reservations on thousands of certificates and on a hot one, and releases."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from rich.table import Table

from tests.benchmarks.load import Answered, Call, load
from tests.benchmarks.participants import Field
from tests.benchmarks.turns import Meter
from tests.builders.declarations import HOT, reserving

WANTED = 100
"""Declarations per second, with three reservations each."""
ROUNDS = 3
"""Of each load: a shared machine is a third slower in one minute than in the next, which the middle one of them tells less of."""
EDGE = 200
"""So many of the first and of the last declarations show what a growing ledger costs."""


@dataclass(slots=True, kw_only=True)
class Calls:
    """What a load cost beside time."""

    each: float
    """Requests to authorities, for each declaration."""
    spent: str
    """Processor time and transactions that wrote something, for each declaration; the replicas' own among them."""


class Bench:
    """Loads on one running gateway."""

    def __init__(self, field: Field, *, in_flight: int, quick: bool) -> None:
        self._field = field
        self._simulated = field.simulated
        self._in_flight = in_flight
        self._quick = quick

    def rows(self, table: Table) -> None:
        """Measures, and adds what it found."""
        self._run(self._reserving(start=1), self._few(400))
        many, works = self._rounds([self._reserving(start=10_000 * one) for one in range(1, ROUNDS + 1)], 1500)
        table.add_row("three reservations, thousands of certificates", _told_all(many), f">= {WANTED}/s")
        table.add_row("... its work", _worked(works[-1]), "")
        released, work = self._measured(_releases(many[-1]), len(many[-1].ids))
        table.add_row("releases of them: three write-offs each", told(released), "")
        table.add_row("... its work", _worked(work), "")
        hot, works = self._rounds([self._reserving(hot=HOT[one], start=10_000 * one) for one in range(ROUNDS)], 1000)
        count, edge = len(hot[-1].ids), min(EDGE, len(hot[-1].ids) // 3)
        what = f"three reservations, one of them on the hot certificate, {count:,} times"
        table.add_row(what, _told_all(hot), f">= {WANTED}/s")
        growing = f"{hot[-1].first_per_second(edge):.0f}/s, {hot[-1].last_per_second(edge):.0f}/s"
        table.add_row(f"... the first {edge} and the last {edge}", growing, "")
        table.add_row("... its work", _worked(works[-1]), "")
        released, work = self._measured(_releases(hot[-1]), count)
        growing = f"{released.first_per_second(edge):.0f}/s, {released.last_per_second(edge):.0f}/s"
        table.add_row("releases of them", told(released), "")
        table.add_row(f"... the first {edge} and the last {edge}", growing, "")
        allocated = len(self._simulated.ledger("traces", HOT[ROUNDS - 1])["allocations"])
        table.add_row("allocations on the hot certificate in the end", f"{allocated}", f"{count}")

    def _rounds(self, loads: Sequence[Iterator[Call]], total: int) -> tuple[Sequence[Answered], Sequence[Calls]]:
        measured = [self._measured(calls, self._few(total)) for calls in loads]
        return [answered for answered, _ in measured], [work for _, work in measured]

    def _few(self, total: int) -> int:
        return total // 10 if self._quick else total

    def _reserving(self, *, start: int, hot: str | None = None) -> Iterator[Call]:
        return (Call(body=reserving(number, hot=hot)) for number in count(start))

    def _run(self, calls: Iterator[Call], total: int) -> Answered:
        answered = asyncio.run(
            load(self._field.participants[0].urls, calls, total=total, in_flight=self._in_flight, wait_s=30)
        )
        if set(answered.statuses) != {200} or set(answered.effects) != {"release"}:
            raise SystemExit(f"not what is measured: {answered.statuses} {answered.effects}")
        return answered

    def _measured(self, calls: Iterator[Call], total: int) -> tuple[Answered, Calls]:
        requests = self._requests()
        with Meter(self._field, self._field.participants[0]) as meter:
            answered = self._run(calls, total)
        done = len(answered.ids)
        return answered, Calls(each=(self._requests() - requests) / done, spent=meter.work.told(done))

    def _requests(self) -> int:
        return sum(int(self._simulated.control(name, "GET")["requests"]) for name in self._simulated.urls)


def told(answered: Answered) -> str:
    """Says how fast it went."""
    return f"{answered.per_second:.0f}/s, p50 {answered.percentile(0.5):.0f} ms, p99 {answered.percentile(0.99):.0f} ms"


def _told_all(rounds: Sequence[Answered]) -> str:
    """Says how fast the middle one of some rounds went, and each of them."""
    middle = sorted(rounds, key=lambda one: one.per_second)[len(rounds) // 2]
    return f"{told(middle)} ({', '.join(f'{one.per_second:.0f}' for one in rounds)})"


def _worked(work: Calls) -> str:
    return f"{work.each:.1f} calls; {work.spent}"


def _releases(lodged: Answered) -> Iterator[Call]:
    return (
        Call(path=f"/v1/declarations/{record_id}/release", body=b"{}", media_type="application/json")
        for record_id in lodged.ids
    )
