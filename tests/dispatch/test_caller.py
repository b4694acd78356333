"""How insistently an authority is asked, and what one authority's trouble costs the others."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from gateway.contract import Settings
from gateway.dispatch import BreakerState, Dispatcher
from gateway.domain.verification import DocumentStatus, VerifiedBy
from tests.builders.clock import Clock
from tests.builders.processes import PATIENCE_S
from tests.dispatch.authority.adapter import ToyAdapter
from tests.dispatch.server import AT_ONCE, ONCE, Seen, about, always, dispatching, good, http, loaded, valid, wire


async def test_a_good_answer_becomes_a_verification_with_its_evidence() -> None:
    async with wire(good) as server, dispatching(loaded(server.url)) as dispatcher:
        asked = await dispatcher.ask(about())
    found = asked.verification
    assert (found.key, found.status, found.cause) == (("C999", "A/1"), DocumentStatus.VALID, None)
    assert (found.adapter, found.verified_by, found.attempts) == ("toy", VerifiedBy.AUTHORITY, 1)
    assert found.certificate is not None
    assert found.certificate.authority_status == "VALID"
    assert found.asked_at is not None
    assert datetime.now(UTC) - found.asked_at < timedelta(minutes=1)
    assert found.evidence == tuple(item.digest for item in asked.evidence)
    request, answer = (item.body for item in asked.evidence)
    assert request.startswith(b"GET /documents?number=A%2F1 HTTP/1.1\r\n")
    assert found.message_ids[0].encode() in request
    assert answer.startswith(b"HTTP/1.1 200\r\n")
    assert answer.endswith(b'{"number": "A/1", "status": "VALID"}')


async def test_what_the_rule_does_not_say_is_not_asked_and_not_determined() -> None:
    async with wire(good) as server, dispatching(loaded(server.url)) as dispatcher:
        found = (await dispatcher.ask(structs.replace(about(), identified=False))).verification
    assert (found.status, found.cause, found.key) == (DocumentStatus.UNDETERMINED, "SW-ADP-04", ("C999", "A/1"))
    assert server.seen == []


async def test_a_document_is_asked_about_by_its_identity_and_told_as_it_is_cited() -> None:
    requirement = about()
    document = structs.replace(requirement.document, reference=" A/1")
    async with wire(good) as server, dispatching(loaded(server.url)) as dispatcher:
        found = (await dispatcher.ask(structs.replace(requirement, document=document))).verification
    assert found.key == ("C999", " A/1")
    assert [one.number for one in server.seen] == ["A/1"]


async def test_an_authority_that_comes_back_is_asked_again_each_time_with_a_new_occasion() -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(valid(seen.number) if len(server.seen) == 3 else http(b"", 503))

    async with wire(script) as server, dispatching(loaded(server.url)) as dispatcher:
        found = (await dispatcher.ask(about())).verification
    assert (found.status, found.attempts, found.cause) == (DocumentStatus.VALID, 3, None)
    assert found.message_ids == tuple(seen.headers["x-message-id"] for seen in server.seen)
    assert len({seen.headers["x-message-id"] for seen in server.seen}) == 3
    assert len({seen.headers["x-nonce"] for seen in server.seen}) == 3


@pytest.mark.parametrize(("status", "attempts"), [(503, 3), (429, 3), (401, 1), (403, 1), (400, 1), (200, 1), (302, 1)])
async def test_only_what_is_unavailable_is_asked_again(status: int, attempts: int) -> None:
    async with wire(always(http(b"<html>", status))) as server, dispatching(loaded(server.url)) as dispatcher:
        found = (await dispatcher.ask(about())).verification
    assert (found.status, found.attempts) == (DocumentStatus.UNDETERMINED, attempts)
    assert len(server.seen) == attempts


async def test_an_authority_where_a_question_is_not_harmless_is_asked_once() -> None:
    async with wire(always(http(b"", 503))) as server:
        adapter = loaded(server.url)
        adapter = replace(adapter, manifest=replace(adapter.manifest, idempotent=False))
        async with dispatching(adapter) as dispatcher:
            assert (await dispatcher.ask(about())).verification.attempts == 1


async def test_attempts_and_pauses_fit_the_deadline() -> None:
    async def silent(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with wire(silent) as server, dispatching(loaded(server.url, deadline_s=0.4), deadline_s=1.0) as dispatcher:
        async with asyncio.timeout(PATIENCE_S):
            found = (await dispatcher.ask(about())).verification
    assert (found.status, found.cause) == (DocumentStatus.UNDETERMINED, "SW-ADP-01")
    assert found.attempts in {2, 3}


async def test_a_pause_that_ends_after_the_deadline_is_not_begun() -> None:
    policy = replace(AT_ONCE, first_pause_s=60.0, longest_pause_s=60.0)
    async with wire(always(http(b"", 503))) as server, dispatching(loaded(server.url), policy=policy) as dispatcher:
        async with asyncio.timeout(PATIENCE_S):
            assert (await dispatcher.ask(about())).verification.attempts == 1


async def test_the_first_attempt_counts_against_the_deadline_of_those_that_follow() -> None:
    async def silent(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    told: list[str] = []
    # The first attempt takes 0.5 s of the 0.8 s: a pause of 0.6 s would end behind the deadline, so it is not begun.
    policy = replace(AT_ONCE, first_pause_s=0.6, longest_pause_s=0.6)
    async with wire(silent) as server:
        dispatcher = Dispatcher(
            {"toy": loaded(server.url, deadline_s=0.5)},
            deadline_s=0.8,
            policy=policy,
            on_call=lambda adapter, outcome, seconds: told.append(outcome),
        )
        found = (await dispatcher.ask(about())).verification
        await dispatcher.close()
    assert (found.attempts, found.cause) == (1, "SW-ADP-01")
    assert told == ["SW-ADP-01"], "a second question would have been told as one that was not sent"


async def test_no_more_exchanges_are_under_way_than_the_limit_says() -> None:
    now = most = 0
    full = asyncio.Event()

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        if now == 3:
            full.set()
        # Nobody is answered until as many wait as may: then more would be here if more could be.
        await full.wait()
        for _ in range(10):
            await asyncio.sleep(0)
        most = max(most, now)
        now -= 1
        writer.write(valid(seen.number))

    async with wire(script) as server, dispatching(loaded(server.url, in_flight=3)) as dispatcher:
        asked = await asyncio.gather(*(dispatcher.ask(about(f"A/{n}")) for n in range(12)))
    assert most == 3
    assert {one.verification.status for one in asked} == {DocumentStatus.VALID}
    assert server.connections == 3


async def test_waiting_for_a_turn_counts_against_the_deadline() -> None:
    async def silent(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    more: dict[str, Any] = {"policy": ONCE, "deadline_s": 0.5}
    async with wire(silent) as server, dispatching(loaded(server.url, in_flight=1), **more) as dispatcher:
        asked = await asyncio.gather(*(dispatcher.ask(about(f"A/{n}")) for n in range(4)))
        (health,) = dispatcher.health()
    # Our own queue is no outage of the authority: a contingency window must not let goods through for it.
    assert sorted(one.verification.cause or "" for one in asked) == ["SW-ADP-00"] * 3 + ["SW-ADP-01"]
    assert sorted(one.verification.attempts for one in asked) == [0, 0, 0, 1]
    assert (len(server.seen), health.in_flight) == (1, 0)


async def test_a_breaker_opens_leaves_the_authority_alone_and_lets_it_back() -> None:
    clock, down = Clock(), True

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(http(b"", 503) if down else valid(seen.number))

    policy = replace(ONCE, breaker_threshold=3, breaker_rest_s=10.0)
    async with wire(script) as server, dispatching(loaded(server.url), policy=policy, clock=clock) as dispatcher:

        def state() -> BreakerState:
            return dispatcher.health()[0].breaker

        for _ in range(3):
            assert state() is BreakerState.CLOSED
            await dispatcher.ask(about())
        assert state() is BreakerState.OPEN
        refused = (await dispatcher.ask(about())).verification
        assert (refused.cause, refused.attempts, len(server.seen)) == ("SW-ADP-01", 0, 3)

        clock.now += 10.0
        assert state() is BreakerState.HALF_OPEN
        assert (await dispatcher.ask(about())).verification.attempts == 1
        assert (state(), len(server.seen)) == (BreakerState.OPEN, 4)

        clock.now += 10.0
        down = False
        asked = await asyncio.gather(*(dispatcher.ask(about()) for _ in range(5)))
        # One probes; the others are told at once that nobody knows.
        assert sorted(one.verification.attempts for one in asked) == [0, 0, 0, 0, 1]
        assert state() is BreakerState.CLOSED
        assert (await dispatcher.ask(about())).verification.status is DocumentStatus.VALID


async def test_a_probe_that_is_cancelled_lets_another_one_through() -> None:
    clock, released = Clock(), asyncio.Event()

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if len(server.seen) == 1:
            writer.write(http(b"", 503))
        elif len(server.seen) == 2:
            released.set()
            await asyncio.Event().wait()
        else:
            writer.write(valid(seen.number))

    policy = replace(ONCE, breaker_threshold=1, breaker_rest_s=10.0)
    async with wire(script) as server, dispatching(loaded(server.url), policy=policy, clock=clock) as dispatcher:
        await dispatcher.ask(about())
        clock.now += 10.0
        probe = asyncio.create_task(dispatcher.ask(about()))
        await released.wait()
        probe.cancel()
        with pytest.raises(asyncio.CancelledError):
            await probe
        assert (await dispatcher.ask(about())).verification.status is DocumentStatus.VALID


async def test_an_authority_that_answers_nonsense_does_not_open_the_breaker() -> None:
    policy = replace(ONCE, breaker_threshold=2)
    async with wire(always(http(b"<html>"))) as server, dispatching(loaded(server.url), policy=policy) as dispatcher:
        for _ in range(4):
            assert (await dispatcher.ask(about())).verification.cause == "SW-ADP-04"
        assert dispatcher.health()[0].breaker is BreakerState.CLOSED
    assert len(server.seen) == 4


async def test_one_authority_that_hangs_does_not_hold_up_another() -> None:
    async def silent(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with wire(silent) as one, wire(good) as two:
        adapters = loaded(one.url, in_flight=2), loaded(two.url, name="fine")
        async with dispatching(*adapters) as dispatcher:
            stuck = [asyncio.create_task(dispatcher.ask(about(f"A/{n}"))) for n in range(20)]
            async with asyncio.timeout(PATIENCE_S):
                asked = await asyncio.gather(*(dispatcher.ask(about(f"B/{n}", "fine")) for n in range(50)))
            assert not any(task.done() for task in stuck)
            for task in stuck:
                task.cancel()
            assert all(
                isinstance(e, asyncio.CancelledError) for e in await asyncio.gather(*stuck, return_exceptions=True)
            )
            assert dispatcher.health()[1].in_flight == 0
    assert {each.verification.status for each in asked} == {DocumentStatus.VALID}


async def test_the_requests_of_a_minute_are_counted() -> None:
    clock = Clock()
    async with wire(good) as server:
        adapter = loaded(server.url, requests_per_minute=2)
        async with dispatching(adapter, clock=clock, deadline_s=5.0) as dispatcher:
            asked = [(await dispatcher.ask(about(f"A/{n}"))).verification for n in range(3)]
            assert [one.status for one in asked[:2]] == [DocumentStatus.VALID] * 2
            assert (asked[2].status, asked[2].cause) == (DocumentStatus.UNDETERMINED, "SW-ADP-00")
            assert len(server.seen) == 2
            assert dispatcher.health()[0].breaker is BreakerState.CLOSED
            clock.now += 60.0
            assert (await dispatcher.ask(about())).verification.status is DocumentStatus.VALID


async def test_nobody_to_ask_is_a_hold() -> None:
    async with dispatching() as dispatcher:
        found = (await dispatcher.ask(about(adapter="nobody"))).verification
    assert (found.status, found.cause, found.attempts) == (DocumentStatus.UNDETERMINED, "SW-ADP-00", 0)


async def test_calls_are_told_by_their_outcome_and_a_listener_cannot_harm() -> None:
    told: list[tuple[str, str]] = []

    def on_call(adapter: str, outcome: str, seconds: float) -> None:
        told.append((adapter, outcome))
        assert seconds >= 0
        raise RuntimeError

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(http(b"", 503) if len(server.seen) == 1 else valid(seen.number))

    async with wire(script) as server, dispatching(loaded(server.url), on_call=on_call) as dispatcher:
        assert (await dispatcher.ask(about())).verification.status is DocumentStatus.VALID
        (health,) = dispatcher.health()
    assert told == [("toy", "SW-ADP-01"), ("toy", "valid")]
    assert (health.calls, health.failures, health.last_failure_code) == (2, 1, "SW-ADP-01")
    assert (health.name, health.tier, health.document_types) == ("toy", "conformant", ("C999",))
    assert health.last_ok_at is not None
    assert health.latency_p50_ms is not None
    assert health.latency_p95_ms is not None
    assert 0 < health.latency_p50_ms <= health.latency_p95_ms


async def test_health_before_the_first_call_claims_nothing() -> None:
    async with dispatching(loaded("http://127.0.0.1:9")) as dispatcher:
        (health,) = dispatcher.health()
    assert (health.latency_p50_ms, health.last_ok_at, health.calls, health.enabled) == (None, None, 0, True)


async def test_a_dispatcher_can_be_made_before_a_loop_runs_and_closed_unused() -> None:
    dispatcher = await asyncio.to_thread(
        lambda: Dispatcher({"toy": loaded("http://127.0.0.1:9", ToyAdapter(Settings()))}, deadline_s=1.0)
    )
    await dispatcher.close()


async def test_it_is_told_once_when_an_authority_answers_for_the_first_time_and_after_an_absence() -> None:
    statuses, back = [200, 200, 503, 401, 200, 200, 400, 200], list[str]()

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        status = statuses[len(server.seen) - 1]
        writer.write(valid(seen.number) if status == 200 else http(b"", status))

    async with (
        wire(script) as server,
        dispatching(loaded(server.url), policy=ONCE, on_return=back.append) as dispatcher,
    ):
        told = []
        for _ in statuses:
            await dispatcher.ask(about())
            told.append((len(back), dispatcher.health()[0].down_since is not None))
    away = [down for _, down in told]
    assert [count for count, _ in told] == [1, 1, 1, 1, 2, 2, 2, 2], "what it cannot make sense of is no absence"
    assert away == [False, False, True, True, False, False, False, False]
