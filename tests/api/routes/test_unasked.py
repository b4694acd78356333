"""Documents that no authority is asked about, from lodging to release: shown with their class, held, and verified by officers."""

import re
from typing import Any

import httpx
import pytest

from tests.api.lodging import NUMBERS, WAIT, XML
from tests.builders.door import Door
from tests.builders.running import declaration, until

DOCUMENTS = """<SupportingDocument>
        <sequenceNumber>1</sequenceNumber>
        <type>C690</type>
        <referenceNumber>FLEGT-ID-{number}</referenceNumber>
      </SupportingDocument>
      <SupportingDocument>
        <sequenceNumber>2</sequenceNumber>
        <type>N380</type>
        <referenceNumber>INV-1</referenceNumber>
      </SupportingDocument>
      <AdditionalReference>
        <sequenceNumber>1</sequenceNumber>
        <type>Y919</type>
      </AdditionalReference>
      """


def furniture(number: int) -> bytes:
    """The sample 01 with furniture on an item, a FLEGT licence, an invoice and a reference without a number."""
    text = declaration("01", f"UNASKED-{number:04d}").decode()
    begins, ends = text.index("<SupportingDocument>"), text.index("<statisticalValue>")
    text = text[:begins] + DOCUMENTS.format(number=number) + text[ends:]
    return text.replace("040120", "940360").replace(">19<", ">10<").encode()


def documents(answer: httpx.Response) -> dict[str, dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return {one["type"]: one for one in answer.json()["documents"]}


@pytest.fixture
def lodged(door: Door) -> str:
    answer = door["customs"].post("/v1/declarations", content=furniture(next(NUMBERS)), headers={**XML, **WAIT})
    found = documents(answer)
    assert answer.json()["decision"]["effect"] == "hold"
    assert answer.json()["decision"]["advice"] == "documents"
    assert {kind: one["effect"] for kind, one in found.items()} == {"C690": "hold", "N380": "none", "Y919": "hold"}
    here: str = answer.json()["links"]["self"]
    return here


@pytest.mark.parametrize(
    ("language", "notes"),
    [
        ("en", ("to be verified by a customs officer", "not judged here")),
        ("de", ("von der Zollstelle zu prüfen", "wird hier nicht beurteilt")),
        ("fr", ("à vérifier par un agent des douanes", "n’est pas apprécié ici")),
    ],
)
@pytest.mark.parametrize("caller", ["customs", "trader"])
def test_each_document_says_its_class_and_what_becomes_of_it(
    door: Door, lodged: str, caller: str, language: str, notes: tuple[str, str]
) -> None:
    answer = door[caller].get(lodged, headers={"Accept-Language": language})
    found = documents(answer)
    assert language in answer.headers["content-language"]
    told = {kind: (one["status"], one["document_class"], one["unasked"], one["note"]) for kind, one in found.items()}
    by_officer = ("unrouted", "by_officer", "by_officer", notes[0])
    assert told == {"C690": by_officer, "N380": ("unrouted", "commercial", "not_judged", notes[1]), "Y919": by_officer}
    (about,) = [one for one in answer.json()["decision"]["findings"] if (one["document"] or {}).get("type") == "Y919"]
    assert not re.search(r"Y919\s(\s|[,.])", about["message"]), "it has no reference, and no blank for one"
    explained = door[caller].get(f"{lodged}/explanation", headers={"Accept-Language": language}).json()
    said = [sentence for section in explained["told"] for one in section["paragraphs"] for sentence in one]
    assert sum(notes[0] in sentence for sentence in said) == 2
    assert sum(notes[1] in sentence for sentence in said) == 1


def test_an_officer_s_verification_is_the_way_out_also_for_a_reference_without_a_number(
    door: Door, lodged: str
) -> None:
    reference = documents(door["customs"].get(lodged))["C690"]["reference"]
    word = {"outcome": "valid", "means": "paper", "reason": "The original was seen."}

    def verified(kind: str, **params: str) -> httpx.Response:
        return door["officer"].post(f"{lodged}/documents/{kind}/verification", params=params, json=word)

    assert verified("N852").status_code == 404, "it is not cited"
    assert verified("C690", reference="another").status_code == 404
    assert verified("C690", reference=reference).status_code in (200, 202)
    assert verified("Y919").status_code in (200, 202)

    def released() -> dict[str, Any] | None:
        found: dict[str, Any] = door["customs"].get(lodged).json()
        return found if found["decision"]["effect"] == "release" else None

    found = until(released, "a release")
    assert {one["type"]: (one["status"], one["verified_by"], one["note"]) for one in found["documents"]} == {
        "C690": ("valid", "officer", None),
        "N380": ("unrouted", None, "not judged here"),
        "Y919": ("valid", "officer", None),
    }


def test_what_an_officer_refuses_is_a_refusal(door: Door, lodged: str) -> None:
    reference = documents(door["customs"].get(lodged))["C690"]["reference"]
    word = {"outcome": "refused", "means": "paper", "reason": "It was issued for other goods."}
    door["officer"].post(f"{lodged}/documents/C690/verification", params={"reference": reference}, json=word)

    def refused() -> bool:
        return bool(door["customs"].get(lodged).json()["decision"]["effect"] == "refuse")

    until(refused, "a refusal")


def test_a_preflight_tells_the_same(door: Door) -> None:
    answer = door["customs"].post("/v1/preflight", content=furniture(next(NUMBERS)), headers=XML)
    found = documents(answer)
    assert answer.json()["decision"]["effect"] == "hold"
    assert found["C690"]["note"] == "to be verified by a customs officer"
    assert found["N380"]["note"] == "not judged here"
