"""The process that runs in a sandbox of the kit: the gateway's own process, with the orders that the kit has beside the gateway's.

It tells more than the serving gateway is told: the processor's time of each step, and what is printed. It is confined, read
strictly and ended as every sandbox is.
"""

import gc
import os
import sys
from collections.abc import Iterator
from time import thread_time
from typing import Any

from gateway.conformance.orders import Construct, KitOrder, OutputMark, Replay, Replayed, Run, Select, Tried, TryPattern
from gateway.contract import Response
from gateway.sandbox import wire
from gateway.sandbox.construction import construct, identity_rule
from gateway.sandbox.process import Workplace, asked, given, serve
from gateway.sandbox.steps import Returned, advance

FORKED = 98
"""The status of a process whose code wanted to start another one: the kit says so, whatever the code makes of the refusal."""


class KitWorkplace(Workplace):
    """The adapters of one package that are constructed here, by their names."""

    def __init__(self, code: wire.Code) -> None:
        """Import and construct the code; whatever it raises comes through."""
        os.register_at_fork(before=lambda: os._exit(FORKED))
        super().__init__(code)
        self._adapters: dict[str, tuple[Any, Any, str | None]] = {}

    def replies(self, order: Any) -> Iterator[Any]:
        """Carry out one order, and yield what came of it."""
        match order:
            case Replay():
                yield from map(self._replayed, order.runs)
            case Construct():
                yield self._constructed(order)
            case Select():
                self._adapter, self._rule, self._package = self._adapters[order.adapter]
                yield wire.Done()
            case OutputMark():
                sys.stdout.flush()
                os.write(2, order.mark.encode())
                yield wire.Done()
            case TryPattern():
                # Needed by this order alone.
                from gateway.conformance.patterns import explosion_in

                yield Tried(explosion=explosion_in(order.text, searches=order.searches))
            case _:
                yield self.carry_out(order)

    def _constructed(self, order: Construct) -> wire.Reply:
        self._package = order.module.rpartition(".")[0]
        try:
            self._adapter = construct(
                order.module, order.cls, values=order.values, secrets=order.secrets, methods=(), contract=order.contract
            )
            self._rule = identity_rule(order.identity, order.types) if order.identity is not None else None
        except MemoryError:
            raise
        except BaseException as error:
            return self.fault(error)
        self._adapters[order.adapter] = self._adapter, self._rule, self._package
        return wire.Done()

    def _replayed(self, run: Run) -> Replayed:
        """Run one exchange against its answers, as long as it asks what it is expected to."""
        requests: list[Any] = []
        costs: list[float] = []
        gc.disable()
        try:
            last = self._ended(run, requests, costs)
        except MemoryError:
            raise
        except BaseException as error:
            last = self.fault(error)
        finally:
            gc.enable()
        return Replayed(requests=tuple(requests), costs=tuple(costs), last=last)

    def _ended(self, run: Run, requests: list[Any], costs: list[float]) -> Any:
        exchange = self.exchange(run.method, run.subject, run.occasion)
        response: Response | None = None
        while True:
            began = thread_time()
            try:
                step = advance(exchange, response)
            finally:
                costs.append(thread_time() - began)
            if isinstance(step, Returned):
                return given(run.method, step.value)
            place = len(requests)
            requests.append(asked(step.request))
            way = step.request.method, step.request.path
            if place >= len(run.answers) or (
                run.expected is not None and place < len(run.expected) and way != run.expected[place]
            ):
                exchange.close()
                return wire.Asked(request=requests[-1])
            response = run.answers[place]


if __name__ == "__main__":
    serve(KitWorkplace, KitOrder)
