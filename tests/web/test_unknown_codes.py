"""The officers' first page, and `gateway doctor`, name the document codes that no table knew, with rows that class them."""

import asyncio
from collections.abc import Iterator
from datetime import date

import pytest

from gateway.cli.doctor.codes_check import codes_check
from gateway.cli.doctor.health_check import CheckState
from gateway.store import Store
from tests.builders.databases import Databases
from tests.builders.running import Served, declaration, served, settled
from tests.builders.visitor import demo_person
from tests.web.conftest import NOWHERE

DAY = date(2026, 12, 1)


@pytest.fixture(scope="module")
def database(databases: Databases) -> Iterator[str]:
    with databases.one() as url:
        yield url


@pytest.fixture(scope="module")
def gateway(database: str) -> Iterator[Served]:
    """A gateway that holds three declarations, two of them for a national code."""
    with served({"GATEWAY_DATABASE_URL": database, **NOWHERE}) as running:
        assert asyncio.run(codes_check(database, DAY)).state is CheckState.GOOD
        with running.client() as client:
            for lrn, kind in (("CODE-1", "9DFA"), ("CODE-2", "9DFA"), ("CODE-3", "N853")):
                raw = declaration("01", lrn).replace(b"N853", kind.encode())
                reply = client.lodge(raw, "application/xml", wait_s=20)
                assert settled(client, reply.body["id"]).effect == "hold"
        yield running


@pytest.mark.parametrize(
    ("language", "told", "counted"),
    [
        ("en", "1 document code was in no table in the last day", "9DFA: 2 declarations"),
        ("de", "1 Unterlagencode stand am letzten Tag in keiner Tabelle", "9DFA: 2 Anmeldungen"),
        ("fr", "1 code de document n’était dans aucune table", "9DFA : 2 déclarations"),
    ],
)
def test_the_queue_lists_them_with_rows_to_copy(gateway: Served, language: str, told: str, counted: str) -> None:
    officer = demo_person(gateway.url)
    officer.language = language
    officer.get("/console/queue?turn=all")
    assert told in officer.text()
    assert counted in officer.text()
    (rows,) = officer.page.xpath("//pre/code/text()")
    assert '[[prefix_class]]\nname = "by_officer"\nprefixes = ["9D"]\n' in rows


def test_the_doctor_lists_them_with_rows_to_copy(gateway: Served, database: str) -> None:
    found = asyncio.run(codes_check(database, DAY))
    assert found.state is CheckState.ATTENTION
    assert found.seen.endswith("since the last day: 9DFA (2)")
    assert 'prefixes = ["9D"]\nlegal_basis = "national law"\nvalid_from = 2026-12-01' in found.rows


async def test_an_officer_of_another_office_reads_none_of_them(gateway: Served, database: str) -> None:
    async with Store.opened(database) as store:
        for offices, codes in ((None, ["9DFA"]), (["FR001260"], ["9DFA"]), (["FR009999"], []), ([], [])):
            found = await store.work_lists.unknown_codes(eoris=None, offices=offices)
            assert [one.code for one in found] == codes, offices


def test_a_database_that_does_not_answer_tells_nothing() -> None:
    found = asyncio.run(codes_check("postgresql://nobody@127.0.0.1:9/none", DAY))
    assert found.state is CheckState.UNKNOWN
