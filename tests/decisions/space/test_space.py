"""No combination of authority status, decision, procedure, type and stage is without an outcome, and each is the right one.

The tables beside this file hold every outcome, one line for the procedures that share it; `TESTS=spaces pytest --update`
writes them anew, and whoever does reads the difference.
"""

import csv
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from gateway.domain.decision import Decision, Effect
from gateway.domain.verification import VerifiedBy
from tests.builders.extent import part
from tests.decisions.space.answers import Word, answers, unread
from tests.decisions.space.declarations import PROCEDURES, STAGES, cases, judged
from tests.decisions.space.oracle import ONLY_OF, effect

FOLDER = Path(__file__).parent
HEAD = ("status", "decision", "procedures", "effect", "advice", "shown", "findings")
Outcome = tuple[str, str, str, str]

SECTIONS = [
    *(("N853", stage) for stage in part(STAGES, len(STAGES), begin=1)),
    *(
        (kind, stage)
        for place, kind in enumerate(("C673", "X060", "X061", "X070", "X072"))
        for stage in part(STAGES, len(STAGES), begin=2 * place)
    ),
]


def outcome(decision: Decision) -> Outcome:
    """What a decision comes to."""
    (document,) = (one for one in decision.documents if one.type != "Y930")
    told = sorted({finding.code.removeprefix("SW-DEC-") for finding in decision.findings})
    return decision.effect, decision.advice, document.status, " ".join(told)


def combinations(kind: str, stage: str, words: list[Word]) -> Iterator[tuple[Word, str, Decision]]:
    """Decides every answer under every procedure; nothing is known where nobody is asked and no officer spoke."""
    declarations = list(cases(kind, stage))
    for word in words:
        for procedure, declaration, asked in declarations:
            by_officer = word.word is not None and word.word.verified_by is VerifiedBy.OFFICER
            known = word.word if asked.requirements or by_officer else None
            yield word, procedure, judged(declaration, asked, stage, known)


def lines(decided: dict[tuple[str, str], dict[str, Outcome]]) -> Iterator[tuple[str, ...]]:
    """The lines of a table: for each answer, the procedures that share an outcome."""
    for (told, decision), by_procedure in decided.items():
        ranked = sorted(PROCEDURES, key=lambda procedure: (by_procedure[procedure], PROCEDURES.index(procedure)))
        for shared, procedures in groupby(ranked, key=by_procedure.__getitem__):
            yield told, decision, " ".join(procedures), *shared


def gathered(kind: str, stage: str, words: list[Word]) -> dict[tuple[str, str], dict[str, Outcome]]:
    """Decides a section of the space; what the specification says of each combination has to come out."""
    decided: dict[tuple[str, str], dict[str, Outcome]] = {}
    wrong = []
    for word, procedure, decision in combinations(kind, stage, words):
        decided.setdefault((word.told, word.decision), {})[procedure] = outcome(decision)
        wanted = effect(kind, procedure, stage, word.told, word.decision)
        if decision.effect != wanted:
            wrong.append((kind, procedure, stage, word.told, word.decision, str(decision.effect), wanted))
        assert decision.effect in (Effect.RELEASE, Effect.HOLD, Effect.REFUSE)
    assert wrong == [], f"{len(wrong)} combinations: the gateway's effect, then the specification's"
    assert len(decided) == len(words)
    return decided


@pytest.mark.parametrize(("kind", "stage"), SECTIONS)
def test_the_space_is_decided_as_the_table_and_the_specification_say(
    kind: str, stage: str, request: pytest.FixtureRequest
) -> None:
    decided = gathered(kind, stage, list(answers(kind)))
    path = FOLDER / f"{kind}-{stage}.csv"
    found = [HEAD, *lines(decided)]
    if request.config.getoption("--update"):
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(found)
    with path.open(encoding="utf-8", newline="") as file:
        kept = [tuple(row) for row in csv.reader(file)]
    assert found == kept


@pytest.mark.parametrize("kind", part(["C640", "C678", "C085"], 3))
@pytest.mark.whole
def test_one_ched_is_decided_like_another(kind: str) -> None:
    path = FOLDER / "N853-accepted.csv"
    with path.open(encoding="utf-8", newline="") as file:
        expected = [tuple(row) for row in csv.reader(file)]
    # Decisions and statuses that only some types can have are judged by the oracle, type by type.
    found = [HEAD, *lines(gathered(kind, "accepted", list(answers(kind))))]
    assert [row for row in found if ONLY_OF.keys().isdisjoint(row)] == [
        row for row in expected if ONLY_OF.keys().isdisjoint(row)
    ]


@pytest.mark.whole
def test_a_code_that_an_adapter_knows_and_the_tables_do_not_is_never_a_release() -> None:
    """The rules do not lean on the adapter: whatever it confirms, they read status and decision themselves."""
    for word, procedure, decision in combinations("N853", "accepted", list(unread("N853"))):
        if decision.effect is Effect.RELEASE:
            wanted = effect("N853", procedure, "accepted", word.told, word.decision)
            assert wanted == "release", (procedure, word.told, word.decision)
