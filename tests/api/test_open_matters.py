"""What is open of a declaration beside its decision makes it somebody's turn, in lists as in the declaration itself, as far as its reader is told of it."""

from typing import Any

import psycopg
import pytest

from tests.api.asking import Goods, application
from tests.api.lodging import lodge
from tests.api.routes.two_persons import override, refused
from tests.builders.door import Door

READERS = ("officer", "trader")


def row(door: Door, who: str, lrn: str, **asked: str) -> dict[str, Any] | None:
    """The row of a declaration, if it is found by that."""
    found = door[who].get("/v1/declarations", params={"lrn": lrn, "view": "row", **asked}).json()
    return next(iter(found["items"]), None)


def summed(door: Door, who: str, lrn: str) -> dict[str, Any]:
    found: dict[str, Any] = door[who].get("/v1/declarations", params={"lrn": lrn, "view": "row"}).json()["summary"]
    return found


def kinds(found: Any) -> list[str]:
    return [one["kind"] for one in found["matters"]]


def turns(door: Door, who: str, goods: Goods) -> set[str | None]:
    """Whose turn it is, as each answer says it; in lists also by what is found."""
    listed = row(door, who, goods.lrn)
    assert listed is not None
    by_search = {
        turn for turn in ("officer", "declarant", "authority", "nobody") if row(door, who, goods.lrn, turn=turn)
    }
    counted = {turn for turn, many in summed(door, who, goods.lrn)["turns"].items() if many}
    return {listed["turn"], door[who].get(goods.here).json()["turn"], *by_search, *counted}


def test_an_open_application_is_an_officers_turn_whatever_was_decided(door: Door) -> None:
    goods = Goods(door).lodged()
    assert turns(door, "officer", goods) == {"nobody"}
    applied = application(goods.amend("trader", reason="weighed again"))
    for who in READERS:
        assert turns(door, who, goods) == {"officer"}, who
        shown = door[who].get(goods.here).json()
        assert [(one["kind"], one["about"], one["link"]) for one in shown["matters"]] == [
            ("application", "amendment", f"/v1/applications/{applied['id']}")
        ]
        found = row(door, who, goods.lrn)
        assert found is not None
        assert found["matters"] == shown["matters"]
        assert found["clock"]["kind"] == "application"
    assert door["trader"].delete(f"/v1/applications/{applied['id']}").status_code == 200
    for who in READERS:
        assert turns(door, who, goods) == {"nobody"}, who


def test_it_is_so_after_the_release_too(door: Door) -> None:
    goods = Goods(door).released()
    assert turns(door, "officer", goods) == {"nobody"}
    applied = application(goods.amend("trader", grounds="obligations"))
    for who in READERS:
        assert turns(door, who, goods) == {"officer"}, who
    assert summed(door, "officer", goods.lrn)["held"] == 0
    assert goods.decide("officer", applied["id"], grant=False).status_code == 200
    assert turns(door, "officer", goods) == {"nobody"}


@pytest.mark.parametrize("of", ["goods", "documents"])
def test_an_announced_examination_is_an_officers_turn_until_it_has_ended(door: Door, of: str) -> None:
    goods = Goods(door).lodged()
    assert goods.control(announced=True, of=of, reference="E-1").status_code == 200
    for who in READERS:
        assert turns(door, who, goods) == {"officer"}, who
        assert [(one["kind"], one["about"]) for one in door[who].get(goods.here).json()["matters"]] == [
            ("examination", of)
        ]
    offered = {one["name"]: one for one in door["officer"].get(goods.here).json()["actions"]}
    assert (offered["control"]["allowed"], offered["end_examination"]["allowed"]) == (False, True)
    assert goods.control(took_place=True, reference="E-1").status_code == 200
    for who in READERS:
        assert turns(door, who, goods) == {"nobody"}, who
    offered = {one["name"]: one for one in door["officer"].get(goods.here).json()["actions"]}
    assert offered["end_examination"]["why_not"] == "no_examination"


def test_what_an_officer_asks_another_one_moves_nothing_that_a_trader_reads(door: Door) -> None:
    lodged = refused(door)
    here, lrn = lodged["links"]["self"], lodged["lrn"]
    asked: tuple[dict[str, str], ...] = ({}, {"turn": "officer"}, {"turn": "declarant"}, {"order": "held_since"})

    def read() -> list[Any]:
        list_of = [door["trader"].get("/v1/declarations", params={"lrn": lrn, **one}).json() for one in asked]
        return [door["trader"].get(here).json(), row(door, "trader", lrn), summed(door, "trader", lrn), list_of]

    before = read()
    assert override(door["officer"], lodged).status_code == 202
    assert read() == before
    found = door["officer"].get(here).json()
    assert [(one["kind"], one["about"]) for one in found["matters"]] == [("request", "override")]
    assert found["matters"][0]["by"]
    listed = row(door, "officer", lrn, turn="officer")
    assert listed is not None
    assert listed["matters"] == found["matters"]


def test_what_is_not_told_of_a_hold_stays_so_beside_what_is(door: Door) -> None:
    lodged = refused(door)
    here, lrn = lodged["links"]["self"], lodged["lrn"]
    assert door["trader"].get(here).json()["turn"] is None
    applied = door["trader"].post(f"{here}/invalidation", json={"reason": "not mine"})
    assert applied.status_code == 202
    shown, listed = door["trader"].get(here).json(), row(door, "trader", lrn)
    assert listed is not None
    assert (shown["turn"], listed["turn"], listed["held_since"]) == ("officer", "officer", None)
    # The refusal is an officer's to confirm, the application to decide: in the end nobody's.
    assert door["officer"].post(f"{here}/confirmation", json={"heard": True}).status_code == 200
    assert kinds(door["officer"].get(here).json()) == ["application", "refused"]
    assert door["officer"].get(here).json()["turn"] == "officer"
    assert door["trader"].delete(f"/v1/applications/{applied.json()['id']}").status_code == 200
    for who in READERS:
        found = door[who].get(here).json()
        assert (found["turn"], kinds(found)) == ("nobody", ["refused"])


def test_what_was_released_against_the_decision_is_told_to_officers(door: Door) -> None:
    lodged = lodge(door["customs"], "02").json()
    here = lodged["links"]["self"]
    assert lodged["decision"]["effect"] == "hold"
    said = {"override": {"reason": "seen on paper"}}
    assert door["officer"].post(f"{here}/release", json=said, headers={"prefer": "wait=20"}).status_code == 200
    found = door["officer"].get(here).json()
    assert (kinds(found), found["turn"]) == (["released"], "nobody")
    assert kinds(door["trader"].get(here).json()) == []


def test_an_ended_declaration_is_nobodys_turn(door: Door) -> None:
    goods = Goods(door).lodged()
    application(goods.amend("trader", reason="weighed again"))
    assert goods.invalidate("customs", reason="x").status_code == 200
    goods.becomes("invalidated")
    for who in READERS:
        assert turns(door, who, goods) == {"nobody"}, who
        assert kinds(door[who].get(goods.here).json()) == ["ended"]


def test_a_second_application_is_not_offered_while_one_is_open_and_a_party_takes_its_own_back(door: Door) -> None:
    goods = Goods(door).lodged()

    def offered(who: str) -> dict[str, tuple[bool, str | None]]:
        found = door[who].get(goods.here).json()["actions"]
        return {one["name"]: (one["allowed"], one["why_not"]) for one in found}

    assert offered("trader")["withdraw_application"] == (False, "no_application")
    assert offered("officer")["decide_application"] == (False, "no_application")
    application(goods.invalidate("trader", reason="not mine"))
    assert offered("trader") == {
        "amend": (False, "applied"), "invalidate": (False, "applied"), "withdraw_application": (True, None),
    }  # fmt: skip
    assert offered("officer")["decide_application"] == (True, None)
    assert offered("officer")["invalidate"] == (True, None), "customs applies to nobody"
    assert offered("importer") == {}


def test_what_an_older_version_left_unfilled_has_its_turn_by_what_is_open(door: Door, api_database: str) -> None:
    goods = Goods(door).lodged()
    application(goods.amend("trader", reason="weighed again"))
    with psycopg.connect(api_database, autocommit=True) as connection:
        connection.execute("UPDATE declaration SET listed = NULL, listing = NULL WHERE id = %s", (goods.id,))
    found = row(door, "officer", goods.lrn, turn="officer")
    assert found is not None
    assert (found["turn"], found["filled"]) == ("officer", False)
