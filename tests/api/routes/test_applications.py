"""What a trader asks of an accepted declaration is an application: nothing moves before customs grants it."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.domain.mrn import with_check_character
from tests.api.asking import ACTING, WAYS, Goods, application
from tests.builders.door import EORIS, Door


@pytest.mark.parametrize("way", WAYS)
def test_a_trader_does_not_take_back_a_write_off_alone(door: Door, way: str) -> None:
    goods = Goods(door).released()
    before, shown = goods.ledger(), goods.shown()
    assert before["allocations"], "something is written off"
    asked = application(WAYS[way](goods, "trader"))
    goods.settled()
    assert goods.ledger() == before
    aside = dict.fromkeys(("links", "acts", "clocks", "matters", "actions", "turn"))
    assert {**goods.shown(), **aside} == {**shown, **aside}
    assert goods.kinds()[-1] == "application.received"
    assert asked["declaration"]["version"] == 1


@pytest.mark.parametrize("way", WAYS)
def test_three_rounds_release_no_more_than_is_certified(door: Door, way: str) -> None:
    """The reviewers' recipe: 12,000 kg of 12,800, taken back and declared again."""
    door.authorities.control("traces", "PUT", "/latency", seconds=0.0)
    first = Goods(door)
    assert first.post("customs", "/v1/declarations", content=first.message(net_mass="12000")).status_code == 200
    found = door["customs"].get("/v1/declarations", params={"lrn": first.lrn}).json()["items"][0]
    first.here = found["links"]["self"]
    released = door["customs"].post(f"{first.here}/release", json={}, headers={"Prefer": "wait=30"})
    assert released.json()["state"] == "released", released.text
    WAYS[way](first, "trader")
    second = Goods(door)
    second.certificate = first.certificate
    held = second.post("customs", "/v1/declarations", content=second.message(net_mass="12000")).json()
    assert held["decision"]["effect"] != "release"


@pytest.mark.parametrize("who", ACTING)
@pytest.mark.parametrize("way", WAYS)
def test_before_acceptance_declarant_and_declared_representatives_act(door: Door, who: str, way: str) -> None:
    goods = Goods(door, representative=who if who != "trader" else "direct", status="3" if who == "indirect" else "2")
    goods.lodged("trader", mrn=False)
    answer = {
        "amendment": lambda: goods.post(who, f"{goods.here}/amendments", content=goods.message(2, mrn=False)),
        "next version": lambda: goods.post(who, "/v1/declarations", content=goods.message(2, mrn=False)),
        "invalidation": lambda: goods.invalidate(who),
    }[way]()
    assert answer.status_code == 200, answer.text
    assert (answer.json()["version"], answer.json()["state"] == "invalidated") == (
        (1, True) if way == "invalidation" else (2, False)
    )


@pytest.mark.parametrize("who", ACTING)
@pytest.mark.parametrize("way", WAYS)
def test_after_acceptance_theirs_is_an_application(door: Door, who: str, way: str) -> None:
    goods = Goods(door, representative=who if who != "trader" else "direct", status="3" if who == "indirect" else "2")
    goods.lodged()
    parties = {"trader": "declarant", "direct": "direct_representative", "indirect": "indirect_representative"}
    asked = application(WAYS[way](goods, who))
    assert (asked["party"], asked["grounds"]) == (parties[who], "not_stated")


@pytest.mark.parametrize("state", ["lodged", "accepted", "released"])
@pytest.mark.parametrize("who", ["importer", "agent", "stranger"])
@pytest.mark.parametrize("way", WAYS)
def test_whoever_is_only_named_reads_and_a_stranger_sees_nothing(door: Door, who: str, way: str, state: str) -> None:
    goods = Goods(door, representative="agent", status=None)
    {"lodged": lambda: goods.lodged("trader", mrn=False), "accepted": goods.lodged, "released": goods.released}[state]()
    before = goods.kinds()
    answer = WAYS[way](goods, who)
    collection = way == "next version"
    wanted = 403 if who != "stranger" or collection else 404
    assert answer.status_code == wanted, answer.text
    assert goods.kinds() == before
    assert door[who].get(goods.here).status_code == (404 if who == "stranger" else 200)


def test_customs_acts_of_its_own_motion(door: Door) -> None:
    goods = Goods(door).released()
    answer = goods.amend("customs", net_mass="100")
    assert (answer.status_code, answer.json()["version"]) == (200, 2), answer.text
    ended = goods.invalidate("customs", grounds="wrong_goods", reason="Of its own motion")
    assert (ended.status_code, ended.json()["state"]) == (200, "invalidated"), ended.text
    assert not goods.ledger()["allocations"]


def test_a_granted_amendment_is_the_next_version(door: Door) -> None:
    goods = Goods(door).released()
    asked = application(goods.amend("trader", net_mass="100", grounds="obligations", reason="It was weighed wrongly."))
    assert (asked["grounds"], asked["reason"]) == ("obligations", "It was weighed wrongly.")
    granted = goods.decide("officer", asked["id"], grant=True, reason="The weighing slip says so.")
    assert granted.status_code == 200, granted.text
    decision = granted.json()["decision"]
    act = door["auditor"].get("/v1/acts", params={"kind": "application"}).json()["items"][0]
    assert (act["event"], act["declaration"]["id"], act["by"]["person"]) == ("application.granted", goods.id, "Ann")
    assert (act["reason"], act["ordered"]["application"]) == ("The weighing slip says so.", asked["id"])
    assert act["number"] in [one["number"] for one in door["auditor"].get("/v1/acts").json()["items"]]
    assert (granted.json()["state"], decision["granted"], decision["reason"]) == (
        "granted", True, "The weighing slip says so.",
    )  # fmt: skip
    assert goods.settled()["version"] == 2
    (line,) = goods.ledger()["allocations"]
    assert line["quantity"] == "100"
    kinds = goods.kinds()
    place = kinds.index("application.granted")
    assert kinds[place + 1] == "amendment.received", "in one commit"
    assert "It was weighed" not in door["officer"].get(f"{goods.here}/events").text
    again = goods.amend("trader", net_mass="100", grounds="obligations", reason="It was weighed wrongly.")
    assert (again.status_code, again.json()["version"]) == (200, 2), "it stands already"


def test_a_granted_invalidation_takes_the_write_off_back(door: Door) -> None:
    goods = Goods(door).released()
    asked = application(goods.invalidate("trader", grounds="wrong_goods", reason="The other pallet."))
    granted = goods.decide("customs", asked["id"], grant=True)
    assert granted.json()["state"] == "granted", granted.text
    goods.becomes("invalidated")
    assert not goods.ledger()["allocations"]
    again = goods.invalidate("trader", grounds="wrong_goods", reason="The other pallet.")
    assert (again.status_code, again.json()["state"]) == (200, "invalidated")


def test_a_refused_application_moves_nothing(door: Door) -> None:
    goods = Goods(door).released()
    before = goods.ledger()
    asked = application(goods.invalidate("trader", reason="A mistake."))
    refused = goods.decide("officer", asked["id"], grant=False, reason="The goods were used.")
    assert (refused.json()["state"], refused.json()["decision"]["because"]) == ("refused", "customs")
    assert goods.ledger() == before
    told = door["trader"].get(asked["link"]).json()
    assert told["decision"]["reason"] == "The goods were used."
    assert told["decision"]["officer"] is None, "a trader is not told whose word it was"
    again = goods.invalidate("trader", reason="A mistake.")
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (200, asked["id"], "refused")
    other = application(goods.invalidate("trader", reason="A mistake, and here is why."))
    assert other["id"] != asked["id"]


def test_a_decision_is_taken_once(door: Door) -> None:
    goods = Goods(door).lodged()
    asked = application(goods.invalidate("trader"))
    for _ in range(2):
        granted = goods.decide("customs", asked["id"], grant=True)
        assert (granted.status_code, granted.json()["state"]) == (200, "granted")
    otherwise = goods.decide("officer", asked["id"], grant=False)
    assert (otherwise.status_code, otherwise.json()["code"]) == (409, "SW-API-623")
    assert goods.kinds().count("application.granted") == 1
    assert goods.kinds().count("invalidation.received") == 1


@pytest.mark.parametrize("answers", [(True, True), (True, False)])
def test_two_answers_at_once_are_one(door: Door, answers: tuple[bool, bool]) -> None:
    goods = Goods(door).lodged()
    asked = application(goods.amend("trader"))
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda grant: goods.decide("customs", asked["id"], grant=grant), answers))
    statuses = sorted(answer.status_code for answer in found)
    assert statuses == ([200, 200] if answers[0] is answers[1] else [200, 409])
    goods.settled()
    kinds = goods.kinds()
    assert kinds.count("application.granted") + kinds.count("application.refused") == 1
    assert kinds.count("amendment.received") == kinds.count("application.granted")


@pytest.mark.parametrize("body", [{}, {"grant": True}, {"grant": True, "reason": " "}, {"grant": "yes", "reason": "x"}])
def test_an_answer_needs_a_reason(door: Door, body: dict[str, Any]) -> None:
    goods = Goods(door).lodged()
    asked = application(goods.amend("trader"))
    assert door["officer"].post(asked["link"], json=body).status_code == 422
    assert door["officer"].get(asked["link"]).json()["state"] == "open"


def test_one_is_open_at_a_time_and_the_same_again_is_the_same(door: Door) -> None:
    goods = Goods(door).lodged()
    asked = application(goods.amend("trader"))
    for again in (goods.amend("trader"), goods.next_version("trader"), goods.amend("direct")):
        assert application(again)["id"] == asked["id"]
    for another in (
        goods.amend("trader", net_mass="2"),
        goods.amend("trader", reason="Another one."),
        goods.invalidate("trader"),
        goods.invalidate("direct"),
    ):
        assert (another.status_code, another.json()["code"]) == (409, "SW-API-622")
        assert asked["id"] in another.json()["detail"]
    assert goods.kinds().count("application.received") == 1


def test_two_applications_at_once_are_one(door: Door) -> None:
    goods = Goods(door).lodged()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda mass: goods.amend("trader", net_mass=mass), ["1", "2", "1", "2"]))
    assert sorted(answer.status_code for answer in found) == [202, 202, 409, 409]
    assert goods.kinds().count("application.received") == 1


def test_a_newer_version_refuses_the_application_by_itself(door: Door) -> None:
    goods = Goods(door).lodged()
    asked = application(goods.amend("trader"))
    assert goods.amend("customs", net_mass="100").json()["version"] == 2
    found = door["trader"].get(asked["link"]).json()
    assert (found["state"], found["decision"]["because"]) == ("refused", "version_changed")
    late = goods.decide("customs", asked["id"], grant=True)
    assert (late.status_code, late.json()["code"]) == (409, "SW-API-623")
    assert "version_changed" in late.json()["detail"]
    assert goods.settled()["version"] == 2
    assert goods.kinds().count("application.refused") == 1


def test_the_end_of_the_declaration_refuses_the_application_by_itself(door: Door) -> None:
    goods = Goods(door).lodged()
    asked = application(goods.amend("trader"))
    goods.invalidate("customs")
    found = door["officer"].get(asked["link"]).json()
    assert (found["state"], found["decision"]["because"]) == ("refused", "declaration_ended")
    assert goods.decide("officer", asked["id"], grant=True).status_code == 409
    assert goods.amend("trader").status_code == 409


def test_release_beside_an_application_leaves_it_open(door: Door) -> None:
    goods = Goods(door).lodged()
    asked = application(goods.amend("trader", net_mass="100"))
    door["customs"].post(f"{goods.here}/release", json={}, headers={"Prefer": "wait=30"})
    assert door["customs"].get(asked["link"]).json()["state"] == "open"
    assert goods.decide("customs", asked["id"], grant=True).status_code == 200
    goods.settled()
    (line,) = goods.ledger()["allocations"]
    assert line["quantity"] == "100"


def accepted_long_ago(goods: Goods, *, days: int) -> Goods:
    """Lodged, accepted so many days ago, and released."""
    goods.lodged("trader", mrn=False)
    said = {
        "mrn": with_check_character(f"26FR{goods.lrn[-4:]:0>13}"),
        "accepted_at": (datetime.now(UTC) - timedelta(days=days)).isoformat(),
    }
    accepted = goods.door["customs"].post(f"{goods.here}/acceptance", json=said, headers={"Prefer": "wait=30"})
    assert accepted.status_code == 200, accepted.text
    override = {"override": {"reason": "The certificate is younger than the acceptance."}}
    for body in ({}, override):
        door = goods.door["officer" if body else "customs"]
        if door.post(f"{goods.here}/release", json=body, headers={"Prefer": "wait=30"}).status_code == 200:
            return goods
    raise AssertionError(goods.shown())


def test_an_application_after_its_time_limit_is_refused_with_a_code_of_its_own(door: Door) -> None:
    goods = accepted_long_ago(Goods(door), days=360)
    late = goods.invalidate("trader", grounds="wrong_procedure")
    assert (late.status_code, late.json()["code"]) == (422, "SW-INT-012"), late.text
    assert "148(1)" in late.json()["detail"]
    assert goods.invalidate("trader").json()["code"] == "SW-INT-012", "not stated: the shortest limit"
    in_time = application(goods.invalidate("trader", grounds="declared_twice"))
    assert in_time["last_day"] is None


def test_within_its_time_limit_it_is_taken(door: Door) -> None:
    goods = accepted_long_ago(Goods(door), days=80)
    asked = application(goods.invalidate("trader", grounds="wrong_goods"))
    assert (asked["last_day"] is None) != (asked["last_day_not_before"] is None), asked


@pytest.mark.parametrize(
    ("released", "grounds"),
    [(False, "wrong_goods"), (True, "special_circumstances"), (False, "nonsense"), (False, "Not A Name")],
)
def test_grounds_that_do_not_count_are_refused(door: Door, released: bool, grounds: str) -> None:
    goods = Goods(door)
    _ = goods.released() if released else goods.lodged()
    answer = goods.invalidate("trader", grounds=grounds)
    assert (answer.status_code, answer.json()["code"]) == (422, "SW-API-422")
    assert "application.received" not in goods.kinds()


def test_applications_are_listed_to_those_whose_they_are(door: Door) -> None:
    goods = Goods(door).lodged()
    asked = application(goods.amend("trader"))
    for who in ("trader", "direct", "importer", "customs", "officer", "auditor"):
        listed = door[who].get("/v1/applications", params={"state": "open", "limit": 200}).json()["items"]
        assert asked["id"] in {one["id"] for one in listed}, who
        assert door[who].get(asked["link"]).status_code == 200
    of_this = door["customs"].get("/v1/applications", params={"declaration": goods.id}).json()["items"]
    assert [one["id"] for one in of_this] == [asked["id"]]
    assert door["customs"].get(goods.shown()["links"]["applications"]).json()["items"] == of_this
    assert door["stranger"].get("/v1/applications").json() == {"items": [], "next": None}
    assert door["stranger"].get("/v1/applications", params={"declaration": goods.id}).json()["items"] == []
    hidden, absent = (door["stranger"].get(f"/v1/applications/{one}") for one in (asked["id"], str(uuid.uuid4())))
    assert (hidden.status_code, hidden.json()) == (404, absent.json())
    for who in ("trader", "direct", "auditor"):
        assert goods.decide(who, asked["id"], grant=True).status_code == 403
    assert door["trader"].get(asked["link"]).json()["state"] == "open"
    refused = goods.decide("officer", asked["id"], grant=False)
    assert refused.json()["decision"]["officer"] == "Ann"


def test_of_one_declaration_those_in_a_state_are_found_behind_others(door: Door) -> None:
    goods = Goods(door).lodged()
    refused = application(goods.amend("trader"))
    goods.decide("officer", refused["id"], grant=False)
    for number in (2, 3):
        goods.decide(
            "officer", application(goods.amend("trader", number, net_mass=str(100 + number)))["id"], grant=True
        )
    asked: dict[str, str | int] = {"declaration": goods.id, "state": "refused", "limit": 1}
    (found,) = door["customs"].get("/v1/applications", params=asked).json()["items"]
    assert found["id"] == refused["id"]


def test_pages_of_applications_follow_each_other(door: Door) -> None:
    for _ in range(3):
        application(Goods(door).lodged().amend("trader"))
    whole = door["customs"].get("/v1/applications", params={"limit": 200}).json()["items"]
    paged: list[dict[str, Any]] = []
    cursor = None
    while len(paged) < len(whole):
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = door["customs"].get("/v1/applications", params=params).json()
        paged, cursor = paged + page["items"], page["next"]
    assert [one["id"] for one in paged] == [one["id"] for one in whole]
    assert cursor is None


def test_an_application_shows_who_applied_and_who_decided_in_the_trail(door: Door) -> None:
    goods = Goods(door).lodged()
    asked = application(goods.amend("direct", reason="Weighed."))
    goods.decide("officer", asked["id"], grant=True)
    events = door["auditor"].get(f"{goods.here}/events").json()["items"]
    told = {one["kind"]: one["body"] for one in events}
    assert told["application.received"]["by"] == {"id": "direct", "role": "trader"}
    assert told["application.granted"]["by"] == {"id": "officer", "role": "officer"}
    assert told["amendment.received"]["application"] == asked["id"]
    assert told["application.received"]["reason"].startswith("sha256:")


def in_transit(goods: Goods) -> Callable[..., bytes]:
    """Makes the goods' messages declarations of transit; a holder of the procedure is named in either case."""
    plain = goods.message

    def message(version: int = 1, **how: Any) -> bytes:
        text = plain(version, **how).decode()
        before, _, rest = text.partition("<Procedure>")
        text = before + rest.partition("</Procedure>")[2]
        return text.replace(">IM<", ">T1<").replace("<dataset>H1</dataset>", "<dataset>D1</dataset>").encode()

    return message


@pytest.mark.parametrize("transit", [True, False])
def test_in_transit_the_holder_of_the_procedure_is_the_declarant(door: Door, transit: bool) -> None:
    goods = Goods(door, representative="agent", status=None)
    made = in_transit(goods) if transit else goods.message
    holder = f"<HolderOfTheTransitProcedure><identificationNumber>{EORIS['holder']}</identificationNumber></HolderOfTheTransitProcedure>"
    goods.message = lambda *a, **k: made(*a, **k).replace(  # type: ignore[method-assign]
        b"</Representative>", f"</Representative>{holder}".encode(), 1
    )
    goods.lodged("trader", mrn=False)
    early = goods.post("holder", f"{goods.here}/amendments", content=goods.message(2, mrn=False))
    assert early.status_code == (200 if transit else 403), early.text
    said = {"mrn": with_check_character(f"26FR{goods.lrn[-4:]:0>13}"), "accepted_at": datetime.now(UTC).isoformat()}
    assert door["customs"].post(f"{goods.here}/acceptance", json=said).status_code in {200, 202}
    for answer in (
        goods.post("holder", f"{goods.here}/amendments", content=goods.message(3 if transit else 2, mrn=False)),
        goods.invalidate("holder"),
    ):
        # One is open at a time: the second one is told of the first.
        assert answer.status_code in ({202, 409} if transit else {403}), answer.text
    listed = door["holder"].get("/v1/applications", params={"declaration": goods.id}).json()["items"]
    assert [one["party"] for one in listed] == (["transit_holder"] if transit else [])


def test_an_acceptance_at_the_same_moment_lets_nothing_slip_through(door: Door) -> None:
    for number in range(8):
        goods = Goods(door).lodged("trader", mrn=False)
        said = {"mrn": with_check_character(f"26FR{goods.lrn[-4:]:0>13}"), "accepted_at": datetime.now(UTC).isoformat()}
        with ThreadPoolExecutor(2) as pool:
            acceptance = pool.submit(door["customs"].post, f"{goods.here}/acceptance", json=said)
            asked = (
                pool.submit(goods.invalidate, "trader")
                if number % 2
                else pool.submit(goods.post, "trader", f"{goods.here}/amendments", content=goods.message(2, mrn=False))
            )
        kinds = goods.kinds()
        moved = "invalidation.received" if number % 2 else "amendment.received"
        if acceptance.result().status_code in {200, 202} and moved in kinds:
            assert kinds.index(moved) < kinds.index("acceptance.received"), kinds
        else:
            assert asked.result().status_code in {200, 202, 409}
            assert (moved in kinds) != ("application.received" in kinds), kinds


def test_a_granted_application_stands_among_what_officers_did(door: Door) -> None:
    goods = Goods(door).lodged()
    asked = application(goods.amend("direct", reason="Weighed again."))
    goods.decide("officer", asked["id"], grant=True, reason="The slip says so.")
    listed = door["auditor"].get("/v1/acts", params={"kind": "application", "person": "Ann"}).json()["items"]
    (one,) = (one for one in listed if one["declaration"]["id"] == goods.id)
    assert (one["by"]["person"], one["reason"], one["event"]) == ("Ann", "The slip says so.", "application.granted")
    acts = {one["event"]: one for one in goods.shown()["acts"]}
    assert acts["application.received"]["reason"] == "Weighed again."
    assert acts["amendment.received"]["by"]["id"] == "officer"
    assert goods.kinds().count("application.granted") == 1
