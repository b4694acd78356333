"""Every document code of the delivered tables and of the Union's code lists has a class, by code and never by how it begins."""

import gzip
import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.errors import ConfigurationError
from gateway.domain.verification import DocumentClass
from gateway.settings.tables import load_tables, read_written, written
from tests.builders.layers import layer, over
from tests.builders.places import CONFIG
from tests.builders.story import shipped

DAY = date(2026, 11, 25)
CLASSED = tuple(DocumentClass)

LISTS_OF_2025 = {
    "SupportingDocumentType": "CL213",
    "PreviousDocumentType": "CL214",
    "PreviousDocumentExportType": "CL214",
    "PreviousDocumentUnionGoods": "CL214",
    "RequestedDocumentType": "CL215",
    "AdditionalReference": "CL380",
    "TransportDocumentType": "CL754 in 2025",
    "DocumentTypeExcise": "excise",
    "AuthorisationTypeDeparture": "authorisations",
    "AuthorisationTypeDestination": "authorisations",
}
"""The lists of document codes among those of transit, by the numbers that they had a year later."""

IN_LIST: dict[str, set[str]] = {
    "CL213": {
        "verified",
        "by_officer",
        "at_disposal",
        "origin",
        "commercial",
        "transport",
        "previous",
        "excise",
        "authorisation",
    },
    "CL214": {"previous", "transport", "commercial", "authorisation", "requested"},
    "CL215": {name.value for name in CLASSED},
    "CL380": {"waiver", "by_officer", "figure", "authorisation", "excise"},
    "CL754": {"transport"},
    "CL754 in 2025": {"transport", "commercial", "previous"},  # the ATA carnet and the packing list stood there
    "excise": {"excise"},
    "authorisations": {"authorisation"},
}
"""Which classes the codes of a list can have."""

A_CERTIFICATE = re.compile(
    r"certificate|licen[cs]e|permit|CHED|catch|statement|notification|registered in|identification", re.IGNORECASE
)
JUDGED_ELSEWHERE = {"N018", "N954", "Y022", "Y023", "Y024", "Y025", "Y026", "Y027", "Y028", "Y029", "Y031"}
"""Proofs of origin, and the certificates of authorised economic operators."""
AT_DISPOSAL = {"N003", "N851", "C013", "C078", "C119", "C652", "C672"}
"""Papers to which no act ties the release: they are kept at the disposal of customs (UCC Art. 163)."""
NO_CERTIFICATE = re.compile(
    r"^Goods not requiring|exemption|derogation|not included|not concerned|not requested|do not|of goods .*MRN", re.I
)


def listed(corpus: Path) -> Iterator[tuple[str, str, str]]:
    """Each code of both exports with its list and its text."""
    with gzip.open(corpus / "code-lists" / "2025-02" / "RD_NCTS-P5.json.gz") as file:
        lists: dict[str, Any] = json.load(file)["lists"]
    for name, number in LISTS_OF_2025.items():
        for entry in lists[name]["listEntries"]:
            yield number, entry.get("code") or entry["documentType"], entry["description"]
    for path in sorted((corpus / "code-lists" / "2026-04").glob("CL*.json")):
        for element in json.loads(path.read_bytes())["elements"]:
            if element["code_list_code"] in IN_LIST:
                for entry in element["rdentry"]:
                    code, text = entry["dataitem"][0]["dataitem_value"], entry["language"][0]["lang_desc"]
                    yield element["code_list_code"], code, text


def test_every_code_of_the_code_lists_has_a_class(corpus: Path) -> None:
    view, found = shipped().at(DAY), 0
    for number, code, text in listed(corpus):
        found += 1
        for additional in (False, True):
            name = view.document_class(code, additional=additional)
            assert name is not None, (number, code, text)
            assert name in IN_LIST[number], (number, code, text)
    assert found > 500


def test_what_is_called_a_certificate_or_a_licence_is_verified_or_looked_at(corpus: Path) -> None:
    view, found = shipped().at(DAY), set()
    for number, code, text in listed(corpus):
        if number in ("CL213", "CL380") and A_CERTIFICATE.search(text) and not NO_CERTIFICATE.search(text):
            if code in JUDGED_ELSEWHERE:
                continue
            found.add(code)
            if code in AT_DISPOSAL:
                assert view.document_class(code, additional=False) is DocumentClass.AT_DISPOSAL
                continue
            assert view.needs_officer(code, additional=number == "CL380"), (code, text)
    assert {"C640", "N853", "C673", "C690", "C638", "L100", "L001", "L116", "N851", "N852", "Y123"} <= found


def codes_of_config() -> Iterator[tuple[str, str]]:
    """Each document code that a file of tables names, with the file."""
    keys = {"types", "type", "waives", "waivers", "instead", "all_of", "alternatives", "to", "covered_by"}

    def inside(value: Any, key: str) -> Iterator[str]:
        if isinstance(value, dict):
            for name, one in value.items():
                yield from inside(one, name)
        elif isinstance(value, list):
            for one in value:
                yield from inside(one, key)
        elif isinstance(value, str) and key in keys and re.fullmatch(r"[A-Z]\w{3}|\d[A-Z0-9]{3}", value):
            yield value

    for path in sorted(CONFIG.rglob("*.toml")):
        # Types of previous documents are no codes of documents, and have no class but where they are both.
        if path.parent.name != "formats" and path.name not in ("gateway.toml", "identifiers.toml"):
            for code in inside(tomllib.loads(path.read_text(encoding="utf-8")), ""):
                yield code, str(path.relative_to(CONFIG))


def test_every_code_of_the_delivered_tables_has_a_class() -> None:
    view, found = shipped().at(DAY), set()
    for code, file in codes_of_config():
        found.add(code)
        assert view.document_class(code, additional=False) is not None, (code, file)
        assert view.document_class(code, additional=True) is not None, (code, file)
    assert {"C640", "Y422", "Y953", "N002", "X035", "Y117", "X002"} <= found


def test_no_delivered_class_goes_by_how_a_code_begins() -> None:
    assert shipped().prefix_classes == ()
    view = shipped().at(DAY)
    names = {code: view.document_class(code, additional=False) for code in ("C640", "C673", "C690", "C620", "C651")}
    assert {code: str(name) for code, name in names.items()} == {
        "C640": "verified",
        "C673": "verified",
        "C690": "by_officer",
        "C620": "authorisation",
        "C651": "excise",
    }


ROW = """[[class]]
name = "{name}"
types = {types}
legal_basis = "test"
valid_from = 2027-01-01
source = "test"
{more}
"""


def row(name: str, *types: str, more: str = "") -> str:
    return ROW.format(name=name, types=list(types), more=more).replace("'", '"')


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (row("by_oficer", "U901"), 2, "Invalid enum value 'by_oficer'"),
        (row("waiver", "u901"), 3, "types: 'u901' is no document code (an4)"),
        (row("waiver", "Y90"), 3, "types: 'Y90' is no document code (an4)"),
        (row("waiver"), 3, "types: at least one is needed"),
        (row("waiver", "U901", more='elment = "additional_reference"'), 7, "did you mean 'element'?"),
        (row("waiver", "U901", more='element = "prior_document"'), 7, "Invalid enum value 'prior_document'"),
        (
            row("waiver", "Y128", more='element = "supporting_document"'),
            1,
            "Y128 may not stand in supporting_document (12 03)",
        ),
        (row("waiver", "U901", more="valid_to = 2026-01-01"), 7, "valid_to: lies before valid_from"),
        (row("waiver", "U901") + row("origin", "U901"), 8, "class U901 is given already at"),
        (row("commercial", "N853"), 1, "class commercial: an authority is asked about N853 at documents.toml:"),
        (row("waiver", "C673"), 1, "so where nobody is, it is verified or by_officer"),
        (row("by_officer", "U901", more='covered_by = ["U902"]'), 1, "class names U902, which no [[document]]"),
        (row("by_officer", "U901", more='covered_by = ["C644"]'), 1, "covered_by: no authority is asked about C644"),
        (row("origin", "U901", more='covered_by = ["N853"]'), 1, "a document of class origin holds nothing"),
        (row("verified", "N853", more='covered_by = ["N853"]'), 1, "covered_by: N853 cannot cover itself"),
        (
            row("waiver", "U901").replace("[[class]]", "[[prefix_class]]").replace("types", "prefixes"),
            3,
            "prefixes: 'U901' is no beginning of a document code",
        ),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        over(tmp_path, document_classes=text)
    assert any(
        fault.startswith(f"{tmp_path}/document_classes.toml:{line}: ") and says in fault
        for fault in refused.value.faults
    ), refused.value.faults


PREFIXES = """
[[prefix_class]]
name = "commercial"
prefixes = ["1", "1D2"]
legal_basis = "test"
valid_from = 2016-05-01
loosens = "test"
source = "test"
"""


def delivered(folder: Path, **changed: str) -> Path:
    """The delivered folder, with other files of tables in the place of some."""
    for path in CONFIG.rglob("*.toml"):
        there = folder / path.relative_to(CONFIG)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(path.read_bytes())
    return layer(folder, **changed)


def test_the_delivered_folder_may_not_class_by_prefix(tmp_path: Path) -> None:
    text = (CONFIG / "document_classes.toml").read_text(encoding="utf-8")
    with pytest.raises(
        ConfigurationError, match=r"document_classes\.toml:\d+: \[\[prefix_class\]\]: only an administration"
    ):
        load_tables(delivered(tmp_path, document_classes=text + PREFIXES))


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_a_set_without_classes_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"document_classes\.toml: no \[\[class\]\] row"):
        load_tables(delivered(tmp_path, document_classes=text))


def test_the_longest_beginning_counts_and_a_code_with_a_class_keeps_it(tmp_path: Path) -> None:
    more = PREFIXES + PREFIXES.replace("commercial", "by_officer").replace('["1", "1D2"]', '["C6", "1D"]')
    view = over(tmp_path, document_classes=more).at(DAY)
    found = {
        code: view.document_class(code, additional=False) for code in ("1ABC", "1D24", "1D34", "C620", "C699", "2ABC")
    }
    assert {code: name and name.value for code, name in found.items()} == {
        "1ABC": "commercial",
        "1D24": "commercial",
        "1D34": "by_officer",
        "C620": "authorisation",
        "C699": "by_officer",
        "2ABC": None,
    }


def test_every_class_has_a_code() -> None:
    view = shipped().at(DAY)
    codes = {code for row in shipped().classes if row.in_force(DAY) for code in row.types}
    found = {view.document_class(code, additional=additional) for code in codes for additional in (False, True)}
    assert found == set(DocumentClass)
    assert view.document_class("N830", additional=False) is DocumentClass.REQUESTED
    assert view.document_class("N830", additional=True) is DocumentClass.PREVIOUS


def test_an_administration_s_row_counts_from_its_day(tmp_path: Path) -> None:
    tables = over(tmp_path, document_classes=row("requested", "C644", more='loosens = "test"'))
    found = [tables.at(on).document_class("C644", additional=False) for on in (date(2026, 12, 31), date(2027, 1, 1))]
    assert found == [DocumentClass.BY_OFFICER, DocumentClass.REQUESTED]
    assert read_written(written(tables), tables.digest) == tables


def test_a_code_of_an_administration_s_own_document_or_statement_needs_no_class(tmp_path: Path) -> None:
    text = """
[[document]]
types = ["1D24"]
authority = "our own ministry"
directions = ["import"]
legal_basis = "test"
valid_from = 2020-01-01
loosens = "test"
source = "test"

[[statement]]
types = ["1Y24"]
waives = ["1D24"]
directions = ["import"]
self_declared = true
valid_from = 2020-01-01
loosens = "test"
source = "test"

[[statement]]
types = ["1Y25"]
waives = ["1D24"]
directions = ["import"]
valid_from = 2020-01-01
loosens = "test"
source = "test"
"""
    view = over(tmp_path, documents=text).at(DAY)
    found = [view.document_class(code, additional=True) for code in ("1D24", "1Y24", "1Y25", "1Y26")]
    assert found == [DocumentClass.BY_OFFICER, DocumentClass.WAIVER, DocumentClass.BY_OFFICER, None]
