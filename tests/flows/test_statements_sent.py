"""What a serving process sends to its database on the hot path is what the placement of the tables was judged by."""

import re
from contextlib import suppress
from pathlib import Path

import psycopg

from gateway import jobs
from tests.builders.consignments import WAIT_S, Consignment, by_two, lodged, milk, push
from tests.builders.databases import Databases
from tests.builders.placement import named, placement
from tests.builders.running import Authorities, GatewayReader, Served, declaration, lodgeable, served, stepped, until
from tests.builders.tap import tapped

OF_DAYS = ("CREATE TABLE", "ALTER TABLE")
"""What makes the partitions of the days to come: on every node."""
DEFER = """
SELECT procrastinate_defer_jobs_v1(
    ARRAY[ROW('default', %s, 0, NULL, NULL, '{"timestamp": 0}', NULL)::procrastinate_job_to_defer_v1]
)
"""


def one_story(gateway: GatewayReader, simulated: Authorities, running: Served) -> None:
    """Received, decided, read, found, sent again, amended, told anew by its authority, released in doubt, settled, corrected."""
    goods = lodged(gateway, simulated, 1000, 1400)
    body = goods.reply.body
    raw = milk(1000, 1400, reference=goods.reference, lrn=body["lrn"])
    assert gateway.lodge(raw, "application/xml", wait_s=WAIT_S).body["id"] == goods.id
    read(gateway, goods)
    less = milk(1000, 1300, reference=goods.reference, lrn=body["lrn"]).replace(b"<version>1<", b"<version>2<")
    assert gateway.amend(goods.id, less, "application/xml", wait_s=WAIT_S).body["version"] == 2
    simulated.control("traces", "PUT", f"/documents/{goods.reference}", status="70")
    assert push(running.url, goods.reference, "70") == 1
    until(lambda: gateway.get(goods.id).body["state"] == "decided" or None, "the decision after the push")
    dropped = {"reference": goods.reference, "containing": "chedClearanceRequest"}
    simulated.control("traces", "POST", "/faults", fault="drop_after", count=1, **dropped)
    assert gateway.release(goods.id, wait_s=WAIT_S).status == 200
    until(lambda: gateway.get(goods.id).body["state"] == "released" or None, "a release that was in doubt")
    corrected = by_two("amend", goods, item_1="950", item_2="1200")
    assert gateway.intervene(goods.id, corrected, wait_s=WAIT_S).status == 200


def read(gateway: GatewayReader, goods: Consignment) -> None:
    """Reads it as traders and officers do: by every name, as one of a list, and what it draws on."""
    mrn, lrn = goods.reply.body["mrn"], goods.reply.body["lrn"]
    for path in (
        *(f"/v1/declarations/{goods.id}{of}" for of in ("", "/events", "/movements", "/evidence", "?version=1")),
        f"/v1/declarations/{mrn}",
        f"/v1/declarations/-?lrn={lrn}",
        f"/v1/declarations?lrn={lrn}",
        "/v1/declarations",
        "/v1/notices?after=0",
        f"/v1/documents/N853?reference={goods.reference}",
    ):
        assert gateway.read(path).status_code == 200, path


def accepted_and_invalidated(gateway: GatewayReader, url: str) -> None:
    """Lodged before the goods are there, accepted by customs, invalidated."""
    mrn = declaration("01", "SENT-2").decode().split("<MRN>")[1].split("</MRN>")[0]
    record_id = gateway.lodge(lodgeable("01", "SENT-2"), "application/xml", wait_s=WAIT_S).body["id"]
    accepted = {"mrn": mrn, "accepted_at": "2026-11-25T09:30:00Z"}
    assert stepped(url, record_id, "acceptance", wait_s=WAIT_S, **accepted).status_code == 200
    assert stepped(url, record_id, "invalidation", wait_s=WAIT_S, reason="withdrawn").json()["state"] == "invalidated"


def jobs_done(url: str) -> None:
    """Has every periodic job done at once: whatever time it is, what they send is known."""
    tasks = re.findall(r'cron=.*\n +@app\.task\(name="(\w+)"', Path(jobs.__file__).read_text(encoding="utf-8"))
    with psycopg.connect(url, autocommit=True) as connection:
        for task in tasks:
            connection.execute(DEFER, [task])

        def are_done() -> bool:
            left = connection.execute("SELECT count(*) FROM procrastinate_jobs WHERE args = '{\"timestamp\": 0}'")
            return left.fetchone() == (0,)

        until(lambda: are_done() or None, f"an end of {', '.join(tasks)}")


def test_what_is_sent_is_what_was_judged(simulated: Authorities, databases: Databases) -> None:
    known = placement()
    judged = {*known.by_id, *known.crossing}
    with databases.one() as url, tapped(url) as tap:
        environment = {**simulated.environment, "GATEWAY_DATABASE_URL": tap.url}
        with served(environment, "--processes=1") as running, running.client() as gateway:
            one_story(gateway, simulated, running)
            accepted_and_invalidated(gateway, running.url)
            jobs_done(url)

            def missing() -> set[str]:
                return judged - set(known.at_times) - {named().get(one, "") for one in tap.statements()}

            with suppress(AssertionError):
                until(lambda: not missing() or None, "all that was judged")
            assert missing() == set(), "judged and not sent: what is not sent each time stands in at_times"
        sent = tap.statements()
    new = {named()[one] for one in sent if one in named()} - judged
    assert new == set(), "say in gateway/store/placement.toml how these reach their rows"
    others = {one for one in sent if one not in named() and known.tables_in(one) and not one.startswith(OF_DAYS)}
    assert others <= known.composed.keys(), "statements without a name, of tables that would be distributed"


def test_what_a_declarant_was_told_is_counted_from_its_second_declaration_on(
    simulated: Authorities, databases: Databases
) -> None:
    with databases.one() as url, tapped(url) as tap:
        environment = {**simulated.environment, "GATEWAY_DATABASE_URL": tap.url}
        with served(environment, "--processes=1") as running, running.client() as gateway:
            for number, counted in enumerate((False, True)):
                raw = lodgeable("01", f"TOLD-{number}")
                assert gateway.lodge(raw, "application/xml", wait_s=WAIT_S).body["state"] == "decided"
                assert ("told_often" in {named().get(one) for one in tap.statements()}) is counted
