"""What rows loosen on purpose is named, with what it comes to, and needs a reason."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract import Direction
from gateway.decisions import faults
from gateway.domain.contingency import WindowMode
from gateway.domain.decision import Mode
from gateway.domain.errors import ConfigurationError
from gateway.domain.laxer import NEUTRAL
from gateway.domain.tables.applications import GoodsAre
from gateway.domain.tables.code_rows import PrefixClass
from gateway.domain.tables.credibility import CheckOutcome, Judged
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import DocumentRoute, Use
from gateway.domain.verification import DocumentClass
from gateway.settings.tables import load_tables, loosened
from gateway.settings.tables.kinds import DECIDE_NOTHING, DIRECTIONS, KINDS
from gateway.settings.tables.kinds import FILES as _FILES_BY_NAME
from tests.builders.credibility import check, rate
from tests.builders.extent import part
from tests.builders.formalities import designated
from tests.builders.layers import layer, over
from tests.builders.places import CONFIG
from tests.builders.small_cases import altered
from tests.builders.story import ordinary, shipped

_FILES = tuple(_FILES_BY_NAME.items())


def _document(said: str, kind: str = "N853", way: str = "import") -> str:
    return f'[[document]]\ntypes = ["{kind}"]\ndirections = ["{way}"]\n{said}\n'


def _holder(said: str, kind: str = "Y128") -> str:
    return f'[[holder]]\ntypes = ["{kind}"]\ndirections = ["import"]\n{said}\n'


def _requirement(said: str, measure: str = "catch certificate") -> str:
    return f'[[requirement]]\nmeasure = "{measure}"\n{said}\n'


def _rule(said: str, code: str = "SW-DEC-021") -> str:
    return f'[[rule]]\ncodes = ["{code}"]\n{said}\n'


def _calendar(said: str) -> str:
    return f'[[calendar]]\nstate = "FR"\n{said}\n'


_CHED = '[[decision]]\ntypes = ["N853"]\ndecisions = ["{}"]\n'
_STATUS = '[[authority_status]]\ntypes = ["N853"]\nstatus = "{}"\n'

LOOSENING = [
    ("holidays", _calendar('zone = "Europe/Lisbon"'), "zone"),
    ("holidays", _calendar("covered_from = 2024-01-01"), "covered_from"),
    ("holidays", _calendar("covered_to = 2027-12-31"), "covered_to"),
    ("holidays", _calendar('counting = ["monday"]'), "counting"),
    ("documents", _document("decided = false"), "decided"),
    ("documents", _document('commodity = "no"\nquantity = "none"\nverifies = []'), "commodity"),
    ("documents", _document('quantity = "own"'), "quantity"),
    ("documents", _document('quantity = "usage"'), "quantity"),
    ("documents", _document('reserves = ["40"]'), "reserves"),
    ("documents", _document('verifies = ["51", "71", "76", "78"]'), "verifies"),
    ("documents", _document('dispatch = "no"'), "dispatch"),
    ("documents", _document("waivers = []"), "waivers"),
    ("documents", _document('waivers = ["Y930", "Y931", "Y978"]'), "waivers"),
    ("documents", _document('form = ""'), "form"),
    ("documents", _document("form = 'CHED.*'"), "form"),
    ("documents", _document('adapter = "catch"'), "adapter"),
    ("documents", _document('adapter = ""\nquantity = "none"\nreserves = []\nverifies = []\ndecided = false\ncommodity = "no"\ndispatch = "no"'), "adapter"),
    ("documents", _document('holder = "no"', "X060", "export"), "holder"),
    ("documents", _document('holder = "when_named"', "X060", "export"), "holder"),
    ("documents", _document('party = "declarant"', "X060", "export"), "party"),
    ("documents", _document('destination = "when_named"', "X060", "export"), "destination"),
    ("documents", _document('level = "any"', "Y128"), "level"),
    ("documents", _document('procedures = ["40", "45"]', "C644"), "procedures"),
    ("documents", _holder('parties = ["importer"]'), "parties"),
    ("documents", _holder('match = "any"', "C644"), "match"),
    ("documents", _holder("removed = true"), None),
    ("documents", _holder('parties = ["declarant"]\nmatch = "first"', "C673"), None),
    ("documents", '[[document]]\ntypes = ["C644"]\ndirections = ["import"]\nremoved = true\nvalid_to = 2026-12-31\n', None),
    ("documents", '[[statement]]\ntypes = ["Y931"]\nwaives = ["N853", "C640"]\n', "waives"),
    ("documents", '[[statement]]\ntypes = ["Y929"]\ndirections = ["import", "transit"]\n', "directions"),
    ("documents", '[[statement]]\ntypes = ["Y903"]\nwaives = ["N853"]\ndirections = ["import"]\n', None),
    ("document_classes", '[[class]]\ntypes = ["C644"]\nname = "commercial"\n', "name"),
    ("document_classes", '[[class]]\ntypes = ["9ZZ1"]\nname = "commercial"\nlegal_basis = "x"\n', None),
    ("document_classes", '[[class]]\ntypes = ["N852"]\ncovered_by = ["N853", "C640", "C678", "C085"]\n', "covered_by"),
    ("document_classes", '[[prefix_class]]\nprefixes = ["9Z"]\nname = "transport"\nlegal_basis = "x"\n', None),
    ("document_classes", '[[class]]\ntypes = ["9ZZ1"]\nname = "by_officer"\nlegal_basis = "x"\ncovered_by = ["N853"]\n', None),
    ("document_elements", '[[code_element]]\nbeginnings = ["Y128"]\nelements = ["supporting_document", "additional_reference"]\n', "elements"),
    ("document_elements", '[[code_element]]\nbeginnings = ["Y"]\nremoved = true\n', None),
    ("document_elements", '[[undivided]]\nformats = ["native"]\nelements = ["supporting_document", "additional_reference"]\n', None),
    ("document_elements", '[[undivided]]\nformats = ["wco_dec"]\nelements = ["supporting_document", "transport_document", "previous_document"]\n', "elements"),
    ("documents", '[[mark]]\ntypes = ["Y117"]\nrefused = ["40"]\n', "refused"),
    ("documents", '[[mark]]\ntypes = ["Y117"]\nremoved = true\n', None),
    ("documents", '[[old_code]]\ntype = "X002"\nremoved = true\n', None),
    ("documents", '[[dataset]]\ndataset = "H7"\nremoved = true\n', None),
    ("documents", "[[foreign_form]]\ntypes = [\"C640\"]\nform = '(GBCHD\\d{4}\\.\\d{7}[RV]?|CHED(A|P|D|PP)\\.GB\\.\\d{4}\\.\\d{7}[RV]?|CHED(A|P|D|PP)\\.[A-Z]{2}\\.\\d{4}\\.\\d{7}[RV])'\nremoved = true\n", None),
    ("documents", '[[general_authorisation]]\ntypes = ["X061"]\ndestinations = ["JP", "KR"]\n', "destinations"),
    ("documents", '[[general_authorisation]]\ntypes = ["X068"]\nexcluded = ["JP", "US"]\n', "excluded"),
    ("documents", '[[general_authorisation]]\ntypes = ["X061"]\nremoved = true\n', None),
    ("countries", '[[office]]\noffices = ["FR001260"]\nentry = false\n', "entry"),
    ("countries", '[[office]]\noffices = ["FR00ZZZ9"]\nentry = false\n', None),
    ("identifiers", '[[previous_mrn]]\ntypes = ["NMRN"]\nalways = false\n', "always"),
    ("identifiers", '[[own_mrn]]\ndirections = ["transit"]\ntraders = "told"\n', "traders"),
    ("identifiers", '[[own_mrn]]\ndirections = ["import"]\nremoved = true\n', None),
    ("identifiers", '[[previous_mrn]]\ntypes = ["NMRN"]\ntraders = "told"\n', "traders"),
    ("identifiers", '[[previous_mrn]]\ntypes = ["N337"]\nremoved = true\n', None),
    ("identifiers", '[[union_customs]]\ncountries = ["CH"]\n', None),
    ("identifiers", '[[transit_customs]]\ncountries = ["BY"]\nlegal_basis = "x"\n', None),
    ("identifiers", '[[party_number]]\nparties = ["declarant"]\nothers = "common_transit"\n', "others"),
    ("identifiers", '[[party_number]]\nparties = ["holder"]\nremoved = true\n', None),
    ("requirements", '[[union_transit]]\ndeclaration_types = ["T1"]\nlegal_basis = "x"\n', None),
    ("requirements", '[[judged_by_officer]]\nadditional_procedures = ["F15"]\nlegal_basis = "x"\n', None),
    ("requirements", '[[figure]]\ntypes = ["Y799"]\nbeside = ["L100"]\n', "beside"),
    ("requirements", '[[figure]]\ntypes = ["Y798"]\nwithin_net_mass = false\n', "within_net_mass"),
    ("requirements", '[[figure]]\ntypes = ["Y799"]\nremoved = true\n', None),
    ("requirements", '[[account]]\ntypes = ["Y125"]\nkind = "equipment"\n', "kind"),
    ("requirements", '[[account]]\ntypes = ["Y125"]\nfigure = "Y163"\n', "figure"),
    ("requirements", '[[account]]\ntypes = ["Y125"]\nremoved = true\n', None),
    ("requirements", '[[account]]\ntypes = ["C669"]\nmass = "other"\n', "mass"),
    ("decisions", '[[once]]\ntypes = ["ICGL"]\ntaken_by = []\n', "taken_by"),
    ("requirements", _requirement('excepted_additional_procedures = ["F21", "F22", "F01"]'), "excepted_additional_procedures"),
    ("requirements", _requirement("limits = []", "veterinary control of fishery products"), "limits"),
    ("requirements", _requirement('limits = [{ types = ["Y058"], net_mass = "20.001" }]', "veterinary control of fishery products"), "limits"),
    ("requirements", _requirement('commodities = ["03"]\nexcepted = []\nalternatives = []'), "commodities"),
    ("requirements", _requirement('excepted = ["0301"]'), "excepted"),
    ("requirements", _requirement('directions = ["import"]', "fluorinated greenhouse gases"), "directions"),
    ("requirements", _requirement('procedures = ["40"]'), "procedures"),
    ("requirements", _requirement('origins = ["NO"]'), "origins"),
    ("requirements", _requirement('excepted_origins = ["NO"]'), "excepted_origins"),
    ("requirements", _requirement('described = ["fish"]'), "described"),
    ("requirements", _requirement('described = ["organic"]', "organic products"), "described"),
    ("requirements", _requirement('all_of = [["C673", "Y927", "Y930"]]'), "all_of"),
    ("requirements", _requirement('all_of = [["Y123", "Y160"]]', "fluorinated greenhouse gases"), "all_of"),
    ("requirements", _requirement('alternatives = [{ to = "C673", types = ["C641"], commodities = ["03"] }]'), "alternatives"),
    ("requirements", _requirement('destinations = ["US"]', "rough diamonds: export"), "destinations"),
    ("requirements", _requirement('excepted_described = ["imitation"]'), "excepted_described"),
    ("requirements", _requirement('excepted_destinations = ["US"]', "rough diamonds: export"), "excepted_destinations"),
    ("requirements", _requirement("banned = false", "persistent organic pollutants"), "banned"),
    ("requirements", _requirement("only_told = true"), "only_told"),
    ("requirements", _requirement("removed = true"), None),
    ("findings", _rule('effect = "hold"'), "effect"),
    ("findings", _rule('effect = "none"', "SW-DEC-010"), "effect"),
    ("findings", _rule('nature = "check"', "SW-DEC-010"), "nature"),
    ("findings", _rule('told = "at_once"', "SW-DEC-143"), "told"),
    ("credibility", _rule('told = "once_confirmed"', "SW-DEC-185"), "told"),
    ("findings", '[[mode]]\nrule = "SW-DEC-051"\nmode = "shadow"\n', None),
    ("findings", '[[mode]]\nrule = "SW-DEC-051"\nmode = "shadow"\ntypes = ["N853"]\n', None),
    ("answers", '[[status]]\nstatus = "refused"\nrule = "SW-DEC-020"\n', "rule"),
    ("answers", '[[status]]\nstatus = "suspended"\nsuccessor = true\nrule = "SW-DEC-020"\n', "rule"),
    ("answers", '[[refusal]]\nreason = "holder"\nrule = "SW-DEC-100"\n', "rule"),
    ("answers", '[[cause]]\ncause = "SW-ADP-03"\nrule = "SW-DEC-033"\n', "rule"),
    ("advice", '[[advice]]\nnatures = ["check"]\neffect = "hold"\nstages = ["after_acceptance"]\nadvice = "documents"\n', "advice"),
    ("decisions", _CHED.format("NOT_ACCEPTABLE") + "refused = false\n", "refused"),
    ("decisions", _CHED.format("NOT_ACCEPTABLE") + "removed = true\n", None),
    ("decisions", _CHED.format("ACCEPTABLE_FOR_PRIVATE_IMPORT") + 'procedures = ["40", "42", "61", "71"]\n', "procedures"),
    ("decisions", _CHED.format("ACCEPTABLE_FOR_PRIVATE_IMPORT") + "transit = true\n", "transit"),
    ("decisions", _CHED.format("ACCEPTABLE_FOR_MONITORING") + "monitored = false\n", "monitored"),
    ("decisions", _CHED.format("NOT_ACCEPTABLE") + "derived = true\n", "derived"),
    ("decisions", _STATUS.format("70") + "derived = true\n", "derived"),
    ("documents", '[[document]]\ntypes = ["Y128"]\ndirections = ["import"]\nform_unasked = false\n', "form_unasked"),
    ("decisions", _CHED.format("ACCEPTABLE_SOMEHOW") + 'procedures = ["40"]\n', None),
    ("decisions", _STATUS.format("99") + 'procedures = ["40"]\npending = []\n', "procedures"),
    ("decisions", _STATUS.format("146") + "transit = true\n", "transit"),
    ("decisions", _STATUS.format("146") + 'pending = ["40"]\n', "pending"),
    ("decisions", _STATUS.format("146") + "opens = true\n", "opens"),
    ("decisions", _STATUS.format("47") + "opens = true\n", None),
    *(("decisions", _STATUS.format(status) + "removed = true\n", None) for status in ("70", "99", "146")),
    *(
        ("decisions", _CHED.format(f"ACCEPTABLE_FOR_{decision}") + "removed = true\n", None)
        for decision in ("INTERNAL_MARKET", "DIRECT_TRANSIT", "TRANSHIPMENT")
    ),
    ("decisions", '[[simplification]]\nname = "entry_in_records"\ntypes = ["C513"]\n', "types"),
    ("decisions", '[[simplification]]\nname = "entry_in_records"\ndatasets = ["I3"]\n', "datasets"),
    ("decisions", '[[simplification]]\nname = "entry_in_records"\none_country = true\n', "one_country"),
    ("decisions", '[[simplification]]\nname = "entry_in_records"\nremoved = true\n', None),
    ("decisions", '[[accompanied]]\ntype = "C673"\nfact = "sort"\n', "fact"),
    ("decisions", '[[accompanied]]\ntype = "C673"\nvalue = "STATEMENT"\n', "value"),
    ("decisions", '[[accompanied]]\ntype = "C673"\nby = "certificates"\n', "by"),
    ("decisions", '[[accompanied]]\ntype = "C673"\nremoved = true\n', None),
    ("decisions", '[[accompanied]]\ntype = "N853"\nfact = "a"\nvalue = "b"\nby = "c"\nlegal_basis = "d"\n', None),
    ("decisions", '[[tolerance]]\nadapter = "traces"\npercent = "1"\n', "percent"),
    ("decisions", '[[tolerance]]\nadapter = "dual_use"\npercent = "1"\n', None),
    ("decisions", '[[second_officer]]\nstatuses = ["refused"]\noutcomes = ["valid"]\nremoved = true\n', None),
    ("contingency", '[[window]]\ntypes = ["X060"]\nmodes = ["release"]\nlegal_basis = "x"\n', None),
    ("findings", '[[rule]]\ncodes = ["SW-DEC-051"]\nremoved = true\nvalid_to = 2026-12-31\n', None),
    ("answers", '[[status]]\nstatus = "refused"\nremoved = true\nvalid_to = 2026-12-31\n', None),
    ("answers", '[[refusal]]\nreason = "holder"\nremoved = true\nvalid_to = 2026-12-31\n', None),
    ("units", '[[unit]]\nword = "XYZ"\nunit = "KGM"\n', None),
    ("units", '[[unit]]\nword = "DTN"\nfactor = "10"\n', "factor"),
    ("units", '[[unit]]\nword = "DTN"\nunit = "GRM"\n', "unit"),
    ("changes", '[[ask_again]]\nadapter = "catch"\nstatuses = ["valid"]\nfor_days = 10\n', "for_days"),
    ("changes", '[[ask_again]]\nadapter = "catch"\nstatuses = ["valid"]\nfirst_minutes = 2000\nlongest_minutes = 2000\n', "first_minutes"),
    ("changes", '[[ask_again]]\nadapter = "catch"\nstatuses = ["valid"]\nlongest_minutes = 2000\n', "longest_minutes"),
    ("changes", '[[ask_again]]\nadapter = "catch"\nstatuses = ["valid"]\nremoved = true\n', None),
    ("changes", '[[before_release]]\nminutes = 6\n', "minutes"),
    ("changes", '[[before_release]]\nadapter = "catch"\nminutes = 2\n', None),
]  # fmt: skip


@pytest.mark.parametrize(("file", "text", "field"), part(LOOSENING, 8))
def test_what_loosens_is_named_and_needs_a_reason(tmp_path: Path, file: str, text: str, field: str | None) -> None:
    text += 'valid_from = 2026-02-01\nsource = "test"\n'
    silent = layer(tmp_path / "silent", **{file: text})
    with pytest.raises(ConfigurationError) as refused:
        load_tables(CONFIG, silent, also=faults)
    named = f" ({field}: " if field is not None else ", from 2026-02-01"
    assert any(
        fault.startswith(f"{silent}/{file}.toml:1: ") and named in fault and 'loosens = "reason"' in fault
        for fault in refused.value.faults
    ), refused.value.faults
    said = layer(tmp_path / "said", **{file: f'{text}loosens = "Circular 5/2026"\n'})
    tables = load_tables(CONFIG, said)
    assert field in [one.field for one in tables.loosenings]
    assert {(one.place, one.reason) for one in tables.loosenings} == {(f"{said}/{file}.toml:1", "Circular 5/2026")}
    # Against the set in force it is the same, and the other way round it is none.
    assert field in [one.field for one in loosened(shipped(), tables)]


STRICTER = [
    ("documents", _document('level = "item"')),
    ("documents", _document('dispatch = "required"')),
    ("documents", _document("procedures = []", "C644")),
    ("documents", _holder('match = "first"')),
    ("documents", '[[together]]\ntypes = ["C640"]\ndirections = ["import"]\nbeside = ["N853"]\nlegal_basis = "x"\n'),
    ("documents", '[[designated_office]]\ntypes = ["C640"]\ndirections = ["import"]\noffices = ["FR001260"]\nlegal_basis = "x"\n'),
    ("decisions", '[[once]]\ntypes = ["C640"]\nstatuses = ["USED"]\nlegal_basis = "x"\n'),
    ("decisions", '[[deviation]]\ntypes = ["C690"]\nup = "0"\ndown = "5"\n'),
    ("documents", _document('commodity = "required"', "X061", "export")),
    ("documents", _document('authority = "the border post"\nlegal_basis = "Law 1"')),
    ("documents", '[[document]]\ntypes = ["U001"]\nauthority = "a"\nlegal_basis = "b"\ndirections = ["import"]\n'),
    ("documents", '[[statement]]\ntypes = ["Y931"]\nself_declared = false\n'),
    ("document_elements", '[[code_element]]\nbeginnings = ["U"]\nelements = ["supporting_document"]\n'),
    ("document_elements", '[[undivided]]\nformats = ["wco_dec"]\nremoved = true\n'),
    ("code_lists", '[[listed_code]]\ncode_list = "CL213"\nentries = ["C999"]\nelement = "supporting_document"\n'),
    ("code_lists", '[[listed_code]]\ncode_list = "CL213"\nentries = ["C640"]\nremoved = true\n'),
    ("requirements", _requirement('commodities = ["03", "1604", "1605", "0511"]')),
    ("requirements", _requirement('all_of = [["C673"]]\nalternatives = []')),
    ("requirements", _requirement('limits = [{ types = ["Y058"], net_mass = "2" }]', "veterinary control of fishery products")),
    ("documents", '[[general_authorisation]]\ntypes = ["X061"]\ndestinations = ["JP"]\n'),
    ("countries", '[[office]]\noffices = ["FR00ZZZ9", "FR000220"]\nentry = true\n'),
    ("requirements", _requirement('origins = ["EG", "GH", "GM", "IN", "SD", "NG"]', "increased control of food of non-animal origin: groundnuts")),
    ("findings", _rule('effect = "refuse"', "SW-DEC-010")),
    ("findings", _rule('told = "control"', "SW-DEC-240")),
    ("findings", '[[mode]]\nrule = "SW-DEC-047"\nmode = "active"\n'),
    ("findings", '[[mode]]\nrule = "SW-DEC-047"\nremoved = true\n'),
    ("decisions", _CHED.format("ACCEPTABLE_FOR_PRIVATE_IMPORT") + 'procedures = ["40"]\n'),
    ("decisions", _CHED.format("UNHEARD_OF") + "refused = true\n"),
    ("decisions", '[[tolerance]]\nadapter = "traces"\nremoved = true\n'),
    ("decisions", '[[second_officer]]\nstatuses = ["not_found"]\noutcomes = ["valid"]\n'),
    ("units", '[[unit]]\nword = "DTN"\nremoved = true\n'),
    ("changes", '[[ask_again]]\nadapter = "catch"\nstatuses = ["valid"]\nfirst_minutes = 60\n'),
    ("changes", '[[before_release]]\nminutes = 0\n'),
    ("changes", '[[before_release]]\nremoved = true\n'),
]  # fmt: skip


@pytest.mark.parametrize(("file", "text"), part(STRICTER, 8))
def test_what_is_stricter_or_says_the_same_needs_no_reason(tmp_path: Path, file: str, text: str) -> None:
    tables = over(tmp_path, **{file: f'{text}valid_from = 2026-02-01\nsource = "test"\n'})
    assert tables.loosenings == ()


def test_what_is_stricter_is_loosened_by_going_back(tmp_path: Path) -> None:
    tables = over(tmp_path, findings=_rule('effect = "refuse"\nvalid_from = 2026-02-01\nsource = "test"', "SW-DEC-010"))
    assert loosened(shipped(), tables) == ()
    (back,) = loosened(tables, shipped())
    assert (back.field, back.before, back.after, back.reason) == ("effect", "refuse", "hold", None)
    assert back.place.startswith("findings.toml:")


def test_rows_that_say_the_same_in_another_way_loosen_nothing(tmp_path: Path) -> None:
    """Two rows for one, other days, another order: what counts is what holds on each day."""
    split = "".join(
        f'[[tolerance]]\nadapter = "traces"\nvalid_from = {begins}\n{ends}source = "test"\n'
        for begins, ends in (("2026-01-01", "valid_to = 2026-06-30\n"), ("2026-07-01", ""))
    )
    documents = _document('waivers = ["Y931", "Y930"]\nvalid_from = 2026-01-01\nsource = "test"')
    tables = over(tmp_path, decisions=split, documents=documents.replace('["Y931", "Y930"]', '["Y930", "Y931"]'))
    assert tables.loosenings == ()
    assert loosened(shipped(), tables) == loosened(tables, shipped()) == ()


def test_a_row_that_ends_earlier_loosens_from_then_on() -> None:
    def ended(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(replace(row, valid_to=date(2026, 12, 31)) if "L100" in row.types else row for row in rows)

    (found,) = loosened(ordinary(), altered(routes=ended))
    assert (found.keys, found.field, found.valid_from) == (("L100, import", "L100, transit"), None, date(2027, 1, 1))
    assert found.place.startswith("documents.formalities.toml:")


def test_every_field_of_every_kind_has_a_direction() -> None:
    """Whoever adds a field or a kind of row says in its class when another value of it loosens."""
    assert set(DIRECTIONS) | DECIDE_NOTHING == set(KINDS)
    for into, directions in DIRECTIONS.items():
        own = {"valid_from", "valid_to", "source", "loosens", "place", *KINDS[into].key}
        assert set(directions.fields) == {one.name for one in fields(KINDS[into].type)} - own, into
        assert all(way is NEUTRAL or way.means for way in directions.fields.values())


def _noted(row: Any) -> Any:
    """A decision with a note, words that contradict it, and extracts."""
    return replace(row, described=("organic", "bio"), unless=("conversion",), extracts=True)


OF_SETS: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("routes", "report"): lambda row: replace(row, report=False),
    ("conversions", "base"): lambda row: replace(row, base="LTR"),
    ("conversions", "factor"): lambda row: replace(row, factor=row.factor * 2),
    ("supplementary", "unit"): lambda row: replace(row, unit="KGM" if row.unit != "KGM" else "LTR"),
    ("supplementary", "factor"): lambda row: replace(row, factor=row.factor / 2),
    ("modes", "mode"): lambda row: replace(row, mode=Mode.SHADOW),
    ("statements", "self_declared"): lambda row: replace(row, self_declared=True),
    ("required", "at_entry"): lambda row: replace(row, at_entry=True),
    ("required", "declared_country"): lambda row: replace(row, declared_country=True, at_entry=False),
    ("prefix_classes", "name"): lambda row: replace(row, name=DocumentClass.COMMERCIAL),
    ("grounds", "days"): lambda row: replace(row, days=None if row.days is None else row.days + 1),
    ("grounds", "years"): lambda row: replace(row, years=None if row.years is None else row.years + 1),
    ("grounds", "goods"): lambda row: replace(row, goods=GoodsAre.BACK if row.goods is GoodsAre.OUT else row.goods),
    ("acceptance_periods", "days"): lambda row: replace(row, days=row.days + 1),
    ("acceptance_periods", "stated_days"): lambda row: replace(row, stated_days=row.stated_days + 1),
    ("windows", "modes"): lambda row: replace(row, modes=tuple(WindowMode)),
    ("causes", "outage"): lambda row: replace(row, outage=True),
    ("credibility_checks", "measure_type"): lambda row: replace(row, measure_type="999"),
    ("credibility_checks", "commodities"): lambda row: replace(row, commodities=("1001",)),
    ("credibility_checks", "excepted"): lambda row: replace(row, excepted=("1001",)),
    ("credibility_checks", "directions"): lambda row: replace(row, directions=(Direction.EXPORT,)),
    ("credibility_checks", "origins"): lambda row: replace(row, origins=("AR",)),
    ("credibility_checks", "excepted_origins"): lambda row: replace(row, excepted_origins=("UA",)),
    ("credibility_checks", "thresholds"): lambda row: replace(row, thresholds=row.thresholds[:2]),
    ("credibility_checks", "otherwise"): lambda row: replace(row, otherwise="29"),
    ("credibility_checks", "documents"): lambda row: replace(row, documents=("N853",)),
    ("credibility_checks", "taric_unit"): lambda row: replace(row, taric_unit="GRM"),
    ("credibility_checks", "per"): lambda row: replace(row, per="CEN"),
    ("credibility_checks", "currency"): lambda row: replace(row, currency="USD"),
    ("credibility_checks", "description"): lambda row: replace(row, description="text"),
    ("credibility_checks", "published"): lambda row: replace(row, published=True),
    ("credibility_types", "judged"): lambda row: replace(row, judged=Judged.BY_CONDITIONS),
    ("credibility_actions", "outcome"): lambda row: replace(row, outcome=CheckOutcome.ALLOWED),
    ("equalities", "counts"): lambda row: replace(row, counts=True),
    ("exchange_rates", "per_euro"): lambda row: replace(row, per_euro=row.per_euro * 2),
    ("currencies", "currency"): lambda row: replace(row, currency="XAU"),
    ("decisions", "described"): lambda row: replace(_noted(row), described=("organic",)),
    ("decisions", "unless"): lambda row: replace(_noted(row), unless=("conversion", "other")),
    ("decisions", "extracts"): lambda row: replace(_noted(row), extracts=False),
    ("together", "procedures"): lambda row: replace(row, procedures=("40",)),
    ("together", "beside"): lambda row: replace(row, beside=(*row.beside, "C403")),
    ("together", "fact"): lambda row: replace(row, fact="other"),
    ("together", "by"): lambda row: replace(row, by="other"),
    ("together", "value"): lambda row: replace(row, value="other"),
    ("designated_offices", "offices"): lambda row: replace(row, offices=("FR001260", "FR")),
    ("once", "statuses"): lambda row: replace(row, statuses=("SPENT",)),
    ("once", "procedures"): lambda row: replace(row, procedures=("40",)),
    ("once", "by"): lambda row: replace(row, by="other"),
    ("deviations", "up"): lambda row: replace(row, up=row.up + 1),
    ("deviations", "down"): lambda row: replace(row, down=row.down + 1),
}
"""What no single row of a further folder shows, because other checks refuse it or the delivered rows are as lax."""
NATIONAL = PrefixClass(
    name=DocumentClass.BY_OFFICER, prefixes=("9Z",), legal_basis="test", valid_from=date(2026, 1, 1), source="test"
)
_SAMPLES: dict[str, Any] = {
    "prefix_classes": NATIONAL,
    "credibility_checks": check(),
    "exchange_rates": rate("USD", "1.1"),
    "designated_offices": designated("FR001260"),
}
_STRICT: dict[str, Callable[[Any], Any]] = {
    "decisions": _noted,
    "routes": lambda row: replace(row, report=True),
    "modes": lambda row: replace(row, mode=Mode.ACTIVE),
    "statements": lambda row: replace(row, self_declared=False),
    "causes": lambda row: replace(row, outage=False),
    "required": lambda row: replace(row, at_entry=False),
    "credibility_types": lambda row: replace(row, judged=Judged.WHEN_DESCRIBED),
    "credibility_actions": lambda row: replace(row, outcome=CheckOutcome.CORRECTION),
}


@pytest.mark.parametrize(("into", "name"), OF_SETS)
def test_what_loosens_is_found_between_sets(into: str, name: str) -> None:
    strict = altered(**{into: lambda rows: tuple(map(_STRICT.get(into, lambda row: row), rows or (_SAMPLES[into],)))})
    lax = altered(**{into: lambda rows: tuple(map(OF_SETS[into, name], rows or (_SAMPLES[into],)))})
    assert {(one.table, one.field) for one in loosened(strict, lax)} == {(KINDS[into].table, name)}


def test_a_statement_that_is_given_up_contradicts_nothing_any_more() -> None:
    (found,) = loosened(
        ordinary(), altered(statements=lambda rows: tuple(row for row in rows if "Y931" not in row.types))
    )
    assert (found.table, found.keys, found.field) == ("statement", ("Y931",), None)


def test_a_longer_prefix_counts_before_a_shorter_one() -> None:
    row = shipped().supplementary[0]
    prefix = row.commodities[0]
    finer = replace(row, commodities=(f"{prefix}9",), factor=row.factor / 2)
    (found,) = loosened(ordinary(), altered(supplementary=lambda rows: (*rows, finer)))
    assert (found.keys, found.field) == ((f"{prefix}9",), "factor")


@pytest.mark.parametrize("into", sorted(DIRECTIONS.keys() & {one.name for one in fields(Tables)}))
def test_every_direction_that_loosens_is_tried(into: str) -> None:
    """Each has an example above; wings have theirs in their own tests."""
    tried = {(file, field) for file, _, field in LOOSENING}
    files = [name.removesuffix(".toml") for name, kinds in _FILES if any(kind.into == into for kind in kinds)]
    for name, way in DIRECTIONS[into].fields.items():
        if way is not NEUTRAL and (into, name) not in OF_SETS:
            assert any((file, name) in tried for file in files), name


def test_a_set_from_before_documents_had_classes_is_not_compared_by_them() -> None:
    assert loosened(altered(classes=lambda rows: ()), shipped()) == ()


def _days() -> st.SearchStrategy[date]:
    return st.integers(0, 40).map(lambda number: date(2026, 1, 1) + timedelta(days=number))


@given(
    st.lists(
        st.tuples(_days(), st.booleans(), st.sampled_from(list(Use))),
        min_size=1,
        max_size=4,
        unique_by=lambda one: one[0],
    ),
    st.lists(
        st.tuples(_days(), st.booleans(), st.sampled_from(list(Use))),
        min_size=1,
        max_size=4,
        unique_by=lambda one: one[0],
    ),
)
def test_day_by_day_exactly_what_is_laxer_is_found(
    before: list[tuple[date, bool, Use]], after: list[tuple[date, bool, Use]]
) -> None:
    old, new = _set_of(before), _set_of(after)
    found = loosened(old, new)
    for number in range(45):
        day = date(2026, 1, 1) + timedelta(days=number)
        was, now = old.at(day).route("U001", Direction.IMPORT), new.at(day).route("U001", Direction.IMPORT)
        said = {one.field for one in found if one.valid_from <= day and (one.valid_to is None or day <= one.valid_to)}
        laxer: set[str | None] = set()
        if was is not None and now is None:
            laxer.add(None)
        if was is not None and now is not None:
            laxer |= {"decided"} if was.decided and not now.decided else set()
            laxer |= {"holder"} if list(Use).index(now.holder) < list(Use).index(was.holder) else set()
        assert said == laxer


def _set_of(steps: list[tuple[date, bool, Use]]) -> Tables:
    ordered = sorted(steps)
    ends: Callable[[int], date | None] = lambda number: (  # noqa: E731
        ordered[number + 1][0] - timedelta(days=1) if number + 1 < len(ordered) else date(2026, 2, 5)
    )
    rows = tuple(
        DocumentRoute(
            types=("U001",),
            directions=(Direction.IMPORT,),
            authority="test",
            legal_basis="test",
            decided=decided,
            holder=holder,
            valid_from=begins,
            valid_to=max(begins, ends(number) or begins),
            source="test",
        )
        for number, (begins, decided, holder) in enumerate(ordered)
    )
    return Tables(version="1", digest="1", routes=rows)
