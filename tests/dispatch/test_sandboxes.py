"""Code in sandboxes: whatever it does costs its own call, and nothing else."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from gateway.contract import Adapter, MovementKind, Request, Settings, UnexpectedAnswer
from gateway.dispatch import Dispatcher, RetryPolicy
from gateway.domain.adapter_switch import OverrunKind
from gateway.domain.verification import DocumentStatus
from gateway.observe.scrape import Scrape
from gateway.process_life import ProcessLife, steps_in
from gateway.sandbox.sandbox import Sandbox
from tests.dispatch.beasts import BEASTS, ENDED, FINE, WRITTEN
from tests.dispatch.misbehaviour import MISBEHAVIOUR
from tests.dispatch.movers import DISBELIEVED, RAISED, Mover
from tests.dispatch.sandboxed import BEAST, sandboxed
from tests.dispatch.server import Wire, about, always, dispatching, good, http, loaded, order
from tests.dispatch.server import wire as served

POLICY = RetryPolicy(attempts=1, step_budget_s=0.5, sandboxes=2)


DID = {
    "SPIN": OverrunKind.LATE,
    "SLEEP": OverrunKind.LATE,
    "REGEX": OverrunKind.LATE,
    "EXIT": OverrunKind.ENDED,
    "ABORT": OverrunKind.ENDED,
    "SEGFAULT": OverrunKind.ENDED,
    "MEMORY": OverrunKind.MEMORY,
    "HOARD": OverrunKind.MEMORY,
}
"""What is stored of them."""


@asynccontextmanager
async def kept(
    policy: RetryPolicy = POLICY,
) -> AsyncIterator[tuple[Dispatcher, Wire, list[tuple[str, str | None, OverrunKind]]]]:
    """Opens a dispatcher of the beast in sandboxes, and of a good adapter beside it."""
    overruns: list[tuple[str, str | None, OverrunKind]] = []
    async with served(always(http(b"{}"))) as server, served(good) as other:
        adapters = loaded(server.url, BEAST, delivered=False), loaded(other.url, name="fine")
        noted = dispatching(*adapters, policy=policy, on_overrun=lambda *overrun: overruns.append(overrun))
        async with noted as dispatcher:
            yield dispatcher, server, overruns


async def test_every_misbehaviour_is_a_hold_as_it_is_in_the_loop() -> None:
    code = sandboxed("tests.dispatch.misbehaviour", "OddByReference")
    async with (
        served(always(http(b"{}"))) as server,
        dispatching(loaded(server.url, code, delivered=False), policy=POLICY) as dispatcher,
    ):
        asked = {case: (await dispatcher.ask(about(case))).verification for case in MISBEHAVIOUR}
    assert {one.status for one in asked.values()} == {DocumentStatus.UNDETERMINED}
    assert {case: one.cause for case, one in asked.items()} == {case: code for case, (_, code) in MISBEHAVIOUR.items()}
    assert {seen.target for seen in server.seen} == {"/x"}


async def test_how_far_a_look_up_is_believed_is_the_same_in_the_loop() -> None:
    code = sandboxed("tests.dispatch.movers", "Mover")
    async with served(always(http(b"{}"))) as server:
        beside = loaded(server.url, code, delivered=False, position=False)
        within = loaded(server.url, cast(Adapter, Mover(Settings())), name="fine", position=False)
        async with dispatching(beside, within, policy=POLICY) as dispatcher:
            for case in (*DISBELIEVED, *RAISED):
                moved = [await dispatcher.move(name, MovementKind.RESERVE, order(case)) for name in ("toy", "fine")]
                assert {(one.receipt, one.sent) for one in moved} == {(None, case in DISBELIEVED)}, case
                assert len({one.cause for one in moved}) == 1, case


@pytest.mark.whole
async def test_whatever_its_code_does_costs_its_own_call_alone() -> None:
    before = sandboxes_of_ours()
    WRITTEN.unlink(missing_ok=True)
    async with kept() as (dispatcher, server, overruns):
        for name in BEASTS:
            beast = asyncio.create_task(dispatcher.ask(about(f"X/{name}")))
            others = asyncio.gather(dispatcher.ask(about(FINE)), dispatcher.ask(about(adapter="fine")))
            assert [one.verification.status for one in await others] == [DocumentStatus.VALID] * 2, name
            asked = (await beast).verification
            cause = "SW-ADP-10" if name in ENDED else "SW-ADP-04"
            assert (asked.status, asked.cause) == (DocumentStatus.UNDETERMINED, cause), name
            # Nothing of it is left to run.
            assert len(sandboxes_of_ours() - before) <= POLICY.sandboxes, name
        assert [name for name, *_ in overruns] == ["toy"] * len(ENDED)
        did = dict(zip(ENDED, (kind for *_, kind in overruns), strict=True))
        assert {name: did[name] for name in DID} == DID
        figures = Scrape().read().decode()
        assert 'gateway_sandboxes_started_total{adapter="toy"}' in figures
        for kind in set(DID.values()):
            assert f'gateway_sandboxes_killed_total{{adapter="toy",kind="{kind}"}}' in figures
        assert dispatcher.health()[1].overruns == len(ENDED)
        assert {seen.target for seen in server.seen} == {"/first", "/second"}
        assert not WRITTEN.exists()
    assert sandboxes_of_ours() <= before


async def test_code_that_spins_before_it_asks_asks_nobody() -> None:
    async with kept() as (dispatcher, server, overruns):
        for name in ("SPIN", "EXIT", "FORK"):
            asked = (await dispatcher.ask(about(f"EARLY/{name}"))).verification
            assert asked.status is DocumentStatus.UNDETERMINED
        assert (server.seen, len(overruns)) == ([], 2)


async def test_an_exchange_goes_on_elsewhere_when_its_sandbox_is_gone() -> None:
    """Its requests are made once: what was answered is told again to the code, and nobody is asked twice."""
    answered, go_on = asyncio.Event(), asyncio.Event()
    before = sandboxes_of_ours()

    async def script(seen: object, writer: asyncio.StreamWriter) -> None:
        answered.set()
        await go_on.wait()
        writer.write(http(b"{}"))

    async with served(script) as server, dispatching(loaded(server.url, BEAST, delivered=False), policy=POLICY) as one:
        asking = asyncio.create_task(one.ask(about(FINE)))
        await answered.wait()
        (sandbox,) = sandboxes_of_ours() - before
        os.kill(sandbox, 9)
        go_on.set()
        # Whoever takes the dead one loses its call; the exchange that stood in it does not.
        lost = (await one.ask(about(FINE))).verification
        asked = (await asking).verification
    assert DocumentStatus.VALID in (asked.status, lost.status)


async def test_one_that_somebody_else_stopped_is_no_overrun_of_its_code() -> None:
    before = sandboxes_of_ours()
    async with kept() as (dispatcher, _, overruns):
        assert (await dispatcher.ask(about(FINE))).verification.status is DocumentStatus.VALID
        (sandbox,) = sandboxes_of_ours() - before
        os.kill(sandbox, signal.SIGSTOP)
        stopped = (await dispatcher.ask(about(FINE))).verification
        assert (stopped.status, stopped.cause, overruns) == (DocumentStatus.UNDETERMINED, "SW-ADP-00", [])
        assert (await dispatcher.ask(about(FINE))).verification.status is DocumentStatus.VALID
        assert sandbox not in sandboxes_of_ours()


async def test_whose_code_is_run_is_shown_while_it_is(tmp_path: Path) -> None:
    """To whoever supervises the process."""
    life, file = ProcessLife(tmp_path), tmp_path / f"life_{os.getpid()}"
    async with served(always(http(b"{}"))) as server:
        one = loaded(server.url, BEAST, delivered=False)
        async with dispatching(one, policy=POLICY, life=life) as dispatcher:
            task = asyncio.ensure_future(dispatcher.ask(about("X/SLEEP")))
            while not steps_in(file.read_bytes()):
                assert not task.done()
                await asyncio.sleep(0)
            assert steps_in(file.read_bytes()) == (("toy", None),)
            await task
            assert steps_in(file.read_bytes()) == ()


async def test_a_push_is_read_in_a_sandbox() -> None:
    async with kept() as (dispatcher, _, overruns):
        with pytest.raises(UnexpectedAnswer):
            await dispatcher.read_notification("toy", Request(method="POST", path="", body=b"SPIN"))
        assert overruns == [("toy", None, OverrunKind.LATE)]


async def test_what_is_disabled_runs_nowhere() -> None:
    before = sandboxes_of_ours()
    async with kept() as (dispatcher, server, _):
        dispatcher.disable({"toy": datetime.now(UTC)})
        assert (await dispatcher.ask(about(FINE))).verification.cause == "SW-ADP-00"
        assert (server.seen, sandboxes_of_ours() - before) == ([], set())


async def test_files_that_changed_since_they_were_loaded_are_not_run(tmp_path: Path) -> None:
    (tmp_path / "adapter.py").write_text("one = 1\n")
    code = sandboxed("tests.dispatch.beasts", "Beast", folder=tmp_path)
    async with (
        served(always(http(b"{}"))) as server,
        dispatching(loaded(server.url, code, delivered=False), policy=POLICY) as dispatcher,
    ):
        (tmp_path / "adapter.py").write_text("one = 2\n")
        asked = (await dispatcher.ask(about(FINE))).verification
    assert (asked.status, asked.cause, server.seen) == (DocumentStatus.UNDETERMINED, "SW-ADP-04", [])


def test_the_limits_hold_whoever_it_runs_as() -> None:
    """Also as root, which the system lets do much: the suite runs so where it is built."""
    sandbox = Sandbox(BEAST.code)
    assert sandbox.ready(10.0).confined
    status = Path(f"/proc/{sandbox.pid}/status").read_text()
    assert "Seccomp:\t2" in status
    limits = Path(f"/proc/{sandbox.pid}/limits").read_text()
    assert [line.split()[-3:] for line in limits.splitlines() if line.startswith("Max address space")] == [
        [str(256 << 20), str(256 << 20), "bytes"]
    ]
    environment = Path(f"/proc/{sandbox.pid}/environ").read_bytes()
    assert b"GATEWAY" not in environment
    sandbox.kill()
    sandbox.reap()


def sandboxes_of_ours() -> set[int]:
    """The sandboxes that run as children of this process."""
    found = set()
    for entry in Path("/proc").iterdir():
        with suppress(OSError, IndexError):
            if entry.name.isdigit() and b"gateway.sandbox.process" in (entry / "cmdline").read_bytes():
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                if stat[1] == str(os.getpid()) and stat[0] != "Z":
                    found.add(int(entry.name))
    return found
