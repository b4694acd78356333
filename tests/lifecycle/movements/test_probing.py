"""A trader cannot find out beforehand what others have taken of a certificate: not by figures, and not by trying amounts."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.access import Budget, Caller
from gateway.api.views import declaration as resources
from gateway.configured_rules import Rules
from gateway.contract import Certificate, CertificateLine, Ledger, LedgerLine, Quantity
from gateway.dispatch.registry import LoadedAdapter
from gateway.domain.codec import decode, encode
from gateway.domain.decision import Effect
from gateway.domain.errors import TooManyCalls
from gateway.domain.permission import Asker
from gateway.domain.verification import DocumentStatus, Verification
from gateway.history.explain import Again
from gateway.settings import Role
from gateway.store.citations import TOLD_A_DAY
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.authority import Authority
from tests.builders.clock import Clock
from tests.builders.credibility import maximum, under
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.replicas import Office, effect, mrn_of

CHED = "CHEDP.FR.2026.9700001"
AT = datetime(2026, 11, 26, tzinfo=UTC)
OWN = Asker(roles=frozenset({Role.TRADER}), eoris=frozenset({"FR12345678901234"}))


@pytest.mark.parametrize("left", ["0", "1", "399", "100000"])
async def test_what_is_left_makes_no_difference_to_a_preflight(office: Office, authority: Authority, left: str) -> None:
    authority.issue(CHED, ("0401", "100000", "KGM"))
    authority.enter(CHED, str(Decimal(100_000) - Decimal(left)), value="26FR00000000000X1")
    raw = message("PROBE", goods(milk(CHED, "400")), mrn=None)
    told = await office.lifecycle.lodging.preflight(raw, JSON, asker=OWN)
    by_customs = await office.lifecycle.lodging.preflight(raw, JSON, asker=AS_CUSTOMS)
    assert told.decision.effect is Effect.RELEASE
    assert {f.code for f in told.decision.findings} == {"SW-DEC-002", "SW-DEC-127"}
    assert all(document.quantity == () for document in told.decision.documents)
    assert b"available" not in encode(told.decision.documents)
    # Customs is told, and so is the declarant once the declaration is lodged.
    (line,) = by_customs.decision.documents[0].quantity
    assert Decimal(line.available or -1) == Decimal(left)
    assert (by_customs.decision.effect is Effect.RELEASE) is (Decimal(left) >= 400)


async def test_trying_amounts_finds_what_is_left_a_few_times_a_day_alone(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "1000", "KGM"))
    found = []
    for number in range(TOLD_A_DAY + 2):
        raw = message(f"TRY-{number}", goods(milk(CHED, "5000")), mrn=None)
        lodged = await office.lifecycle.lodging.lodge(raw, JSON, by=CUSTOMS, asker=OWN)
        found.append(await office.settled(lodged.id))
    codes = [{one.code for one in decided.decision.decision.findings} for decided in found if decided.decision]
    assert ["SW-DEC-070" in each for each in codes] == [True] * TOLD_A_DAY + [False] * 2
    assert ["SW-DEC-129" in each for each in codes] == [False] * TOLD_A_DAY + [True] * 2
    last = found[-1]
    assert effect(last) is Effect.RELEASE
    assert [one.quantity for one in last.documents] == [()]
    # Another document of the same declarant is told of, and this one is compared once customs has accepted it.
    other = CHED.replace("9700001", "9700002")
    authority.issue(other, ("0401", "1000", "KGM"))
    raw = message("ANOTHER", goods(milk(other, "5000")), mrn=None)
    lodged = await office.lifecycle.lodging.lodge(raw, JSON, by=CUSTOMS, asker=OWN)
    assert effect(await office.settled(lodged.id)) is Effect.HOLD
    mrn = mrn_of("TRY")
    await office.lifecycle.steps.accept(last.id, mrn=mrn, accepted_at=datetime.now(UTC), by=CUSTOMS, asker=AS_CUSTOMS)
    accepted = await office.settled(last.id)
    assert effect(accepted) is Effect.HOLD
    assert "SW-DEC-070" in {one.code for one in accepted.decision.decision.findings} if accepted.decision else False
    explained = await office.lifecycle.explain(await office.lifecycle.steps.current(last.id), 1)
    assert explained.again is Again.SAME


async def test_another_process_tells_no_more_than_the_first(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "1000", "KGM"))
    for number in range(TOLD_A_DAY + 1):
        if number == TOLD_A_DAY:
            # The next one has told nobody of anything yet.
            await office.kill(office.first)
        raw = message(f"TRY-{number}", goods(milk(CHED, "5000")), mrn=None)
        lodged = await office.lifecycle.lodging.lodge(raw, JSON, by=CUSTOMS, asker=OWN)
        last = await office.settled(lodged.id)
    assert "SW-DEC-129" in {one.code for one in last.decision.decision.findings} if last.decision else False
    assert effect(last) is Effect.RELEASE


@pytest.mark.parametrize(("bound", "by_customs"), [("1000", Effect.RELEASE), ("999", Effect.HOLD)])
async def test_preflights_find_no_bound_that_is_not_published(
    authority: Authority, database_url: str, rules: Rules, loaded: LoadedAdapter, bound: str, by_customs: Effect
) -> None:
    authority.issue(CHED, ("0401", "100000", "KGM"))
    tables = under(maximum((bound, "29"), commodities=("04",)))
    office = Office(authority, database_url, replace(rules, tables=tables), loaded)
    await office.open(sweeps=False)
    raw = message("BOUND", goods(milk(CHED, "400")), mrn=None)
    told = await office.lifecycle.lodging.preflight(raw, JSON, asker=OWN)
    assert {one.code for one in told.decision.for_parties().findings} == {"SW-DEC-002", "SW-DEC-127", "SW-DEC-193"}
    assert told.decision.effect is Effect.RELEASE
    assert (await office.lifecycle.lodging.preflight(raw, JSON, asker=AS_CUSTOMS)).decision.effect is by_customs
    await office.close()


async def test_a_preflight_is_paid_for_by_the_document_before_anybody_is_asked(office: Office) -> None:
    references = [f"CHEDP.FR.2026.97000{number}" for number in range(10, 14)]
    raw = message("PAID", goods(*(milk(reference) for reference in (*references, references[0].lower()))), mrn=None)
    charged: list[int] = []

    def refused(documents: int) -> None:
        charged.append(documents)
        raise TooManyCalls

    with pytest.raises(TooManyCalls):
        await office.lifecycle.lodging.preflight(raw, JSON, asker=OWN, charge=refused)
    # One document in two spellings is one.
    assert charged == [4]


def test_a_budget_is_taken_whole_or_not_at_all() -> None:
    clock = Clock()
    budget = Budget(60, clock)
    assert budget.size == 60
    assert budget.take("a", 50) == 0
    assert budget.take("a", 20) == pytest.approx(10)
    assert budget.take("a", 10) == 0
    assert budget.take("b", 60) == 0
    clock.now += 5
    assert budget.take("a", 5) == 0
    assert budget.take("a") > 0


def shown(holder: str | None, caller: Caller) -> Any:
    line = CertificateLine(number=1, commodity_code="8806", quantity=Quantity(value=Decimal(10), unit="H87"))
    certificate = Certificate(type="X060", reference="DU/1", authority_status="V", holder=holder, lines=(line,))
    left = LedgerLine(number=1, available=Quantity(value=Decimal(4), unit="H87"))
    word = Verification(
        type="X060",
        reference="DU/1",
        status=DocumentStatus.VALID,
        certificate=certificate,
        ledger=Ledger(lines=(left,)),
    )
    return decode(resources.document(word, AT, caller), dict)


@pytest.mark.parametrize("holder", [None, "DE999999999999999", "fr12345678901234"])
def test_a_check_tells_a_trader_no_quantity_of_what_is_not_theirs(holder: str | None) -> None:
    trader = Caller(name="t", roles=frozenset({Role.TRADER}), eoris=OWN.eoris)
    told = shown(holder, trader)
    assert (told["status"], told["quantity"]) == ("valid", None)
    assert told["certificate"]["lines"][0]["quantity"] is None
    assert told["certificate"]["lines"][0]["commodity_code"] == "8806"


def test_a_check_tells_the_holder_and_customs_what_is_left() -> None:
    trader = Caller(name="t", roles=frozenset({Role.TRADER}), eoris=OWN.eoris)
    officer = Caller(name="o", roles=frozenset({Role.OFFICER}))
    for told in (shown("FR12345678901234", trader), shown(None, officer)):
        assert told["quantity"]["lines"][0]["available"] == "4"
        assert told["certificate"]["lines"][0]["quantity"]["value"] == "10"
