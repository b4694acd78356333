"""An authority is down, officers open a contingency window, goods go on; afterwards everything is verified, and nothing undone."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from gateway.domain.mrn import with_check_character
from tests.builders.commands import Run, ran_apart, ran_here
from tests.builders.declarations import Goods, message
from tests.builders.processes import PATIENCE_S
from tests.builders.running import Authorities, Served, clean_environment, served, stepped, until
from tests.builders.visitor import demo_person

FISH = "CATCH.CC.XX.2026.1773109"
QUICK = {
    "GATEWAY_SETTLE_FIRST_SECONDS": "0.3",
    "GATEWAY_RETRY_UNDETERMINED_SECONDS": "1",
    "GATEWAY_DEADLINE_SECONDS": "3",
}
CONFIRMED, REFUSED, EXCEEDED = (f"CATCH.CC.XX.2026.177310{n}" for n in (1, 2, 3))
ALLOWED = """
[[window]]
types = ["C673"]
modes = ["hold", "manual", "release"]
legal_basis = "an administration's own law"
loosens = "a catch certificate is shown later while CATCH is down"
valid_from = 2026-01-10
source = "a test"
"""


@pytest.fixture
def replicas(database_url: str, simulated: Authorities, tmp_path: Path) -> Iterator[tuple[Served, Served]]:
    """Two gateways on one database of the test's own, under the law of an administration that lets fish go while CATCH is down."""
    (tmp_path / "contingency.toml").write_text(ALLOWED)
    environment = {
        **simulated.environment,
        **QUICK,
        "GATEWAY_DATABASE_URL": database_url,
        "GATEWAY_TABLES": f'["{tmp_path}"]',
    }
    with served(environment) as one, served(environment) as other:
        yield one, other


def lodge(replica: Served, reference: str, number: int) -> Mapping[str, Any]:
    with replica.client() as client:
        raw = message(
            f"CONTINGENT-{number}",
            with_check_character(f"26FR000000077310{number}"),
            [Goods(number=1, reference=reference)],
        )
        return client.lodge(raw, "application/xml", wait_s=30).body


def read(replica: Served, path: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(replica.url + path, trust_env=False, timeout=30).raise_for_status().json()
    return found


def codes(body: Mapping[str, Any]) -> set[str]:
    return {finding["code"] for finding in body["decision"]["findings"]}


def told(replica: Served, status: int, *arguments: str, group: str = "contingency", run: Run = ran_here) -> str:
    """What `gateway contingency`, or another group of commands, prints, ending with a status."""
    done = run({**clean_environment(), "COLUMNS": "250"}, group, *arguments, f"--url={replica.url}")
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def break_down(simulated: Authorities, fault: str | None) -> None:
    for reference in (CONFIRMED, REFUSED, EXCEEDED):
        simulated.control("catch", "POST", "/faults", reference=reference, fault=fault)


@pytest.mark.whole
def test_goods_go_on_inside_a_window_and_everything_is_verified_afterwards(
    replicas: tuple[Served, Served], database_url: str, simulated: Authorities
) -> None:
    one, other = replicas
    break_down(simulated, "down")
    bodies = {CONFIRMED: lodge(one, CONFIRMED, 1)}
    assert bodies[CONFIRMED]["decision"]["effect"] == "hold"
    assert "SW-DEC-030" in codes(bodies[CONFIRMED])

    assert told(
        one, 0, "open", "catch", "--mode=release", "--reason=announced", "--officer=martin", "--second-officer=dubois"
    ) == "contingency window 1 of catch (release): in force\n"  # fmt: skip
    # Of TRACES no window releases anything: nothing lets goods go without a CHED.
    told(one, 30, "open", "traces", "--mode=release", "--reason=x", "--officer=martin", "--second-officer=dubois")
    # The other replica sees it at once.
    for number, reference in ((2, REFUSED), (3, EXCEEDED)):
        bodies[reference] = lodge(other, reference, number)
        assert codes(bodies[reference]) == {"SW-DEC-131"}
        (finding,) = bodies[reference]["decision"]["findings"]
        assert "contingency window 1" in finding["message"]
        document = next(one for one in bodies[reference]["documents"] if one["reference"] == reference)
        assert (document["status"], document["effect"]) == ("undetermined", "release")
    where = f"/v1/declarations/{bodies[CONFIRMED]['id']}"
    until(lambda: read(one, where)["decision"]["effect"] == "release", "a release of the one that was held before")
    for body in bodies.values():
        released = stepped(other.url, body["id"], "release", wait_s=20)
        assert (released.status_code, released.json()["state"]) == (200, "released"), released.text
    listed = read(one, "/v1/contingency/1")
    assert (listed["decided"], listed["awaited"], listed["differing"]) == (3, 3, 0)
    assert all(item["released_unverified"] and item["effect"] == "release" for item in listed["items"])

    simulated.control("catch", "PUT", f"/documents/{REFUSED}", status="REJECTED")
    left = {"lines": [{"line": 1, "available": {"value": "1", "unit": "KGM"}}], "declarations": []}
    simulated.control("catch", "PUT", f"/documents/{EXCEEDED}", usage=left)
    break_down(simulated, None)
    assert told(other, 0, "close", "1", "--reason=back", "--officer=martin", run=ran_apart).endswith("closed\n")
    until(lambda: read(one, "/v1/contingency/1")["awaited"] == 0, "the verification of all of them")
    report = {item["document"]["reference"]: item for item in read(one, "/v1/contingency/1")["items"]}
    assert {reference: item["afterwards"] for reference, item in report.items()} == {
        CONFIRMED: "confirmed", REFUSED: "differs", EXCEEDED: "differs",
    }  # fmt: skip
    assert report[REFUSED]["found"]["status"] == "refused"
    assert report[EXCEEDED]["found"]["findings"] == ["SW-DEC-070"]
    differing = read(other, "/v1/contingency/1?afterwards=differs")["items"]
    assert {item["document"]["reference"] for item in differing} == {REFUSED, EXCEEDED}

    printed = told(one, 1, "report", "1", run=ran_apart)
    assert (REFUSED in printed, EXCEEDED in printed, CONFIRMED in printed) == (True, True, False)
    assert CONFIRMED in told(one, 0, "list", "1", run=ran_apart)

    # Nothing is undone, and nothing was moved.
    for reference, body in bodies.items():
        shown = read(one, f"/v1/declarations/{body['id']}")
        assert (shown["state"], shown["release"]["whole"]) == ("released", True)
        assert simulated.ledger("catch", reference)["allocations"] == []
        trail = read(one, f"/v1/declarations/{body['id']}/events")["items"]
        assert any(
            event["kind"] == "declaration.decided" and event["body"].get("contingency") == [1] for event in trail
        )
        (verified,) = [event for event in trail if event["kind"] == "contingency.verified"]
        assert (verified["body"]["window"], verified["body"]["afterwards"]) == (1, report[reference]["afterwards"])

    # What was confirmed is written off by officers.
    owed = report[CONFIRMED]["write_off"]
    assert not owed["done"]
    assert "SW-DEC-134" in codes(read(one, where))
    officer = demo_person(one.url)
    officer.get("/console/contingency/1")
    rows = [row.text_content() for row in officer.page.iterfind(".//tbody/tr")]
    assert ["Differs" in row for row in rows] == [True, True, False], "what differs comes first"
    (form,) = [here for here in officer.page.xpath("//main//a/@href") if "/write-off?" in here]
    officer.get(form)
    assert officer.post(form, reason=" ").status_code == 422
    assert officer.post(form, reason="released under contingency window 1").status_code == 200
    assert "waits for a second officer" in officer.text()
    (waiting,) = read(one, "/v1/approvals?kind=intervention")["items"]
    assert waiting["ordered"]["reference"] == "window 1"
    document = report[CONFIRMED]["document"]
    order = {
        "declaration": bodies[CONFIRMED]["id"], "document": document, "reason": "released under contingency window 1",
        "officer": "officer.martin", "second_officer": "officer.dubois",
    }  # fmt: skip
    by_hand = write_off(one, 1, order)
    assert by_hand.status_code == 200, by_hand.text
    until(lambda: "SW-DEC-134" not in codes(read(one, where)), "a decision that misses nothing")
    (first,) = [i for i in read(one, "/v1/contingency/1")["items"] if i["document"]["reference"] == CONFIRMED]
    assert first["write_off"]["done"]
    assert write_off(one, 1, order).status_code == 409, "it is written off already"
    assert write_off(one, 1, {**order, "document": report[REFUSED]["document"]}).status_code == 404, "nothing is owed"
    assert officer.get(form).status_code == 409
    agree(database_url, simulated, [body["id"] for body in bodies.values()])


def write_off(gateway: Served, number: int, order: Mapping[str, Any]) -> httpx.Response:
    """Two officers enter a write-off that a window's list says is owed."""
    return httpx.post(
        f"{gateway.url}/v1/contingency/{number}/write-offs",
        json=order,
        headers={"prefer": "wait=20"},
        timeout=PATIENCE_S,
        trust_env=False,
    )


@pytest.mark.whole
def test_a_window_that_one_officer_orders_waits_for_another_at_the_command_line(
    replicas: tuple[Served, Served], database_url: str
) -> None:
    one, other = replicas
    waiting = told(one, 10, "open", "catch", "--mode=hold", "--reason=announced", "--officer=martin", run=ran_apart)
    assert "waits for a second person" in waiting
    approval = waiting.split()[-1]
    assert read(one, "/v1/contingency")["items"] == []
    listed = told(other, 10, "list", group="approvals", run=ran_apart)
    assert approval in listed
    assert "martin (anybody)" in listed
    assert "SW-API-602" in told(other, 30, "approve", approval, "--officer=Martin ", group="approvals")
    assert told(other, 0, "approve", approval, "--officer=dubois", group="approvals") == "window: approved\n"
    told(one, 0, "list", group="approvals")
    (window,) = read(one, "/v1/contingency")["items"]
    assert (window["in_force"], window["opening"]["officer"], window["opening"]["second_officer"]) == (
        True,
        "martin",
        "dubois",
    )
    (event,) = chain_of_windows(database_url)
    nobody = {"id": "anybody", "role": "anybody", "proven": False}
    assert (event["body"]["by"], event["body"]["second"]) == (nobody, nobody)
    assert "martin" not in json.dumps(event)


def chain_of_windows(database_url: str) -> list[dict[str, Any]]:
    """The events of contingency windows."""
    with psycopg.connect(database_url) as connection:
        found = connection.execute("SELECT text FROM contingency_event ORDER BY seq").fetchall()
    return [json.loads(text) for (text,) in found]


@pytest.mark.whole
def test_where_usage_is_reported_at_release_it_is_reported_once_the_window_is_over(
    replicas: tuple[Served, Served], database_url: str, simulated: Authorities
) -> None:
    one, other = replicas
    simulated.control("catch", "POST", "/faults", reference=FISH, fault="down")
    told(one, 0, "open", "catch", "--mode=release", "--reason=announced", "--officer=martin", "--second-officer=dubois")
    goods = [Goods(number=number, reference=FISH) for number in (1, 2)]
    with one.client() as client:
        raw = message("CONTINGENT-FISH", "26FR00000007731090", goods)
        body = client.lodge(raw, "application/xml", wait_s=30).body
    assert (body["decision"]["effect"], codes(body)) == ("release", {"SW-DEC-131"})
    released = stepped(other.url, body["id"], "release", wait_s=20, items=[{"goods_item": 1}])
    assert released.status_code == 200, released.text

    simulated.control("catch", "POST", "/faults", reference=FISH, fault=None)
    assert simulated.ledger("catch", FISH)["allocations"] == []
    told(other, 0, "close", "1", "--reason=back", "--officer=martin")
    until(lambda: read(one, "/v1/contingency/1")["awaited"] == 0, "the verification")
    (item,) = read(one, "/v1/contingency/1")["items"]
    assert (item["afterwards"], item["released_unverified"], item["write_off"]) == ("confirmed", True, None)
    assert reported(simulated) == [(1, "consumed", "120")]
    assert read(one, f"/v1/declarations/{body['id']}")["state"] == "decided"
    released = stepped(other.url, body["id"], "release", wait_s=20)
    assert (released.status_code, released.json()["state"]) == (200, "released"), released.text
    assert reported(simulated) == [(1, "consumed", "120"), (2, "consumed", "120")]
    assert simulated.ledger("catch", FISH)["effects"]["MRN"] == {"26FR00000007731090": {"release": 1, "amend": 1}}
    agree(database_url, simulated, [body["id"]])


def reported(simulated: Authorities) -> list[tuple[int, str, str]]:
    """What CATCH was told that the fish's goods items used."""
    parts = simulated.ledger("catch", FISH)["allocations"]
    return [(part["goods_item"], part["state"], part["quantity"]) for part in parts]


def agree(database_url: str, simulated: Authorities, ids: list[str]) -> None:
    """Every decision can be made again, and nobody changed the trail."""
    environment = {**clean_environment(), **simulated.environment, "GATEWAY_DATABASE_URL": database_url}
    for command in (*(["replay", one] for one in ids), ["audit", "verify"]):
        done = ran_here(environment, *command)
        assert done.returncode == 0, done.stdout + done.stderr
