"""A rule of identity in a sandbox: whatever it does, nobody else waits for it, and what it does not say is not determined."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway import observe
from gateway.dispatch.identity_rule import OVER, PIECE, NoIdentity, SandboxedRule, learning
from gateway.domain.adapter_switch import OverrunKind
from gateway.domain.identity import Identities
from gateway.domain.verification import DocumentStatus
from gateway.observe.scrape import Scrape
from gateway.process_life import ProcessLife, steps_in
from gateway.sandbox import wire
from gateway.sandbox.sandbox import Sandbox
from tests.builders.replicas import until
from tests.dispatch.sandboxed import sandboxed
from tests.dispatch.server import about, always, dispatching, good, http, loaded
from tests.dispatch.server import wire as served

pytestmark = pytest.mark.whole

TYPE = "C999"
LONG_S = 60.0
"""More than anything here takes that is not to be waited for."""


class CountedSandbox(Sandbox):
    """A sandbox that notes the orders that it gets."""

    orders: list[wire.IdentifyAll]

    async def order(self, order: wire.Order) -> None:
        """Notes it too."""
        assert isinstance(order, wire.IdentifyAll)
        self.orders.append(order)
        await super().order(order)


def begun(
    rule: str = "hanging_rule", wait_s: float = 0.25, **more: int
) -> tuple[SandboxedRule, CountedSandbox, list[OverrunKind]]:
    """Gives a rule in a sandbox that is ready, that sandbox, and its overruns."""
    code = sandboxed("tests.dispatch.beasts", "Beast", identity=f"tests.dispatch.beasts:{rule}")
    sandbox = CountedSandbox(code.code)
    sandbox.orders = []
    assert sandbox.ready(10.0) == wire.Ready(confined=True)
    made, overruns = SandboxedRule(code, sandbox, wait_s=wait_s, **more), list[OverrunKind]()
    made.on_overrun = overruns.append
    return made, sandbox, overruns


@asynccontextmanager
async def in_sandbox(
    rule: str = "hanging_rule", wait_s: float = 0.25, **more: int
) -> AsyncIterator[tuple[SandboxedRule, CountedSandbox, list[OverrunKind]]]:
    """A rule in a sandbox, and what is known of it; it is ended at the end."""
    made = begun(rule, wait_s, **more)
    try:
        yield made
    finally:
        made[0].close()


async def learn(rule: SandboxedRule, *references: str, within_s: float = LONG_S) -> None:
    """Has the rule say the identities of references."""
    until = asyncio.get_running_loop().time() + within_s
    await rule.learn([(TYPE, one) for one in references], until)


def said(rule: SandboxedRule, reference: str) -> str | None:
    """What the rule has said of a reference; None: it is not determined."""
    try:
        return rule(TYPE, reference)
    except NoIdentity:
        return None


async def test_all_references_of_a_message_are_one_order() -> None:
    async with in_sandbox() as (rule, sandbox, overruns):
        references = [f"a{number} " for number in range(PIECE)]
        await learn(rule, *references, *references)
        assert [one.documents[:-1] for one in sandbox.orders] == [tuple((TYPE, one) for one in references)]
        assert [said(rule, one) for one in references] == [one.strip().upper() for one in references]
        await learn(rule, *references, "b")
        known = TYPE, references[-1]
        assert [one.documents for one in sandbox.orders[1:]] == [((TYPE, "b"), known)], "what is known, one alone"
        assert overruns == []


async def test_of_what_it_was_not_asked_it_says_nothing() -> None:
    """And whoever operates the gateway is told: somebody forgot to ask."""
    async with in_sandbox() as (rule, sandbox, _):
        with capture_logs() as logs:
            assert said(rule, "a") is None
        assert [one["event"] for one in logs] == ["identity_not_learned"]
        assert sandbox.orders == []


async def test_nobody_waits_for_a_rule_that_is_held(tmp_path: Path) -> None:
    """Not another authority, and not another task of the loop."""
    rule, sandbox, overruns = begun(wait_s=LONG_S)
    free, reference = tmp_path / "free", f"held {tmp_path}/free"
    async with served(always(http(b"{}"))) as server, served(good) as other:
        slow = replace(loaded(server.url, delivered=False), identity=rule)
        async with dispatching(slow, loaded(other.url, name="fine")) as dispatcher:
            learning_it = asyncio.create_task(learn(rule, "before", reference, "behind"))
            await until(lambda: bool(sandbox.orders))
            asked = await dispatcher.ask(about("A/1", "fine"))
            assert asked.verification.status is DocumentStatus.VALID
            assert not learning_it.done()
            assert said(rule, reference) is None
            free.touch()
            await learning_it
            known = [said(rule, one) for one in ("before", reference, "behind")]
            assert known == ["BEFORE", reference.upper(), "BEHIND"]
    assert overruns == []


async def test_one_that_it_hangs_or_dies_on_costs_a_moment_once_and_none_of_the_others() -> None:
    async with in_sandbox(wait_s=0.1) as (rule, _, overruns):
        for number, (name, kind) in enumerate(
            (("spin", "late"), ("exit", "ended"), ("regex", "late"), ("sleep", "late")), start=1
        ):
            for _ in range(3):
                await learn(rule, f"before {name}", name, f"behind {name}")
                assert said(rule, name) is None
                assert len(overruns) == number, "what took too long is not begun again"
            assert said(rule, f"before {name}") == f"BEFORE {name.upper()}"
            assert said(rule, f"behind {name}") == f"BEHIND {name.upper()}"
            assert overruns[-1] == kind
        await learn(rule, "fork", "c")
        assert [said(rule, one) for one in ("fork", "c")] == [None, "C"]
        assert len(overruns) == 4, "what is refused to it alone is no overrun"
        await learn(rule, "hoard", "d")
        assert [said(rule, one) for one in ("hoard", "d")] == [None, "D"]


async def test_a_sandbox_that_is_stopped_from_outside_costs_nobody_anything() -> None:
    async with in_sandbox(wait_s=0.1) as (rule, sandbox, overruns):
        os.kill(sandbox.pid, signal.SIGSTOP)
        await learn(rule, "a", "b")
        assert (said(rule, "a"), said(rule, "b"), overruns) == ("A", "B", [])


async def test_one_that_is_stopped_for_longer_than_there_is_time_leaves_it_undetermined() -> None:
    async with in_sandbox(wait_s=LONG_S) as (rule, sandbox, overruns):
        os.kill(sandbox.pid, signal.SIGSTOP)
        await learn(rule, "a", within_s=0.1)
        assert (said(rule, "a"), overruns) == (None, [])
        await learn(rule, "a")
        assert said(rule, "a") == "A"


async def test_one_budget_holds_over_all_rules_of_a_declaration(tmp_path: Path) -> None:
    async with AsyncExitStack() as open_ones:
        rules = {name: await open_ones.enter_async_context(in_sandbox(wait_s=LONG_S)) for name in ("one", "other")}
        ask = learning({name: rule for name, (rule, _, _) in rules.items()}, budget_s=2.0)
        assert ask is not None
        held = f"held {tmp_path}/never"
        identities = Identities(
            {name: rule for name, (rule, _, _) in rules.items()}, elsewhere=frozenset(rules), learning=ask
        )
        await identities.learn_all([("one", TYPE, "a"), ("one", TYPE, held), ("one", TYPE, "b"), ("other", TYPE, "c")])
        assert [identities(name, TYPE, one) for name, one in (("one", "a"), ("other", "c"))] == ["A", "C"]
        assert [identities("one", TYPE, one) for one in (held, "b")] == [None, None]
        assert [rules[name][2] for name in rules] == [[OverrunKind.LATE], []]
        await identities.learn_all([("one", TYPE, "b")])
        assert identities("one", TYPE, "b") == "B"


async def test_a_rule_that_sleeps_for_exactly_its_bound_has_the_time_of_one_message_and_overruns() -> None:
    references = [f"a{number}" for number in range(80)]
    async with in_sandbox("bound_rule", wait_s=0.05) as (rule, _, overruns):
        known: list[str | None] = []
        for number in range(1, 3):
            # It is tried anew when its sandbox is: that takes longer than it has here.
            await learn(rule, f"ready {number}")
            await learn(rule, *references, within_s=1.0)
            assert (set(overruns), len(overruns) >= number) == ({OverrunKind.LATE}, True)
            before, known = known, [said(rule, one) for one in references if said(rule, one) is not None]
            assert len(before) < len(known) < len(references), "what it did say is not asked again"


async def test_the_message_of_another_comes_between_the_pieces_of_a_large_one(tmp_path: Path) -> None:
    async with in_sandbox(wait_s=LONG_S) as (rule, sandbox, _):
        references = f"held {tmp_path}/free", *(f"a{number}" for number in range(3 * PIECE - 1))
        large = asyncio.create_task(learn(rule, *references))
        await until(lambda: bool(sandbox.orders))
        other = asyncio.create_task(learn(rule, "b"))
        await asyncio.sleep(0)
        (tmp_path / "free").touch()
        await asyncio.gather(large, other)
        assert [len(one.documents) - 1 for one in sandbox.orders] == [PIECE, 1, PIECE, PIECE]


async def test_a_rule_that_is_slow_on_average_overruns_by_every_declaration() -> None:
    async with in_sandbox("slow_rule") as (rule, _, overruns):
        for number in range(OVER // 20):
            assert overruns == []
            await learn(rule, *(f"{number}/{one}" for one in range(20)))
        assert overruns == [OverrunKind.LATE]
        assert said(rule, "4/19") == "4/19", "what it said is right all the same"
        await learn(rule, "one more")
        assert overruns == [OverrunKind.LATE] * 2


async def test_a_rule_that_is_right_a_hundred_times_and_then_not_is_not_believed() -> None:
    async with in_sandbox("turning_rule") as (rule, sandbox, overruns):
        asked: list[str] = []
        while not overruns:
            asked.append(f"a{len(asked)}")
            await learn(rule, asked[-1])
            assert said(rule, asked[-1]) == (None if overruns else asked[-1].upper())
        assert (overruns, len(asked) > OVER // 2, sandbox.alive) == ([OverrunKind.CHANGED], True, False)
        await learn(rule, asked[-1])
        assert said(rule, asked[-1]) == asked[-1].upper(), "in another sandbox it begins anew"


async def test_an_overrun_before_a_declaration_has_its_name_counts_once_it_has() -> None:
    async with in_sandbox(wait_s=0.1) as (rule, _, overruns):
        counted: list[str | None] = []
        rule.on_overrun = lambda kind: counted.append(observe.declaration_id.get())

        async def by(declaration: str, *references: str) -> None:
            observe.declaration_id.set(declaration)
            await learn(rule, *references)

        await learn(rule, "spin", "a")
        await asyncio.create_task(by("of a alone", "a"))
        await asyncio.create_task(by("first", "a", "spin"))
        await asyncio.create_task(by("other", "a", "spin"))
        assert (counted, overruns) == ([None, "first"], [])


async def test_a_slow_one_counts_by_the_declarations_of_what_it_was_slow_on() -> None:
    async with in_sandbox("slow_rule") as (rule, _, _):
        counted: list[str | None] = []
        rule.on_overrun = lambda kind: counted.append(observe.declaration_id.get())
        await learn(rule, *(f"a{number}" for number in range(OVER - 2)))
        assert counted == []
        await learn(rule, "b")

        async def by(declaration: str, *references: str) -> None:
            observe.declaration_id.set(declaration)
            await learn(rule, *references)

        await asyncio.create_task(by("of one before", "a1"))
        await asyncio.create_task(by("of that", "b"))
        assert counted == [None, "of that"]


async def test_who_gave_up_leaves_the_next_one_nothing_of_theirs(tmp_path: Path) -> None:
    async with in_sandbox(wait_s=LONG_S) as (rule, sandbox, overruns):
        task = asyncio.create_task(learn(rule, "a", f"held {tmp_path}/never", "b"))
        await until(lambda: bool(sandbox.orders))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not sandbox.alive
        await learn(rule, "c", "b")
        assert [said(rule, one) for one in "bc"] == ["B", "C"]
        assert overruns == []


async def test_what_cannot_be_told_to_it_is_not_determined() -> None:
    async with in_sandbox() as (rule, _, overruns):
        await learn(rule, "\ud800", "a")
        assert (said(rule, "\ud800"), said(rule, "a"), overruns) == (None, "A", [])


async def test_what_is_in_use_is_remembered_and_no_more_than_so_much() -> None:
    async with in_sandbox(remembered=100) as (rule, _, _):
        await learn(rule, "in use", "forgotten")
        for part in range(5):
            assert (said(rule, "in use"), said(rule, "forgotten")) == ("IN USE", "FORGOTTEN" if part < 3 else None)
            await learn(rule, "in use", *(f"{part}/{number}" for number in range(60)))


async def test_what_it_takes_is_a_figure() -> None:
    async with in_sandbox() as (rule, _, _):
        await learn(rule, "a")
    assert 'gateway_identity_seconds_bucket{adapter="toy"' in Scrape().read().decode()


async def test_whose_code_is_run_is_shown_while_it_is(tmp_path: Path) -> None:
    life, file = ProcessLife(tmp_path), tmp_path / f"life_{os.getpid()}"
    rule, _, _ = begun(wait_s=LONG_S)
    async with served(always(http(b"{}"))) as server:
        one = replace(loaded(server.url, delivered=False), identity=rule)
        async with dispatching(one, life=life):
            task = asyncio.create_task(learn(rule, f"held {tmp_path}/free"))
            while not steps_in(file.read_bytes()):
                assert not task.done()
                await asyncio.sleep(0)
            assert steps_in(file.read_bytes()) == (("toy", None),)
            (tmp_path / "free").touch()
            await task
            assert steps_in(file.read_bytes()) == ()
