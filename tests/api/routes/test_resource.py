"""A declaration shows what it says, whose turn it is, when authorities were asked and which time limits run."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.lodging import NUMBERS, WAIT, XML, lodge
from tests.builders.door import Door
from tests.builders.running import declaration

BASE = "/v1/declarations"


@pytest.fixture(scope="module")
def unknown(door: Door) -> dict[str, Any]:
    """A declaration whose certificate nobody knows."""
    raw = declaration("01", f"SHOWN-{next(NUMBERS):04d}").replace(b"CHEDP.FR.2026.0000001", b"CHEDP.FR.2026.9700001")
    found: dict[str, Any] = door["customs"].post(BASE, content=raw, headers={**XML, **WAIT}).json()
    return found


def test_it_shows_what_is_declared(door: Door) -> None:
    answered = lodge(door["customs"]).json()
    read = door["customs"].get(answered["links"]["self"]).json()
    for name in ("office", "parties", "dispatch", "destination", "goods_items", "turn", "effect_kind"):
        assert read[name] == answered[name], name
    assert {"role": "declarant", "eori": read["declarant"]} in read["parties"]
    item = read["goods_items"][0]
    assert set(item) == {
        "number", "description", "commodity_code", "origin", "procedure", "net_mass", "supplementary_units", "statistical_value",
    }  # fmt: skip
    assert read["goods_items_left_out"] == 0
    (listed,) = door["customs"].get(BASE, params={"lrn": read["lrn"]}).json()["items"]
    assert (listed["goods_items"], listed["clocks"], listed["office"]) == (None, None, read["office"])


def test_it_shows_whose_turn_it_is_and_when_the_authority_was_asked(door: Door, unknown: dict[str, Any]) -> None:
    read = door["customs"].get(f"{BASE}/{unknown['id']}").json()
    document = read["documents"][0]
    assert document["attempts"] >= 1
    assert datetime.fromisoformat(document["asked_at"]) <= datetime.fromisoformat(read["decision"]["decided_at"])
    assert document["effect_kind"] in {"hold", "refuse"}
    (finding,) = [one for one in read["decision"]["findings"] if one["effect"] in {"hold", "refuse"}]
    assert (finding["turn"], finding["effect_kind"]) == (read["turn"], read["effect_kind"])
    assert finding["title"]
    assert finding["nature"]
    assert unknown["documents"][0]["asked_at"] == document["asked_at"]


@pytest.mark.parametrize("who", ["trader", "customs"])
def test_row_and_resource_agree(door: Door, unknown: dict[str, Any], who: str) -> None:
    read = door[who].get(f"{BASE}/{unknown['id']}").json()
    (row,) = door[who].get(BASE, params={"lrn": unknown["lrn"], "view": "row"}).json()["items"]
    assert (row["turn"], row["effect_kind"], row["effect"], row["advice"]) == (
        read["turn"], read["effect_kind"], read["decision"]["effect"], read["decision"]["advice"],
    )  # fmt: skip


def test_a_pre_lodged_one_lapses(door: Door) -> None:
    raw = declaration("01", f"LAPSE-{next(NUMBERS):04d}")
    raw = raw.replace(b"<additionalDeclarationType>A<", b"<additionalDeclarationType>D<")
    answer = door["customs"].post(BASE, content=raw, headers={**XML, **WAIT})
    read = door["trader"].get(f"{BASE}/{answer.json()['id']}").json()
    if read["kind"] != "pre_lodged":
        pytest.fail(f"the sample is no pre-lodged one: {read['kind']}")
    (clock,) = read["clocks"]
    assert clock["kind"] == "lapse"
    end = datetime.fromisoformat(clock["ends_at"] or clock["not_before"])
    assert timedelta(days=30) < end - datetime.fromisoformat(read["received_at"]) <= timedelta(days=36)
