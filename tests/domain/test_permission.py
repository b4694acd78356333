"""Who may act on a declaration: every case of the table, stated here once more and by itself."""

from datetime import UTC, datetime
from itertools import product

import pytest
from msgspec import structs

from gateway.access import WHO_MAY, Call
from gateway.domain.control import Examination
from gateway.domain.declaration import Declaration, Direction, Kind
from gateway.domain.permission import (
    TABLE,
    Asker,
    Party,
    PermittedAct,
    Role,
    Stage,
    Verdict,
    party_of,
    stage_of,
    verdict,
)

AT = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
STAGES = (
    Stage.NEW, Stage.LODGED, Stage.ACCEPTED, Stage.RELEASED, Stage.EXAMINATION, Stage.EXAMINED, Stage.ENDED,
)  # fmt: skip
LETTERS = {"A": Verdict.ACT, "p": Verdict.APPLY, "-": Verdict.REFUSED, ".": Verdict.UNKNOWN}
EVERYBODY = tuple(Party)
ACTING = (Party.DECLARANT, Party.INDIRECT_REPRESENTATIVE, Party.DIRECT_REPRESENTATIVE, Party.TRANSIT_HOLDER)

# A letter for each stage: new, lodged, accepted, released, examination announced, examined, ended.
STATED: dict[tuple[Role, PermittedAct], list[tuple[tuple[Party, ...], str]]] = {
    (Role.CUSTOMS, PermittedAct.LODGE): [(EVERYBODY, "AAAAAAA")],
    (Role.CUSTOMS, PermittedAct.READ): [(EVERYBODY, ".AAAAAA")],
    (Role.CUSTOMS, PermittedAct.AMEND): [(EVERYBODY, ".AAAAA-")],
    (Role.CUSTOMS, PermittedAct.INVALIDATE): [(EVERYBODY, ".AAAAA-")],
    (Role.CUSTOMS, PermittedAct.ACCEPT): [(EVERYBODY, ".AAAAA-")],
    (Role.CUSTOMS, PermittedAct.CONTROL): [(EVERYBODY, ".AAAAA-")],
    (Role.CUSTOMS, PermittedAct.DECIDE_APPLICATION): [(EVERYBODY, ".AAAAA-")],
    (Role.OFFICER, PermittedAct.LODGE): [(EVERYBODY, "-------")],
    (Role.OFFICER, PermittedAct.READ): [(EVERYBODY, ".AAAAAA")],
    (Role.OFFICER, PermittedAct.AMEND): [(EVERYBODY, "-------")],
    (Role.OFFICER, PermittedAct.INVALIDATE): [(EVERYBODY, ".AAAAA-")],
    (Role.OFFICER, PermittedAct.ACCEPT): [(EVERYBODY, ".AAAAA-")],
    (Role.OFFICER, PermittedAct.CONTROL): [(EVERYBODY, ".AAAAA-")],
    (Role.OFFICER, PermittedAct.DECIDE_APPLICATION): [(EVERYBODY, ".AAAAA-")],
    (Role.TRADER, PermittedAct.LODGE): [
        ((Party.DECLARANT,), "AAAAAAA"),
        (
            (
                Party.INDIRECT_REPRESENTATIVE, Party.DIRECT_REPRESENTATIVE, Party.TRANSIT_HOLDER, Party.NAMED,
                Party.STRANGER,
            ),
            "-------",
        ),
    ],
    (Role.TRADER, PermittedAct.READ): [((*ACTING, Party.NAMED), ".AAAAAA"), ((Party.STRANGER,), ".......")],
    (Role.TRADER, PermittedAct.AMEND): [
        (ACTING, ".App---"), ((Party.NAMED,), ".------"), ((Party.STRANGER,), "......."),
    ],
    (Role.TRADER, PermittedAct.INVALIDATE): [
        (ACTING, ".Apppp-"), ((Party.NAMED,), ".------"), ((Party.STRANGER,), "......."),
    ],
    **{
        (Role.TRADER, act): [((*ACTING, Party.NAMED), ".------"), ((Party.STRANGER,), ".......")]
        for act in (PermittedAct.ACCEPT, PermittedAct.CONTROL, PermittedAct.DECIDE_APPLICATION)
    },
    **{(Role.RISK, act): [(EVERYBODY, "-------")] for act in PermittedAct},
    (Role.RISK, PermittedAct.READ): [(EVERYBODY, ".AAAAAA")],
    **{(Role.AUDITOR, act): [(EVERYBODY, "-------")] for act in PermittedAct},
    (Role.AUDITOR, PermittedAct.READ): [(EVERYBODY, ".AAAAAA")],
    **{(Role.OPERATOR, act): [(EVERYBODY, "-------")] for act in PermittedAct},
    **{(Role.AUTHORITY, act): [(EVERYBODY, "-------")] for act in PermittedAct},
}  # fmt: skip


@pytest.mark.parametrize(("role", "act"), list(product(Role, PermittedAct)))
def test_every_case_is_as_the_law_has_it(role: Role, act: PermittedAct) -> None:
    told = {
        (party, stage): LETTERS[letter]
        for parties, letters in STATED[role, act]
        for party in parties
        for stage, letter in zip(STAGES, letters, strict=True)
    }
    assert set(told) == set(product(Party, Stage))
    for (party, stage), stated in told.items():
        assert TABLE[role, party, stage, act] is stated, (party, stage)


def test_the_table_has_every_case_and_no_other() -> None:
    assert set(TABLE) == set(product(Role, Party, Stage, PermittedAct))


def test_nobody_but_customs_and_officers_acts_once_it_is_accepted() -> None:
    for (role, party, stage, act), told in TABLE.items():
        if (
            told is Verdict.ACT
            and act not in {PermittedAct.LODGE, PermittedAct.READ}
            and stage not in {Stage.NEW, Stage.LODGED}
        ):
            assert role in {Role.CUSTOMS, Role.OFFICER}, (role, party, stage, act)


def test_who_is_let_in_at_the_door_is_who_may_in_some_case() -> None:
    for act in PermittedAct:
        at_the_door = WHO_MAY[Call(act.value)]
        assert at_the_door == {
            role for (role, _, _, of), told in TABLE.items() if of is act and told in {Verdict.ACT, Verdict.APPLY}
        }


def test_of_several_roles_the_one_counts_that_may_most() -> None:
    both = Asker(roles=frozenset({Role.AUDITOR, Role.CUSTOMS}))
    assert verdict(both, Party.STRANGER, Stage.ACCEPTED, PermittedAct.AMEND) is Verdict.ACT
    assert verdict(Asker(roles=frozenset()), Party.STRANGER, Stage.ACCEPTED, PermittedAct.READ) is Verdict.REFUSED


DECLARED = Declaration(
    lrn="L",
    declarant="FR1",
    importer="FR2",
    exporter="FR3",
    representative="FR4",
    holder="FR5",
    direction=Direction.IMPORT,
    kind=Kind.STANDARD,
    declaration_type="IM",
)


@pytest.mark.parametrize(
    ("eori", "status", "direction", "party"),
    [
        ("FR1", None, Direction.IMPORT, Party.DECLARANT),
        ("FR2", None, Direction.IMPORT, Party.NAMED),
        ("FR3", None, Direction.IMPORT, Party.NAMED),
        ("FR4", None, Direction.IMPORT, Party.NAMED),
        ("FR4", "1", Direction.IMPORT, Party.NAMED),
        ("FR4", "2", Direction.IMPORT, Party.DIRECT_REPRESENTATIVE),
        ("FR4", "3", Direction.IMPORT, Party.INDIRECT_REPRESENTATIVE),
        ("FR4", "4", Direction.IMPORT, Party.NAMED),
        ("FR5", None, Direction.IMPORT, Party.NAMED),
        ("FR5", None, Direction.EXPORT, Party.NAMED),
        ("FR5", None, Direction.TRANSIT, Party.TRANSIT_HOLDER),
        ("FR9", "2", Direction.TRANSIT, Party.STRANGER),
    ],
)
def test_what_a_trader_is_to_a_declaration(eori: str, status: str | None, direction: Direction, party: Party) -> None:
    declared = structs.replace(DECLARED, representative_status=status, direction=direction)
    assert party_of(frozenset({eori}), declared) is party
    assert party_of(frozenset({eori, "FR1"}), declared) is Party.DECLARANT, "what may do most counts"


def test_a_status_without_a_representative_gives_nobody_power() -> None:
    declared = structs.replace(DECLARED, representative=None, representative_status="2")
    assert party_of(frozenset({"FR4"}), declared) is Party.STRANGER
    assert party_of(None, declared) is Party.STRANGER


@pytest.mark.parametrize(
    ("accepted", "released", "ended", "examination", "stage"),
    [
        (False, False, False, None, Stage.LODGED),
        (True, False, False, None, Stage.ACCEPTED),
        (True, True, False, None, Stage.RELEASED),
        (True, True, True, "announced", Stage.ENDED),
        (False, False, False, "announced", Stage.EXAMINATION),
        (True, False, False, "announced", Stage.EXAMINATION),
        (True, True, False, "announced", Stage.EXAMINATION),
        (False, False, False, "took place", Stage.EXAMINED),
        (True, False, False, "took place", Stage.EXAMINED),
        (True, True, False, "took place", Stage.RELEASED),
    ],
)
def test_how_far_a_declaration_is(
    accepted: bool, released: bool, ended: bool, examination: str | None, stage: Stage
) -> None:
    made = Examination(announced_at=AT, took_place_at=AT if examination == "took place" else None)
    of = made if examination else None
    assert stage_of(accepted=accepted, released=released, ended=ended, examination=of) is stage
