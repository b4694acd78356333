"""What a trader's declarations cost of its company's budget: lodged, amended, applied for, by whichever key or page."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gateway.access import key_hash
from gateway.domain.mrn import with_check_character
from tests.builders.databases import Databases
from tests.builders.fish_case import DECLARANT, declared, goods
from tests.builders.issuer import PublishedKeys
from tests.builders.processes import PATIENCE_S
from tests.builders.running import Served, served
from tests.builders.visitor import Visitor
from tests.web.conftest import NOWHERE, signing_in

COMPANIES = {
    name: f"FR4000000000000{number}" for number, name in enumerate(("amends", "versions", "applies", "visits"))
}
KEYS = 2
"""Of each company."""
ASKED = 3
"""Documents of each declaration that an authority is asked about; the budget is enough for two declarations a minute."""


@pytest.fixture(scope="module")
def costly(databases: Databases, signing: PublishedKeys) -> Iterator[Served]:
    """A gateway at which a company may have twice as many documents asked about in a minute as one declaration has."""
    keys: list[dict[str, Any]] = [
        {"name": f"{name} {key}", "role": "trader", "eoris": [eori], "hash": key_hash(f"{name} {key}")}
        for name, eori in COMPANIES.items()
        for key in range(KEYS)
    ]
    keys.append({"name": "declaration system", "role": "customs", "hash": key_hash("customs")})
    environment = {
        **signing_in(signing),
        **NOWHERE,
        "GATEWAY_SECURITY__KEYS": json.dumps(keys),
        "GATEWAY_SECURITY__REFERENCES_PER_MINUTE": str(2 * ASKED),
    }
    with databases.one() as url, served({**environment, "GATEWAY_DATABASE_URL": url}) as running:
        yield running


def version(lrn: str, eori: str, number: int, *, mrn: str | None = None) -> bytes:
    """A version of a declaration that has as many documents asked about, and others each time."""
    documents = [("N853", f"CHEDP.XX.2026.77{number}000{place}") for place in range(ASKED)]
    body = declared(lrn, [goods(1, "0303641000", "Frozen haddock", "10", documents)], mrn=mrn, version=number)
    return json.dumps({"Declaration": body}).replace(DECLARANT, eori).encode()


def sent(gateway: Served, key: str, path: str, content: bytes) -> httpx.Response:
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    return httpx.post(
        f"{gateway.url}/v1/declarations{path}", content=content, headers=headers, timeout=PATIENCE_S, trust_env=False
    )


def version_now(gateway: Served, record_id: str) -> int:
    headers = {"X-API-Key": "customs"}
    answer = httpx.get(
        f"{gateway.url}/v1/declarations/{record_id}", headers=headers, timeout=PATIENCE_S, trust_env=False
    )
    found: int = answer.json()["version"]
    return found


def lodged(gateway: Served, company: str) -> str:
    answer = sent(gateway, f"{company} 0", "", version(company.upper(), COMPANIES[company], 1))
    assert answer.status_code in {200, 202}, answer.text
    record_id: str = answer.json()["id"]
    return record_id


@pytest.mark.parametrize("company", ["amends", "versions"])
def test_a_further_version_costs_as_a_lodging_does(costly: Served, company: str) -> None:
    record_id = lodged(costly, company)
    path = f"/{record_id}/amendments" if company == "amends" else ""
    second, third = (version(company.upper(), COMPANIES[company], number) for number in (2, 3))
    assert sent(costly, f"{company} 0", path, second).status_code in {200, 202}, "200 where it is decided already"
    refused = sent(costly, f"{company} 1", path, third)
    assert (refused.status_code, refused.json()["code"]) == (429, "SW-API-429"), "its other key has the same budget"
    assert int(refused.headers["retry-after"]) >= 1
    assert version_now(costly, record_id) == 2
    assert sent(costly, f"{company} 0", path, second).status_code in {200, 202}, "what is known already costs nothing"


def test_an_application_to_amend_costs_as_a_lodging_does(costly: Served) -> None:
    record_id, mrn = lodged(costly, "applies"), with_check_character("26FR001260000971R")
    accepted = json.dumps({"mrn": mrn, "accepted_at": "2026-03-03T10:00:00Z"}).encode()
    assert sent(costly, "customs", f"/{record_id}/acceptance", accepted).status_code in {200, 202}
    assert sent(costly, "applies 0", "", version("SECOND", COMPANIES["applies"], 1)).status_code in {200, 202}
    change = version("APPLIES", COMPANIES["applies"], 2, mrn=mrn)
    refused = sent(costly, "applies 1", f"/{record_id}/amendments?grounds=correction&reason=weighed", change)
    assert refused.status_code == 429, refused.text


def test_what_is_sent_at_the_portal_costs_as_by_a_key(costly: Served, issuer: PublishedKeys) -> None:
    record_id = lodged(costly, "visits")
    issuer.person = {"sub": "a clerk", "roles": ["sw-trader"], "eoris": [COMPANIES["visits"]]}
    clerk = Visitor(costly.url)
    clerk.get("/sign-in/customs")
    here = f"/declarations/{record_id}/amend"
    second, third = (version("VISITS", COMPANIES["visits"], number) for number in (2, 3))
    clerk.get(here)
    assert clerk.send_file(here, "next.json", second, step="send").status_code == 200, clerk.text()
    assert version_now(costly, record_id) == 2
    clerk.get(here)
    assert clerk.send_file(here, "next.json", third, step="send").status_code == 429
    clerk.get("/lodge")
    assert clerk.send_file("/lodge", "new.json", version("VISITS-B", COMPANIES["visits"], 1)).status_code == 429
    assert version_now(costly, record_id) == 2
