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
CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER fails BEFORE INSERT ON decision FOR EACH STATEMENT EXECUTE FUNCTION fails();
"""


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
        *((state, BatchEnd.LOST) for state in ("25006", "42P01", "53100", "53300", "57P01", "08006", "XX000")),
    ],
)
def test_what_follows_from_an_error(state: str, end: BatchEnd) -> None:
    assert end_of(psycopg.errors.lookup(state)()) is end


def test_what_the_driver_cannot_make_out_is_of_one_and_what_it_lost_is_of_all() -> None:
    assert end_of(psycopg.DataError()) is BatchEnd.APART
    assert end_of(psycopg.OperationalError()) is BatchEnd.LOST


@pytest.mark.parametrize(
    ("state", "times", "tries", "decides"),
    [
        ("40001", 1, 2, True),
        ("40001", 2, 7, True),
        ("22003", 1, 6, True),
        ("55P03", 1, 1, False),
        ("53100", 1, 1, False),
    ],
    ids=["a conflict passes", "a conflict stays", "each alone", "a time limit", "no room on the disk"],
)
async def test_a_batch_that_fails_is_done_again_or_everybody_is_told(
    store: Store, database_url: str, state: str, times: int, tries: int, decides: bool
) -> None:
    lodged = [store.declarations.receive(new(declaration(f"LRN{number}")), lease=True) for number in range(5)]
    works = [one.work for one in await asyncio.gather(*lodged)]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(FAILING.format(times=times, state=state).encode())
        deciding = (store.leases.decide(one, decided(one)) for one in works if one is not None)
        found = await asyncio.gather(*deciding, return_exceptions=True)
        assert {type(one) for one in found} == {Record if decides else StoreUnavailable}
        assert connection.execute("SELECT last_value FROM tries").fetchone() == (tries,)
        if not decides:
            another = (await store.declarations.receive(new(declaration("NEXT")), lease=True)).work
            assert another is not None
            await store.leases.decide(another, decided(another))
