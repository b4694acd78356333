"""Webhooks over HTTP: made, seen, tested and ended by their owner alone, and told of what happens."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from standardwebhooks import Webhook as Verifier

import gateway.wings.webhooks
from gateway.domain.notice import FOR_OFFICE, NoticeKind
from gateway.wings.webhooks.views import event_type
from gateway.wings.webhooks.webhook import TEST, DigestKind
from tests.api.lodging import lodge
from tests.api.sent_examples import Sent
from tests.builders.commands import gateway_command
from tests.builders.description import documentation, resolved
from tests.builders.door import OWN, Door
from tests.builders.receiver import Received, Receiver, Reply
from tests.builders.running import until

FOLDER = Path(gateway.wings.webhooks.__file__).parent
BASE = "/v1/webhooks"


def made(client: httpx.Client, receiver: Receiver, **more: object) -> dict[str, Any]:
    answer = client.post(BASE, json={"address": receiver.url, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{BASE}/{found['id']}"
    return found


@pytest.fixture
def receiver(door: Door, api_receiver: Receiver) -> Iterator[Receiver]:
    """A receiver that has received nothing; no webhook leads to it afterwards."""
    api_receiver.seen.clear()
    yield api_receiver
    api_receiver.answer = lambda _: Reply()
    for caller in ("trader", "customs", "stranger"):
        for one in door[caller].get(BASE).json()["items"]:
            door[caller].delete(f"{BASE}/{one['id']}")


def test_a_trader_makes_one_and_is_told_of_a_decision(door: Door, receiver: Receiver) -> None:
    new = made(door["trader"], receiver, kinds=["decided"])
    secret = new.pop("secret")
    assert (new["eoris"], new["kinds"], new["state"], new["last"]) == ([OWN], ["decided"], "healthy", 0)
    stranger = made(door["stranger"], receiver)
    record_id = lodge(door["customs"]).json()["id"]

    def told() -> Received | None:
        return next((one for one in receiver.seen if record_id in one.body), None)

    seen = until(told, "an event of the declaration")
    event = Verifier(secret).verify(seen.body, dict(seen.headers))
    assert (event["type"], event["data"]["webhook"]) == ("declaration.decided", new["id"])
    answer = door["trader"].get(f"/v1/declarations/{record_id}", headers={"Accept-Language": "en"})
    for moving in ("turn", "clocks", "actions"):
        assert moving in event["data"]["declaration"]
    assert event["data"]["declaration"]["decision"] == answer.json()["decision"]
    here = f"{BASE}/{new['id']}"

    def delivered() -> dict[str, Any] | None:
        items = door["trader"].get(f"{here}/deliveries", params={"state": "delivered"}).json()["items"]
        return next((one for one in items if one["declaration"] == record_id), None)

    item = until(delivered, "a delivery that is noted")
    assert (item["status"], item["fault"], item["attempts"], item["id"]) == (200, None, 1, seen.headers["webhook-id"])
    assert door["trader"].get(f"{here}/deliveries/{item['number']}").json() == item
    assert door["trader"].get(here).json()["delivered_at"] is not None
    assert secret not in door["trader"].get(BASE).text
    assert door["stranger"].get(f"{BASE}/{stranger['id']}").json()["last"] == 0


def test_a_test_event_and_trying_again_from_it(door: Door, receiver: Receiver) -> None:
    receiver.answer = lambda _: Reply(status=500)
    here = f"{BASE}/{made(door['customs'], receiver, kinds=['lapsed'])['id']}"
    client = door["customs"]
    asked = client.post(f"{here}/test")
    assert (asked.status_code, asked.json()["type"]) == (202, "webhook.test")
    place = asked.headers["location"]

    def tried() -> tuple[str, int] | None:
        found = client.get(place).json()
        return (found["fault"], found["status"]) if found["tried_at"] is not None else None

    assert until(tried, "an attempt") == ("status", 500)
    assert client.get(here).json()["state"] == "retrying"
    receiver.answer = lambda _: Reply()
    again = client.post(f"{place}/redelivery", json={})
    assert (again.status_code, again.json()) == (202, {"events": 1})
    until(lambda: client.get(place).json()["state"] == "delivered", "its delivery")
    assert client.post(f"{here}/deliveries/99/redelivery", json={}).status_code == 404
    assert client.post(f"{place}/redelivery", json={"all": True}).status_code == 422


def test_rotation_shows_another_secret_once(door: Door, receiver: Receiver) -> None:
    new = made(door["trader"], receiver)
    second = door["trader"].post(f"{BASE}/{new['id']}/secret").json()
    assert second["secret"].startswith("whsec_")
    assert second["secret"] != new["secret"]
    assert second["old_secret_until"] > second["secret_since"]
    assert "secret" not in door["trader"].get(f"{BASE}/{new['id']}").json()


def test_the_same_call_again_gets_the_same_answer_and_later_none_with_a_secret(
    door: Door, receiver: Receiver, api_database: str
) -> None:
    client = door["trader"]
    new = made(client, receiver, kinds=["decided", "changed"])
    assert made(client, receiver, kinds=["changed", "decided"]) == new
    other = made(client, receiver, kinds=["decided"])
    assert other["id"] != new["id"]
    assert door["stranger"].post(BASE, json={"address": receiver.url, "kinds": ["decided"]}).json()["id"] != other["id"]
    with psycopg.connect(api_database, autocommit=True) as connection:
        connection.execute("UPDATE webhook SET made_at = made_at - interval '61 minutes' WHERE id = %s", [new["id"]])
    late = client.post(BASE, json={"address": receiver.url, "kinds": ["decided", "changed"]})
    assert (late.status_code, late.json()["code"]) == (409, "SW-API-665")
    assert new["id"] in late.json()["detail"]
    assert new["secret"] not in late.text
    client.delete(f"{BASE}/{new['id']}")
    assert made(client, receiver, kinds=["decided", "changed"])["id"] != new["id"]


def test_nobody_sees_anothers(door: Door, receiver: Receiver) -> None:
    here = f"{BASE}/{made(door['trader'], receiver)['id']}"
    for other in ("stranger", "customs", "officer"):
        client = door[other]
        assert here.rpartition("/")[2] not in client.get(BASE).text
        for path in ("", "/deliveries", "/deliveries/1"):
            absent = client.get(f"{BASE}/{uuid.uuid4()}{path}")
            assert (client.get(here + path).status_code, client.get(here + path).json()) == (404, absent.json())
        for path in ("/secret", "/test", "/deliveries/1/redelivery"):
            assert client.post(here + path).status_code == 404
        assert client.delete(here).status_code == 404
    assert door["trader"].get(here).json()["state"] == "healthy"


def test_it_ends_and_is_seen_still(door: Door, receiver: Receiver) -> None:
    client = door["trader"]
    here = f"{BASE}/{made(client, receiver)['id']}"
    ended = client.delete(here).json()
    assert (ended["state"], ended["reason"]) == ("ended", "ended by its owner")
    assert client.delete(here).json() == ended
    for path in ("/secret", "/test"):
        answer = client.post(here + path)
        assert (answer.status_code, answer.json()["code"]) == (409, "SW-API-631")


def test_both_names_are_the_same_calls(door: Door, receiver: Receiver) -> None:
    new = made(door["trader"], receiver)
    for path in ("", f"/{new['id']}", f"/{new['id']}/deliveries"):
        assert door["trader"].get(f"/v1/subscriptions{path}").json() == door["trader"].get(BASE + path).json()
    described = door["nobody"].get("/openapi.json").json()["paths"]
    assert BASE in described
    assert not [path for path in described if "subscriptions" in path]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "SW-API-422"), ({"address": 1}, "SW-API-422"), ({"address": "https://localhost:1/"}, "SW-API-632"),
        ({"address": "http://localhost/"}, "SW-API-632"), ({"address": "https://127.0.0.1/"}, "SW-API-632"),
        ({"address": "https://receiver.example/?token=x"}, "SW-API-632"), ({"address": "https://a:b@receiver.example/"}, "SW-API-632"),
        ({"address": "https://nowhere.invalid/"}, "SW-API-632"), ({"address": "https://localhost/", "kinds": ["other"]}, "SW-API-422"),
        ({"address": "https://localhost/", "kinds": ["alert"]}, "SW-API-422"), ({"address": "https://localhost/", "eoris": ["DE1"]}, "SW-API-422"),
        ({"address": "https://localhost/", "eoris": []}, "SW-API-422"), ({"address": "https://localhost/", "secret": "x"}, "SW-API-422"),
    ],
)  # fmt: skip
def test_what_is_no_webhook_is_refused(door: Door, body: dict[str, Any], code: str) -> None:
    answer = door["trader"].post(BASE, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text


def test_as_many_as_one_may_have_and_page_by_page(door: Door, receiver: Receiver) -> None:
    client = door["trader"]
    for one in client.get(BASE, params={"limit": 200}).json()["items"]:
        client.delete(f"{BASE}/{one['id']}")
    kinds = [one.value for one in NoticeKind if one not in FOR_OFFICE]
    ids = [made(client, receiver, kinds=[kind])["id"] for kind in kinds[:5]]
    more = client.post(BASE, json={"address": receiver.url})
    assert (more.status_code, more.json()["code"]) == (409, "SW-API-409")
    first = client.get(BASE, params={"limit": 3}).json()
    second = client.get(BASE, params={"limit": 3, "cursor": first["next"]}).json()
    assert [one["id"] for one in first["items"] + second["items"]][:5] == ids[::-1]
    assert client.get(BASE, params={"cursor": "x"}).status_code == 422


def test_an_operator_sees_ends_and_has_them_tried_again(door: Door, receiver: Receiver, api_database: str) -> None:
    def run(*arguments: str) -> Any:
        return gateway_command({"GATEWAY_DATABASE_URL": api_database}, "webhook", *arguments)

    new = made(door["trader"], receiver, kinds=["lapsed"])
    place = door["trader"].post(f"{BASE}/{new['id']}/test").headers["location"]
    until(lambda: door["trader"].get(place).json()["state"] == "delivered", "its delivery")
    assert new["id"] in run("list").stdout
    shown = run("show", new["id"]).stdout
    assert receiver.url in shown.replace("\n", "")
    assert "delivered" in shown
    assert new["secret"] not in shown
    receiver.seen.clear()
    assert "1 event" in run("redrive", new["id"], "1").stdout
    until(lambda: len(receiver.seen) == 1, "the event, again")
    assert run("end", new["id"], "--reason", "asked by phone").returncode == 0
    assert door["trader"].get(f"{BASE}/{new['id']}").json()["reason"] == "asked by phone"
    assert run("redrive", new["id"], "1").returncode != 0
    assert run("show", str(uuid.uuid4())).returncode != 0
    assert new["id"] not in run("list").stdout
    assert new["id"] in run("list", "--all").stdout


def test_every_example_is_carried_out(door: Door, receiver: Receiver) -> None:
    sent = Sent(door)
    webhook = sent("trader", "make_webhook", "decisions", 201, receiver=receiver.url).json()["id"]
    number = door["trader"].post(f"{BASE}/{webhook}/test").json()["number"]
    sent("trader", "redeliver", "what_is_dead", 202, webhook_id=webhook, number=number)
    assert {file.name.rpartition(".")[0] for file in (FOLDER / "examples").iterdir()} == sent.operations


def test_every_event_that_is_sent_is_described() -> None:
    described = documentation()["webhooks"]
    assert described.keys() == {event_type(kind) for kind in (*NoticeKind, DigestKind.DIGEST, TEST)}
    for one in described.values():
        (schema,) = (content["schema"] for content in one["post"]["requestBody"]["content"].values())
        assert resolved(schema)["properties"].keys() == {"type", "timestamp", "data"}
        assert {head["name"] for head in one["post"]["parameters"]} == {
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
        }
