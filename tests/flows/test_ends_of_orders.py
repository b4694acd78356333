"""Every way in which an order to release ends, with each adapter that moves quantities: the table of docs/customs.md."""

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.terminal.client import Reply
from tests.builders.databases import administer, database_of
from tests.builders.extent import part
from tests.builders.places import ROOT
from tests.builders.running import Authorities, GatewayReader, Served, declaration, served, settled, until

OVERRIDE = {"override": {"officer": "officer.martin", "reason": "perishable"}}
ROWS = "\n<!-- ways in which an order ends"
RELEASED, AGAINST, OVERTAKEN = (True, None), (False, "against_decision"), (False, "overtaken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """An adapter that moves quantities: a declaration that draws on a document, and how its authority is steered."""

    name: str
    story: str
    reference: str
    withdrawn: dict[str, str]
    waits: dict[str, str]
    """What holds and refuses nothing."""
    asks: str
    """Stands in a question to it."""
    writes_off: str
    """Stands in its order to write off."""
    reserves: bool = True
    used_up: Mapping[str, Any] = field(default_factory=dict)
    """What leaves nothing to write off, where nothing is reserved."""


ADAPTERS = (
    Adapter(
        name="traces",
        story="01",
        reference="CHEDP.FR.2026.0000001",
        withdrawn={"status": "64"},
        waits={"status": "42"},
        asks="QuantityManagementIndication>0<",
        writes_off="GoodsClearanceInformation>01<",
    ),
    Adapter(
        name="dual_use",
        story="12",
        reference="DU.FR.2026.0000001",
        withdrawn={"status": "REVOKED"},
        waits={"status": "SUSPENDED"},
        asks="export-licences?",
        writes_off="/write-offs",
    ),
    Adapter(
        name="cites",
        story="16",
        reference="26FR0100001",
        withdrawn={"status": "CANCELLED"},
        waits={"status": "SUSPENDED"},
        asks="/permits",
        writes_off="/uses",
        reserves=False,
        used_up={"used": [{"declaration": "26FR001260000907R6", "goods_item": 1, "line": 1, "quantity": "500"}]},
    ),
    Adapter(
        name="catch",
        story="07",
        reference="CATCH.CC.NO.2026.0000001",
        withdrawn={"status": "CANCELLED"},
        waits={"status": "SUBMITTED"},
        asks="0001?",
        writes_off="/usages/",
        reserves=False,
        used_up={
            "usage": {
                "lines": [{"line": line, "available": {"value": "0", "unit": "KGM"}} for line in (1, 2)],
                "declarations": [],
            }
        },
    ),
)


@dataclass(slots=True, kw_only=True)
class Scene:
    """A declaration that is free to be released, and its authority."""

    gateway: GatewayReader
    simulated: Authorities
    adapter: Adapter
    id: str
    mrn: str

    def control(self, method: str, path: str, **body: object) -> None:
        self.simulated.control(self.adapter.name, method, path, **body)

    def fail(self, fault: str, containing: str | None = None, count: int | None = None) -> None:
        self.control("POST", "/faults", fault=fault, containing=containing, count=count)

    def heal(self) -> None:
        for containing in (None, self.adapter.writes_off):
            self.control("POST", "/faults", fault=None, containing=containing)

    def remove_reservation(self) -> None:
        self.control("POST", f"/ledger/{self.adapter.reference}/remove", mrn=self.mrn)

    def is_held(self) -> bool:
        return bool(self.simulated.control(self.adapter.name, "GET", "")["held"])

    def withdraw(self) -> None:
        self.control("PUT", f"/documents/{self.adapter.reference}", **self.adapter.withdrawn)

    def have_it_held(self) -> None:
        """Has the declaration held by what its authority says."""
        self.control("PUT", f"/documents/{self.adapter.reference}", **self.adapter.waits)
        assert self.gateway.act(self.id, "assessment", {}, wait_s=20).effect == "hold"

    def release(self, body: dict[str, Any] | None = None, wait_s: float = 20) -> Reply:
        return self.gateway.release(self.id, body, wait_s=wait_s)

    def leave_open(self) -> None:
        """Orders a release that cannot be carried out now."""
        reply = self.release(wait_s=1)
        assert (reply.status, reply.released) == (202, False), reply.body
        until(lambda: self.now()["decision"]["effect"] == "hold", "what it waits for")
        body = self.now()
        assert (body["released"], body["release_order"]["outcome"]) == (None, "open")
        assert not self.written_off()

    def ask_again(self) -> None:
        assert self.gateway.act(self.id, "assessment", {}, wait_s=20).status == 200

    def now(self) -> dict[str, Any]:
        return dict(settled(self.gateway, self.id).body)

    def written_off(self) -> bool:
        told = self.simulated.ledger(self.adapter.name, self.adapter.reference)
        used = [one for one in told["allocations"] if self.mrn in str(one) and "reserved" not in str(one).lower()]
        return bool(used)

    def ended(self) -> tuple[bool, str | None]:
        """How the last order ended, once it has."""
        until(lambda: self.now()["released"] is not None, "the end of the order")
        body = self.now()
        assert body["release_order"]["outcome"] == ("carried_out" if body["released"] else "not_carried_out")
        return body["released"], body["release_order"]["reason"]


def is_released(reply: Reply, scene: Scene) -> None:
    assert (reply.status, reply.body["released"], reply.released) == (200, True, True), reply.body
    assert reply.body["state"] == "released"
    assert scene.written_off()


def is_refused(reply: Reply, reason: str) -> None:
    assert (reply.status, reply.body["code"], reply.released) == (409, "SW-API-634", False), reply.body
    assert (reply.body["released"], reply.body["reason"]) == (False, reason)
    assert reply.body["errors"]
    assert all(one["code"].startswith("SW-DEC-") and one["message"] for one in reply.body["errors"])


def _nothing_against(scene: Scene) -> None:
    is_released(scene.release(), scene)


def _gone_and_free(scene: Scene) -> None:
    if scene.adapter.reserves:
        scene.remove_reservation()
    is_released(scene.release(), scene)


def _changed_for_the_worse(scene: Scene) -> None:
    scene.withdraw()
    is_refused(scene.release(), "against_decision")
    assert scene.ended() == AGAINST
    assert not scene.written_off()
    assert scene.now()["decision"]["effect"] in {"hold", "refuse"}


def _nobody_answers(scene: Scene) -> None:
    scene.fail("down")
    scene.leave_open()
    scene.heal()
    assert scene.ended() == RELEASED
    assert scene.written_off()


def _nobody_takes_the_order(scene: Scene) -> None:
    scene.fail("down", scene.adapter.writes_off)
    scene.leave_open()
    scene.heal()
    assert scene.ended() == RELEASED
    assert scene.written_off()


def _answer_lost(scene: Scene) -> None:
    scene.fail("drop_after", scene.adapter.writes_off, 1)
    is_released(scene.release(), scene)


def _old_position(scene: Scene) -> None:
    scene.fail("stale", scene.adapter.asks)
    scene.fail("drop_after", scene.adapter.writes_off, 1)
    reply = scene.release(wait_s=1)
    assert reply.status in {200, 202}, reply.body
    assert reply.released is (reply.status == 200)
    scene.control("POST", "/faults", fault=None, containing=scene.adapter.asks)
    assert scene.ended() == RELEASED
    assert scene.written_off()


def _newer_version(scene: Scene) -> None:
    scene.fail("down")
    scene.leave_open()
    text = sample(scene.adapter, _newer_version).decode()
    amended = scene.gateway.amend(
        scene.id, re.sub("<version>1</version>", "<version>2</version>", text).encode(), "application/xml", wait_s=20
    )
    assert amended.taken, amended.body
    scene.heal()
    assert scene.ended() == OVERTAKEN
    assert not scene.written_off()


def _invalidation(scene: Scene) -> None:
    scene.fail("down")
    scene.leave_open()
    assert scene.gateway.invalidate(scene.id, reason="withdrawn", wait_s=20).taken
    scene.heal()
    assert scene.ended() == OVERTAKEN
    assert not scene.written_off()


def _examination_first(scene: Scene) -> None:
    scene.control("POST", "/hold", when="before", containing=scene.adapter.asks)
    assert scene.release(wait_s=0).status == 202
    until(scene.is_held, "the question before the release")
    assert scene.gateway.act(scene.id, "control", {"announced": True, "reference": "X"}, wait_s=5).taken
    scene.control("POST", "/hold/release")
    assert scene.ended() == (False, "examined")
    assert not scene.written_off()
    again = scene.release()
    assert (again.status, again.body["code"]) == (409, "SW-API-651"), again.body
    assert scene.gateway.act(
        scene.id, "control", {"withdrawn": True, "reference": "X", "reason": "not needed"}, wait_s=5
    ).taken
    assert scene.release().released


def _override_first(scene: Scene) -> None:
    scene.fail("down")
    scene.leave_open()
    overridden = scene.release(OVERRIDE, 1)
    scene.heal()
    assert overridden.status in {200, 202}, overridden.body
    assert scene.ended() == RELEASED


def _override_of_what_stands(scene: Scene) -> None:
    scene.have_it_held()
    reply = scene.release(OVERRIDE)
    assert (reply.status, reply.released) == (200, True), reply.body


def _override_and_something_came(scene: Scene) -> None:
    scene.have_it_held()
    scene.withdraw()
    is_refused(scene.release(OVERRIDE), "against_decision")
    assert not scene.written_off()


def _override_of_what_nobody_determined(scene: Scene) -> None:
    scene.fail("down")
    scene.ask_again()
    assert settled(scene.gateway, scene.id).effect == "hold"
    reply = scene.release(OVERRIDE, 1)
    scene.heal()
    assert reply.status in {200, 202}, reply.body
    assert scene.ended() == RELEASED


def _refused_again(scene: Scene) -> None:
    """What is reserved vanishes before it is asked, and again before it is written off; where nothing is reserved, an
    old position hides that all is used up.
    """
    if scene.adapter.reserves:
        scene.remove_reservation()
        scene.control("POST", "/hold", when="before", containing=scene.adapter.writes_off)
        assert scene.release(wait_s=0).status == 202
        until(scene.is_held, "the order to write off")
        scene.remove_reservation()
        scene.control("POST", "/hold/release")
    else:
        scene.fail("stale", scene.adapter.asks)
        scene.control("PUT", f"/documents/{scene.adapter.reference}", **scene.adapter.used_up)
        is_refused(scene.release(), "not_written_off")
    assert scene.ended() == (False, "not_written_off")
    body = scene.now()
    assert (body["state"], body["decision"]["effect"]) == ("decided", "hold")
    assert not scene.written_off()
    assert "SW-DEC-118" in str(body["decision"]), body["decision"]


ENDS: dict[tuple[str, str], Callable[[Scene], None]] = {
    ("any", "nothing stands against it"): _nothing_against,
    ("any", "what was reserved is gone, and free"): _gone_and_free,
    ("any", "the document changed since, for the worse"): _changed_for_the_worse,
    ("any", "nobody answers the question before the release"): _nobody_answers,
    ("any", "nobody takes the order to write off"): _nobody_takes_the_order,
    ("any", "written off, and the answer is lost"): _answer_lost,
    ("any", "written off, the answer is lost, and the position is an old one"): _old_position,
    ("any", "refused again, after everything was asked and reserved anew"): _refused_again,
    ("any", "an examination was announced before anything was begun"): _examination_first,
    ("any, open", "a newer version came first"): _newer_version,
    ("any, open", "an invalidation came first"): _invalidation,
    ("any, open", "an officer's override came first"): _override_first,
    ("override", "what stood when it was given stands still"): _override_of_what_stands,
    ("override", "something came since"): _override_and_something_came,
    ("override, of what nobody determined", "still nobody answers"): _override_of_what_nobody_determined,
}


def sample(adapter: Adapter, row: Callable[..., None]) -> bytes:
    """A declaration that draws on the adapter's document."""
    text = declaration(adapter.story, lrn_of(adapter, row))
    return text.replace(b"CATCH.CC.US.2026.0000013", adapter.reference.encode())


def lrn_of(adapter: Adapter, row: Callable[..., None]) -> str:
    return f"END-{zlib.crc32(f'{adapter.name} {row.__name__}'.encode()):010d}"


def test_each_row_of_the_page_is_a_test() -> None:
    text = (ROOT / "docs" / "customs.md").read_text(encoding="utf-8")
    table = text.split(ROWS)[1].split("<!-- end -->")[0]
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")[:2]) for line in table.splitlines()[3:] if line]
    assert rows == list(ENDS)


@pytest.fixture(scope="module")
def asking_each_time(
    simulated: Authorities, database_cluster: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A gateway that asks before each release, and soon again."""
    folder: Path = tmp_path_factory.mktemp("tables")
    (folder / "changes.toml").write_text(
        '[[before_release]]\nminutes = 0\nvalid_from = 2016-05-01\nsource = "test"\n', encoding="utf-8"
    )
    with _database(database_cluster, migrated_template) as url:
        environment = {
            **simulated.environment,
            "GATEWAY_DATABASE_URL": url,
            "GATEWAY_TABLES": f'["{folder}"]',
            "GATEWAY_RETRY_UNDETERMINED_SECONDS": "1",
            "GATEWAY_ASK_AGAIN_SOONEST_SECONDS": "1",
            "GATEWAY_SETTLE_FIRST_SECONDS": "1",
            "GATEWAY_READ_AGAIN_AFTER_SECONDS": "[3, 6, 12, 86400]",
        }
        with served(environment) as gateway:
            yield gateway


@contextmanager
def _database(cluster: str, template: str) -> Iterator[str]:
    administer(cluster, f'CREATE DATABASE "ends" TEMPLATE "{template}"')
    try:
        yield database_of(cluster, "ends")
    finally:
        administer(cluster, 'DROP DATABASE "ends" WITH (FORCE)')


PLAYED = [
    pytest.param(row, adapter, id=f"{row.__name__.strip('_')}-{adapter.name}")
    for number, row in enumerate(ENDS.values())
    for adapter in part(ADAPTERS, 2, begin=number)
]
"""Every way with every other adapter, and each adapter in every other way."""


@pytest.mark.whole
@pytest.mark.parametrize(("row", "adapter"), PLAYED)
def test_an_order_ends_as_the_page_says(
    asking_each_time: Served, simulated: Authorities, untouched: None, adapter: Adapter, row: Callable[[Scene], None]
) -> None:
    with asking_each_time.client() as gateway:
        lodged = gateway.lodge(sample(adapter, row), "application/xml", wait_s=20)
        # What was down a moment ago may not be asked again at once.
        until(lambda: settled(gateway, lodged.body["id"]).effect == "release", "that it may be released")
        assert (lodged.body["released"], lodged.body["release_order"]) == (None, None)
        scene = Scene(
            gateway=gateway, simulated=simulated, adapter=adapter, id=lodged.body["id"], mrn=lodged.body["mrn"]
        )
        row(scene)
