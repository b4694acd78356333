"""Whatever happens, in whatever order: the books of the gateway and of the authority agree in the end."""

import itertools
import os

from hypothesis import HealthCheck, given, settings

from gateway.app import Rules
from gateway.dispatch import LoadedAdapter
from tests.quantity.authority import Authority
from tests.quantity.invariants import check
from tests.quantity.replicas import Office
from tests.quantity.schedule import Playing, Step, schedules

EXAMPLES = int(os.environ.get("GATEWAY_TEST_SCHEDULES", "20"))
"""How many random schedules are played: few and always the same ones, unless the environment asks for more."""
_numbers = itertools.count(800_000)


@given(schedule=schedules)
@settings(
    max_examples=EXAMPLES,
    derandomize="GATEWAY_TEST_SCHEDULES" not in os.environ,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
async def test_the_books_agree_after_any_schedule(
    authority: Authority, database_url: str, rules: Rules, loaded: LoadedAdapter, schedule: tuple[Step, ...]
) -> None:
    number = next(_numbers)
    authority.frame.came.clear()
    office = Office(authority, database_url, rules, loaded, lease_s=0.5)
    await office.open()
    await office.open()
    try:
        playing = Playing(office, f"S{number}", number)
        await playing.play(schedule)
        await check(office, playing.books)
    finally:
        authority.heal()
        await office.close()
