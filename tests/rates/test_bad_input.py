"""Declarations and tables that are wrong: each is refused, held or said not to be known, and none is released as if it were right."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.decision import Decision, Effect
from gateway.domain.errors import ConfigurationError, DeclarationRefused
from gateway.golden.case import CaseFiles, decided
from gateway.intake import Formats, IntakeLimits
from gateway.settings.tables import load_tables
from tests.builders.places import CONFIG, ROOT
from tests.builders.running import declaration
from tests.builders.story import shipped

DAY = date(2026, 12, 1)
NOT_KNOWN, NOTHING_NEEDED, MISSING, TOO_SHORT = "SW-DEC-005", "SW-DEC-001", "SW-DEC-010", "SW-DEC-014"
NOT_ALLOWED, NO_COUNTRY, COUNTRY_FIRST = "SW-DEC-013", "SW-DEC-265", "SW-DEC-199"


def decision(code: str, *statements: str, origin: str | None = "CN", **more: Any) -> Decision:
    item: dict[str, Any] = {
        "number": 1,
        "commodity_code": code,
        "description": "goods",
        "requested_procedure": "40",
        "previous_procedure": "00",
        "net_mass": "100",
        "references": [{"type": kind} for kind in statements],
        **({"origin": origin} if origin is not None else {}),
        **more,
    }
    lodged: Mapping[str, Any] = {
        "lrn": "LRN-2026-1",
        "declarant": "FR12345678901234",
        "direction": "import",
        "kind": "standard",
        "declaration_type": "IM",
        "customs_office": "FR001260",
        "additional_type": "A",
        "items": [item],
    }
    return decided(CaseFiles(declaration=lodged, answers={"day": DAY, "on": DAY, "accepted": True}), shipped())


def codes(found: Decision) -> set[str]:
    return {finding.code for finding in found.findings}


def test_an_origin_on_which_one_paper_depends_is_asked_for_once_whatever_countries_have_a_row() -> None:
    groundnuts = [one for one in decision("1202420000", origin=None).findings if one.code == COUNTRY_FIRST]
    assert [json.loads((one.params or {})["alternatives"])[0][0][1] for one in groundnuts] == ["C678"]
    assert MISSING in codes(decision("1202420000", "Y929", origin="BO"))


@pytest.mark.parametrize(
    ("code", "what"),
    [("8517120000", "mobile telephones, a code that ended with 2021"), ("9930240000", "supplies, a heading of TARIC")],
)
def test_of_a_code_that_no_row_knows_nothing_is_said(code: str, what: str) -> None:
    found = codes(decision(code))
    assert NOT_KNOWN in found, what
    assert NOTHING_NEEDED not in found, what


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("harmonizedSystemSubHeadingCode", "8471AB"),
        ("harmonizedSystemSubHeadingCode", "84713"),
        ("harmonizedSystemSubHeadingCode", ""),
        ("taricCode", "000"),  # eleven digits
    ],
)
def test_a_code_with_letters_or_of_another_length_is_refused_with_its_place(part: str, code: str) -> None:
    formats = Formats.load(ROOT / "config" / "formats", schemas=ROOT / "xsd", schema_paths={}, limits=IntakeLimits())
    text = declaration("01", "BAD-1").decode()
    begins = text.index(f"<{part}>") + len(part) + 2
    wrong = text[:begins] + code + text[text.index(f"</{part}>") :]
    with pytest.raises(DeclarationRefused) as refused:
        formats.accept(wrong.encode(), "application/xml")
    assert any((one.path or "").endswith(part) for one in refused.value.violations)


@pytest.mark.parametrize("origin", ["SU", "YU", "CS", "AN"])
def test_an_origin_that_was_split_is_no_country(origin: str) -> None:
    found = decision("8471300000", origin=origin)
    assert (found.effect, NO_COUNTRY in codes(found)) == (Effect.HOLD, True)


def test_a_waiver_for_goods_that_are_not_in_its_act_lifts_nothing() -> None:
    assert MISSING in codes(decision("7318159590", "Y930"))
    assert codes(decision("8471300000", "Y930")) == {NOT_KNOWN}


def test_of_two_waivers_that_exclude_each_other_the_one_that_cannot_be_is_refused() -> None:
    for origin, kinds in (("FR", ("Y134", "Y237")), ("CN", ("Y137", "Y237")), ("CN", ("Y134", "Y237"))):
        found = decision("7318159590", *kinds, origin=origin)
        assert (found.effect, NOT_ALLOWED in codes(found)) == (Effect.HOLD, True), (origin, kinds)


def test_ninety_nine_documents_on_an_item_are_judged_one_by_one() -> None:
    documents = [{"type": "N380", "reference": f"INV-{number}"} for number in range(98)]
    documents.append({"type": "9ZZZ", "reference": "last"})
    found = decision("8471300000", documents=documents)
    assert len(found.documents) == 99
    assert (found.effect, "SW-DEC-016" in codes(found)) == (Effect.HOLD, True)


@pytest.mark.parametrize("code", ["7208510000", "4407110000", "2711110000"])
def test_without_an_origin_it_is_asked_for_first(code: str) -> None:
    found = decision(code, "Y137", "Y929", origin=None)
    assert (found.effect, COUNTRY_FIRST in codes(found)) == (Effect.HOLD, True)


def test_without_an_origin_what_all_goods_but_of_some_need_is_missing() -> None:
    found = decision("0405101900", "Y929", origin=None)
    assert (found.effect, MISSING in codes(found)) == (Effect.HOLD, True)


@pytest.mark.parametrize("code", ["290379", "09041100", "0904110000"])
def test_digits_that_decide_are_asked_for(code: str) -> None:
    assert TOO_SHORT in codes(decision(code, "Y929", origin="BR")), "TARIC splits it: noughts are no digits of it"
    assert TOO_SHORT not in codes(decision("0904110090", "Y929", origin="BR"))


@pytest.mark.parametrize("code", ["7701", "0012"])
def test_a_row_of_an_annex_for_a_code_that_no_nomenclature_has_is_refused(tmp_path: Path, code: str) -> None:
    folder = tmp_path / "requirements"
    folder.mkdir()
    (folder / "own.toml").write_text(
        f'[[requirement]]\nmeasure = "own"\ncommodities = ["{code}"]\ndirections = ["import"]\nall_of = [["N853"]]\n'
        'legal_basis = "an act"\nvalid_from = 2026-01-01\nsource = "derived; an annex"\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigurationError) as refused:
        load_tables(CONFIG, tmp_path)
    assert f"there is no chapter {code[:2]}" in json.dumps(refused.value.faults)
