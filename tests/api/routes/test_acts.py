"""Who did what, and why: told to officers and auditors in the resource, the explanation and a list, never to traders."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from gateway.api.routes.acts import ActPage
from gateway.api.schemas.answers import DeclarationBody
from gateway.domain.mrn import with_check_character
from gateway.domain.seals import salted_digest
from tests.api.lodging import NUMBERS, WAIT, lodge
from tests.api.routes.two_persons import intervene, override, refused, verify
from tests.builders.door import Door, approve

ANN = {"id": "officer", "role": "officer", "person": "Ann", "asserted_by": None, "proven": True}
BEN = {"id": "colleague", "role": "officer", "person": "Ben", "asserted_by": None, "proven": True}
NAMES = ("Ann", "Ben", "perishable", "counted at the warehouse", "the post erred")


@pytest.fixture(scope="module")
def handled(door: Door) -> dict[str, Any]:
    """A refused declaration that was confirmed, corrected by hand and released by two officers."""
    lodged = refused(door)
    assert door["officer"].post(f"{lodged['links']['self']}/confirmation", json={}).status_code == 200
    approve(door, intervene(door["officer"], lodged))
    approve(door, override(door["officer"], lodged))
    found: dict[str, Any] = door["officer"].get(lodged["links"]["self"]).json()
    return found


def test_the_resource_tells_who_confirmed_corrected_and_released_and_why(door: Door, handled: dict[str, Any]) -> None:
    DeclarationBody.model_validate(handled)
    lodging, confirmed, corrected, released = handled["acts"]
    assert [one["event"] for one in handled["acts"]] == [
        "declaration.received", "decision.confirmed", "intervention.received", "release.received",
    ]  # fmt: skip
    assert (lodging["by"]["id"], lodging["by"]["person"]) == ("customs", None)
    assert (confirmed["by"], confirmed["second"], confirmed["reason"]) == (ANN, None, None)
    assert (corrected["by"], corrected["second"], corrected["reason"]) == (ANN, BEN, "counted at the warehouse")
    assert (released["by"], released["second"], released["reason"]) == (ANN, BEN, "perishable")
    assert released["ordered"]["override"] is True
    approval = door["officer"].get(f"/v1/approvals/{released['approval']}").json()
    assert (approval["by"], approval["second"], approval["state"]) == (ANN, BEN, "approved")
    assert door["auditor"].get(handled["links"]["self"]).json()["acts"] == handled["acts"]
    listed = door["auditor"].get(handled["links"]["approvals"]).json()["items"]
    assert [one["kind"] for one in listed] == ["override", "intervention"]


def test_a_trader_is_told_of_no_officer(door: Door, handled: dict[str, Any]) -> None:
    links = handled["links"]
    told = door["trader"].get(links["self"])
    assert (told.json()["acts"], told.json()["links"]["approvals"]) == (None, None)
    text = told.text + "".join(door["trader"].get(links[name]).text for name in ("events", "explanation", "movements"))
    text += door["trader"].get("/v1/declarations", params={"lrn": handled["lrn"]}).text
    for word in (*NAMES, '"officer"', '"colleague"', "approval."):
        assert word not in text, word
    assert door["trader"].get("/v1/acts").status_code == 403
    assert door["trader"].get("/v1/approvals").status_code == 403


def test_what_was_lodged_just_now_is_told_as_it_is_read_later(door: Door) -> None:
    lodged = lodge(door["customs"]).json()
    assert [one["event"] for one in lodged["acts"]] == ["declaration.received"]
    read = door["customs"].get(lodged["links"]["self"]).json()
    # What may be done is told where it is read.
    assert read["actions"]
    assert read["release_gate"] == [{"goods_item": 1, "may_release": True, "obstacles": []}]
    assert {**read, "actions": None, "release_gate": None} == lodged


def test_who_accepted_is_told(door: Door) -> None:
    early = lodge(door["customs"], "08").json()
    said = {"mrn": with_check_character(f"26FR{next(NUMBERS):012d}Q"), "accepted_at": datetime.now(UTC).isoformat()}
    accepted = door["officer"].post(f"{early['links']['self']}/acceptance", json=said, headers=WAIT).json()
    act = accepted["acts"][-1]
    assert (act["event"], act["by"]) == ("acceptance.received", ANN)
    assert act["ordered"]["mrn"] == said["mrn"]


def test_the_explanation_tells_it_in_words(door: Door, handled: dict[str, Any]) -> None:
    english = door["officer"].get(handled["links"]["explanation"]).json()
    assert english["acts"] == handled["acts"]
    (section,) = [one for one in english["told"] if one["title"] == "Who did what, and why"]
    last = " ".join(section["paragraphs"][-1])
    assert "released, by Ann (key officer, officer). Approved by Ben (key colleague, officer)." in last
    assert "The reason given: perishable." in last
    for language, word in (("de", "Bestätigt durch Ben"), ("fr", "Approuvé par Ben")):
        headers = {"Accept-Language": language}
        assert word in door["officer"].get(handled["links"]["explanation"], headers=headers).text


def test_acts_are_listed_by_kind_time_and_person(door: Door, handled: dict[str, Any]) -> None:
    began = datetime.now(UTC)
    verified = refused(door)
    approve(door, verify(door["colleague"], verified), by="officer")
    page = door["auditor"].get("/v1/acts", params={"limit": 3}).json()
    ActPage.model_validate(page)
    assert [one["kind"] for one in page["items"]] == ["verification", "override", "intervention"]
    newest = page["items"][0]
    assert (newest["declaration"]["id"], newest["by"], newest["second"]) == (verified["id"], BEN, ANN)
    assert (newest["reason"], newest["means"], newest["ordered"]["outcome"]) == ("the post erred", "paper", "valid")
    assert page["items"][1]["declaration"]["mrn"] == handled["mrn"]
    following = door["auditor"].get("/v1/acts", params={"limit": 1, "cursor": page["items"][0]["number"]}).json()
    assert following["items"] == [page["items"][1]]

    def found(**asked: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = door["officer"].get("/v1/acts", params={"limit": 200, **asked}).json()["items"]
        return items

    for kind in ("override", "verification", "intervention", "application"):
        assert {one["kind"] for one in found(kind=kind)} <= {kind}
    assert [one["number"] for one in found(since=began.isoformat())] == [newest["number"]]
    assert newest["number"] not in [one["number"] for one in found(until=began.isoformat())]
    assert found(since=(began + timedelta(days=1)).isoformat()) == []
    for person in ("Ben", "colleague"):
        assert newest["number"] in [one["number"] for one in found(person=person)]
    assert {one["by"]["id"] for one in found(person="console")} <= {"console"}
    assert found(person="Nobody") == found(person="\u0000") == []
    for wrong in ({"kind": "release"}, {"since": "yesterday"}, {"cursor": "x"}, {"limit": 0}, {"person": ""}):
        assert door["officer"].get("/v1/acts", params=wrong).status_code == 422


def test_events_cite_words_by_a_salted_digest(door: Door, handled: dict[str, Any], api_database: str) -> None:
    with psycopg.connect(api_database) as connection:
        rows = connection.execute(
            "SELECT e.text, s.body, s.salt FROM event e JOIN step s ON (s.declaration_id, s.event_seq) = "
            "(e.declaration_id, e.seq) WHERE e.declaration_id = %s",
            (handled["id"],),
        ).fetchall()
        asked = connection.execute(
            "SELECT e.text, a.body, a.salt FROM event e JOIN approval a ON a.declaration_id = e.declaration_id "
            "AND a.id::text = e.text::json #>> '{body,approval}' WHERE e.kind = 'approval.asked' AND e.declaration_id = %s",
            (handled["id"],),
        ).fetchall()
        texts = connection.execute("SELECT text FROM event").fetchall()
        opened = connection.execute("SELECT text FROM contingency_event").fetchall()
    assert (len(rows), len(asked)) == (3, 2)
    salts = [salt for _, _, salt in (*rows, *asked)]
    assert len(set(salts)) == len(salts)
    for text, body, salt in (*rows, *asked):
        assert len(bytes.fromhex(salt)) == 16
        assert json.loads(text)["body"]["words"] == salted_digest(salt, body)
    # No event of all these tests names a person or repeats their words.
    for (text,) in (*texts, *opened):
        for word in (*NAMES, "announced outage", "Cid Roux", "Dora"):
            assert word not in text
