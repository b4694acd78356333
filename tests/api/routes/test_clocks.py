"""A declaration that is held says until when, to customs, officers and its trader, until it is held no more."""

from datetime import date, datetime
from typing import Any

import pytest

from gateway.domain.clocks import Deadline, LegalPeriod, PeriodUnit, deadline
from tests.api.asking import Goods
from tests.api.lodging import NUMBERS, WAIT, XML
from tests.builders.door import Door
from tests.builders.running import declaration
from tests.builders.story import shipped

BASE = "/v1/declarations"


def lodged(door: Door, name: str, *changes: tuple[bytes, bytes]) -> dict[str, Any]:
    raw = declaration(name, f"CLOCK-{next(NUMBERS):04d}")
    for before, after in changes:
        assert before in raw
        raw = raw.replace(before, after)
    answer = door["customs"].post(BASE, content=raw, headers={**XML, **WAIT})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def clocks(door: Door, who: str, lodged: dict[str, Any], language: str = "en") -> dict[str, dict[str, Any]]:
    read = door[who].get(f"{BASE}/{lodged['id']}", headers={"Accept-Language": language}).json()
    return {one["name"] or one["kind"]: one for one in read["clocks"]}


@pytest.mark.parametrize("who", ["trader", "customs", "officer", "auditor"])
def test_whoever_reads_a_hold_reads_until_when(door: Door, who: str) -> None:
    held = lodged(door, "04")

    one = clocks(door, who, held)["temporary_storage"]

    assert (one["kind"], one["turn"], one["findings"]) == ("hold", "declarant", ["SW-DEC-041"])
    assert (one["legal_basis"], one["until"], one["first_day"]) == ("UCC Art. 149", None, "presented")
    assert "within 90 days of their presentation" in one["words"]
    assert [each["name"] for each in held["clocks"]] == ["temporary_storage"], "the answer to its lodging says so too"
    assert "binnen 90 Tagen" in clocks(door, who, held, "de")["temporary_storage"]["words"]


def test_what_is_not_told_changes_no_time_limit_that_a_trader_reads(door: Door) -> None:
    refused = lodged(door, "03")

    assert set(clocks(door, "officer", refused)) == {"temporary_storage", "measures_ordered"}
    (one,) = clocks(door, "trader", refused).values()

    assert (one["name"], one["turn"], one["findings"]) == ("temporary_storage", None, [])


@pytest.mark.parametrize("heard", [False, True])
def test_from_the_confirmation_of_a_refusal_its_declarant_may_be_heard(door: Door, heard: bool) -> None:
    refused = lodged(door, "06")
    assert clocks(door, "officer", refused) == {}, "an export has no storage"
    here = refused["links"]["self"]

    assert door["officer"].post(f"{here}/confirmation", json={"heard": heard}).status_code == 200

    for who in ("trader", "officer"):
        found = clocks(door, who, refused)
        if heard:
            assert "heard" not in found
            continue
        events = door["officer"].get(f"{here}/events").json()["items"]
        (told_at,) = [one["at"] for one in events if one["kind"] == "decision.confirmed"]
        calendar = shipped().at(date(2026, 12, 1)).holidays.of("FR")
        assert calendar is not None
        end = deadline(LegalPeriod(30, PeriodUnit.DAYS), datetime.fromisoformat(told_at), calendar)
        known = end if isinstance(end, Deadline) else None
        assert (found["heard"]["until"], found["heard"]["turn"]) == (
            known.last_day.isoformat() if known is not None else None,
            "declarant",
        )
        assert (found["heard"]["not_before"] is None) == (known is not None)


def test_released_withdrawn_and_superseded_ones_have_none(door: Door) -> None:
    held = lodged(door, "04")
    here = held["links"]["self"]
    said = {"override": {"reason": "seen"}}
    assert door["officer"].post(f"{here}/release", json=said, headers=WAIT).json()["state"] == "released"
    assert clocks(door, "trader", held) == {}

    goods = Goods(door).lodged(net_mass="99999")
    first = {"id": goods.id}
    assert "temporary_storage" in clocks(door, "trader", first)
    assert goods.post("customs", f"{goods.here}/amendments", content=goods.message(2, net_mass="99998")).is_success
    assert door["trader"].get(goods.here, params={"version": 1}).json()["clocks"] == []
    assert "temporary_storage" in clocks(door, "trader", first)
    goods.settled()
    assert goods.invalidate("customs").is_success
    assert clocks(door, "trader", first) == {}


def test_an_amendment_begins_no_new_time_for_presentation(door: Door) -> None:
    raw = declaration("08", f"CLOCK-{next(NUMBERS):04d}")
    early = door["trader"].post(BASE, content=raw, headers={**XML, **WAIT}).json()
    before = clocks(door, "trader", early)["lapse"]
    events = door["officer"].get(f"{early['links']['self']}/events").json()["items"]

    amended = raw.replace(b"<version>1<", b"<version>2<")
    answer = door["trader"].post(f"{early['links']['self']}/amendments", content=amended, headers={**XML, **WAIT})

    assert answer.status_code == 200, answer.text
    read = door["trader"].get(early["links"]["self"]).json()
    assert (read["version"], read["received_at"] > events[0]["at"]) == (2, True)
    assert clocks(door, "trader", early)["lapse"] == before
    assert next(one for one in answer.json()["clocks"] if one["kind"] == "lapse") == before
    assert (before["turn"], before["first_day"], before["period"]) == (
        "declarant",
        "lodged",
        {"number": 30, "unit": "days"},
    )
    assert before["until"] is None or before["words"].endswith(f"Until {before['until']}.")


def test_a_declaration_lapses_whatever_holds_it_and_its_trader_reads_so(door: Door) -> None:
    raw = declaration("03", f"CLOCK-{next(NUMBERS):04d}").replace(
        b"<additionalDeclarationType>A<", b"<additionalDeclarationType>D<"
    )
    before, _, after = raw.partition(b"<MRN>")
    early = door["trader"].post(BASE, content=before + after.partition(b"</MRN>")[2], headers={**XML, **WAIT}).json()

    assert [one["code"] for one in early["decision"]["findings"]] == ["SW-API-HELD"]
    assert [one["kind"] for one in early["clocks"]] == ["lapse", "hold"]
    (row,) = door["trader"].get(BASE, params={"lrn": early["lrn"], "view": "row"}).json()["items"]
    assert row["clock"] == early["clocks"][0]
    assert (row["held_since"], row["next_attempt_at"]) == (None, None), "what holds has no time of its own"
