"""Real messages of another administration, over HTTP: lodged, and those that act on a declaration lodged before."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.builders.places import ROOT
from tests.builders.running import Served, declaration, served
from tests.builders.transit import public_schema
from tests.builders.transit import samples as movements

pytestmark = pytest.mark.corpus
XML = {"Content-Type": "application/xml", "Prefer": "wait=30"}


@pytest.fixture(scope="module")
def foreign(
    environment: dict[str, str], corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A gateway that knows the schemas of the administrations."""
    schemas = {
        "GATEWAY_FORMATS__WCO_DEC__SCHEMA": corpus / "wco-dec" / "xsd" / "customs" / "wrapper_submit.xsd",
        "GATEWAY_FORMATS__NCTS_015__SCHEMA": public_schema(tmp_path_factory.mktemp("ncts"), corpus),
    }
    named = {name: str(path) for name, path in schemas.items()}
    with served({**environment, **named}) as gateway, client(gateway) as one:
        yield one


def client(gateway: Served) -> httpx.Client:
    return httpx.Client(base_url=gateway.url, timeout=60, trust_env=False, headers=XML)


def samples(corpus: Path) -> dict[str, tuple[bytes, bool]]:
    folder = corpus / "wco-dec" / "samples"
    with (folder / "INDEX.csv").open(encoding="utf-8") as index:
        return {
            row["file"]: ((folder / row["file"]).read_bytes(), row["expected"] == "valid")
            for row in csv.DictReader(index)
        }


def function_code(raw: bytes) -> str | None:
    found = re.search(rb"<FunctionCode>(\d+)</FunctionCode>", raw)
    return found[1].decode() if found else None


def target(raw: bytes) -> str:
    found = re.search(rb"</FunctionalReferenceID>\s*(?:<!--.*?-->\s*)*<ID>(\w+)</ID>", raw, re.DOTALL)
    assert found is not None
    return found[1].decode()


def test_every_valid_original_is_accepted_and_decided(foreign: httpx.Client, corpus: Path) -> None:
    originals = {n: raw for n, (raw, valid) in samples(corpus).items() if valid and function_code(raw) == "9"}
    assert len(originals) == 25
    for name, raw in originals.items():
        answer = foreign.post("/v1/declarations", content=raw)
        assert answer.status_code == 200, (name, answer.text)
        body = answer.json()
        assert body["decision"] is not None, name
        again = foreign.post("/v1/declarations", content=raw)
        assert (again.status_code, again.json()["id"]) == (200, body["id"])


def test_messages_about_what_was_never_lodged_are_not_found(foreign: httpx.Client, corpus: Path) -> None:
    followers = {n: raw for n, (raw, _) in samples(corpus).items() if function_code(raw) == "13"}
    assert len(followers) == 3
    for name, raw in followers.items():
        answer = foreign.post("/v1/declarations", content=raw)
        assert (answer.status_code, answer.json()["code"]) == (404, "SW-INT-010"), name


def test_the_invalid_one_is_refused_with_line_and_path(foreign: httpx.Client, corpus: Path) -> None:
    (raw,) = (raw for raw, valid in samples(corpus).values() if not valid)
    answer = foreign.post("/v1/declarations", content=raw)
    assert answer.status_code == 422
    assert all(e["line"] and e["path"] for e in answer.json()["errors"])


def lodged_under(foreign: httpx.Client, mrn: str, lrn: str) -> httpx.Response:
    raw = declaration("08", lrn)
    text = re.sub(rb"<MRN>.*?</MRN>", b"", raw).replace(b"</LRN>", b"</LRN><MRN>" + mrn.encode() + b"</MRN>")
    answer = foreign.post("/v1/declarations", content=text)
    assert answer.status_code == 200, answer.text
    return answer


def test_a_presentation_accepts_the_declaration_it_names(foreign: httpx.Client, corpus: Path) -> None:
    raw = samples(corpus)["Movement_Messages__Step2_GPN.xml"][0]
    mrn = target(raw)
    before = lodged_under(foreign, mrn, "FOREIGNGPR").json()
    assert (before["kind"], before["accepted_at"], before["decision"]["forecast"]) == ("pre_lodged", None, True)
    answer = foreign.post("/v1/declarations", content=raw)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert after["id"] == before["id"]
    assert after["accepted_at"] is not None
    assert after["decision"]["forecast"] is False
    again = foreign.post("/v1/declarations", content=raw).json()
    assert again["accepted_at"] == after["accepted_at"]


def test_a_partial_amendment_adds_its_document_as_the_next_version(foreign: httpx.Client, corpus: Path) -> None:
    raw = samples(corpus)["TT_EX009a__Step5_TT_EX009a_Amendment.xml"][0]
    before = lodged_under(foreign, target(raw), "FOREIGNCOR").json()
    answer = foreign.post("/v1/declarations", content=raw)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert (after["id"], after["version"], after["lrn"]) == (before["id"], 2, "FOREIGNCOR")
    cited = {(d["type"], d["reference"]) for d in after["documents"]}
    assert cited == {(d["type"], d["reference"]) for d in before["documents"]} | {("X002", "GBSIEE2E350002-0001")}
    again = foreign.post("/v1/declarations", content=raw).json()
    assert again["version"] == 2


def test_a_request_to_invalidate_ends_it(foreign: httpx.Client, corpus: Path) -> None:
    raw = samples(corpus)["Movement_Messages__Step2_GPN.xml"][0]
    raw = raw.replace(b"<TypeCode>GPR</TypeCode>", b"<TypeCode>INV</TypeCode>")
    mrn = "26GBSOYM2NQWUNA0X0"
    raw = raw.replace(target(raw).encode(), mrn.encode())
    before = lodged_under(foreign, mrn, "FOREIGNINV").json()
    answer = foreign.post("/v1/declarations", content=raw)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["id"], answer.json()["state"]) == (before["id"], "invalidated")
    amendment = samples(corpus)["TT_EX009a__Step5_TT_EX009a_Amendment.xml"][0]
    answer = foreign.post("/v1/declarations", content=amendment.replace(target(amendment).encode(), mrn.encode()))
    assert answer.status_code == 409


def test_an_unknown_kind_of_message_is_refused(foreign: httpx.Client, corpus: Path) -> None:
    raw = samples(corpus)["Movement_Messages__Step2_GPN.xml"][0]
    answer = foreign.post("/v1/declarations", content=raw.replace(b"GPR", b"XYZ"))
    assert (answer.status_code, answer.json()["code"]) == (422, "SW-INT-007")


def test_without_the_schema_the_format_is_off_and_says_so(gateway: object, running: Served, corpus: Path) -> None:
    raw = samples(corpus)["TT_IM060a__Step1_TT_IM060a.xml"][0]
    with client(running) as one:
        answer = one.post("/v1/declarations", content=raw)
    assert (answer.status_code, answer.json()["code"]) == (415, "SW-INT-003")
    assert "schema" in answer.json()["detail"]


LRN = "25GB000246TK0E6WJ1"


def sent(foreign: httpx.Client, text: str) -> httpx.Response:
    return foreign.post("/v1/declarations", content=text.encode())


def test_every_public_movement_is_decided_or_refused_with_its_line(foreign: httpx.Client, corpus: Path) -> None:
    table = dict(one.split(": ") for one in (ROOT / "tests" / "data" / "ncts_samples.txt").read_text().splitlines())
    for number, (name, text) in enumerate(movements(corpus)):
        answer = sent(foreign, re.sub("<LRN>.*?</LRN>", f"<LRN>SAMPLE{number}</LRN>", text))
        match table[name]:
            case "lodge":
                assert answer.status_code == 200, (name, answer.text)
                assert answer.json()["decision"] is not None, name
            case "replace" | "invalidate" | "present":
                assert (answer.status_code, answer.json()["code"]) == (404, "SW-INT-010"), name
            case refused:
                rule, line = refused.split(" ")
                assert answer.status_code == 422, name
                assert (answer.json()["errors"][0]["rule"], answer.json()["errors"][0]["line"]) == (rule, int(line)), (
                    name
                )


def test_a_movement_is_replaced_by_its_lrn_and_invalidated_by_it(foreign: httpx.Client, corpus: Path) -> None:
    journey = {name.removeprefix("ncts6/journey/"): text for name, text in movements(corpus)}
    lodged = journey["IE015SimplifiedPrelodgedDepartureDeclarationFull.xml"]
    cited = "<sequenceNumber>1</sequenceNumber><type>N853</type><referenceNumber>CHEDP.XI.2026.1</referenceNumber>"
    lodged = lodged.replace("</Packaging>", f"</Packaging><SupportingDocument>{cited}</SupportingDocument>")
    published = journey["IE013SimplifiedPrelodgedDepartureDeclarationFull.xml"]
    first = sent(foreign, lodged).json()
    here = f"/v1/declarations/{first['id']}"
    assert (first["version"], first["kind"]) == (1, "pre_lodged")
    # As published it has another holder: whether there is such a declaration is not told.
    assert sent(foreign, published).json()["code"] == "SW-INT-010"
    amending = published.replace("GB954131533000", "GB201909015000")
    second = sent(foreign, amending)
    assert (second.status_code, second.json()["id"], second.json()["version"]) == (200, first["id"], 2), second.text
    assert ([one["type"] for one in first["documents"]], second.json()["documents"]) == (["N853"], [])
    assert sent(foreign, amending).json()["version"] == 2
    by_lrn = re.sub(r"<MRN>\w+</MRN>", f"<LRN>{LRN}</LRN>", journey["IE014DeclarationCancellation.xml"]).replace(
        "GB123456789000", "GB201909015000"
    )
    assert sent(foreign, by_lrn).json()["id"] == first["id"]
    after = foreign.get(here).json()
    assert after["state"] == "invalidated"
    ended = sent(foreign, amending.replace("This is a description", "Other goods"))
    assert (ended.status_code, ended.json()["code"]) == (409, "SW-API-615")


def test_what_is_presented_without_an_mrn_waits_for_customs_acceptance(foreign: httpx.Client, corpus: Path) -> None:
    texts = dict(movements(corpus))
    presented = texts["ncts6/trader-test-v8/pngb5_ie170_xml_example.xml"]
    lrn = re.findall("<LRN>(.*?)</LRN>", presented)[0]
    lodged = texts["ncts6/trader-test-v8/pngb5_ie015_xml_example.xml"].replace("<LRN>LRN</LRN>", f"<LRN>{lrn}</LRN>")
    first = sent(foreign, lodged).json()
    for _ in range(2):
        answer = sent(foreign, presented)
        assert (answer.status_code, answer.json()["id"]) == (200, first["id"]), answer.text
        assert (answer.json()["mrn"], answer.json()["accepted_at"]) == (None, None)
    kinds = [one["kind"] for one in foreign.get(f"/v1/declarations/{first['id']}/events").json()["items"]]
    assert kinds.count("presentation.received") == 1
    given = {"mrn": "26GB000246Z3G0TUJ6", "accepted_at": first["received_at"]}
    accepted = foreign.post(
        f"/v1/declarations/{first['id']}/acceptance", json=given, headers={"Content-Type": "application/json"}
    )
    assert accepted.status_code in (200, 202), accepted.text
