"""What holds and may not be told reads the same over HTTP, whatever it is: byte for byte, but for names and times."""

import re
from typing import Any

import psycopg
import pytest

from tests.api.lodging import lodge
from tests.builders.door import Door
from tests.builders.held_alike import CAUSES, STATUSES, hold_for


@pytest.fixture(scope="module")
def held(door: Door, api_database: str) -> dict[str, dict[str, Any]]:
    """The same declaration, decided alike and held for each of the causes."""
    found = {cause: lodge(door["customs"]).json() for cause in CAUSES}
    with psycopg.connect(api_database, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # decisions are append-only
        for cause, one in found.items():
            hold_for(connection, one["id"], CAUSES[cause], STATUSES.get(cause, {}))
    return found


PATHS = (
    "/v1/declarations/{id}",
    "/v1/declarations/{id}/explanation",
    "/v1/declarations/{id}/events",
    "/v1/declarations/{id}/events?sentences=true",
    "/v1/declarations/{id}/versions",
    "/v1/declarations/{id}/movements",
    "/v1/declarations?lrn={lrn}",
    "/v1/declarations?lrn={lrn}&view=row&order=held_since",
    "/v1/declarations?lrn={lrn}&effect=hold&view=row",
    "/v1/declarations?lrn={lrn}&turn=officer&view=row",
    "/v1/declarations?lrn={lrn}&advice=control&view=row",
    "/v1/declarations?lrn={lrn}&effect=refuse&view=row",
    "/v1/declarations?lrn={lrn}&finding=SW-DEC-143&view=row",
)


def read(door: Door, one: dict[str, Any], path: str, who: str = "trader", language: str = "en") -> str:
    answer = door[who].get(path.format(**one), headers={"Accept-Language": language})
    text = answer.text
    for name in ("id", "lrn", "mrn"):
        text = text.replace(one[name], name)
    # Each draws on the certificate after the one before.
    text = re.sub(r"99\d.?\d{3}.?\d00|1.?000.?000.?000", "", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[T ][0-9:.]+(Z| UTC)|sha256:[0-9a-f]{64}", "", text)
    headers = {name: value for name, value in answer.headers.items() if name in {"content-language", "link", "vary"}}
    return f"{answer.status_code} {headers} {text}"


@pytest.mark.parametrize("path", PATHS)
def test_a_trader_reads_the_same_bytes_for_every_cause(door: Door, held: dict[str, dict[str, Any]], path: str) -> None:
    for language in ("en", "de"):
        texts = {cause: read(door, one, path, language=language) for cause, one in held.items()}
        first = next(iter(texts.values()))
        assert {cause: text for cause, text in texts.items() if text != first} == {}
        assert first.startswith("200 "), first


def test_it_is_the_one_sentence_and_officers_read_more(door: Door, held: dict[str, dict[str, Any]]) -> None:
    assert "SW-API-HELD" in read(door, held["a suspicion"], PATHS[0])
    assert len({read(door, one, PATHS[0], "officer") for one in held.values()}) == len(CAUSES)


def test_notices_are_the_same(door: Door, held: dict[str, dict[str, Any]]) -> None:
    told: dict[str, list[str]] = {one["id"]: [] for one in held.values()}
    after = "0"
    while True:
        page = door["trader"].get("/v1/notices", params={"after": after, "limit": 1000}).json()
        for item in page["items"]:
            if item["declaration"] in told:
                names = ("kind", "state", "decision", "effect", "documents")
                told[item["declaration"]].append(str([item[name] for name in names]))
        after = page["next"]
        if not page["more"]:
            break
    assert len({str(one) for one in told.values()}) == 1


def test_since_when_it_is_held_is_told_by_no_sum_and_no_order(
    door: Door, held: dict[str, dict[str, Any]], api_database: str
) -> None:
    one, other = held["a suspicion"], held["a selection to control"]
    with psycopg.connect(api_database, autocommit=True) as connection:
        for each, days in ((one, 40), (other, 20)):
            connection.execute(
                "UPDATE declaration SET held_since = now() - %s * interval '1 day' WHERE id = %s", (days, each["id"])
            )
    for each in (one, other):
        asked = f"/v1/declarations?lrn={each['lrn']}&order=held_since&view=row"
        assert door["officer"].get(asked).json()["summary"]["oldest"] < each["received_at"]
        listed_there = door["trader"].get(asked).json()
        assert listed_there["summary"]["oldest"] == each["received_at"]
        assert [row["held_since"] for row in listed_there["items"]] == [None]
    rows = door["trader"].get("/v1/declarations?order=held_since&view=row&limit=200").json()["items"]
    ids = [row["id"] for row in rows]
    assert ids.index(other["id"]) < ids.index(one["id"]), "the one that was received first"


def test_numbers_and_places_count_nothing_that_is_not_theirs(
    door: Door, held: dict[str, dict[str, Any]], api_database: str
) -> None:
    record_id = held["a suspicion"]["id"]
    here = f"/v1/declarations/{record_id}"
    before = door["trader"].get(f"{here}/events").json()["items"]
    of_officers = door["officer"].get(f"{here}/events").json()["items"]
    with psycopg.connect(api_database, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # events are append-only
        connection.execute(
            "INSERT INTO event SELECT declaration_id, 1000, 'declaration.alerted', at, text, hash FROM event"
            " WHERE declaration_id = %s AND seq = 1",
            (record_id,),
        )
        connection.execute(
            "INSERT INTO event SELECT declaration_id, 1001, kind, at, text, hash FROM event"
            " WHERE declaration_id = %s AND seq = 1",
            (record_id,),
        )
    kinds = door["officer"].get(f"{here}/events").json()["items"]
    assert len(kinds) == len(of_officers) + 2
    found = door["trader"].get(f"{here}/events").json()["items"]
    assert [one["seq"] for one in found] == list(range(1, len(before) + 2))
    resumed = door["trader"].get(f"{here}/events?after={len(before)}").json()["items"]
    assert [one["seq"] for one in resumed] == [len(before) + 1]
    history = door["trader"].get(f"{here}/explanation").json()["history"]
    assert [one["seq"] for one in history] == [one["seq"] for one in found]

    first = door["trader"].get("/v1/notices?limit=1").json()
    assert [one["number"] for one in first["items"]] == [None]
    again = door["trader"].get("/v1/notices?limit=1").json()
    assert first["next"] != again["next"], "whether two places are one is not told"
    follow = [door["trader"].get("/v1/notices", params={"after": one["next"], "limit": 1}) for one in (first, again)]
    assert follow[0].json()["items"] == follow[1].json()["items"] != first["items"]
    assert door["trader"].get("/v1/notices?after=1").status_code == 422

    page = door["trader"].get("/v1/declarations?view=row&limit=1").json()
    assert not page["next"].isdigit()
    second = door["trader"].get("/v1/declarations", params={"view": "row", "limit": 1, "cursor": page["next"]})
    assert second.json()["items"][0]["id"] != page["items"][0]["id"]
    for list_of in ("/v1/declarations?cursor=17", f"/v1/declarations?cursor={first['next']}"):
        assert door["trader"].get(list_of).status_code == 422, list_of


def test_a_page_does_not_say_that_more_follows_where_an_alert_does(
    door: Door, held: dict[str, dict[str, Any]], api_database: str
) -> None:
    after, page = "0", {"more": True}
    while page["more"]:
        page = door["trader"].get("/v1/notices", params={"after": after, "limit": 1000}).json()
        after = page["next"]
    with psycopg.connect(api_database, autocommit=True) as connection:
        for kind in ("changed", "alert"):
            connection.execute(
                "INSERT INTO notice (kind, declaration_id, lrn, mrn, version, state, decision, effect, eoris)"
                " SELECT %s, declaration_id, lrn, mrn, version, state, decision, effect, eoris FROM notice"
                " WHERE declaration_id = %s LIMIT 1",
                (kind, held["a suspicion"]["id"]),
            )
    page = door["trader"].get("/v1/notices", params={"after": after, "limit": 1}).json()
    assert ([one["kind"] for one in page["items"]], page["more"]) == (["changed"], False)


def by_officer(door: Door, one: dict[str, Any], **said: str) -> dict[str, Any]:
    """What officers read once an officer said of the document what no authority did."""
    here, document = f"/v1/declarations/{one['id']}", one["documents"][0]
    answer = door["officer"].post(
        f"{here}/documents/{document['type']}/verification",
        params={"reference": document["reference"]},
        json={"means": "paper", "reason": "as its paper says", **said},
        headers=WAIT,
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_what_was_free_is_held_and_nothing_of_the_refusal_is_told(door: Door) -> None:
    free = lodge(door["customs"]).json()
    here = f"/v1/declarations/{free['id']}"
    before = door["trader"].get(f"{here}/events?sentences=true").json()["items"]
    assert by_officer(door, free, outcome="refused")["decision"]["effect"] == "refuse"

    events = door["trader"].get(f"{here}/events?sentences=true").json()["items"]
    assert [one["kind"] for one in events] == [*(one["kind"] for one in before), "declaration.decided"]
    assert [one["seq"] for one in events] == list(range(1, len(before) + 2))
    found = door["trader"].get(f"{here}/explanation", params={"decision": 2, "against": 1}).json()
    assert [one["kind"] for one in found["history"]] == [one["kind"] for one in events]
    difference = found["difference"]
    assert difference["causes"] == difference["documents"] == []
    assert [one["code"] for one in difference["appeared"]] == ["SW-API-HELD"]
    text = door["trader"].get(f"{here}/explanation", params={"decision": 2, "against": 1}).text
    for word in ("by hand", "reserved", "refuse", "officer", "nothing moved"):
        assert word not in text, word

    # What an officer says again, and what is asked again meanwhile, reads as before: nothing happened.
    reads = [door["trader"].get(f"{here}{path}").text for path in AGAIN]
    assert by_officer(door, free, outcome="withdrawn")["decision"]["number"] == 3
    assert door["officer"].post(f"{here}/assessment", json={}, headers=WAIT).is_success
    assert [door["trader"].get(f"{here}{path}").text for path in AGAIN] == reads
    assert door["trader"].get(f"{here}/explanation", params={"decision": 3}).status_code == 404


def test_held_for_another_cause_nothing_shows_of_an_officers_word(door: Door) -> None:
    one = lodge(door["customs"], "03").json()
    here = f"/v1/declarations/{one['id']}"
    kinds = [each["kind"] for each in notices_of(door, one["id"])]
    reads = [door["trader"].get(f"{here}{path}").text for path in AGAIN]
    assert by_officer(door, one, outcome="withdrawn")["decision"]["number"] == 2
    assert [door["trader"].get(f"{here}{path}").text for path in AGAIN] == reads
    assert [each["kind"] for each in notices_of(door, one["id"])] == kinds


def test_the_check_of_a_document_tells_nothing_that_a_declaration_does_not(door: Door) -> None:
    one = lodge(door["customs"], "03").json()
    document, *_ = one["documents"]
    asked = door["trader"].get(f"/v1/documents/{document['type']}/{document['reference']}")
    assert asked.status_code == 200
    found = asked.json()
    assert (found["status"], found["certificate"], found["quantity"]) == ("not_told", None, None)
    assert door["officer"].get(asked.request.url).json()["status"] == "refused"


AGAIN = ("", "/explanation", "/events?sentences=true", "/versions", "/movements")
WAIT = {"Prefer": "wait=30"}


def notices_of(door: Door, record_id: str) -> list[dict[str, Any]]:
    """What the trader is told in notices of one declaration."""
    found: list[dict[str, Any]] = []
    after, more = "0", True
    while more:
        page = door["trader"].get("/v1/notices", params={"after": after, "limit": 1000}).json()
        found += [one for one in page["items"] if one["declaration"] == record_id]
        after, more = page["next"], page["more"]
    return found
