"""Tables that cannot be meant are refused with file and line: each as a small folder over the delivered ones."""

from datetime import date
from pathlib import Path

import pytest

from gateway.decisions import faults
from gateway.domain.errors import ConfigurationError
from gateway.settings.tables import load_tables
from gateway.settings.tables.bounds import far
from tests.builders.extent import part
from tests.builders.layers import layer, over
from tests.builders.places import CONFIG

TAIL = 'valid_from = 2026-02-01\nsource = "test"\nloosens = "test"\n'
ROUTE = '[[document]]\ntypes = ["U001"]\nauthority = "test"\nadapter = "traces"\ndirections = ["import"]\nlegal_basis = "test"\n'
PLAIN = '[[document]]\ntypes = ["U001"]\nauthority = "test"\ndirections = ["import"]\nlegal_basis = "test"\n'
REQUIREMENT = (
    '[[requirement]]\nmeasure = "test"\ncommodities = ["01"]\ndirections = ["import"]\nlegal_basis = "test"\n'
    'all_of = [["C640"]]\n'
)
OTHER = '[[requirement]]\nmeasure = "test"\ndirections = ["import"]\nlegal_basis = "test"\n'
HOLDER = '[[holder]]\ntypes = ["U001"]\ndirections = ["import"]\n'
GENERAL = '[[general_authorisation]]\ntypes = ["X061"]\nlegal_basis = "test"\n'
STATEMENT = '[[statement]]\ntypes = ["U002"]\ndirections = ["import"]\n'
RULE = '[[rule]]\ncodes = ["SW-DEC-010"]\n'
CHED = '[[decision]]\ntypes = ["N853"]\ndecisions = ["TEST"]\n'
AGAIN = '[[ask_again]]\nadapter = "traces"\nstatuses = ["valid"]\n'
WINDOW = '[[window]]\ntypes = ["X060"]\n'
GROUND = '[[ground]]\nname = "mine"\nkind = "invalidation"\nphases = ["after_release"]\nlegal_basis = "test"\n'

LIMIT = '[[time_limit]]\nname = "mine"\nfirst_day = "accepted"\ndirections = ["import"]\nlegal_basis = "test"\n'

WRONG = [
    # Those of the outside review (W11)
    ("answers", '[[cause]]\ncause = "SW-ADP-04"\noutage = true\n', 1, "outage: SW-ADP-04 is no outage"),
    ("answers", '[[cause]]\ncause = "SW-ADP-02"\noutage = true\n', 1, "outage: SW-ADP-02 is no outage"),
    ("answers", '[[cause]]\ncause = "SW-ADP-03"\noutage = true\n', 1, "outage: SW-ADP-03 is no outage"),
    ("requirements", REQUIREMENT + 'origins = ["UK"]\n', 1, "origins: UK is no country of customs' list (countries.toml); did you mean 'GB'?"),
    ("requirements", REQUIREMENT + 'origins = ["XX"]\n', 1, "origins: XX is no country"),
    ("requirements", REQUIREMENT + 'origins = ["NO", "EL"]\n', 1, "did you mean 'GR'?"),
    ("requirements", REQUIREMENT + 'excepted_origins = ["UK"]\n', 1, "excepted_origins: UK is no country"),
    ("decisions", '[[tolerance]]\nadapter = "traces"\npercent = "5000"\n', 1, "percent: 5000 is more than 10"),
    ("decisions", '[[tolerance]]\nadapter = "traces"\npercent = "10.01"\n', 1, "percent: 10.01 is more than 10"),
    # Figures with more digits than anybody could write out
    ("decisions", '[[tolerance]]\nadapter = "traces"\npercent = "1e90000000"\n', 3, "percent: 1E+90000000 is no such figure"),
    ("units", '[[unit]]\nword = "ZZZ"\nunit = "KGM"\nfactor = "1e90000000"\n', 4, "factor: 1E+90000000 is no such figure"),
    ("units", '[[unit]]\nword = "ZZZ"\nunit = "KGM"\nfactor = "1e-90000000"\n', 4, "factor: 1E-90000000 is no such figure"),
    # Countries
    ("requirements", REQUIREMENT + 'origins = ["no"]\n', 7, "origins: 'no' is no country"),
    ("requirements", REQUIREMENT + 'origins = ["NOR"]\n', 7, "origins: 'NOR' is no country"),
    ("requirements", REQUIREMENT + 'origins = ["NO", "IS"]\nexcepted_origins = ["NO"]\n', 1, "origins: NO are left out again"),
    ("countries", '[[country]]\ncountries = ["uk"]\n', 2, "countries: 'uk' is no country"),
    ("countries", '[[country]]\ncountries = []\n', 2, "countries: at least one is needed"),
    # Destinations, offices, types of declaration, additional procedures, limits
    ("documents", GENERAL + 'destinations = ["UK"]\n', 1, "destinations: UK is no country of customs' list (countries.toml); did you mean 'GB'?"),
    ("documents", GENERAL + 'destinations = []\nexcluded = ["XX"]\n', 1, "excluded: XX is no country"),
    ("documents", GENERAL + 'destinations = ["Japan"]\n', 4, "destinations: 'Japan' is no country"),
    ("documents", GENERAL.replace("X061", "U001") + 'destinations = []\n', 4, "so it covers every country"),
    ("documents", GENERAL.replace("X061", "U001") + 'destinations = ["JP"]\n', 1, "general_authorisation names U001, which no"),
    ("countries", '[[office]]\noffices = ["FR0012"]\nentry = true\n', 2, "'FR0012' is no customs office (an8), and no country"),
    ("countries", '[[office]]\noffices = ["FR001260"]\nentry = "yes"\n', 3, "Expected `bool"),
    ("requirements", '[[union_transit]]\ndeclaration_types = ["t2"]\nlegal_basis = "x"\n', 2, "'t2' is no type of declaration"),
    ("requirements", '[[judged_by_officer]]\nadditional_procedures = ["F1"]\nlegal_basis = "x"\n', 2, "'F1' is no additional procedure"),
    ("requirements", REQUIREMENT + 'excepted_additional_procedures = ["4000"]\n', 7, "'4000' is no additional procedure"),
    ("requirements", REQUIREMENT + "at_entry = true\n", 7, "at_entry: is about transit, and the measure holds in none"),
    ("requirements", REQUIREMENT + "declared_country = true\n", 7, "declared_country: who leaves the country out would be"),
    ("requirements", REQUIREMENT + 'limits = [{ types = ["C640"], net_mass = "0" }]\n', 7, "limits: 0 is no such figure"),
    ("requirements", REQUIREMENT + 'limits = [{ types = ["C640"], net_mass = "1e90000000" }]\n', 7, "is no such figure"),
    ("requirements", REQUIREMENT + 'limits = [{ types = ["Y930"], net_mass = "2" }]\n', 1, "limits: Y930 meets no group of the measure"),
    ("requirements", REQUIREMENT + 'limits = [{ types = ["C640"] }]\n', 7, "net_mass"),
    # Where goods are by a ground
    ("applications", GROUND, 1, "goods: an invalidation after release says where the goods are by it"),
    ("applications", GROUND + 'goods = "gone"\n', 6, "goods"),
    ("applications", GROUND.replace("after", "before") + 'goods = "back"\n', 6, "goods: is said of an invalidation after release alone"),
    ("applications", GROUND.replace("invalidation", "amendment") + 'goods = "out"\n', 6, "goods: is said of an invalidation"),
    # Time limits while goods are held
    ("time_limits", LIMIT, 1, "days: a limit is said in one of days, working_days and years: say one of them"),
    ("time_limits", LIMIT + "days = 3\nyears = 1\n", 6, "days: a limit is said in one of"),
    ("time_limits", LIMIT + "days = 0\n", 6, "days: lies between 1 and 3653"),
    ("time_limits", LIMIT + "days = -30\n", 6, "days: lies between 1 and 3653"),
    ("time_limits", LIMIT + "working_days = 0\n", 6, "working_days: lies between 1 and 3653"),
    ("time_limits", LIMIT + "years = 11\n", 6, "years: lies between 1 and 10"),
    ("time_limits", LIMIT + 'days = "30"\n', 6, "days"),
    ("time_limits", LIMIT + 'days = 30\ncounting = "reg_1183"\n', 7, "Invalid enum value 'reg_1183' - at `$.counting`: it is one of reg_1182, monday, tuesday, wednesday, thursday, friday, saturday, sunday; did you mean 'reg_1182'?"),
    ("time_limits", LIMIT + 'days = 30\ncounting = ["lundi"]\n', 7, "Invalid enum value 'lundi'"),
    ("time_limits", LIMIT + "days = 30\ncounting = []\n", 7, 'counting: at least one weekday counts: write "reg_1182"'),
    ("time_limits", LIMIT + 'days = 30\nturn = "trader"\n', 7, "it is one of officer, declarant, authority, nobody"),
    ("time_limits", LIMIT + 'days = 30\nturns = ["declarent"]\n', 7, "it is one of officer, declarant, authority, nobody; did you mean 'declarant'?"),
    ("time_limits", LIMIT + 'days = 30\nnatures = ["refused"]\n', 7, "it is one of information, correction, refusal, wait, undetermined, check; did you mean 'refusal'?"),
    ("time_limits", LIMIT.replace("accepted", "received") + "days = 30\n", 3, "it is one of lodged, accepted, presented, refusal_told, authority_told"),
    ("time_limits", LIMIT.replace("accepted", "refusal_told") + "days = 30\n", 1, 'effects: a limit from the communication of a refusal runs for refusals: effects = ["refuse"]'),
    ("time_limits", LIMIT + 'days = 30\neffects = ["release"]\n', 7, "effects: release holds nothing, so the limit never runs for it: name hold or refuse"),
    ("time_limits", LIMIT + 'days = 30\ntypes = ["n853"]\n', 7, "types: 'n853' is no document code (an4)"),
    ("time_limits", LIMIT + 'days = 30\ntypes = ["9ZZ9"]\n', 1, "time_limit names 9ZZ9, which no [[document]] or [[statement]] row knows"),
    ("time_limits", LIMIT + 'days = 30\nprevious = ["0"]\n', 7, "previous: '0' is no previous procedure (an2)"),
    ("time_limits", LIMIT + 'days = 30\ndeclaration_types = ["im"]\n', 7, "declaration_types: 'im' is no type of declaration"),
    ("time_limits", LIMIT + 'days = 30\nfirstday = "lodged"\n', 7, "unknown key 'firstday'; did you mean 'first_day'?"),
    ("time_limits", LIMIT.replace("legal_basis", "basis") + "days = 30\n", 5, "unknown key 'basis'"),
    # Goods
    ("requirements", OTHER + 'all_of = [["C640"]]\ncommodities = ["77"]\n', 1, "there is no chapter 77"),
    ("requirements", OTHER + 'all_of = [["C640"]]\ncommodities = ["0001"]\n', 1, "there is no chapter 00"),
    ("requirements", OTHER + 'all_of = [["C640"]]\ncommodities = ["04.01"]\n', 6, "'04.01' is no prefix"),
    ("requirements", OTHER + 'all_of = [["C640"]]\ncommodities = ["04011010000"]\n', 6, "'04011010000' is no prefix"),
    ("requirements", OTHER + 'all_of = [["C640"]]\ncommodities = ["4"]\n', 6, "'4' is no prefix"),
    ("requirements", OTHER + 'all_of = [["C640"]]\ncommodities = []\n', 6, "commodities: at least one is needed"),
    # Groups
    ("requirements", OTHER + 'commodities = ["01"]\nall_of = [["C640"], ["C640", "Y930"]]\n', 1, "what meets C640 meets C640 or Y930 too"),
    ("requirements", OTHER + 'commodities = ["01"]\nall_of = [["C640", "C640"]]\n', 1, "names one code twice"),
    ("requirements", OTHER + 'commodities = ["01"]\nall_of = [["C64"]]\n', 6, "'C64' is no document code"),
    ("requirements", OTHER + 'commodities = ["01"]\nall_of = ["C640"]\n', 6, "Expected"),
    ("requirements", REQUIREMENT + 'alternatives = [{ to = "C640", types = ["C640"], commodities = ["01"] }]\n', 1, "C640 stands in for itself"),
    ("requirements", REQUIREMENT + 'procedures = ["4000"]\n', 7, "'4000' is no requested procedure"),
    ("requirements", REQUIREMENT + 'procedures = ["99"]\n', 1, "99 are no procedures in import"),
    ("requirements", REQUIREMENT.replace('"import"', '"inbound"'), 4, "inbound"),
    ("requirements", REQUIREMENT + 'described = [" "]\n', 7, "described: a text is needed"),
    # Documents
    ("documents", PLAIN.replace("U001", "n853"), 2, "'n853' is no document code"),
    ("documents", PLAIN.replace('["import"]', "[]"), 4, "directions: at least one is needed"),
    ("documents", ROUTE + 'holder = "required"\n', 1, "holder: `party` has to name who holds the document"),
    ("documents", ROUTE + 'holder = "required"\n' + TAIL + HOLDER + 'procedures = ["40"]\nparties = ["importer"]\n', 1, "[[holder]] rows for every procedure (U001 in import)"),
    ("documents", HOLDER.replace("U001", "U002") + 'parties = ["importer"]\n', 1, "holder names U002, which no"),
    ("documents", PLAIN + TAIL + HOLDER + 'parties = ["holder"]\n', 9, "holder is that of a transit procedure"),
    ("documents", PLAIN + TAIL + HOLDER + 'parties = ["importer", "importer"]\n', 9, "one of them is named twice"),
    ("documents", PLAIN + TAIL + HOLDER + 'parties = ["declarant", "importer"]\nmatch = "first"\n', 9, "a declarant is always declared"),
    ("documents", PLAIN + TAIL + HOLDER + 'procedures = ["10"]\nparties = ["importer"]\n', 9, "procedures: 10 are no procedures in import"),
    ("documents", PLAIN + TAIL + HOLDER.replace("import", "export") + 'parties = ["exporter"]\n', 9, "U001 is a document in other directions only"),
    ("documents", ROUTE + 'procedures = ["40"]\nquantity = "own"\ncommodity = "required"\nreserves = ["40", "45"]\n', 1, "reserves: 45 lie outside of procedures"),
    ("documents", ROUTE.replace("import", "transit") + 'procedures = ["40"]\n', 1, "procedures: 40 are no procedures in transit"),
    ("documents", '[[together]]\ntypes = ["C640"]\ndirections = ["import"]\nbeside = ["C640"]\nlegal_basis = "x"\n', 1, "beside: C640 cannot stand beside itself"),
    ("documents", '[[together]]\ntypes = ["C640"]\ndirections = ["import"]\nbeside = ["C64"]\nlegal_basis = "x"\n', 4, "beside: 'C64' is no document code"),
    ("documents", '[[together]]\ntypes = ["C640"]\ndirections = ["import"]\nbeside = ["N853"]\nfact = "asks"\nlegal_basis = "x"\n', 1, "a fact and what it says (value) go together"),
    ("documents", '[[designated_office]]\ntypes = ["C640"]\ndirections = ["import"]\noffices = ["FR12"]\nlegal_basis = "x"\n', 4, "'FR12' is no customs office"),
    ("decisions", '[[once]]\ntypes = ["U009"]\nstatuses = ["USED"]\nlegal_basis = "x"\n', 1, "once names U009, which no"),
    ("decisions", '[[deviation]]\ntypes = ["C690"]\nup = "11"\ndown = "10"\nlegal_basis = "x"\n', 1, "up: 11 is more than 10"),
    ("decisions", '[[deviation]]\ntypes = ["C690"]\nup = "-1"\ndown = "10"\nlegal_basis = "x"\n', 3, "up: -1 is no such figure"),
    ("decisions", CHED + 'procedures = ["40"]\ndescribed = ["a"]\n', 1, "described: without a note"),
    ("decisions", CHED + 'procedures = ["40"]\nunless = ["a"]\n', 1, "unless: without words"),
    ("decisions", CHED + "refused = true\nextracts = true\n", 1, "extracts: a refusal has none"),
    ("documents", ROUTE + 'quantity = "ledger"\ncommodity = "required"\n', 7, "`reserves` has to name"),
    ("documents", ROUTE + 'quantity = "ledger"\nreserves = ["40"]\n', 7, 'needs commodity = "required"'),
    ("documents", ROUTE + 'quantity = "ledgers"\n', 7, "ledgers"),
    ("documents", PLAIN + "report = true\n", 1, "report: document U001 has no adapter that could tell its authority"),
    ("documents", ROUTE + 'report = "yes"\n', 7, "Expected `bool"),
    ("documents", ROUTE + 'decided = "false"\n', 7, "Expected `bool"),
    ("documents", PLAIN + 'level = "header"\n', 6, "header"),
    ("documents", PLAIN + "form = '('\n", 6, "no regular expression"),
    ("documents", PLAIN + "form = '.*'\nexample = 'A'\n", 1, "form: takes an empty reference"),
    ("documents", PLAIN + "form = 'A[0-9]+'\n", 1, "form: needs an example"),
    ("documents", PLAIN + 'waivers = ["C640"]\n', 1, "waivers: C640 is a document itself"),
    ("documents", PLAIN + "waivers = [\"Y999\"]\n", 1, "names Y999, which no"),
    ("documents", PLAIN.replace('"U001"', '"U001", "U001"'), 1, "is given already"),
    ("documents", STATEMENT + 'waives = ["Y930"]\n', 1, "Y930 is a statement itself"),
    ("documents", STATEMENT + 'waives = ["U002"]\n', 1, "U002 is a statement itself"),
    ("documents", STATEMENT + 'waives = "C640"\n', 4, "Expected"),
    ("documents", '[[old_code]]\ntype = "X002"\ninstead = ["X002", "X060"]\n', 1, "X002 is replaced by itself"),
    ("documents", '[[mark]]\ntypes = ["Y117"]\nrefused = ["10"]\n', 1, "refused: 10 are no procedures in import"),
    ("documents", '[[dataset]]\ndataset = "H1"\ninstead = "H7"\n', None, "which is to be lodged instead, is none either"),
    ("documents", "[[foreign_form]]\ntypes = [\"C673\"]\nform = '['\nwhose = \"x\"\n", 3, "no regular expression"),
    # Findings
    ("findings", RULE + 'effect = "allow"\n', 3, "allow"),
    ("findings", RULE + 'nature = "unknown"\n', 3, "unknown"),
    ("findings", RULE + 'legal_basis = " "\n', 3, "legal_basis: a text is needed"),
    ("findings", '[[rule]]\ncodes = ["SW-DEC-10"]\n', 2, "no code of a finding"),
    ("findings", '[[rule]]\ncodes = ["SW-DEC-899"]\neffect = "hold"\nnature = "check"\nlegal_basis = "x"\n', 1, "SW-DEC-899 is no rule's finding"),
    ("findings", '[[mode]]\nrule = "SW-DEC-047"\nmode = "off"\n', 3, "off"),
    ("findings", '[[mode]]\nrule = "SW-DEC-047"\nmode = "shadow"\ntypes = ["N999"]\n', 1, "mode names N999, which no"),
    ("advice", '[[advice]]\nnatures = ["check"]\neffect = "hold"\nstages = ["after_acceptance"]\nadvice = "none"\n', 1, "needs an advice other than none"),
    ("advice", '[[advice]]\nnatures = ["check"]\neffect = "hold"\nstages = ["after_acceptance"]\nadvice = "reject"\n', 1, "comes too late"),
    ("decisions", CHED + 'procedures = ["40"]\nrefused = true\n', 1, "is a refusal, and fits procedures"),
    ("decisions", CHED.replace("N853", "X060") + 'procedures = ["10"]\n', 1, "X060 is routed to no authority whose decision counts"),
    ("decisions", '[[second_officer]]\nstatuses = []\noutcomes = ["valid"]\n', 2, "statuses: at least one is needed"),
    # Windows (W12)
    ("contingency", '[[window]]\ntypes = ["N853"]\nmodes = ["release"]\n', 1, "N853: goods are never released without this document"),
    ("contingency", '[[window]]\ntypes = ["C085", "C678", "C640"]\nmodes = ["release"]\n', 1, "C085, C678, C640: goods are never released"),
    ("contingency", '[[window]]\ntypes = ["C644"]\nmodes = ["release"]\n', 1, "C644: goods are never released"),
    ("contingency", WINDOW + 'modes = ["release"]\n', 1, "legal_basis is missing"),
    ("contingency", WINDOW + 'modes = ["release"]\nlegal_basis = ""\n', 4, "legal_basis: a text is needed"),
    ("contingency", WINDOW + 'modes = []\nlegal_basis = "x"\n', 3, "modes: at least one is needed"),
    ("contingency", WINDOW + 'modes = ["let_go"]\nlegal_basis = "x"\n', 3, "let_go"),
    ("contingency", WINDOW.replace("X060", "X099") + 'modes = ["release"]\nlegal_basis = "x"\n', 1, "window names X099, which no"),
    # Units, pauses
    ("units", '[[unit]]\nword = "XYZ"\nunit = "KGM"\nfactor = "0"\n', 4, "factor: 0 is no such figure"),
    ("units", '[[unit]]\nword = "XYZ"\nunit = "KGM"\nfactor = "1e-30"\n', 1, "is no factor between units"),
    ("units", '[[unit]]\nword = "XYZ"\nunit = "KGM"\nfactor = "1e30"\n', 1, "is no factor between units"),
    ("units", '[[unit]]\nword = "XYZ"\nunit = "kilogram"\n', 3, "no unit (UN/ECE Rec 20)"),
    ("units", '[[conversion]]\nunit = "KGM"\nbase = "KGM"\nfactor = "2"\n', 1, "is given in itself"),
    ("units", '[[supplementary_unit]]\ncommodities = ["7701"]\nunit = "KGM"\n', 1, "there is no chapter 77"),
    ("changes", AGAIN + "first_minutes = 0\nlongest_minutes = 1\nfor_days = 1\n", 4, "first_minutes: lies between 0"),
    ("changes", AGAIN + "first_minutes = 10\nlongest_minutes = 1\nfor_days = 1\n", 5, "longest_minutes: is shorter"),
    ("changes", AGAIN + "first_minutes = 10\nlongest_minutes = 10\nfor_days = 5000000\n", 6, "for_days: lies between 0"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "text", "line", "says"), part(WRONG, 2))
def test_a_table_that_cannot_be_meant_is_refused(
    tmp_path: Path, file: str, text: str, line: int | None, says: str
) -> None:
    folder = layer(tmp_path / "own", **{file: text + TAIL})
    with pytest.raises(ConfigurationError) as refused:
        load_tables(CONFIG, folder, also=faults)
    place = f"{folder}/{file}.toml:{line}: " if line is not None else ""
    assert any(fault.startswith(place) and says in fault for fault in refused.value.faults), refused.value.faults


@pytest.mark.parametrize(
    ("tail", "line", "says"),
    [
        ('valid_from = 0206-05-01\nsource = "test"\n', 1, "valid_from: 0206-05-01 lies before 1958-01-01"),
        ('valid_from = 2026-05-01\nvalid_to = 2025-05-01\nsource = "test"\n', 5, "valid_to: lies before valid_from"),
        ('valid_from = 2026-05-01\nsource = ""\n', 5, "source: a text is needed"),
        ('valid_from = 2026-05-01\nsource = "x"\nloosens = " "\n', 6, "loosens: a text is needed"),
        ('valid_from = "soon"\nsource = "x"\n', 4, "Invalid RFC3339"),
        ("valid_from = 2026-05-01\n", 1, "source is missing"),
        ('source = "x"\n', 1, "valid_from is missing"),
        ('valid_from = 2026-05-01\nsource = "x"\nloosen = "y"\n', 6, "did you mean 'loosens'?"),
        ('valid_from = 2026-05-01\nsource = "x"\nsource = "y"\n', 6, "not TOML"),
        ('valid_from = 2026-05-01\nsource = "x"\nremoved = true\n', 3, "unknown key 'unit'"),
    ],
)
def test_what_every_row_says_of_itself_is_judged(tmp_path: Path, tail: str, line: int, says: str) -> None:
    folder = layer(tmp_path / "own", units=f'[[unit]]\nword = "DTN"\nunit = "KGM"\n{tail}')
    with pytest.raises(ConfigurationError) as refused:
        load_tables(CONFIG, folder, also=faults)
    place = f"{folder}/units.toml:{line}: "
    assert any(fault.startswith(place) and says in fault for fault in refused.value.faults), refused.value.faults


def test_there_are_more_than_forty() -> None:
    assert len(WRONG) >= 40 + 9


def test_far_days_are_told_and_refuse_nothing(tmp_path: Path) -> None:
    text = '[[unit]]\nword = "XYZ"\nunit = "KGM"\nvalid_from = 2072-01-01\nsource = "test"\nloosens = "ours"\n'
    tables = over(tmp_path / "own", units=text)
    today = date(2026, 11, 26)
    assert list(far(tables, today)) == [
        f"{tmp_path}/own/units.toml:1: valid_from: 2072-01-01 is more than ten years ahead; is that the year that is meant?"
    ]
    assert list(far(load_tables(CONFIG), today)) == []


def test_every_origin_of_the_delivered_tables_and_every_code_of_customs_is_known() -> None:
    known = {code for row in load_tables(CONFIG).countries for code in row.countries}
    assert {"GR", "GB", "XI", "XK", "XS", "XC", "XL", "ME"} <= known
    assert not known & {"UK", "EL", "XX", "AN", "YU", "ZZ"}
