"""An extract of a certificate of inspection that two declarations cite: it serves for one, whichever comes first."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from gateway.terminal.client import Reply
from tests.builders.formality_stories import EXTRACT, Formality, message, mrn_of, organic, stopped
from tests.builders.running import Authorities, GatewayReader, until

LOT = organic("0000012/1", "release", mass="400")
HELD = ("hold", {"SW-DEC-070"})
USED = ("refuse", {"SW-DEC-101", "SW-DEC-070"})
"""What a declaration comes to whose extract another one has, and whose extract served for another one."""


@pytest.fixture(autouse=True)
def unused(authorities: Authorities) -> None:
    """Each test finds the extracts as they were issued."""
    authorities.control("coi", "POST", "/reset")


@pytest.fixture
def lodged(gateway: GatewayReader) -> Callable[[str, Formality], Reply]:
    """Lodges a declaration that customs has accepted."""

    def lodge(lrn: str, story: Formality) -> Reply:
        return gateway.lodge(message(lrn, story), "application/json", wait_s=60)

    return lodge


@pytest.fixture
def taken(authorities: Authorities) -> Callable[[], dict[str, str]]:
    """What the authority has of each declaration on the extract: reserved, or consumed."""
    return lambda: {one["value"]: one["state"] for one in authorities.ledger("coi", EXTRACT)["allocations"]}


def _released(gateway: GatewayReader, record_id: str, part: Mapping[str, Any]) -> bool:
    return gateway.release(record_id, part, wait_s=60).taken


def test_a_second_declaration_of_an_extract_is_held_until_the_first_is_invalid(
    gateway: GatewayReader, lodged: Callable[[str, Formality], Reply], taken: Callable[[], dict[str, str]]
) -> None:
    first, second = lodged("EXTRACT-FIRST", LOT), lodged("EXTRACT-SECOND", LOT)
    assert (stopped(first), stopped(second)) == (("release", set()), HELD)
    assert taken() == {mrn_of("EXTRACT-FIRST"): "reserved"}
    assert not gateway.release(second.body["id"], {}, wait_s=60).taken

    gone = gateway.invalidate(first.body["id"], reason="not as ordered", grounds="special_circumstances", wait_s=60)
    assert gone.taken, gone.body
    assert until(lambda: not taken().get(mrn_of("EXTRACT-FIRST")), "what the first held is given back")
    asked = gateway.amend(second.body["id"], message("EXTRACT-SECOND", LOT, version=2), "application/json", wait_s=60)
    assert stopped(asked) == ("release", set()), asked.body
    assert taken() == {mrn_of("EXTRACT-SECOND"): "reserved"}


def test_a_second_declaration_takes_no_part_that_the_first_leaves(
    lodged: Callable[[str, Formality], Reply], taken: Callable[[], dict[str, str]]
) -> None:
    assert stopped(lodged("PART-FIRST", replace(LOT, mass="150"))) == ("release", set())
    assert stopped(lodged("PART-SECOND", replace(LOT, mass="250"))) == ("hold", {"SW-DEC-104"})
    assert taken() == {mrn_of("PART-FIRST"): "reserved"}


def test_a_declaration_keeps_its_extract_over_goods_items_and_versions(
    gateway: GatewayReader, lodged: Callable[[str, Formality], Reply], taken: Callable[[], dict[str, str]]
) -> None:
    two = replace(LOT, mass="150", beside=(replace(LOT, mass="200"),))
    first = lodged("VERSIONS", two)
    assert stopped(first) == ("release", set())
    more = replace(LOT, mass="150", beside=(replace(LOT, mass="250"),))
    amended = gateway.amend(first.body["id"], message("VERSIONS", more, version=2), "application/json", wait_s=60)
    assert stopped(amended) == ("release", set()), amended.body
    for item in (2, 1):
        part = {"items": [{"goods_item": item}]}
        assert until(partial(_released, gateway, first.body["id"], part), "a goods item is released")
    assert until(lambda: taken() == {mrn_of("VERSIONS"): "consumed"}, "all of it is told")
    assert stopped(gateway.get(first.body["id"])) == ("release", set())


def test_an_extract_that_served_serves_no_other_until_the_release_is_invalid(
    gateway: GatewayReader, lodged: Callable[[str, Formality], Reply], taken: Callable[[], dict[str, str]]
) -> None:
    first = lodged("SERVED", LOT)
    assert until(lambda: gateway.release(first.body["id"], {}, wait_s=60).taken, "the goods are released")
    assert until(lambda: taken() == {mrn_of("SERVED"): "consumed"}, "the authority is told")
    assert stopped(lodged("SERVED-AGAIN", LOT)) == USED
    gateway.invalidate(first.body["id"], reason="not as ordered", grounds="wrong_goods", wait_s=60)
    assert until(lambda: not taken(), "it is taken back")
    assert stopped(lodged("SERVED-ANEW", LOT)) == ("release", set())


def test_of_two_declarations_at_once_one_has_the_extract(
    gateway: GatewayReader, lodged: Callable[[str, Formality], Reply], taken: Callable[[], dict[str, str]]
) -> None:
    with ThreadPoolExecutor() as pool:
        both = list(pool.map(lodged, ("RACE-1", "RACE-2"), (LOT, LOT)))
    effects = sorted(one.effect or "" for one in both)
    assert effects == ["hold", "release"], [stopped(one) for one in both]
    with ThreadPoolExecutor() as pool:
        released = list(pool.map(lambda one: gateway.release(one.body["id"], {}, wait_s=60), both))
    assert sorted(one.taken for one in released) == [False, True]
    assert until(lambda: list(taken().values()) == ["consumed"], "one is told")
