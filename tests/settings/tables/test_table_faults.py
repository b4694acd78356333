"""Whatever cannot be meant so in a table is refused, with file and line, all of it at once."""

from pathlib import Path

import pytest

from gateway.decisions import faults
from gateway.domain.errors import ConfigurationError
from gateway.settings.tables import load_tables
from tests.builders.layers import layer
from tests.builders.places import CONFIG
from tests.settings.tables.sample_rows import REQUIREMENT, ROUTE

DECISION = """[[decision]]
types = ["C640"]
decisions = ["TEST"]
source = "test"
valid_from = 2020-01-01
"""
STATUS = """[[authority_status]]
types = ["C640"]
status = "TEST"
source = "test"
valid_from = 2020-01-01
"""
STATEMENT = """[[statement]]
types = ["U002"]
directions = ["import"]
source = "test"
loosens = "test"
valid_from = 2020-01-01
"""
OLD = """[[old_code]]
type = "U003"
source = "test"
valid_from = 2020-01-01
"""


@pytest.mark.parametrize(
    ("file", "text", "line", "says"),
    [
        pytest.param(
            "documents",
            f"{ROUTE}valid_from = 2020-01-01\nvalid_to = 2020-12-31\n\n{ROUTE}valid_from = 2020-12-31\n",
            10,
            "document U001, import is given already at {folder}/documents.toml:1",
            id="days overlap",
        ),
        pytest.param(
            "documents",
            f"{ROUTE}valid_from = 2020-01-01\nvalid_to = 2020-12-30\n\n{ROUTE}valid_from = 2021-01-01\n",
            10,
            "document U001, import: no row holds from 2020-12-31 to 2020-12-31",
            id="gap",
        ),
        pytest.param(
            "documents",
            f'{ROUTE}valid_from = 2020-01-01\nvalid_to = 2020-12-30\n\n{STATEMENT}waives = ["U001"]\n',
            1,
            "U001 ends on 2020-12-30 without a successor, and statement at {folder}/documents.toml:10 still refers to it",
            id="route without successor",
        ),
        pytest.param(
            "documents",
            '[[document]]\ntypes = ["C640"]\ndirections = ["import", "transit"]\nremoved = true\n'
            'valid_from = 2027-01-01\nsource = "test"\n',
            None,
            "C640 ends on 2026-12-31 without a successor, and requirement at requirements/animals/2021-632.toml:",
            id="removed, but still referred to",
        ),
        pytest.param(
            "documents", f"{ROUTE}valid_form = 2020-01-01\n", 7, "did you mean 'valid_from'?", id="typo in key"
        ),
        pytest.param("documents", ROUTE, 1, "valid_from is missing", id="key missing"),
        pytest.param(
            "documents", ROUTE.replace("[[document]]", "[[documents]]"), 1, "did you mean 'document'?", id="table"
        ),
        pytest.param(
            "document", ROUTE, None, "document.toml: no file of tables; did you mean 'documents.toml'?", id="file"
        ),
        pytest.param(
            "documents",
            ROUTE.replace("U001", 'U001", "U001') + "valid_from = 2020-01-01\n",
            1,
            "is given already at",
            id="code twice",
        ),
        pytest.param(
            "documents",
            STATEMENT,
            1,
            "statement U002: waives: at least one is needed, since no requirement names U002",
            id="waives nothing",
        ),
        pytest.param(
            "documents",
            f'{STATEMENT}waives = ["X060"]\n',
            1,
            "X060 is a document in other directions only",
            id="other direction",
        ),
        pytest.param(
            "documents",
            f'{STATEMENT}waives = ["U004"]\n',
            1,
            "statement names U004, which no",
            id="unknown type waived",
        ),
        pytest.param(
            "documents",
            STATEMENT.replace("U002", "C640") + 'waives = ["N853"]\n',
            1,
            "C640 is a statement here and a document at documents.toml:",
            id="document and statement",
        ),
        pytest.param(
            "documents", f'{OLD}instead = ["U004"]\n', 1, "old_code names U004, which no", id="replaced by the unknown"
        ),
        pytest.param(
            "documents",
            OLD.replace("U003", "C640") + 'instead = ["N853"]\n',
            1,
            "C640 is replaced here, and still in use at documents.toml:",
            id="replaced and in use",
        ),
        pytest.param(
            "documents",
            f"{ROUTE}valid_from = 2020-01-01\ndecided = true\n",
            1,
            "has no adapter that is asked",
            id="nobody decides",
        ),
        pytest.param(
            "documents",
            f"{ROUTE}valid_from = 2020-01-01\nform = 'A\\d'\nexample = 'B1'\n",
            1,
            "example: 'B1' has not the form",
            id="example",
        ),
        pytest.param(
            "documents",
            f'{ROUTE}valid_from = 2020-01-01\nreserves = ["10"]\n',
            1,
            "reserves: 10 are no procedures in import",
            id="reserves in another direction",
        ),
        pytest.param(
            "documents",
            f'{ROUTE}valid_from = 2020-01-01\nadapter = "traces"\ncommodity = "required"\nquantity = "own"\nreserves = ["40"]\nverifies = ["40"]\n',
            1,
            "40: the quantity counts under it (reserves) and does not (verifies)",
            id="a procedure that reserves and only verifies",
        ),
        pytest.param(
            "documents",
            f'{ROUTE}valid_from = 2020-01-01\nverifies = ["40"]\n',
            1,
            "verifies: without a quantity nothing is compared",
            id="verified only without a quantity",
        ),
        pytest.param(
            "requirements",
            f'{REQUIREMENT}all_of = [["C640", "U004"]]\n',
            1,
            "requirement names U004, which no [[document]] or [[statement]] row knows",
            id="unknown type required",
        ),
        pytest.param(
            "requirements",
            f'{REQUIREMENT}all_of = [["C640"]]\nexcepted = ["03"]\n',
            1,
            "excepted: 03 lies outside of the commodities",
            id="excepted outside",
        ),
        pytest.param(
            "requirements",
            f'{REQUIREMENT}all_of = [["C640"]]\nexcepted = ["01"]\n',
            1,
            "commodities: 01 is excepted as a whole",
            id="excepted as a whole",
        ),
        pytest.param(
            "requirements",
            f'{REQUIREMENT}all_of = [["C640"]]\nprocedures = ["40", "10"]\n',
            1,
            "procedures: 10 are no procedures in import",
            id="procedure of another direction",
        ),
        pytest.param(
            "requirements",
            f'{REQUIREMENT}all_of = [["X060"]]\n',
            1,
            "all_of: nothing of X060 is a document or statement in import",
            id="group of another direction",
        ),
        pytest.param(
            "requirements",
            f'{REQUIREMENT}all_of = [["C640"]]\nalternatives = [{{ to = "N853", types = ["C085"], commodities = ["01"] }}]\n',
            1,
            "alternatives: N853 is in no group",
            id="alternative to nothing",
        ),
        pytest.param(
            "requirements",
            f'{REQUIREMENT}all_of = [["C640"]]\nalternatives = [{{ to = "C640", types = ["C085"], commodities = ["03"] }}]\n',
            1,
            "alternatives: 03 lies outside",
            id="alternative outside",
        ),
        pytest.param(
            "decisions",
            DECISION.replace("C640", "C673") + 'procedures = ["40"]\n',
            1,
            "C673 is routed to no authority whose decision counts",
            id="decision of nobody",
        ),
        pytest.param(
            "requirements",
            f'{REQUIREMENT}all_of = [["C640"]]\n'
            'alternatives = [{ to = "C640", types = ["N853"], commodities = ["01"], typ = "N854" }]\n',
            9,
            "unknown field `typ` - at `$.alternatives[0]`",
            id="unknown key inside",
        ),
        pytest.param(
            "decisions",
            f'{DECISION}procedures = ["10"]\n',
            1,
            "procedures: 10 are no procedures in",
            id="decision for no procedure",
        ),
        pytest.param(
            "decisions",
            f"{DECISION}refused = true\ntransit = true\n",
            1,
            "is a refusal, and fits",
            id="refusal that fits",
        ),
        pytest.param(
            "decisions", f"{DECISION}monitored = true\n", 1, "is monitored, but fits nothing", id="monitored to nowhere"
        ),
        pytest.param(
            "decisions",
            f"{STATUS}opens = true\ntransit = true\n",
            1,
            "leaves it to the decision, and names",
            id="opens and fits",
        ),
        pytest.param(
            "decisions",
            f'{STATUS}procedures = ["40"]\npending = ["40"]\n',
            1,
            "40 are fit and pending at once",
            id="fit and pending",
        ),
        pytest.param(
            "decisions",
            '[[tolerance]]\nadapter = "elsewhere"\npercent = "1"\nvalid_from = 2020-01-01\nsource = "test"\n',
            1,
            "nothing is routed to the adapter 'elsewhere'",
            id="tolerance of nobody",
        ),
        pytest.param(
            "changes",
            '[[ask_again]]\nadapter = "elsewhere"\nstatuses = ["pending"]\nfirst_minutes = 1\nlongest_minutes = 2\n'
            'for_days = 3\nvalid_from = 2020-01-01\nsource = "test"\n',
            1,
            "nothing is routed to the adapter 'elsewhere'",
            id="asks nobody again",
        ),
        pytest.param(
            "units",
            '[[supplementary_unit]]\ncommodities = ["99"]\nunit = "XYZ"\nvalid_from = 2020-01-01\nsource = "test"\n',
            1,
            "unit 'XYZ' is given by no [[unit]] row",
            id="unknown unit",
        ),
        pytest.param(
            "units",
            '[[conversion]]\nunit = "XYZ"\nbase = "GRM"\nfactor = "2"\nvalid_from = 2020-01-01\nsource = "test"\n',
            1,
            "base 'GRM' is itself given in 'KGM' at units.toml:",
            id="chain of conversions",
        ),
        pytest.param(
            "units",
            '[[unit]]\nword = "NOTHING"\nremoved = true\nvalid_from = 2027-01-01\nsource = "test"\n',
            1,
            "unit NOTHING is removed, but no earlier folder has it",
            id="nothing to remove",
        ),
        pytest.param(
            "units",
            '[[unit]]\nword = "DTNG"\nremoved = false\nvalid_from = 2027-01-01\nsource = "test"\n',
            3,
            "only `true` says something",
            id="not removed",
        ),
        pytest.param(
            "findings",
            '[[mode]]\nrule = "SW-DEC-999"\nmode = "shadow"\nvalid_from = 2020-01-01\nsource = "test"\n',
            1,
            "SW-DEC-999 is no rule's finding",
            id="unknown rule",
        ),
        pytest.param(
            "findings",
            '[[mode]]\nrule = "SW-DEC-071"\nmode = "shadow"\nvalid_from = 2020-01-01\nsource = "test"\n',
            1,
            "SW-DEC-071 says that something is not determined, so it is never in shadow",
            id="shadow that never falls",
        ),
        pytest.param(
            "findings",
            '[[rule]]\ncodes = ["SW-DEC-071"]\neffect = "release"\nnature = "undetermined"\nlegal_basis = "test"\n'
            'valid_from = 2020-01-01\nvalid_to = 2020-12-31\nsource = "test"\n',
            1,
            "SW-DEC-071 says that something is not determined, so its effect is hold",
            id="effect of what is not determined, on some days only",
        ),
        pytest.param(
            "answers",
            '[[cause]]\ncause = "SW-ADP-01"\nremoved = true\nvalid_from = 2027-01-01\nsource = "test"\n',
            None,
            "cause SW-ADP-01 ends on 2026-12-31 without a successor",
            id="answer without a finding",
        ),
        pytest.param(
            "answers",
            '[[status]]\nstatus = "refussed"\nrule = "SW-DEC-021"\nvalid_from = 2020-01-01\nsource = "test"\n',
            2,
            "Invalid enum value 'refussed'",
            id="unknown status",
        ),
    ],
)
def test_a_row_that_cannot_be_meant_so_is_refused(
    tmp_path: Path, file: str, text: str, line: int | None, says: str
) -> None:
    folder = layer(tmp_path / "own", **{file: text})
    with pytest.raises(ConfigurationError) as refused:
        load_tables(CONFIG, folder, also=faults)
    place = f"{folder}/{file}.toml:{line}: " if line else ""
    said = refused.value.faults
    assert any(fault.startswith(place) and says.format(folder=folder) in fault for fault in said), said


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    folder = layer(tmp_path, documents=f'{STATEMENT}waives = ["X060"]\n', decisions=f"{DECISION}monitored = true\n")
    with pytest.raises(ConfigurationError) as refused:
        load_tables(CONFIG, folder)
    assert len(refused.value.faults) == 2


def test_a_row_that_later_folders_replace_on_all_its_days_never_counts(tmp_path: Path) -> None:
    route = f"{ROUTE}valid_from = 2020-01-01\n"
    first, second = layer(tmp_path / "first", documents=route), layer(tmp_path / "second", documents=route)
    with pytest.raises(ConfigurationError, match=r"first/documents\.toml:1: document: never counts: later folders"):
        load_tables(CONFIG, first, second)


def test_days_that_are_removed_on_purpose_are_no_gap(tmp_path: Path) -> None:
    removal = (
        '[[unit]]\nword = "DTNG"\nremoved = true\nvalid_from = 2027-01-01\nvalid_to = 2027-03-31\nsource = "test"\n'
    )
    load_tables(CONFIG, layer(tmp_path, units=removal))


@pytest.mark.parametrize("missing", [True, False])
def test_a_further_folder_without_tables_is_refused(tmp_path: Path, missing: bool) -> None:
    folder = tmp_path / "own"
    if not missing:
        folder.mkdir()
    with pytest.raises(ConfigurationError, match=r"own/: (no such folder|the folder holds no file) of tables"):
        load_tables(CONFIG, folder)


def test_nothing_is_removed_from_the_first_folder(tmp_path: Path) -> None:
    text = (CONFIG / "units.toml").read_text(encoding="utf-8")
    removal = '[[unit]]\nword = "ABC"\nremoved = true\nvalid_from = 2027-01-01\nsource = "test"\n'
    for path in CONFIG.glob("**/*.toml"):
        (tmp_path / path.relative_to(CONFIG)).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path.relative_to(CONFIG)).write_bytes(path.read_bytes())
    (tmp_path / "units.toml").write_text(text + removal, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"units\.toml:\d+: removed: there is no earlier folder"):
        load_tables(tmp_path)
