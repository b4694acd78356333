"""The process in which adapters' code runs for the kit: it may hang, end, fork or fill its memory, and costs itself alone.

It runs as a script, `python -P adapter_process.py`. Its first line of standard input says `{"path", "budget_s",
"memory_mb", "parent"}`; each further line is an order, each line of its output the answer to one (a `replay` has one for each of its
runs). Only the standard library and the contract are imported.
"""

import gc
import importlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import Any


class AdapterCode:
    """The adapters that are constructed here, and their exchanges that are under way."""

    def __init__(self, budget_s: float) -> None:
        self._budget_s = budget_s
        self._adapters: dict[str, Any] = {}
        self._rules: dict[str, Any] = {}
        self._exchanges: dict[int, Any] = {}

    def obey(self, order: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Do what one order says, and yield its answers."""
        if order["do"] == "replay":
            for run in order["runs"]:
                yield self._limited(partial(self._replay, order["adapter"], run), self._budget_s)
            return
        work: Callable[[dict[str, Any]], dict[str, Any]] = getattr(self, "_" + order["do"])
        # An import costs what its libraries cost.
        yield self._limited(lambda: work(order), self._budget_s * (IMPORTS if order["do"] == "load" else 1))

    def _limited(self, work: Callable[[], dict[str, Any]], budget_s: float) -> dict[str, Any]:
        # Its default action ends the process, in the middle of a regular expression too.
        signal.setitimer(signal.ITIMER_PROF, budget_s)
        try:
            return work()
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except BaseException as error:
            return _raised(error)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _load(self, order: dict[str, Any]) -> dict[str, Any]:
        from gateway.contract import Settings, identity_fault

        kind = getattr(importlib.import_module(order["module"]), order["class"])
        adapter = kind(Settings(values=order["values"], secrets=order["secrets"]))
        self._adapters[order["adapter"]] = adapter
        if order["identity"] is not None:
            module, _, function = order["identity"].partition(":")
            rule = getattr(importlib.import_module(module), function)
            if fault := identity_fault(rule, order["types"]):
                raise TypeError(f"its rule of identity {function} {fault}")
            self._rules[order["adapter"]] = rule
        return {"loaded": True}

    def _mark(self, order: dict[str, Any]) -> dict[str, Any]:
        """Mark the end of what was printed so far."""
        os.write(2, order["mark"].encode())
        return {"marked": True}

    def _identity(self, order: dict[str, Any]) -> dict[str, Any]:
        from gateway.contract import identity, written

        rule = self._rules.get(order["adapter"], written)
        return {"identity": [identity(rule, order["type"], one) for one in order["references"]]}

    def _begin(self, order: dict[str, Any]) -> dict[str, Any]:
        exchange = self._begun(order["adapter"], order["method"], order["arguments"])
        self._exchanges[order["number"]] = exchange
        return _step(lambda: next(exchange))

    def _advance(self, order: dict[str, Any]) -> dict[str, Any]:
        from gateway.conformance.plain import from_plain

        exchange, response = self._exchanges[order["number"]], from_plain(order["response"])
        return _step(lambda: exchange.send(response))

    def _end(self, order: dict[str, Any]) -> dict[str, Any]:
        self._exchanges.pop(order["number"]).close()
        return {"ended": True}

    def _notify(self, order: dict[str, Any]) -> dict[str, Any]:
        from gateway.conformance.plain import from_plain, to_plain

        (request,) = (from_plain(one) for one in order["arguments"])
        return {"returned": to_plain(self._adapters[order["adapter"]].read_notification(request))}

    def _begun(self, adapter: str, method: str, arguments: list[Any]) -> Any:
        from gateway.conformance.plain import from_plain

        exchange = getattr(self._adapters[adapter], method)(*(from_plain(one) for one in arguments))
        if not isinstance(exchange, Generator):
            raise TypeError(f"{method} is no generator: it returned a {type(exchange).__name__}")
        return exchange

    def _replay(self, adapter: str, run: dict[str, Any]) -> dict[str, Any]:
        """Run one exchange against its answers, as long as it asks what it is expected to."""
        from gateway.conformance.plain import from_plain

        requests: list[Any] = []
        costs: list[float] = []
        answers = [from_plain(one) for one in run["answers"]]
        gc.disable()
        try:
            exchange = self._begun(adapter, run["method"], run["arguments"])
            step = _step(lambda: next(exchange), costs)
            while "asked" in step:
                requests.append(step["asked"])
                place = len(requests) - 1
                if place >= len(answers) or not _is_expected(requests[-1], run["expected"], place):
                    exchange.close()
                    break
                step = _step(partial(exchange.send, answers[place]), costs)
        except MemoryError:
            raise
        except BaseException as error:
            step = _raised(error)
        finally:
            gc.enable()
        return {**step, "requests": requests, "costs": costs}


IMPORTS = 10
"""Budgets of a step that the import of an adapter may take."""
OUT_OF_MEMORY = 97
FORKED = 98


def _is_expected(request: Any, expected: list[list[str]] | None, place: int) -> bool:
    if expected is None or place >= len(expected):
        return True
    if not isinstance(request, dict) or "value" not in request:
        return False
    members = request["value"][1]
    return [members.get("method"), members.get("path")] == expected[place]


def _step(work: Callable[[], Any], costs: list[float] | None = None) -> dict[str, Any]:
    from gateway.conformance.plain import to_plain

    began = time.thread_time()
    try:
        value, name = work(), "asked"
    except StopIteration as stop:
        value, name = stop.value, "returned"
    except MemoryError:
        raise
    except BaseException as error:
        if costs is not None:
            costs.append(time.thread_time() - began)
        return _raised(error)
    if costs is not None:
        costs.append(time.thread_time() - began)
    return {name: to_plain(value)}


def _raised(error: BaseException) -> dict[str, Any]:
    from gateway.contract import AccessRefused, AdapterError, RequestRejected, Unavailable, UnexpectedAnswer
    from gateway.sandbox.noted_place import noted_place

    kinds = (Unavailable, AccessRefused, RequestRejected, UnexpectedAnswer, AdapterError)
    kind = next((one.__name__ for one in kinds if isinstance(error, one)), None)
    frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename != __file__]
    # The adapter's own line rather than the contract's, which it called.
    own = [one for one in frames if f"{os.sep}gateway{os.sep}contract{os.sep}" not in one.filename] or frames
    place = noted_place(error) or (f"{own[-1].filename}:{own[-1].lineno}" if own else "")
    return {"raised": {"kind": kind, "type": type(error).__name__, "text": str(error)[:4000], "place": place}}


def _fork() -> None:
    os._exit(FORKED)


def main() -> None:
    """Obey the orders of standard input until it ends."""
    # What an adapter prints must not look like an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    orders = os.fdopen(os.dup(0), encoding="ascii")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    first = json.loads(orders.readline())
    sys.path[:] = first["path"]
    from gateway.sandbox.confinement import confine, die_with

    die_with(first["parent"])
    os.register_at_fork(before=_fork)
    # As in a sandbox: no process, no network, no file written.
    confine(first["memory_mb"])
    code = AdapterCode(first["budget_s"])
    for line in orders:
        for answer in code.obey(json.loads(line)):
            answers.write(json.dumps(answer) + "\n")
            answers.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
