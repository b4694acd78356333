"""The first pages of the console say that the tables of the configuration do not count, until somebody decides."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import stored
from gateway.domain.tables.set_state import set_name
from gateway.settings.tables import load_tables
from gateway.store import Store
from tests.builders.actors import ONE
from tests.builders.databases import Databases
from tests.builders.places import CONFIG
from tests.builders.running import Served, served
from tests.builders.visitor import demo_person
from tests.web.conftest import NOWHERE

STRICTER = """
[[second_officer]]
statuses = ["not_found"]
outcomes = ["valid"]
valid_from = 2020-01-01
source = "an administration's own"
"""
OWN_PAPERS = "".join(
    f"""
[[requirement]]
measure = "own measure {number}"
commodities = ["2{number}"]
directions = ["import"]
all_of = [["C085"]]
legal_basis = "an administration's own"
valid_from = 2020-01-01
source = "an administration's own"
"""
    for number in range(201, 244)
)
"""What other tables lack: 43 rows."""
DELIVERED = load_tables(CONFIG)
NAME = set_name(DELIVERED.version, DELIVERED.digest)


@pytest.fixture
def gateway(databases: Databases, tmp_path: Path) -> Iterator[Served]:
    """A gateway whose tables loosen those in force."""
    (tmp_path / "decisions.toml").write_text(STRICTER)
    (tmp_path / "requirements.toml").write_text(OWN_PAPERS)
    stricter = load_tables(CONFIG, tmp_path)

    async def publish(url: str) -> None:
        async with Store.opened(url) as store:
            await store.table_sets.publish(stored(stricter), by=ONE)

    with databases.one() as url:
        asyncio.run(publish(url))
        with served({"GATEWAY_DATABASE_URL": url, **NOWHERE}) as running:
            yield running


def test_the_first_pages_lead_to_the_approval(gateway: Served) -> None:
    officer = demo_person(gateway.url)
    for address, said in (
        ("/console", f"Tables {NAME} do not count."),
        ("/console/authorities", f"Tables {NAME} do not count."),
        ("/console/queue?lang=de", f"Die Tabellen {NAME} gelten nicht."),
        ("/console/queue?lang=fr", f"Les tables {NAME} ne s’appliquent pas."),
    ):
        officer.get(address)
        assert said in officer.text(), address
    officer.get("/console/queue?lang=en")
    (link,) = officer.page.xpath("//a[starts-with(@href, '/console/approvals/')]/@href")
    officer.get(link)
    assert officer.heading() == "Put looser tables into force?"
    for said in (
        "without an end",
        NAME,
        "By goods",
        "own measure 201",
        "no longer need C085",
        "By rows of the tables",
        "and 3 more lines",
        "and 4 more lines",
    ):
        assert said in officer.text()
    officer.get("/console/approvals")
    assert "No end" in officer.text()
    assert officer.page.xpath("//time[@datetime='']") == []
    officer.get(link)
    assert officer.post(link, approve="true").status_code == 200
    officer.get("/console")
    assert "do not count" not in officer.text()


def test_once_they_are_rejected_nothing_is_said_any_more(gateway: Served) -> None:
    officer = demo_person(gateway.url)
    officer.get("/console")
    (link,) = officer.page.xpath("//a[starts-with(@href, '/console/approvals/')]/@href")
    officer.get(link)
    officer.post(link, approve="false", reason="not yet")
    officer.get("/console")
    assert "do not count" not in officer.text()
