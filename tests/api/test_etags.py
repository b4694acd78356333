"""A declaration's ETag is of what its reader is told; an act that names one is done only while that is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.api.asking import Goods, mrn_of
from tests.api.lodging import WAIT, is_problem
from tests.api.untold import ACTS, held, unaccepted
from tests.builders.description import documentation
from tests.builders.door import Door
from tests.builders.extent import part

NONE = '"00000000000000000000000000000000-en"'


def tag(door: Door, who: str, here: str, **headers: str) -> str:
    answer = door[who].get(here, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.headers["etag"]


def release(door: Door, goods: Goods, etag: str, **said: Any) -> httpx.Response:
    return door["customs"].post(f"{goods.here}/release", json=said, headers={**WAIT, "If-Match": etag})


def test_an_act_on_what_was_read_is_done_and_the_same_again_is_answered(door: Door) -> None:
    goods = Goods(door).lodged()
    goods.settled()
    read = tag(door, "customs", goods.here)
    assert read == tag(door, "customs", f"/v1/declarations/{goods.mrn}"), "whatever its address"
    done = release(door, goods, read)
    assert done.status_code == 200, done.text
    assert tag(door, "customs", goods.here) != read
    again = release(door, goods, read)
    assert (again.status_code, again.json()["state"]) == (200, "released"), "its answer may have been lost"


def test_an_act_on_what_is_told_no_more_is_refused_and_nothing_is_done(door: Door) -> None:
    goods = Goods(door).lodged()
    goods.settled()
    read = tag(door, "customs", goods.here)
    assert goods.control(announced=True).status_code == 200
    trail = goods.kinds()
    problem = is_problem(release(door, goods, read), 412, "SW-API-670")
    assert problem["links"] == {"declaration": goods.here}
    assert is_problem(release(door, goods, NONE), 412, "SW-API-670")
    assert is_problem(release(door, goods, f"W/{tag(door, 'customs', goods.here)}"), 412, "SW-API-670")
    assert goods.kinds() == trail
    now = tag(door, "customs", goods.here)
    withdrawn = door["customs"].post(
        f"{goods.here}/control", json={"withdrawn": True, "reason": "no time"}, headers={"If-Match": f"{NONE}, {now}"}
    )
    assert withdrawn.status_code == 200, withdrawn.text
    assert release(door, goods, "*").status_code == 200


def test_an_amendment_is_of_the_version_that_was_read(door: Door) -> None:
    goods = Goods(door).lodged()
    goods.settled()
    read = tag(door, "customs", goods.here)
    there = f"{goods.here}/amendments"

    def amended(version: int, etag: str) -> httpx.Response:
        headers = {"Content-Type": "application/xml", **WAIT, "If-Match": etag}
        return door["customs"].post(there, content=goods.message(version, net_mass="7"), headers=headers)

    assert amended(2, read).status_code == 200
    is_problem(amended(3, read), 412, "SW-API-670")
    assert amended(2, read).status_code == 200, "the same again"
    assert goods.shown()["version"] == 2


def test_of_several_who_read_the_same_one_acts(door: Door) -> None:
    """Releases of a part each: every one would be carried out, one after the other."""
    goods = Goods(door).lodged()
    goods.settled()
    read = tag(door, "customs", goods.here)
    parts = [{"items": [{"goods_item": 1, "quantity": f"{100 + number}", "unit": "KGM"}]} for number in range(6)]
    with ThreadPoolExecutor(len(parts)) as pool:
        answers = list(pool.map(lambda said: release(door, goods, read, **said), parts))
    assert sorted(one.status_code for one in answers) == [200, *[412] * 5], [one.text for one in answers]


def test_what_a_reader_has_is_not_sent_again(door: Door) -> None:
    goods = Goods(door).lodged()
    goods.settled()
    german = {"Accept-Language": "de"}
    english, other = tag(door, "trader", goods.here), tag(door, "trader", goods.here, **german)
    assert english != other, "another representation"
    for had in (other, f"W/{other}", "*", f"{english}, {other}"):
        answer = door["trader"].get(goods.here, headers={**german, "If-None-Match": had})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", other)
        assert answer.headers["vary"] == "Accept-Language"
    assert door["trader"].get(goods.here, headers={**german, "If-None-Match": english}).status_code == 200
    # An act is on what was read, in whatever language that was.
    said = {"reason": "lost"}
    answer = door["trader"].post(f"{goods.here}/invalidation", json=said, headers={"If-Match": other})
    assert answer.status_code in {200, 202}, answer.text


def test_a_get_may_name_what_it_goes_on_from(door: Door) -> None:
    goods = Goods(door).lodged()
    goods.settled()
    read = tag(door, "customs", goods.here)
    assert door["customs"].get(goods.here, headers={"If-Match": read}).status_code == 200
    is_problem(door["customs"].get(goods.here, headers={"If-Match": NONE}), 412, "SW-API-670")


@pytest.mark.parametrize("etag", ["", "abc", '"abc', "*, *", '"a" "b"', "\xff", '"a", b'])
def test_what_is_no_etag_is_refused(door: Door, etag: str) -> None:
    goods = Goods(door).lodged()
    for method, path, header in (
        ("POST", f"{goods.here}/assessment", b"If-Match"),
        ("GET", goods.here, b"If-None-Match"),
    ):
        answer = door["officer"].request(
            method, path, headers=[(header, etag.encode("latin-1")), (b"Content-Type", b"application/json")]
        )
        assert "ETag" in is_problem(answer, 422, "SW-API-422")["detail"]


def test_a_call_that_compares_none_refuses_one(door: Door) -> None:
    answer = door["customs"].post("/v1/webhooks", json={"address": "https://x.example/e"}, headers={"If-Match": NONE})
    assert "If-Match" in is_problem(answer, 422, "SW-API-422")["detail"]


def test_every_act_on_a_declaration_compares_one() -> None:
    """But what is tried without being done. An act under a control order compares that order's."""
    left = ("/release/dry-run", "/verification/dry-run", "/dry-run")
    for path, calls in documentation()["paths"].items():
        for method, call in calls.items():
            if (
                path.startswith(("/v1/declarations/{record_id}", "/v1/controls/{number}"))
                and method != "get"
                and not path.endswith(left)
            ):
                taken = {one["name"] for one in call["parameters"]}
                assert "If-Match" in taken, f"{method} {path}"
                assert "412" in call["responses"], f"{method} {path}"


@pytest.mark.parametrize("act", part([*ACTS], 3))
def test_what_is_not_told_moves_no_etag(door: Door, act: str) -> None:
    """An order, a suspension, or an assessment of which a trader is not told, while it goes on and after it."""
    one = held(door, "03")
    here = f"/v1/declarations/{one['id']}"
    read = tag(door, "trader", here)
    ACTS[act](door, one)
    assert tag(door, "trader", here) == read
    same = door["trader"].get(here, headers={"If-None-Match": read})
    assert same.status_code == 304
    answer = door["trader"].post(f"{here}/invalidation", json={"reason": "lost"}, headers={"If-Match": read, **WAIT})
    assert answer.status_code in {200, 202}, answer.text


def test_what_is_told_moves_it(door: Door) -> None:
    one = unaccepted(door, "12800", "2400")
    goods: Goods = one["goods"]
    read = tag(door, "trader", goods.here)
    said = {"mrn": mrn_of(goods), "accepted_at": datetime.now(UTC).isoformat()}
    accepted = door["customs"].post(f"{goods.here}/acceptance", json=said, headers=WAIT)
    assert accepted.status_code == 200, accepted.text
    assert tag(door, "trader", goods.here) != read
    answer = door["trader"].post(f"{goods.here}/invalidation", json={"reason": "x"}, headers={"If-Match": read})
    is_problem(answer, 412, "SW-API-670")


def test_a_case_is_taken_as_it_was_read(door: Door) -> None:
    here = f"{Goods(door).lodged().here}/owner"
    nobodys = tag(door, "officer", here)
    taken = door["officer"].post(here, json={"note": "mine"}, headers={"If-Match": nobodys})
    assert taken.status_code == 200, taken.text
    assert taken.headers["ETag"] == tag(door, "officer", here) != nobodys
    # The same again, whose first answer may have been lost, is answered; another one is not done.
    assert door["officer"].post(here, json={"note": "mine"}, headers={"If-Match": nobodys}).status_code == 200
    answer = door["officer"].post(here, json={"note": "another"}, headers={"If-Match": nobodys})
    is_problem(answer, 412, "SW-API-670")
    is_problem(door["officer"].delete(here, headers={"If-Match": nobodys}), 412, "SW-API-670")
    assert door["officer"].get(here).json()["owner"]["note"] == "mine"
    given = door["officer"].delete(here, headers={"If-Match": taken.headers["ETag"]})
    assert (given.status_code, given.json()["owner"]) == (200, None)
    assert door["officer"].delete(here, headers={"If-Match": taken.headers["ETag"]}).status_code == 200
    assert "ETag" in is_problem(door["officer"].delete(here, headers={"If-Match": "x"}), 422, "SW-API-422")["detail"]
