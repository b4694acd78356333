"""A declaration is found by its id, its MRN, or its LRN with the declarant, in every call that takes one."""

from tests.api.asking import Goods
from tests.api.lodging import WAIT, is_problem
from tests.builders.door import OWN, Door

ALL = "/v1/declarations"


def test_it_is_read_by_its_mrn_and_by_its_lrn(door: Door) -> None:
    goods = Goods(door).lodged()
    for place, query in (
        (goods.mrn, {}),
        (goods.mrn.lower(), {}),
        (goods.id.upper(), {}),
        ("-", {"lrn": goods.lrn, "declarant": OWN}),
        ("-", {"lrn": goods.lrn}),
    ):
        for part in ("", "/events", "/explanation", "/movements"):
            answer = door["officer"].get(f"{ALL}/{place}{part}", params=query)
            assert answer.status_code == 200, (place, part, answer.text)
        assert door["officer"].get(f"{ALL}/{place}", params=query).json()["id"] == goods.id
    assert door["direct"].get(f"{ALL}/{goods.mrn}").json()["id"] == goods.id


def test_acts_take_the_same_names(door: Door) -> None:
    goods = Goods(door).lodged()
    done = door["officer"].post(f"{ALL}/-/assess", params={"lrn": goods.lrn, "declarant": OWN}, headers=WAIT)
    assert (done.status_code, done.json()["id"]) == (200, goods.id)
    released = door["customs"].post(f"{ALL}/{goods.mrn}/release", json={}, headers=WAIT)
    assert (released.status_code, released.json()["id"]) == (200, goods.id), released.text


def test_who_may_not_see_it_finds_it_by_no_name(door: Door) -> None:
    goods = Goods(door).lodged()
    unknown = door["stranger"].get(f"{ALL}/26FR001260999999R2").json()
    for place, query in ((goods.mrn, {}), ("-", {"lrn": goods.lrn}), ("-", {"lrn": goods.lrn, "declarant": OWN})):
        answer = door["stranger"].get(f"{ALL}/{place}", params=query)
        assert is_problem(answer, 404, "SW-API-404") == unknown


def test_a_name_that_is_none_or_two_is_refused(door: Door) -> None:
    goods = Goods(door).lodged()
    for place, query in (
        ("-", {}),
        ("-", {"lrn": ""}),
        (goods.id, {"lrn": goods.lrn}),
        (goods.mrn, {"declarant": OWN}),
    ):
        is_problem(door["officer"].get(f"{ALL}/{place}", params=query), 422, "SW-API-422")
    for place in ("nothing", "26FR00126099999", "%00", "-x"):
        is_problem(door["officer"].get(f"{ALL}/{place}"), 404, "SW-API-404")
    for query in ({"lrn": "\0"}, {"lrn": "\0", "declarant": OWN}, {"lrn": goods.lrn, "declarant": "\0"}):
        is_problem(door["officer"].get(f"{ALL}/-", params=query), 404, "SW-API-404")


def test_an_lrn_of_several_declarants_names_them(door: Door) -> None:
    goods = Goods(door).lodged()
    other = Goods(door)
    other.lrn = goods.lrn
    theirs = other.message(mrn=False).replace(OWN.encode(), b"DE999999999999999")
    lodged = other.post("customs", ALL, content=theirs)
    assert lodged.status_code in (200, 202), lodged.text
    answer = door["officer"].get(f"{ALL}/-", params={"lrn": goods.lrn})
    found = is_problem(answer, 409, "SW-API-604")["candidates"]
    assert {one["id"] for one in found} == {goods.id, lodged.json()["id"]}
    assert {one["declarant"] for one in found} == {OWN, "DE999999999999999"}
    mine = door["officer"].get(f"{ALL}/-", params={"lrn": goods.lrn, "declarant": "DE999999999999999"})
    assert mine.json()["id"] == lodged.json()["id"]
