"""What a caller may do with a declaration: by the table of calls and its state, and what is allowed is what then works."""

from typing import Any

from tests.api.asking import Goods
from tests.api.lodging import WAIT, is_problem
from tests.api.routes.two_persons import override, refused
from tests.builders.door import Door


def offered(door: Door, who: str, here: str, **headers: str) -> dict[str, dict[str, Any]]:
    """The actions that somebody is shown, by name."""
    answer = door[who].get(here, headers=headers).json()
    return {one["name"]: one for one in answer["actions"]}


def possible(found: dict[str, dict[str, Any]]) -> set[str]:
    """Those that may be done now."""
    return {name for name, one in found.items() if one["allowed"]}


def test_officers_customs_and_auditors_are_shown_what_their_role_may_do(door: Door) -> None:
    goods = Goods(door).lodged()
    officer = offered(door, "officer", goods.here)
    assert possible(officer) == {"verify", "release", "assess", "control", "intervene", "invalidate"}
    assert {name: one["why_not"] for name, one in officer.items() if not one["allowed"]} == {
        "override": "nothing_against",
        "confirm": "nothing_refused",
        "accept": "accepted",
        "end_examination": "no_examination",
        "decide_application": "no_application",
    }
    assert officer["confirm"]["message"] == "Nothing is refused."
    assert (
        offered(door, "officer", goods.here, **{"Accept-Language": "de"})["confirm"]["message"]
        == "Nichts ist verweigert."
    )
    assert officer["intervene"]["needs_second"]
    assert "amend" not in officer, "the role never may"
    assert {"amend", "release"} <= possible(offered(door, "customs", goods.here))
    assert "verify" not in offered(door, "customs", goods.here)
    assert offered(door, "auditor", goods.here) == {}

    assert door["customs"].post(f"{goods.here}/release", json={}, headers=WAIT).json()["actions"] is None
    assert offered(door, "officer", goods.here)["release"]["why_not"] == "released"


def test_what_nothing_is_refused_of_is_not_confirmed(door: Door) -> None:
    goods = Goods(door).lodged()
    assert offered(door, "officer", goods.here)["confirm"]["why_not"] == "nothing_refused"
    before = goods.kinds()
    is_problem(door["officer"].post(f"{goods.here}/confirmation", json={"heard": True}), 409, "SW-API-630")
    assert goods.kinds() == before
    assert door["officer"].get(goods.here).json()["confirmed"] is False


def test_refused_goods_are_overridden_by_two_and_confirmed_once(door: Door) -> None:
    lodged = refused(door)
    here = lodged["links"]["self"]
    before = offered(door, "officer", here)
    assert {"override", "confirm", "verify"} <= possible(before)
    assert (before["release"]["why_not"], before["override"]["needs_second"]) == ("against_decision", True)
    assert before["verify"]["needs_second"]
    assert override(door["officer"], lodged).status_code == 202
    assert door["officer"].post(f"{here}/confirmation", json={}).status_code == 200
    assert offered(door, "officer", here)["confirm"]["why_not"] == "confirmed"


def test_a_trader_is_shown_what_is_theirs_and_nothing_of_what_officers_see(door: Door) -> None:
    lodged = refused(door)
    here = lodged["links"]["self"]
    mine = offered(door, "trader", here)
    assert possible(mine) == {"amend", "invalidate"} == {name for name, one in mine.items() if one["applies"]}
    assert set(mine) - possible(mine) == {"withdraw_application"}
    goods = Goods(door).lodged()
    assert offered(door, "trader", goods.here) == mine, "whatever the decision is"
    assert offered(door, "importer", goods.here) == {}, "who is only named reads"
    goods.control(announced=True)
    after = offered(door, "direct", goods.here)
    assert (after["amend"]["why_not"], after["invalidate"]["allowed"]) == ("examination", True)
    lodged_only = Goods(door).lodged("trader", mrn=False)
    assert {one["applies"] for one in offered(door, "trader", lodged_only.here).values()} == {False}


def test_an_older_version_and_a_list_offer_nothing(door: Door) -> None:
    goods = Goods(door).lodged()
    goods.amend("customs", net_mass="2300")
    assert door["officer"].get(f"{goods.here}?version=1").json()["actions"] is None
    assert door["officer"].get("/v1/declarations", params={"mrn": goods.mrn}).json()["items"][0]["actions"] is None
    ended = door["customs"].post(f"{goods.here}/invalidation", json={"reason": "x"}, headers=WAIT)
    assert ended.status_code == 200
    assert {one["why_not"] for one in offered(door, "officer", goods.here).values()} == {"ended"}
