"""A party that is named from a version on reads nothing of what stood before: not by any call, and not by the time of anything."""

import re

import pytest

from tests.api.asking import Goods, application
from tests.api.lodging import WAIT
from tests.builders.door import Door


class Renamed:
    """A declaration whose representative and certificate are others from version 2 on, with all that happened to version 1."""

    def __init__(self, door: Door) -> None:
        self.goods = goods = Goods(door, representative="direct").lodged()
        goods.settled()
        self.before = goods.certificate
        refused = application(goods.amend("trader", reason="The scales were out of order."))["id"]
        assert goods.decide("officer", refused, grant=False, reason="No scales.").status_code == 200
        withdrawn = application(goods.invalidate("trader", reason="The ship never came."))["id"]
        assert door["trader"].delete(f"/v1/applications/{withdrawn}").status_code == 200
        self.refused, self.withdrawn = refused, withdrawn
        self.accepted_at = goods.shown()["accepted_at"]
        self.until = door["officer"].get(f"{goods.here}/events").json()["items"][-1]["at"]
        goods.representative = "indirect"
        goods.certificate = f"CHEDP.XX.2026.79{goods.lrn[-4:]}0"
        line = {"code": "0401", "quantity": "12800", "unit": "KGM", "origin": "GB"}
        door.authorities.control(
            "traces", "PUT", f"/documents/{goods.certificate}",
            status="70", decision="ACCEPTABLE_FOR_INTERNAL_MARKET", lines=[line],
        )  # fmt: skip
        amended = goods.amend("customs", net_mass="1000")
        assert amended.status_code == 200, amended.text
        goods.settled()

    def filled(self, path: str) -> str:
        """A path with the names of this declaration."""
        names = {"id": self.goods.id, "lrn": self.goods.lrn, "before": self.before, "after": self.goods.certificate}
        return path.format(refused=self.refused, withdrawn=self.withdrawn, **names)


@pytest.fixture(scope="module")
def renamed(door: Door) -> Renamed:
    return Renamed(door)


HERE = "/v1/declarations/{id}"
READ = (
    HERE, f"{HERE}?version=2", f"{HERE}/versions", f"{HERE}/events", f"{HERE}/events?sentences=true", f"{HERE}/movements",
    f"{HERE}/explanation", f"{HERE}/explanation?decision=1",
    "/v1/declarations?lrn={lrn}", "/v1/declarations?lrn={lrn}&view=row", "/v1/declarations?lrn={lrn}&view=row&order=held_since",
    "/v1/applications", "/v1/applications?declaration={id}", "/v1/applications?state=refused", "/v1/applications?state=withdrawn",
    "/v1/notices?after=0&limit=1000", "/v1/documents/N853/{after}", "/v1/documents/N853/{after}?stored=true",
    "/v1/documents/N853/{after}/declarations",
)  # fmt: skip
HIDDEN = (
    f"{HERE}?version=1", f"{HERE}/explanation?version=1", f"{HERE}/explanation?decision=2",
    "/v1/documents/N853/{before}", "/v1/documents/N853/{before}/declarations",
    "/v1/applications/{refused}", "/v1/applications/{withdrawn}",
)  # fmt: skip


def times(text: str) -> list[str]:
    """The moments in an answer."""
    return re.findall(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", text)


@pytest.mark.parametrize("path", READ)
def test_nothing_of_the_version_before_is_read(door: Door, renamed: Renamed, path: str) -> None:
    answer = door["indirect"].get(renamed.filled(path))
    assert answer.status_code == 200, answer.text
    marks = (renamed.before, renamed.refused, renamed.withdrawn, "scales", "ship", "2400")
    # A digest may hold any four digits.
    said = re.sub("sha256:[0-9a-f]{64}", "", answer.text)
    assert [one for one in marks if one in said] == []
    if "{" in path:  # else of other declarations, too
        assert [one for one in times(answer.text) if one <= renamed.until and one != renamed.accepted_at] == []


def test_a_list_says_of_nothing_that_it_is_older_than_the_party_is_named(door: Door) -> None:
    goods = Goods(door, representative="direct").lodged("trader", net_mass="20000", mrn=False)
    goods.becomes_decided("hold")
    goods.representative = "indirect"
    amended = goods.post("trader", f"{goods.here}/amendments", content=goods.message(2, net_mass="20001", mrn=False))
    assert amended.status_code == 200, amended.text
    rows = {
        who: door[who].get(f"/v1/declarations?lrn={goods.lrn}&view=row").json()["items"][0]
        for who in ("trader", "indirect")
    }
    whole = goods.shown("indirect")
    assert rows["trader"]["received_at"] < whole["received_at"] == rows["indirect"]["received_at"]
    assert rows["trader"]["held_since"] < whole["received_at"] <= rows["indirect"]["held_since"]


@pytest.mark.parametrize("path", HIDDEN)
def test_what_stood_before_is_nowhere(door: Door, renamed: Renamed, path: str) -> None:
    assert door["trader"].get(renamed.filled(path)).status_code == 200
    assert door["indirect"].get(renamed.filled(path)).status_code == 404


@pytest.mark.parametrize("query", ["document={before}", "q={before}"])
def test_it_is_not_found_by_what_it_cited_before(door: Door, renamed: Renamed, query: str) -> None:
    for view in ("row", "whole"):
        found = {
            who: door[who].get(renamed.filled(f"/v1/declarations?view={view}&{query}")).json()["items"]
            for who in ("trader", "indirect")
        }
        assert [one["id"] for one in found["trader"]] == [renamed.goods.id]
        assert found["indirect"] == []


def test_a_release_before_is_no_order_of_theirs_and_has_its_number_in_everybodys_own_count(door: Door) -> None:
    goods = Goods(door, representative="direct").lodged()
    goods.settled()
    # An event that no trader is told of stands before the release.
    assert door["officer"].post(f"{goods.here}/assessment", json={}, headers=WAIT).status_code == 200
    part = {"items": [{"goods_item": 1, "quantity": "400", "unit": "KGM"}]}
    assert door["customs"].post(f"{goods.here}/release", json=part, headers=WAIT).status_code == 200
    goods.settled()
    for who in ("trader", "officer"):
        told = {one["seq"]: one["kind"] for one in door[who].get(f"{goods.here}/events").json()["items"]}
        assert told[goods.shown(who)["release_order"]["event"]] == "release.received", who
    until = door["officer"].get(f"{goods.here}/events").json()["items"][-1]["at"]
    goods.representative = "indirect"
    assert goods.amend("customs", net_mass="2400").status_code == 200
    goods.settled()
    shown = goods.shown("indirect")
    assert shown["release_order"] is None
    assert shown["release"]["items"] == [{"goods_item": 1, "quantity": "400", "unit": "KGM"}], "how it stands"
    drawn = {
        who: door[who].get(f"/v1/documents/N853/{goods.certificate}/declarations").json()["items"][0]
        for who in ("trader", "indirect")
    }
    assert drawn["trader"]["last_order_at"] <= until
    assert drawn["indirect"]["last_order_at"] is None
