"""Twice as large is at most twice the work, whatever of a declaration it is that grows: counted, not timed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from msgspec import structs

from gateway.contract import Direction, OrderLine, Quantity
from gateway.decisions import Case, Judgement, as_if_held, decide
from gateway.decisions.explanation import CAUSES_NAMED, Weighed, grounds, weigh
from gateway.domain.amendment import amended
from gateway.domain.contingency import Window, WindowMode
from gateway.domain.decision import Effect
from gateway.domain.movement import Movement, MovementKind, MovementState, OwnQuantity
from gateway.domain.order_lines import unconverted
from gateway.domain.release import ReleasedItem
from gateway.domain.release_parts import by_item, lines_out
from gateway.history.compare import change
from gateway.routing import plan
from tests.builders.large import DAY, MRN, case, confirmed, declared, growth
from tests.builders.small_cases import knowing, releasing
from tests.builders.story import shipped

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
SIZES = (100, 200)
MOST = 1.1
"""What is n log n grows by less between these sizes; what is the square of it by twice as much."""
ALIKE = "CHEDP.FR.2026.0000001"


def one_document(number: int) -> str:
    return ALIKE


def in_another_case(number: int) -> str:
    """One number in as many ways as there are letters in upper and lower case."""
    return "".join(letter.upper() if number >> place & 1 else letter for place, letter in enumerate("abcdefghijklmno"))


def heading(number: int) -> str:
    return f"0401{number:04d}"


def six_digits(number: int) -> str:
    return f"{40_000 + number:06d}"


def held(made: Case) -> Case:
    """The same with everything reserved."""
    return knowing(made, movements=tuple(one.last for one in as_if_held(Judgement(made), NOW)))


def in_doubt(made: Case, *, cited: bool = True) -> Case:
    """The same with a movement in doubt of each document, or of as many that are cited no more."""
    found = [
        Movement(
            number=number,
            type="N853",
            reference=one.reference if cited else f"{one.reference}/before",
            adapter="traces",
            kind=MovementKind.RESERVE,
            version=1,
            mrn=MRN,
            key="",
            customs_office="FR001260",
            state=MovementState.IN_DOUBT,
            holding=OwnQuantity(),
            planned_at=NOW,
        )
        for number, one in enumerate(made.plan.documents, start=1)
    ]
    return knowing(made, movements=tuple(found))


def let_go_in_part(size: int) -> Case:
    """Half of each item was released unverified, and is confirmed by now."""
    made = case(declared(items=size), answer=confirmed, tables=releasing())
    window = Window(number=1, adapter="traces", mode=WindowMode.RELEASE, opened_at=NOW)
    return knowing(
        made,
        released=True,
        partly=True,
        parts=tuple(
            ReleasedItem(goods_item=item.number, quantity=Decimal(10), unit="KGM") for item in made.declaration.items
        ),
        windows=(window,),
        released_under=tuple((*document.key, 1) for document in made.plan.documents),
    )


def certificate(size: int, *, codes: Callable[[int], str], declares: Callable[[int], str], **more: object) -> Case:
    """One certificate of so many lines, cited by as many goods items."""
    answer = partial(confirmed, lines=size, code=codes)
    return case(declared(items=size, spelled=one_document, codes=declares, **more), answer=answer)  # type: ignore[arg-type]


GROWING: dict[str, Callable[[int], Case]] = {
    "goods items that nobody can say anything of": lambda n: case(declared(items=n)),
    "five documents on each goods item": lambda n: case(declared(items=n // 5, each=5)),
    "documents of one goods item": lambda n: case(declared(each=n)),
    "certificates with a position": lambda n: case(declared(items=n), answer=confirmed),
    "certificates that are reserved": lambda n: held(case(declared(items=n), answer=confirmed)),
    "goods items of one certificate": lambda n: case(declared(items=n, spelled=one_document), answer=confirmed),
    "lines of a certificate": partial(certificate, codes=heading, declares=heading),
    "lines that fit nothing": partial(certificate, codes=heading, declares=lambda n: f"0501{n:04d}"),
    "lines and goods in transit": partial(
        certificate, codes=lambda n: six_digits(n) + "10", declares=six_digits, direction=Direction.TRANSIT
    ),
    "certificates that nobody is asked about": lambda n: case(
        declared(items=n // 4, each=4, kinds=("N853", "C678", "L100", "C644")), answer=confirmed
    ),
    "certificates that cover others on one item": lambda n: case(
        declared(each=n, kinds=("N853", "C678", "C678", "L100")), answer=confirmed
    ),
    "spellings of one number": lambda n: case(declared(items=n, spelled=in_another_case)),
    "documents of the shipment": lambda n: case(declared(items=5, shipment=n)),
    "goods items of a shipment with documents": lambda n: case(declared(items=n, shipment=5)),
    "additional references": lambda n: case(declared(items=n // 5, references=5)),
    "movements in doubt": lambda n: in_doubt(case(declared(items=n), answer=confirmed)),
    "movements in doubt of documents of before": lambda n: in_doubt(
        case(declared(items=n), answer=confirmed), cited=False
    ),
    "parts that were let go": let_go_in_part,
}


@pytest.mark.parametrize("what", GROWING)
@pytest.mark.whole
def test_judging_and_explaining_twice_as_much_is_at_most_twice_the_work(what: str) -> None:
    make = GROWING[what]

    def explained(size: int) -> Callable[[], object]:
        made = make(size)
        return partial(_explained, made)

    assert growth(explained, SIZES) < MOST


def _explained(made: Case) -> Weighed:
    found = grounds(made)
    return weigh(found.decision, found.covers)


def test_what_is_said_of_the_whole_stands_at_each_item_as_often_as_it_is_named() -> None:
    """5,000 findings of documents that are cited no more, at each of 5,000 items: that would be 25 million causes."""
    made = in_doubt(case(declared(items=300), answer=confirmed), cited=False)
    decision = decide(made)
    items = weigh(decision).items
    assert decision.effect is Effect.HOLD
    assert {item.effect for item in items} == {Effect.HOLD}
    assert {len(item.because) for item in items} == {CAUSES_NAMED}
    assert [cause.document for cause in items[0].because] == [f.document for f in decision.findings[:CAUSES_NAMED]]


def test_a_spelling_names_some_of_the_others() -> None:
    decision = decide(case(declared(items=300, spelled=in_another_case)))
    said = [finding for finding in decision.findings if finding.code == "SW-DEC-086"]
    assert len(said) == 300
    assert {len((one.params or {})["others"].split(", ")) for one in said} == {20}


@pytest.mark.parametrize("lines", [100, 1])
def test_comparing_decisions(lines: int) -> None:
    def compared(size: int) -> Callable[[], object]:
        decision = decide(case(declared(items=size, each=1)))
        (first, *rest) = decision.findings
        # Many findings in one place, and in many places.
        many = tuple(replace(first, message=str(number)) for number in range(size)) if lines > 1 else rest
        return partial(change, replace(decision, findings=(*decision.findings, *many)), decision)

    assert growth(compared, SIZES) < MOST


@pytest.mark.parametrize("more", [{"each": 5}, {"references": 5}, {"shipment": 20}, {"spelled": in_another_case}])
def test_planning(more: dict[str, Any]) -> None:
    assert growth(lambda size: partial(plan, declared(items=size, **more), shipped(), on=DAY), SIZES) < MOST


def test_laying_an_amendment_over_a_declaration() -> None:
    def amending(size: int) -> Callable[[], object]:
        before, after = declared(each=size, shipment=size), declared(each=size, shipment=size)
        return partial(amended, before, structs.replace(after, declarant="FR2"))

    assert growth(amending, SIZES) < MOST


def test_what_released_parts_take() -> None:
    def cut(size: int) -> Callable[[], object]:
        kilograms = Quantity(value=Decimal(20), unit="KGM")
        lines = [
            OrderLine(goods_item=number, certificate_line=1, commodity_code="0401", quantities=(kilograms,))
            for number in range(1, size + 1)
        ]
        parts = [ReleasedItem(goods_item=number, quantity=Decimal(5), unit="KGM") for number in range(1, size + 1)]
        return lambda: lines_out(lines, by_item(parts), unconverted, lines)

    assert growth(cut, SIZES) < MOST
