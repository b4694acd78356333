"""One certificate is one, however it is spelled: versions, movements, positions and look-ups go by the authority's identity."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import psycopg
import pytest

from gateway.contract import IdentityRule
from gateway.domain.decision import Effect
from gateway.domain.errors import BusinessRuleViolated, NotKnown
from gateway.domain.identity import AS_DECLARED
from gateway.domain.movement import MovementKind, MovementState, Shown
from gateway.domain.record import OfficerVerification, Record
from gateway.domain.verification import DocumentStatus, VerifiedBy
from gateway.history.explain import Again
from tests.builders.actors import CUSTOMS, ONE
from tests.builders.extent import part
from tests.builders.goods import Goods, goods, milk
from tests.builders.replicas import Office, effect, findings, mrn_of
from tests.builders.rules import rule_in_sandbox

CHED = "CHEDP.XI.2026.9000001"
SMALL = CHED.lower()
LRN = "SPELLED"
MRN = mrn_of(LRN)

SAME = {
    "lower case": SMALL,
    "mixed case": "ChedP.xI.2026.9000001",
    "blanks around": f" {CHED} ",
    "no-break blanks around": f"\u00a0{CHED}\u00a0",
    "ideographic blank before": f"\u3000{SMALL}",
}
"""What TRACES takes for the same number."""
OTHER = {
    "blank inside": "CHEDP.XI.2026. 9000001",
    "no-break blank inside": "CHEDP.XI.2026.\u00a09000001",
    "full-width digits": "CHEDP.XI.2026.\uff19\uff10\uff10\uff10\uff10\uff10\uff11",
    "Arabic digits": "CHEDP.XI.2026.\u0669\u0660\u0660\u0660\u0660\u0660\u0661",
    "dotless i": "chedp.x\u0131.2026.9000001",
    "Cyrillic letter": "CH\u0415DP.XI.2026.9000001",
    "hyphens for dots": "CHEDP-XI-2026-9000001",
    "non-breaking hyphens": "CHEDP\u2011XI\u20112026\u20119000001",
    "full-width dots": "CHEDP\uff0eXI\uff0e2026\uff0e9000001",
}
"""What it does not, by all that is known: another number, of which TRACES knows no certificate."""
UNSEEN = {"zero width inside": "CHEDP.XI.2026\u200b.9000001", "zero width behind": f"{CHED}\u200b"}
"""What looks the same and is not: no message is taken that says so."""


def taken(reference: str, quantity: str = "100") -> Goods:
    return goods(milk(reference, quantity))


@pytest.fixture(params=[None, rule_in_sandbox], ids=["in the loop", "in a sandbox"])
def rule(request: pytest.FixtureRequest) -> Callable[[], IdentityRule] | None:
    """The rule of identity: what follows from it is the same wherever it runs."""
    made: Callable[[], IdentityRule] | None = request.param
    return made


@pytest.mark.parametrize("spelling", part([*SAME.values()], 3), ids=part([*SAME], 3))
async def test_an_amendment_of_the_spelling_alone_moves_nothing(office: Office, spelling: str) -> None:
    office.authority.issue(CHED, ("0401", "1000", "KGM"))
    record = await office.lodge(LRN, taken(spelling))
    assert effect(record) is Effect.RELEASE
    for again in (CHED, spelling, CHED):
        record = await office.amend(record, taken(again))
        assert effect(record) is Effect.RELEASE
        assert [one.reference.strip() for one in record.documents] == [again.strip()]
        assert [line.movement for one in record.documents for line in one.quantity] == [Shown.RESERVED]
        assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))
    assert office.authority.effects(CHED, MRN) == {"reserve": 1}
    assert len(await office.store.movements.of(record.id)) == 1


@pytest.mark.parametrize("spelling", UNSEEN.values(), ids=UNSEEN)
async def test_what_only_looks_like_it_is_not_taken(office: Office, spelling: str) -> None:
    office.authority.issue(CHED, ("0401", "1000", "KGM"))
    record = await office.lodge(LRN, taken(CHED))
    with pytest.raises(BusinessRuleViolated) as refused:
        await office.amend(record, taken(spelling))
    assert [one.rule for one in refused.value.violations] == ["character_unseen"]
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))


@pytest.mark.parametrize("spelling", part([*SAME.values()], 3), ids=part([*SAME], 3))
async def test_after_release_the_write_off_of_another_spelling_stands(office: Office, spelling: str) -> None:
    office.authority.issue(CHED, ("0401", "1000", "KGM"))
    record = await office.lodge(LRN, taken(spelling))
    assert (await office.release(record)).done
    record = await office.amend(await office.settled(record.id), taken(CHED))
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))
    assert office.authority.effects(CHED, MRN) == {"reserve": 1, "release": 1}
    record = await office.amend(record, taken(spelling, "130"))
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(130))
    own_position = await office.own_position(record.id)
    assert own_position.progress is Shown.WRITTEN_OFF


@pytest.mark.parametrize("spelling", part([*OTHER.values()], 3), ids=part([*OTHER], 3))
async def test_what_is_no_spelling_of_it_moves_nothing_and_is_never_released(office: Office, spelling: str) -> None:
    office.authority.issue(CHED, ("0401", "1000", "KGM"))
    record = await office.lodge(LRN, taken(spelling))
    assert effect(record) is Effect.HOLD
    record = await office.amend(record, taken(CHED))
    assert effect(record) is Effect.RELEASE
    record = await office.amend(record, taken(spelling))
    assert effect(record) is Effect.HOLD
    assert office.authority.held(CHED, MRN) is None
    kinds = [one.kind for one in await office.store.movements.of(record.id)]
    assert kinds == [MovementKind.RESERVE, MovementKind.CANCEL]


async def test_two_declarations_never_both_take_the_whole(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "1000", "KGM"))
    first = await office.lodge(LRN, taken(SMALL, "1000"))
    first = await office.amend(first, taken(CHED, "1000"))
    other = await office.lodge("OTHER", taken(CHED, "1000"))
    assert (effect(first), effect(other)) == (Effect.RELEASE, Effect.HOLD)
    first = await office.amend(first, taken(f"\u00a0{SMALL}", "1000"))
    await office.lifecycle.steps.ask_again(other.id)
    other = await office.settled(other.id)
    assert (effect(first), effect(other)) == (Effect.RELEASE, Effect.HOLD)
    assert (await office.release(first)).done
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(1000))
    assert office.authority.held(CHED, mrn_of("OTHER")) is None


async def test_two_spellings_in_one_declaration_are_one_document_whose_quantities_stand_together(
    office: Office,
) -> None:
    office.authority.issue(CHED, ("0401", "1000", "KGM"))
    record = await office.lodge(LRN, goods(milk(SMALL, "600"), milk(CHED, "600"), milk(f" {CHED}", "1")))
    (document,) = record.documents
    assert document.reference == SMALL
    assert document.goods_items == (1, 2, 3)
    assert len([one for one in office.authority.came if one.operation == "read"]) == 1
    assert {"SW-DEC-070", "SW-DEC-086"} <= findings(record)
    said = (
        [one.message for one in record.decision.decision.findings if one.code == "SW-DEC-086"]
        if record.decision
        else []
    )
    assert len(said) == 1
    assert CHED in said[0]
    assert office.authority.held(CHED, MRN) is None


async def test_a_dropped_spelling_keeps_its_document_and_a_dropped_document_is_given_back(office: Office) -> None:
    other = "CHEDP.XI.2026.9000002"
    office.authority.issue(CHED, ("0401", "1000", "KGM"))
    office.authority.issue(other, ("0401", "1000", "KGM"))
    record = await office.lodge(LRN, goods(milk(SMALL, "10"), milk(other, "20")))
    record = await office.amend(record, goods(milk(CHED, "30")))
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(30))
    assert office.authority.held(other, MRN) is None
    assert effect(record) is Effect.RELEASE
    await office.invalidate(record)
    assert office.authority.held(CHED, MRN) is None
    states = [(one.kind, one.state) for one in await office.store.movements.of(record.id)]
    assert all(state is MovementState.DONE for _, state in states)
    assert [kind for kind, _ in states].count(MovementKind.CANCEL) == 2


@pytest.fixture
async def before(office: Office) -> Record:
    """A declaration of a database of before, when each spelling was a document: reserved by its belief, and not in truth."""
    await office.first.kill()
    await office.open(identify=AS_DECLARED)
    office.authority.issue(CHED, ("0401", "1000", "KGM"))
    record = await office.lodge(LRN, taken(SMALL))
    record = await office.amend(record, taken(CHED))
    assert office.authority.held(CHED, MRN) is None
    assert len(await office.store.movements.of(record.id)) == 3
    await office.first.kill()
    await office.open()
    return record


async def test_what_was_believed_before_is_put_right(office: Office, before: Record) -> None:
    await office.lifecycle.steps.ask_again(before.id)
    record = await office.settled(before.id)
    assert effect(record) is Effect.RELEASE
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))
    assert (await office.release(record)).done
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))
    await office.invalidate(await office.settled(record.id))
    assert office.authority.held(CHED, MRN) is None


async def test_two_spellings_that_are_both_in_doubt_are_settled_one_after_the_other(
    office: Office, before: Record
) -> None:
    async with await psycopg.AsyncConnection.connect(office.url, autocommit=True) as connection:
        done = await connection.execute(
            """UPDATE movement SET state = 'in_doubt', body = replace(body, '"state":"done"', '"state":"in_doubt"')
            WHERE number IN (1, 2)"""
        )
        assert done.rowcount == 2
    for _ in range(3):
        await office.lifecycle.steps.ask_again(before.id)
        record = await office.settled(before.id)
        await office.looks()
    record = await office.settled(before.id)
    assert effect(record) is Effect.RELEASE
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))
    assert await office.store.movements.open() == ()


async def test_after_a_restore_everything_is_read_back_once_for_a_document(office: Office, before: Record) -> None:
    await office.lifecycle.steps.doubt(before.id, by=CUSTOMS)
    record = await office.settled(before.id)
    assert effect(record) is Effect.RELEASE
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))
    assert await office.store.movements.open() == ()


async def test_an_officer_names_it_in_whatever_spelling(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "1000", "KGM"), status="47")
    record = await office.lodge(LRN, taken(SMALL))
    assert effect(record) is Effect.HOLD
    word = OfficerVerification(
        type="N853", reference=CHED, outcome=DocumentStatus.VALID, means="paper", reason="seen", officer="one",
        second_officer="two", at=office.clock(),
    )  # fmt: skip
    await office.lifecycle.steps.take_verification(record.id, word, by=ONE)
    record = await office.settled(record.id)
    assert [one.verified_by for one in record.documents] == [VerifiedBy.OFFICER]
    other = replace(word, reference=OTHER["dotless i"])
    with pytest.raises(NotKnown):
        await office.lifecycle.steps.take_verification(record.id, other, by=ONE)


async def test_what_was_cited_in_two_spellings_is_decided_the_same_again(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "1000", "KGM"))
    record = await office.lodge(LRN, goods(milk(SMALL, "60"), milk(CHED, "60")))
    record = await office.amend(record, goods(milk(CHED, "120")))
    for number in range(1, record.decision.number + 1 if record.decision else 1):
        explained = await office.lifecycle.explain(record, number)
        assert explained.again is Again.SAME
    assert {one.reference for one in explained.movements} <= {CHED}


@pytest.mark.parametrize("spelling", part([CHED, *SAME.values()], 3))
async def test_a_push_and_a_look_up_find_it_in_whatever_spelling(office: Office, spelling: str) -> None:
    office.authority.issue(CHED, ("0401", "1000", "KGM"))
    record = await office.lodge(LRN, taken(SMALL))
    assert await office.lifecycle.steps.changed("N853", spelling) == 1
    assert await office.lifecycle.cites(frozenset({"FR12345678901234"}), "N853", spelling)
    assert not await office.lifecycle.cites(frozenset({"FR12345678901234"}), "N853", OTHER["dotless i"])
    checked = await office.lifecycle.check_document("N853", spelling)
    assert (checked.reference, checked.status.value) == (spelling, "valid")
    assert effect(await office.settled(record.id)) is Effect.RELEASE
