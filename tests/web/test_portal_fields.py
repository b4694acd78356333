"""Amending at the portal by single fields: those that findings name, written into what was sent, checked and sent as a file is."""

import json
from typing import Any

import psycopg
import pytest

from gateway.domain.mrn import with_check_character
from gateway.store.bundles import pieces_of
from tests.builders.fish_case import Cases, declared, goods
from tests.builders.running import lodgeable
from tests.builders.visitor import Visitor

OWN = "CHEDP.FR.2026.0000118"
"""A certificate of these tests' own: of one that others cite as often, too, its declarant is told no more that day."""


@pytest.fixture(autouse=True, scope="module")
def certified(cases: Cases) -> None:
    """Has the authority hold less than is declared."""
    line = {"code": "030364", "quantity": "1400", "unit": "KGM", "origin": "NO"}
    decision = "ACCEPTABLE_FOR_INTERNAL_MARKET"
    cases.simulated.control("traces", "PUT", f"/documents/{OWN}", status="70", decision=decision, lines=[line])


def sent(lrn: str, mass: str = "1500") -> dict[str, Any]:
    """A declaration of more than is left on its certificate, with a part that is carried and not judged."""
    body = declared(lrn, [goods(1, "0303641000", "Frozen haddock", mass, (("N853", OWN),))], mrn=None)
    body["GoodsShipment"]["GoodsItem"][0]["Packaging"] = [{"numberOfPackages": 7, "shippingMarks": "KEPT & CARRIED"}]
    return body


def fields(visitor: Visitor) -> dict[str, str]:
    """The fields that can be changed, with what stands in each."""
    (form,) = visitor.page.xpath("//form[.//button[@name='step'][@value='fields']]")
    found = {one.get("name"): one.get("value") for one in form.iterfind(".//input") if one.get("type") == "text"}
    return {name: value for name, value in found.items() if name.startswith("g")} | {"step": "fields"}


def opened(trader: Visitor, cases: Cases, lrn: str) -> tuple[str, str]:
    record_id = cases.lodger.lodged(sent(lrn))
    trader.get(f"/declarations/{record_id}/amend")
    return record_id, f"/declarations/{record_id}/amend"


def test_fields_that_findings_name_are_changed_checked_and_sent(trader: Visitor, cases: Cases) -> None:
    record_id, here = opened(trader, cases, "FIELDS-A")
    stands = fields(trader)
    assert stands == {"step": "fields", "g1-net_mass": "1500", "g1-d1-type": "N853", "g1-d1-reference": OWN}
    answer = trader.send_parts(here, **{**stands, "g1-net_mass": "1.200"})
    assert answer.status_code == 422
    assert "can be read as both" in trader.text()
    assert trader.page.findtext(".//title").startswith("Faults: 1: FIELDS-A")
    answer = trader.send_parts(here, **{**stands, "g1-net_mass": "1,200"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "Version 2, before it is sent" in trader.text()
    changes = trader.page.find(".//section[@aria-labelledby='changes']").text_content()
    assert "Net mass in kg" in changes
    assert OWN not in trader.page.find(".//section[@aria-labelledby='changes']//dd").text_content()
    assert cases.lodger.called("GET", f"/{record_id}")["version"] == 1
    (form,) = trader.page.xpath("//form[.//input[@name='step'][@value='send_fields']]")
    kept = {one.get("name"): one.get("value") for one in form.iterfind(".//input")}
    trader.send_parts(here, **kept)
    assert "It was sent, and is being decided." in trader.text()
    with psycopg.connect(cases.database) as connection:
        row = connection.execute(
            "SELECT b.body, v.raw FROM declaration_version v JOIN evidence_bundle b"
            " ON b.declaration_id = v.declaration_id AND digest_bytes(v.raw) = ANY (b.digests)"
            " WHERE v.declaration_id = %s AND v.version = 2",
            (record_id,),
        ).fetchone()
    assert row is not None
    bundle, raw = row
    message = json.loads(pieces_of(bundle)[raw])["Declaration"]
    assert message["GoodsShipment"]["GoodsItem"][0]["Packaging"][0]["shippingMarks"] == "KEPT & CARRIED"
    whole = cases.lodger.called("GET", f"/{record_id}")
    assert whole["version"] == 2
    assert whole["goods_items"][0]["net_mass"] == "1200"
    # Sent once more: the declaration moved on, and nothing is done.
    assert trader.send_parts(here, **kept).status_code == 409
    assert "version 2 stands now" in trader.text()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("g1-d1-reference", "<script>alert(1)</script>"),
        ("g1-d1-reference", "x" * 10_000),
        ("g1-d1-reference", "CHED\u202eP"),
        ("g1-d1-reference", ""),
        ("g1-d1-reference", "a\u0000b"),
        ("g1-d1-type", "N85"),
        ("g1-net_mass", ""),
        ("g1-net_mass", "-5"),
        ("g1-net_mass", "1,5"),
        ("g1-net_mass", "9" * 40),
        ("g1-net_mass", "1e3"),
        ("g1-net_mass", "0"),
        ("g1-net_mass", "<b>5</b>"),
        ("g1-net_mass", "5\u202e"),
        ("g1-net_mass", "\u0661\u0662"),
        ("g1-net_mass", "NaN"),
    ],
    ids=str,
)
def test_what_is_wrong_stands_beside_its_field_and_in_the_summary(
    trader: Visitor, cases: Cases, held: str, name: str, value: str
) -> None:
    here = f"/declarations/{held}/amend"
    trader.get(here)
    assert trader.send_parts(here, **{**fields(trader), name: value}).status_code == 422
    summary = {one.get("href") for one in trader.page.iterfind(".//div[@role='alert']//a")}
    assert summary == {f"#{name}"}
    beside = trader.page.find(f".//*[@id='{name}-fault']")
    assert beside is not None
    assert beside.text_content() in trader.page.find(".//div[@role='alert']").text_content()
    assert trader.page.xpath(f"//input[@name='{name}'][contains(@aria-describedby, '{name}-fault')]")
    assert trader.page.find(".//main//script") is None
    assert cases.lodger.called("GET", f"/{held}")["version"] == 1


@pytest.fixture(scope="module")
def held(cases: Cases) -> str:
    return cases.lodger.lodged(sent("FIELDS-HELD"))


def test_nothing_changed_is_told_and_fields_that_are_not_named_are_not_taken(
    trader: Visitor, cases: Cases, held: str
) -> None:
    here = f"/declarations/{held}/amend"
    trader.get(here)
    assert trader.send_parts(here, **fields(trader)).status_code == 422
    assert "Nothing was changed and nothing was added." in trader.text()
    trader.get(here)
    assert trader.send_parts(here, **{**fields(trader), "g1-commodity_code": "0101210000"}).status_code == 422
    trader.get(here)
    assert trader.send_parts(here, **{**fields(trader), "g1-net_mass": "5", "of_version": "9"}).status_code == 409


@pytest.mark.parametrize("language", ["de", "fr"])
def test_one_that_is_held_for_what_is_not_told_offers_no_fields(
    trader: Visitor, held_alike: dict[str, dict[str, str]], language: str
) -> None:
    trader.language = language
    texts = set()
    for one in held_alike.values():
        trader.get(f"/declarations/{one['id']}/amend")
        texts.add(trader.text().replace(one["lrn"], "LRN").replace(one["mrn"], "MRN"))
        assert not trader.page.xpath("//input[@name='of_version']")
    assert len(texts) == 1


def test_a_number_is_read_by_the_language_of_the_page(trader: Visitor, cases: Cases, held: str) -> None:
    here = f"/declarations/{held}/amend"
    trader.language = "de"
    trader.get(here)
    assert fields(trader)["g1-net_mass"] == "1500"
    assert trader.send_parts(here, **{**fields(trader), "g1-net_mass": "1.200"}).status_code == 200
    (form,) = trader.page.xpath("//form[.//input[@name='step'][@value='send_fields']]")
    kept = {one.get("name"): one.get("value") for one in form.iterfind(".//input")}
    # The page is in another language when it is sent: it is asked which of both is meant, and nothing is sent.
    trader.language = "en"
    assert trader.send_parts(here, **kept).status_code == 422
    assert "can be read as both" in trader.text()
    assert cases.lodger.called("GET", f"/{held}")["version"] == 1


def test_after_acceptance_changed_fields_are_an_application(trader: Visitor, cases: Cases) -> None:
    record_id = cases.lodger.lodged(sent("FIELDS-APPLIED") | {"MRN": with_check_character("26FR001260000931R")})
    here = f"/declarations/{record_id}/amend"
    trader.get(here)
    assert trader.heading() == "Apply to amend"
    assert trader.send_parts(here, **{**fields(trader), "g1-net_mass": "1000"}).status_code == 200
    (form,) = trader.page.xpath("//form[.//input[@name='step'][@value='send_fields']]")
    kept = {one.get("name"): one.get("value") for one in form.iterfind(".//input")}
    assert trader.send_parts(here, **kept, grounds="correction", reason="x" * 10_000).status_code == 422
    assert "Nothing was sent." in trader.text()
    trader.get(here)
    trader.send_parts(here, **kept, grounds="correction", reason="weighed again")
    assert "Amendment: customs has not decided yet." in trader.text()
    assert cases.lodger.called("GET", f"/{record_id}")["version"] == 1


def test_a_message_in_xml_is_written_back_as_it_was_sent(trader: Visitor, cases: Cases) -> None:
    content = lodgeable("05", "FIELDS-XML")
    with cases.gateway.client() as client:
        record_id = client.lodge(content, "application/xml", wait_s=20).body["id"]
    cases.lodger.decided(record_id, 1)
    here = f"/declarations/{record_id}/amend"
    trader.get(here)
    found = fields(trader)
    name = next(one for one in found if one.endswith("-reference"))
    assert trader.send_parts(here, **{**found, name: "CHANGED & CHANGED"}).status_code == 200
    assert "CHANGED & CHANGED" in trader.text()


def test_the_number_of_a_party_is_corrected(trader: Visitor, cases: Cases) -> None:
    body = sent("FIELDS-PARTY", "1000")
    body["Importer"] = {"identificationNumber": "UK123456789000", "name": "KEPT"}
    record_id = cases.lodger.lodged(body)
    here = f"/declarations/{record_id}/amend"
    trader.get(here)
    assert {name: text for name, text in fields(trader).items() if name.startswith("g-")} == {
        "g-importer": "UK123456789000"
    }
    assert trader.send_parts(here, **{**fields(trader), "g-importer": "12"}).status_code == 422
    assert "as FR12345678901234" in trader.text()
    assert trader.send_parts(here, **{**fields(trader), "g-importer": "fr12345678901234"}).status_code == 200
    (form,) = trader.page.xpath("//form[.//input[@name='step'][@value='send_fields']]")
    trader.send_parts(here, **{one.get("name"): one.get("value") for one in form.iterfind(".//input")})
    whole = cases.lodger.decided(record_id, 2)
    assert whole["version"] == 2
    assert "SW-DEC-262" not in {one["code"] for one in whole["decision"]["findings"]}
