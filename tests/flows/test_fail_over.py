"""Fail-over to a standby: refused honestly meanwhile, nothing that was acknowledged is lost, and back by itself."""

import asyncio

import psycopg
import pytest

from gateway.store import migrate
from tests.builders.lodging_callers import LodgingCallers, lodging_callers
from tests.builders.running import Authorities, declaration, served, settled, until
from tests.builders.standby import programs_of_the_wheel, streaming_pair

pytestmark = pytest.mark.whole

SOON = {"GATEWAY_STATEMENT_SECONDS": "1", "GATEWAY_LOOP_STATEMENT_SECONDS": "2", "GATEWAY_POOL_SIZE": "4"}
ENOUGH = 8


def goes_on(callers: LodgingCallers, what: str) -> None:
    """Waits until as many more were acknowledged as are enough."""
    wanted = len(callers.acknowledged) + ENOUGH
    until(lambda: len(callers.acknowledged) >= wanted or None, what)


def test_a_standby_takes_over(simulated: Authorities) -> None:
    with streaming_pair(programs_of_the_wheel()) as pair:
        asyncio.run(migrate(pair.url))
        pair.make_synchronous()
        environment = {**simulated.environment, **SOON, "GATEWAY_DATABASE_URL": pair.url}
        with served(environment) as gateway, gateway.client() as client:
            # What the standby has not got is not acknowledged, though the primary has it by then.
            pair.standby.stop()
            alone = client.lodge(declaration("01", "ALONE"), "application/xml", wait_s=0)
            assert (alone.status, alone.body["code"]) == (503, "SW-STO-003")
            pair.start_standby()

            with lodging_callers(gateway.url, "FAIL-OVER", at_once=2) as callers:
                goes_on(callers, "load before the primary dies")
                pair.primary.kill()
                until(lambda: callers.refused or None, "a refusal")
                pair.promote()
                goes_on(callers, "load after the standby was promoted")
            assert {(one.status, one.code) for one in callers.refused} == {(503, "SW-STO-003")}
            assert all(int(one.retry_after or 0) > 0 for one in callers.refused)
            assert {settled(client, one).effect for one in callers.acknowledged} == {"release"}

            def followed() -> bool:
                with psycopg.connect(pair.url) as connection:
                    rows = connection.execute("SELECT how FROM server_identity ORDER BY number").fetchall()
                return [how for (how,) in rows] == ["first", "promoted"]

            until(lambda: followed() or None, "the new primary noted by the replica that lived through it")
