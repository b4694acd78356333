"""A declarant reads what they have to keep, present or correct, wherever they may look; and beforehand all of their own data."""

import json
from typing import Any

import httpx
import pytest

from tests.api.lodging import NUMBERS, WAIT, XML
from tests.builders.door import OWN, Door
from tests.builders.goods import JSON
from tests.builders.running import lodgeable, until

LICENCE, EXPIRED = b"DU.FR.2026.0000001", b"DU.FR.2026.0000002"


def export(*, to: str = "US", licence: bytes = LICENCE) -> bytes:
    """Drones under a licence for the United States."""
    raw = lodgeable("12", f"ACT-{next(NUMBERS):04d}").replace(LICENCE, licence)
    return raw.replace(b"<countryOfDestination>US<", f"<countryOfDestination>{to}<".encode())


def wine(*documents: tuple[str, str], code: tuple[str, str, str] = ("220421", "93", "19")) -> bytes:
    """Wine of Chile with the documents that it cites, or goods of another code."""
    number = next(NUMBERS)
    item: dict[str, Any] = {
        "goodsItemNumber": 1,
        "Procedure": {"requestedProcedure": "40", "previousProcedure": "00", "additionalProcedure": ["000"]},
        "Commodity": {
            "descriptionOfGoods": "Red wine",
            "harmonizedSystemSubHeadingCode": code[0],
            "combinedNomenclatureCode": code[1],
            "taricCode": code[2],
            "GoodsMeasure": {"grossMass": "1000", "netMass": "900", "supplementaryUnits": "900"},
        },
        "countryOfOrigin": "CL",
        "AdditionalReference": [{"sequenceNumber": 1, "type": "Y929"}],
        "SupportingDocument": [
            {"sequenceNumber": place, "type": kind, "referenceNumber": reference}
            for place, (kind, reference) in enumerate(documents, 1)
        ],
    }
    said = {
        "messageIdentification": f"ACT-{number}",
        "preparationDateAndTime": "2026-03-02T08:15:00Z",
        "LRN": f"ACT-{number:04d}",
        "version": 1,
        "dataset": "H1",
        "declarationType": "IM",
        "additionalDeclarationType": "A",
        "CustomsOffice": {"referenceNumber": "FR001260"},
        "Declarant": {"identificationNumber": OWN},
        "Importer": {"identificationNumber": OWN},
        "GoodsShipment": {"countryOfDispatch": "CL", "countryOfDestination": "FR", "GoodsItem": [item]},
    }
    return json.dumps(said).encode()


def kind_of(raw: bytes) -> dict[str, str]:
    return XML if raw.startswith(b"<") else {"Content-Type": JSON}


def lodged(door: Door, raw: bytes) -> dict[str, Any]:
    answer = door["trader"].post("/v1/declarations", content=raw, headers={**kind_of(raw), **WAIT})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def holding(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in body["decision"]["findings"] if one["effect"] in {"hold", "refuse"}]


def beforehand(door: Door, raw: bytes) -> dict[str, Any]:
    """The preflight, once the client may send one."""

    def answered() -> httpx.Response | None:
        answer = door["trader"].post("/v1/preflight", content=raw, headers=kind_of(raw))
        return answer if answer.status_code != 429 else None

    answer = until(answered, "room for a preflight")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


CASES = {
    "wine with its certificate": (("C014", "VI1.CL.2026.17"), "SW-DEC-015", "Keep the document ready"),
    "a mistyped code of an invoice": (("N388", "INVOICE-7"), "SW-DEC-016", "Check the code"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_an_officer_looks_at_is_told_with_what_to_keep_or_correct(door: Door, case: str) -> None:
    document, code, act = CASES[case]
    # Wine needs its certificate, whisky needs none.
    code_of_goods = ("220421", "93", "19") if document[0] == "C014" else ("220830", "30", "00")
    shown = lodged(door, wine(document, code=code_of_goods))
    (finding,) = holding(shown)
    assert (finding["code"], finding["turn"], finding["effect_kind"]) == (code, "officer", "undetermined")
    assert finding["document"] == {"type": document[0], "reference": document[1]}
    assert finding["remedy"].startswith(act)
    assert shown["turn"] == "officer"
    assert (shown["documents"][0]["status"], shown["documents"][0]["unasked"]) == ("unrouted", "by_officer")
    (row,) = door["trader"].get(f"/v1/declarations?lrn={shown['lrn']}&view=row").json()["items"]
    assert (row["turn"], row["stopper"]["code"], row["stopper"]["document"]["reference"]) == (
        "officer",
        code,
        document[1],
    )
    found = door["trader"].get(f"/v1/declarations?lrn={shown['lrn']}&view=row&finding={code}").json()["items"]
    assert [one["id"] for one in found] == [shown["id"]]
    for language in ("de", "fr"):
        answer = door["trader"].get(shown["links"]["self"], headers={"Accept-Language": language})
        (translated,) = holding(answer.json())
        assert translated["remedy"] not in {"", finding["remedy"]}, language
    (forecast,) = holding(beforehand(door, wine(document, code=code_of_goods)))
    assert (forecast["code"], forecast["turn"]) == (code, "officer")


@pytest.mark.parametrize(
    ("raw", "code", "act"),
    [
        (export(licence=EXPIRED), "SW-DEC-026", "Declare a document that is valid"),
        (export(to="SA"), "SW-DEC-062", "Correct the country of destination"),
        (export().replace(OWN.encode(), b"FR20000000000001", 2).replace(b"FR20000000000001", OWN.encode(), 1),
         "SW-DEC-060", "Declare the holder"),
    ],
    ids=["an expired licence", "a mistyped destination", "a mistyped exporter"],
)  # fmt: skip
def test_beforehand_a_refusal_is_told_and_of_what_is_lodged_it_is_not(
    door: Door, raw: bytes, code: str, act: str
) -> None:
    foreseen = beforehand(door, raw)
    (finding,) = [one for one in holding(foreseen) if one["code"] == code]
    assert (foreseen["decision"]["effect"], finding["effect"], finding["turn"]) == ("refuse", "refuse", "declarant")
    assert finding["document"]["type"] == "X060"
    assert finding["remedy"].startswith(act)
    shown = lodged(door, raw)
    (sentence,) = holding(shown)
    assert (shown["decision"]["effect"], sentence["code"], shown["turn"]) == ("hold", "SW-API-HELD", None)
    assert {one["status"] for one in shown["documents"]} == {"not_told"}
    officer = door["officer"].get(shown["links"]["self"]).json()
    assert code in {one["code"] for one in holding(officer)}


SENTENCES = {
    "en": (
        "Customs is still examining this declaration.",
        "Keep its documents ready; you will be told what is needed.",
        "Regulation (EU) No 952/2013 Art. 188",
    ),
    "de": (
        "Der Zoll prüft diese Anmeldung noch.",
        "Halten Sie die Unterlagen bereit; Ihnen wird mitgeteilt, was nötig ist.",
        "Verordnung (EU) Nr. 952/2013, Artikel 188",
    ),
    "fr": (
        "La douane examine encore cette déclaration.",
        "Tenez les documents à disposition ; ce qui est nécessaire vous sera indiqué.",
        "Règlement (UE) nº 952/2013, article 188",
    ),
}


def test_the_one_sentence_says_that_customs_is_examining(door: Door) -> None:
    here = lodged(door, export(licence=EXPIRED))["links"]["self"]
    for language, said in SENTENCES.items():
        (sentence,) = holding(door["trader"].get(here, headers={"Accept-Language": language}).json())
        assert (sentence["message"], sentence["remedy"].replace("\u00a0", " "), sentence["legal_basis"]) == said
