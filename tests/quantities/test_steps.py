"""The next movement follows from what is held and what has to be, and the last one is the end."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway.contract import MovementKind, OrderLine
from gateway.domain.movement import MovementState, OwnPosition, OwnQuantity, Shown
from gateway.domain.order_lines import same
from gateway.quantities.targets import Aim, NextOrder, Target, next_order, reservation_targets
from tests.quantities.lines import DOCUMENT, amount, convert, line, movement, reserved, written_off

RESERVE, WRITE_OFF, CANCEL, FORCE, AMEND, DELETE = MovementKind
LINES = (line("100"), line("0.4", item=2))
IN_TONNES = (line(amount("0.0004", "TNE"), item=2), line(amount("0.100", "TNE")))
OTHER = (line("100"),)

HELD = {
    "nothing": OwnQuantity(),
    "reserved": reserved(*LINES),
    "reserved in tonnes": reserved(*IN_TONNES),
    "reserved otherwise": reserved(*OTHER),
    "written off": written_off(*LINES),
    "written off in tonnes": written_off(*IN_TONNES),
    "written off otherwise": written_off(*OTHER),
}
STATE = NextOrder(kind=RESERVE, lines=LINES)
USE = NextOrder(kind=WRITE_OFF, lines=LINES)
RESTATE_AND_USE = NextOrder(kind=WRITE_OFF, lines=LINES, restates=True)
CORRECT = NextOrder(kind=AMEND, lines=LINES)
GIVE_BACK, TAKE_BACK = NextOrder(kind=CANCEL), NextOrder(kind=DELETE)


def target(aim: Aim, lines: Sequence[OrderLine] = LINES, *, reserves: bool = True) -> Target:
    return Target(
        type=DOCUMENT[0], reference=DOCUMENT[1], adapter="traces", aim=aim, lines=tuple(lines), reserves=reserves
    )


AIMS: dict[str, tuple[Target, tuple[NextOrder | None, ...]]] = {
    "hold": (target(Aim.HOLD), (STATE, None, None, STATE, None, None, None)),
    "hold, usage": (target(Aim.HOLD, reserves=False), (None,) * 7),
    "release": (target(Aim.RELEASE), (RESTATE_AND_USE, USE, USE, RESTATE_AND_USE, None, None, CORRECT)),
    "release, usage": (target(Aim.RELEASE, reserves=False), (USE, USE, USE, USE, None, None, CORRECT)),
    "release of nothing": (target(Aim.RELEASE, ()), (None, *(GIVE_BACK,) * 3, *(TAKE_BACK,) * 3)),
    "unreserved": (target(Aim.UNRESERVED, ()), (None, *(GIVE_BACK,) * 3, *(None,) * 3)),
    "nothing": (target(Aim.NOTHING, ()), (None, *(GIVE_BACK,) * 3, *(TAKE_BACK,) * 3)),
}


@pytest.mark.parametrize(
    ("holding", "wanted", "expected"),
    [
        pytest.param(holding, wanted, step, id=f"{aim}: {held}")
        for aim, (wanted, steps) in AIMS.items()
        for (held, holding), step in zip(HELD.items(), steps, strict=True)
    ],
)
def test_next_step(holding: OwnQuantity, wanted: Target, expected: NextOrder | None) -> None:
    assert next_order(holding, wanted, convert) == expected


def done(holding: OwnQuantity, step: NextOrder) -> OwnQuantity:
    """What an authority makes of a step."""
    match step.kind:
        case MovementKind.RESERVE:
            return structs.replace(holding, reserved=step.lines)
        case MovementKind.CANCEL:
            return structs.replace(holding, reserved=())
        case MovementKind.DELETE:
            return structs.replace(holding, written_off=())
        case _:
            return OwnQuantity(written_off=step.lines)


def reached(holding: OwnQuantity, wanted: Target) -> bool:
    match wanted.aim:
        case Aim.NOTHING:
            return holding.empty
        case Aim.UNRESERVED:
            return bool(holding.written_off) or not holding.reserved
        case Aim.HOLD:
            return bool(holding.written_off) or not wanted.reserves or same(holding.reserved, wanted.lines, convert)
        case Aim.RELEASE:
            return same(holding.written_off, wanted.lines, convert)


_amounts = st.builds(
    amount, st.decimals("0.001", "1000000000", places=6).map(str), st.sampled_from(("KGM", "TNE", "GRM", "H87"))
)
_lines = st.lists(
    st.builds(lambda quantity, item, number: line(quantity, item=item, number=number), _amounts, *[st.integers(1, 3)] * 2),
    max_size=4,
    unique_by=lambda one: (one.goods_item, one.certificate_line),
).map(tuple)  # fmt: skip
_holdings = st.builds(OwnQuantity, reserved=_lines, written_off=_lines)
_targets = st.builds(target, st.sampled_from(Aim), _lines, reserves=st.booleans()).filter(
    lambda one: bool(one.lines) or one.aim is not Aim.HOLD
)


@given(_holdings, _targets)
def test_three_steps_at_most_lead_to_every_target_and_then_there_is_none(holding: OwnQuantity, wanted: Target) -> None:
    steps = []
    while (step := next_order(holding, wanted, convert)) is not None:
        steps.append(step.kind)
        holding = done(holding, step)
        assert len(steps) <= 3, steps
    assert reached(holding, wanted)


def own_position(number: int, holding: OwnQuantity) -> OwnPosition:
    reference = f"CHEDP.FR.2026.{number:07d}"
    last = movement(RESERVE, *LINES, reference=reference, state=MovementState.DONE, holding=holding)
    return OwnPosition(
        type=last.type,
        reference=reference,
        adapter="traces",
        progress=Shown.RESERVED,
        holding=holding,
        last=last,
        counting=last,
    )


def test_what_is_not_cited_any_more_is_given_back_and_what_is_not_fit_now_stays() -> None:
    kept, dropped, empty, used = (
        own_position(number, holding)
        for number, holding in enumerate((reserved(*LINES), reserved(*LINES), OwnQuantity(), written_off(*LINES)), 1)
    )
    intended = (target(Aim.HOLD),)
    held = (kept, dropped, empty, used)
    found = reservation_targets(intended, held, cited={kept.document}, refused=(), gives_all_back=False)
    assert found == (*intended, replace(target(Aim.NOTHING, ()), reference=dropped.reference))


def test_a_refused_declaration_gives_everything_back_and_reserves_nothing() -> None:
    held = [own_position(number, reserved(line(str(Decimal(number))))) for number in (1, 2)]
    found = reservation_targets(
        (target(Aim.HOLD),), held, cited={one.document for one in held}, refused={1}, gives_all_back=True
    )
    assert [(one.aim, one.document) for one in found] == [(Aim.NOTHING, one.document) for one in held]


def test_a_refused_goods_item_gives_back_what_it_alone_holds() -> None:
    lines = (line("10"), replace(line("20"), goods_item=2))
    fit, unfit, of_refused = (
        own_position(number, reserved(*held)) for number, held in enumerate((lines, lines, lines[1:]), 1)
    )
    found = reservation_targets(
        (target(Aim.HOLD, lines),),
        (fit, unfit, of_refused),
        cited={one.document for one in (fit, unfit, of_refused)},
        refused={2},
        gives_all_back=False,
    )
    assert found == (
        target(Aim.HOLD, lines[:1]),
        replace(target(Aim.HOLD, lines[:1]), reference=unfit.reference),
        replace(target(Aim.NOTHING, ()), reference=of_refused.reference),
    )
