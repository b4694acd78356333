"""The profile `gb` against its source: every combination of facts that rows tell apart, and every published row."""

import csv
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

import pytest

from gateway.cli.commands.profile import outcomes
from gateway.decisions.national.matrix import judge, read, releases
from gateway.domain.tables.profile import ProfileOutcome
from gateway.settings.national import load_profile
from tests.builders.places import CONFIG
from tests.builders.small_cases import DAY
from tests.decisions.national.british_source import KINDS, derived

GB = load_profile("gb", CONFIG)
PUBLISHED = ("matrix_cveda_cvedp_ced.csv", "matrix_chedpp.csv", "matrix_iuu_h224.csv")
STATUSES = GB.columns["status"].values
INSPECTION = GB.columns["inspection_required"].values
RISK = GB.columns["commodity_risk"].values
CONTROLS = (*GB.columns["hmi"].values, "(a word of tomorrow)")
VERDICTS = (
    ("none", "(absent)"),
    ("not-acceptable-reasons-only", "ANY"),
    *(("acceptable", value) for value in GB.columns["decision_value"].values if value[0] in "AH" and value != "ANY"),
    *(("not-acceptable-action", value) for value in GB.columns["decision_value"].values if value[0].islower()),
)
GOOD = {
    "inspection_required": "(absent)", "commodity_risk": "(absent)",
    "decision_kind": "acceptable", "decision_value": "Acceptable for Internal Market",
    "iuu_check_required": "true", "iuu_option": "IUUOK",
    "hmi": "Compliant", "phsi_document": "Compliant", "phsi_physical": "Compliant", "phsi_identity": "Compliant",
}  # fmt: skip
Facts = Mapping[str, str]


def stated(**facts: str | None) -> dict[str, str]:
    """Facts without those that are left out."""
    return {name: value for name, value in facts.items() if value is not None}


def animals_and_food() -> Iterator[Facts]:
    for check in ("H221", "H222", "H223"):
        for status, inspection, risk, (kind, value) in product(STATUSES, INSPECTION, RISK, VERDICTS):
            yield stated(
                check_code=check, ched_type=KINDS[check], status=status, inspection_required=inspection,
                commodity_risk=risk, decision_kind=kind, decision_value=value,
            )  # fmt: skip


def catch() -> Iterator[Facts]:
    required, options = GB.columns["iuu_check_required"].values, GB.columns["iuu_option"].values
    for status, inspection, risk, need, option in product(STATUSES, INSPECTION, RISK, required, options):
        yield stated(
            check_code="H224", ched_type="CVEDP", status=status, inspection_required=inspection,
            commodity_risk=risk, iuu_check_required=need, iuu_option=option,
        )  # fmt: skip


def plants() -> Iterator[Facts]:
    for check, status, inspection, risk, found in product(("H218", "H220"), STATUSES, INSPECTION, RISK, CONTROLS):
        common = {"ched_type": "CHEDPP", "status": status, "inspection_required": inspection, "commodity_risk": risk}
        yield {**common, "check_code": check, "hmi": found}
    for status, document, physical, identity in product(("VALIDATED", "REJECTED", "DRAFT"), *(CONTROLS,) * 3):
        yield stated(
            check_code="H219", ched_type="CHEDPP", status=status, inspection_required="(absent)",
            commodity_risk="(absent)", phsi_document=document, phsi_physical=physical, phsi_identity=identity,
        )  # fmt: skip


def preconditions() -> Iterator[Facts]:
    documents = (*GB.columns["document_type"].values, None)
    kinds = (*GB.columns["ched_type"].values, "(absent)")
    for check, document, other, certificate, kind, source, status in product(
        (*KINDS, "H299"), documents, ("H219", "(absent)", None), ("found", "not found", None), kinds,
        ("IPAFFS", "TRACES", None), ("VALIDATED", "CANCELLED"),
    ):  # fmt: skip
        yield GOOD | stated(
            check_code=check, document_type=document, other_check=other, certificate=certificate,
            ched_type=kind, source=source, status=status,
        )  # fmt: skip


def goods_compared() -> Iterator[Facts]:
    modes = ("Live", "DryRun", None)
    for check, source, status, level_2, commodity, level_3, rule, quantity in product(
        KINDS, ("IPAFFS", "TRACES"), ("VALIDATED", "SUBMITTED", "CANCELLED"), modes, ("covered", "not covered", None),
        modes, ("Weight", "Quantity"), ("within", "exceeded", "not comparable", None),
    ):  # fmt: skip
        yield GOOD | stated(
            check_code=check, ched_type=KINDS[check], source=source, status=status, level_2=level_2,
            commodity=commodity, level_3=level_3, quantity_rule=rule, quantity=quantity,
        )  # fmt: skip


def held_where_the_source_compares_no_quantity(facts: Facts) -> bool:
    """The one difference, a hold more: where the comparison of commodity codes only runs dry and fails, the source compares
    no quantities. Rows cannot say "if it failed or is not stated"; ours compare them all the same.
    """
    return facts.get("level_2") != "Live" and facts.get("commodity") == "not covered" and facts.get("level_3") == "Live"


@pytest.mark.parametrize("space", [animals_and_food, catch, plants, preconditions, goods_compared])
def test_the_profile_says_what_its_source_does(space: "type[Iterator[Facts]]") -> None:
    differing = 0
    for facts in space():
        outcome, wanted = judge(GB, facts, on=DAY), derived(facts)
        if (outcome.code, outcome.detail) == wanted:
            continue
        differing += 1
        assert not releases(GB, outcome.code), (facts, wanted)
        assert held_where_the_source_compares_no_quantity(facts), (facts, outcome, wanted)
    # 7 checks, 2 sources, 2 statuses, 2 of 3 modes, 2 rules, 2 of 4 comparisons; what is cancelled differs in nothing.
    assert differing == (7 * 2 * 2 * 2 * 2 * 2 if space is goods_compared else 0)


@pytest.mark.parametrize("document", ["C673", "C641"])
@pytest.mark.parametrize("option", ["IUUOK", "IUUNA"])
def test_a_catch_certificate_alone_lets_nothing_go(document: str, option: str) -> None:
    facts = {**GOOD, "check_code": "H224", "ched_type": "CVEDP", "status": "VALIDATED", "iuu_option": option}
    assert judge(GB, {**facts, "document_type": document}, on=DAY) == ProfileOutcome(code="X00", detail="E83")
    assert releases(GB, judge(GB, {**facts, "document_type": "N853"}, on=DAY).code)


@pytest.mark.corpus
def test_no_published_row_differs_from_the_profile_or_from_the_source(corpus: Path) -> None:
    rows = differing = 0
    for name in PUBLISHED:
        with (corpus / "foreign-matrix" / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                rows += 1
                wanted = row["expected_code"], row["further_detail"]
                aside = {GB.expected, GB.expected_detail, *GB.aside}
                facts = list(read(GB, {column: cell for column, cell in row.items() if column not in aside}))
                given = [(one.code, one.detail) for one in outcomes(GB, row, DAY)]
                differing += given != [wanted] or {derived(one) for one in facts} != {wanted}
    assert (rows, differing) == (1549, 0)
