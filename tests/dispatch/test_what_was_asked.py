"""An answer is compared with the question: about another document, unasked or by a changing request it is none."""

import asyncio
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import quote

import pytest
import structlog

from gateway.contract import (
    Adapter,
    Answer,
    Certificate,
    Ledger,
    MovementKind,
    Receipt,
    ReceiptOutcome,
    Request,
    Status,
)
from gateway.contract.reading import plain_number, read_json
from gateway.domain.verification import DocumentStatus
from tests.builders.rules import rule_in_sandbox
from tests.dispatch.server import ONCE, Seen, about, always, dispatching, http, loaded, order, valid, wire

UNDETERMINED, VALID = DocumentStatus.UNDETERMINED, DocumentStatus.VALID
OTHER, UNASKED, CHANGING = "SW-ADP-05", "SW-ADP-06", "SW-ADP-08"


class Own:
    """An adapter whose methods are a test's own."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self.verify = self.position = self.reserve = self.cancel = method


def own(method: Callable[..., Any]) -> Adapter:
    return cast(Adapter, Own(method))


def certified(reference: str, kind: str = "C999", status: Status = Status.VALID) -> Answer:
    return Answer(status=status, certificate=Certificate(type=kind, reference=reference, authority_status="X"))


def telling(reference: str, kind: str = "C999", status: Status = Status.VALID) -> Callable[..., Any]:
    def verify(query: Any, occasion: Any) -> Any:
        yield Request(path="/x")
        return certified(reference, kind, status)

    return verify


OTHERS = {
    "a fixed number": ("ID/18", "ID/17"),
    "a number with one digit more": ("ID/17", "ID/170"),
    "a number without its zeros": ("ID/017", "ID/17"),
    "full-width digits": ("ID/17", "ID/\uff11\uff17"),
    "other case, where the authority does not say that it passes over it": ("ID/17a", "id/17A"),
    "a dotless i": ("ID/17", "\u0131d/17"),
    "a blank inside": ("ID/17", "ID/1 7"),
    "a blank of no width": ("ID/17", "ID/17\u200b"),
    "a sharp s in capitals": ("stra\u00dfe", "STRASSE"),
    "nothing": ("ID/17", ""),
    "the number and another": ("ID/17", "ID/17, ID/18"),
}


@pytest.mark.parametrize("status", [one for one in Status if one is not Status.NOT_FOUND])
@pytest.mark.parametrize("case", OTHERS)
async def test_a_certificate_with_another_reference_is_never_believed(case: str, status: Status) -> None:
    asked, told = OTHERS[case]
    adapter = own(telling(told, status=status))
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url, adapter)) as dispatcher:
        found = (await dispatcher.ask(about(asked))).verification
    assert (found.status, found.cause, found.certificate) == (UNDETERMINED, OTHER, None)
    assert found.reference == asked


@pytest.mark.parametrize("told", ["ID/17a", "id/17A", " ID/1 7A", "iD/17a\n"])
async def test_what_is_the_same_reference_is_the_authoritys_rule_to_say(told: str) -> None:
    def rule(document_type: str, reference: str) -> str:
        return plain_number(reference)

    async with (
        wire(always(http(b"{}"))) as server,
        dispatching(loaded(server.url, own(telling(told)), identity=rule)) as dispatcher,
    ):
        assert (await dispatcher.ask(about("ID/17a"))).verification.status is VALID
        assert (await dispatcher.ask(about("ID/17b"))).verification.cause == OTHER


async def test_a_rule_in_a_sandbox_is_asked_of_an_answer_before_that_is_judged() -> None:
    ched, told = "CHEDP.XI.2026.9000001", " chedp.xi.2026.9000001"
    async with (
        wire(always(http(b"{}"))) as server,
        dispatching(loaded(server.url, own(telling(told)), identity=rule_in_sandbox())) as dispatcher,
    ):
        assert (await dispatcher.ask(about(ched))).verification.status is VALID
        assert (await dispatcher.ask(about(f"{ched[:-1]}2"))).verification.cause == OTHER


@pytest.mark.parametrize("told", ["ID/17", " ID/17", "ID/17\u00a0"])
async def test_blanks_around_a_reference_make_no_other_document(told: str) -> None:
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url, own(telling(told)))) as dispatcher:
        assert (await dispatcher.ask(about("ID/17"))).verification.status is VALID


@pytest.mark.parametrize(("kind", "cause"), [("C690", OTHER), ("", OTHER), ("c999", OTHER), ("C999", None)])
async def test_a_certificate_of_a_type_that_the_adapter_is_not_for_is_never_believed(
    kind: str, cause: str | None
) -> None:
    async with (
        wire(always(http(b"{}"))) as server,
        dispatching(loaded(server.url, own(telling("A/1", kind)))) as dispatcher,
    ):
        found = (await dispatcher.ask(about())).verification
    assert (found.status, found.cause) == (UNDETERMINED if cause else VALID, cause)


async def test_operators_are_told_of_an_answer_about_another_document() -> None:
    told: list[tuple[str, str]] = []
    more: dict[str, Any] = {"on_call": lambda adapter, outcome, seconds: told.append((adapter, outcome))}
    with structlog.testing.capture_logs() as logged:
        async with (
            wire(always(http(b"{}"))) as server,
            dispatching(loaded(server.url, own(telling("A/2"))), **more) as dispatcher,
        ):
            asked = await dispatcher.ask(about("A/1"))
            (health,) = dispatcher.health()
    assert told == [("toy", OTHER)]
    assert (health.failures, health.last_failure_code, health.last_ok_at) == (1, OTHER, None)
    (line,) = (line for line in logged if line["event"] == "authority_gave_no_answer")
    assert (line["code"], line["adapter"], line["log_level"]) == (OTHER, "toy", "warning")
    assert any(item.body.startswith(b"SW-ADP-05 OtherDocument") for item in asked.evidence)


class Keeps:
    """An adapter that keeps the answer on itself while it asks a second time: so all who ask at once get the last one."""

    def verify(self, query: Any, occasion: Any) -> Any:
        """Asks twice, and reads what it kept."""
        self.response = yield Request(path=f"/documents?number={quote(query.reference, safe='')}")
        yield Request(path=f"/terms?number={quote(query.reference, safe='')}")
        record = read_json(self.response.body)
        return certified(record.text("number"))


@pytest.mark.parametrize("tier", ["conformant", "draft"])
async def test_of_thirty_that_ask_at_once_nobody_is_given_anothers_answer(tier: str) -> None:
    asking, all_here = 0, asyncio.Event()

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        nonlocal asking
        if seen.target.startswith("/terms"):
            asking += 1
            if asking == 30:
                all_here.set()
            await all_here.wait()
        writer.write(valid(seen.number))

    adapter = cast(Adapter, Keeps())
    async with wire(script) as server, dispatching(loaded(server.url, adapter, tier=tier, in_flight=30)) as dispatcher:
        asked = await asyncio.gather(*(dispatcher.ask(about(f"ID/{number}")) for number in range(30)))
    found = [one.verification for one in asked]
    for one in found:
        believed = one.certificate
        assert believed is None or believed.reference == one.reference
    assert [one.status for one in found].count(VALID) == 1
    assert {one.cause for one in found if one.status is UNDETERMINED} == {OTHER}


async def test_among_thirty_right_answers_the_one_about_another_document_is_found() -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(valid("ID/18" if seen.number == "ID/17" else seen.number))

    def reading(query: Any, occasion: Any) -> Any:
        response = yield Request(path=f"/documents?number={quote(query.reference, safe='')}")
        return certified(read_json(response.body).text("number"))

    async with wire(script) as server, dispatching(loaded(server.url, own(reading), in_flight=30)) as dispatcher:
        asked = await asyncio.gather(*(dispatcher.ask(about(f"ID/{number}")) for number in range(30)))
    causes = {one.verification.reference: one.verification.cause for one in asked}
    assert causes == {f"ID/{number}": OTHER if number == 17 else None for number in range(30)}


def without_asking(value: Any) -> Callable[..., Any]:
    def method(query: Any, occasion: Any) -> Any:
        yield from ()
        return value

    return method


@pytest.mark.parametrize("tier", ["conformant", "draft"])
@pytest.mark.parametrize("answer", [certified("A/1"), Answer(status=Status.NOT_FOUND), None, "valid"])
async def test_an_answer_without_a_request_is_none(answer: Any, tier: str) -> None:
    adapter = own(without_asking(answer))
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url, adapter, tier=tier)) as dispatcher:
        found = (await dispatcher.ask(about())).verification
        (health,) = dispatcher.health()
    assert (found.status, found.cause, found.attempts) == (UNDETERMINED, UNASKED, 1)
    assert (server.connections, health.last_failure_code) == (0, UNASKED)


async def test_what_was_asked_before_does_not_count_for_the_next_try() -> None:
    tries = 0

    def once(query: Any, occasion: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries == 1:
            yield Request(path="/x")
        return certified("A/1")

    async with wire(always(http(b"", 503))) as server, dispatching(loaded(server.url, own(once))) as dispatcher:
        found = (await dispatcher.ask(about())).verification
    assert (found.status, found.cause, found.attempts, len(server.seen)) == (UNDETERMINED, UNASKED, 2, 1)


async def test_a_position_without_a_request_is_none() -> None:
    adapter = own(without_asking(Ledger(lines=())))
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url, adapter)) as dispatcher:
        read = await dispatcher.read_position("toy", about().query)
    assert (read.ledger, read.cause, server.connections) == (None, UNASKED, 0)


@pytest.mark.parametrize("kind", [MovementKind.RESERVE, MovementKind.CANCEL])
async def test_a_receipt_without_a_request_is_none(kind: MovementKind) -> None:
    adapter = own(without_asking(Receipt(outcome=ReceiptOutcome.DONE)))
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url, adapter)) as dispatcher:
        moved = await dispatcher.move("toy", kind, order())
    assert (moved.receipt, moved.cause, moved.sent, server.connections) == (None, UNASKED, False, 0)


def sending(request: Any, value: Any) -> Callable[..., Any]:
    def method(query: Any, occasion: Any) -> Any:
        yield request
        return value

    return method


class Wavering(Request):
    """A kind of request: its method could be another one each time that it is looked at."""


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_while_it_reads_an_adapter_changes_nothing(method: str) -> None:
    request = Request(path="/x", method=method)
    verifying, reading = own(sending(request, certified("A/1"))), own(sending(request, Ledger(lines=())))
    async with wire(always(http(b"{}"))) as server:
        async with dispatching(loaded(server.url, verifying), policy=ONCE) as dispatcher:
            found = (await dispatcher.ask(about())).verification
        async with dispatching(loaded(server.url, reading), policy=ONCE) as dispatcher:
            read = await dispatcher.read_position("toy", about().query)
        moving = loaded(server.url, own(sending(request, Receipt(outcome=ReceiptOutcome.DONE))), position=False)
        async with dispatching(moving) as one:
            moved = await one.move("toy", MovementKind.RESERVE, order())
    assert (found.status, found.cause) == (UNDETERMINED, CHANGING)
    assert (read.ledger, read.cause) == (None, CHANGING)
    # A movement may: it is what it is for.
    assert (moved.cause, [seen.method for seen in server.seen]) == (None, [method])


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_a_question_is_sent_by_these_methods(method: str) -> None:
    adapter = own(sending(Request(path="/x", method=method), certified("A/1")))
    raw = http(b"") if method == "HEAD" else http(b"{}")
    async with wire(always(raw)) as server, dispatching(loaded(server.url, adapter), policy=ONCE) as dispatcher:
        found = (await dispatcher.ask(about())).verification
    assert (found.status, [seen.method for seen in server.seen]) == (VALID, [method])


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "x-http-method", "X-Method-Override"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_method_is_not_smuggled_in_a_header(method: str, header: str) -> None:
    adapter = own(sending(Request(path="/x", method=method, headers={header: "DELETE"}), certified("A/1")))
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url, adapter), policy=ONCE) as dispatcher:
        found = (await dispatcher.ask(about())).verification
    assert (found.status, found.cause, server.connections) == (UNDETERMINED, "SW-ADP-03", 0)


async def test_a_request_is_one_and_not_a_kind_of_one() -> None:
    adapter = own(sending(Wavering(path="/x"), certified("A/1")))
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url, adapter), policy=ONCE) as dispatcher:
        found = (await dispatcher.ask(about())).verification
    assert (found.status, found.cause, server.connections) == (UNDETERMINED, "SW-ADP-03", 0)
