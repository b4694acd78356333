"""The shipped tables say what the specification of decisions lists: table 2 (who is asked), 3 (what is needed), 4 (refusals)."""

from datetime import date, timedelta

import pytest
from msgspec import structs

from gateway.contract import Direction, Refusal
from gateway.decisions import decide
from gateway.domain.decision import Effect
from gateway.domain.declaration import AdditionalReference, GoodsItem, SupportingDocument
from gateway.domain.tables.rows import HolderParty, QuantityMode, Use
from tests.builders.small_cases import DAY, case, declared, milk
from tests.builders.story import shipped

IMPORT, EXPORT, TRANSIT = Direction.IMPORT, Direction.EXPORT, Direction.TRANSIT
CHEDS = ("C640", "N853", "C678", "C085")
REGISTRATIONS = tuple(f"X06{number}" for number in range(1, 9))
ASKED = [
    *((kind, (IMPORT, TRANSIT), "traces", QuantityMode.LEDGER, None) for kind in CHEDS),
    ("C673", (IMPORT,), "catch", QuantityMode.USAGE, HolderParty.IMPORTER),
    *((kind, (EXPORT,), "dual_use", QuantityMode.LEDGER, HolderParty.EXPORTER) for kind in ("X060", "X070")),
    *((kind, (EXPORT,), "dual_use", QuantityMode.NONE, HolderParty.EXPORTER) for kind in (*REGISTRATIONS, "X071")),
    ("X072", (TRANSIT,), "dual_use", QuantityMode.NONE, HolderParty.HOLDER),
    ("C638", (IMPORT,), "cites", QuantityMode.USAGE, HolderParty.IMPORTER),
    *((kind, (IMPORT, EXPORT), "cites", QuantityMode.NONE, None) for kind in ("C400", "C401")),
]
KNOWN = {
    (IMPORT,): "C644 C641 C656 C690 Y128",
    (IMPORT, EXPORT): "C047 C041",
    (IMPORT, TRANSIT): "L100",
    (EXPORT,): "E013",
    (IMPORT, EXPORT, TRANSIT): ("Y797 Y798 Y799 Y123 Y121 Y163 Y125 Y951 Y972 C402 C403 C404 C405 C406 C635 C639"),
}
STATEMENTS = (
    "Y930 Y931 Y937 Y978 Y929 Y927 Y901 Y792 Y160 Y057 Y070 Y900 Y932 Y134 Y135 Y136 Y137 Y237 Y238"  # of table 2 and 3
)


@pytest.mark.parametrize(("kind", "directions", "adapter", "quantity", "party"), ASKED)
def test_table_2_says_who_is_asked(
    kind: str, directions: tuple[Direction, ...], adapter: str, quantity: QuantityMode, party: HolderParty | None
) -> None:
    for direction in Direction:
        route = shipped().at(DAY).route(kind, direction)
        if direction not in directions:
            assert route is None, direction
            continue
        assert route is not None
        assert (route.adapter, route.quantity, route.party) == (adapter, quantity, party)
        assert route.decided is (kind in CHEDS)
        assert route.commodity is not Use.NO
        assert (route.destination is not Use.NO) is (adapter == "dual_use")


@pytest.mark.parametrize(("directions", "kinds"), list(KNOWN.items()))
def test_table_2_knows_documents_that_nobody_is_asked_about_yet(directions: tuple[Direction, ...], kinds: str) -> None:
    view = shipped().at(DAY)
    for kind in kinds.split():
        ways = tuple(way for way in Direction if (route := view.route(kind, way)) is not None and route.adapter is None)
        assert ways == directions, kind


def test_table_2_knows_the_statements() -> None:
    view = shipped().at(DAY)
    assert [kind for kind in STATEMENTS.split() if not view.waived_by(kind)] == []


@pytest.mark.parametrize(
    ("kind", "eve", "day"),
    [
        ("C716", date(2026, 12, 29), date(2026, 12, 30)),
        ("C717", date(2026, 12, 29), date(2026, 12, 30)),
        ("Y128", date(2025, 12, 31), date(2026, 1, 1)),
        ("L100", date(2025, 3, 2), date(2025, 3, 3)),
    ],
)
def test_table_2_is_dated(kind: str, eve: date, day: date) -> None:
    assert shipped().at(eve).route(kind, IMPORT) is None
    assert shipped().at(day).route(kind, IMPORT) is not None


NEEDED = [
    # commodity, origin, direction, what meets every measure on it
    ("01022110", None, IMPORT, [("C640",), ("Y930",)]),
    ("03011100", None, IMPORT, [("C640",), ("N853",), ("Y930",)]),
    ("02013000", None, IMPORT, [("N853",), ("Y930",)]),
    ("04011010", None, IMPORT, [("N853",), ("Y930",)]),
    ("04109000", None, IMPORT, [("N853",), ("Y930",)]),
    ("18069019", None, IMPORT, [("N853",), ("Y930",), ("Y931",)]),
    ("16010010", None, IMPORT, [("N853",), ("Y930",)]),
    ("03036310", None, IMPORT, [("N853", "C673"), ("Y930", "Y927"), ("N853", "Y927")]),
    ("16041400", None, IMPORT, [("N853", "C673"), ("Y930", "Y927")]),
    ("16051000", None, IMPORT, [("N853", "C673"), ("Y930", "Y927")]),
    ("06011010", None, IMPORT, [("C085",)]),
    ("07019050", None, IMPORT, [("C085",)]),
    ("07142010", None, IMPORT, [("C085",)]),
    ("44031100", "BR", IMPORT, [("C085",)]),
    ("12024100", "US", IMPORT, [("C678",), ("Y937",)]),
    ("72041000", None, IMPORT, [("C672",), ("C669", "C670"), ("Y923",)]),
    ("12024100", "IN", IMPORT, [("C678",), ("Y937",), ("Y978",)]),
    ("29034100", None, IMPORT, [("Y123", "Y121", "Y125"), ("Y160",)]),
    ("38276100", None, EXPORT, [("Y123", "Y121"), ("Y160",)]),
    ("38276900", None, EXPORT, [("Y123", "Y121"), ("Y160",)]),
    ("44034200", "ID", IMPORT, [("Y057",), ("Y070",)]),
    ("94036010", "ID", IMPORT, [("C690",), ("Y057",), ("Y070",)]),
    ("48025620", "ID", IMPORT, [("C690",), ("C631",), ("Y057",)]),
    ("44072200", "GH", IMPORT, [("C690",), ("Y057",), ("Y070",)]),
    ("44121010", "GH", IMPORT, [("C690",), ("Y057",), ("Y070",)]),
    ("25231000", None, IMPORT, [("Y128",), ("Y134",), ("Y135",), ("Y137",), ("Y237",)]),
    ("31021010", None, IMPORT, [("Y128",), ("Y137",)]),
    ("31053000", None, IMPORT, [("Y128",), ("Y137",)]),
    ("72081000", None, IMPORT, [("Y128",), ("Y237",)]),
    ("73181595", None, IMPORT, [("Y128",), ("Y137",)]),
    ("76011010", None, IMPORT, [("Y128",), ("Y237",)]),
    ("28041000", None, IMPORT, [("Y128",), ("Y136",)]),
    ("27160000", None, IMPORT, [("Y128",), ("Y136",)]),
    ("84713000", None, EXPORT, [("X060",), ("X061",), ("X068",), ("X070",), ("X071",), ("Y901",)]),
    ("85423110", None, EXPORT, [("X060",), ("Y901",)]),
    ("88061010", None, EXPORT, [("X060",), ("Y901",)]),
    ("90132000", None, EXPORT, [("X060",), ("Y901",)]),
]


def missing(code: str, origin: str | None, direction: Direction, documents: tuple[str, ...], day: date = DAY) -> bool:
    item = GoodsItem(
        number=1,
        commodity_code=code,
        requested_procedure="10" if direction is EXPORT else "40",
        origin=origin,
        documents=tuple(SupportingDocument(type=kind, reference="1") for kind in documents if kind[0] != "Y"),
        references=tuple(AdditionalReference(type=kind, reference="1") for kind in documents if kind[0] == "Y"),
    )
    findings = decide(case(declared(item, direction=direction), day=day, on=day, movements=())).findings
    # A statement that is not admitted says also what is missing.
    return any(finding.code in {"SW-DEC-010", "SW-DEC-013", "SW-DEC-270"} for finding in findings)


@pytest.mark.parametrize(("code", "origin", "direction", "ways"), NEEDED)
def test_table_3_says_what_goods_need(
    code: str, origin: str | None, direction: Direction, ways: list[tuple[str, ...]]
) -> None:
    assert missing(code, origin, direction, ())
    for way in ways:
        assert not missing(code, origin, direction, way), way
        assert all(missing(code, origin, direction, tuple(k for k in way if k != one)) for one in way), way
    assert not missing(code, origin, EXPORT if direction is IMPORT else IMPORT, ()) or code[:4] in {
        "2903",
        "3827",
        "7204",
    }


@pytest.mark.parametrize(
    ("code", "origin", "day"),
    [
        ("44034200", "BR", DAY),
        ("44034200", "GH", date(2025, 10, 7)),
        ("12024100", "BR", DAY),
        ("25231000", None, date(2025, 12, 31)),
        ("04110000", None, DAY),
        ("29035000", None, DAY),
        ("07101000", None, DAY),
        ("04069013", "CH", DAY),
        ("04069013", "NO", DAY),
        ("07061000", "LI", DAY),
        ("72081000", "IS", DAY),
        ("76011010", "XC", DAY),
        ("31056000", None, DAY),
        ("72022100", None, DAY),
        ("25070080", None, DAY),
        ("44129910", "BR", DAY),
        ("44121010", "ID", DAY),
    ],
)
def test_table_3_asks_nothing_of_other_goods(code: str, origin: str | None, day: date) -> None:
    assert not missing(code, origin, IMPORT, (), day)


@pytest.mark.parametrize(
    ("code", "kind", "stands_in"),
    [
        ("03038300", "C641", True),  # toothfish
        ("03038300", "C047", False),
        ("03034500", "C047", True),  # bluefin tuna
        ("03034500", "C041", True),
        ("03034600", "C047", False),  # southern bluefin tuna
        ("03035700", "C041", False),  # swordfish
        ("03036310", "C641", False),  # cod
    ],
)
def test_table_3_takes_a_fisheries_organisation_s_document_for_its_species_only(
    code: str, kind: str, stands_in: bool
) -> None:
    assert missing(code, None, IMPORT, ("N853", kind)) is not stands_in


@pytest.mark.parametrize(("kind", "last"), [("Y238", date(2026, 9, 27)), ("Y141", date(2027, 6, 29))])
def test_table_2_ends_the_statements_of_a_transition(kind: str, last: date) -> None:
    assert shipped().at(last).self_declared(kind, IMPORT)
    assert not shipped().at(last + timedelta(days=1)).self_declared(kind, IMPORT)
    assert shipped().at(last + timedelta(days=1)).waived_by(kind)


@pytest.mark.parametrize("kind", ["Y136", "Y137"])
def test_table_3_tells_hydrogen_and_electricity_from_other_goods(kind: str) -> None:
    assert missing("28041000", None, IMPORT, (kind,)) is missing("27160000", None, IMPORT, (kind,)) is (kind == "Y137")
    assert missing("72081000", None, IMPORT, (kind,)) is (kind == "Y136")


def test_the_statement_of_cbam_applicants_was_admitted_until_its_end() -> None:
    assert not missing("72081000", None, IMPORT, ("Y238",), date(2026, 9, 27))
    assert missing("72081000", None, IMPORT, ("Y238",), date(2026, 9, 28))


COVERED = {
    # as Annex II of Reg. (EU) 2021/821 lists them, Sections A to H
    "X061": ("JP CH LI GB NO US", "CN KR TR XK"),
    "X062": ("AR ZA KR TR", "JP CN IN"),
    "X063": ("CN HK MO NC PF IN UA AE", "RU JP IL"),
    "X064": ("CN HK MO NC PF IN UA AE", "RU JP IL"),
    "X065": ("AR CN HK MO IN ZA KR TR UA", "RU BR JP"),
    "X066": ("AR KR TR UA", "ZA CN IN"),
    "X067": ("AR BR IL IN ID JO MY PH TH TN", "CN TR JP AE"),
    "X068": ("AR BR IN KR TR UA VN ZA", "JP US CN HK KZ AE IL RU ZW"),
}


@pytest.mark.parametrize("kind", COVERED)
def test_general_authorisations_cover_their_destinations(kind: str) -> None:
    row = shipped().at(DAY).by_goods.general_authorisation(kind)
    assert row is not None
    covered, others = (names.split() for names in COVERED[kind])
    assert [country for country in covered if not row.covers(country)] == []
    assert [country for country in others if row.covers(country)] == []


def test_general_authorisations_covered_russia_until_it_was_struck_out() -> None:
    for kind in ("X063", "X064", "X065"):
        before, after = (shipped().at(date(2022, 5, day)).by_goods.general_authorisation(kind) for day in (4, 5))
        assert before is not None
        assert after is not None
        assert (before.covers("RU"), after.covers("RU")) == (True, False)


def test_offices_tell_where_goods_enter_the_union() -> None:
    view = shipped().at(DAY)
    assert view.by_goods.is_at_entry("FR001260") is True
    assert view.by_goods.is_at_entry("FR000220") is False
    assert view.by_goods.is_at_entry("CH001521") is False  # by its country
    assert (
        view.by_goods.is_at_entry("FR00ZZZ9")
        is view.by_goods.is_at_entry(None)
        is view.by_goods.is_at_entry("")
        is None
    )


@pytest.mark.parametrize("regime", ["T", "T1", "TIR", "T2", "T2F", "T2SM"])
@pytest.mark.parametrize("office", ["FR001260", "FR000220", "FR00ZZZ9", None])
def test_transit_asks_what_import_asks_only_where_goods_entered(regime: str, office: str | None) -> None:
    item = GoodsItem(number=1, commodity_code="040690")
    told = structs.replace(declared(item, direction=TRANSIT), declaration_type=regime, customs_office=office)
    found = {finding.code for finding in decide(case(told, day=DAY, on=DAY, movements=())).findings}
    if regime.startswith("T2"):
        wanted = "SW-DEC-005"
    else:
        wanted = {"FR001260": "SW-DEC-010", "FR000220": "SW-DEC-005"}.get(office or "", "SW-DEC-201")
    assert found == {wanted}


TABLE_4 = {
    Refusal.BASE_FOR_EXTRACT: Effect.HOLD,
    Refusal.DOCUMENT_USED: Effect.REFUSE,
    Refusal.COMMODITY: Effect.HOLD,
    Refusal.STATUS: Effect.HOLD,
    Refusal.INSUFFICIENT: Effect.HOLD,
    Refusal.WRITTEN_OFF: Effect.HOLD,
    Refusal.LINE: Effect.HOLD,
    Refusal.DESTINATION: Effect.REFUSE,
    Refusal.HOLDER: Effect.REFUSE,
    Refusal.UNIT: Effect.HOLD,
    Refusal.NOT_VALIDATED: Effect.HOLD,
}


def test_table_4_says_what_a_refused_reservation_means() -> None:
    view = shipped().at(DAY)
    found = {}
    for reason in Refusal:
        code = view.refusal_rule(reason)
        row = view.rule(code) if code is not None else None
        assert row is not None
        found[reason] = row.effect
    assert found == TABLE_4


def test_every_finding_has_a_legal_basis_and_a_remedy() -> None:
    tables = shipped()
    messages = {message.code: message for message in tables.messages}
    words: dict[str, list[str]] = {}
    for word in tables.words:
        words.setdefault(f"{{{word.param}}}", []).append(word.text)
    for row in tables.rules:
        assert row.legal_basis.strip(), row.place
        for code in row.codes:
            remedy = messages[code].remedy
            remedies = words.get(remedy) or [remedy.replace("{most}", min(words["{most}"], key=len))]
            assert len(min(remedies, key=len)) > len("Do something."), code


def test_a_finding_about_quantities_of_any_document_rests_on_no_law_of_health_certificates_alone() -> None:
    """Delegated Reg. (EU) 2019/1602 is about CHEDs: their own rows name it."""
    assert [row.place for row in shipped().rules if "2019/1602" in row.legal_basis] == []
    ched = [route for route in shipped().routes if {"C640", "N853", "C678", "C085"} & set(route.types)]
    assert len(ched) == 4
    assert all("Delegated Reg. (EU) 2019/1602, Art. 4 to 6" in route.legal_basis for route in ched)


def test_no_authority_tolerates_anything_unless_a_row_says_so() -> None:
    view = shipped().at(DAY)
    assert {view.tolerance(adapter, "N853") for adapter in (*shipped().adapters(), "another")} == {0}


@pytest.mark.parametrize(
    ("reference", "codes"),
    [
        ("CHEDP.FR.2026.0000001", set()),
        ("chedp.xi.2026.0000001", set()),
        ("GBCHD2026.0000001", {"SW-DEC-084"}),
        ("CHEDP.GB.2026.0000001", {"SW-DEC-084"}),
        ("CHEDP.XI.2026.0000001V", {"SW-DEC-084"}),
        ("CHEDP.FR.26.0000001", {"SW-DEC-083"}),
        ("COI.FR.2026.0000001", {"SW-DEC-083"}),
    ],
)
def test_a_reference_has_its_authority_s_form_and_a_british_one_is_named(reference: str, codes: set[str]) -> None:
    item = structs.replace(milk(reference=reference))
    found = {finding.code for finding in decide(case(declared(item), movements=())).findings}
    assert found & {"SW-DEC-083", "SW-DEC-084"} == codes
