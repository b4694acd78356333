"""Requirements of regulations on restrictive measures are what the facts of their annexes come to."""

import csv
import tomllib
from typing import Any

from tools.law_requirements import requirements, written

COLUMNS = "commodity,scope,direction,origin,destination,documents,waivers,procedures,act,place,valid_from,valid_to,read,text_date,measure,effect"
SPEC: dict[str, Any] = {
    "procedures": {"F": ["40"], "S": ["71"], "X": ["10"]},
    "countries": {"except RU and partners": {"except": ["CH", "RU"]}},
    "named": {},
}
FILE: dict[str, Any] = {
    "facts": "facts", "measure": "Russia", "by_subject": True, "own_days": True,
}  # fmt: skip


def fact(
    commodity: str,
    measure: str,
    effect: str = "ban",
    *,
    scope: str = "all",
    direction: str = "export",
    origin: str = "",
    destination: str = "RU",
    documents: str = "X834",
    waivers: str = "Y863",
    read: str = "L",
    since: str = "2022-04-09",
) -> str:
    places = f"{commodity},{scope},{direction},{origin},{destination},{documents},{waivers}"
    return f"{places},40 71 10,Reg. 1,Annex,{since},,{read},2026-01-01,{measure},{effect}"


def made(*rows: str, **more: Any) -> list[dict[str, Any]]:
    faults: list[str] = []
    found = requirements(csv.DictReader([COLUMNS, *rows]), FILE | more, SPEC, faults)
    assert faults == []
    rows_made: list[dict[str, Any]] = tomllib.loads("".join(written(one, FILE | more) for one in found))["requirement"]
    return rows_made


def test_a_ban_holds_from_its_day_for_the_countries_that_it_names() -> None:
    (one,) = made(fact("8482", "industry"))
    assert (one["destinations"], one.get("origins"), one["banned"]) == (["RU"], None, True)
    assert (one["all_of"], str(one["valid_from"]), one["measure"]) == (
        [["X834", "Y863"]],
        "2022-04-09",
        "Russia: industry",
    )
    (told,) = made(fact("8542", "no re-export", "note", destination="except RU and partners", documents=""))
    assert (told["only_told"], told["excepted_destinations"], told["all_of"]) == (True, ["CH", "RU"], [["Y863"]])


def test_a_ban_of_both_ways_names_the_origin_of_one_and_the_destination_of_the_other() -> None:
    out, back = made(fact("7108", "gold", direction="import export", origin="KP", destination="KP"))
    assert (out["directions"], out["destinations"], out.get("origins")) == (["export"], ["KP"], None)
    assert (back["directions"], back["origins"], back.get("destinations")) == (["import"], ["KP"], None)


def test_what_is_asked_of_part_of_a_code_leaves_out_what_is_banned_altogether() -> None:
    asked = fact("7806", "lead", "ask", scope="part")
    rows = made(asked, fact("78060010", "lead"), fact("78060090", "luxury"))
    (of_part,) = (row for row in rows if not row.get("banned"))
    assert of_part["excepted"] == ["78060010"]
    (told,) = made(fact("7806", "lead", "ask", scope="part", read="M"))
    assert told["only_told"] is True


def test_a_list_of_goods_that_others_ban_is_left_with_the_rest() -> None:
    rows = made(
        fact("848210", "priority"),
        fact("8457", "priority"),
        fact("8482", "industry"),
        banned_elsewhere=["priority"],
        also={"priority": ["X835"]},
    )
    by_name = {row["measure"]: row for row in rows}
    assert by_name["Russia: priority"]["commodities"] == ["8457"]
    assert by_name["Russia: priority"]["all_of"] == [["X834", "Y863", "X835"]]
    assert by_name["Russia: industry"]["all_of"] == [["X834", "Y863"]]


def test_facts_that_the_file_leaves_out_make_no_requirement() -> None:
    rows = [
        fact("8482", "industry"),
        fact("9701", "art"),
        fact("2711", "gas", direction="import", documents="", waivers=""),
    ]
    (one,) = made(*rows, left_out=["art"], direction="export", without=["Y863"])
    assert (one["commodities"], one["all_of"]) == (["8482"], [["X834"]])
    (gas,) = made(*rows, direction="import", codes={"2711": ["271112", "271113"]})
    assert (gas["commodities"], gas["all_of"], gas["banned"]) == (["271112", "271113"], [], True)


def test_a_fact_without_a_code_is_about_all_goods() -> None:
    (one,) = made(fact("", "of the region", "note", direction="import", origin="UA (the region)", destination=""))
    assert (one["commodities"][0], one["commodities"][-1], len(one["commodities"])) == ("01", "97", 96)
    assert one["origins"] == ["UA"]
