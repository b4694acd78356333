"""What becomes of commits whose common statement fails, by the class of its error."""

import asyncio

import psycopg
import pytest

from gateway.domain.errors import StoreUnavailable
from gateway.domain.record import Record
from gateway.store import Store
from gateway.store.commit_faults import BatchEnd, end_of
from tests.builders.lodging import decided, declaration, new

FAILING = """
CREATE SEQUENCE tries;
CREATE TABLE failing (times bigint, state text);
CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE now failing; BEGIN
    SELECT * INTO now FROM failing;
    IF nextval('tries') <= now.times THEN RAISE EXCEPTION 'refused' USING ERRCODE = now.state; END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER fails BEFORE INSERT ON decision FOR EACH STATEMENT EXECUTE FUNCTION fails();
"""
"""Has statements that decide fail so many times, and counts them."""


@pytest.mark.parametrize(
    ("state", "end"),
    [
        ("22P05", BatchEnd.APART),
        ("22003", BatchEnd.APART),
        ("23505", BatchEnd.APART),
        ("40001", BatchEnd.AGAIN),
        ("40P01", BatchEnd.AGAIN),
        ("57014", BatchEnd.TOLD),
        ("55P03", BatchEnd.TOLD),
        ("57P01", BatchEnd.ENDED),
        *((state, BatchEnd.LOST) for state in ("25006", "42P01", "53100", "53300", "08006", "XX000")),
    ],
)
def test_what_follows_from_an_error(state: str, end: BatchEnd) -> None:
    assert end_of(psycopg.errors.lookup(state)()) is end


def test_what_the_driver_cannot_make_out_is_of_one_and_what_it_lost_is_of_all() -> None:
    assert end_of(psycopg.DataError()) is BatchEnd.APART
    assert end_of(psycopg.OperationalError()) is BatchEnd.LOST


async def test_a_batch_that_fails_is_done_again_or_everybody_is_told(store: Store, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(FAILING.encode())
        for state, times, tries, becomes in (
            ("40001", 1, 2, Record),  # a conflict passes
            ("40001", 2, 7, Record),  # it stays: each alone
            ("22003", 1, 6, Record),
            ("55P03", 1, 1, StoreUnavailable),  # a time limit
            ("57P01", 1, 6, Record),  # the server ended it, and says so: each alone
            ("53100", 1, 1, StoreUnavailable),  # no room on the disk
            ("53100", 0, 1, Record),  # and the next goes on
        ):
            lrns = [f"{state}-{times}-{number}" for number in range(5)]
            lodged = [store.declarations.receive(new(declaration(lrn)), lease=True) for lrn in lrns]
            works = [one.work for one in await asyncio.gather(*lodged)]
            connection.execute("TRUNCATE failing")
            connection.execute("INSERT INTO failing VALUES (%s, %s)", [times, state])
            connection.execute("SELECT setval('tries', 1, false)")
            deciding = (store.leases.decide(one, decided(one)) for one in works if one is not None)
            found = await asyncio.gather(*deciding, return_exceptions=True)
            assert {type(one) for one in found} == {becomes}, (state, times)
            assert connection.execute("SELECT last_value FROM tries").fetchone() == (tries,), (state, times)
