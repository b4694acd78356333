"""Notices are pulled in order; each caller reads what is theirs to know."""

import threading
from itertools import count
from typing import Any

import httpx
import pytest

from tests.api.lodging import end_of_notices
from tests.builders.door import Door
from tests.builders.running import declaration, until

XML = {"Content-Type": "application/xml"}
WAIT = {"Prefer": "wait=30"}
REFERENCE = "CHEDP.XX.2026.1000002"
NUMBERS = count(1)


def lodge(client: httpx.Client, name: str = "01", *, raw: bytes | None = None, wait: bool = True) -> dict[str, Any]:
    raw = raw or declaration(name, f"NOTICE-{next(NUMBERS):04d}")
    raw = raw.replace(b"CHEDP.FR.2026.0000001", REFERENCE.encode())
    found: dict[str, Any] = client.post(
        "/v1/declarations", content=raw, headers={**XML, **(WAIT if wait else {})}
    ).json()
    return found


def told(client: httpx.Client, after: str, record_id: str, **params: Any) -> list[tuple[str, str | None]]:
    page = client.get("/v1/notices", params={"after": after, "limit": 1000, **params}).json()
    return [(one["kind"], one["effect"]) for one in page["items"] if one["declaration"] == record_id]


def test_a_decision_is_told_once_and_to_its_parties(door: Door) -> None:
    after = end_of_notices(door["officer"])
    lodged = lodge(door["customs"])
    for caller in ("customs", "officer", "auditor", "trader"):
        assert told(door[caller], after, lodged["id"]) == [("decided", "release")], caller
    assert told(door["stranger"], after, lodged["id"]) == []
    assert door["stranger"].get("/v1/notices", params={"after": after, "limit": 1000}).json()["items"] == []
    (notice,) = [
        one
        for one in door["trader"].get("/v1/notices", params={"after": after}).json()["items"]
        if one["declaration"] == lodged["id"]
    ]
    assert notice == {
        "number": notice["number"],
        "at": notice["at"],
        "kind": "decided",
        "declaration": lodged["id"],
        "version": 1,
        "lrn": lodged["lrn"],
        "mrn": lodged["mrn"],
        "state": "decided",
        "decision": None,
        "effect": "release",
        "released": None,
        "documents": [],
        "sentence": f"{lodged['mrn']} is decided: free to be released.",
        "link": lodged["links"]["self"],
    }
    lodge(door["customs"], raw=declaration("01", lodged["lrn"]))
    assert told(door["customs"], after, lodged["id"]) == [("decided", "release")], "the same again tells nothing"


def test_a_trader_reads_of_a_refusal_once_customs_has_confirmed_it(door: Door) -> None:
    after = end_of_notices(door["officer"])
    refused = lodge(door["customs"], "03")
    assert told(door["customs"], after, refused["id"]) == [("decided", "refuse")]
    assert told(door["trader"], after, refused["id"]) == [("decided", "hold")]
    assert '"refuse"' not in door["trader"].get("/v1/notices", params={"after": after}).text
    for _ in range(2):
        door["officer"].post(f"{refused['links']['self']}/confirmation", json={})
    assert told(door["trader"], after, refused["id"]) == [("decided", "hold"), ("confirmed", "refuse")]
    assert told(door["customs"], after, refused["id"]) == [("decided", "refuse"), ("confirmed", "refuse")]


def test_release_amendment_and_invalidation_are_told(door: Door) -> None:
    after = end_of_notices(door["officer"])
    lodged = lodge(door["customs"])
    here = lodged["links"]["self"]
    door["customs"].post(f"{here}/release", json={}, headers=WAIT)
    raw = declaration("01", lodged["lrn"]).replace(b"<version>1<", b"<version>2<")
    raw = raw.replace(b"CHEDP.FR.2026.0000001", REFERENCE.encode())
    door["customs"].post(f"{here}/amendments", content=raw, headers={**XML, **WAIT})
    door["customs"].post(f"{here}/invalidation", json={"grounds": "wrong_goods", "reason": "x"}, headers=WAIT)
    assert [kind for kind, _ in told(door["trader"], after, lodged["id"])] == [
        "decided",
        "released",
        "decided",
        "invalidated",
    ]
    assert told(door["trader"], after, lodged["id"], kind="released") == [("released", "release")]
    assert len(told(door["trader"], after, lodged["id"], kind=["released", "invalidated"])) == 2


def test_whoever_waits_reads_the_notice_when_it_comes(door: Door) -> None:
    after = end_of_notices(door["officer"])
    found: list[httpx.Response] = []
    params: dict[str, str | int] = {"after": after, "wait": 30, "kind": "invalidated"}
    waiting = threading.Thread(target=lambda: found.append(door["trader"].get("/v1/notices", params=params)))
    waiting.start()
    lodged = lodge(door["customs"])
    door["customs"].post(f"{lodged['links']['self']}/invalidation", json={"reason": "x"}, headers=WAIT)
    waiting.join(60)
    assert [one["declaration"] for one in found[0].json()["items"]] == [lodged["id"]]
    nothing = door["trader"].get(
        "/v1/notices", params={"after": end_of_notices(door["officer"]), "wait": 1, "kind": "lapsed"}
    )
    assert (nothing.status_code, nothing.json()["items"]) == (200, [])


def test_pages_follow_each_other(door: Door) -> None:
    after = end_of_notices(door["officer"])
    lodged = [lodge(door["customs"])["id"] for _ in range(3)]
    seen = []
    for _ in lodged:
        page = door["trader"].get("/v1/notices", params={"after": after, "limit": 1}).json()
        seen += [one["declaration"] for one in page["items"]]
        after = page["next"]
    assert (seen, page["more"]) == (lodged, False)


def test_a_place_whose_notice_is_another_one_is_gone(door: Door) -> None:
    lodge(door["customs"])
    place = end_of_notices(door["customs"])
    number, feed, mark = place.split(".")
    for gone in (
        f"{number}.{feed}.{mark[::-1]}0",
        f"{int(number) + 1000}.{feed}.{mark}",
        f"{number}.0000.{mark[::-1]}0",
    ):
        answer = door["customs"].get("/v1/notices", params={"after": gone, "wait": 30})
        assert (answer.status_code, answer.json()["code"]) == (410, "SW-API-410"), answer.text
        # Nothing was ever lost here, so there is no later place that is sure.
        assert answer.json()["continue_at"] == 0
    assert door["customs"].get("/v1/notices", params={"after": place}).json()["items"] == []
    assert door["customs"].get("/v1/notices", params={"after": number}).json()["next"] == place


@pytest.mark.parametrize(
    "query",
    [
        "after=-1",
        "after=x",
        "after=1.5",
        "after=9223372036854775808",
        "after=9223372036854775807",
        "after=999999999",
        "limit=0",
        "limit=1001",
        "kind=nothing",
        "kind=decided&kind=",
        "wait=-1",
        "wait=soon",
        "after=%00",
    ],
)
def test_a_query_that_is_none_is_refused(door: Door, query: str) -> None:
    answer = door["customs"].get(f"/v1/notices?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "SW-API-422"), answer.text


@pytest.mark.parametrize("caller", ["trader", "customs"])
def test_one_may_begin_with_what_comes(door: Door, caller: str) -> None:
    lodge(door["customs"], "01")
    began = door[caller].get("/v1/notices", params={"after": "now", "limit": 1000}).json()
    assert (began["items"], began["more"]) == ([], False)
    lodged = lodge(door["customs"], "01")
    found = door[caller].get("/v1/notices", params={"after": began["next"]}).json()["items"]
    assert {one["declaration"] for one in found} == {lodged["id"]}


def test_who_waits_from_now_on_is_told_of_what_comes(door: Door) -> None:
    found: list[Any] = []
    params: dict[str, Any] = {"after": "now", "wait": 30}
    lodge(door["customs"], "01")
    waiting = threading.Thread(target=lambda: found.append(door["trader"].get("/v1/notices", params=params).json()))
    waiting.start()
    until(lambda: (lodge(door["customs"], "01") and not waiting.is_alive()) or None, "the one who waits is told")
    waiting.join()
    assert found[0]["items"]
