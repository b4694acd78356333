"""Real messages of another administration, over HTTP: lodged, and those that act on a declaration lodged before."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.builders.running import Served, declaration, served

pytestmark = pytest.mark.corpus
XML = {"Content-Type": "application/xml", "Prefer": "wait=30"}


@pytest.fixture(scope="module")
def foreign(environment: dict[str, str], corpus: Path) -> Iterator[httpx.Client]:
    """A gateway that knows the administration's schema."""
    schema = corpus / "wco-dec" / "xsd" / "customs" / "wrapper_submit.xsd"
    with served({**environment, "GATEWAY_FORMATS__WCO_DEC__SCHEMA": str(schema)}) as gateway, client(gateway) as one:
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
