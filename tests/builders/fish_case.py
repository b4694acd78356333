"""A declaration of frozen fish that is held for several reasons at once: the one of the design of the pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from gateway.domain.mrn import with_check_character
from tests.builders.processes import PATIENCE_S
from tests.builders.running import Authorities, Served, until

MRN = with_check_character("26FR001260000016R")
VALIDATED, SHORT, CATCH = "CHEDP.FR.2026.0000116", "CHEDP.FR.2026.0000117", "CATCH.CC.NO.2026.1000016"
_GOOD = "ACCEPTABLE_FOR_INTERNAL_MARKET"
OFFICE, DECLARANT = "FR001260", "FR12345678901234"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodger:
    """Whoever lodges declarations at a gateway that asks nobody who they are."""

    url: str

    def lodged(self, declared: dict[str, Any]) -> str:
        """Lodges a declaration; gives its id once it is decided."""
        return str(self.called("POST", "", {"Declaration": declared})["id"])

    def called(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Makes a call about declarations and waits until what it asks for is done."""
        answer = httpx.request(
            method,
            f"{self.url}/v1/declarations{path}",
            json=body,
            headers={"prefer": "wait=20"},
            timeout=PATIENCE_S,
            trust_env=False,
        )
        assert answer.status_code in {200, 202}, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def decided(self, record_id: str, number: int) -> dict[str, Any]:
        """Waits until a declaration's decision has at least this number."""

        def found() -> dict[str, Any] | None:
            body = self.called("GET", f"/{record_id}")
            return body if body["decision"] is not None and body["decision"]["number"] >= number else None

        return until(found, f"decision {number}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """A gateway with cases."""

    gateway: Served
    simulated: Authorities
    lodger: Lodger
    fish: str
    database: str


def certify(simulated: Authorities) -> None:
    """Has the authorities hold what the declaration cites: one not validated yet, one partly used by others, one that is silent."""
    cod = {"code": "030363", "quantity": "5000", "unit": "KGM", "origin": "NO"}
    haddock = {"code": "030364", "quantity": "2000", "unit": "KGM", "origin": "NO"}
    simulated.control("traces", "PUT", f"/documents/{VALIDATED}", status="42", lines=[cod])
    simulated.control("traces", "PUT", f"/documents/{SHORT}", status="70", decision=_GOOD, lines=[haddock])
    simulated.control("catch", "POST", "/faults", reference=CATCH, fault="down")


def goods(number: int, code: str, description: str, mass: str, documents: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """One goods item of fish from Norway."""
    return {
        "goodsItemNumber": number,
        "Procedure": {"requestedProcedure": "40", "previousProcedure": "00"},
        "Commodity": {
            "descriptionOfGoods": description,
            "harmonizedSystemSubHeadingCode": code[:6],
            "combinedNomenclatureCode": code[6:8],
            "taricCode": code[8:],
            "GoodsMeasure": {"grossMass": mass, "netMass": mass},
        },
        "countryOfOrigin": "NO",
        "SupportingDocument": [
            {"sequenceNumber": place, "type": kind, "referenceNumber": reference}
            for place, (kind, reference) in enumerate(documents, 1)
        ],
        "statisticalValue": "12500.00",
    }


def declared(lrn: str, items: Sequence[dict[str, Any]], *, mrn: str | None, version: int = 1) -> dict[str, Any]:
    """A declaration of such items."""
    named = {} if mrn is None else {"MRN": mrn}
    return {
        "messageIdentification": f"{lrn}-{version}",
        "preparationDateAndTime": "2026-03-02T08:15:00Z",
        "LRN": lrn,
        **named,
        "version": version,
        "dataset": "H1",
        "declarationType": "IM",
        "additionalDeclarationType": "A",
        "CustomsOffice": {"referenceNumber": OFFICE},
        "Declarant": {"identificationNumber": DECLARANT},
        "Importer": {"identificationNumber": DECLARANT},
        "GoodsShipment": {"countryOfDispatch": "NO", "countryOfDestination": "FR", "GoodsItem": list(items)},
    }


def fish(version: int) -> dict[str, Any]:
    """The declaration, first without and then with the catch certificate."""
    catch = (("C673", CATCH),) if version > 1 else ()
    invoice = ("N380", "INV-2026-0815")
    return declared(
        "STORY-16",
        [
            goods(1, "0303632000", "Frozen cod", "3000", (("N853", VALIDATED), *catch, invoice)),
            goods(2, "0303641000", "Frozen haddock", "1800", (("N853", SHORT), *catch, invoice)),
        ],
        mrn=MRN,
        version=version,
    )


def lodge_fish(simulated: Authorities, lodger: Lodger) -> str:
    """Lodges it, amends it, and has the first document validated: three decisions. Gives its id."""
    certify(simulated)
    drawn = goods(1, "0303641000", "Frozen haddock", "600", (("N853", SHORT),))
    lodger.lodged(declared("STORY-16-OTHER", [drawn], mrn=with_check_character("26FR001260000116R")))
    record_id = lodger.lodged(fish(1))
    lodger.called("POST", f"/{record_id}/amendments", {"Declaration": fish(2)})
    lodger.decided(record_id, 2)
    simulated.control("traces", "PUT", f"/documents/{VALIDATED}", status="70", decision=_GOOD)
    lodger.called("POST", f"/{record_id}/assessment")
    lodger.decided(record_id, 3)
    return record_id
