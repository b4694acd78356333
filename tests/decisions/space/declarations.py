"""Every declaration that answers are judged for: each requested procedure of the field, at each stage, in each kind."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import structs

from gateway.contract import Direction, MovementKind
from gateway.decisions import Case, Judgement
from gateway.domain.decision import Decision
from gateway.domain.declaration import AdditionalReference, Declaration, GoodsItem, Kind, SupportingDocument
from gateway.domain.facts import Facts
from gateway.domain.movement import Movement, OwnPosition, OwnQuantity, own_positions
from gateway.domain.verification import Plan, Verification
from gateway.routing import plan
from tests.builders.small_cases import DAY
from tests.builders.story import ordinary, reserved
from tests.decisions.space.answers import GOODS, REFERENCES

IMPORT = (
    "00",
    "01",
    "02",
    "07",
    "40",
    "42",
    "43",
    "44",
    "45",
    "46",
    "48",
    "49",
    "51",
    "53",
    "54",
    "61",
    "63",
    "68",
    "71",
    "76",
    "77",
    "78",
)
"""49 is a code that nobody knows."""
EXPORT = ("10", "11", "19", "21", "22", "23", "31")
"""19 is a code that nobody knows."""
TRANSIT = ("T", "T1", "TIR")
"""Declaration types; there is no procedure."""
PROCEDURES = (*IMPORT, *EXPORT, *TRANSIT)
STAGES = ("before", "accepted", "released", "forecast", "presented", "supplementary", "retrospective")
_KINDS = {
    "forecast": Kind.PRE_LODGED,
    "presented": Kind.PRE_LODGED,
    "supplementary": Kind.SUPPLEMENTARY,
    "retrospective": Kind.RETROSPECTIVE,
}
_UNMOVED = ("before", "forecast", "supplementary", "retrospective")


def direction(procedure: str) -> Direction:
    """Which way goods under a procedure go."""
    if procedure in TRANSIT:
        return Direction.TRANSIT
    return Direction.EXPORT if procedure in EXPORT else Direction.IMPORT


def declared(kind: str, procedure: str, stage: str) -> Declaration:
    """A declaration with one goods item that cites one document of a type, and nothing else amiss."""
    way = direction(procedure)
    # Fish needs a veterinary document beside the catch certificate; the declarant says that these need none.
    references = (AdditionalReference(type="Y930"),) if kind == "C673" and way is Direction.IMPORT else ()
    item = GoodsItem(
        number=1,
        commodity_code=GOODS[kind] + "0000",
        requested_procedure=None if way is Direction.TRANSIT else procedure,
        previous_procedure=None if way is Direction.TRANSIT else "00",
        origin="IN",
        net_mass=Decimal(100),
        documents=(SupportingDocument(type=kind, reference=REFERENCES[kind]),),
        references=references,
    )
    return Declaration(
        lrn="LRN",
        declarant="FR1",
        declaration_type={Direction.IMPORT: "IM", Direction.EXPORT: "EX"}.get(way, procedure),
        direction=way,
        kind=_KINDS.get(stage, Kind.STANDARD),
        mrn=None if stage in ("before", "forecast") else "26FR001260000001R6",
        customs_office="FR001260",
        country_of_destination="US",
        items=(item,),
    )


def cases(kind: str, stage: str) -> Iterator[tuple[str, Declaration, Plan]]:
    """Each procedure with its declaration and what has to be asked."""
    for procedure in PROCEDURES:
        declaration = declared(kind, procedure, stage)
        yield procedure, declaration, plan(declaration, ordinary(), on=DAY)


def judged(declaration: Declaration, asked: Plan, stage: str, word: Verification | None) -> Decision:
    """Decides; everything is reserved, or written off, that has to be at that stage."""
    case = Case(
        declaration=declaration,
        plan=asked,
        tables=ordinary(),
        on=None if stage == "forecast" else DAY,
        accepted=stage not in ("before", "forecast"),
        facts=Facts(
            verifications=() if word is None else (word,),
            released=stage == "released",
            moved_before=tuple(document.key for document in asked.documents) if stage == "supplementary" else (),
        ),
    )
    judgement = Judgement(case)
    if stage in _UNMOVED:
        return judgement.decision()
    held = reserved(judgement)
    return judgement.decision(_written_off(held) if stage == "released" else held)


def _written_off(held: tuple[OwnPosition, ...]) -> tuple[OwnPosition, ...]:
    return own_positions(_write_off(own_position.last) for own_position in held)


def _write_off(movement: Movement) -> Movement:
    return structs.replace(movement, kind=MovementKind.WRITE_OFF, holding=OwnQuantity(written_off=movement.lines))
