"""The process that runs in a sandbox: an adapter's code, one step at a time, as the gateway orders it.

It runs as `python -P -m gateway.sandbox.process FD PARENT`, where FD is its end of a pair of sockets. It ends when the other
end is closed. Whatever the code raises is told; whatever it prints is nobody's. The conformance kit runs the same process with
orders of its own (`gateway.conformance.workplace`).
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

# By its own name: what code makes of the module is no matter for the time that it is told to have taken.
from time import monotonic
from typing import Any

from msgspec import Raw

from gateway.contract import Occasion, Request, RequestRejected, UnexpectedAnswer, identity
from gateway.contract.errors import UnreadableValue
from gateway.domain.values import make_sure_of
from gateway.sandbox import wire
from gateway.sandbox.confinement import confine, die_with
from gateway.sandbox.construction import construct, identity_rule
from gateway.sandbox.readable import limit_reading
from gateway.sandbox.steps import AdapterCall, Returned, Step, advance, as_adapter_error, fault_of


class Workplace:
    """The constructed code, and the exchanges that are under way here."""

    def __init__(self, code: wire.Code) -> None:
        """Import and construct the code; whatever it raises comes through."""
        self._adapter = construct(
            code.module,
            code.cls,
            values=code.values,
            secrets=code.secrets,
            methods=code.methods,
            contract=code.contract,
        )
        self._rule = identity_rule(code.identity, code.types) if code.identity is not None else None
        self._package = code.package
        self.offers = wire.offered(self._adapter)
        self._open: dict[int, tuple[str, Any]] = {}

    def replies(self, order: Any) -> Iterator[Any]:
        """Carry out one order, and yield what came of it."""
        if isinstance(order, wire.IdentifyAll):
            yield from (self._identified(*one) for one in order.documents)
        else:
            yield self.carry_out(order)

    def _identified(self, document_type: str, reference: str) -> wire.Identified:
        began = monotonic()
        try:
            found = None if self._rule is None else identity(self._rule, document_type, reference)
        except MemoryError:
            raise
        # Its SystemExit or KeyboardInterrupt is none of ours.
        except BaseException:
            found = None
        try:
            found = None if found is None else found.encode().decode()
        except UnicodeError:
            found = None
        return wire.Identified(identity=found, took_s=monotonic() - began)

    def carry_out(self, order: wire.AnsweredOnce) -> wire.Reply:
        """Carry out one order, and return what came of it."""
        try:
            match order:
                case wire.Begin():
                    return self._begun(order)
                case wire.Resume():
                    method, exchange = self._open[order.exchange]
                    return self._told(order.exchange, method, exchange, advance(exchange, order.response))
                case wire.End():
                    _, exchange = self._open.pop(order.exchange, ("", None))
                    if exchange is not None:
                        exchange.close()
                    return wire.Done()
                case wire.Notification():
                    changes = self._adapter.read_notification(order.request)
                    return given("read_notification", changes)
                case wire.Identify():
                    found = None if self._rule is None else identity(self._rule, order.document_type, order.reference)
                    return wire.Gave(value=wire.packed(found))
        except MemoryError:
            raise
        # Its SystemExit or KeyboardInterrupt is none of ours.
        except BaseException as error:
            self._open.pop(getattr(order, "exchange", -1), None)
            return self.fault(error)

    def fault(self, error: BaseException) -> wire.AdapterRaised:
        """Return the message of what the code raised."""
        return wire.raised(as_adapter_error(error), None if self._package is None else fault_of(error, self._package))

    def exchange(self, method: str, subject: Raw, occasion: Occasion) -> Any:
        """Return the exchange that a method makes of its subject, of which no step is made yet."""
        call = AdapterCall(method=method, subject=wire.read(subject, wire.SUBJECTS[method]))
        exchange = call.begin(self._adapter, occasion)
        if not hasattr(exchange, "gi_frame"):
            raise UnexpectedAnswer("the adapter's method is no generator")
        return exchange

    def _begun(self, order: wire.Begin) -> wire.Reply:
        exchange = self.exchange(order.method, order.subject, order.occasion)
        step = advance(exchange, None)
        for request, response in zip(order.requests, order.responses, strict=True):
            if isinstance(step, Returned) or bytes(asked(step.request)) != bytes(request):
                raise UnexpectedAnswer("the adapter does otherwise when the same is asked again")
            step = advance(exchange, response)
        return self._told(order.exchange, order.method, exchange, step)

    def _told(self, number: int, method: str, exchange: Any, step: Step) -> wire.Reply:
        if isinstance(step, Returned):
            self._open.pop(number, None)
            return given(method, step.value)
        request = asked(step.request)
        self._open[number] = (method, exchange)
        return wire.Asked(request=request)


def asked(request: Any) -> Raw:
    """Return a request as it crosses.

    Raises:
        RequestRejected: it is none, or holds what cannot cross.
    """
    if type(request) is not Request:
        raise RequestRejected("the adapter yielded something that is no request")
    try:
        return wire.packed(request)
    except (TypeError, ValueError) as error:
        raise RequestRejected("the adapter's request holds something that cannot be sent") from error


def given(method: str, value: Any) -> wire.Reply:
    """Return the message of a method's result, whose types are checked here, where they still are what the code made."""
    kind = wire.RESULTS[method]
    if type(value) is not getattr(kind, "__origin__", kind):
        # Of whatever else it is nothing crosses; it is judged as no result.
        return wire.Gave(value=wire.packed(None))
    make_sure_of(value, kind)
    try:
        return wire.Gave(value=wire.packed_result(method, value))
    except (TypeError, ValueError) as error:
        raise UnreadableValue("a value of another type than the contract's") from error


def serve(workplace_of: Callable[[wire.Code], Workplace], orders: Any) -> None:
    """Serve the process that started this one, by orders of such a type, until the other end is closed."""
    line, parent = int(sys.argv[1]), int(sys.argv[2])
    die_with(parent)
    code: wire.Code = wire.read(_received(line), wire.Code)
    sys.path[:] = code.path
    try:
        # What is needed to say that there is no more memory has to be there before.
        out_of_memory = wire.written(wire.OutOfMemory())
        own = (code.module, *(() if code.identity is None else (code.identity,)), *code.packages)
        reads_code_only = limit_reading(("gateway", "adapters", *own), code.path)
        confined = confine(code.memory_mb)
        workplace = workplace_of(code)
    except BaseException as error:
        found = fault_of(error, code.module.rpartition(".")[0])
        at = f" ({found.place})" if found.place else ""
        _send(line, wire.written(wire.Ready(fault=f"{found.type}: {found.text[:2_000]}{at}", raised=found)))
        os._exit(0)
    ready = wire.Ready(confined=confined, reads_code_only=reads_code_only, offers=workplace.offers)
    _send(line, wire.written(ready))
    while True:
        order = wire.read(_received(line), orders)
        try:
            for reply in workplace.replies(order):
                _send(line, _message_of(reply))
        except MemoryError:
            _send(line, out_of_memory)
            os._exit(0)


def _message_of(reply: Any) -> bytes:
    try:
        return wire.written(reply)
    except ValueError:
        return wire.written(wire.raised(UnexpectedAnswer("the adapter's answer is too long")))


def _received(line: int) -> bytes:
    return _exactly(line, int.from_bytes(_exactly(line, wire.LENGTH), "big"))


def _exactly(line: int, size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0:
        part = os.read(line, min(size, 1 << 20))
        if not part:
            # The gateway is gone, or needs this no more; threads and exit handlers of the code have no say.
            os._exit(0)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _send(line: int, message: bytes) -> None:
    view = memoryview(message)
    with suppress(BrokenPipeError):
        while view:
            view = view[os.write(line, view) :]


if __name__ == "__main__":
    serve(Workplace, wire.Order)
