"""Adapters that misbehave, each by a name: importable where nothing but the contract is."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

from gateway.contract import (
    Adapter,
    AdapterError,
    Answer,
    Certificate,
    CertificateLine,
    Ledger,
    LedgerLine,
    Quantity,
    Request,
    Settings,
    Status,
    Unavailable,
)

CERTIFICATE = Certificate(type="C999", reference="A/1", authority_status="VALID")


class Odd:
    """An adapter whose `verify` is a test's own."""

    def __init__(self, verify: Callable[..., Any]) -> None:
        self.verify = verify


class OddByReference:
    """All of them by the reference that is asked about, as a sandbox makes it."""

    def __init__(self, settings: Settings) -> None:
        pass

    def verify(self, query: Any, occasion: Any) -> Any:
        return MISBEHAVIOUR[query.reference][0](query, occasion)


def odd(verify: Callable[..., Any]) -> Adapter:
    return cast(Adapter, Odd(verify))


class OwnCode(AdapterError):
    code = "SW-OK"


class OwnUnavailable(Unavailable):
    code = "SW-ADP-99"


def returning(value: Any) -> Callable[..., Any]:
    def verify(query: Any, occasion: Any) -> Any:
        yield Request(path="/x")
        return value

    return verify


def raising(error: BaseException) -> Callable[..., Any]:
    def verify(query: Any, occasion: Any) -> Any:
        yield Request(path="/x")
        raise error

    return verify


def yielding(value: Any) -> Callable[..., Any]:
    def verify(query: Any, occasion: Any) -> Any:
        yield value
        return Answer(status=Status.VALID, certificate=CERTIFICATE)

    return verify


def forever(query: Any, occasion: Any) -> Any:
    while True:
        yield Request(path="/x")


def raising_at_once(query: Any, occasion: Any) -> Any:
    raise ZeroDivisionError


def no_generator(query: Any, occasion: Any) -> Any:
    return Answer(status=Status.VALID, certificate=CERTIFICATE)


async def a_coroutine_function(query: Any, occasion: Any) -> Any:
    yield Request(path="/x")


def holding_on(query: Any, occasion: Any) -> Any:
    try:
        yield from forever(query, occasion)
    except GeneratorExit:
        yield Request(path="/x")


def quantity(value: Any, unit: Any = "KGM") -> Quantity:
    return Quantity(value=value, unit=unit)


def with_line(value: Any) -> Answer:
    line = CertificateLine(number=1, commodity_code="0401", quantity=quantity(value))
    return Answer(status=Status.VALID, certificate=replace(CERTIFICATE, lines=(line,)))


def with_ledger(value: Any) -> Answer:
    ledger = Ledger(lines=(LedgerLine(number=1, available=quantity(value)),))
    return Answer(status=Status.VALID, certificate=CERTIFICATE, ledger=ledger)


any_: Any = object()
MISBEHAVIOUR: dict[str, tuple[Callable[..., Any], str]] = {
    "raises": (raising(ValueError("x")), "SW-ADP-04"),
    "raises at once": (raising_at_once, "SW-ADP-04"),
    "raises the bare error": (raising(AdapterError("x")), "SW-ADP-04"),
    "raises an error with a code of its own": (raising(OwnCode("x")), "SW-ADP-04"),
    "raises a kind with a code of its own": (raising(OwnUnavailable("x")), "SW-ADP-01"),
    "exits": (raising(SystemExit(0)), "SW-ADP-04"),
    "interrupts": (raising(KeyboardInterrupt()), "SW-ADP-04"),
    "cancels": (raising(asyncio.CancelledError()), "SW-ADP-04"),
    "times out": (raising(TimeoutError()), "SW-ADP-04"),
    "stops": (raising(StopIteration(Answer(status=Status.VALID, certificate=CERTIFICATE))), "SW-ADP-04"),
    "recurses": (raising(RecursionError()), "SW-ADP-04"),
    "returns nothing": (returning(None), "SW-ADP-04"),
    "returns true": (returning(True), "SW-ADP-04"),
    "returns a text": (returning("valid"), "SW-ADP-04"),
    "returns a status": (returning(Status.VALID), "SW-ADP-04"),
    "a status that is a text": (returning(Answer(status=cast(Status, "valid"), certificate=CERTIFICATE)), "SW-ADP-07"),
    "valid without a certificate": (returning(Answer(status=Status.VALID)), "SW-ADP-04"),
    "not found with a certificate": (returning(Answer(status=Status.NOT_FOUND, certificate=CERTIFICATE)), "SW-ADP-04"),
    "not found with a ledger": (returning(Answer(status=Status.NOT_FOUND, ledger=Ledger(lines=()))), "SW-ADP-04"),
    "a certificate that is none": (returning(Answer(status=Status.VALID, certificate=any_)), "SW-ADP-07"),
    "a ledger that is none": (
        returning(Answer(status=Status.VALID, certificate=CERTIFICATE, ledger=any_)),
        "SW-ADP-07",
    ),
    "a day that is a text": (
        returning(Answer(status=Status.VALID, certificate=replace(CERTIFICATE, valid_to=cast(Any, "soon")))),
        "SW-ADP-07",
    ),
    "a holder that is a list": (
        returning(Answer(status=Status.VALID, certificate=replace(CERTIFICATE, holder=cast(Any, ["x"])))),
        "SW-ADP-07",
    ),
    "a quantity that is no number": (returning(with_line(Decimal("NaN"))), "SW-ADP-07"),
    "a quantity without end": (returning(with_ledger(Decimal("Infinity"))), "SW-ADP-07"),
    "a quantity that is a word": (returning(with_ledger("lots")), "SW-ADP-07"),
    "yields a text": (yielding("/x"), "SW-ADP-03"),
    "yields nothing": (yielding(None), "SW-ADP-03"),
    "yields another host": (yielding(Request(path="http://evil.example/x")), "SW-ADP-03"),
    "yields a host without a scheme": (yielding(Request(path="//evil.example/x")), "SW-ADP-03"),
    "yields for ever": (forever, "SW-ADP-04"),
    "is no generator": (no_generator, "SW-ADP-04"),
    "is asynchronous": (a_coroutine_function, "SW-ADP-04"),
    "does not let go": (holding_on, "SW-ADP-04"),
}
