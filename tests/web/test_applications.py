"""The pages of applications, and what a role sees that may answer nothing; over HTTP, with people whom an issuer proves."""

import httpx
import pytest

from tests.builders.issuer import OFFICER, PublishedKeys, now
from tests.builders.processes import PATIENCE_S
from tests.builders.running import Served, declaration, settled
from tests.builders.visitor import Visitor

EVIL = "<b>weighed</b> again \u00e4"


def applied(gateway: Served, demonstration: Served, issuer: PublishedKeys, lrn: str) -> tuple[str, str]:
    """Has customs accept a declaration and its declarant apply to amend it; gives both ids."""
    with demonstration.client() as client:
        lodged = settled(client, client.lodge(declaration("01", lrn), "application/xml", wait_s=20).body["id"]).body
    trader = issuer.token(
        iat=now(), exp=now() + 300, sub="the declarant", roles=["sw-trader"], eoris=[lodged["declarant"]]
    )
    text = declaration("01", lrn).decode().replace("<version>1<", "<version>2<").replace(">2400<", ">2300<")
    answer = httpx.post(
        f"{gateway.url}/v1/declarations/{lodged['id']}/amendments",
        params={"reason": EVIL},
        content=text.encode(),
        headers={"authorization": f"Bearer {trader}", "content-type": "application/xml"},
        timeout=PATIENCE_S,
        trust_env=False,
    )
    assert answer.status_code == 202, answer.text
    return str(lodged["id"]), str(answer.json()["id"])


def person(gateway: Served, issuer: PublishedKeys, role: str, name: str) -> Visitor:
    issuer.person = {**OFFICER, "sub": name, "roles": [f"sw-{role}"]}
    visitor = Visitor(gateway.url)
    visitor.get("/sign-in/customs")
    return visitor


def test_an_application_is_read_as_a_difference_and_answered_once(
    gateway: Served, demonstration: Served, issuer: PublishedKeys
) -> None:
    record_id, application_id = applied(gateway, demonstration, issuer, "APPLIED-1")
    ann, ben = person(gateway, issuer, "officer", "Ann"), person(gateway, issuer, "officer", "Ben")
    ann.get("/console/applications")
    path = f"/console/applications/{application_id}"
    (row,) = [one for one in ann.page.iterfind(".//tbody/tr") if one.find(f".//a[@href='{path}']") is not None]
    assert row.xpath("td[@data-label='Decide by']/text()")[0].strip()
    for visitor in (ann, ben):
        visitor.get(path)
    assert "Decide by" in ann.text() or "The limit for deciding ends not before" in ann.text()
    for said in ("Nothing would move at any authority.", "nobody is asked: item 1: “Hold”"):
        assert said in ann.text()
    assert EVIL in ann.text()
    assert ann.page.xpath("//main//b[text()='weighed']") == []
    assert ("2,400 kg", "2,300 kg") in [
        tuple(cell.text_content().strip() for cell in row.xpath("td")[1:]) for row in ann.page.xpath("//tbody/tr")
    ]
    assert ann.page.xpath("//input[@type='radio'][@checked]") == []
    assert ann.post(path, reason="x" * 10_000).status_code == 422
    assert ann.page.findtext(".//textarea") == "x" * 10_000
    ann.post(path, grant="false", reason="not proven")
    assert "refused" in ann.text()
    answer = ben.post(path, grant="true", reason="mine, kept")
    assert answer.status_code == 409
    assert "Somebody answered this before." in ben.text()
    assert "mine, kept" in ben.text()
    with demonstration.client() as client:
        assert client.get(record_id).body["version"] == 1


def test_an_auditor_reads_all_and_acts_on_nothing(
    gateway: Served, demonstration: Served, issuer: PublishedKeys
) -> None:
    record_id, application_id = applied(gateway, demonstration, issuer, "APPLIED-2")
    auditor = person(gateway, issuer, "auditor", "an auditor")
    here = f"/console/declarations/{record_id}"
    for address in (here, "/console/approvals", "/console/applications", f"/console/applications/{application_id}"):
        assert auditor.get(address).status_code == 200
        assert auditor.page.xpath("//main//form | //main//button") == [], address
        read = ("print", "decision.pdf", "messages", "events", "readings", "export", "suspensions", "controls")
        links = {one.removeprefix(f"{here}/") for one in auditor.page.xpath("//main//a/@href") if f"{here}/" in one}
        assert {one for one in links if not one.startswith("messages/sha256:")} <= {*read}
    for page in ("verify", "release", "override", "confirm", "accept", "control", "intervene", "invalidate", "assess"):
        assert auditor.get(f"{here}/{page}").status_code == 403, page
        assert "Your role does not allow this." in auditor.text()
    auditor.get("/console/approvals")
    token = auditor.page.xpath("//input[@name='form_token']/@value")
    assert token == []


@pytest.mark.parametrize(
    "address", ["approvals?tab=x", "approvals?cursor=x", "applications?state=x", "applications?x=1"]
)
def test_lists_take_no_parameter_that_they_have_not(gateway: Served, issuer: PublishedKeys, address: str) -> None:
    assert person(gateway, issuer, "officer", "Ann").get(f"/console/{address}").status_code == 422


def test_what_is_not_there_looks_like_what_is_not_theirs(gateway: Served, issuer: PublishedKeys) -> None:
    ann = person(gateway, issuer, "officer", "Ann")
    for address in ("approvals/nothing", "applications/nothing", "declarations/nothing-here/verify"):
        assert ann.get(f"/console/{address}").status_code == 404, address
