"""Other settings for the same adapters while the gateway serves."""

import asyncio

from gateway.dispatch.http.call import KEEP_ALIVE_S
from gateway.dispatch.identity_rule import SandboxedRule
from gateway.domain.verification import DocumentStatus
from gateway.sandbox.sandbox import Sandbox
from tests.builders.processes import PATIENCE_S
from tests.builders.replicas import until
from tests.builders.rules import rule_in_sandbox
from tests.dispatch.sandboxed import sandboxed
from tests.dispatch.server import Seen, about, dispatching, good, loaded, valid, wire


async def test_the_next_call_goes_by_the_new_settings_and_the_one_under_way_ends_as_it_began() -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def waiting(seen: Seen, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await go_on.wait()
        writer.write(valid(seen.number))

    async with wire(waiting) as old, wire(good) as new, dispatching(loaded(old.url), deadline_s=30) as dispatcher:
        first = asyncio.create_task(dispatcher.ask(about("A/1")))
        await arrived.wait()
        dispatcher.renew({"toy": loaded(new.url)})
        second = await dispatcher.ask(about("B/2"))
        go_on.set()
        assert (await first).verification.status is DocumentStatus.VALID
        assert second.verification.status is DocumentStatus.VALID
        assert [seen.number for seen in old.seen] == ["A/1"]
        assert [seen.number for seen in new.seen] == ["B/2"]
        (health,) = dispatcher.health()
        assert (health.calls, health.in_flight) == (2, 0)


async def test_connections_of_before_are_closed_in_the_end() -> None:
    async with wire(good) as old, wire(good) as new:
        async with dispatching(loaded(old.url), deadline_s=0.01) as dispatcher:
            asked = await dispatcher.ask(about(), until=asyncio.get_running_loop().time() + PATIENCE_S)
            assert (asked.verification.status, len(old.open)) == (DocumentStatus.VALID, 1)
            dispatcher.renew({"toy": loaded(new.url)})
            # Sooner than one that nobody uses is given up by itself.
            await until(lambda: not old.open, within_s=KEEP_ALIVE_S / 2)
        async with dispatching(loaded(old.url), deadline_s=1_000) as dispatcher:
            # Nor is anything left where the gateway ends before that.
            dispatcher.renew({"toy": loaded(new.url)})


async def test_a_rule_of_identity_goes_on_with_what_it_said_and_the_new_one_is_ended() -> None:
    before, url = rule_in_sandbox(), "http://127.0.0.1:1"
    code = sandboxed("tests.dispatch.beasts", "Beast", identity="tests.dispatch.beasts:hanging_rule")
    sandbox = Sandbox(code.code)
    async with dispatching(loaded(url, identity=before)) as dispatcher:
        ched = {" chedp.xi.2026.9000001": "CHEDP.XI.2026.9000001"}
        assert await dispatcher.identities.of("toy", "N853", ched) == ched
        dispatcher.renew({"toy": loaded(url, identity=SandboxedRule(code, sandbox))})
        await until(lambda: not sandbox.alive)
        assert {one: dispatcher.identities("toy", "N853", one) for one in ched} == ched
        other = {"chedp.xi.2026.9000002": "CHEDP.XI.2026.9000002"}
        assert await dispatcher.identities.of("toy", "N853", other) == other


async def test_other_code_is_no_setting() -> None:
    async with dispatching(loaded("http://127.0.0.1:1")) as dispatcher:
        assert dispatcher.unlike({"toy": loaded("http://127.0.0.1:2", deadline_s=3.0)}) == ()
        assert dispatcher.unlike({}) == ("toy",)
        assert dispatcher.unlike({"toy": loaded("http://127.0.0.1:1", tier="draft")}) == ("toy",)
        both = {"toy": loaded("http://127.0.0.1:1"), "other": loaded("http://127.0.0.1:1", name="other")}
        assert dispatcher.unlike(both) == ("other",)
