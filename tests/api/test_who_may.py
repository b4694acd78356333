"""Who may do what, call by call, over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from gateway.access import WHO_MAY, Call
from gateway.domain.mrn import with_check_character
from gateway.settings import Role
from tests.api.asking import Goods
from tests.api.lodging import NUMBERS, REFERENCE, WAIT, XML, lodge
from tests.builders.door import PREFLIGHTS, Door, approve
from tests.builders.running import declaration, until


@pytest.fixture(scope="module")
def lodged(door: Door) -> dict[str, Any]:
    """A decided declaration of the trader's."""
    answer = lodge(door["customs"])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def a_digest(door: Door, here: str) -> str:
    found: str = door["officer"].get(f"{here}/evidence").json()["items"][0]["digest"]
    return found


NOWHERE = "00000000-0000-4000-8000-00000000ffff"

MADE: dict[Call, Callable[[httpx.Client, Door, str], httpx.Response]] = {
    Call.LODGE: lambda c, d, h: lodge(c),
    Call.READ: lambda c, d, h: c.get(h),
    Call.ACCEPT: lambda c, d, h: c.post(f"{h}/acceptance", json={}),
    Call.AMEND: lambda c, d, h: c.post(f"{h}/amendments", content=b"", headers=XML),
    Call.INVALIDATE: lambda c, d, h: c.post(f"{h}/invalidation", json={"reason": 1}),
    Call.CONTROL: lambda c, d, h: c.post(f"{h}/control", json={}),
    Call.APPLICATIONS: lambda c, d, h: c.get("/v1/applications"),
    Call.DECIDE_APPLICATION: lambda c, d, h: c.post("/v1/applications/x", json={}),
    Call.WITHDRAW_APPLICATION: lambda c, d, h: c.delete(f"/v1/applications/{NOWHERE}"),
    Call.CONTROLS: lambda c, d, h: c.get("/v1/controls"),
    Call.ORDER_CONTROL: lambda c, d, h: c.post(f"{h}/controls", json={}),
    Call.WAIVE_CONTROL: lambda c, d, h: c.post("/v1/controls/1/waiver", json={}),
    Call.PACKS: lambda c, d, h: c.post("/v1/risk/packs", json={}),
    Call.SURVEILLANCE: lambda c, d, h: c.get("/v1/surveillance/files"),
    Call.FIGURES: lambda c, d, h: c.get("/v1/indicators"),
    Call.SUSPEND: lambda c, d, h: c.post(f"{h}/suspensions", json={}),
    Call.SUSPENSIONS: lambda c, d, h: c.get("/v1/suspensions"),
    Call.SUSPENSION_WORD: lambda c, d, h: c.post(f"{h}/suspensions/1/words", json={}),
    Call.SUSPENSION_DUTY: lambda c, d, h: c.post(f"{h}/suspensions/1/duties/x", json={"done_at": "x"}),
    Call.RELEASE: lambda c, d, h: c.post(f"{h}/release", json={"items": []}),
    Call.OVERRIDE: lambda c, d, h: c.post(
        f"{h}/release", json={"override": {"reason": "x", "second_officer": "x", "officer": "x"}}
    ),
    Call.INTERVENE: lambda c, d, h: c.post(f"{h}/interventions", json={}),
    Call.EXPORT: lambda c, d, h: c.get(f"{h}/export"),
    Call.MOVEMENTS: lambda c, d, h: c.get(f"{h}/movements"),
    Call.ASSESS: lambda c, d, h: c.post(f"{h}/assessment", json={"officer": 1}),
    Call.VERIFY_DOCUMENT: lambda c, d, h: c.post(f"{h}/documents/N853/verification?reference=x", json={}),
    Call.CONFIRM: lambda c, d, h: c.post(f"{h}/confirmation", json={"officer": 1}),
    Call.EVENTS: lambda c, d, h: c.get(f"{h}/events"),
    Call.EVIDENCE: lambda c, d, h: c.get(f"{h}/evidence/{a_digest(d, h)}"),
    Call.EXPLANATION: lambda c, d, h: c.get(f"{h}/explanation"),
    Call.READINGS: lambda c, d, h: c.get(f"{h}/readings"),
    Call.TAKE_CASE: lambda c, d, h: c.get(f"{h}/owner"),
    Call.CHECK_DOCUMENT: lambda c, d, h: c.get(f"/v1/documents/N853/{REFERENCE}"),
    Call.PREFLIGHT: lambda c, d, h: c.post("/v1/preflight", content=b"<x/>", headers=XML),
    Call.ADAPTERS: lambda c, d, h: c.get("/v1/adapters"),
    Call.ENABLE_ADAPTER: lambda c, d, h: c.post("/v1/adapters/traces/enable"),
    Call.DISABLE_ADAPTER: lambda c, d, h: c.post("/v1/adapters/traces/drain"),
    Call.NOTICES: lambda c, d, h: c.get("/v1/notices"),
    Call.NOTIFY: lambda c, d, h: c.post("/v1/adapters/traces/notifications", content=b"nothing it knows"),
    Call.METRICS: lambda c, d, h: c.get("/metrics"),
    Call.CONTINGENCY: lambda c, d, h: c.post("/v1/contingency", json={}),
    Call.CONTINGENCIES: lambda c, d, h: c.get("/v1/contingency"),
    Call.ACTS: lambda c, d, h: c.get("/v1/acts"),
    Call.APPROVALS: lambda c, d, h: c.get("/v1/approvals"),
    Call.APPROVE: lambda c, d, h: c.post(f"/v1/approvals/{NOWHERE}", json={}),
    Call.WITHDRAW_APPROVAL: lambda c, d, h: c.delete(f"/v1/approvals/{NOWHERE}"),
    Call.APPROVE_TABLES: lambda c, d, h: c.post(f"/v1/approvals/{NOWHERE}", json={"approve": 1}),
    Call.COVERAGE: lambda c, d, h: c.get("/v1/coverage"),
    Call.REQUIREMENTS: lambda c, d, h: c.get("/v1/requirements", params={"code": "0307111010", "direction": "import"}),
    Call.ME: lambda c, d, h: c.get("/v1/me"),
    Call.ACCESS: lambda c, d, h: c.get("/v1/access"),
    Call.KEYS: lambda c, d, h: c.get("/v1/keys"),
    Call.OWN_KEYS: lambda c, d, h: c.post("/v1/keys", json={}),
    Call.WEBHOOKS: lambda c, d, h: c.get("/v1/webhooks"),
    Call.SHADOW: lambda c, d, h: c.get("/v1/shadow", params={"since": "2026-11-01"}),
}
"""Each call, made so that a caller who is let in gets 200, or is told what is wrong with the call."""
LET_IN = frozenset({200, 400, 415, 422})


@pytest.mark.parametrize("call", list(Call))
@pytest.mark.parametrize("caller", [role.value for role in Role] + ["nobody"])
def test_who_may_do_what(door: Door, lodged: dict[str, Any], call: Call, caller: str) -> None:
    answer = MADE[call](door[caller], door, lodged["links"]["self"])
    if caller == "nobody":
        assert (answer.status_code, answer.json()["code"]) == (401, "SW-API-401")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    elif Role(caller) in WHO_MAY[call]:
        # What is withdrawn here is nowhere.
        nowhere = {404} if call in {Call.WITHDRAW_APPLICATION, Call.WITHDRAW_APPROVAL} else set()
        assert answer.status_code in LET_IN | nowhere, answer.text
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "SW-API-403")


def test_every_call_of_the_table_is_made() -> None:
    assert set(MADE) == set(Call)


def test_a_key_is_taken_as_a_bearer_too(door: Door) -> None:
    headers = {"Authorization": "bearer the key of a operator"}
    assert door["nobody"].get("/v1/adapters", headers=headers).status_code == 200
    assert door["nobody"].get("/v1/adapters", headers={"Authorization": "Basic x"}).status_code == 401
    assert door["nobody"].get("/v1/adapters", headers={"X-API-Key": "wrong"}).status_code == 401


@pytest.mark.parametrize("path", ["", "/events", "/explanation", "?version=1"])
def test_anothers_declaration_looks_as_if_it_were_not_there(door: Door, lodged: dict[str, Any], path: str) -> None:
    here = lodged["links"]["self"] + path
    there = f"/v1/declarations/00000000-0000-4000-8000-00000000ffff{path}"
    assert door["trader"].get(here).status_code == 200
    hidden, absent = door["stranger"].get(here), door["stranger"].get(there)
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json() == absent.json()


def test_a_stranger_can_do_nothing_to_it(door: Door, lodged: dict[str, Any]) -> None:
    here = lodged["links"]["self"]
    before = door["officer"].get(f"{here}/events").json()
    stranger = door["stranger"]
    raw = declaration("01", lodged["lrn"])
    for answer in (
        stranger.post(f"{here}/invalidation", json={"reason": "mine"}),
        stranger.post(f"{here}/amendments", content=raw, headers=XML),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "SW-API-404")
    assert door["officer"].get(f"{here}/events").json() == before


def test_lists_hold_the_callers_own_declarations_only(door: Door, lodged: dict[str, Any]) -> None:
    for query in ({"lrn": lodged["lrn"]}, {"mrn": lodged["mrn"]}):
        assert [item["id"] for item in door["trader"].get("/v1/declarations", params=query).json()["items"]] == [
            lodged["id"]
        ]
        page = door["stranger"].get("/v1/declarations", params=query).json()
        assert (page["items"], page["next"], page["summary"]["held"]) == ([], None, 0)


def test_nobody_lodges_for_somebody_else(door: Door) -> None:
    lrn = f"API-{next(NUMBERS):04d}"
    assert lodge(door["stranger"], lrn=lrn).status_code == 403
    assert door["officer"].get("/v1/declarations", params={"lrn": lrn}).json()["items"] == []


def test_a_trader_asks_only_about_documents_that_a_declaration_of_theirs_cites(door: Door) -> None:
    # A certificate of its own: what another declaration that cites it withholds would be withheld here, too.
    raw = declaration("01", "WHO-MAY-OWN").replace(b"CHEDP.FR.2026.0000001", b"CHEDP.XX.2026.1000031")
    cited = door["customs"].post("/v1/declarations", content=raw, headers={**XML, **WAIT}).json()["documents"][0]
    path = f"/v1/documents/{cited['type']}"
    params = {"reference": cited["reference"]}
    assert door["trader"].get(path, params=params).json()["status"] == cited["status"]
    assert door["stranger"].get(path, params=params).status_code == 404
    assert door["trader"].get(path, params={"reference": "CHEDP.FR.2026.9999999"}).status_code == 404
    assert "allocations" not in (door["trader"].get(path, params=params).json()["quantity"] or {})
    other = door["officer"].get(path, params={"reference": "CHEDP.FR.2026.9999999"})
    assert other.json()["status"] == "not_found"


def test_a_refusal_is_told_once_customs_has_confirmed_it(door: Door) -> None:
    refused = lodge(door["customs"], "03").json()
    here = refused["links"]["self"]
    assert refused["decision"]["effect"] == "refuse"
    shown = door["trader"].get(here).json()
    assert shown["decision"]["effect"] == "hold"
    assert {f["effect"] for f in shown["decision"]["findings"]} <= {"hold", "release", "none"}
    assert any(f["message"] == "Customs is still examining this declaration." for f in shown["decision"]["findings"])
    told = door["trader"].get(f"{here}/explanation").text + door["trader"].get(f"{here}/events").text
    assert '"effect":"refuse"' not in told
    confirmed = door["officer"].post(f"{here}/confirmation", json={})
    assert confirmed.status_code == 200
    assert confirmed.json()["confirmed"] is True
    again = door["officer"].post(f"{here}/confirmation", json={})
    assert again.status_code == 200
    assert door["trader"].get(here).json()["decision"]["effect"] == "refuse"


@pytest.mark.parametrize("confirmed", [False, True])
def test_an_earlier_refusal_is_told_only_if_that_very_one_was_confirmed(door: Door, confirmed: bool) -> None:
    refused = lodge(door["customs"], "03").json()
    here = refused["links"]["self"]
    if confirmed:
        assert door["officer"].post(f"{here}/confirmation", json={}).status_code == 200
    document = next(d for d in refused["documents"] if d["status"] == "refused")
    said = {"outcome": "valid", "means": "paper", "reason": "it erred"}
    path = f"{here}/documents/{document['type']}/verification"
    approve(door, door["officer"].post(path, params={"reference": document["reference"]}, json=said))
    later = door["officer"].get(here).json()
    assert (later["decision"]["number"], later["decision"]["effect"]) == (2, "release")
    first = {"decision": 1}
    officers, traders = (door[who].get(f"{here}/explanation", params=first) for who in ("officer", "trader"))
    assert officers.json()["decision"]["effect"] == "refuse"
    assert officers.json()["again"]["outcome"] == "same"
    assert traders.json()["decision"]["effect"] == ("refuse" if confirmed else "hold")
    assert ('"effect":"refuse"' in traders.text) is confirmed
    for answer in officers.json()["documents"][0]["answers"]:
        for digest in answer["evidence"]:
            assert door["officer"].get(f"{here}/evidence/{digest}").status_code == 200
            assert digest not in traders.text
    newest = door["trader"].get(f"{here}/explanation")
    assert newest.json()["decision"]["number"] == 2
    assert "Ann" not in newest.text
    assert "Ann and Ben" in door["officer"].get(f"{here}/explanation").text
    assert door["trader"].get(f"{here}/explanation", params={"decision": 3}).status_code == 404


def test_an_officers_own_verification_stands_in_the_authoritys_place(door: Door) -> None:
    held = lodge(door["customs"], "02").json()
    document = next(d for d in held["documents"] if d["effect"] == "hold")
    path = f"{held['links']['self']}/documents/{document['type']}/verification"
    said = {"outcome": "valid", "means": "paper", "reason": "seen"}
    params = {"reference": document["reference"]}
    taken = door["officer"].post(path, params=params, json=said, headers=WAIT)
    assert taken.status_code == 200, taken.text
    found = next(d for d in taken.json()["documents"] if d["reference"] == document["reference"])
    assert (found["verified_by"], found["status"]) == ("officer", "valid")
    assert taken.json()["decision"]["number"] == held["decision"]["number"] + 1
    unknown = door["officer"].post(path, params={"reference": "nothing"}, json=said)
    assert unknown.status_code == 404


def test_nobody_overrides_an_authoritys_no_alone(door: Door) -> None:
    refused = lodge(door["customs"], "03").json()
    document = next(d for d in refused["documents"] if d["status"] == "refused")
    path = f"{refused['links']['self']}/documents/{document['type']}/verification"
    said = {"outcome": "valid", "means": "paper", "reason": "the border post erred"}
    params = {"reference": document["reference"]}
    alone = door["officer"].post(path, params=params, json=said, headers=WAIT)
    assert (alone.status_code, alone.json()["state"], alone.json()["kind"]) == (202, "open", "verification")
    assert door["officer"].get(refused["links"]["self"]).json()["decision"] == refused["decision"]
    approve(door, alone)
    together = door["officer"].post(path, params=params, json=said, headers=WAIT)
    assert together.status_code == 200, together.text
    assert together.json()["decision"]["effect"] == "release"


def test_preflights_are_counted_per_client(door: Door) -> None:
    raw = declaration("01", "API-PREFLIGHT")
    answers: list[httpx.Response] = []

    def refused() -> bool:
        """Some may be free again while the others are sent; nobody else asks with this key."""
        answers.append(door["holder"].post("/v1/preflight", content=raw, headers=XML))
        return answers[-1].status_code == 429

    until(refused, "too many preflights")
    assert len(answers) > PREFLIGHTS
    assert answers[-1].json()["code"] == "SW-API-429"
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert {answer.status_code for answer in answers[:-1]} == {403}, "the declarant is not theirs"


def test_acceptance_is_taken_once(door: Door) -> None:
    lrn = f"API-{next(NUMBERS):04d}"
    early = lodge(door["customs"], "08", lrn).json()
    assert early["decision"]["forecast"] is True
    path = f"{early['links']['self']}/acceptance"
    said = {"mrn": with_check_character(f"26FR{next(NUMBERS):012d}P"), "accepted_at": datetime.now(UTC).isoformat()}
    first = door["customs"].post(path, json=said, headers=WAIT)
    assert first.status_code == 200, first.text
    assert first.json()["mrn"] == said["mrn"]
    assert first.json()["decision"]["forecast"] is False
    assert door["customs"].post(path, json=said, headers=WAIT).status_code == 200
    other = door["customs"].post(path, json={**said, "mrn": "26FR88888888888887"})
    assert (other.status_code, other.json()["code"]) == (409, "SW-API-612")
    future = door["customs"].post(path, json={**said, "accepted_at": "2099-01-01T00:00:00Z"})
    assert future.status_code == 422


def test_nobody_gets_round_the_second_officer_in_two_steps(door: Door) -> None:
    refused = lodge(door["customs"], "03").json()
    document = next(d for d in refused["documents"] if d["status"] == "refused")
    path = f"{refused['links']['self']}/documents/{document['type']}/verification"
    params = {"reference": document["reference"]}
    said = {"outcome": "not_found", "means": "paper", "reason": "never seen"}
    assert door["officer"].post(path, params=params, json=said, headers=WAIT).status_code == 200
    alone = door["officer"].post(path, params=params, json={**said, "outcome": "valid"}, headers=WAIT)
    assert (alone.status_code, alone.json()["state"]) == (202, "open"), alone.text


def test_a_document_that_no_authority_can_be_asked_about_is_verified_by_an_officer(door: Door) -> None:
    lrn = f"API-{next(NUMBERS):04d}"
    invoice = (
        "<SupportingDocument><sequenceNumber>2</sequenceNumber><type>N380</type>"
        "<referenceNumber>INVOICE-1</referenceNumber></SupportingDocument>\n      <AdditionalReference>"
    )
    raw = declaration("01", lrn).replace(b"CHEDP.FR.2026.0000001", REFERENCE.encode())
    raw = raw.replace(b"<AdditionalReference>", invoice.encode())
    lodged = door["customs"].post("/v1/declarations", content=raw, headers={**XML, **WAIT})
    assert lodged.status_code == 200, lodged.text
    here = lodged.json()["links"]["self"]
    said = {"outcome": "valid", "means": "paper", "reason": "seen"}
    params = {"reference": "INVOICE-1"}
    taken = door["officer"].post(f"{here}/documents/N380/verification", params=params, json=said, headers=WAIT)
    assert taken.status_code == 200, taken.text
    (found,) = [d for d in taken.json()["documents"] if d["type"] == "N380"]
    assert (found["status"], found["verified_by"], found["authority"]) == ("valid", "officer", None)


def test_an_officers_quantity_counts(door: Door) -> None:
    lodged = lodge(door["customs"]).json()
    path = f"{lodged['links']['self']}/documents/N853/verification"
    said = {"outcome": "valid", "means": "paper", "reason": "weighed", "quantity": "2", "unit": "TNE"}
    less = door["officer"].post(path, params={"reference": REFERENCE}, json=said, headers=WAIT).json()
    assert "SW-DEC-124" in {finding["code"] for finding in less["decision"]["findings"]}
    assert less["decision"]["effect"] == "hold"
    enough = (
        door["officer"]
        .post(path, params={"reference": REFERENCE}, json={**said, "quantity": "2.4"}, headers=WAIT)
        .json()
    )
    assert enough["decision"]["effect"] == "release", enough["decision"]["findings"]


def test_a_party_that_is_named_later_does_not_read_what_stood_before(door: Door) -> None:
    goods = Goods(door, representative="direct").lodged()
    goods.settled()
    goods.representative = "indirect"
    assert goods.amend("customs").status_code == 200
    goods.settled()
    for path in ("?version=1", "/explanation?version=1", "/explanation?decision=2"):
        assert door["indirect"].get(goods.here + path).status_code == 404, path
        assert door["trader"].get(goods.here + path).status_code == 200, path
    events = {
        who: door[who].get(f"{goods.here}/events?sentences=true").json()["items"] for who in ("trader", "indirect")
    }
    kinds = {who: [one["kind"] for one in found] for who, found in events.items()}
    of_version_2 = kinds["trader"].index("amendment.received")
    assert of_version_2 > 0
    assert kinds["indirect"] == kinds["trader"][of_version_2:]
    assert [one["seq"] for one in events["indirect"]] == list(range(1, len(kinds["indirect"]) + 1))
    explained = door["indirect"].get(f"{goods.here}/explanation").json()
    assert [one["kind"] for one in explained["history"]] == kinds["indirect"]
    own = door["indirect"].get(goods.here).json()["decision"]
    assert (own["number"], goods.shown("trader")["decision"]["number"]) == (1, 2)
    orders = {who: door[who].get(f"{goods.here}/movements").json()["items"] for who in ("trader", "indirect")}
    assert {one["version"] for one in orders["trader"]} == {1, 2}
    assert {one["version"] for one in orders["indirect"]} == {2}
    for path in ("", "?version=2", "/explanation"):
        assert door["indirect"].get(goods.here + path).status_code == 200, path
        assert door["direct"].get(goods.here + path).status_code == 404, path
