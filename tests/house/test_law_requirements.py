"""Requirements by act are what the facts of the acts' annexes come to, and facts that contradict the nomenclature are named."""

import csv
import tomllib
from pathlib import Path

import pytest

from tests.builders.places import CONFIG
from tools.law_requirements import requirements, specification, written

COLUMNS = "commodity,scope,condition,direction,origin,documents,waivers,procedures,act,place,valid_from,valid_to,read,text_date,weight"
SPEC = {"procedures": {"F": ["40"], "S": ["71"], "X": ["10"]}, "countries": {}, "named": {}}
FILE = {"facts": "facts", "measure": "mercury"}


def made(*rows: str) -> tuple[list[dict[str, object]], list[str]]:
    faults: list[str] = []
    found = requirements(csv.DictReader([COLUMNS, *rows]), FILE, SPEC, faults)
    return tomllib.loads("".join(written(one, FILE) for one in found)).get("requirement", []), faults


def fact(
    commodity: str, scope: str = "all", weight: str = "", documents: str = "C085", waivers: str = "", read: str = "L"
) -> str:
    return (
        f"{commodity},{scope},,import,all,{documents},{waivers},F S,Reg. 1,Annex,2020-01-01,,{read},2026-01-01,{weight}"
    )


def test_what_all_goods_need_holds_whatever_it_was_read_in() -> None:
    (one,), faults = made(fact("0601", read="A"))
    assert (one["commodities"], one["all_of"], one.get("only_told"), faults) == (["0601"], [["C085"]], None, [])
    assert str(one["source"]).startswith("derived; assumed")


@pytest.mark.parametrize(
    ("weight", "waivers", "read", "told"),
    [
        ("most", "", "L", None),
        ("few", "", "L", True),
        ("", "Y930", "L", None),
        ("few", "Y930", "L", True),
        ("most", "", "A", True),
    ],
)
def test_part_of_a_code_is_asked_for_or_told(weight: str, waivers: str, read: str, told: bool | None) -> None:
    (one,), _ = made(fact("0601", "part", weight, waivers=waivers, read=read))
    assert one.get("only_told") is told


def test_a_longer_code_goes_before_a_shorter_one() -> None:
    (one,), _ = made(fact("0601"), fact("060110", documents="none"))
    assert (one["commodities"], one["excepted"]) == (["0601"], ["060110"])
    found, _ = made(fact("0601"), fact("060110", "part", "few"))
    assert [(each["commodities"], each.get("excepted")) for each in found] == [
        (["0601"], ["060110"]),
        (["060110"], None),
    ]


def test_what_is_no_code_is_named() -> None:
    assert made(fact("99302400"), fact("06x1")) == (
        [],
        ["facts.csv: '99302400' is no commodity code", "facts.csv: '06x1' is no commodity code"],
    )


@pytest.mark.parametrize("folder", ["law-annexes", "law-annexes-2"])
def test_the_delivered_files_are_what_the_facts_come_to(folder: str, corpus: Path) -> None:
    spec = specification()
    for one in spec["file"]:
        facts = corpus / folder / f"{one['facts']}.csv"
        if one.get("later") or not facts.exists():
            continue
        with facts.open(encoding="utf-8", newline="") as file:
            found = requirements(csv.DictReader(file), one, spec, [])
        delivered = (CONFIG / "requirements" / one["file"]).read_text(encoding="utf-8")
        assert delivered.endswith("".join(written(each, one) for each in found)), one["file"]
