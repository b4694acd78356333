"""Table 4 of the specification of decisions: what a refused reservation means, reason by reason."""

from dataclasses import replace
from decimal import Decimal

import pytest
from msgspec import structs

from gateway.contract import MovementKind, OrderLine, Refusal
from gateway.decisions import decide
from gateway.domain.decision import Advice, Decision, Effect, Finding
from gateway.domain.declaration import Declaration
from gateway.domain.movement import Movement, MovementState, OwnQuantity
from gateway.domain.verification import DocumentStatus
from tests.builders.small_cases import CHED, case, confirmed, declared, kilograms, milk
from tests.builders.story import AT

LINE = OrderLine(goods_item=1, certificate_line=1, commodity_code="04011010", quantities=(kilograms("100"),))

TABLE = {
    Refusal.BASE_FOR_EXTRACT: ("SW-DEC-100", Effect.HOLD, Advice.DOCUMENTS, "Cite the extract"),
    Refusal.DOCUMENT_USED: ("SW-DEC-101", Effect.REFUSE, Advice.NO_RELEASE, "not used up"),
    Refusal.COMMODITY: (
        "SW-DEC-102",
        Effect.HOLD,
        Advice.DOCUMENTS,
        "Correct the commodity code, or declare a certificate",
    ),
    Refusal.STATUS: ("SW-DEC-103", Effect.HOLD, Advice.DOCUMENTS, "Ask the border control post what has changed"),
    Refusal.INSUFFICIENT: ("SW-DEC-104", Effect.HOLD, Advice.DOCUMENTS, "add a certificate for the rest"),
    Refusal.WRITTEN_OFF: ("SW-DEC-105", Effect.HOLD, Advice.CONTROL, "A customs officer compares it"),
    Refusal.LINE: ("SW-DEC-106", Effect.HOLD, Advice.DOCUMENTS, "12 03 013"),
    Refusal.DESTINATION: ("SW-DEC-107", Effect.REFUSE, Advice.NO_RELEASE, "correct the destination"),
    Refusal.HOLDER: ("SW-DEC-108", Effect.REFUSE, Advice.NO_RELEASE, "declare the holder"),
    Refusal.UNIT: ("SW-DEC-109", Effect.HOLD, Advice.DOCUMENTS, "the certificate's unit"),
    Refusal.NOT_VALIDATED: ("SW-DEC-110", Effect.HOLD, Advice.DOCUMENTS, "The gateway asks TRACES again"),
}


def refused(
    reason: Refusal | None,
    status: DocumentStatus = DocumentStatus.VALID,
    declaration: Declaration | None = None,
    **more: object,
) -> Decision:
    movement = Movement(
        number=1,
        type="N853",
        reference=CHED,
        adapter="traces",
        kind=MovementKind.RESERVE,
        version=1,
        mrn="26FR001260000001R6",
        key="1",
        customs_office="FR001260",
        lines=(LINE,),
        state=MovementState.REFUSED,
        holding=OwnQuantity(),
        refusal=reason,
        planned_at=AT,
    )
    moved = structs.replace(movement, **more)
    return decide(case(declaration, confirmed(status=status), movements=(moved,)))


def the(decision: Decision, code: str) -> Finding:
    (finding,) = (finding for finding in decision.findings if finding.code == code)
    return finding


def test_every_reason_stands_in_the_table() -> None:
    assert set(TABLE) == set(Refusal)


@pytest.mark.parametrize("reason", list(Refusal), ids=lambda reason: reason.value)
def test_a_reason_has_its_finding_effect_advice_and_remedy(reason: Refusal) -> None:
    code, effect, advice, remedy = TABLE[reason]
    decision = refused(reason)
    finding = the(decision, code)
    assert (finding.effect, finding.advice) == (effect, advice)
    assert remedy in finding.remedy
    assert decision.effect is effect
    assert decision.documents[0].effect is effect
    assert decision.items[0].effect is effect


def test_a_reason_that_nobody_knows_is_not_determined() -> None:
    decision = refused(None)
    assert (the(decision, "SW-DEC-110").effect, decision.effect) == (Effect.HOLD, Effect.HOLD)


@pytest.mark.parametrize(
    ("status", "effect"),
    [
        (DocumentStatus.VALID, Effect.HOLD),
        (DocumentStatus.PENDING, Effect.HOLD),
        (DocumentStatus.REFUSED, Effect.REFUSE),
        (DocumentStatus.WITHDRAWN, Effect.REFUSE),
        (DocumentStatus.SUSPENDED, Effect.HOLD),
        (DocumentStatus.UNDETERMINED, Effect.HOLD),
    ],
)
def test_an_inappropriate_status_has_the_effect_of_the_status(status: DocumentStatus, effect: Effect) -> None:
    assert refused(Refusal.STATUS, status).effect is effect


def test_an_own_write_off_of_just_these_goods_is_neutral_and_any_other_an_alert() -> None:
    ours = refused(Refusal.WRITTEN_OFF, holding=OwnQuantity(written_off=(LINE,)))
    assert ours.effect is Effect.RELEASE
    assert "SW-DEC-105" not in [finding.code for finding in ours.findings]
    less = replace(LINE, quantities=(kilograms("99"),))
    other = refused(Refusal.WRITTEN_OFF, holding=OwnQuantity(written_off=(less,)))
    assert the(other, "SW-DEC-105").advice is Advice.CONTROL
    assert other.effect is Effect.HOLD


def test_the_rest_that_the_authority_names_is_said_in_the_declared_unit() -> None:
    item = milk()
    tonnes = structs.replace(item, documents=(structs.replace(item.documents[0], quantity=Decimal("0.1"), unit="TNE"),))
    moved = refused(Refusal.INSUFFICIENT, left=kilograms("60"))
    assert the(moved, "SW-DEC-104").remedy == "Declare at most 60 kg, or add a certificate for the rest."
    nothing = refused(Refusal.INSUFFICIENT, left=kilograms("0"))
    assert the(nothing, "SW-DEC-104").remedy.startswith(
        "Nothing is left to be declared on it: cite another certificate"
    )
    decision = refused(Refusal.INSUFFICIENT, declaration=declared(tonnes), left=kilograms("60"))
    finding = the(decision, "SW-DEC-104")
    assert finding.remedy == "Declare at most 0.06 t, or add a certificate for the rest."
    assert "0.1 t = 100 kg declared, 0.06 t = 60 kg left" in finding.message
