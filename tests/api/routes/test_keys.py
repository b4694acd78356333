"""Keys that are kept in the database, with a gateway that serves while they are made and revoked in another process."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import psycopg
import pytest

from tests.api.routes.two_persons import override
from tests.api.routes.two_persons import refused as released_by_two
from tests.builders.commands import gateway_command
from tests.builders.door import OWN, Door, approve

BAD_NAMES = (
    "",
    " ",
    "x" * 10_000,
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@sum",
    "erp\u202eexe",
    "erp\u200b",
    "a/b",
    "a\nb",
    "a\x00b",
    "e\u0301rp",
    "erp ",
    "'erp",
    "erp;drop",
    "_",
)


@pytest.fixture
def made(door: Door, api_database: str) -> Iterator["Made"]:
    """Makes keys from the command line in the database of the running gateway."""
    with ExitStack() as clients:
        yield Made(door, api_database, clients)


class Made:
    """The command line at the gateway's database."""

    def __init__(self, door: Door, database: str, clients: ExitStack) -> None:
        self._clients = clients
        self._door = door
        self._database = database

    def run(self, *arguments: str) -> Any:
        return gateway_command({"GATEWAY_DATABASE_URL": self._database}, "api-key", *arguments)

    def new(self, name: str, *options: str) -> httpx.Client:
        done = self.run("new", name, *options)
        assert done.returncode == 0, done.stderr
        return self.client(done.stdout.splitlines()[0].rpartition(" ")[2])

    def client(self, key: str) -> httpx.Client:
        made = httpx.Client(base_url=self._door.url, headers={"X-API-Key": key}, timeout=60, trust_env=False)
        return self._clients.enter_context(made)

    def revoke(self, name: str) -> Any:
        return self.run("revoke", name, "--reason", "lost")

    def expire(self, name: str) -> None:
        with psycopg.connect(self._database) as connection:
            connection.execute("UPDATE api_key SET expires_at = now() WHERE name = %s", (name,))


def name(text: str) -> str:
    return f"{text} {uuid.uuid4().hex[:8]}"


def refused(client: httpx.Client, because: str) -> None:
    answer = client.get("/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "SW-API-401"), answer.text
    assert because in answer.json()["detail"]


def test_a_key_counts_from_when_it_is_made_until_it_is_revoked(made: Made) -> None:
    called = name("officer")
    key = made.new(called, "--role", "officer", "--person", "Eve", "--office", "FR001260", "--officer", "Oda")
    me = key.get("/v1/me", headers={"Accept-Language": "fr"})
    assert me.json() == {
        "name": called, "person": "Eve", "is_person": True, "roles": ["officer"], "eoris": None, "offices": ["FR001260"],
        "authority": None, "proven": "key", "asserts_officers": False, "language": "fr", "calls": me.json()["calls"],
    }  # fmt: skip
    assert "override" in me.json()["calls"]
    assert "metrics" not in me.json()["calls"]
    assert key.get("/v1/adapters", headers={"Authorization": "Bearer other"}).status_code == 200
    shown = made.run("list")
    assert called in " ".join(shown.stdout.split()) or called[:20] in shown.stdout
    done = made.revoke(called)
    assert "is revoked since" in done.stdout
    refused(key, "revoked")
    assert made.revoke(called).stdout == done.stdout, "a second time changes nothing"
    assert made.run("new", called, "--role", "officer").returncode != 0, "a name is one key's for ever"
    assert made.revoke("nobody's").returncode != 0


def test_a_key_that_expired_proves_nobody(made: Made) -> None:
    called = name("auditor")
    key = made.new(called, "--role", "auditor", "--expires", "2099-01-01T00:00:00Z")
    assert key.get("/v1/me").status_code == 200
    made.expire(called)
    refused(key, "expired")
    assert made.run("new", name("x"), "--role", "auditor", "--expires", "2020-01-01T00:00:00Z").returncode != 0
    assert made.run("new", name("x"), "--role", "auditor", "--expires", "soon").returncode != 0


@pytest.mark.parametrize("bad", [one for one in BAD_NAMES if "\x00" not in one and not one.startswith(("-", "+1"))])
def test_a_name_that_cannot_be_shown_is_refused(made: Made, bad: str) -> None:
    assert made.run("new", bad, "--role", "auditor").returncode != 0


@pytest.mark.parametrize("options", [("--role", "king"), ("--role", "trader"), ("--role", "auditor", "--eori", OWN), ("--role", "trader", "--eori", OWN, "--office", "FR001260")])  # fmt: skip
def test_a_key_is_sound(made: Made, options: tuple[str, ...]) -> None:
    assert made.run("new", name("x"), *options).returncode == 78


def test_a_name_of_the_configuration_is_taken(made: Made, door: Door, api_database: str) -> None:
    own = made.new("officer", "--role", "auditor")  # the command knows only its own configuration
    refused(own, "same name")
    assert door["officer"].get("/v1/me").json()["roles"] == ["officer"]
    keys = '[{"name": "taken", "hash": "' + "ab" * 32 + '", "role": "customs"}]'
    done = gateway_command(
        {"GATEWAY_SECURITY__KEYS": keys, "GATEWAY_DATABASE_URL": api_database},
        "api-key",
        "new",
        "taken",
        "--role",
        "auditor",
    )
    assert done.returncode != 0
    assert "of the configuration has the name" in done.stderr


@pytest.fixture
def trader(made: Made) -> tuple[str, httpx.Client]:
    called = name("trader")
    options = ("--eori", OWN, "--eori", "FR22345678901234", "--person", "Tom")
    return called, made.new(called, "--role", "trader", *options)


def own(client: httpx.Client, called: str = "erp", **more: object) -> dict[str, Any]:
    answer = client.post("/v1/keys", json={"name": called, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_trader_makes_a_key_for_its_own_eoris_at_most(
    made: Made, door: Door, trader: tuple[str, httpx.Client]
) -> None:
    called, client = trader
    new = own(client, eoris=[OWN], expires_at="2099-01-01T00:00:00Z")
    key = new.pop("key")
    assert (new["name"], new["role"], new["person"], new["eoris"]) == (f"{called}/erp", "trader", "Tom", [OWN])
    assert new["counts"]
    erp = made.client(key)
    me = erp.get("/v1/me").json()
    assert (me["name"], me["eoris"], me["is_person"]) == (f"{called}/erp", [OWN], False)
    assert erp.get("/v1/declarations").status_code == 200
    again = erp.post("/v1/keys", json={"name": "more"})
    assert (again.status_code, again.json()["code"]) == (403, "SW-API-403")
    assert erp.delete(f"/v1/keys/{new['id']}").status_code == 403
    assert client.post("/v1/keys", json={"name": "x", "eoris": ["DE1"]}).status_code == 422
    assert client.post("/v1/keys", json={"name": "erp"}).status_code == 409
    listed = client.get("/v1/keys").json()["items"]
    assert [one["id"] for one in listed] == [new["id"]]
    assert listed[0]["used_at"] is not None
    assert key not in client.get("/v1/keys").text
    assert door["stranger"].get("/v1/keys").json() == {"items": [], "next": None}
    there, absent = (door["stranger"].delete(f"/v1/keys/{one}") for one in (new["id"], uuid.uuid4()))
    assert (there.status_code, there.json()) == (404, absent.json())
    gone = client.delete(f"/v1/keys/{new['id']}").json()
    assert not gone["counts"]
    assert client.delete(f"/v1/keys/{new['id']}").json() == gone
    refused(erp, "revoked")


def test_it_ends_with_the_access_of_who_made_it(made: Made, trader: tuple[str, httpx.Client]) -> None:
    called, client = trader
    erp = made.client(own(client)["key"])
    assert erp.get("/v1/me").status_code == 200
    made.revoke(called)
    refused(erp, "ended with the access")


def test_a_key_made_by_a_configured_key_counts_too(made: Made, door: Door) -> None:
    new = own(door["trader"], name("erp"))
    erp = made.client(new["key"])
    assert erp.get("/v1/me").json()["eoris"] == [OWN]
    assert door["trader"].delete(f"/v1/keys/{new['id']}").status_code == 200


@pytest.mark.parametrize("bad", BAD_NAMES)
def test_a_traders_name_that_cannot_be_shown_is_refused(door: Door, bad: str) -> None:
    answer = door["trader"].post("/v1/keys", json={"name": bad})
    assert (answer.status_code, answer.json()["code"]) == (422, "SW-API-422"), answer.text
    assert "x" * 300 not in answer.text


@pytest.mark.parametrize(
    "body", [{}, {"name": 1}, {"name": "a", "role": "officer"}, {"name": "a", "eoris": []}, {"name": "a", "expires_at": 1},
             {"name": "a", "expires_at": "2020-01-01T00:00:00Z"}],
)  # fmt: skip
def test_what_is_no_such_order_is_refused(door: Door, body: dict[str, Any]) -> None:
    assert door["trader"].post("/v1/keys", json=body).status_code == 422


def test_keys_are_listed_page_by_page(door: Door, trader: tuple[str, httpx.Client]) -> None:
    _, client = trader
    ids = [own(client, f"k{number}")["id"] for number in range(3)]
    first = client.get("/v1/keys", params={"limit": 2}).json()
    second = client.get("/v1/keys", params={"limit": 2, "cursor": first["next"]}).json()
    assert [one["id"] for one in first["items"] + second["items"]] == ids[::-1]
    assert second["next"] is None
    assert client.get("/v1/keys", params={"cursor": "x"}).status_code == 422
    assert {one["id"] for one in door["auditor"].get("/v1/keys").json()["items"]} >= set(ids)


def test_nobody_approves_their_own_order_under_another_key(made: Made, door: Door) -> None:
    one, two = name("officer"), name("officer")
    mine = made.new(one, "--role", "officer", "--person", "Eve")
    another = made.new(two, "--role", "officer", "--person", "E\u0301ve".encode().decode().replace("E\u0301", "E"))
    asked = override(mine, released_by_two(door))
    answer = another.post(asked.headers["location"], json={"approve": True})
    assert (answer.status_code, answer.json()["code"]) == (422, "SW-API-602")
    approve(door, asked)
    waiting = override(mine, released_by_two(door))
    made.revoke(one)
    void = door["colleague"].post(waiting.headers["location"], json={"approve": True})
    assert (void.status_code, void.json()["code"]) == (409, "SW-API-603"), "nobody stands for the order any more"


def test_who_may_do_what_is_told_in_the_callers_language(door: Door) -> None:
    table = door["auditor"].get("/v1/access", headers={"Accept-Language": "de"})
    assert table.headers["content-language"] == "de"
    (lodging,) = (one for one in table.json()["items"] if one["call"] == "lodge")
    assert lodging == {
        "call": "lodge",
        "name": "eine Anmeldung abgeben",
        "roles": ["customs", "trader"],
        "offices": "all",
    }
    assert {"role": "officer", "name": "Zollbeamter"} in table.json()["roles"]
