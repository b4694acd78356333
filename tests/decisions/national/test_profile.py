"""Another administration's matrix, as data: every combination of facts has one code, and nothing unknown releases."""

import csv
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from gateway.cli.commands.profile import outcomes
from gateway.decisions.national.matrix import faults, judge, read
from gateway.domain.decision import Effect
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.profile import Profile, ProfileOutcome, ProfileRow
from gateway.settings.national import load_profile
from tests.builders.places import CONFIG
from tests.builders.small_cases import DAY

GB = load_profile("gb", CONFIG)
FINAL = {"CANCELLED", "REPLACED", "DELETED", "SPLIT_CONSIGNMENT"}
OPEN = ("DRAFT", "VALIDATED", "REJECTED", "PARTIALLY_REJECTED")
KIND = {"H221": "CVEDA", "H222": "CVEDP", "H223": "CED", "H224": "CVEDP", "H218": "CHEDPP", "H220": "CHEDPP"}


def said(**facts: str) -> tuple[str, str]:
    outcome = judge(GB, facts, on=DAY)
    return outcome.code, outcome.detail


def releases(profile: Profile, facts: dict[str, str]) -> bool:
    return profile.codes[judge(profile, facts, on=DAY).code].effect.gravity <= Effect.RELEASE.gravity


def test_no_row_contradicts_repeats_or_never_decides() -> None:
    assert faults(GB) == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('detail = "E99" }', 'detial = "E99" }', 8, "unknown field `detial` - at `$.otherwise`"),
        ('"H218", "H219"', '"H218", "H218", "H219"', 1, "column check_code: needs values, each of them once"),
        ('code = "X00"', 'code = "X0"', 1, "otherwise: has to be a code that holds or refuses"),
    ],
)
def test_a_profile_with_a_typo_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, says: str
) -> None:
    folder = shutil.copytree(CONFIG / "profiles" / "gb", tmp_path / "profiles" / "gb")
    text = (folder / "profile.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "profile.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_profile("gb", tmp_path)
    (fault,) = refused.value.faults
    assert fault.startswith(f"profiles/gb/profile.toml:{line}: ")
    assert says in fault


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["matrix_cveda_cvedp_ced.csv", "matrix_chedpp.csv", "matrix_iuu_h224.csv"])
def test_every_published_row_agrees(corpus: Path, name: str) -> None:
    with (corpus / "foreign-matrix" / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        wanted = (ProfileOutcome(code=row["expected_code"], detail=row["further_detail"]),)
        assert outcomes(GB, row, DAY) == wanted, row


@pytest.mark.corpus
def test_the_codes_stand_in_the_published_order_and_mean_what_is_published(corpus: Path) -> None:
    with (corpus / "foreign-matrix" / "decision_codes.csv").open(encoding="utf-8", newline="") as file:
        published = list(csv.DictReader(file))
    assert [row["code"] for row in published] == sorted(GB.codes, key=lambda code: GB.codes[code].severity)
    effects = {"release": Effect.RELEASE, "hold": Effect.HOLD, "refusal": Effect.REFUSE}
    for row in published:
        if row["family"] in effects:
            assert GB.codes[row["code"]].effect is effects[row["family"]]
        else:
            assert GB.codes[row["code"]].effect.gravity >= Effect.HOLD.gravity


@pytest.mark.corpus
def test_each_check_accepts_the_published_documents_and_kind(corpus: Path) -> None:
    with (corpus / "foreign-matrix" / "check_code_map.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            check, kind = row["check_code"], row["ched_type_internal"]
            # What decides; the validator lets in more, and decides nothing.
            accepted = set(row["document_codes_deriver"].split("|"))
            for document in GB.columns["document_type"].values:
                code = said(check_code=check, ched_type=kind, status="CANCELLED", document_type=document)
                assert (code == ("X00", "E71")) is (document in accepted), (check, document)
            assert [k for k in GB.columns["ched_type"].values if said(check_code=check, ched_type=k)[1] != "E84"] == [
                kind
            ]


GOOD = {
    "ched_type": "CVEDP",
    "check_code": "H222",
    "status": "VALIDATED",
    "decision_kind": "acceptable",
    "decision_value": "Acceptable for Internal Market",
}
PLANTS = {"ched_type": "CHEDPP", "check_code": "H220", "status": "VALIDATED", "hmi": "Compliant"}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        # What has to be there before a certificate is judged; what comes first wins.
        ({**PLANTS, "document_type": "C640", "other_check": "H219"}, ("X00", "E82")),
        ({**PLANTS, "document_type": "(absent)", "other_check": "(absent)"}, ("X00", "E87")),
        ({**PLANTS, "document_type": "C640"}, ("X00", "E83")),
        ({**GOOD, "document_type": "C640"}, ("X00", "E83")),
        ({**GOOD, "document_type": "N853", "certificate": "not found"}, ("X00", "E70")),
        ({"check_code": "H222", "document_type": "N853", "certificate": "not found"}, ("X00", "E70")),
        ({"check_code": "H224", "certificate": "not found"}, ("X00", "E84")),
        ({**GOOD, "ched_type": "CED"}, ("X00", "E84")),
        ({**GOOD, "check_code": "H299"}, ("X00", "E81")),
        ({**GOOD, "source": "TRACES", "status": "CANCELLED"}, ("X00", "E71")),
        ({**GOOD, "source": "TRACES", "decision_value": "destruction"}, ("C07", "")),
        ({**GOOD, "status": "DRAFT", "decision_kind": "none", "decision_value": ""}, ("X00", "E99")),
        # Goods compared with the certificate: only over a release or a hold, and only where that counts.
        ({**GOOD, "level_2": "Live", "commodity": "not covered"}, ("X00", "E20")),
        ({**GOOD, "level_2": "DryRun", "commodity": "not covered"}, ("C03", "")),
        ({**GOOD, "level_2": "Live", "commodity": "covered"}, ("C03", "")),
        ({**GOOD, "level_3": "Live", "quantity_rule": "Weight", "quantity": "exceeded"}, ("X00", "E30")),
        ({**GOOD, "level_3": "Live", "quantity_rule": "Quantity", "quantity": "exceeded"}, ("X00", "E31")),
        ({**GOOD, "level_3": "Live", "quantity_rule": "Quantity", "quantity": "not comparable"}, ("X00", "E31")),
        ({**GOOD, "level_3": "Live", "quantity_rule": "Weight", "quantity": "within"}, ("C03", "")),
        ({**GOOD, "decision_kind": "not-acceptable-reasons-only", "level_2": "Live", "commodity": "not covered"}, ("N04", "")),
        ({**GOOD, "status": "DELETED", "level_2": "Live", "commodity": "not covered"}, ("X00", "E73")),
        # Rows of the published tables that stand between the printed ones.
        ({**PLANTS, "status": "PARTIALLY_REJECTED"}, ("H01", "E74")),
        ({**PLANTS, "check_code": "H219", "status": "IN_PROGRESS"}, ("H02", "")),
        ({**PLANTS, "status": "AMEND", "commodity_risk": "REQUIRED"}, ("H02", "E80")),
        ({"check_code": "H224", "ched_type": "CVEDP", "status": "DRAFT", "iuu_check_required": "true", "iuu_option": "IUUNA"}, ("C08", "")),
    ],
)  # fmt: skip
def test_the_rule_behind_the_rows(facts: dict[str, str], code: tuple[str, str]) -> None:
    assert said(**{name: value or "(absent)" for name, value in facts.items()}) == code


@pytest.mark.parametrize("control", ["phsi_document", "phsi_physical", "phsi_identity"])
def test_any_of_three_controls_missing_or_unknown_is_no_release(control: str) -> None:
    others = {"phsi_document": "Compliant", "phsi_physical": "Compliant", "phsi_identity": "Compliant"}
    done = {"ched_type": "CHEDPP", "check_code": "H219", "status": "VALIDATED", **others}
    assert said(**done) == ("C03", "")
    assert said(**{**done, control: "(absent)"}) == ("H01", "E85")
    assert said(**{name: value for name, value in done.items() if name != control}) == ("H01", "E85")
    assert said(**{**done, control: "Quite all right"}) == ("X00", "E99")


def combinations() -> Iterator[dict[str, str]]:
    """Every combination of check, kind, status and what each check looks at, with a value unknown to each column."""
    whole = {name: (*column.values, "(something else)") for name, column in GB.columns.items()}
    common = ("check_code", "ched_type", "status")
    looked_at = {
        ("H221", "H222", "H223"): ("inspection_required", "decision_kind", "decision_value"),
        ("H224",): ("inspection_required", "iuu_check_required", "iuu_option"),
        ("H218", "H220"): ("inspection_required", "commodity_risk", "hmi"),
        ("H299",): ("decision_kind", "decision_value"),
        ("H219",): ("phsi_document", "phsi_physical", "phsi_identity"),
    }
    for checks, columns in looked_at.items():
        for values in product(checks, *(whole[name] for name in (*common[1:], *columns))):
            yield dict(zip((*common, *columns), values, strict=True))


@pytest.mark.whole
def test_every_combination_has_one_code_and_nothing_unknown_releases() -> None:
    counted = released = 0
    for facts in combinations():
        counted += 1
        code = GB.codes[judge(GB, facts, on=DAY).code]
        if code.effect.gravity > Effect.RELEASE.gravity:
            continue
        released += 1
        assert all(value in GB.columns[name].values for name, value in facts.items()), facts
        assert facts["status"] not in {*FINAL, "MODIFY", "AMEND"}, facts
        assert facts["ched_type"] == KIND.get(facts["check_code"], "CHEDPP"), facts
    assert (counted > 150_000, released > 100) == (True, True)


def test_leaving_a_fact_out_never_releases_what_was_not_released_with_it() -> None:
    for missing in GOOD:
        assert not releases(GB, {name: value for name, value in GOOD.items() if name != missing})
    assert not releases(GB, {})
    assert not releases(GB, {**GOOD, "no_such_column": "x"})
    assert releases(GB, GOOD)


def test_before_its_rows_are_in_force_nothing_is_known() -> None:
    assert judge(GB, GOOD, on=date(2020, 12, 31)) == GB.otherwise


def test_the_order_of_rows_means_nothing() -> None:
    turned = replace(GB, rows=GB.rows[::-1])
    for facts in list(combinations())[::101]:
        assert judge(turned, facts, on=DAY) == judge(GB, facts, on=DAY)


def test_a_star_stands_for_all_that_rows_tell_apart() -> None:
    cells = {"ched_type": "CHEDPP", "check_code": "H218", "status": "VALIDATED", "condition": "*"}
    given = {judge(GB, facts, on=DAY).code for facts in read(GB, cells)}
    assert given == {"C02", "C03", "H01", "H02", "N01"}
    with pytest.raises(ValueError, match="a \\[\\[reading\\]\\] says what a word means"):
        read(GB, {**cells, "condition": "HMI=unheard of"})
    with pytest.raises(ValueError, match="are both said"):
        read(GB, {**cells, "condition": "HMI=To do", "hmi": "Compliant"})


def row(gives: str = "H01", stage: str = "verdict", detail: str = "", **when: str) -> ProfileRow:
    named = {name: (value,) for name, value in when.items()}
    return ProfileRow(
        stage=stage, when=named, gives=gives, detail=detail, valid_from=DAY, source="test", place="here:1"
    )


@pytest.mark.parametrize(
    ("planted", "says"),
    [
        (row(stage="nowhere"), "'nowhere' is no stage"),
        (row(gives="Z99"), "'Z99' is no code"),
        (row(no_such="x"), "'no_such' is no column"),
        (row(status="VALIDATD"), "'VALIDATD' is no value"),
        (row(stage="final status", gives="X00", detail="E71", status="CANCELLED"), "already"),
        (row(stage="final status", gives="X00", detail="E66", source="IPAFFS"), "another detail"),
        (row(stage="quantity", status="MODIFY", gives="H02", level_3="Live"), ""),
        (row(gives="C02", stage="verdict", status="CANCELLED"), "never decides"),
        (row(gives="C02", stage="verdict", status="VALIDATED", check_code="H218", hmi="To do"), "never decides"),
    ],
)
def test_a_faulty_row_is_found_with_its_place(planted: ProfileRow, says: str) -> None:
    found = faults(replace(GB, rows=(*GB.rows, planted)))
    assert all(fault.startswith("here:1: ") for fault in found)
    assert any(says in fault for fault in found) if says else not found
