"""An MRN comes from customs, and finds nobody else's declarations."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.asking import Goods, mrn_of
from tests.builders.door import Door

WAIT = {"Prefer": "wait=30"}


@pytest.mark.parametrize("path", ["/v1/declarations", "/v1/preflight"])
def test_a_trader_does_not_lodge_with_an_mrn(door: Door, path: str) -> None:
    known = Goods(door).lodged()
    for goods, mrn in ((Goods(door), None), (Goods(door), known.mrn)):
        message = goods.message()
        if mrn is not None:
            message = message.replace(mrn_of(goods).encode(), mrn.encode())
        refused = goods.post("trader", path, content=message)
        assert (refused.status_code, refused.json()["code"]) == (422, "SW-INT-011"), refused.text
        assert known.mrn not in refused.text
        assert refused.json()["errors"][0]["path"] == "/Declaration/MRN"
        assert door["customs"].get("/v1/declarations", params={"lrn": goods.lrn}).json()["items"] == []


def test_an_amendment_gives_none_either(door: Door) -> None:
    known, goods = Goods(door).lodged(), Goods(door).lodged("trader", mrn=False)
    for message in (goods.message(2), goods.message(2).replace(mrn_of(goods).encode(), known.mrn.encode())):
        for path in (f"{goods.here}/amendments", "/v1/declarations"):
            refused = goods.post("trader", path, content=message)
            assert (refused.status_code, refused.json()["code"]) == (422, "SW-INT-011"), refused.text
    assert goods.shown()["mrn"] is None
    assert goods.post("trader", f"{goods.here}/amendments", content=goods.message(2, mrn=False)).status_code == 200


def test_what_a_trader_states_is_no_acceptance(door: Door) -> None:
    goods = Goods(door).lodged("trader", mrn=False)
    assert (goods.shown()["accepted_at"], goods.shown()["mrn"]) == (None, None)
    message = goods.message(2, mrn=False).replace(
        b"<CustomsOffice>", b"<acceptanceDate>2026-11-01</acceptanceDate><CustomsOffice>", 1
    )
    assert goods.post("trader", f"{goods.here}/amendments", content=message).status_code == 200
    assert goods.shown()["accepted_at"] is None


def test_customs_accepts_under_the_mrn_that_it_gives(door: Door) -> None:
    goods = Goods(door).lodged("trader", mrn=False)
    said = {"mrn": mrn_of(goods), "accepted_at": datetime.now(UTC).isoformat()}
    accepted = door["customs"].post(f"{goods.here}/acceptance", json=said, headers=WAIT)
    assert accepted.json()["mrn"] == said["mrn"], accepted.text
    other = Goods(door).lodged("trader", mrn=False)
    taken = door["customs"].post(f"{other.here}/acceptance", json=said, headers=WAIT)
    assert (taken.status_code, taken.json()["code"]) == (409, "SW-API-614")


def test_an_mrn_lists_only_ones_own(door: Door) -> None:
    goods = Goods(door).lodged()
    assert door["stranger"].get("/v1/declarations", params={"mrn": goods.mrn}).json()["items"] == []
    assert len(door["importer"].get("/v1/declarations", params={"mrn": goods.mrn}).json()["items"]) == 1


@pytest.mark.parametrize(
    "accepted_at",
    [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "1990-01-01T00:00:00Z",
        0,
        "",
        1_795_000_000,
        "1795000000",
        "2026-11-20",
        "2026-11-20T10:00:00",
    ],
)
def test_what_cannot_be_the_time_of_acceptance_is_refused(door: Door, accepted_at: object) -> None:
    goods = Goods(door).lodged("trader", mrn=False)
    said = {"mrn": mrn_of(goods), "accepted_at": accepted_at}
    refused = door["customs"].post(f"{goods.here}/acceptance", json=said)
    assert refused.status_code == 422, refused.text
    assert goods.shown()["accepted_at"] is None


def test_acceptance_does_not_lie_long_before_receipt(door: Door) -> None:
    goods = Goods(door).lodged("trader", mrn=False)
    said = {"mrn": mrn_of(goods), "accepted_at": (datetime.now(UTC) - timedelta(days=400)).isoformat()}
    refused = door["customs"].post(f"{goods.here}/acceptance", json=said)
    assert (refused.status_code, refused.json()["code"]) == (422, "SW-INT-014")


@pytest.mark.parametrize("day", ["0001-01-01", "2016-04-30", "9999-12-31"])
def test_what_cannot_be_the_day_of_acceptance_is_refused(door: Door, day: str) -> None:
    goods = Goods(door)
    date = f"<acceptanceDate>{day}</acceptanceDate><CustomsOffice>".encode()
    refused = goods.post("customs", "/v1/declarations", content=goods.message().replace(b"<CustomsOffice>", date, 1))
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["path"] == "/Declaration/acceptanceDate"


def test_a_late_word_of_customs_is_taken(door: Door) -> None:
    goods = Goods(door).lodged("trader", mrn=False)
    said = {"mrn": mrn_of(goods), "accepted_at": (datetime.now(UTC) - timedelta(days=300)).isoformat()}
    assert door["customs"].post(f"{goods.here}/acceptance", json=said, headers=WAIT).status_code == 200


def test_the_end_of_a_contingency_window_is_a_moment_that_there_is(door: Door) -> None:
    said = {"adapter": "traces", "mode": "hold", "reason": "x", "until": "9999-12-31T23:59:59-14:00"}
    refused = door["officer"].post("/v1/contingency", json=said)
    assert refused.status_code == 422, refused.text
    assert any(error["path"] == "/until" for error in refused.json()["errors"])
