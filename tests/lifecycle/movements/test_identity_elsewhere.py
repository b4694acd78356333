"""A rule of identity that runs in a sandbox: every call has it asked beforehand, and what it does not say moves and releases nothing."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from gateway.contract import IdentityRule
from gateway.dispatch.identity_rule import PIECE, SandboxedRule
from gateway.domain.decision import Effect
from gateway.domain.movement import Shown
from gateway.domain.permission import Asker, Role
from gateway.domain.release import ReleaseOrder
from gateway.domain.work_list import Search
from gateway.history.explain import Again
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.replicas import Office, effect, mrn_of
from tests.builders.rules import rule_in_sandbox

CHED = "CHEDP.XI.2026.9000001"
SMALL = CHED.lower()
LRN = "SPELLED"
MRN = mrn_of(LRN)
EORIS = frozenset({"FR12345678901234"})
TRADER = Asker(roles=frozenset({Role.TRADER}), eoris=EORIS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the adapter's code: what is changed in it is not run."""
    (tmp_path / "adapter.py").write_text("one = 1\n")
    return tmp_path


@pytest.fixture
def rule(folder: Path) -> Callable[[], IdentityRule]:
    """The rule of each replica, in a sandbox of its own."""
    return lambda: rule_in_sandbox(folder)


async def opened_again(office: Office, folder: Path, *, mended: bool) -> None:
    """Ends all replicas and opens one whose rule knows nothing yet, and can be run or not."""
    for replica in office.replicas:
        if replica.alive:
            await replica.kill()
    office.rule = lambda: rule_in_sandbox(folder, ready=False)
    changed = folder / "changed.py"
    changed.unlink(missing_ok=True)
    replica = await office.open(sweeps=False)
    if not mended:
        changed.write_text("one = 2\n")
    assert isinstance(replica.dispatcher.identities.rules["traces"], SandboxedRule)


async def check(office: Office) -> None:
    checked = await office.lifecycle.check_document("N853", SMALL)
    assert checked.status.value == "valid"


@pytest.mark.whole
async def test_every_call_has_the_rule_asked_beforehand(office: Office, folder: Path) -> None:
    """The office's fixture looks for what was not asked; between the calls nothing is remembered."""
    office.authority.issue(CHED, ("0401", "1000", "KGM"))
    record = await office.lodge(LRN, goods(milk(SMALL)))
    whole = message("BEFORE", goods(milk(SMALL)), mrn=mrn_of("BEFORE"))

    async def preflight() -> None:
        for asker, raw in ((AS_CUSTOMS, whole), (TRADER, message("BEFORE", goods(milk(SMALL)), mrn=None))):
            found = await office.lifecycle.lodging.preflight(raw, JSON, asker=asker)
            assert found.decision.effect is Effect.RELEASE

    async def certificate() -> None:
        page = await office.lifecycle.certificates.page("N853", f" {SMALL} ")
        assert [one.record.id for one in page.drawings] == [record.id]
        assert page.answer is not None
        assert await office.lifecycle.certificates.stored("N853", SMALL) is not None

    async def listed() -> None:
        found = await office.lifecycle.work_list.page(
            Search(document_type="N853", document=f" {SMALL}"), eoris=None, limit=10
        )
        assert [one.id for one in found.records] == [record.id]

    async def cited() -> None:
        assert await office.lifecycle.cites(EORIS, "N853", f" {SMALL}")
        assert await office.lifecycle.identify_citations() == 0

    async def dry_run() -> None:
        run = await office.lifecycle.dry_runs.release(record, ReleaseOrder())
        assert [(one.written_off, one.quantity) for one in run.moved] == [(Decimal(100), Decimal(100))]

    async def explained() -> None:
        assert (await office.lifecycle.explain(record)).again is Again.SAME

    async def pushed() -> None:
        assert await office.lifecycle.steps.changed("N853", f" {SMALL}") == 1
        await office.settled(record.id)

    async def doubted() -> None:
        await office.lifecycle.steps.doubt(record.id, by=CUSTOMS)
        await office.settled(record.id)

    async def applied() -> None:
        raw = message(LRN, goods(milk(SMALL, "70")), mrn=MRN, version=2)
        lodged = await office.lifecycle.lodging.amend(record.id, raw, JSON, by=ONE, asker=TRADER)
        assert lodged.application is not None
        run = await office.lifecycle.dry_runs.application(lodged.record, lodged.application)
        assert [(one.held, one.would_hold) for one in run.moved] == [((Decimal(100), "KGM"), (Decimal(70), "KGM"))]
        steps = office.lifecycle.applications
        await steps.decide(lodged.application.id, grant=True, reason="so", by=CUSTOMS, asker=AS_CUSTOMS)
        await office.settled(record.id)

    for call in (
        partial(check, office),
        preflight,
        certificate,
        listed,
        cited,
        dry_run,
        explained,
        pushed,
        doubted,
        applied,
    ):
        await opened_again(office, folder, mended=True)
        await call()
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(70))
    assert await office.store.movements.open() == ()


async def test_what_cannot_be_identified_is_held_and_nothing_of_it_is_moved(office: Office, folder: Path) -> None:
    """Neither under the spelling that happens to be declared, which the authority may take for another document."""
    office.authority.issue(CHED, ("0401", "1000", "KGM"))
    record = await office.lodge(LRN, goods(milk(SMALL)))
    assert effect(record) is Effect.RELEASE
    await opened_again(office, folder, mended=False)
    await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=ONE)
    record = await office.settled(record.id)
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))
    assert office.authority.effects(CHED, MRN) == {"reserve": 1}
    assert {one.reference for one in office.said if one.kind is not None} == {CHED}
    other = await office.lodge("OTHER", goods(milk(SMALL)))
    assert effect(other) is Effect.HOLD
    assert office.authority.held(CHED, mrn_of("OTHER")) is None
    await opened_again(office, folder, mended=True)
    await office.looks()
    record, other = await office.settled(record.id), await office.settled(other.id)
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))
    assert (await office.own_position(record.id)).progress is Shown.WRITTEN_OFF
    assert effect(other) is Effect.RELEASE


async def test_a_large_message_is_asked_in_few_orders(office: Office) -> None:
    references = [f"CHEDP.XI.2026.8{number:06}" for number in range(PIECE + 50)]
    for one in references:
        office.authority.issue(one, ("0401", "1000", "KGM"))
    record = await office.lodge(LRN, goods(*(milk(one.lower(), "1") for one in references)))
    assert effect(record) is Effect.RELEASE
    assert len(record.documents) == len(references)
